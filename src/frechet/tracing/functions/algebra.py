"""Products of arrays, diagonals and triangles."""

from __future__ import annotations

from typing import Any

import numpy as np

from frechet.tracing.array import FUNCTIONS, METHODS, UFUNCS, Traced, apply, form_of
from frechet.tracing.functions.reducing import summed
from frechet.tracing.functions.shaping import axis_number, reshape, transpose, window_of
from frechet.tracing.functions.ufuncs import array
from frechet.tracing.graph import PRIMITIVES
from frechet.tracing.primitives.contractions import contract
from frechet.tracing.primitives.contractions import matmul as product
from frechet.tracing.primitives.indexing import Index, indexed, take
from frechet.tracing.primitives.shapes import sum_axes
from frechet.tracing.refusing import lost

__all__ = ["matmul"]


def _column(A: Any) -> Any:
    """A stack of columns n×1 as vectors."""
    return A[..., 0]


def _shape(A: Any) -> tuple[int, ...]:
    return np.shape(form_of(A))


# --- products ----------------------------------------------------------------------------------------------


_AS_ROW, _AS_COLUMN = Index((None, slice(None))), Index((slice(None), None))
_THE_ROW, _THE_COLUMN = Index((Ellipsis, 0, slice(None))), Index((Ellipsis, 0))


def matmul(A: Any, B: Any) -> Any:
    """np.matmul: vectors as a row on the left, as a column on the right."""
    A, B = array(A), array(B)
    a, b = len(_shape(A)), len(_shape(B))
    if a == 0 or b == 0:
        raise ValueError("matmul: an operand is a number; write *")
    left = apply(take, (A,), (_AS_ROW,)) if a == 1 else A
    right = apply(take, (B,), (_AS_COLUMN,)) if b == 1 else B
    found = apply(product, (left, right))
    if a == 1:
        found = apply(take, (found,), (_THE_ROW,))
    return apply(take, (found,), (_THE_COLUMN,)) if b == 1 else found


def _dot(A: Any, B: Any) -> Any:
    A, B = array(A), array(B)
    a, b = len(_shape(A)), len(_shape(B))
    if a == 0 or b == 0:
        return A * B
    if a <= 2 and b <= 2:
        return matmul(A, B)
    return _tensordot(A, B, ([a - 1], [max(b - 2, 0)]))


_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _tensordot(A: Any, B: Any, axes: Any = 2) -> Any:
    A, B = array(A), array(B)
    a, b = len(_shape(A)), len(_shape(B))
    if isinstance(axes, int):
        left, right = list(range(a - axes, a)), list(range(axes))
    else:
        left, right = [list(x) if isinstance(x, list | tuple) else [x] for x in axes]
    first = list(_LETTERS[:a])
    second = list(_LETTERS[a : a + b])
    for i, j in zip(left, right, strict=True):
        second[axis_number(j, b)] = first[axis_number(i, a)]
    out = [k for k in first if k not in second] + [k for k in second if k not in first]
    return apply(contract, (A, B), (f"{''.join(first)},{''.join(second)}->{''.join(out)}",))


def _einsum(spec: Any, *operands: Any) -> Any:
    """np.einsum: diagonals and sums of each operand first, then products of two at a time in the order that costs least."""
    if not isinstance(spec, str):
        spec, operands = _from_lists((spec, *operands))
    arrays = [array(A) for A in operands]
    terms, out = _letters_of(spec.replace(" ", ""), [len(_shape(A)) for A in arrays])
    if len(arrays) == 1 and len(out) == len(set(terms[0])):  # np.einsum gives a view of the array, that may be written
        return _view_of_one(arrays[0], terms[0], out)
    pairs = [
        _reduced(A, t, out + "".join(terms[:k] + terms[k + 1 :]))
        for k, (A, t) in enumerate(zip(arrays, terms, strict=True))
    ]
    sizes = {k: n for A, t in pairs for k, n in zip(t, _shape(A), strict=True)}
    while len(pairs) > 1:
        i, j = _cheapest(pairs, sizes, out)
        (A, s), (B, t) = pairs[i], pairs[j]
        rest = [p for k, p in enumerate(pairs) if k not in (i, j)]
        needed = set(out).union(*[set(u) for _, u in rest])
        keep = "".join(dict.fromkeys(k for k in s + t if k in needed))
        if len(pairs) == 2:
            keep = out
        pairs = [*rest, (apply(contract, (A, B), (f"{s},{t}->{keep}",)), keep)]
    A, t = pairs[0]
    return A if t == out else transpose(A, [t.index(k) for k in out]) if out else A


