"""Tests of the tests: each law raises AssertionError for an operation that breaks it, and only then."""

from __future__ import annotations

import numpy as np
import pytest

from frechet.expr.node import Operation, operations
from frechet.expr.signature import Signature
from frechet.expr.structure import mul, ones, scale, zeros
from frechet.rules.inverse import inv
from tests.rules import laws
from tests.rules.differences import central, complex_step
from tests.rules.instances import OPERATIONS, instances, instances_of, unsampled

LAWS = {law.__name__: law for law in laws.PER_POINT + laws.PER_ARGUMENT}


def _declared(name: str, signature: str = "n n -> n n", **facts) -> Operation:
    """An operation outside the table, with its own sampler."""
    facts.setdefault("sample", lambda rng: (rng.standard_normal((3, 3)) + 3 * np.eye(3),))
    return Operation(name, Signature(signature), **facts)


def _broken(op: Operation) -> set[str]:
    """The names of the laws that an operation breaks at its first point."""
    point = instances_of(op)[0]
    found = set()
    for name, law in LAWS.items():
        try:
            law(point) if law in laws.PER_POINT else law(point, 0)
        except AssertionError:
            found.add(name)
    return found


# --- comparisons ----------------------------------------------------------------------------------


def test_close_fails():
    laws.close(np.ones((2, 2)), np.ones((2, 2)) + 1e-12, "equal")
    for wrong in (np.ones((2, 2)) * 1.001, np.ones((2, 1)), np.full((2, 2), np.nan), np.full((2, 2), np.inf)):
        with pytest.raises(AssertionError):
            laws.close(wrong, np.ones((2, 2)), "different")
    with pytest.raises(AssertionError):
        laws.close(np.ones((2, 2)), np.full((2, 2), np.nan), "nan")


def test_agrees_fails():
    one, error = np.ones((2, 2)), np.full((2, 2), 1e-12)
    laws.agrees(one, (one, error), 1.0, "equal")
    for wrong in (one * 1.001, np.ones((1, 2)), np.full((2, 2), np.nan)):
        with pytest.raises(AssertionError):
            laws.agrees(wrong, (one, error), 1.0, "different")
    for unsure in (1e-3, np.nan):
        with pytest.raises(AssertionError, match="do not converge"):
            laws.agrees(one, (one, np.full((2, 2), unsure)), 1.0, "an estimate that is not sharp")


def test_differences_know_their_error():
    path = lambda t: np.array([[np.sin(1 + t), np.exp(t), (1 + t) ** 5]])
    value, error = central(path)
    expected = np.array([[np.cos(1), 1.0, 5.0]])
    assert np.all(np.abs(value - expected) <= 10 * error + 1e-13)
    assert error.max() < 1e-10
    np.testing.assert_allclose(complex_step(path), expected, rtol=1e-14)


def test_differences_admit_that_a_jump_has_no_derivative():
    _, error = central(lambda t: np.array([[float(t > 0)]]))
    assert error.min() > 0.1


def test_differences_need_two_levels():
    with pytest.raises(ValueError, match="two levels"):
        central(lambda t: np.array([[t]]), levels=1)


# --- faults of a nonlinear operation --------------------------------------------------------------------


def _inverse(name: str, differential, **facts) -> Operation:
    return _declared(name, value=np.linalg.inv, differentials={0: differential}, **facts)


def test_a_right_operation_breaks_no_law():
    op = _inverse("right", lambda A, dA: -mul(inv(A), dA, inv(A)), transposed="commutes")
    assert _broken(op) == set()


def test_a_wrong_sign_is_seen():
    op = _inverse("wrong_sign", lambda A, dA: mul(inv(A), dA, inv(A)))
    assert {"first_order", "complex_step_agrees"} <= _broken(op)


def test_a_frozen_rule_is_seen_by_the_second_order_alone():
    """A rule whose formula does not move with A passes everything else: first order, linearity, symmetry."""
    frozen = _inverse("frozen", lambda A, dA: zeros(*A.shape))
    op = _inverse("on_frozen", lambda A, dA: -mul(frozen(A), dA, frozen(A)))
    assert _broken(op) == {"second_order"}


