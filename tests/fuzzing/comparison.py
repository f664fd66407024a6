"""Everything that is claimed about the derivative of an expression, against JAX at random points.

The tolerance is not a matter of taste: a claim may be off by the rounding of its largest intermediate value
and by what a relative change of the numbers by one rounding does to it, times a margin. Points at which that
exceeds LOOSEST are drawn again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp
import numpy as np

from frechet.calculus.derivative import Derivative, derivative, taylor
from frechet.calculus.subspaces import structure_of
from frechet.errors import EvaluationError, ShapeError
from frechet.expr.evaluate import evaluate_all
from frechet.expr.node import Expr, postorder, symbols
from frechet.expr.structure import differential_of
from frechet.language import parse, to_text
from frechet.simplify import simplify
from tests.fuzzing.counterparts import as_jax
from tests.fuzzing.execution import derivatives
from tests.fuzzing.points import in_subspace, sizes_at, tangent, value_of

__all__ = ["Claims", "Mismatch", "compare", "known_at", "numbers", "random_point"]

RELATIVE = 1e-9
MARGIN = 200.0
LOOSEST = 1e-6
SHIFT = 1e-9
ATTEMPTS = 12
LARGEST = 20_000  # entries
LARGEST_NUMBER = 1e7
WORST_CONDITION = 1e4
LARGEST_EXPONENT = 6.0  # of a matrix exponential, which JAX gets as a series
LONGEST = 5_000  # symbols of a text that is read back
EPS = float(np.finfo(float).eps)


class Mismatch(AssertionError):
    """A claim that JAX contradicts."""


class Doubtful(Mismatch):
    """A difference so small that JAX's own rounding may explain it; a wrong claim differs at every point."""


@dataclass(frozen=True)
class Numbers:
    """A point: values of the symbols, sizes, a direction U and V for each variable, a cotangent W."""

    values: dict[Expr, np.ndarray]
    sizes: dict[str, int]
    U: tuple[np.ndarray, ...]
    V: tuple[np.ndarray, ...]
    W: np.ndarray


class Claims:
    """What frechet says about f: named expressions, and how numbers are to be made of them."""

    def __init__(self, f: Expr, variables: Sequence[Expr]):
        self.f, self.variables = f, tuple(variables)
        self.d: Derivative = derivative(f, list(variables))
        self.curved = any(structure_of(X) == "orthogonal" for X in variables)

    @cached_property
    def expressions(self) -> dict[str, Expr]:
        d, found = self.d, {"value": self.f, "simplified value": simplify(self.f)}
        found["differential as the rules give it"] = d.linear_form
        found["differential"] = d.differential
        many = len(self.variables) > 1
        for i, X in enumerate(self.variables):
            label = f" by {X.name}" if many else ""
            found["adjoint" + label] = d.adjoints[i]
            found["Jacobian" + label] = d.jacobians[i]
            if self.f.is_scalar:
                found["gradient" + label] = d.gradients[i]
        if self.f.is_scalar:
            for (x, y), H in d.hessians.items():
                found[f"Hessian by {x}, {y}"] = H.differential
                found[f"bilinear by {x}, {y}"] = H.bilinear
                found[f"Hessian matrix by {x}, {y}"] = H.jacobian
        if not many:
            if structure_of(self.variables[0]) == "symmetric" and self.f.is_scalar:
                found["independent entries"] = d.independent_gradient
            if not self.curved:
                found["Taylor"] = taylor(self.f, self.variables[0], 2)
        return found

    @cached_property
    def names(self) -> dict[str, Expr]:
        """Every symbol that may occur in a claim."""
        known = {s.name: s for s in symbols(self.f)}
        for X in self.variables:
            known |= {dX.name: dX for dX in (differential_of(X, i) for i in ("", "1", "2"))}
        return known | {self.d.cotangent.name: self.d.cotangent}

    def read_back(self) -> None:
        """Raises Mismatch when a claim is printed as text that is read as something else."""
        for name, claim in self.expressions.items():
            if claim.weight > LONGEST:
                continue
            text = to_text(claim)
            if parse(text, **self.names) is not claim:
                raise Mismatch(f"{name}: {text} reads back as {to_text(parse(text, **self.names))}")


