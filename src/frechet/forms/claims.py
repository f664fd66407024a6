"""Is a formula for a Jacobian right? Compared at random points of several sizes; a wrong one gets a diagnosis."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from frechet.check.verdict import Verdict
from frechet.errors import EvaluationError, FrechetError
from frechet.finite import jacobian as finite_jacobian
from frechet.forms.asked import jacobian_of
from frechet.forms.charts import Map
from frechet.forms.claim_text import ClaimText
from frechet.forms.diagnosis import diagnosis, factor_text
from frechet.forms.differences import moved
from frechet.forms.jacobians import Jacobian
from frechet.forms.transformation import NumericPoint, log_volume
from frechet.language.tex import plain

__all__ = ["JacobianVerdict", "check_jacobian"]

Array = np.ndarray
_CLOSE = 1e-6  # of a combination of features that explains what a claim is off by
_ROUNDING = 200.0  # units of the last place, times the entries and the condition: what rounding may do to a determinant
_CLEAR = 5.0  # times that: from here it is no rounding
_MOST = 0.75  # of the points
_SPREAD = 10.0  # times what the last digits of the arrays change
_SMALL, _LARGER = range(8), range(8, 11)  # choices of sizes: up to 4, and from 5 to 7
_DIGITS = 30
_WRITTEN = 1e-13  # decimals in a claim have so many digits
_SINGULAR = 1e14
_CONDITION = 1e7  # of the derivative: beyond it the determinant is not known to as many digits


@dataclass(frozen=True)
class JacobianVerdict(Verdict):
    """A verdict with what is wrong with the claim."""

    diagnosis: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"  {line}" for line in self.diagnosis)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return super()._repr_html_() + "".join(f"<div>{plain(line)}</div>" for line in self.diagnosis)


def check_jacobian(
    map: Any,
    claim: Any,
    wrt: str | Sequence[str] | None = None,
    at: Any = None,
    seed: int = 0,
    **declarations: Any,
) -> JacobianVerdict:
    """Whether the claim is |det| of the derivative of the map: `fr.check_jacobian("X = Q*R", "prod_i r_ii^(m-i)", Q=…, R=…)`.

    map    equations or a Python function as `fr.jacobian_of` takes them, a `Jacobian`, a map between charts
    claim  text, see `frechet.forms.claim_text`; for a map between charts an expression in its coordinates; or a Python
           function: of the arrays and sizes by name, `lambda R, m: ...`, or of the array that the map takes
    at     for a Python function of one array, and a claim that is one: a point, near which random ones are drawn

    Compared at random points, the target in its coordinates (an image in more dimensions by the volume of the tangents).
    Raises LanguageError for a claim that does not read, FrechetError for a map that does not.
    """
    if isinstance(map, Map):
        return _of_chart_map(map, claim, seed)
    if at is not None and callable(map) and not isinstance(map, Jacobian):
        return _of_function(map, claim, at, seed)
    J = map if isinstance(map, Jacobian) else jacobian_of(map, wrt, **declarations)
    text = ClaimText(claim, J.of) if isinstance(claim, str) else None
    value: Callable[[NumericPoint], complex] = text.value if text is not None else _called(claim, J)
    error: Callable[[NumericPoint], float] = text.error if text is not None else lambda p: 0.0
    points = _known(error, _points(J, seed, _SMALL))
    if len(points) < 4:
        return _of_few(J, value, points, seed)
    with np.errstate(all="ignore"):
        gaps, rounding = _gaps(J, value, error, points)
        if _agree(gaps, rounding) and J.of.size_letters:
            points = [*points, *_known(error, _points(J, seed, _LARGER))]
            gaps, rounding = _gaps(J, value, error, points)
        if not _agree(gaps, rounding):
            points = _without_noise(J, value, points)
            gaps, rounding = _gaps(J, value, error, points, disturbed=True)
        right = _agree(gaps, rounding)
        lines = diagnosis(J, claim, points, gaps) if right is False else []
    letters = set(J.of.size_letters)
    sizes = tuple(
        dict(t) for t in dict.fromkeys(tuple((k, v) for k, v in p.letters.items() if k in letters) for p in points)
    )
    return _verdict(right, gaps, rounding, sizes, seed, lines)


def _log(x: complex) -> float:
    return float(np.log(abs(complex(x))))


def _known(error: Callable[[NumericPoint], float], points: Sequence[NumericPoint]) -> list[NumericPoint]:
    """The points at which the claim has enough digits; all where few are left."""
    kept = [p for p in points if error(p) <= _CLOSE / 10]
    return kept if len(kept) >= 4 else list(points)


def _gaps(
    J: Jacobian,
    value: Callable[[NumericPoint], complex],
    error: Callable[[NumericPoint], float],
    points: Sequence[NumericPoint],
    disturbed: bool = False,
) -> tuple[Array, Array]:
    """The logarithm of the claim less that of the determinant at each point, and what rounding makes of it.

    With `disturbed`, that is seen in how the difference changes with the last digits of the arrays too.
    """
    gaps: list[float] = []
    rounding: list[float] = []
    for p in points:
        D = J.of.matrix(p)
        square = [X for X in p.values.values() if X.shape[0] == X.shape[1]]
        conditions = [float(np.linalg.cond(X)) for X in (D, *square)]
        condition = max(
            c for c in conditions if c < _SINGULAR
        )  # a strictly triangular matrix is singular, and nothing solves with it
        gaps.append(_log(value(p)) - log_volume(D))
        rounding.append(_ROUNDING * np.finfo(float).eps * len(D) * condition + error(p))
        if disturbed:
            rng = np.random.default_rng(2)
            near = [_log(value(q)) - J.of.logabsdet(q) for q in (_in_last_digits(J, p, rng) for _ in range(3))]
            rounding[-1] = max(rounding[-1], _SPREAD * float(np.nan_to_num(np.ptp([gaps[-1], *near]))))
    return np.array(gaps), np.array(rounding)


def _agree(gaps: Array, rounding: Array | float) -> bool | None:
    """Whether the claim is right; None where a difference may be rounding or not.

    Small differences at few points are rounding of the claim itself, such as (exp(s) - 1)/s at a small s: a factor that is
    wrong is so at most points.
    """
    if not np.isfinite(gaps).all() or np.abs(gaps).max() > _CLOSE:
        return False
    off = np.abs(gaps) / np.minimum(rounding, _CLOSE)
    if np.mean(off <= 1) > _MOST:
        return True
    return False if np.mean(off > _CLEAR) > 1 - _MOST else None


def _verdict(
    right: bool | None,
    gaps: Array,
    rounding: Array | float,
    sizes: Any,
    seed: int,
    diagnosis: Sequence[str] = (),
) -> JacobianVerdict:
    worst = float(np.abs(np.expm1(np.clip(gaps, -50, 50))).max()) if np.isfinite(gaps).all() else float("inf")
    at_worst = np.broadcast_to(rounding, gaps.shape)[int(np.argmax(np.nan_to_num(np.abs(gaps))))]
    method = "the determinant of the derivative" if np.isfinite(worst) else "the claim has no value at some points"
    return JacobianVerdict(
        right,
        worst,
        float(at_worst),
        method,
        sizes,
        seed,
        ("Jacobian",),
        points=len(gaps),
        diagnosis=tuple(diagnosis),
    )


def _points(J: Jacobian, seed: int, choices: Iterable[int]) -> list[NumericPoint]:
    found = []
    for k in choices:
        for attempt in range(2):
            try:
                point = J.of.sampled(J.sizes(k), np.random.default_rng([seed, k, attempt]))
                if np.linalg.cond(J.of.matrix(point)) < _CONDITION:
                    found.append(point)
            except (EvaluationError, np.linalg.LinAlgError, ValueError):
                break
    return found


def _of_few(
    J: Jacobian, value: Callable[[NumericPoint], complex], points: Sequence[NumericPoint], seed: int
) -> JacobianVerdict:
    """Where the derivative is singular everywhere: whether the claim is 0."""
    if points or not J._is_singular():
        raise EvaluationError(f"{J.of.text} has no value at random points")
    tried = [J.of.sampled(J.sizes(k), np.random.default_rng([seed, k])) for k in range(4)]
    with np.errstate(all="ignore"):
        right = all(abs(value(p)) <= _CLOSE for p in tried)
    worst = 0.0 if right else float("inf")
    lines = () if right else ("right is 0: the derivative is singular",)
    return JacobianVerdict(
        right, worst, 1e-9, "the derivative is singular", (), seed, ("Jacobian",), points=len(tried), diagnosis=lines
    )


def _without_noise(
    J: Jacobian, value: Callable[[NumericPoint], complex], points: Sequence[NumericPoint]
) -> list[NumericPoint]:
    """The points at which neither side changes when the arrays change in their last digits; all where few are left."""
    kept = []
    for p in points:
        rng = np.random.default_rng(1)
        near = [_in_last_digits(J, p, rng) for _ in range(3)]
        sides = [[_log(value(q)), J.of.logabsdet(q)] for q in (p, *near)]
        if np.ptp(sides, axis=0).max() <= _CLOSE / 10:
            kept.append(p)
    return kept if len(kept) >= 4 else list(points)


def _in_last_digits(J: Jacobian, p: NumericPoint, rng: np.random.Generator) -> NumericPoint:
    values = dict(p.values)
    for s, f in J.of.moving:
        tangents = f.tangents(values[s], p.letters)
        dX = sum((c * T for c, T in zip(rng.standard_normal(len(tangents)), tangents, strict=True)), 0 * values[s])
        values[s] = moved(f, values[s], 1e-14 * (1 + float(np.linalg.norm(values[s]))) * dX, p.letters)
    return NumericPoint(p.letters, values, tuple(J.of.values_at(p.letters, values)))


def _called(claim: Callable[..., Any], J: Jacobian) -> Callable[[NumericPoint], complex]:
    """A Python function of arrays, sizes, images and eigenvalues by name."""
    code = getattr(claim, "__code__", None)
    if code is None:
        raise FrechetError("a claim is text or a Python function of the arrays by name")
    names = code.co_varnames[: code.co_argcount]
    alone = J.of.moving[0][0].name if len(names) == 1 and len(J.of.moving) == 1 else ""  # the one array, by any name

    def value(point: NumericPoint) -> complex:
        known: dict[str, Any] = dict(point.letters)
        for s, X in point.values.items():
            known[s.name] = X[0, 0] if X.size == 1 else X[:, 0] if X.shape[1] == 1 else X
        known |= dict(zip(J.of.names, point.images, strict=True))
        if alone and names[0] not in known:
            known[names[0]] = known[alone]
        if missing := [n for n in names if n not in known]:
            raise FrechetError(f"the claim asks for {', '.join(missing)}; there are {', '.join(known)}")
        return complex(claim(*[known[n] for n in names]))

    return value


# --- maps between charts, Python functions -----------------------------------------------------------------


def _of_chart_map(F: Map, claim: Any, seed: int) -> JacobianVerdict:
    right = F.jacobian.det() if F.source.dim == F.target.dim else sp.sqrt((F.jacobian.T * F.jacobian).det())
    given = claim(*F.source.coords) if callable(claim) else sp.sympify(F.source.coefficient(claim))
    numbers = sp.lambdify(F.source.coords, [right, given], modules="mpmath")
    rng = np.random.default_rng(seed)
    with mpmath.workdps(_DIGITS):  # what is left then is what decimals in the claim leave out
        pairs = [numbers(*map(mpmath.mpf, rng.uniform(0.2, 1.4, F.source.dim))) for _ in range(12)]
        gaps = np.array([float(mpmath.log(abs(b)) - mpmath.log(abs(a))) if a and b else np.inf for a, b in pairs])
    agree = _agree(gaps, _WRITTEN)
    if agree is not False:
        return _verdict(agree, gaps, _WRITTEN, (), seed)
    lines = _constant_gap(gaps) or [f"the claim is |{sp.simplify(given / right)}| times the right value"]
    return _verdict(False, gaps, _WRITTEN, (), seed, [*lines, f"right is |{sp.simplify(right)}|"])


def _constant_gap(gaps: Array) -> list[str]:
    if np.ptp(gaps) <= _CLOSE:
        return [f"the claim is {factor_text(gaps.mean())} times the right value everywhere"]
    return []


def _of_function(f: Callable[[Array], Any], claim: Any, at: Any, seed: int) -> JacobianVerdict:
    if not callable(claim):
        raise FrechetError(
            "at a point, at=array, the claim is a function of the same array; text is compared without at"
        )
    x0 = np.asarray(at, dtype=float)
    rng = np.random.default_rng(seed)
    points = [x0 + 0.2 * rng.standard_normal(x0.shape) for _ in range(8)]
    volumes, errors = np.array([_volume_of(f, x) for x in points]).T
    gaps = np.array([_log(claim(x)) for x in points]) - volumes
    agree = _agree(gaps, errors)
    if agree is not False:
        return _verdict(agree, gaps, errors, (), seed)
    lines = _constant_gap(gaps) or _coordinates_that_matter(f, claim, points[0])
    return _verdict(False, gaps, errors, (), seed, lines)


def _volume_of(f: Callable[[Array], Any], x: Array) -> tuple[float, float]:
    """The logarithm of the volume by differences, and its error: that of log|det J| is tr(inv(J)*E) for the error E of J."""
    found = finite_jacobian(f, x)
    J = np.asarray(found.value, dtype=float).reshape(-1, x.size)
    rounding = _ROUNDING * np.finfo(float).eps * x.size * float(np.linalg.cond(J))
    return log_volume(J), rounding + found.error_norm * float(np.linalg.norm(np.linalg.pinv(J)))


def _coordinates_that_matter(f: Callable[[Array], Any], claim: Callable[[Array], Any], x: Array) -> list[str]:
    """On which coordinates the ratio of the claim to the right value depends."""
    base = _log(claim(x)) - _volume_of(f, x)[0]
    found = []
    for k in np.ndindex(x.shape):
        y = x.copy()
        y[k] += 0.3
        if abs(_log(claim(y)) - _volume_of(f, y)[0] - base) > 1e-5:
            found.append(f"[{', '.join(map(str, k))}]")
    if len(found) == x.size:
        return []
    return [
        f"the ratio to the right value depends on the coordinate{'s' if len(found) > 1 else ''} {', '.join(found)} only"
    ]
