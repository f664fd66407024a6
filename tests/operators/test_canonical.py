"""Recognition: composed maps as short lists of terms."""

from __future__ import annotations

import numpy as np

from frechet.operators import (
    Symmetric,
    diagonal_part,
    hadamard,
    identity,
    low_rank,
    projection,
    to_diagonal,
    transposed_two_sided,
    two_sided,
)
from frechet.operators.factors import Dense, Diagonal, Inverse, Inverted, Scalar, Thin, as_factor
from frechet.operators.products import product, ratio, total
from tests.operators.draw import Draw
from tests.operators.stands import left_right

d = Draw(0)
A, B, C, D = (d(4) for _ in range(4))
I = np.eye(4)


def counts(op):
    f = op.form
    return len(f.plain), len(f.flipped), f.scale is not None, 0 if f.thin is None else len(f.thin.U), len(f.rest)


def test_like_terms_merge():
    assert counts(two_sided(A, I) + two_sided(I, B) + 3 * identity(4, 4)) == (2, 0, False, 0, 0)
    assert counts(two_sided(A, B) + two_sided(A, C)) == (1, 0, False, 0, 0)
    assert counts(two_sided(A, B) + two_sided(C, 2 * B)) == (1, 0, False, 0, 0)
    assert counts(two_sided(A, B) - two_sided(2 * A, B / 2)) == (0, 0, False, 0, 0)
    assert counts(transposed_two_sided(A, B) + transposed_two_sided(A, C)) == (0, 1, False, 0, 0)


def test_merging_goes_on_until_nothing_is_alike():
    op = two_sided(A, B) + two_sided(C, D) + two_sided(A, D) + two_sided(C, B)  # (A + C) X (B + D)
    assert counts(op) == (1, 0, False, 0, 0)
    X = d(4)
    assert np.allclose(op(X), (A + C) @ X @ (B + D))


def test_two_sided_products_are_closed_under_composition():
    plain, flip = two_sided(A, B), transposed_two_sided(C, D)
    for outer in (plain, flip):
        for inner in (plain, flip):
            op, X = outer @ inner, d(4)
            assert counts(op)[2:] == (False, 0, 0)
            assert sum(counts(op)[:2]) == 1
            assert np.allclose(op(X), outer(inner(X)))


def test_projections_onto_symmetric_matrices_are_terms():
    assert counts(projection(Symmetric(4))) == (1, 1, False, 0, 0)
    assert counts(projection(Symmetric(4)) @ projection(Symmetric(4))) == (1, 1, False, 0, 0)


def test_scalings_of_rank_one_are_diagonal_factors():
    u, v = d.positive(4, 1), d.positive(1, 4)
    op = hadamard(u @ v)
    assert counts(op) == (1, 0, False, 0, 0)
    assert all(isinstance(F, Diagonal) for F in op.form.plain[0])
    assert counts(hadamard(np.ones((4, 4)))) == (1, 0, False, 0, 0)
    assert counts(hadamard(d.positive(4, 4))) == (0, 0, True, 0, 0)


def test_maps_through_few_numbers_are_low_rank():
    assert counts(two_sided(A, B) @ low_rank([A, B], [C, D])) == (0, 0, False, 2, 0)
    assert counts(low_rank([A], [B]) @ two_sided(A, B)) == (0, 0, False, 1, 0)


def test_diagonals_of_products_of_diagonals():
    op = diagonal_part(4) @ two_sided(A, B) @ to_diagonal(4)
    assert counts(op) == (1, 0, False, 0, 0)
    assert np.allclose(op.to_dense(), A * B.T)
    column, row = d(4, 1), d(1, 4)
    assert np.allclose((two_sided(A, column) @ to_diagonal(4)).to_dense(), A * column.T)
    assert np.allclose((diagonal_part(4) @ two_sided(A, row)).to_dense(), row.T * A)
    assert counts(diagonal_part(4) @ two_sided(A, row)) == (1, 0, False, 0, 0)
    assert counts(diagonal_part(4) @ transposed_two_sided(column, B)) == (1, 0, False, 0, 0)


def test_expansion_is_bounded():
    layer = hadamard(d.positive(4, 4)) @ two_sided(A, B) + identity(4, 4)
    deep = layer
    for _ in range(12):
        deep = layer @ deep
    assert sum(counts(deep)) < 200
    X, value = d(4), None
    value = X
    for _ in range(13):
        value = layer(value)
    assert np.allclose(deep(X), value)


def test_factors_keep_the_cheapest_form():
    assert isinstance(as_factor(3 * I), Scalar)
    assert isinstance(as_factor(np.diag([1.0, 2])), Diagonal)
    assert isinstance(as_factor(A), Dense)
    thin = product(Dense(d(9, 2)), Dense(d(2, 9)))
    assert isinstance(thin, Thin)
    assert isinstance(product(thin, Dense(d(9))), Thin)
    assert isinstance(product(Dense(d(9)), thin), Thin)
    assert isinstance(product(thin, thin), Thin)
    assert isinstance(total(thin, thin), Thin)
    for F in (Scalar(2.0, 9), Diagonal(d(9, 1)[:, 0]), thin, Dense(d(9)), Inverted(Inverse(Dense(d.good(9))), -2.0)):
        a, X = F.array(), d(9)
        assert np.allclose(F.left(X), a @ X)
        assert np.allclose(F.right(X), X @ a)
        assert np.allclose(F.T.array(), a.T)
        assert np.allclose(F.T.left(X), a.T @ X)
        assert np.allclose(F.T.right(X), X @ a.T)
        assert np.allclose(F.scaled(3).array(), 3 * a)
        assert np.isclose(F.trace, np.trace(a))
        assert F.norm >= np.linalg.norm(a, 2) * (1 - 1e-12)
        assert F.rank >= np.linalg.matrix_rank(a)
        assert np.isclose(ratio(F, F.scaled(-0.5)), -0.5)
        assert ratio(F, Dense(d(9))) is None


def test_inverse_of_every_form():
    for F in (
        Scalar(2.0, 5),
        Diagonal(d.positive(5, 1)[:, 0]),
        Dense(d.good(5)),
        Dense(np.tril(d.good(5)) + 2 * np.eye(5)),
    ):
        for G in (F, Inverted(Inverse(F), 3.0), Inverted(Inverse(F), 3.0, turned=True)):
            a, X, inverse = G.array(), d(5), Inverse(G)
            assert np.allclose(inverse.left(X), np.linalg.solve(a, X))
            assert np.allclose(inverse.left(X, transposed=True), np.linalg.solve(a.T, X))
            assert np.allclose(inverse.right(X), X @ np.linalg.inv(a))
            assert np.allclose(inverse.factor().array(), np.linalg.inv(a))
            assert np.isclose(inverse.logdet, np.linalg.slogdet(a)[1])


def test_explain_shows_terms_pattern_and_residual():
    op = left_right(d.stable(4), d.stable(4)) + transposed_two_sided(0 * I, I)
    op.solve(d(4))
    text = op.explain()
    for part in ("matrix(4,4) → matrix(4,4)", "(4×4) X I", "pattern: sylvester", "Bartels", "backward error"):
        assert part in text
    mixed = hadamard(d.positive(4, 4)) + low_rank([A], [B]) + transposed_two_sided(np.diag([1.0, 2, 3, 4]), I)
    for part in ("H .* X", "sum of 1 terms", "(diagonal 4×4) X' I"):
        assert part in mixed.explain()