def _from_lists(given: tuple) -> tuple[str, tuple]:
    """np.einsum(A, [0, 1], B, [1, 2], [0, 2]) as np.einsum("ab,bc->ac", A, B)."""
    arrays, axes = given[: len(given) // 2 * 2 : 2], given[1 : len(given) // 2 * 2 : 2]
    letters = lambda numbers: "".join("..." if k is Ellipsis else _LETTERS[int(k)] for k in numbers)
    spec = ",".join(map(letters, axes))
    return f"{spec}->{letters(given[-1])}" if len(given) % 2 else spec, arrays


def _view_of_one(A: Any, letters: str, out: str) -> Any:
    """Diagonals and transposes."""
    positions = np.einsum(f"{letters}->{out}", np.arange(A.size).reshape(_shape(A)))
    index, places = indexed((positions,))

    def take(base: Any) -> Any:
        return reshape(base, -1)[positions]

    def put(base: Any, new: Any) -> Any:
        return reshape(apply(PRIMITIVES["put"], (reshape(base, -1), new, *places), (index,)), base.shape)

    made = take(A)
    return made.view_of(A, take, put) if isinstance(made, Traced) else made


def _letters_of(spec: str, dims: list[int]) -> tuple[list[str], str]:
    """The letters of each operand and of the result; an ellipsis gets letters of its own."""
    left, arrow, out = spec.partition("->")
    terms = left.split(",")
    if "..." in spec:
        free = [k for k in _LETTERS if k not in spec]
        widest = max(d - len(t.replace("...", "")) for t, d in zip(terms, dims, strict=True) if "..." in t)
        batch = "".join(free[:widest])
        terms = [
            t.replace("...", batch[widest - (d - len(t) + 3) :] if "..." in t else "")
            for t, d in zip(terms, dims, strict=True)
        ]
        out = out.replace("...", batch) if arrow else batch
    if not arrow:
        every = "".join(terms)
        out += "".join(sorted(k for k in set(every) if every.count(k) == 1 and k not in out))
    return terms, out


def _reduced(A: Any, letters: str, needed: str) -> tuple[Any, str]:
    """Diagonals where a letter stands twice; sums over letters that stand nowhere else."""
    for k in dict.fromkeys(letters):
        while letters.count(k) > 1:
            i = letters.index(k)
            j = letters.index(k, i + 1)
            order = [x for x in range(len(letters)) if x not in (i, j)] + [i, j]
            A = transpose(A, order) if isinstance(A, Traced) else np.transpose(A, order)
            n = np.arange(_shape(A)[-1])
            A = A[..., n, n]
            letters = "".join(letters[x] for x in order[:-1])
    gone = tuple(i for i, k in enumerate(letters) if k not in needed)
    if gone:
        A = apply(sum_axes, (A,), (gone,))
        letters = "".join(k for i, k in enumerate(letters) if i not in gone)
    return A, letters


def _cheapest(pairs: list[tuple[Any, str]], sizes: dict[str, int], out: str) -> tuple[int, int]:
    best, found = None, (0, 1)
    for i in range(len(pairs)):
        for j in range(i + 1, len(pairs)):
            cost = float(np.prod([float(sizes[k]) for k in set(pairs[i][1] + pairs[j][1])]))
            if best is None or cost < best:
                best, found = cost, (i, j)
    return found


def _inner(A: Any, B: Any) -> Any:
    A, B = array(A), array(B)
    if not _shape(A) or not _shape(B):
        return A * B
    return _tensordot(A, B, ([len(_shape(A)) - 1], [len(_shape(B)) - 1]))


def _kron(A: Any, B: Any) -> Any:
    A, B = array(A), array(B)
    a, b = _shape(A), _shape(B)
    d = max(len(a), len(b))
    a, b = (1,) * (d - len(a)) + a, (1,) * (d - len(b)) + b
    spread_a = tuple(n for k in a for n in (k, 1))
    spread_b = tuple(n for k in b for n in (1, k))
    left = reshape(A, spread_a) if isinstance(A, Traced) else np.reshape(A, spread_a)
    right = reshape(B, spread_b) if isinstance(B, Traced) else np.reshape(B, spread_b)
    return reshape(left * right, tuple(x * y for x, y in zip(a, b, strict=True)))


def _cross(A: Any, B: Any, axis: int = -1, **options: Any) -> Any:
    A, B = array(A), array(B)
    if any(v not in (-1,) for v in options.values()) or _shape(A)[-1] != 3 or _shape(B)[-1] != 3 or axis != -1:
        raise lost("np.cross", "is known for vectors of length 3 along the last axis")
    turn, back = [1, 2, 0], [2, 0, 1]
    return A[..., turn] * B[..., back] - A[..., back] * B[..., turn]


# --- diagonals and triangles -----------------------------------------------------------------------------------


def _diagonal(A: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    positions = np.diagonal(np.arange(A.size).reshape(A.shape), offset, axis1, axis2)
    return window_of(A, positions)


def _diag(A: Any, k: int = 0) -> Any:
    if len(_shape(A)) > 1:
        return _diagonal(A, k)
    n = A.shape[0] + abs(k)
    rows = np.arange(A.shape[0]) + max(-k, 0)
    index, positions = indexed((rows, rows + k))
    return apply(PRIMITIVES["place"], (A, *positions), (index, (n, n)))


def _trace(A: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Any:
    return summed(_diagonal(A, offset, axis1, axis2), -1, dtype)


def _fill_diagonal(A: Any, value: Any, wrap: bool = False) -> None:
    n = np.arange(min(A.shape))
    A[n, n] = value


def _vecdot(A: Any, B: Any, axis: int = -1) -> Any:
    move = FUNCTIONS[np.moveaxis]
    return summed(np.conjugate(move(array(A), axis, -1)) * move(array(B), axis, -1), -1)


def _multi_dot(arrays: Any) -> Any:
    """In the order that costs least, by the sizes."""
    parts = [array(A) for A in arrays]
    if len(parts) == 1:
        return parts[0]
    shapes = [_shape(A) for A in parts]
    costs = [(_shape(parts[k])[-1] if len(shapes[k]) > 1 else 1, k) for k in range(len(parts) - 1)]
    k = max(costs)[1]
    return _multi_dot([*parts[:k], _dot(parts[k], parts[k + 1]), *parts[k + 2 :]])


FUNCTIONS.update(
    {
        np.matmul: matmul,
        np.dot: _dot,
        np.vdot: lambda A, B: summed(np.conjugate(FUNCTIONS[np.ravel](array(A))) * FUNCTIONS[np.ravel](array(B))),
        np.inner: _inner,
        np.outer: lambda A, B: FUNCTIONS[np.ravel](array(A))[:, None] * FUNCTIONS[np.ravel](array(B)),
        np.tensordot: _tensordot,
        np.einsum: _einsum,
        np.kron: _kron,
        np.cross: _cross,
        np.trace: _trace,
        np.diag: _diag,
        np.diagflat: lambda A, k=0: _diag(reshape(A, -1), k),
        np.diagonal: _diagonal,
        np.tril: lambda A, k=0: A * np.tri(A.shape[-2], A.shape[-1], k),
        np.triu: lambda A, k=0: A * (1 - np.tri(A.shape[-2], A.shape[-1], k - 1)),
        np.fill_diagonal: _fill_diagonal,
        np.linalg.multi_dot: _multi_dot,
    }
)
if hasattr(np, "vecdot"):
    FUNCTIONS[np.linalg.vecdot] = UFUNCS["vecdot"] = _vecdot
    UFUNCS["matvec"] = lambda A, x: _column(matmul(array(A), array(x)[..., None]))
    UFUNCS["vecmat"] = lambda x, A: matmul(np.conjugate(array(x))[..., None, :], array(A))[..., 0, :]
METHODS.update({"dot": _dot, "trace": _trace, "diagonal": _diagonal})
