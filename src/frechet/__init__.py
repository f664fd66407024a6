"""Matrix calculus for Python: from a formula to its checked derivative."""

__version__ = "0.1.0"
