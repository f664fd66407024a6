"""The canonical form of a linear map: composed parts recognised as

    X -> sum_k A_k X B_k + sum_k C_k X' D_k + H .* X + sum_k U_k <V_k, X> + what is none of these

Two-sided products, plain and transposed, are closed under sums, compositions and adjoints:
(A · B)(C ·' D) = A C ·' D B and (A ·' B)(C ·' D) = A D' · C' B. So a differential, a Schur complement of a
block operator, or op op' becomes a short list of factor pairs. Like terms are merged
(`A X B + A' X B = (A + A') X B`), zero terms drop out, Hadamard scalings of rank one become diagonal factors,
maps through few numbers become low rank.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from frechet.kernels.entries import norm2
from frechet.operators.factors import Dense, Diagonal, Factor, Inverted, Scalar, Thin, as_factor, number
from frechet.operators.parts import (
    Composed,
    Embed,
    Extract,
    FunctionPart,
    Hadamard,
    LowRank,
    Part,
    Project,
    Solved,
    SumOfParts,
    TwoSided,
)
from frechet.operators.products import product, ratio, same, total
from frechet.operators.spaces import Framed, Masked, Symmetric

__all__ = ["Canonical", "Pair", "canonical", "merged", "mirrored"]

Array = np.ndarray
Pair = tuple[Factor, Factor]
_EPS = float(np.finfo(float).eps)
_MOST_TERMS = 64
"""A composition with more terms stays a composition: a deep network would have 2^depth of them."""


class _Unexpanded(Composed):
    """A composition of sums that is not multiplied out."""


@dataclass(frozen=True, eq=False)
class Canonical(Part):
    """The sum of the five kinds; itself a part."""

    source: tuple[int, int]
    target: tuple[int, int]
    plain: tuple[Pair, ...] = ()
    flipped: tuple[Pair, ...] = ()
    scale: Array | None = None
    thin: LowRank | None = None
    rest: tuple[Part, ...] = ()

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The terms as parts, the two-sided ones first."""
        two = [TwoSided(A, B) for A, B in self.plain] + [TwoSided(C, D, True) for C, D in self.flipped]
        scale = [] if self.scale is None else [Hadamard(self.scale)]
        return (*two, *scale, *([] if self.thin is None else [self.thin]), *self.rest)

    def apply(self, X: Array) -> Array:
        parts = self.parts
        if not parts:
            return np.zeros(self.target)
        value = parts[0].apply(X)
        for part in parts[1:]:
            value = value + part.apply(X)
        return value

    def adjoint(self) -> Canonical:
        return Canonical(
            self.target,
            self.source,
            tuple((A.T, B.T) for A, B in self.plain),
            tuple((D, C) for C, D in self.flipped),
            self.scale,
            None if self.thin is None else self.thin.adjoint(),
            tuple(part.adjoint() for part in self.rest),
        )

    def conj(self) -> Canonical:
        return Canonical(
            self.source,
            self.target,
            tuple((A.conj(), B.conj()) for A, B in self.plain),
            tuple((C.conj(), D.conj()) for C, D in self.flipped),
            None if self.scale is None else self.scale.conj(),
            None if self.thin is None else self.thin.conj(),
            tuple(part.conj() for part in self.rest),
        )

    @cached_property
    def is_complex(self) -> bool:
        return any(part.is_complex for part in self.parts)

    @property
    def bound(self) -> float:
        """An upper bound of the norm of the recognised terms; NaN if there are others."""
        if self.rest:
            return float("nan")
        two = sum(A.norm * B.norm for A, B in self.plain + self.flipped)
        scale = 0.0 if self.scale is None else float(np.abs(self.scale).max(initial=0.0))
        thin = 0.0 if self.thin is None else float(norm2(self.thin.U) * norm2(self.thin.V))
        return two + scale + thin


def canonical(part: Part) -> Canonical:
    """The canonical form of a part between matrices; found once for each part."""
    if isinstance(part, Canonical):
        return part
    memo = part.__dict__
    if "canonical" in memo:
        return memo["canonical"]
    form = _merged(_collect(part))
    if part not in form.rest:  # no cycles: their arrays would wait for the garbage collector
        memo["canonical"] = form
    return form


