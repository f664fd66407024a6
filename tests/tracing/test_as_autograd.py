"""What HIPS autograd tests of NumPy, written anew: every combination of arguments and options, each argument in turn."""

from __future__ import annotations

import operator
import warnings
from itertools import product

import numpy as np
import pytest

import frechet as fr
from frechet import finite

RNG = np.random.default_rng(0)
R = lambda *shape: RNG.standard_normal(shape)


def grid(name, f, *choices, by=None, **options):
    """Calls of f for every combination of arguments and options: (id, function of the argument by which it is differentiated, point)."""
    made = []
    for k, args in enumerate(product(*choices)):
        for j, values in enumerate(product(*options.values())):
            named = dict(zip(options, values, strict=True))
            for i in range(len(args)) if by is None else by:
                g = lambda x, f=f, args=args, i=i, named=named: f(*args[:i], x, *args[i + 1 :], **named)
                made.append((f"{name}-{k}-{j}-{i}", g, args[i]))
    return made


def unary(name, low=-2.0, high=2.0, is_complex=True):
    """A function of numbers, vectors and matrices inside of limits, and of complex ones."""
    f = getattr(np, name)
    points = [low + (high - low) * RNG.random(s)[()] for s in ((), (1,), (4,), (3, 4), (2, 3, 2))]
    points += [p + 1j * (low + (high - low) * RNG.random((3, 2))) for p in (points[0],) if is_complex]
    return grid(name, f, points)


def binary(name, f, low=(-2.0, 2.0), high=(-2.0, 2.0)):
    """A function of two arrays of shapes that broadcast, inside of limits."""
    draw = lambda limits, shape: limits[0] + (limits[1] - limits[0]) * RNG.random(shape)[()]
    shapes = ((), (1,), (4,), (3, 1), (1, 4), (3, 4))
    return grid(name, f, [draw(low, s) for s in shapes], [draw(high, s) for s in shapes])


