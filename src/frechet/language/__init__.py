"""Text to expressions and back: `parse`, `read`, `declare`; `to_text`, `to_unicode`, `to_latex`, `to_mathml`."""

from frechet.language.declarations import declare
from frechet.language.latex_out import to_latex
from frechet.language.mathml import to_mathml
from frechet.language.readable import readable
from frechet.language.reading import Reading, from_latex, parse, read
from frechet.language.text import to_text
from frechet.language.tokens import count_symbols
from frechet.language.unicode import to_unicode
from frechet.language.words import read_as

__all__ = [
    "Reading", "count_symbols", "declare", "from_latex", "parse", "read", "read_as", "readable", "to_latex", "to_mathml", "to_text", "to_unicode",
]  # fmt: skip
