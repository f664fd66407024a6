"""eval and exec in functions that are traced."""

from __future__ import annotations

import math

import numpy as np
import pytest

import frechet as fr

X = np.array([0.4, -1.2, 2.0])


def helper(v):
    return math.exp(v[0]) * np.array([v[1], v[2]]).sum()


def expression(x):
    return eval("x[0] ** 2 + np.sum(x) + math.sin(x[1])")


def function_of_eval(x):
    return eval("lambda v: np.sum(np.sin(v) ** 2) + helper(v)")(x)


def function_of_exec(x):
    made = {}
    exec(
        "def g(v):\n    s = 0.0\n    for u in v:\n        s = s + math.sin(u)\n    return s * helper(v)",
        globals(),
        made,
    )
    return made["g"](x)


def statements(x):
    names = {"x": x}
    exec("y = np.sin(x).sum() + math.cos(x[0])", None, names)
    return names["y"]


def own_names(x):
    return eval("a * x[0] ** 2 + np.sum(x)", {"a": 3.0, "x": x, "np": np})


def compiled(x):
    return eval(compile("[v ** 2 for v in x]", "<text>", "eval"))[1]


made_outside = eval("lambda x: np.sum(x ** 3) + helper(x)")


@pytest.mark.parametrize(
    "f", [expression, function_of_eval, function_of_exec, statements, own_names, compiled, made_outside]
)
def test_names_in_text_are_those_of_the_copy(f):
    assert fr.check_gradient(f, X)