_STATISTICS = [
    case
    for name in ("max", "min", "mean", "sum", "prod", "var", "std")
    for case in [
        *grid(name, getattr(np, name), [np.float64(1.3), R(1), R(3), R(1, 4), R(2, 4), R(2, 4, 5)]),
        *grid(f"{name}-0", getattr(np, name), [R(3), R(1, 4), R(2, 4), R(2, 4, 5)], axis=[0], keepdims=[True, False]),
        *grid(f"{name}-1", getattr(np, name), [R(2, 4), R(2, 4, 5)], axis=[1, -1], keepdims=[True, False]),
        *grid(f"{name}-01", getattr(np, name), [R(2, 4), R(2, 4, 5)], axis=[(0, 1)], keepdims=[True, False]),
    ]
    if not (name in ("var", "std") and np.size(case[2]) == 1)
]
_UNARY = [
    *unary("sin"), *unary("cos"), *unary("tan", -1.1, 1.1), *unary("sinh"), *unary("cosh"), *unary("tanh"), *unary("exp"), *unary("exp2"),
    *unary("expm1"), *unary("log", 0.2, 2.0), *unary("log10", 0.2, 2.0), *unary("log1p", 0.2, 2.0), *unary("log2", 0.2, 2.0),
    *unary("sqrt", 1.0, 3.0), *unary("abs", 0.1, 4.0), *unary("absolute", 0.1, 4.0), *unary("arcsinh", -0.9, 0.9, False),
    *unary("arccosh", 1.1, 4.0, False), *unary("arctanh", -0.9, 0.9, False), *unary("deg2rad", is_complex=False),
    *unary("rad2deg", is_complex=False), *unary("degrees", is_complex=False), *unary("radians", is_complex=False),
    *unary("fabs", 0.1, 4.0, False), *unary("square"), *unary("real"), *unary("imag"), *unary("conj"), *unary("angle", 0.2, 2.0),
    *unary("real_if_close", is_complex=False),
]  # fmt: skip
_BINARY = [
    *binary("add", np.add), *binary("logaddexp", np.logaddexp), *binary("logaddexp2", np.logaddexp2),
    *binary("remainder", np.remainder, (-0.9, 0.9), (1.0, 1.9)), *binary("mod-neg", np.mod, (0.1, 0.25), (-0.3, -2.0)),
    *binary("true_divide", np.true_divide, high=(0.3, 2.0)), *binary("true_divide-neg", np.true_divide, high=(-0.3, -2.0)),
    *binary("mul", operator.mul), *binary("sub", operator.sub), *binary("truediv", operator.truediv, high=(0.5, 2.0)),
    *binary("pow", operator.pow, (0.7, 2.0)), *binary("op-mod", operator.mod, (0.3, 0.45), (0.5, 2.0)),
    *binary("maximum", np.maximum), *binary("minimum", np.minimum),
]  # fmt: skip
_PRODUCTS = [
    *grid("dot", np.dot, [1.5, R(3), R(2, 3)], [0.3, R(3), R(3, 4)]),
    *grid("dot-2", lambda x, y: np.dot(x, y), [R(10, 11)], [R(11), R(11, 5)]), *grid("outer", np.outer, [R(4)], [R(3)]),
    *grid("tensordot-1", np.tensordot, [R(1, 3), R(2, 3, 2)], [R(3), R(3, 1), R(3, 4, 2)], axes=[((1,), (0,))]),
    *grid("tensordot-2", np.tensordot, [R(3), R(3, 1), R(3, 4, 2)], [R(1, 3), R(2, 3, 2)], axes=[((0,), (1,))]),
    *grid("tensordot-3", np.tensordot, [R(2, 3), R(2, 3, 4)], [R(1, 2, 3), R(2, 2, 3, 4)], axes=[((0, 1), (1, 2)), ((1, 0), (2, 1))]),
    *grid("tensordot-4", np.tensordot, [R(2, 2), R(4, 2, 2)], [R(2, 2), R(2, 2, 4)], axes=[1, 2]),
    *grid("einsum-t", np.einsum, ["ij->ji"], [R(1, 1), R(4, 4), R(3, 4)], by=[1]),
    *grid("einsum-m", np.einsum, ["ij,jk->ik"], [R(2, 3)], [R(3, 4)], by=[1, 2]),
    *grid("einsum-c", np.einsum, ["ijk,lji->lki"], [R(3, 4, 4)], [R(4, 4, 3)], by=[1, 2]),
    *grid("einsum-e", np.einsum, ["...jk,...lj->...lk", "...,...->..."], [R(3, 4, 4)], [R(3, 4, 4)], by=[1, 2]),
    *grid("einsum-3", np.einsum, ["ijk,lji,lli->lki"], [R(3, 4, 4)], [R(4, 4, 3)], [R(4, 4, 3)], by=[1, 2, 3]),
    *grid("tensordot-5", lambda t: np.tensordot(t * np.ones((2, 2)), t * np.ones((2, 2)), 2), [1.0]),
]  # fmt: skip
_SHAPES = [
    *grid("transpose", np.transpose, [R(2, 3, 4)], axes=[None, [0, 1, 2], [0, 2, 1], [2, 0, 1], [2, 1, 0], [1, 0, 2], [1, 2, 0]]),
    *grid("sort", np.sort, [R(1), R(7)]), *grid("partition", np.partition, [R(7), R(14)], kth=[0, 3, 6]),
    *grid("atleast_1d", np.atleast_1d, [1.2, R(1), R(7), R(1, 4), R(2, 4), R(2, 4, 5)]),
    *grid("atleast_2d", np.atleast_2d, [1.2, R(1), R(7), R(1, 4), R(2, 4), R(2, 4, 5)]),
    *grid("atleast_3d", np.atleast_3d, [1.2, R(1), R(7), R(1, 4), R(2, 4), R(2, 4, 5), R(2, 4, 3, 5)]),
    *grid("trace", np.trace, [R(5, 5), R(4, 5), R(5, 4)], offset=[-1, 0, 1]), *grid("trace-4", np.trace, [R(5, 6, 4, 3)], offset=[-2, 1]),
    *grid("flipud", np.flipud, [R(4, 3)]), *grid("fliplr", np.fliplr, [R(4, 3)]), *grid("rot90", np.rot90, [R(4, 3)]),
    *grid("cumsum", np.cumsum, [R(4, 3)], axis=[None, 0, 1]), *grid("cumsum-1", np.cumsum, [R(4)]),
    *grid("roll", np.roll, [R(4, 5)], shift=[2], axis=[None, 1]), *grid("triu", np.triu, [R(5, 5)], k=[2]), *grid("tril", np.tril, [R(5, 5)], k=[2]),
    *grid("clip", np.clip, [R(5, 5)], a_min=[0.1], a_max=[1.1]), *grid("diag", np.diag, [R(4, 4), R(4)]),
    *grid("diagonal", np.diagonal, [R(4, 4), R(3, 4, 4)], axis1=[-1], axis2=[-2]), *grid("repeat-1", np.repeat, [R(5, 3, 4)], repeats=[1, 2], axis=[1]),
    *grid("repeat-0", np.repeat, [R(5), R(5, 1), R(5, 3)], repeats=[1, 2], axis=[0]), *grid("expand", np.expand_dims, [R(5, 1, 4)], axis=[2]),
    *grid("squeeze", np.squeeze, [R(5, 1, 4)]), *grid("split", lambda x: np.split(x, 2)[0], [R(10)]),
    *grid("concatenate", lambda x, B: np.concatenate((B, x, B), 1), [R(2, 6, 4)], [R(2, 6, 4)]),
    *grid("append", np.append, [R(3)], [4.0]), *grid("append-list", lambda b: np.append([1.0, 2.0, b * b], b), [4.0]),
    *grid("where", lambda x, y: np.where(np.arange(20).reshape(4, 5) % 3 > 0, x, y), [R(4, 5)], [R(4, 5)]),
    *grid("nan_to_num", lambda x: np.sin(np.nan_to_num(x + np.array([0.0, np.nan, np.inf, -np.inf]))), [R(4)]),
    *grid("var-ddof", np.var, [R(3), R(3, 4), R(1, 3)], axis=[None], keepdims=[True, False], ddof=[0, 1]),
    *grid("std-ddof", np.std, [R(3), R(3, 4), R(1, 3)], axis=[None], keepdims=[True, False], ddof=[0, 1]),
    *grid("std-ddof-2", np.std, [R(3, 4), R(2, 3)], axis=[None, 1], keepdims=[True, False], ddof=[2]),
]  # fmt: skip
_INDEXED = {
    "ints": lambda x: x[3, 0, 1],
    "slice": lambda x: x[::-1, 2:4, :],
    "lists": lambda x: x[[0, 1, 2], :, :],
    "mixed": lambda x: x[3, 2:, [1, 3]],
    "fanout": lambda x: x[::-1, 2:4, :] + x[::-1, 3:5, :],
    "slices of slices": lambda x: x[2:5][1:3],
    "twice": lambda x: x[[0, 0]],
    "and again": lambda x: x[[0, 1, 0]],
    "reshape": lambda x: x.reshape((20, 6)) + np.reshape(x, (20, 6)) * x.reshape(20, 6),
    "ravel": lambda x: x.ravel() * np.ravel(x) + x.flatten(),
    "list": lambda x: np.array([[2 * x, x + 1], [x, x]]),
    "len": lambda x: x * len(x),
    "sum of a list": lambda x: sum([x, x * x]),
    "r_": lambda x: np.r_[x, np.ones((2, 6, 4)), x],
    "c_": lambda x: np.c_[x[0], np.ones((6, 2)), x[1]],
    "r_ of ranges": lambda x: np.r_[x[0, 0], np.ones(3), 1:10],
    "dot of slices": lambda x: np.dot(x[0, :3, 0], x[1, 3:, 1]),
}
_MADE = [
    *[(name, f, R(5, 6, 4)) for name, f in _INDEXED.items()],
    ("numbers", lambda t: np.array([[t, t * 1.0, t + 2.5], [t**2, t, t / 2.0]]), 3.0),
    ("numbers twice", lambda t: (lambda A: A + A)(np.array([t, t * 1.0, t + 2.5])), 3.0),
    ("number", lambda t: np.array(t), 3.0),
]
CASES = [*_STATISTICS, *_UNARY, *_BINARY, *_PRODUCTS, *_SHAPES, *_MADE]
_WITH_CORNERS = {
    "max",
    "min",
    "maximum",
    "minimum",
    "mod",
    "op",
    "remainder",
    "partition",
    "clip",
}  # differences of slopes see the corners
SECOND = {n: c for c in CASES if (n := c[0].split("-")[0]) not in _WITH_CORNERS}  # one of each function


