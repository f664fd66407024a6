"""Interpolation by SciPy: splines and grids, of traced values and at traced positions.

    s(x) = sum_k y_k B_k(x),     ds = B(x) dy + s'(x) dx

where B is the spline of the unit vectors: interpolation on given knots is linear in the values. SciPy's splines know their own
derivatives. On grids the interpolation is linear along each axis, with the weights of the two neighbours. What is not linear in the
values (PCHIP, Akima, smoothing by a chosen number of knots) is known at traced positions only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np

from frechet.later import scipy
from frechet.tracing.array import FUNCTIONS, Traced, apply, concrete, is_active
from frechet.tracing.functions.creating import as_array
from frechet.tracing.graph import Node, Primitive
from frechet.tracing.primitives.arithmetic import gate
from frechet.tracing.primitives.shapes import reshape
from frechet.tracing.refusing import known_only, lost

__all__ = ["INTERPOLATION", "INTERPOLATORS", "Spline", "is_spline"]


class _Curve:
    """A spline of SciPy as a parameter of a primitive: equal to itself only."""

    def __init__(self, own: Any, tail: tuple[int, ...], *options: Any) -> None:
        self.own, self.tail, self.options = own, tail, options


def _value(x: Any, curve: _Curve, nu: int) -> Any:
    return np.asarray(curve.own(x, nu, *curve.options))[()]


piecewise = Primitive("spline", _value, lambda shapes, params: (*shapes[0], *params[0].tail), listed=False)
"""piecewise(x, params=(curve, nu)): the derivative of order nu of a spline at each entry of x."""


@piecewise.differential(0)
def d_piecewise(node: Node, dA: Node) -> Node:
    (x,), (curve, nu) = node.args, node.params
    return gate(reshape(dA, dA.shape + (1,) * len(curve.tail)), piecewise(x, params=(curve, nu + 1)))


class Spline:
    """What stands for a spline in copies of functions: `own`, or `basis`, the spline of the unit vectors, times traced values."""

    def __init__(self, own: Any, values: Any = None, nu: int = 0, covers: tuple[float, float] | None = None) -> None:
        self._own, self._values, self._nu, self._covers = own, values, nu, covers

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return type(self._own)

    def __call__(self, x: Any, nu: int = 0, *options: Any, **named: Any) -> Any:
        x = as_array(x)
        extra = (*options, *named.values())
        if self._covers is not None and np.any((concrete(x) < self._covers[0]) | (concrete(x) > self._covers[1])):
            raise ValueError("A value in x_new is outside the interpolation range.")
        tail = np.shape(self._own(concrete(x).ravel()[:1], *extra[:0]))[1:]
        curve = self._curve(tail, extra)
        found = (
            apply(piecewise, (x,), (curve, self._nu + nu)) if isinstance(x, Traced) else _value(x, curve, self._nu + nu)
        )
        return found if self._values is None else FUNCTIONS[np.tensordot](found, self._values, 1)

    def _curve(self, tail: tuple[int, ...], options: tuple) -> _Curve:
        key = (tail, options)
        if self.__dict__.get("_known", (None, None))[0] != key:
            self._known = key, _Curve(self._own, tail, *options)
        return self._known[1]

    def derivative(self, n: int = 1) -> Spline:
        """The derivative of order n, as SciPy's."""
        return Spline(self._own, self._values, self._nu + n, self._covers)

    def integrate(self, a: Any, b: Any, *options: Any) -> Any:
        """The integral between two numbers."""
        if is_active(a) or is_active(b) or self._nu:
            raise lost(
                "integrate of a spline", "is known between numbers: write s.antiderivative()(b) of constant values"
            )
        found = self._own.integrate(concrete(a), concrete(b), *options)
        return found if self._values is None else FUNCTIONS[np.tensordot](found, self._values, 1)

    def antiderivative(self, n: int = 1) -> Spline:
        """The antiderivative of order n."""
        if self._nu:
            raise lost("antiderivative of a derivative of a spline", "is not known on traced arrays")
        return Spline(self._own.antiderivative(n), self._values)

    def __getattr__(self, name: str) -> Any:
        if self._values is not None:
            raise lost(f"{name} of a spline of traced values", "is not known")
        return getattr(self._own, name)


_SPLINES = "CubicSpline PchipInterpolator Akima1DInterpolator CubicHermiteSpline BSpline PPoly BPoly UnivariateSpline InterpolatedUnivariateSpline LSQUnivariateSpline"


def is_spline(value: Any) -> bool:
    """Whether it is one of SciPy's splines, which know their derivatives."""
    kind = type(value)
    return kind.__module__.startswith("scipy.interpolate.") and kind.__name__ in _SPLINES.split()


