"""Symbols whose names a language keeps for itself."""

from __future__ import annotations

import ast
import pickle

import numpy as np
import pytest

import frechet as fr

FORMULA = "lambda*norm2(x)^2 + lambda_*end - tr(np)"
GIVEN = {"lambda": 2.0, "lambda_": 3.0, "end": 5.0, "np": np.eye(2), "x": np.ones(3)}


def test_python_gets_an_underscore():
    run = fr.compile(FORMULA)
    assert run(**GIVEN) == pytest.approx(6 + 15 - 2)
    assert run(**GIVEN) == pytest.approx(19)  # the second call has a program already
    assert run.names == ("end", "lambda_", "lambda", "np", "x")
    assert pickle.loads(pickle.dumps(run))(**GIVEN) == pytest.approx(19)
    (function,) = [node for node in ast.parse(run.source).body if isinstance(node, ast.FunctionDef)]
    assert [a.arg for a in function.args.kwonlyargs] == ["end", "lambda_", "lambda__", "np_", "x"]


def test_both_names_are_taken():
    run = fr.compile("lambda*tr(X)")
    assert run(lambda_=2.0, X=np.eye(3)) == run(**{"lambda": 2.0, "X": np.eye(3)}) == 6.0
    with pytest.raises(fr.EvaluationError, match=r"lambda takes|lambda_ takes"):
        run(lambda_=np.ones(3), X=np.eye(3))


@pytest.mark.parametrize(
    ("language", "signature"), [("julia", "end_::Real, lambda::Real"), ("matlab", "compute(end_, lambda")]
)
def test_other_languages_keep_other_words(language, signature):
    assert signature in fr.source("lambda*norm2(x)^2 + end", language)


@pytest.mark.parametrize("language", ["jax", "torch"])
def test_every_python_of_code(language):
    ast.parse(fr.source(FORMULA, language))


def test_latex_keeps_the_name():
    assert r"\lambda" in fr.source("lambda*norm2(x)^2", "latex")
