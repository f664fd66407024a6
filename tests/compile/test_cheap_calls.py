"""What people pass to compiled functions costs no more than arrays of float64, and no inverse is made where a solve serves.

Counted, not timed: the sizes, kinds and properties of the arguments are worked out in the first call alone.
"""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from frechet.compile.compiled import Compiled
from frechet.compile.lowering import lower
from frechet.compile.values import Value
from frechet.expr.node import Expr

A = np.array([[2.0, 0.5], [0.5, 1.0]])
GIVEN = {
    "a number": {"c": 2.5, "x": np.array([1.0, 2.0])},
    "a whole number": {"c": 2, "x": np.array([1.0, 2.0])},
    "a list": {"c": 2.5, "x": [1.0, 2.0]},
    "a list of whole numbers": {"c": np.float64(2), "x": [1, 2]},
    "an array of whole numbers": {"c": np.array(2.5), "x": np.array([1, 2])},
    "float32": {"c": 2.5, "x": np.array([1.0, 2.0], np.float32)},
}


@pytest.fixture
def counted(monkeypatch):
    """How often arguments were converted and a program was looked for."""
    calls = []
    for name in ("_converted", "_runner"):
        method = getattr(Compiled, name)
        monkeypatch.setattr(
            Compiled, name, lambda self, *args, name=name, method=method: (calls.append(name), method(self, *args))[1]
        )
    return calls


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_only_the_first_call_works_out_what_it_is_given(counted, given):
    f = fr.compile("c*x'*A*x")
    exact = float(given["c"]) * np.dot(given["x"], A @ np.asarray(given["x"]))
    for _ in range(3):
        assert f(A=A, **given) == pytest.approx(exact, rel=1e-6)
    assert counted.count("_runner") == 1
    assert counted.count("_converted") == 1


def test_arguments_of_another_kind_are_still_refused():
    f = fr.compile("c*sum(x)")
    assert f(c=2.0, x=[1.0, 2.0]) == 6.0
    for wrong in ({"x": [1.0, "a"]}, {"x": [[1.0], [2.0, 3.0]]}, {"x": None}, {"x": [1.0], "z": 1.0}):
        with pytest.raises(fr.EvaluationError):
            f(**({"c": 2.0} | wrong))
    assert f(c=True, x=np.array([1.0, 2.0])) == 3.0


# --- no inverse where a solve serves ------------------------------------------------------------------------

_n = 400
M, P, B, y, p = (
    fr.matrix("M", "n", "n"), fr.matrix("P", "n", "n", spd=True), fr.matrix("B", "n", "k"), fr.vector("y", "n"),
    fr.vector("p", "n"),
)  # fmt: skip


def _random_formula(rng: np.random.Generator) -> Expr:
    """Products of inverses of sums with thin matrices, in sums."""
    inverses = [fr.inv(M + p @ p.T), fr.inv(M), fr.inv(P), fr.inv(P + p @ p.T), fr.inv(M @ P)]
    thin = [y, p, B, M @ y]

    def square() -> Expr:
        found = inverses[rng.integers(len(inverses))]
        found = found.T if rng.random() < 0.4 else found
        kind = rng.integers(5)
        if kind == 0:
            return found @ M
        if kind == 1:
            return 2 * found - 3 * fr.eye("n")
        if kind == 2:
            return found + M
        return found

    right = thin[rng.integers(len(thin))]
    for _ in range(rng.integers(1, 4)):
        right = square() @ right
    return right if rng.random() < 0.5 else fr.sum(right * right)


LINEAR = {"T", "add", "sub", "mul", "add_diagonal"}
"""What is done with an inverse in sums and multiples: the solve does it to the thin matrix instead."""


def _needless(v: Value, order: tuple[Value, ...], numbers: dict[str, int]) -> bool:
    """Whether all that is done with an inverse, in sums and multiples too, are products with matrices of fewer columns."""
    uses = [u for u in order if v in u.args]
    if not uses:
        return False
    for u in uses:
        if u.kernel in LINEAR and len(u.shape) == 2:
            if not _needless(u, order, numbers):
                return False
            continue
        others = [[s.value(numbers) for s in a.shape] for a in u.args if a is not v]
        if u.kernel not in ("mv", "vm", "mm") or any(len(shape) == 2 and min(shape) >= _n for shape in others):
            return False
    return True


@pytest.mark.parametrize("seed", range(12))
def test_no_inverse_where_a_solve_serves(seed):
    rng, numbers = np.random.default_rng(seed), {"n": _n, "k": 3}
    f = _random_formula(rng)
    forms = [f, fr.derivative(f, p).gradient] if f.is_scalar else [f]
    for e in forms:
        order = lower([e], numbers).order
        assert not [v for v in order if v.kernel.endswith("_inverse") and _needless(v, order, numbers)], str(e)


def test_the_gradient_by_a_rank_one_update_takes_one_factorization_and_two_solves():
    f = fr.parse("norm2(inv(A+p*p')*y)^2", A="matrix(n)")
    kernels = [v.kernel for v in lower([fr.derivative(f, "p").gradient], {"n": 1000}).order]
    assert kernels.count("lu") == 1
    assert kernels.count("lu_solve") == 2
    assert not [k for k in kernels if k.endswith("_inverse")]
