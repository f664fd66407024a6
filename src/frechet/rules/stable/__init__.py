"""Formulas that overflow, underflow or cancel, and the same functions by operations that do not: see `frechet.expr.stable`."""

from frechet.rules.stable import functions, logarithms, powers, products, sums, terms

__all__ = ["functions", "logarithms", "powers", "products", "sums", "terms"]
