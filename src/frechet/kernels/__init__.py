"""Numeric kernels that several rows of the table share: arrays in, arrays out, no expressions."""
