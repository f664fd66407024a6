"""Bad input: a named error with the reason and the condition estimate, never a silent wrong answer."""

from __future__ import annotations

import numpy as np
import pytest

from frechet.errors import (
    ConvergenceError,
    EvaluationError,
    FrechetError,
    LimitError,
    ShapeError,
    SingularOperatorError,
)
from frechet.operators import (
    Skew,
    Symmetric,
    block,
    fallback,
    from_functions,
    hadamard,
    identity,
    low_rank,
    operator,
    tangent_fixed_rank,
    tangent_orthogonal,
    transposed_two_sided,
    two_sided,
)
from frechet.operators.fallback import KrylovSolver
from tests.operators.draw import Draw
from tests.operators.stands import left_right

I = np.eye
NILPOTENT = np.array([[0.0, 1], [0, 0]])
TURN = np.array([[0.0, 1], [-1, 0]])

SINGULAR = {
    "left factor": (two_sided(np.ones((2, 2)), I(3)), "the left factor is singular"),
    "right factor": (two_sided(I(2), np.ones((3, 3))), "the right factor is singular"),
    "zero in a scaling": (hadamard(np.array([[1.0, 2], [0, 5]])), "the scaling has a zero entry"),
    "touching spectra": (left_right(Draw(1).good(3), -Draw(1).good(3)), "spectra of A and -B touch"),
    "rotation": (left_right(TURN, TURN.T), "spectra of A and -B touch"),
    "stein": (identity(2, 2) - two_sided(I(2) + NILPOTENT, np.diag([1.0, 0])), "singular|vanishes"),
    "cube": (
        two_sided(TURN @ TURN, I(2)) + two_sided(TURN, TURN) + two_sided(I(2), TURN @ TURN) + identity(2, 2),
        "vanishes|zero|singular",
    ),
    "transpose minus itself": (identity(3, 3) + two_sided(I(3), -I(3)), "the operator is zero"),
    "skew part": (identity(2, 2) - transposed_two_sided(I(2), I(2)), "singular"),
    "neither term": (
        two_sided(np.diag([1.0, 0]), Draw(1).good(2)) + transposed_two_sided(Draw(2).good(2), np.diag([0, 1.0])),
        "neither of its two terms has an inverse",
    ),
    "low rank alone": (low_rank([I(2)], [I(2)]), "singular"),
    "capacitance": (identity(2, 2) + low_rank([-I(2) / 2], [I(2)]), "singular"),
    "rank of a product": (two_sided(np.ones((4, 1)), I(2)) @ two_sided(np.ones((1, 4)), I(2)), "rank at most 1"),
    "symmetric": (left_right(np.diag([1.0, -1]), np.diag([1.0, -1])).restrict(Symmetric(2)), "zero entry|touch"),
}


@pytest.mark.parametrize("name", SINGULAR)
def test_singular_operators_are_refused_with_a_condition(name):
    op, message = SINGULAR[name]
    for ask in (lambda: op.solve(np.ones(op.codomain.shape)), op.logdet, lambda: op.T.solve(np.ones(op.domain.shape))):
        with pytest.raises(SingularOperatorError, match=message) as caught:
            ask()
        assert caught.value.condition > 1e14
        assert "condition number about" in str(caught.value)
    assert op.cond() == np.inf or op.cond() > 1e14
    assert "not possible" in op.explain()


def test_a_singular_operator_still_applies_and_has_eigenvalues():
    op, _ = SINGULAR["rotation"]
    assert np.abs(op.eigvals()).min() < 1e-12
    assert np.array_equal(op(I(2)), TURN + TURN.T)


@pytest.mark.parametrize("gap", [1e-4, 1e-8, 1e-12])
def test_nearly_touching_spectra_are_solved_or_refused_never_wrong(gap):
    d = Draw(2)
    V = d.good(6)
    M = V @ np.diag([1.0, 2, 3, 4, 5, 6]) @ np.linalg.inv(V)
    op = left_right(M, -np.diag([1.0 + gap, 8, 9, 10, 11, 12]))
    X = d(6)
    assert op.solver.condition > 1 / gap
    R = op(X)
    assert np.linalg.norm(op(op.solve(R)) - R) < 1e-9 * (np.linalg.norm(R) + 20 * np.linalg.norm(op.solve(R)))


def test_a_right_hand_side_outside_the_codomain():
    op = left_right(I(2), I(2)).restrict(Symmetric(2))
    with pytest.raises(EvaluationError, match=r"right-hand side is not in symmetric\(2\): its distance .* project it"):
        op.solve(np.array([[0.0, 1], [0, 0]]))
    with pytest.raises(EvaluationError, match="the argument is not in symmetric"):
        op(np.array([[0.0, 1], [0, 0]]))


