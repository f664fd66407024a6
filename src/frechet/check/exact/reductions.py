"""What norms, softmax, log-sum-exp, largest and smallest entries mean."""

from __future__ import annotations

from typing import Any

from frechet.check.exact.entrywise import step
from frechet.check.exact.meanings import means

__all__: list[str] = []


@means("norm1")
def exact_norm1(o, node, sizes, A):
    return o.total(o.times(o.function("sign", A), A))


@means("norm2")
def exact_norm2(o, node, sizes, A):
    return o.function("sqrt", o.total(o.times(A, A)))


def _by_rows(o: Any, A: Any) -> Any:
    """The sum of each row, repeated along the row."""
    return o.matmul(o.matmul(A, o.filled(A.cols, 1, 1)), o.filled(1, A.cols, 1))


@means("softmax")
def exact_softmax(o, node, sizes, A):
    e = o.function("exp", A)
    return o.times(o.inverses(o.total(e)), e)


@means("logsumexp")
def exact_logsumexp(o, node, sizes, A):
    return o.function("log", o.total(o.function("exp", A)))


@means("softmax_rows")
def exact_softmax_rows(o, node, sizes, A):
    e = o.function("exp", A)
    return o.times(e, o.inverses(_by_rows(o, e)))


@means("logsumexp_rows")
def exact_logsumexp_rows(o, node, sizes, A):
    e = o.function("exp", A)
    return o.function("log", o.matmul(e, o.filled(A.cols, 1, 1)))


# --- largest and smallest entries: found one after the other, so that signs of differences are all that is needed ---


def _column(o: Any, A: Any, j: int) -> Any:
    return o.gather(A, A.rows, 1, [i * A.cols + j for i in range(A.rows)])


def _largest(o: Any, A: Any) -> tuple[Any, list[Any]]:
    """The largest entry of each row, and for each column the indicator that it is there."""
    best, where = _column(o, A, 0), [o.filled(A.rows, 1, 1)]
    for j in range(1, A.cols):
        candidate = _column(o, A, j)
        wins = step(o, o.minus(candidate, best))
        loses = o.minus(o.filled(A.rows, 1, 1), wins)
        where = [*[o.times(w, loses) for w in where], wins]
        best = o.plus(o.times(best, loses), o.times(candidate, wins))
    return best, where


def _flat(o: Any, A: Any) -> Any:
    return o.reshape(A, 1, A.rows * A.cols)


@means("max")
def exact_max(o, node, sizes, A):
    return _largest(o, _flat(o, A))[0]


@means("min")
def exact_min(o, node, sizes, A):
    return o.scaled(-1, _largest(o, o.scaled(-1, _flat(o, A)))[0])


@means("max_rows")
def exact_max_rows(o, node, sizes, A):
    return _largest(o, A)[0]


@means("min_rows")
def exact_min_rows(o, node, sizes, A):
    return o.scaled(-1, _largest(o, o.scaled(-1, A))[0])


def _indicator(o: Any, A: Any) -> Any:
    columns = _largest(o, A)[1]
    return o.transpose(o.reshape(o.stack(columns), A.cols, A.rows))


@means("argmax")
def exact_argmax(o, node, sizes, A):
    return o.reshape(_indicator(o, _flat(o, A)), A.rows, A.cols)


@means("argmin")
def exact_argmin(o, node, sizes, A):
    return o.reshape(_indicator(o, o.scaled(-1, _flat(o, A))), A.rows, A.cols)


@means("argmax_rows")
def exact_argmax_rows(o, node, sizes, A):
    return _indicator(o, A)


@means("argmin_rows")
def exact_argmin_rows(o, node, sizes, A):
    return _indicator(o, o.scaled(-1, A))