def _number(f):
    def loss(x):
        y = f(x)
        W = np.cos(np.arange(np.size(y)).reshape(np.shape(y)) + 0.3)
        return np.sum(np.real(y) * W) + (np.sum(np.imag(y) * np.sin(W)) if np.iscomplexobj(y) else 0.0)

    return loss


def _direction(x):
    d = np.cos(np.arange(np.size(x)) * 1.3 + 0.7).reshape(np.shape(x))[()]
    return d * (1 + 0.5j) if np.iscomplexobj(x) else d


@pytest.mark.parametrize(("f", "x"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_both_modes(f, x):
    loss, d = _number(f), _direction(x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a part of the arguments that has no effect
        g = fr.gradient(loss)(x)
    h = 1e-5
    expected = (8 * (loss(x + h * d) - loss(x - h * d)) - (loss(x + 2 * h * d) - loss(x - 2 * h * d))) / (12 * h)
    along = np.sum(np.real(np.conj(g) * d))
    assert along == pytest.approx(expected, rel=1e-7, abs=1e-8)
    assert fr.jvp(loss)(x, d)[1] == pytest.approx(along, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize(("f", "x"), [c[1:] for c in SECOND.values()], ids=[c[0] for c in SECOND.values()])
def test_second_order(f, x):
    loss, d = _number(f), _direction(x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = finite.directional(fr.gradient(loss), x, d)
        found = fr.hvp(loss)(x, d)
    assert np.allclose(found, expected.value, rtol=1e-6, atol=1e-7 + 20 * np.max(expected.error))


@pytest.mark.parametrize("name", ["floor", "ceil", "sign", "all", "any"])
def test_what_is_constant_says_so(name):
    with pytest.warns(UserWarning, match="does not depend"):
        assert not fr.gradient(lambda x: np.sum(getattr(np, name)(x)) * 1.0)(R(3)).any()
    with pytest.warns(UserWarning, match="does not depend"):
        assert not fr.gradient(lambda x: np.sum(np.r_[R(3, 2)]))(R(3, 2)).any()
