"""The factors of matrix transformations: which coordinates each has, its moving frame, and which measure that makes.

    R: upper(n)         the entries r_ij, i <= j          (dR)   = ∏ dr_ij
    Q: stiefel(m, n)    dQ = Q*Ω + Q⊥*K, Ω skew           (Q'dQ) = ∏ of the entries of Ω and K below the diagonal
    V: eigenvectors(n)  dV = V*Ω, Ω zero on the diagonal  (inv(V)dV) = ∏ of the entries of Ω

A kind is a region of free positions, perhaps mirrored across the diagonal, seen through a frame. Complex and quaternion
entries count once for each real component. Source: Muirhead, Aspects of Multivariate Statistical Theory (1982), ch. 2;
Edelman and Rao, Random matrix theory, Acta Numerica (2005), sec. 4.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from frechet.errors import EvaluationError, LanguageError
from frechet.expr.sizes import ONE, Size
from frechet.forms.scalars import COMPLEX, COMPLEX_PLAIN, QUATERNION, REAL, Scalars
from frechet.language.declarations import read_size

__all__ = ["KINDS", "Kind", "MatrixFactor", "Position", "as_factor", "block_entries", "factor"]

Array = np.ndarray


@dataclass(frozen=True)
class Kind:
    """What matrices of a kind have in common.

    arguments  names of its sizes: "n", "m n", "m n k"
    region     which positions (i, j) are free coordinates, of numbers or of arrays of indices
    mirror     0, or the sign s of X_ji = s * conj(X_ij)
    frame      flat: the entries of dX; left: of inv(F)*dX with F = [X X⊥]; two-sided: of [U U⊥]'*dX*[V V⊥];
               rows of norm one: the entries below the diagonal, which move the diagonal entry of their row
    canonical  the simplest point: letters on the diagonal, identity, or zero
    letters    what letters on the diagonal are for a matrix of the kind
    base       the entries that are fixed: ones on the diagonal
    in_blocks  2×2 blocks on the diagonal, with one letter each
    declares   how the language declares it
    sample     a random one: (scalars, rng, sizes) -> array
    says       the measure, with {X} for the name
    """

    name: str
    arguments: str
    region: Callable[[Any, Any], Any]
    declares: str
    says: str
    sample: Callable[[Scalars, np.random.Generator, tuple[int, ...]], Array]
    mirror: int = 0
    frame: str = "flat"
    canonical: str = "letters"
    letters: str = "eigenvalues"
    in_blocks: bool = False


@dataclass(frozen=True)
class Position:
    """A coordinate: the entry (i, j) along the k-th unit of the scalars."""

    i: int
    j: int
    unit: int


@dataclass(frozen=True)
class MatrixFactor:
    """A matrix of a kind with its name, symbolic sizes and scalars."""

    name: str
    kind: Kind
    sizes: tuple[Size, ...]
    scalars: Scalars
    positive: bool = False
    modulo_diagonal: bool = False
    modulo_blocks: bool = False
    ordered: bool = False

    @property
    def shape(self) -> tuple[Size, Size]:
        """Rows and columns."""
        name = self.kind.name
        if name == "scalar":
            return ONE, ONE
        if name == "vector":
            return self.sizes[0], ONE
        if len(self.sizes) == 1 or name == "psd":
            return self.sizes[0], self.sizes[0]
        return self.sizes[0], self.sizes[1]

    @property
    def declaration(self) -> str:
        """As the language declares it."""
        return self.kind.declares.format(*self.sizes)

    def numbers(self, letters: Mapping[str, int]) -> tuple[int, ...]:
        """The sizes as numbers."""
        return tuple(s.value(letters) for s in self.sizes)

    def positions(self, letters: Mapping[str, int]) -> list[Position]:
        """The coordinates, in order."""
        rows, cols = (s.value(letters) for s in self.shape)
        found = []
        for j in range(cols):
            for i in range(rows):
                if self._is_free(i, j, letters):
                    found += [Position(i, j, k) for k in range(self.scalars.beta) if self._has_unit(i, j, k)]
        return found

    def _is_free(self, i: int, j: int, letters: Mapping[str, int]) -> bool:
        kind = self.kind
        if kind.name in ("psd", "fixed_rank"):
            k = self.sizes[-1].value(letters)
            return (j < k and i >= j) if kind.name == "psd" else (i < k or j < k)
        if kind.mirror < 0 and i == j:
            return self.scalars.beta > 1 and not self.modulo_diagonal and not self.scalars.plain
        if self.modulo_blocks and i // 2 == j // 2:
            return False
        return kind.region(i, j)

    def _has_unit(self, i: int, j: int, k: int) -> bool:
        """On a mirrored diagonal only the real, or only the imaginary units; positive diagonals are real."""
        if i != j or self.kind.name in ("scalar", "vector", "matrix"):
            return True
        if self.kind.mirror:
            return self.scalars.plain or (k == 0) == (self.kind.mirror > 0)
        return k == 0 if self.positive or (self.kind.name == "diagonal" and self.ordered) else True

    # --- numbers ----------------------------------------------------------------------------------

    def sample(self, rng: np.random.Generator, letters: Mapping[str, int]) -> Array:
        """A random point of the kind."""
        X = self.kind.sample(self.scalars, rng, self.numbers(letters))
        if self.kind.in_blocks:
            return self._arranged(X)
        if self.ordered:
            X = self.scalars.vector(np.sort(X[:: self.scalars.block, 0].real)[::-1])
        if self.positive:
            b = self.scalars.block
            for i in range(min(X.shape) // b if self.kind.name != "vector" else len(X) // b):
                j = 0 if self.kind.name == "vector" else i
                block = X[i * b : i * b + b, j * b : j * b + b]
                X[i * b : i * b + b, j * b : j * b + b] = np.eye(b) * (0.3 + np.linalg.norm(block) / np.sqrt(b))
        return X

    def _arranged(self, X: Array) -> Array:
        """The blocks with positive entries, in descending order, where that is declared."""
        h = len(X) // 2
        x = np.abs(block_entries(X)) if self.positive else block_entries(X)
        order = np.argsort(-x) if self.ordered else np.arange(h)
        Y = X.copy()
        for k, q in enumerate(order):
            flipped = x[q] != X[2 * q, 2 * q + 1]
            block = X[2 * q : 2 * q + 2, 2 * q : 2 * q + 2]
            Y[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] = block.T if flipped else block
        return Y

    def pattern(self, at: Position, shape: tuple[int, int]) -> Array:
        """The direction of a coordinate in its frame: a unit at (i, j), and its mirror image."""
        unit = self.scalars.units[at.unit]
        B = self.scalars.entry(shape, at.i, at.j, unit)
        if self.kind.mirror and at.i != at.j and at.i < shape[1]:
            B += self.scalars.entry(shape, at.j, at.i, self.kind.mirror * self.scalars.adjoint(unit))
        return B

    def tangents(self, X: Array, letters: Mapping[str, int]) -> list[Array]:
        """dX for each coordinate moved by 1."""
        b = self.scalars.block
        shape = (X.shape[0] // b, X.shape[1] // b)
        left, right = self._frames(X, letters)
        found = []
        for at in self.positions(letters):
            T = left @ self.pattern(at, shape) @ right
            if self.kind.frame == "rows":
                T[at.i, at.i] -= X[at.i, at.j] / X[at.i, at.i]
            found.append(T)
        return found

    def coordinates(self, X: Array, dX: Array, letters: Mapping[str, int]) -> Array:
        """The coordinates of a tangent dX at X."""
        left, right = self._frames(X, letters)
        Y = np.linalg.solve(left, dX) @ np.linalg.inv(right)
        return np.array(
            [self.scalars.coordinate(Y, p.i, p.j, self.scalars.units[p.unit]) for p in self.positions(letters)]
        )

    def _frames(self, X: Array, letters: Mapping[str, int]) -> tuple[Array, Array]:
        m, n = X.shape
        if self.kind.frame == "left":
            return (X if m == n else _completed(X)), np.eye(n)
        if self.kind.frame == "two-sided":
            k = self.sizes[-1].value(letters) * self.scalars.block
            U, _, Vh = np.linalg.svd(X)
            U, V = _completed(U[:, :k]), _completed(Vh[:k].conj().T)
            return (U, U.conj().T) if self.kind.name == "psd" else (U, V.conj().T)
        return np.eye(m), np.eye(n)

    def __str__(self) -> str:
        return f"{self.name}: {self.kind.name}({','.join(map(str, self.sizes))})"

    @property
    def measure(self) -> str:
        """The measure in words."""
        text = self.kind.says.format(X=self.name)
        if self.kind.mirror < 0 and self.scalars.beta > 1 and not self.scalars.plain and not self.modulo_diagonal:
            text = text.replace("i > j", "i >= j").replace("below the diagonal", "on and below the diagonal")
        if self.scalars.beta > 1:
            text += f", {self.scalars.name} entries count once for each of their {self.scalars.beta} real components"
        if self.modulo_blocks:
            text += ", modulo rotations of each two columns: without the entries (2, 1), (4, 3), ..."
        if self.modulo_diagonal:
            text += ", modulo diagonal matrices from the right: without the entries on the diagonal"
        return text


def _completed(Q: Array) -> Array:
    rest = np.linalg.qr(Q, mode="complete")[0][:, Q.shape[1] :]
    return np.hstack([Q, rest])


def _orthonormal(s: Scalars, rng: np.random.Generator, sizes: tuple[int, ...]) -> Array:
    G = s.gaussian(rng, sizes[0], sizes[-1])
    U, _, Vh = np.linalg.svd(G, full_matrices=False)  # the polar factor, for quaternions too
    return U @ Vh


def _positive_definite(s: Scalars, rng: np.random.Generator, sizes: tuple[int, ...]) -> Array:
    G = s.gaussian(rng, sizes[0], sizes[0])
    return G @ G.conj().T / sizes[0] + 0.2 * s.eye(sizes[0])


def _masked(region: Callable[[int, int], bool], ones: bool = False) -> Callable[..., Array]:
    def sample(s: Scalars, rng: np.random.Generator, sizes: tuple[int, ...]) -> Array:
        n = sizes[0]
        keep = np.kron([[float(region(i, j)) for j in range(n)] for i in range(n)], np.ones((s.block, s.block)))
        X = keep * s.gaussian(rng, n, n)
        return X + s.eye(n) if ones else X + 0.3 * np.diag(np.sign(np.diag(X).real))

    return sample


def _mirrored(sign: int) -> Callable[..., Array]:
    def sample(s: Scalars, rng: np.random.Generator, sizes: tuple[int, ...]) -> Array:
        G = s.gaussian(rng, sizes[0], sizes[0])
        return (G + sign * s.adjoint(G)) / np.sqrt(2)

    return sample


def _correlation(s: Scalars, rng: np.random.Generator, sizes: tuple[int, ...]) -> Array:
    L = _unit_rows(s, rng, sizes)
    return L @ L.T


def _unit_rows(s: Scalars, rng: np.random.Generator, sizes: tuple[int, ...]) -> Array:
    if s.beta > 1:
        raise EvaluationError("correlation matrices are real here")
    L = np.tril(rng.standard_normal((sizes[0], sizes[0])))
    L[np.diag_indices(sizes[0])] = 0.5 + np.abs(np.diag(L))
    return L / np.linalg.norm(L, axis=1, keepdims=True)


def block_entries(X: Array) -> Array:
    """The entries (1, 2), (3, 4), … of a matrix: those above the diagonal of its 2×2 blocks."""
    k = np.arange(0, len(X) - 1, 2)
    return X[k, k + 1]


def _skew_blocks(s: Scalars, rng: np.random.Generator, sizes: tuple[int, ...]) -> Array:
    if s.beta > 1:
        raise EvaluationError("blocks [0 b; -b 0] are of real matrices")
    X = np.zeros((sizes[0], sizes[0]))
    for k in range(0, sizes[0] - 1, 2):
        X[k, k + 1] = rng.standard_normal()
        X[k + 1, k] = -X[k, k + 1]
    return X


def _rotation_blocks(s: Scalars, rng: np.random.Generator, sizes: tuple[int, ...]) -> Array:
    angles = block_entries(_skew_blocks(s, rng, sizes))
    X = np.eye(sizes[0])
    for k, t in enumerate(angles):
        X[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] = [[np.cos(t), np.sin(t)], [-np.sin(t), np.cos(t)]]
    return X


def _general(s: Scalars, rng: np.random.Generator, sizes: tuple[int, ...]) -> Array:
    return s.gaussian(rng, sizes[0], sizes[-1])


def _vector(s: Scalars, rng: np.random.Generator, sizes: tuple[int, ...]) -> Array:
    return s.gaussian(rng, sizes[0], 1)


def _rank(s: Scalars, rng: np.random.Generator, sizes: tuple[int, ...]) -> Array:
    m, n, k = sizes
    return s.gaussian(rng, m, k) @ s.gaussian(rng, k, n)


def _psd(s: Scalars, rng: np.random.Generator, sizes: tuple[int, ...]) -> Array:
    G = s.gaussian(rng, sizes[0], sizes[1])
    return G @ G.conj().T


_ALL = lambda i, j: True
_BELOW, _LOWER, _ABOVE, _UPPER, _ON = (
    lambda i, j: i > j,
    lambda i, j: i >= j,
    lambda i, j: i < j,
    lambda i, j: i <= j,
    lambda i, j: i == j,
)
_BLOCKS = lambda i, j: (j == i + 1) & (i % 2 == 0)
_DIAGONAL = "diagonal entries"
_ENTRIES = "(d{X}), the product of the differentials of its free entries"
_HAAR = "({X}'d{X}), the entries of {X}'*d{X} below the diagonal (not normalized)"

KINDS = {
    kind.name: kind
    for kind in (
        Kind("scalar", "", _ALL, "scalar", "d{X}", lambda s, rng, sizes: s.gaussian(rng, 1, 1), letters="the number"),
        Kind("vector", "n", _ALL, "vector({0})", "(d{X}), its entries", _vector, letters="entries"),
        Kind("matrix", "m n", _ALL, "matrix({0},{1})", "(d{X}), all entries", _general),
        Kind("symmetric", "n", _LOWER, "symmetric({0})", "(d{X}), the entries i >= j", _mirrored(1), mirror=1),
        Kind("spd", "n", _LOWER, "spd({0})", "(d{X}), the entries i >= j", _positive_definite, mirror=1),
        Kind("skew", "n", _BELOW, "skew({0})", "(d{X}), the entries i > j", _mirrored(-1), mirror=-1),
        Kind("diagonal", "n", _ON, "diagonal({0})", _ENTRIES, _masked(_ON), letters=_DIAGONAL),
        Kind("lower", "n", _LOWER, "lower({0})", _ENTRIES, _masked(_LOWER), letters=_DIAGONAL),
        Kind("upper", "n", _UPPER, "upper({0})", _ENTRIES, _masked(_UPPER), letters=_DIAGONAL),
        Kind("unit_lower", "n", _BELOW, "lower({0})", _ENTRIES, _masked(_BELOW, True), canonical="identity"),
        Kind("unit_upper", "n", _ABOVE, "upper({0})", _ENTRIES, _masked(_ABOVE, True), canonical="identity"),
        Kind("strictly_lower", "n", _BELOW, "lower({0})", _ENTRIES, _masked(_BELOW), canonical="zero"),
        Kind("strictly_upper", "n", _ABOVE, "upper({0})", _ENTRIES, _masked(_ABOVE), canonical="zero"),
        Kind(
            "orthogonal",
            "n",
            _BELOW,
            "orthogonal({0})",
            _HAAR,
            _orthonormal,
            mirror=-1,
            frame="left",
            canonical="identity",
        ),
        Kind(
            "stiefel",
            "m n",
            _BELOW,
            "matrix({0},{1})",
            _HAAR + ", completed by {X}⊥'*d{X}",
            _orthonormal,
            mirror=-1,
            frame="left",
            canonical="identity",
        ),
        Kind(
            "eigenvectors",
            "n",
            lambda i, j: i != j,
            "matrix({0},{0}) invertible",
            "(inv({X})d{X}), the entries off the diagonal: columns up to factors",
            _general,
            frame="left",
            canonical="identity",
        ),
        Kind(
            "correlation",
            "n",
            _BELOW,
            "symmetric({0})",
            "(d{X}), the entries i > j",
            _correlation,
            mirror=1,
            canonical="identity",
        ),
        Kind(
            "correlation_factor",
            "n",
            _BELOW,
            "lower({0})",
            "(d{X}), the entries i > j; the rows have norm 1",
            _unit_rows,
            frame="rows",
            letters=_DIAGONAL,
        ),
        Kind(
            "skew_blocks",
            "n",
            _BLOCKS,
            "skew({0})",
            "(d{X}), the entries b of its blocks [0 b; -b 0] (and 0 behind them where n is odd)",
            _skew_blocks,
            mirror=-1,
            letters="entries of blocks",
            in_blocks=True,
        ),
        Kind(
            "rotation_blocks",
            "n",
            _BLOCKS,
            "orthogonal({0})",
            "the angles t of its blocks [cos(t) sin(t); -sin(t) cos(t)] (and 1 behind them where n is odd)",
            _rotation_blocks,
            mirror=-1,
            frame="left",
            letters="angles",
            in_blocks=True,
        ),
        Kind(
            "psd",
            "n k",
            _LOWER,
            "symmetric({0})",
            "the entries of H'*d{X}*H in the first k columns, i >= j, H = [H1 H⊥] its eigenvectors: rank k",
            _psd,
            mirror=1,
            frame="two-sided",
        ),
        Kind(
            "fixed_rank",
            "m n k",
            _ALL,
            "matrix({0},{1})",
            "the entries of [U U⊥]'*d{X}*[V V⊥] outside the last block: rank k",
            _rank,
            frame="two-sided",
            letters="singular values",
        ),
    )
}
_ALIASES = {
    "skew_hermitian": "skew",
    "unitary": "orthogonal",
    "hermitian": "symmetric",
    "hpd": "spd",
    "haar": "orthogonal",
}
_FIELDS = {"complex": COMPLEX, "quaternion": QUATERNION, "real": REAL}
_DECLARATION = re.compile(r"\s*([a-z][a-z_ ]*?)\s*(?:\(([^()]*)\)\s*,?\s*(.*)|,\s*(.*))?$", re.IGNORECASE)
_WORDS = ("positive", "diagonal", "ordered", "modulo", "phases", "distinct", "unit", "rows", "real", "with", "blocks")


def factor(name: str, text: str) -> MatrixFactor:
    """The factor that a declaration writes: "stiefel(m,n)", "upper(n), positive diagonal", "complex matrix(m,n)".

    Kinds are those of `KINDS`, with "complex" or "quaternion" before them ("complex symmetric" is X = X', ' without conjugation), "unitary", "hermitian", "hpd" for the complex
    ones. After a comma: "positive diagonal", "ordered", "modulo diagonal", "modulo blocks" (rotations of each two columns). Raises LanguageError otherwise.
    """
    found = _DECLARATION.match(text)
    if found is None:
        raise LanguageError("this is not a declaration", text, 0, "Write for example stiefel(m,n), or upper(n).")
    words = found[1].lower().replace("_", " ").split()
    scalars = REAL
    while words and words[0] in _FIELDS:
        scalars = _FIELDS[words.pop(0)]
    kind_name = "_".join(words) or "matrix"
    if kind_name in ("unitary", "hermitian", "hpd", "skew_hermitian") and scalars is REAL:
        scalars = COMPLEX
    if kind_name in ("symmetric", "skew") and scalars is COMPLEX:
        scalars = COMPLEX_PLAIN
    kind = KINDS.get(_ALIASES.get(kind_name, kind_name))
    if kind is None:
        raise LanguageError(f"there is no kind {kind_name}", text, 0, f"The kinds are {', '.join(KINDS)}.")
    extra = re.sub(r"[,;]", " ", (found[3] or found[4] or "").lower()).split()
    if unknown := [w for w in extra if w not in _WORDS]:
        raise LanguageError(f"there is no property {unknown[0]!r}", text, 0, f"Choose from {', '.join(_WORDS[:5])}.")
    sizes = [read_size(s) for s in found[2].split(",")] if found[2] and found[2].strip() else []
    wanted = kind.arguments.split()
    if kind.name == "matrix" and len(sizes) == 1:
        sizes *= 2
    if len(sizes) != len(wanted):
        raise LanguageError(f"{kind.name} takes the sizes {', '.join(wanted) or 'none'}", text, 0)
    made = MatrixFactor(name, kind, tuple(sizes), scalars)
    return replace(
        _unit(made, text) if "unit" in extra else made,
        positive="positive" in extra,
        modulo_diagonal="modulo" in extra and "blocks" not in extra,
        modulo_blocks="modulo" in extra and "blocks" in extra,
        ordered="ordered" in extra,
    )


def _unit(made: MatrixFactor, text: str) -> MatrixFactor:
    """Triangular matrices with ones on the diagonal; vectors of norm 1, the matrices of one orthonormal column."""
    if made.kind.name == "vector":
        return replace(made, kind=KINDS["stiefel"], sizes=(*made.sizes, ONE))
    if f"unit_{made.kind.name}" not in KINDS:
        raise LanguageError(f"{made.kind.name} matrices are not unit", text, 0, "That is for vector, lower, upper.")
    return replace(made, kind=KINDS[f"unit_{made.kind.name}"])


def as_factor(name: str, declared: Any) -> MatrixFactor:
    """A factor from its declaration in text, or as it is."""
    return declared if isinstance(declared, MatrixFactor) else factor(name, declared)
