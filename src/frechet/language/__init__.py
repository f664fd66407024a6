"""Text to expressions and back: `parse`, `read`, `declare`; `to_text`, `to_unicode`."""

from frechet.language.declarations import declare, differential_symbol
from frechet.language.reading import Reading, from_latex, parse, read
from frechet.language.text import to_text, to_unicode

__all__ = ["Reading", "declare", "differential_symbol", "from_latex", "parse", "read", "to_text", "to_unicode"]