def merged(form: Canonical) -> Canonical:
    """The form with like terms merged again, after its terms were edited."""
    return _merged(form)


def _form(like: Canonical, **terms: Any) -> Canonical:
    """The form with these terms only; `dataclasses.replace` would take most of the time of small problems."""
    return Canonical(like.source, like.target, **terms)


def _collect(part: Part) -> Canonical:
    empty = Canonical(part.source, part.target)
    match part:
        case Canonical():
            return part
        case TwoSided(A, B, flip):
            return _form(empty, flipped=((A, B),)) if flip else _form(empty, plain=((A, B),))
        case Hadamard(H):
            return _scaling(empty, H)
        case LowRank():
            return _form(empty, thin=part)
        case Project(space):
            return _projection(empty, part, space)
        case SumOfParts(parts):
            forms = [_collect(p) for p in parts]
            return _joined(empty, forms)
        case _Unexpanded():
            return _form(empty, rest=(part,))
        case Composed():
            parts = _flat(part)
            form = _collect(parts[-1])
            for outer in reversed(parts[:-1]):
                form = _compose(_merged(_collect(outer)), _merged(form))
            return form
        case _:
            return _form(empty, rest=(part,))


def _flat(part: Part) -> tuple[Part, ...]:
    """The stages of nested compositions as one row, so that neighbours can simplify."""
    if isinstance(part, _Unexpanded) or not isinstance(part, Composed):
        return (part,)
    return tuple(q for p in part.parts for q in _flat(p))


def mirrored(P: Pair, Q: Pair) -> bool:
    """Whether Q is the transposed term of P: (A X B)' = B' X A' on symmetric X."""
    c = ratio(P[1].T, Q[0])
    return c is not None and same(P[0].T, Q[1].scaled(c))


def _joined(empty: Canonical, forms: Iterable[Canonical]) -> Canonical:
    forms = list(forms)
    scales = [f.scale for f in forms if f.scale is not None]
    thins = [f.thin for f in forms if f.thin is not None]
    return replace(
        empty,
        plain=tuple(p for f in forms for p in f.plain),
        flipped=tuple(p for f in forms for p in f.flipped),
        scale=sum(scales[1:], scales[0]) if scales else None,
        thin=LowRank(np.concatenate([t.U for t in thins]), np.concatenate([t.V for t in thins])) if thins else None,
        rest=tuple(p for f in forms for p in f.rest),
    )


def _scaling(empty: Canonical, H: Array) -> Canonical:
    """H .* X; diag(a) X diag(b) where H = a b', in particular for vectors."""
    m, n = H.shape
    if n == 1:
        return _form(empty, plain=((_diagonal(H[:, 0]), Scalar(1.0, 1)),))
    if m == 1:
        return _form(empty, plain=((Scalar(1.0, 1), _diagonal(H[0])),))
    i, j = np.unravel_index(np.abs(H).argmax(), H.shape)
    pivot = H[i, j]
    if pivot and np.abs(H - np.outer(H[:, j], H[i] / pivot)).max() <= 4 * _EPS * abs(pivot):
        return _form(empty, plain=((_diagonal(H[:, j]), _diagonal(H[i] / pivot)),))
    return _form(empty, scale=H)


def _diagonal(d: Array) -> Factor:
    return Scalar(number(d[0]), len(d)) if (d == d[0]).all() else Diagonal(d.copy())


def _projection(empty: Canonical, part: Project, space: object) -> Canonical:
    match space:
        case Symmetric(shape=(n, _), sign=sign):
            one = Scalar(1.0, n)
            return _form(empty, plain=((Scalar(0.5, n), one),), flipped=((Scalar(0.5 * sign, n), one),))
        case Masked(mask=mask):
            return _scaling(empty, mask.astype(float))
        case Framed(base=base, left=P, right=Q):
            inner = Composed((TwoSided(Dense(P), Dense(Q.T)), Project(base), TwoSided(Dense(P.T), Dense(Q))))
            return _collect(inner)
        case _:
            return _form(empty, rest=(part,))


