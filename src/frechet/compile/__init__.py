"""From expressions to the fastest code that their structure allows."""

from frechet.compile import arithmetic, contractions, parts, products, solves
from frechet.compile.compiled import Compiled, compile

__all__ = ["Compiled", "arithmetic", "compile", "contractions", "parts", "products", "solves"]
