"""The chain rule in any order: the same Jacobian, counted and compared; the best order is the least of all of them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import frechet as fr
from frechet.tracing.derivatives import linearize
from frechet.tracing.order.accumulate import accumulated, can_accumulate
from frechet.tracing.order.association import Association, best_association
from frechet.tracing.order.factors import ChainFactor, chain_of
from tests.tracing.calls import CALLS, METHOD_CALLS, UFUNC_CALLS
from tests.tracing.calls_of_samples import SAMPLE_CALLS, SAMPLE_METHODS

RNG = np.random.default_rng(5)
EVERY = [
    *[(f"{f.__name__}-{k}", *c) for f, calls in {**CALLS, **SAMPLE_CALLS}.items() for k, c in enumerate(calls)],
    *[(n, *c) for n, c in {**METHOD_CALLS, **SAMPLE_METHODS, **UFUNC_CALLS}.items()],
]


def _in_order(kind, first, last):
    """Factors first, ..., last - 1 forward, in reverse, or as matrices."""
    if first == last:
        return Association(first, last, "identity")
    if kind == "push":
        return Association(first, last, "push", right=_in_order("push", first, last - 1))
    if kind == "pull":
        return Association(first, last, "pull", left=_in_order("pull", first + 1, last))
    if last - first == 1:
        return _in_order("push", first, last)
    middle = (first + last) // 2
    return Association(first, last, "product", _in_order(kind, middle, last), _in_order(kind, first, middle))


@pytest.mark.parametrize(("f", "x"), [c[1:] for c in EVERY], ids=[c[0] for c in EVERY])
def test_every_order_gives_the_same_matrix(f, x):
    L = linearize(lambda x: _real(f(x * 1.0)), x)
    chain = chain_of(L.tape, [p for p in L.places if p is not None])
    n = len(chain.factors)
    dx, W = RNG.standard_normal(np.shape(x)), RNG.standard_normal(np.shape(L.value))[()]
    along, back = np.ravel(L(dx)), np.ravel(L.T(W))
    orders = [_in_order(kind, 0, n) for kind in ("push", "pull", "product")]
    matrices = [accumulated(chain, how) for how in orders] if can_accumulate(L.tape) else []  # complex numbers inside
    for J in [*matrices, fr.jacobian(lambda x: _real(f(x * 1.0)))(x).reshape(np.size(W), -1)]:
        assert np.allclose(J @ np.ravel(dx), along, rtol=1e-9, atol=1e-10)
        assert np.allclose(J.T @ np.ravel(W), back, rtol=1e-9, atol=1e-10)


def _real(y):
    return np.stack([np.real(y), np.imag(y)]) if np.iscomplexobj(y) else y


def test_the_jacobian_of_structures_and_of_what_is_unused():
    A = RNG.standard_normal((3, 4))
    J = fr.jacobian(lambda p: np.tanh(p["A"] @ p["x"]) * p["c"])({"A": A, "x": A[0], "c": 2.0, "unused": A})
    slope = 1 - np.tanh(A @ A[0]) ** 2
    assert np.allclose(J["x"], 2 * slope[:, None] * A)
    assert J["A"].shape == (3, 3, 4)
    assert np.allclose(J["A"], 2 * np.einsum("i,ij,k->ijk", slope, np.eye(3), A[0]))
    assert np.allclose(J["c"], np.tanh(A @ A[0]))
    assert not J["unused"].any()
    assert fr.jacobian(lambda x: x)(A).shape == (3, 4, 3, 4)
    assert fr.jacobian(lambda x: np.sin(x))(A.astype(np.float32)).dtype == np.float32


# --- costs --------------------------------------------------------------------------------------------------


def _every_cost(factors, i, j):
    """The cost of every way to multiply factors i, ..., j - 1, by brute force."""
    if i == j:
        return [0]
    sizes = [*[f.cols for f in factors], factors[-1].rows]
    costs = [c + sizes[i] * factors[j - 1].push for c in _every_cost(factors, i, j - 1)]
    costs += [c + sizes[j] * factors[i].pull for c in _every_cost(factors, i + 1, j)]
    for k in range(i + 1, j):
        both = itertools.product(_every_cost(factors, i, k), _every_cost(factors, k, j))
        costs += [a + b + 2 * sizes[i] * sizes[k] * sizes[j] for a, b in both]
    return costs


@pytest.mark.parametrize("seed", range(6))
def test_dynamic_programming_finds_the_least(seed):
    rng = np.random.default_rng(seed)
    sizes = [int(n) for n in rng.integers(1, 40, 6)]
    factors = [
        ChainFactor((), m, n, int(rng.integers(1, 2 * m * n)), int(rng.integers(1, 2 * m * n)))
        for n, m in itertools.pairwise(sizes)
    ]
    assert best_association(factors)[0] == min(_every_cost(factors, 0, len(factors)))


A0, B0, x0 = RNG.standard_normal((4, 50)), RNG.standard_normal((60, 4)), RNG.standard_normal(50)


def test_a_narrow_waist_is_neither_forward_nor_reverse():
    o = fr.order(lambda x: np.tanh(B0 @ np.sin(A0 @ x)), x0)
    assert [(f.rows, f.cols) for f in o.factors] == [(4, 50), (60, 4)]
    assert o.forward == 50 * sum(f.push for f in o.factors)
    assert o.reverse == 60 * sum(f.pull for f in o.factors)
    assert o.best == 4 * o.factors[0].pull + 4 * o.factors[1].push + 2 * 60 * 4 * 50
    assert o.mode == "mixed"
    assert str(o.association) == "J2 × J1"
    assert "forward           53,100 operations: 50 directions" in str(o)
    slope = 1 - np.tanh(B0 @ np.sin(A0 @ x0)) ** 2
    assert np.allclose(o.jacobian(), slope[:, None] * (B0 * np.cos(A0 @ x0)) @ A0)


def test_a_loss_is_reverse_and_a_curve_is_forward():
    loss = fr.order(lambda x: np.sum(np.sin(A0 @ x) ** 2), x0)
    assert (loss.mode, loss.best) == ("reverse", loss.reverse)
    assert loss.forward > 20 * loss.reverse
    curve = fr.order(lambda t: np.sin(A0 @ (t * x0)), 1.0)
    assert (curve.mode, curve.best) == ("forward", curve.forward)


def test_formulas_have_an_order():
    o = fr.order("B*sin(A*x)", wrt="x", A=A0, B=B0, x=x0)
    assert [(f.rows, f.cols) for f in o.factors] == [(4, 50), (60, 4)]
    assert o.mode == "mixed"
    assert np.allclose(o.jacobian(), (B0 * np.cos(A0 @ x0)) @ A0)
    assert fr.order("logdet(X'*X + eye(n))", A0.T).mode == "reverse"


def test_powers_and_polygammas_have_an_order():
    S = A0 @ A0.T
    assert np.allclose(fr.order("tr(X^3)", S).jacobian(), (3 * S @ S).T.reshape(1, -1))
    assert np.allclose(fr.order("tr(X^-2)", S).jacobian() @ S.T.reshape(-1), -2 * np.trace(np.linalg.inv(S @ S)))


def test_what_has_no_order_is_refused():
    with pytest.raises(fr.FrechetError, match="B has no numbers"):
        fr.order("B*x", wrt="x", x=x0)
    with pytest.raises(fr.FrechetError, match="does not depend"):
        fr.order(lambda x: np.sum(np.sign(x)), x0)
    e = fr.parse("A*b", x="vector(n)")
    with pytest.raises(fr.FrechetError, match="the value of A\\*b does not depend"):
        fr.order(e, wrt=fr.vector("x", "p"), A=A0, b=x0)
    with pytest.raises(fr.FrechetError, match="complex"):
        fr.order(lambda x: np.abs(np.fft.fft(x)), x0).jacobian()
