"""From expressions to the fastest code that their structure allows."""

from frechet.compile import arithmetic, contractions, parts, products, solves
from frechet.compile.compiled import Compiled, compile, source
from frechet.compile.objective import Objective, objective

__all__ = [
    "Compiled", "Objective", "arithmetic", "compile", "contractions", "objective", "parts", "products", "solves",
    "source",
]  # fmt: skip
