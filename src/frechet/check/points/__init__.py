"""Points of a function's own domain: sizes, signs, scales, both sides of what is not smooth."""

from frechet.check.points.sizes import size_schedule
from frechet.check.points.values import STYLES, Point, symbol_value, tangent_at

__all__ = ["STYLES", "Point", "size_schedule", "symbol_value", "tangent_at"]
