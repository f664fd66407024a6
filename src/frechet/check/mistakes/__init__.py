"""The mistakes that are known, one file a family. Importing this package declares them all."""

from frechet.check.mistakes import chain, conditions, confusions, exchanged, terms, whole

__all__ = ["chain", "conditions", "confusions", "exchanged", "terms", "whole"]