def _compose(outer: Canonical, inner: Canonical) -> Canonical:
    """outer after inner, distributed term by term."""
    empty = Canonical(inner.source, outer.target)
    if inner.thin is not None:
        U = np.array([outer.apply(u) for u in inner.thin.U])
        return _joined(empty, [_form(empty, thin=LowRank(U, inner.thin.V)), _compose(outer, replace(inner, thin=None))])
    if outer.thin is not None:
        V = np.array([inner.adjoint().apply(v) for v in outer.thin.V])
        return _joined(empty, [_form(empty, thin=LowRank(outer.thin.U, V)), _compose(replace(outer, thin=None), inner)])
    if len(outer.parts) * len(inner.parts) > _MOST_TERMS:
        return _form(empty, rest=(_Unexpanded((outer, inner)),))
    if len(outer.parts) == 1 and _opaque(outer.parts[0]) and len(inner.parts) > 1 and not _simplifies(inner):
        # H .* (A X + X B): a chain of two stages that can be solved, of which two chains added up cannot
        return _form(empty, rest=(Composed((*_flat(outer.parts[0]), inner)),))
    return _joined(empty, [_compose_terms(empty, F, G) for F in outer.parts for G in inner.parts])


def _opaque(part: Part) -> bool:
    """A part that does not distribute into recognised terms."""
    last = part.parts[-1] if isinstance(part, Composed) else part
    return isinstance(last, Hadamard | FunctionPart | Solved)


def _simplifies(inner: Canonical) -> bool:
    """Whether a scaling after one of the terms is a term again."""
    pointwise = any(_pointwise(A) and _pointwise(B) for A, B in inner.plain)
    return pointwise or inner.scale is not None or any(isinstance(part, Embed) for part in inner.rest)


def _compose_terms(empty: Canonical, F: Part, G: Part) -> Canonical:
    match F, G:
        case TwoSided(A, B, False), TwoSided(C, D, flip):
            pair = (product(A, C), product(D, B))
            return _form(empty, flipped=(pair,)) if flip else _form(empty, plain=(pair,))
        case TwoSided(A, B, True), TwoSided(C, D, flip):
            pair = (product(A, D.T), product(C.T, B))
            return _form(empty, plain=(pair,)) if flip else _form(empty, flipped=(pair,))
        case TwoSided(A, B, False), Hadamard(H) if _pointwise(A) and _pointwise(B):
            return _scaling(empty, B.right(A.left(H)))
        case Hadamard(H), TwoSided(A, B, False) if _pointwise(A) and _pointwise(B):
            return _scaling(empty, B.right(A.left(H)))
        case Hadamard(H), Hadamard(K):
            return _scaling(empty, H * K)
        case TwoSided(A, B, False), Embed() if B.shape[1] == 1:  # A diag(x) b = A diag(b) x
            return _form(empty, plain=((product(A, Diagonal(B.array()[:, 0])), Scalar(1.0, 1)),))
        case Extract(), TwoSided(A, B, False) if A.shape[1] == 1:  # diag(a x' ...): needs a column on the left
            return _form(empty, plain=(), flipped=((_row_scaled(A, B), Scalar(1.0, 1)),))
        case Extract(), TwoSided(A, B, True) if A.shape[1] == 1:
            return _form(empty, plain=((_row_scaled(A, B), Scalar(1.0, 1)),))
        case Extract(), TwoSided(A, B, False) if B.shape[0] == 1:  # diag(A x b') = diag(b) A x
            return _form(empty, plain=((product(Diagonal(B.array()[0]), A), Scalar(1.0, 1)),))
        case Extract(), TwoSided(A, B, True) if B.shape[0] == 1:
            return _form(empty, flipped=((product(Diagonal(B.array()[0]), A), Scalar(1.0, 1)),))
        case Extract(), Embed():
            return _form(empty, plain=((Scalar(1.0, F.target[0]), Scalar(1.0, 1)),))
        case Embed(), Extract():
            return _form(empty, scale=np.eye(F.target[0]))
        case Extract(), Composed(parts=(TwoSided(A, B), Embed())):  # diag(A diag(x) B) = (A .* B') x
            return _form(empty, plain=((as_factor(A.array() * B.array().T), Scalar(1.0, 1)),))
        case Hadamard(H), Embed():
            return _compose_terms(empty, Embed(len(H)), TwoSided(_diagonal(H.diagonal()), Scalar(1.0, 1)))
        case _:
            return _form(empty, rest=(_chain(F, G),))