def _spline(name: str, basis: Callable[..., Any] | None) -> Callable[..., Any]:
    """A spline by its knots and values; `basis` makes that of other values, where it is linear in them."""

    def made(x: Any, y: Any, *args: Any, **options: Any) -> Any:
        kind = getattr(scipy.interpolate, name)
        x, y = as_array(x), as_array(y)
        if is_active(x) or any(is_active(a) for a in (*args, *options.values())):
            raise lost(f"scipy.interpolate.{name}", "is known for values that are traced, on knots that are not")
        others = [concrete(a) for a in args], {k: concrete(v) for k, v in options.items()}
        if not is_active(y):
            own = kind(concrete(x), concrete(y), *others[0], **others[1])
            return Spline(own)
        if basis is None:
            raise lost(f"scipy.interpolate.{name}", "is not linear in the values: it is known at traced positions only")
        return Spline(basis(kind, concrete(x), np.eye(len(y)), *others[0], **others[1]), y)

    return made


def _interpolating(kind: Any, x: Any, y: Any, *args: Any, **options: Any) -> Any:
    bc = options.get("bc_type", args[1] if len(args) > 1 else "not-a-knot")
    if options.get("axis", args[0] if args else 0) != 0 or not (isinstance(bc, str) and bc != "periodic"):
        raise lost(
            "scipy.interpolate.CubicSpline", "with axis, periodic or given ends is known for constant values only"
        )
    return kind(x, y, *args, **options)


def _of_coefficients(t: Any, c: Any, k: int, *args: Any, **options: Any) -> Any:
    t, c = as_array(t), as_array(c)
    if is_active(t):
        raise lost("scipy.interpolate.BSpline", "is known for coefficients that are traced, on knots that are not")
    kind = scipy.interpolate.BSpline
    if not is_active(c):
        return Spline(kind(concrete(t), concrete(c), k, *args, **options))
    return Spline(kind(concrete(t), np.eye(len(c)), k, *args, **options), c)


vars(_of_coefficients).update(
    design_matrix=scipy.interpolate.BSpline.design_matrix,
    basis_element=lambda t, *args, **options: Spline(scipy.interpolate.BSpline.basis_element(t, *args, **options)),
)  # it stands for the class, which has these beside


def _make_interp_spline(x: Any, y: Any, k: int = 3, t: Any = None, bc_type: Any = None, **options: Any) -> Any:
    known_only("scipy.interpolate.make_interp_spline", {"bc_type": bc_type, **options}, "check_finite")
    x, y = as_array(x), as_array(y)
    if is_active(x):
        raise lost("scipy.interpolate.make_interp_spline", "is known for values that are traced, on knots that are not")
    own = scipy.interpolate.make_interp_spline(concrete(x), np.eye(len(y)), k, t)
    return Spline(own, y)


_DEGREES = {"linear": 1, "slinear": 1, "quadratic": 2, "cubic": 3, 1: 1, 2: 2, 3: 3}


def _interp1d(
    x: Any, y: Any, kind: Any = "linear", axis: int = -1, copy: bool = True, bounds_error: Any = None,
    fill_value: Any = np.nan, assume_sorted: bool = False,
) -> Any:  # fmt: skip
    x, y = as_array(x), as_array(y)
    if (
        is_active(x)
        or kind not in _DEGREES
        or y.ndim != 1
        or (not isinstance(fill_value, str) and bounds_error is False)
    ):
        raise lost(
            "scipy.interpolate.interp1d",
            "is known for linear, quadratic and cubic interpolation of one row of values, extrapolated or within the range",
        )
    order = np.argsort(concrete(x), kind="mergesort")
    knots = concrete(x)[order]
    own = scipy.interpolate.make_interp_spline(knots, np.eye(len(knots)), _DEGREES[kind])
    extends = isinstance(fill_value, str) and fill_value == "extrapolate"
    return Spline(own, y[order], covers=None if extends else (knots[0], knots[-1]))


def _splrep(
    x: Any,
    y: Any,
    w: Any = None,
    xb: Any = None,
    xe: Any = None,
    k: int = 3,
    task: int = 0,
    s: Any = None,
    **options: Any,
) -> Any:
    known_only("scipy.interpolate.splrep", {"w": w, "xb": xb, "xe": xe, "task": task or None, **options}, "quiet")
    y = as_array(y)
    if is_active(x) or s not in (None, 0):
        raise lost("scipy.interpolate.splrep", "is known for traced values on knots that are not, without smoothing")
    numbers = concrete(as_array(x))
    t, _, k = scipy.interpolate.splrep(numbers, concrete(y), k=k, s=0)
    columns = [scipy.interpolate.splrep(numbers, e, k=k, s=0)[1] for e in np.eye(len(numbers))]
    return t, FUNCTIONS[np.matmul](np.stack(columns, axis=1), y), k


def _splev(x: Any, tck: Any, der: int = 0, ext: int = 0) -> Any:
    if isinstance(tck, Spline):
        return tck(x, der)
    if ext != 0:
        raise lost(f"scipy.interpolate.splev with ext={ext}", "is not known on traced arrays")
    t, c, k = tck
    c = as_array(c)
    return _of_coefficients(t, c[: len(concrete(t)) - k - 1], k)(x, der)


