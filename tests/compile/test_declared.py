"""What is declared of a symbol is true of its array, or the call is refused: formulas are simplified by it."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
import torch

import frechet as fr

R = np.random.default_rng(0).standard_normal((5, 5))
Q = np.linalg.qr(R)[0]
GOOD = {
    "symmetric": R + R.T,
    "skew": R - R.T,
    "psd": R[:, :3] @ R[:, :3].T,
    "spd": R @ R.T + np.eye(5),
    "diagonal": np.diag([1.0, 2.0, -3.0, 4.0, 5.0]),
    "lower": np.tril(R),
    "upper": np.triu(R),
    "orthogonal": Q,
    "invertible": R,
    "positive": np.abs(R),
    "unit": R[0] / np.linalg.norm(R[0]),
}
BAD = {
    "symmetric": R,
    "skew": R,
    "psd": R + R.T,
    "spd": R + R.T,
    "diagonal": R,
    "lower": R,
    "upper": R,
    "orthogonal": 2 * Q,
    "invertible": np.outer(R[0], R[1]),
    "positive": R,
    "unit": 2 * GOOD["unit"],
}
ARRAYS = {"numpy": np.array, "jax": jnp.array, "torch": torch.tensor}


def _function(name: str, target: str):
    """A formula in which nothing but the declaration could notice."""
    shape = ("n", 1) if name == "unit" else ("n", "n")
    A, B = fr.matrix("A", *shape, **{name: True}), fr.matrix("B", *shape)
    return (A + B).compile(target)


def _other(name: str) -> np.ndarray:
    return R[0] if name == "unit" else R


@pytest.mark.parametrize("target", ARRAYS)
@pytest.mark.parametrize("name", GOOD)
def test_every_declared_property_is_checked(name, target):
    g, B = _function(name, target), ARRAYS[target](_other(name))
    assert np.allclose(np.asarray(g(A=ARRAYS[target](GOOD[name]), B=B)), GOOD[name] + _other(name))
    with pytest.raises(fr.EvaluationError, match=f"A is declared {name}"):
        g(A=ARRAYS[target](BAD[name]), B=B)


@pytest.mark.parametrize("name", GOOD)
def test_what_is_written_into_an_array_later_is_found(name):
    g, A = _function(name, "numpy"), GOOD[name].copy()
    for _ in range(3):
        g(A=A, B=_other(name))
    A[...] = BAD[name]
    found = []
    for _ in range(len(A)):
        try:
            g(A=A, B=_other(name))
        except fr.EvaluationError as error:
            found.append(str(error))
    assert found
    assert "A is declared" in found[0]


@pytest.mark.parametrize(("text", "reason"), [("positive", "is -1"), ("positive", "is 0")])
def test_a_number(text, reason):
    c = fr.scalar("c", positive=True)
    g = (fr.sqrt(c**2) + 1).compile()
    assert g(c=2.0) == 3.0
    with pytest.raises(fr.EvaluationError, match=f"c is declared positive, and {reason}"):
        g(c=float(reason[3:]))


def test_an_inverse_that_is_only_a_transpose():
    f = fr.parse("inv(Q)*x", Q="orthogonal(n)", x="vector(n)")
    assert str(fr.simplify(f)) == "Q'*x"
    for g in (f.compile(), fr.simplify(f).compile()):
        with pytest.raises(fr.EvaluationError, match="Q is declared orthogonal, and its array is not"):
            g(Q=np.diag([2.0, 3.0]), x=np.ones(2))


@pytest.mark.parametrize(
    "text",
    [
        "vec(X')",
        "vec(X)",
        "X'",
        "X",
        "X[1,:]",
        "X[:,1]",
        "diag(X)",
        "vec(X)[1:2]",
        "diag(diag(X))",
        "X'+0*X",
        "exp(vec(X'))",
    ],
)
@pytest.mark.parametrize("n", [3, 150])
def test_a_result_is_no_view_of_the_input_and_leaves_it_alone(text, n):
    X = np.random.default_rng(0).standard_normal((n, n))
    kept = X.copy()
    for order in ("C", "F"):
        given = np.array(X, order=order)
        result = fr.parse(text, X="matrix(n,n)").compile()(X=given)
        assert np.array_equal(given, kept)
        assert not np.may_share_memory(result, given)
        assert result.flags.writeable