SHAPES = {
    "application": (lambda: identity(2, 3)(np.ones((3, 2))), "the argument must be 2×3, it has shape"),
    "right-hand side": (lambda: identity(2, 3).solve(np.ones(6)), "the right-hand side must be 2×3"),
    "sum": (lambda: identity(2, 3) + identity(3, 2), "their spaces differ"),
    "composition": (lambda: identity(2, 3) @ identity(3, 2), r"maps into matrix\(3,2\)"),
    "solve": (lambda: two_sided(np.ones((2, 3)), I(2)).solve(np.ones((2, 2))), "lstsq gives least squares"),
    "logdet": (lambda: two_sided(np.ones((2, 3)), I(2)).logdet(), "no determinant"),
    "slogdet": (lambda: two_sided(np.ones((2, 3)), I(2)).slogdet(), "no determinant"),
    "trace": (lambda: two_sided(np.ones((2, 3)), I(2)).trace(), "has no trace"),
    "eigvals": (lambda: two_sided(np.ones((2, 3)), I(2)).eigvals(), "has no eigenvalues"),
    "factor": (lambda: two_sided(np.ones(3), I(2)), "A must be a matrix"),
    "low rank": (lambda: low_rank([I(2)], []), "as many U as V"),
    "block rows": (lambda: block([[identity(2, 2)], [identity(2, 2), None]]), "must have one length"),
    "block shapes": (lambda: block([[identity(2, 2), identity(3, 3)]]), "has 2×2 and 3×3"),
    "block zero": (lambda: block([[identity(2, 2), None]]), "no part at all"),
    "block argument": (lambda: block([[identity(2, 2), identity(2, 2)]])(I(2)), "a tuple of 2 matrices"),
    "block tensor": (lambda: block([[identity(2, 2)]]).tensor(), "no single tensor"),
    "spaces": (lambda: identity(2, 2).restrict(Skew(3)), "the spaces are"),
    "orthogonal": (lambda: tangent_orthogonal(np.eye(3)[:, :2]), "must be square"),
    "fixed rank": (lambda: tangent_fixed_rank(I(3)[:, :2], I(3)[:, :1]), "as many as the rank"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_that_do_not_fit(name):
    call, message = SHAPES[name]
    with pytest.raises(ShapeError, match=message):
        call()


VALUES = {
    "text": (lambda: two_sided(np.array([["a"]]), I(1)), "A must hold numbers"),
    "complex on a subspace": (
        lambda: two_sided(1j * I(2), I(2)).restrict(Symmetric(2), Symmetric(2)),
        r"a complex operator acts on all matrices, not on symmetric\(2\)",
    ),
    "not finite": (lambda: identity(2, 2).solve(np.full((2, 2), np.nan)), "not finite"),
    "not orthonormal": (lambda: tangent_orthogonal(2 * I(2)), "the columns of Q are not orthonormal"),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_that_do_not_fit(name):
    call, message = VALUES[name]
    with pytest.raises(EvaluationError, match=message):
        call()


def test_unknown_option():
    with pytest.raises(ValueError, match='"structure" and "lanczos"'):
        identity(2, 2).logdet(method="magic")


def test_dense_arrays_are_bounded(monkeypatch):
    monkeypatch.setattr(operator, "_ENTRIES", 50)
    for ask in (identity(3, 3).to_dense, identity(3, 3).tensor):
        with pytest.raises(LimitError, match="over the limit"):
            ask()


def test_krylov_that_does_not_converge_says_how_far_it_came(monkeypatch):
    monkeypatch.setattr(fallback, "_RESTARTS", 1)
    monkeypatch.setattr(fallback, "_STEPS", 3)
    d = Draw(9)
    J = np.diag(np.linspace(1, 1e6, 20))
    op = from_functions(lambda X: J @ X, lambda W: J.T @ W, (20, 1), (20, 1))
    with pytest.raises(ConvergenceError, match=r"GMRES.* stopped after .*residual") as caught:
        KrylovSolver(op._problem, None).solve(d(20, 1))
    assert caught.value.residual > 1e-8


def test_determinant_without_structure_over_the_dense_limit(monkeypatch):
    monkeypatch.setattr(fallback, "DENSE_LIMIT", 3)
    J = Draw(10).spd(6)
    op = from_functions(lambda X: J @ X, lambda W: J.T @ W, (6, 1), (6, 1))
    with pytest.raises(LimitError, match='logdet\\(method="lanczos"\\) estimates it'):
        op.logdet()
    assert abs(op.logdet(method="lanczos", samples=200) - np.linalg.slogdet(J)[1]) < 0.5
    with pytest.raises(EvaluationError, match="at least 2 samples"):
        op.logdet(method="lanczos", samples=1)


def test_lanczos_is_exact_for_a_multiple_of_the_identity():
    assert np.isclose((3 * identity(4, 5)).logdet(method="lanczos"), 20 * np.log(3))


def test_arrays_are_copied_and_never_modified():
    A, R = Draw(11).stable(4), Draw(12)(4)
    kept, right = A.copy(), R.copy()
    op = left_right(A, A.T)
    op.solve(R)
    op.logdet()
    assert np.array_equal(A, kept)
    assert np.array_equal(R, right)
    A[:] = 0
    assert np.allclose(op(I(4)), kept + kept.T)


def test_every_error_is_a_frechet_error():
    for error in (ConvergenceError("x"), SingularOperatorError("x"), LimitError("x"), ShapeError("x")):
        assert isinstance(error, FrechetError)