# --- grids --------------------------------------------------------------------------------------------------


def _multilinear(grid: Sequence[Any], values: Any, points: Sequence[Any]) -> Any:
    """The values at points, coordinate by coordinate, by the weights of the neighbours on each axis."""
    at, weights = [], []
    for g, p in zip(grid, points, strict=True):
        i = np.clip(np.searchsorted(g, concrete(p), side="right") - 1, 0, len(g) - 2)
        at.append(i)
        weights.append((p - g[i]) / (g[i + 1] - g[i]))
    total: Any = 0.0
    for corner in product((0, 1), repeat=len(grid)):
        term = values[tuple([i + b for i, b in zip(at, corner, strict=True)])]
        for w, b in zip(weights, corner, strict=True):
            term = term * (w if b else 1 - w)
        total = total + term
    return total


class _Grid:
    """scipy.interpolate.RegularGridInterpolator, linear."""

    def __init__(
        self, points: Any, values: Any, method: str = "linear", bounds_error: bool = True, fill_value: Any = np.nan, **options: Any
    ) -> None:  # fmt: skip
        known_only("scipy.interpolate.RegularGridInterpolator", options)
        self._grid = [np.asarray(concrete(as_array(g)), dtype=float) for g in points]
        is_rising = all(np.all(np.diff(g) > 0) for g in self._grid)
        if method != "linear" or any(is_active(as_array(g)) for g in points) or not is_rising:
            raise lost(
                "scipy.interpolate.RegularGridInterpolator",
                "is known for linear interpolation on a rising grid that is not traced",
            )
        self._values, self._raises, self._fill = as_array(values), bounds_error, fill_value

    def __call__(self, xi: Any, method: Any = None) -> Any:
        known_only("a call of scipy.interpolate.RegularGridInterpolator", {"method": method})
        parts = xi if isinstance(xi, tuple) else [as_array(xi)[..., k] for k in range(len(self._grid))]
        points = FUNCTIONS[np.broadcast_arrays](*[FUNCTIONS[np.atleast_1d](as_array(p)) for p in parts])
        outside: Any = False
        for g, p in zip(self._grid, points, strict=True):
            outside = outside | (concrete(p) < g[0]) | (concrete(p) > g[-1])
        if self._raises and np.any(outside):
            raise ValueError("One of the requested xi is out of bounds")
        found = _multilinear(self._grid, self._values, points)
        if self._fill is None or not np.any(outside):
            return found
        return FUNCTIONS[np.where](outside, self._fill, found)


def _map_coordinates(
    image: Any, coordinates: Any, output: Any = None, order: int = 3, mode: str = "constant", cval: float = 0.0, prefilter: bool = True
) -> Any:  # fmt: skip
    image, coordinates = as_array(image), as_array(coordinates)
    points = [coordinates[k] for k in range(image.ndim)]
    outside: Any = False
    for n, p in zip(image.shape, points, strict=True):
        outside = outside | (concrete(p) < 0) | (concrete(p) > n - 1)
    if order != 1 or output is not None or (mode not in ("constant", "nearest") and np.any(outside)):
        raise lost(
            "scipy.ndimage.map_coordinates", "is known with order=1, and mode='constant' or 'nearest' outside the image"
        )
    if mode == "nearest":
        points = [FUNCTIONS[np.clip](p, 0, n - 1) for n, p in zip(image.shape, points, strict=True)]
    found = _multilinear([np.arange(float(n)) for n in image.shape], image, points)
    return FUNCTIONS[np.where](outside, cval, found) if mode == "constant" and np.any(outside) else found


INTERPOLATORS: dict[str, Callable[..., Any]] = {
    "scipy.interpolate.CubicSpline": _spline("CubicSpline", _interpolating),
    "scipy.interpolate.InterpolatedUnivariateSpline": _spline(
        "InterpolatedUnivariateSpline", lambda kind, x, y, w=None, bbox=None, k=3: scipy.interpolate.make_interp_spline(x, y, k)
    ),
    **{f"scipy.interpolate.{name}": _spline(name, None) for name in ("PchipInterpolator", "Akima1DInterpolator", "UnivariateSpline")},
    "scipy.interpolate.BSpline": _of_coefficients,
    "scipy.interpolate.interp1d": _interp1d,
    "scipy.interpolate.RegularGridInterpolator": _Grid,
}  # fmt: skip
"""Classes by their names, with what makes what stands for their instances."""
INTERPOLATION: dict[str, Callable[..., Any]] = {
    "scipy.interpolate.make_interp_spline": _make_interp_spline,
    "scipy.interpolate.splrep": _splrep,
    "scipy.interpolate.splev": _splev,
    "scipy.ndimage.map_coordinates": _map_coordinates,
}
"""Functions by their names."""
