"""Random samples whose parameters are traced, by the draws of a distribution without parameters from the same stream.

    normal(mu, s) = mu + s*z        exponential(s) = s*e        uniform(a, b) = a + (b - a)*u        weibull(k) = e^(1/k)

So the sample is a differentiable function of the parameters for fixed z (Kingma and Welling 2014, arXiv:1312.6114). Samples that jump
(Poisson, binomial), or that are drawn by rejection with the parameter (gamma in its shape), are refused by name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from frechet.tracing.array import FUNCTIONS, Traced, concrete, constant, form_of, is_active
from frechet.tracing.functions.creating import CREATORS, as_array
from frechet.tracing.refusing import lost
from frechet.tracing.tape import CURRENT

__all__ = ["Sampler", "is_generator", "sampler"]

_KINDS = (np.random.Generator, np.random.RandomState)


def is_generator(value: Any) -> bool:
    """Whether it is one of NumPy's generators of random numbers."""
    return isinstance(value, _KINDS)


def _shape(size: Any, *parameters: Any) -> Any:
    """The shape of the sample; None for a number."""
    if size is not None:
        return size
    return np.broadcast_shapes(*[np.shape(form_of(p)) for p in parameters]) or None


def _moved(draw: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def sample(own: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        return as_array(loc) + as_array(scale) * draw(own, _shape(size, loc, scale))

    return sample


def _stretched(draw: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def sample(own: Any, scale: Any = 1.0, size: Any = None) -> Any:
        return as_array(scale) * draw(own, _shape(size, scale))

    return sample


def _raised(draw: Callable[[Any, Any], Any], of: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    return lambda own, a, size=None: of(draw(own, _shape(size, a)), as_array(a))


def _uniform(own: Any, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
    return as_array(low) + (as_array(high) - as_array(low)) * own.random(_shape(size, low, high))


def _gamma(own: Any, shape: Any, scale: Any = 1.0, size: Any = None) -> Any:
    if is_active(shape):
        raise _jumps("gamma with a shape that is differentiated by")
    return as_array(scale) * own.standard_gamma(concrete(shape), _shape(size, shape, scale))


def _multivariate(own: Any, mean: Any, cov: Any, size: Any = None, *args: Any, **options: Any) -> Any:
    if is_active(as_array(cov)):
        raise lost(
            "multivariate_normal with a covariance that is differentiated by",
            "is not known: write mean + z @ np.linalg.cholesky(cov).T with z = rng.standard_normal(...)",
        )
    mean = as_array(mean)
    return mean + own.multivariate_normal(np.zeros(mean.shape), concrete(as_array(cov)), size, *args, **options)


def _choice(own: Any, a: Any, *args: Any, **options: Any) -> Any:
    if options.get("axis", 0) != 0:
        return FUNCTIONS[np.moveaxis](
            _choice(own, FUNCTIONS[np.moveaxis](a, options["axis"], 0), *args, **{**options, "axis": 0}),
            0,
            options["axis"],
        )
    given = [concrete(v) for v in args], {k: concrete(v) for k, v in options.items()}
    if any(is_active(v) for v in (*args, *options.values())):
        raise _jumps("choice with probabilities that are differentiated by")
    return a[own.choice(len(a), *given[0], **given[1])]


def _shuffle(own: Any, a: Any, axis: int = 0) -> None:
    order = own.permutation(a.shape[axis])
    a[...] = FUNCTIONS[np.take](a, order, axis=axis)


def _jumps(call: str) -> Any:
    return lost(call, "jumps with its parameters, or is drawn by rejection: the derivative would be lost")


_normal = _moved(lambda own, shape: own.standard_normal(shape))
_SAMPLES: dict[str, Callable[..., Any]] = {
    "normal": _normal,
    "lognormal": lambda own, mean=0.0, sigma=1.0, size=None: np.exp(_normal(own, mean, sigma, size)),
    "uniform": _uniform,
    "laplace": _moved(lambda own, shape: own.laplace(size=shape)),
    "logistic": _moved(lambda own, shape: own.logistic(size=shape)),
    "gumbel": _moved(lambda own, shape: own.gumbel(size=shape)),
    "exponential": _stretched(lambda own, shape: own.standard_exponential(shape)),
    "rayleigh": _stretched(lambda own, shape: own.rayleigh(size=shape)),
    "gamma": _gamma,
    "weibull": _raised(lambda own, shape: own.weibull(1.0, shape), lambda e, a: e ** (1 / a)),
    "power": _raised(lambda own, shape: own.power(1.0, shape), lambda e, a: e ** (1 / a)),
    "pareto": _raised(lambda own, shape: own.standard_exponential(shape), lambda e, a: np.expm1(e / a)),
    "multivariate_normal": _multivariate,
    "permutation": lambda own, a, axis=0: FUNCTIONS[np.take](a, own.permutation(a.shape[axis]), axis=axis),
    "choice": _choice,
    "shuffle": _shuffle,
}


def sampler(function: Callable) -> Callable | None:
    """What a method of a generator (np.random.normal is one) means for traced parameters; None for other functions."""
    own = getattr(function, "__self__", None)
    name = getattr(function, "__name__", "")
    if not is_generator(own) or name == "seed":
        return None

    def called(*args: Any, **options: Any) -> Any:
        if name not in _SAMPLES:
            raise _jumps(f"numpy.random.{name}").named()
        return _SAMPLES[name](own, *args, **options)

    return called


class Sampler:
    """What stands for a generator in copies of functions: its draws are those of the generator, and advance it."""

    def __init__(self, own: Any) -> None:
        self._own = own

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return type(self._own)

    def __getattr__(self, name: str) -> Any:
        own = getattr(self._own, name)
        if not callable(own):
            return own
        meaning = sampler(own)

        def called(*args: Any, **options: Any) -> Any:
            if any(_is_active(a) for a in (*args, *options.values())):
                assert meaning is not None
                return meaning(*args, **options)
            if name == "shuffle" and type(args[0]) is Traced:
                return _shuffle(self._own, *args, **options)
            out = options.get("out")
            if type(out) is Traced:  # its numbers may be in the record
                del options["out"]
                out[...] = called(*args, **options, **({} if name == "permuted" else {"size": out.shape}))
                return out
            found = own(*[_numbers(a) for a in args], **{k: _numbers(v) for k, v in options.items()})
            tape = CURRENT.get()
            is_new = tape is not None and type(found) is np.ndarray and found.dtype.kind == "f"
            return (
                constant(tape, found) if is_new and tape is not None else found
            )  # it may be written with traced values

        return called


def _is_active(value: Any) -> bool:
    return is_active(value) or (isinstance(value, list | tuple) and any(_is_active(v) for v in value))


def _numbers(value: Any) -> Any:
    return type(value)([_numbers(v) for v in value]) if type(value) in (list, tuple) else concrete(value)


CREATORS[np.random.default_rng] = lambda seed=None: Sampler(np.random.default_rng(seed))
FUNCTIONS[np.random.default_rng] = CREATORS[np.random.default_rng]