def _is_identity(part: Part) -> bool:
    return (
        isinstance(part, TwoSided)
        and not part.flip
        and all(isinstance(F, Scalar) and F.c == 1 for F in (part.A, part.B))
    )


def _row_scaled(A: Factor, B: Factor) -> Factor:
    """diag(a) B' for a column a: the diagonal of a y' is a .* y."""
    return product(Diagonal(A.array()[:, 0]), B.T)


def _pointwise(F: Factor) -> bool:
    return isinstance(F, Scalar | Diagonal)


def _chain(F: Part, G: Part) -> Part:
    """F after G as one flat composition; neighbouring two-sided products are multiplied out, identities
    dropped.
    """
    if _is_identity(F) or _is_identity(G):
        return F if _is_identity(G) else G
    outer = F.parts if isinstance(F, Composed) else (F,)
    inner = G.parts if isinstance(G, Composed) else (G,)
    if isinstance(outer[-1], TwoSided) and isinstance(inner[0], TwoSided):
        joint = _compose_terms(Canonical(inner[0].source, outer[-1].target), outer[-1], inner[0]).parts
        return Composed((*outer[:-1], *joint, *inner[1:]))
    return Composed((*outer, *inner))


def _merged(form: Canonical) -> Canonical:
    if "is_merged" in form.__dict__:
        return form
    plain, flipped, scale = _like(form.plain), _like(form.flipped), form.scale
    pointwise = [pair for pair in plain if _pointwise(pair[0]) and _pointwise(pair[1])]
    if pointwise and (scale is not None or (len(pointwise) == len(plain) > 1 and not flipped)):
        # terms diag(a) X diag(b) join the Hadamard term, where one division solves them all
        zero = np.zeros(form.source) if scale is None else scale
        H = sum((B.right(A.left(np.ones(form.source))) for A, B in pointwise), zero)
        plain = tuple(pair for pair in plain if not (_pointwise(pair[0]) and _pointwise(pair[1])))
        again = _scaling(Canonical(form.source, form.target), H)
        plain, scale = plain + again.plain, again.scale
    thin = form.thin
    if thin is not None and not (thin.U.any() and thin.V.any()):
        thin = None
    result = _form(form, plain=plain, flipped=flipped, scale=scale, thin=thin, rest=form.rest)
    result.__dict__["is_merged"] = True
    return result


def _like(pairs: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """A X B + A X D = A X (B + D) and A X B + C X B = (A + C) X B, scalars moved into the left factor; no
    zeros.
    """
    terms: list[Pair] = []
    for pair in pairs:
        A, B = _normal(pair)
        for k, (C, D) in enumerate(terms):
            if isinstance(A, Thin) != isinstance(C, Thin) and B.shape == (1, 1):
                continue  # of a vector: a scaling and a low rank term, which Woodbury keeps apart
            c = ratio(D, B)
            if c is not None:  # C X D + A X c D
                terms[k] = (_cheapest(total(C, A.scaled(c))), D)
                break
            c = ratio(C, A)
            if c is not None:
                terms[k] = (C, _cheapest(total(D, B.scaled(c))))
                break
        else:
            terms.append((A, B))
    terms = [_normal(pair) for pair in terms if all(_nonzero(F) for F in pair)]
    return tuple(terms) if len(terms) == len(pairs) else _like(tuple(terms))


def _normal(pair: Pair) -> Pair:
    """Scalars gathered in the left factor, or in the right one if only the left is a multiple of the
    identity.
    """
    A, B = pair
    if isinstance(B, Scalar):
        return (A.scaled(B.c) if B.c != 1.0 else A, Scalar(1.0, B.n))
    if isinstance(A, Scalar):
        return (Scalar(1.0, A.n), B.scaled(A.c) if A.c != 1.0 else B)
    return pair


def _cheapest(F: Factor) -> Factor:
    return as_factor(F.a) if isinstance(F, Dense) else F


def _nonzero(F: Factor) -> bool:
    return bool(F.c) if isinstance(F, Scalar | Inverted) else not F.is_zero