def compare(f: Expr, variables: Sequence[Expr], seed: int) -> bool:
    """Compares all claims with JAX at one point; False when no good point was found. Raises Mismatch."""
    rng = np.random.default_rng(seed)
    drawn = [point for point in (random_point(f, variables, rng) for _ in range(ATTEMPTS)) if point is not None]
    if not drawn:
        return False  # defined nowhere, such as 1/tr(X) for a skew X
    claims = Claims(f, variables)
    claims.read_back()
    doubt: Doubtful | None = None
    for point in drawn:
        try:
            truth = _truth(claims, point)
        except (ShapeError, np.linalg.LinAlgError):
            continue  # an index outside the matrix at these sizes, a singular matrix
        if not all(np.isfinite(t).all() for t in truth.values()):
            continue
        try:
            if _agree(claims, point, truth, rng):
                return True
        except Doubtful as mismatch:
            doubt = mismatch
            continue
        except ValueError:
            continue  # beyond floats
        except EvaluationError as error:
            if not isinstance(error.__cause__, np.linalg.LinAlgError):
                raise
            continue  # singular: what the answer assumes does not hold at this point
    if doubt is not None:
        raise doubt
    return False


def random_point(f: Expr, variables: Sequence[Expr], rng: np.random.Generator) -> Numbers | None:
    sizes = sizes_at(rng)
    values = {s: value_of(s, _shape(s, sizes), rng) for s in symbols(f)}
    order = postorder(f)
    try:
        with np.errstate(all="ignore"):
            results = dict(zip(order, evaluate_all(order, values, sizes), strict=True))
    except (EvaluationError, ShapeError, ValueError, np.linalg.LinAlgError):
        return None
    value = results[f]
    if not np.isfinite(value).all() or value.size > LARGEST or not _is_regular(results):
        return None
    if any(_shape(node, sizes) != result.shape or 0 in result.shape for node, result in results.items()):
        return None  # a position outside the matrix at these sizes
    U, V = (tuple(tangent(X, values[X], rng) for X in variables) for _ in range(2))
    return Numbers(values, sizes, U, V, rng.uniform(-1, 1, value.shape))


def _shape(s: Expr, sizes: Mapping[str, int]) -> tuple[int, int]:
    return s.rows.value(sizes), s.cols.value(sizes)


def _truth(claims: Claims, point: Numbers) -> dict[str, np.ndarray]:
    """Value, derivatives along V, pullbacks of W and, for a scalar, of 1 with their derivatives, by JAX."""
    variables = claims.variables
    F = as_jax(claims.f, list(variables), point.values, point.sizes)
    at = [point.values[X] for X in variables]

    def first(*arrays):
        return jax.jvp(F, arrays, point.V)[1]

    def pullback(*arrays):
        value, pull = jax.vjp(F, *arrays)
        pulled = pull(jnp.ones((1, 1)) if claims.f.is_scalar else jnp.asarray(point.W))
        return value, [in_subspace(X, G, A) for X, G, A in zip(variables, pulled, arrays, strict=True)]

    def everything(*arrays):
        (value, pulled), (along, second) = jax.jvp(pullback, arrays, point.V)
        along_twice = jax.jvp(first, arrays, point.V)[1]
        return value, along, along_twice, *pulled, *second

    value, along, along_twice, *rest = derivatives(everything, at)
    n = len(variables)
    truth = {"value": value, "along": along, "along twice": along_twice}
    truth |= {f"pulled {i}": G for i, G in enumerate(rest[:n])}
    return truth | {f"second {i}": H for i, H in enumerate(rest[n:])}


def _agree(claims: Claims, point: Numbers, truth: Mapping[str, np.ndarray], rng: np.random.Generator) -> bool:
    """Whether the point is good enough to decide; raises Mismatch when a claim is wrong there."""
    found, largest, regular = numbers(claims, point, point.values)
    if not regular:
        return False
    moved = {s: v + SHIFT * tangent(s, v, rng) for s, v in point.values.items()}
    shifted, _, _ = numbers(claims, point, moved)
    for names, applied, expected in _consequences(claims, point, truth):
        actual = applied(*[found[n] for n in names])
        if actual.shape != expected.shape:
            raise Mismatch(f"{names}: the shape is {actual.shape}, by JAX {expected.shape}")
        size = float(np.abs(expected).max(initial=0.0))
        with np.errstate(all="ignore"):
            sensitivity = float(np.abs(applied(*[shifted[n] for n in names]) - actual).max(initial=0.0)) / SHIFT
        top = largest["value"] + max(largest[n] for n in names)
        if top > LARGEST_NUMBER:
            return False
        noise = MARGIN * EPS * (np.nan_to_num(sensitivity) + top)
        if noise > LOOSEST * max(size, 1.0):
            return False
        error = float(np.abs(actual - expected).max(initial=0.0))
        if not error <= RELATIVE * size + noise:  # also when it is NaN
            stated = "\n".join(f"  {n} is {to_text(claims.expressions[n])}" for n in names)
            kind = Doubtful if error <= LOOSEST * max(size, 1.0) else Mismatch
            raise kind(
                f"{', '.join(names)}: off by {error:.2e}, rounding is {RELATIVE * size + noise:.1e}\n{stated}\n"
                f"gives\n{actual}\nand by JAX it is\n{expected}\nat the sizes {point.sizes}"
            )
    return True


