"""Calculus on expressions: everything is something done to the differential, a linear operator."""