def test_a_rule_that_is_not_linear_is_seen():
    op = _inverse("not_linear", lambda A, dA: -mul(inv(A), dA * dA, inv(A)))
    assert "linearity" in _broken(op)


def test_an_unsymmetric_second_derivative_is_seen():
    skewed = _inverse("skewed", lambda A, dA: -mul(inv(A), inv(A), dA))
    op = _inverse("on_skewed", lambda A, dA: -mul(skewed(A), dA, skewed(A)))
    assert "symmetry" in _broken(op)


def test_a_wrong_shape_is_seen():
    op = _declared("wide", "m n -> n m", value=lambda A: A, differentials={0: lambda A, dA: dA})
    op.sample = lambda rng: (rng.standard_normal((2, 3)),)
    assert "shape" in _broken(op)


def test_a_false_law_of_transposition_is_seen():
    commutes = _inverse("false_invariant", lambda A, dA: -mul(inv(A), dA, inv(A)), transposed="invariant")
    assert "transposition" in _broken(commutes)


def test_a_false_fold_is_seen():
    op = _declared("false_fold", value=lambda A: 2 * A, fold=lambda args, params: args[0])
    assert "value" in _broken(op)


# --- faults of a linear operation -----------------------------------------------------------------------


def _doubling(name: str, adjoint, matrix, value=lambda A: 2 * A) -> Operation:
    return _declared(name, value=value, adjoints={0: adjoint}, matrices={0: matrix})


def _double_matrix(A):
    from frechet.expr.structure import eye

    return 2 * eye(A.rows * A.cols)


def test_a_right_linear_operation_breaks_no_law():
    assert _broken(_doubling("doubling", lambda W, A: 2 * W, _double_matrix)) == set()


def test_a_transposed_adjoint_is_seen():
    assert _broken(_doubling("transposed_adjoint", lambda W, A: 2 * W.T, _double_matrix)) == {"adjoint"}


def test_a_wrong_matrix_is_seen():
    wrong = lambda A: scale(3, ones(A.rows * A.cols, A.rows * A.cols))
    assert _broken(_doubling("wrong_matrix", lambda W, A: 2 * W, wrong)) == {"matrix"}


def test_a_nonlinear_kernel_in_a_linear_operation_is_seen():
    broken = _broken(_doubling("square", lambda W, A: 2 * W, _double_matrix, value=lambda A: A * A))
    assert {"first_order", "linearity", "adjoint", "matrix"} <= broken


# --- the enumeration ------------------------------------------------------------------------------


def test_an_operation_without_sampler_fails():
    op = _declared("unsampled", value=lambda A: A, sample=None)
    assert unsampled([op]) == ["unsampled"]
    with pytest.raises(AssertionError, match="unsampled has no sampler"):
        instances_of(op)
    with pytest.raises(AssertionError):
        laws.check_row(op)


def test_registering_for_an_unknown_operation_fails():
    with pytest.raises(ValueError, match="no operation is called tracee"):
        instances("tracee")


def test_operations_without_complex_step_have_a_reason():
    """Every operation listed as not holomorphic is in the table, and its kernel really is not."""
    names = {op.name for op in OPERATIONS}
    assert names >= laws.NOT_HOLOMORPHIC
    for name in laws.NOT_HOLOMORPHIC:
        assert not _is_holomorphic(operations[name]), f"{name}: the complex step works, take it off the list"


def _is_holomorphic(op: Operation) -> bool:
    """Whether the kernel takes complex arrays and a step i*h gives i times what a step h gives."""
    point = instances_of(op)[0]
    D = np.random.default_rng(5).uniform(0.2, 1.0, point.arrays[0].shape)
    h = 1e-6
    try:
        real = point.kernel({0: point.arrays[0] + h * D}) - point.kernel({0: point.arrays[0] - h * D})
        turned = point.kernel({0: point.arrays[0] + 1j * h * D}) - point.kernel({0: point.arrays[0] - 1j * h * D})
    except TypeError:
        return False
    return bool(np.abs(turned - 1j * real).max() < 1e-3 * np.abs(real).max())