def known_at(claims: Claims, point: Numbers, values: Mapping[Expr, np.ndarray]) -> dict[Expr, np.ndarray]:
    """The values of all symbols that occur in claims: variables, directions, the cotangent."""
    known = dict(values)
    for X, U, V in zip(claims.variables, point.U, point.V, strict=True):
        known |= {differential_of(X): V, differential_of(X, "1"): U, differential_of(X, "2"): V}
    known[claims.d.cotangent] = point.W
    return known


def numbers(
    claims: Claims, point: Numbers, values: Mapping[Expr, np.ndarray]
) -> tuple[dict[str, np.ndarray], dict[str, float], bool]:
    """The value of every claim, the largest number met on the way, and whether all inverses are harmless."""
    known = known_at(claims, point, values)
    roots = list(claims.expressions.values())
    order = postorder(*roots)
    with np.errstate(all="ignore"):
        results = dict(zip(order, evaluate_all(order, known, point.sizes), strict=True))
    top: dict[Expr, float] = {}
    for node in order:
        own = np.nan_to_num(np.abs(results[node]), nan=0.0, posinf=np.inf).max(initial=0.0)
        top[node] = max([float(own), *[top[a] for a in node.args]])
    named = claims.expressions.items()
    return {n: results[e] for n, e in named}, {n: top[e] for n, e in named}, _is_regular(results)


def _is_regular(results: Mapping[Expr, np.ndarray]) -> bool:
    """Whether every matrix that has to be invertible, or of full rank, is well conditioned."""
    for node in results:
        worst = WORST_CONDITION if "{0} is invertible" in node.op.domain else np.inf
        if node.op.name == "pinv":
            worst = WORST_CONDITION**0.5  # JAX solves with A'A
        if node.op.convention.startswith("entries that tie") and _nearly_ties(results[node.args[0]]):
            return False  # rounding decides which entry of a Gram matrix is the smallest
        if node.op.name in _CORNER_AT_ZERO and _is_computed_zero(node.args[0], results):
            return False  # rounding decides on which side of the corner a zero falls
        if node.op.name in _SPECTRAL and not _SPECTRAL[node.op.name](results[node.args[0]]):
            return False
        if node.op.name in _AS_SERIES and not np.linalg.norm(results[node.args[0]]) <= LARGEST_EXPONENT:
            return False
        if "no eigenvalue on the imaginary axis" in node.op.domain and not _is_off_the_axis(results[node.args[0]]):
            return False
        if node.op.name in _CUT and not _is_off_the_cut(results[node.args[0]], _CUT[node.op.name]):
            return False
        if worst < np.inf:
            A = results[node.args[0]]
            if not np.isfinite(A).all() or np.linalg.cond(A) > worst:
                return False
    return True


def _apart(values: np.ndarray) -> bool:
    """Whether no two values are nearly equal."""
    return bool((np.abs(np.diff(np.sort(values))) > 0.02 * np.abs(values).max(initial=0)).all())


def _eigenvalues(A: np.ndarray) -> np.ndarray:
    return np.linalg.eigvalsh((A + A.T) / 2)


def _has_full_rank(A: np.ndarray) -> bool:
    """Also with singular values apart: the counterparts take eigenvectors of A'A."""
    values = np.linalg.svd(A, compute_uv=False)
    return _apart(values) and bool(values[-1] > 0.05 * values[0])


def _is_principal(A: np.ndarray) -> bool:
    """Positive eigenvalues apart: JAX differentiates the eigenvectors."""
    values = _eigenvalues(A)
    return _apart(values) and bool(values[0] > 0)


_SPECTRAL: dict[str, Callable[[np.ndarray], bool]] = {
    **dict.fromkeys(("eigvalsh", "sumlargest", "topproj"), lambda A: _apart(_eigenvalues(A))),
    **dict.fromkeys(("logm", "powm", "sqrtm"), _is_principal),
    **dict.fromkeys(("svdvals", "normnuc", "normspec", "polar"), _has_full_rank),
}
"""Operations that JAX differentiates through eigenvectors: where these are well determined."""
_CORNER_AT_ZERO = frozenset({"step", "sign", "abs", "relu"})
_AS_SERIES = frozenset({"expm", "dexpm", "expmv", "cosm", "sinm", "erfm", "derfm"})
_CUT = {"log1pm": -1.0, "dlog1pm": -1.0, "dlogm": 0.0, "dsqrtm": 0.0}
"""Functions that jump across the real axis, left of a point."""


