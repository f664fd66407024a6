"""Formulas that overflow, underflow or cancel, and the same functions by operations that do not: see `frechet.expr.stable`."""

from frechet.rules.stable import determinants, directions, functions, logarithms, powers, products, ratios, sums, terms

__all__ = ["determinants", "directions", "functions", "logarithms", "powers", "products", "ratios", "sums", "terms"]
