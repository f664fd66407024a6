"""How code that runs alone refuses complex numbers where evaluation does: the formula is not holomorphic there.

Python and MATLAB look at what comes in; in Julia the types of the arguments say it. What may be complex at real arrays, such as
eigvals(A), is looked at where it is computed. JAX cannot look at numbers under transformations: there the results are NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from frechet.compile.writing import Code
from frechet.expr.node import Expr
from frechet.language import to_text

__all__ = [
    "julia_parts",
    "matlab_parts",
    "matlab_symbols",
    "nan_parts",
    "raised_parts",
    "raised_symbols",
    "torch_symbols",
]


def _must_be_real(names: Sequence[str]) -> str:
    return f"{', '.join(names)} must be real: the formula is not holomorphic"


def _raised(condition: str, names: Sequence[str]) -> list[str]:
    return [f"if {condition}:", f'    raise TypeError("{_must_be_real(names)}")']


def raised_symbols(test: str) -> Callable[[Sequence[Expr]], list[str]]:
    """By a function of Python that says whether an array is complex."""

    def lines(symbols: Sequence[Expr]) -> list[str]:
        names = [s.name for s in symbols]
        arrays = ", ".join(names)
        return _raised(f"{test}({arrays})" if len(names) == 1 else f"any(map({test}, ({arrays})))", names)

    return lines


def torch_symbols(symbols: Sequence[Expr]) -> list[str]:
    """Numbers may be those of Python, which `torch.is_complex` does not take."""
    if any(s.is_scalar for s in symbols):
        names = [s.name for s in symbols]
        tensors = f"({', '.join(names)}{',' if len(names) == 1 else ''})"
        return _raised(f"any(torch.as_tensor(given).is_complex() for given in {tensors})", names)
    return raised_symbols("torch.is_complex")(symbols)


def matlab_symbols(symbols: Sequence[Expr]) -> list[str]:
    """A number is real to MATLAB where it has no imaginary part, even 0."""
    names = [s.name for s in symbols]
    return [f"assert({' && '.join(f'isreal({n})' for n in names)}, '{_must_be_real(names)}');"]


def raised_parts(codes: Sequence[Code], parts: Sequence[Expr], results: Sequence[Code]) -> tuple[list[str], list[Code]]:
    """NumPy gives complex arrays where one of the eigenvalues is."""
    checks = [_raised(f"np.iscomplexobj({code})", [to_text(part)]) for code, part in zip(codes, parts, strict=True)]
    return [line for check in checks for line in check], list(results)


def nan_parts(codes: Sequence[Code], parts: Sequence[Expr], results: Sequence[Code]) -> tuple[list[str], list[Code]]:
    """The eigenvalues of JAX are complex numbers always, and cannot be looked at while it traces."""
    if not parts:
        return [], list(results)
    real = " & ".join(f"jnp.isreal({code}).all()" for code in codes)
    return [], [Code(f"jnp.where({real}, {result}, jnp.nan)") for result in results]


def julia_parts(codes: Sequence[Code], parts: Sequence[Expr], results: Sequence[Code]) -> tuple[list[str], list[Code]]:
    """isreal of an array: every entry has the imaginary part 0."""
    checks = [f'isreal({c}) || error("{_must_be_real([to_text(p)])}")' for c, p in zip(codes, parts, strict=True)]
    return checks, list(results)


def matlab_parts(codes: Sequence[Code], parts: Sequence[Expr], results: Sequence[Code]) -> tuple[list[str], list[Code]]:
    """The eigenvalues of a real matrix are real arrays where they can be."""
    checks = [
        f"assert(isreal({c}), '{_must_be_real([to_text(p).replace(chr(39), chr(39) * 2)])}');"
        for c, p in zip(codes, parts, strict=True)
    ]
    return checks, list(results)