def _is_off_the_cut(A: np.ndarray, end: float) -> bool:
    """Whether no eigenvalue is real and left of the end of the cut."""
    if not np.isfinite(A).all():
        return False
    values, size = np.linalg.eigvals(A), 1e-3 * np.linalg.norm(A)
    return not bool(((np.abs(values.imag) <= size) & (values.real <= end + size)).any())


def _is_off_the_axis(A: np.ndarray) -> bool:
    """Whether the real parts of the eigenvalues are of certain sign."""
    return bool(np.isfinite(A).all() and (np.abs(np.linalg.eigvals(A).real) > 1e-3 * np.linalg.norm(A)).all())


def _is_computed_zero(argument: Expr, results: Mapping[Expr, np.ndarray]) -> bool:
    """Whether an entry that is the result of a computation is zero but for rounding."""
    return argument.op.name != "symbol" and bool((np.abs(results[argument]) < 1e-9).any())


def _nearly_ties(A: np.ndarray) -> bool:
    """Whether two entries differ by rounding only, without being equal (equal ones follow the convention)."""
    gaps = np.diff(np.sort(A, axis=None))
    return bool(((gaps > 0) & (gaps <= 1e-9 * np.abs(A).max(initial=1.0))).any())


Consequence = tuple[tuple[str, ...], Callable[..., np.ndarray], np.ndarray]


def _consequences(claims: Claims, point: Numbers, truth: Mapping[str, np.ndarray]) -> Iterator[Consequence]:
    """What follows from the claims: their names, what is to be done to their values, and what must come out."""
    scalar, variables = claims.f.is_scalar, claims.variables
    labels = [f" by {X.name}" if len(variables) > 1 else "" for X in variables]
    cotangent = np.ones((1, 1)) if scalar else point.W
    for name in ("value", "simplified value"):
        yield (name,), _itself, truth["value"]
    for name in ("differential as the rules give it", "differential"):
        yield (name,), _itself, truth["along"]
    yield tuple("Jacobian" + label for label in labels), _applied(point.V), _vec(truth["along"])
    for i, (X, label) in enumerate(zip(variables, labels, strict=True)):
        pulled = truth[f"pulled {i}"]
        backward = lambda J, X=X, G=pulled: _project(X, (J.T @ _vec(cotangent)).reshape(G.shape, order="F"), point)
        yield ("Jacobian" + label,), backward, pulled
        yield ("adjoint" + label,), _itself, pulled * point.W if scalar else pulled
        if scalar:
            yield ("gradient" + label,), _itself, pulled
            yield from _second_order(variables, i, point, truth[f"second {i}"])
    if "independent entries" in claims.expressions:
        G = truth["pulled 0"]
        yield ("independent entries",), _itself, 2 * G - np.diag(np.diag(G))
    if "Taylor" in claims.expressions:
        yield ("Taylor",), _itself, truth["value"] + truth["along"] + truth["along twice"] / 2


def _second_order(variables: Sequence[Expr], i: int, point: Numbers, second: np.ndarray) -> Iterator[Consequence]:
    """What the second derivatives say about the change of gradient i along V."""
    pairs = [f" by {variables[i].name}, {Y.name}" for Y in variables]
    total = lambda *parts: sum(parts[1:], parts[0])
    yield tuple("Hessian" + pair for pair in pairs), total, second
    yield tuple("bilinear" + pair for pair in pairs), total, np.sum(point.U[i] * second).reshape(1, 1)
    yield tuple("Hessian matrix" + pair for pair in pairs), _applied(point.V), _vec(second)


def _itself(value: np.ndarray) -> np.ndarray:
    return value


def _applied(directions: Sequence[np.ndarray]) -> Callable[..., np.ndarray]:
    """The sum of matrices times vec of the directions."""
    return lambda *matrices: sum(J @ _vec(V) for J, V in zip(matrices, directions, strict=True))


def _vec(A: np.ndarray) -> np.ndarray:
    return A.reshape(-1, 1, order="F")


def _project(X: Expr, G: np.ndarray, point: Numbers) -> np.ndarray:
    return np.asarray(in_subspace(X, G, point.values[X]))
