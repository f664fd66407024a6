"""SciPy's special functions, and Python's modules math and cmath. Protocols do not ask about them."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from frechet.tracing.array import FUNCTIONS, UFUNCS, Traced, apply, concrete
from frechet.tracing.functions.reducing import summed
from frechet.tracing.functions.ufuncs import array
from frechet.tracing.primitives.elementwise import polygamma
from frechet.tracing.primitives.special import binom, lambertw, poch
from frechet.tracing.refusing import known_only, lost

__all__: list[str] = []


def _logsumexp(A: Any, axis: Any = None, b: Any = None, keepdims: bool = False, **options: Any) -> Any:
    """log(sum(b*exp(A))), the largest entry taken out."""
    known_only("scipy.special.logsumexp", options)
    A = array(A)
    top = np.max(concrete(A), axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    scaled = UFUNCS["exp"](A - top)
    total = UFUNCS["log"](summed(scaled if b is None else scaled * b, axis, keepdims=True)) + top
    if keepdims:
        return total
    axes = range(A.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    gone = {int(k) % A.ndim for k in axes}
    return total.reshape(tuple(n for k, n in enumerate(A.shape) if k not in gone))


def _softmax(A: Any, axis: Any = None) -> Any:
    A = array(A)
    e = UFUNCS["exp"](A - np.max(concrete(A), axis=axis, keepdims=True))
    return e / summed(e, axis, keepdims=True)


def _log_softmax(A: Any, axis: Any = None) -> Any:
    A = array(A)
    return A - _logsumexp(A, axis, keepdims=True)


def _huber(delta: Any, r: Any) -> Any:
    size = np.abs(array(r))
    return FUNCTIONS[np.where](concrete(size) <= concrete(delta), array(r) ** 2 / 2, delta * (size - delta / 2))


def _boxcox(x: Any, power: Any) -> Any:
    x = array(x)
    if np.all(np.equal(concrete(power), 0)):
        return UFUNCS["log"](x)
    return UFUNCS["expm1"](power * UFUNCS["log"](x)) / power


def _inv_boxcox(y: Any, power: Any) -> Any:
    y = array(y)
    return UFUNCS["exp"](y if np.all(np.equal(concrete(power), 0)) else UFUNCS["log1p"](power * y) / power)


def _betaln(a: Any, b: Any) -> Any:
    g = UFUNCS["gammaln"]
    return g(array(a)) + g(array(b)) - g(array(a) + array(b))


def _beta(a: Any, b: Any) -> Any:
    x, y = concrete(array(a)), concrete(array(b))
    sign = special.gammasgn(x) * special.gammasgn(y) * special.gammasgn(np.add(x, y))
    return sign * UFUNCS["exp"](_betaln(a, b))


def _comb(n: Any, k: Any, exact: bool = False, repetition: bool = False) -> Any:
    """scipy.special.comb: binom(n, k), and 0 where there is nothing to choose."""
    known_only("scipy.special.comb", {"exact": exact})
    n, k = array(n), array(k)
    m, j = concrete(n), concrete(k)
    there = np.greater_equal(m, j) & np.greater_equal(m, 0) & np.greater_equal(j, 0)
    if repetition:  # where there is nothing to choose then has changed between versions
        there = special.comb(m, j, repetition=True) != 0
        n = n + k - 1.0
    found = apply(binom, (n, k))
    return found if np.all(there) else FUNCTIONS[np.where](there, found, 0.0)


def _lambertw(z: Any, k: int = 0, tol: float = 1e-8) -> Any:
    z = array(z)
    numbers = np.asarray(concrete(z))
    is_real = numbers.dtype.kind == "f" and k in (0, -1) and np.all(numbers >= -np.exp(-1.0))
    if not is_real or (k == -1 and np.any(numbers >= 0)):
        raise lost("scipy.special.lambertw", "is known for real arguments on its real branches, k = 0 and k = -1")
    return apply(lambertw, (z,), (int(k),)) * (1 + 0j)


SPECIAL: dict[Callable, Callable] = {
    special.logsumexp: _logsumexp,
    special.softmax: _softmax,
    special.log_softmax: _log_softmax,
    special.digamma: lambda A: apply(polygamma, (array(A),), (0,)),
    special.psi: lambda A: apply(polygamma, (array(A),), (0,)),
    special.polygamma: lambda n, A: apply(polygamma, (array(A),), (int(n),)),
    special.betaln: _betaln,
    special.beta: _beta,
    special.binom: lambda n, k: apply(binom, (array(n), array(k))),
    special.poch: lambda z, m: apply(poch, (array(z), array(m))),
    special.lambertw: _lambertw,
    special.comb: _comb,
    special.huber: _huber,
    special.pseudo_huber: lambda delta, r: delta**2 * (UFUNCS["sqrt"](1 + (array(r) / delta) ** 2) - 1),
    special.boxcox: _boxcox,
    special.inv_boxcox: _inv_boxcox,
    special.entr: lambda A: -UFUNCS["xlogy"](A, A),
    special.rel_entr: lambda a, b: UFUNCS["xlogy"](a, a / b),
    special.kl_div: lambda a, b: UFUNCS["xlogy"](a, a / b) - a + b,
}


# --- math -----------------------------------------------------------------------------------------------------------

_MATH = {  # names in math with NumPy's
    "fabs": "absolute", "pow": "power", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2",
    "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh", "lgamma": "gammaln", "copysign": "copysign", "fmod": "fmod",
    "frexp": "frexp", "ldexp": "ldexp", "modf": "modf",
    **{name: name for name in (
        "sqrt", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "log1p", "expm1", "log2", "log10", "erf", "erfc", "gamma",
        "radians", "degrees", "exp2", "cbrt",
    ) if hasattr(math, name)},
}  # fmt: skip


def _log(x: Any, base: Any = None) -> Any:
    result = UFUNCS["log"](x)
    return result if base is None else result / (UFUNCS["log"](base) if isinstance(base, Traced) else math.log(base))


def _hypot(*numbers: Any) -> Any:
    """Of any number of coordinates."""
    return (
        UFUNCS["hypot"](*numbers)
        if len(numbers) == 2
        else FUNCTIONS[np.linalg.norm](FUNCTIONS[np.asarray](list(numbers)))
    )


def _observed(test: Callable) -> Callable:
    return lambda *args, **options: test(*[concrete(a) for a in args], **options)


MATH: dict[Callable, Callable] = {
    **{getattr(math, name): UFUNCS[meaning] for name, meaning in _MATH.items()},
    **{test: _observed(test) for test in (math.isfinite, math.isnan, math.isinf, math.isclose)},
    math.log: _log,
    math.hypot: _hypot,
    math.remainder: lambda a, b: array(a) - np.rint(concrete(array(a)) / concrete(array(b))) * array(b),
    math.fsum: lambda values: sum(values),
    math.prod: lambda values, start=1: FUNCTIONS[np.prod](FUNCTIONS[np.asarray](list(values))) * start,
    math.dist: lambda a, b: FUNCTIONS[np.linalg.norm](FUNCTIONS[np.asarray](a) - FUNCTIONS[np.asarray](b)),
}

FUNCTIONS.update(SPECIAL)
FUNCTIONS.update(MATH)


# --- cmath ---------------------------------------------------------------------------------------------------------


def _polar(z: Any) -> tuple[Any, Any]:
    return np.abs(z), FUNCTIONS[np.angle](z)


FUNCTIONS.update(
    {
        **{
            getattr(cmath, name): (lambda f: lambda z: f(array(z) * (1 + 0j)))(getattr(np, name))
            for name in ("exp", "log10", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")
        },
        cmath.log: lambda z, *base: np.log(z * (1 + 0j)) / (np.log(base[0] * (1 + 0j)) if base else 1.0),
        cmath.phase: lambda z: FUNCTIONS[np.angle](z),
        cmath.polar: _polar,
        cmath.rect: lambda r, phi: r * np.exp(1j * phi),
    }
)
