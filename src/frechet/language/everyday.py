"""Everyday words that are compositions of operations: `var(x)`, `logsoftmax(x)`, `gelu(x)`, `clip(x,0,1)`.

They are no operations of the table: what they mean is written out when they are read, so that every derivative is that of the operations.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import frechet.rules
from frechet.errors import ShapeError
from frechet.expr.node import Expr, Operation, operations
from frechet.expr.signature import Signature
from frechet.expr.sizes import ONE
from frechet.expr.structure import add, hadamard, mul, number, ones, pow, scale, size_value, transpose, zeros

__all__ = ["LOGARITHMS", "OTHER_NAMES", "WORDS"]

assert frechet.rules, "importing the rules fills the table"

WORDS: dict[str, Operation] = {}
"""The words by name; each builds its composition when it is called."""

LOGARITHMS = {(log, f): g for log in ("log", "ln") for f, g in (("tgamma", "gammaln"), ("factorial", "logfactorial"))}
"""Functions of functions that overflow, with the names of what they are."""

OTHER_NAMES: dict[str, str] = {
    **dict.fromkeys(("nuclear", "nuclear_norm", "nucnorm", "tracenorm", "schatten1"), "normnuc"),
    **dict.fromkeys(("frobenius", "fro", "frob", "norm_frobenius"), "norm2"),
    **dict.fromkeys(("spectral", "spectral_norm", "opnorm", "specnorm"), "normspec"),
    **dict.fromkeys(("determinant",), "det"),
    **dict.fromkeys(("inverse", "matinv"), "inv"),
    **dict.fromkeys(("pseudoinverse", "ginv", "mppinv"), "pinv"),
    **dict.fromkeys(("eigenvalues", "eig", "spectrum"), "eigvals"),
    **dict.fromkeys(("sing", "singularvalues", "svals"), "svdvals"),
    **dict.fromkeys(("variance",), "var"),
    **dict.fromkeys(("stdev", "stddev", "sd"), "std"),
    **dict.fromkeys(("average", "avg"), "mean"),
    **dict.fromkeys(("cofactor", "adjugate", "adjoint"), "adj"),
    **dict.fromkeys(("matexp", "mexp", "matrix_exp"), "expm"),
    **dict.fromkeys(("matlog", "mlog", "matrix_log"), "logm"),
}
"""Names of papers and of other libraries, and what the function is called here."""

_MINUS = number(-1)


def _word(name: str, signature: str, make: Callable[..., Expr], elementwise: bool = False) -> None:
    WORDS[name] = Operation(name, Signature(signature), fold=lambda args, params: make(*args), elementwise=elementwise)


def _declared(name: str) -> Operation:
    return operations[name]


def _variance(x: Expr) -> Expr:
    """The mean of the squares of the deviations, as in NumPy: divided by n."""
    return _declared("mean")(pow(add(x, scale(_MINUS, _declared("mean")(x))), number(2)))


def _covariance(X: Expr) -> Expr:
    """Of the columns of X, each row a sample: divided by m - 1, as in MATLAB."""
    m = X.rows
    if m is ONE:
        raise ShapeError("cov takes a matrix whose rows are samples")
    mean = scale(pow(size_value(params=(m,)), _MINUS), mul(transpose(X), ones(m)))
    centred = add(X, scale(_MINUS, mul(ones(m), transpose(mean))))
    return scale(pow(size_value(params=(m - 1,)), _MINUS), mul(transpose(centred), centred))


def _row_means(X: Expr) -> Expr:
    return scale(pow(size_value(params=(X.cols,)), _MINUS), _declared("rowsum")(X))


def _spread(column: Expr, X: Expr) -> Expr:
    """A column beside each column of X."""
    return mul(column, ones(ONE, X.cols)) if X.cols is not ONE else column


def _row_variances(X: Expr) -> Expr:
    return _row_means(pow(add(X, scale(_MINUS, _spread(_row_means(X), X))), number(2)))


def _row_log_softmax(X: Expr) -> Expr:
    return add(X, scale(_MINUS, _spread(_declared("logsumexp_rows")(X), X)))


def _beside(A: Expr, B: Expr) -> Expr:
    """[A 0; 0 B]"""
    return _declared("block")(A, zeros(A.rows, B.cols), zeros(B.rows, A.cols), B, params=((2, 2),))


def _log_beta(a: Expr, b: Expr) -> Expr:
    return add(_declared("gammaln")(a), _declared("gammaln")(b), scale(_MINUS, _declared("gammaln")(add(a, b))))


_word("mean_rows", "m n -> m 1", _row_means)
_word("mean_cols", "m n -> n 1", lambda X: scale(pow(size_value(params=(X.rows,)), _MINUS), _declared("colsum")(X)))
_word("norm_rows", "m n -> m 1", lambda X: _declared("sqrt")(_declared("rowsum")(pow(X, number(2)))))
_word("norm_cols", "m n -> n 1", lambda X: _declared("sqrt")(_declared("colsum")(pow(X, number(2)))))
_word("var_rows", "m n -> m 1", _row_variances)
_word("std_rows", "m n -> m 1", lambda X: _declared("sqrt")(_row_variances(X)))
_word("logsoftmax_rows", "m n -> m n", _row_log_softmax)
_word("log_softmax_rows", "m n -> m n", _row_log_softmax)
_word("block_diag", "m n, p q -> m+p n+q", _beside)
_word("blkdiag", "m n, p q -> m+p n+q", _beside)
_word("prod", "n 1 -> 1 1", lambda x: _declared("det")(_declared("diagm")(x)) if not x.is_scalar else x)
_word("conj", "m n -> m n", lambda X: X, True)
_word("real", "m n -> m n", lambda X: X, True)
_word("xlogy", "m n, m n -> m n", lambda x, y: hadamard(x, _declared("log")(y)), True)
_word("hypot", "m n, m n -> m n", lambda x, y: _declared("sqrt")(add(pow(x, number(2)), pow(y, number(2)))), True)
_word("swish", "m n -> m n", lambda x: hadamard(x, _declared("sigmoid")(x)), True)
_word("mish", "m n -> m n", lambda x: hadamard(x, _declared("tanh")(_declared("softplus")(x))), True)
_word("betaln", "m n, m n -> m n", _log_beta, True)
_word("tgamma", "m n -> m n", lambda x: _declared("exp")(_declared("gammaln")(x)), True)
_word("factorial", "m n -> m n", lambda x: _declared("exp")(_declared("gammaln")(add(x, 1))), True)
_word("logfactorial", "m n -> m n", lambda x: _declared("gammaln")(add(x, 1)), True)
_word("len", "m n -> 1 1", lambda X: size_value(params=(X.rows,)))
_word("length", "n 1 -> 1 1", lambda x: size_value(params=(x.rows,)))
_word("numel", "m n -> 1 1", lambda X: size_value(params=(X.rows * X.cols,)))
_word("var", "m n -> 1 1", _variance)
_word("std", "m n -> 1 1", lambda x: _declared("sqrt")(_variance(x)))
_word("cov", "m n -> n n", _covariance)
_word("logsoftmax", "m n -> m n", lambda x: add(x, scale(_MINUS, _declared("logsumexp")(x))))
_word("log_softmax", "m n -> m n", lambda x: add(x, scale(_MINUS, _declared("logsumexp")(x))))
_word("cumsum", "n 1 -> n 1", lambda x: mul(_declared("tril")(ones(x.rows, x.rows)), x))
_word("gelu", "m n -> m n", lambda x: hadamard(x, _declared("normcdf")(x)), True)
_word("silu", "m n -> m n", lambda x: hadamard(x, _declared("sigmoid")(x)), True)
_word(
    "logit",
    "m n -> m n",
    lambda p: add(_declared("log")(p), scale(_MINUS, _declared("log")(add(1, scale(_MINUS, p))))),
    True,
)
_word(
    "cbrt",
    "m n -> m n",
    lambda x: hadamard(_declared("sign")(x), pow(_declared("abs")(x), number(Fraction(1, 3)))),
    True,
)
_word("rsqrt", "m n -> m n", lambda x: pow(_declared("sqrt")(x), _MINUS), True)
_word("square", "m n -> m n", lambda x: pow(x, number(2)), True)
_word("abs2", "m n -> m n", lambda x: pow(x, number(2)), True)
_word("expm1", "m n -> m n", lambda x: add(_declared("exp")(x), _MINUS), True)
_word("log2", "m n -> m n", lambda x: scale(pow(_declared("log")(2), _MINUS), _declared("log")(x)), True)
_word("log10", "m n -> m n", lambda x: scale(pow(_declared("log")(10), _MINUS), _declared("log")(x)), True)
_word("cot", "m n -> m n", lambda x: pow(_declared("tan")(x), _MINUS), True)
_word("sec", "m n -> m n", lambda x: pow(_declared("cos")(x), _MINUS), True)
_word("csc", "m n -> m n", lambda x: pow(_declared("sin")(x), _MINUS), True)
_word("clip", "m n, 1 1, 1 1 -> m n", lambda x, low, high: _declared("minimum")(_declared("maximum")(x, low), high))
