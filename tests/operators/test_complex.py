"""Complex operators: the patterns with complex coefficients against the dense matrix, and the Hermitian adjoint."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import frechet as fr
from frechet.operators import (
    LinearOperator,
    block,
    fallback,
    from_functions,
    hadamard,
    identity,
    low_rank,
    transposed_two_sided,
    two_sided,
)
from frechet.operators.parts import Solved
from tests.operators.draw import Draw
from tests.operators.stands import left_right, sum_of

I = np.eye


class ComplexDraw(Draw):
    """The draws of `Draw` with complex entries."""

    def __call__(self, m, n=None):
        shape = (m, m if n is None else n)
        return (self.rng.standard_normal(shape) + 1j * self.rng.standard_normal(shape)) / np.sqrt(2)

    def positive(self, m, n):
        return self.rng.uniform(1, 2, (m, n)) * np.exp(1j * self.rng.uniform(0, 1, (m, n)))

    def interlacing(self, n, start):
        V = self.good(n)
        return V @ np.diag((-1.0) ** np.arange(n) * (start + np.arange(n)) + 0.1j) @ np.linalg.inv(V)


def sylvester_inverse(d, n):
    op = left_right(d.stable(n), d.stable(n + 1))
    return LinearOperator(Solved(op.form, op.solver.solve))


def black_box(d, n):
    J = d.good(2 * n)
    shape = (2, n)
    return from_functions(
        lambda X: (J @ X.ravel()).reshape(shape),
        lambda W: (J.T @ W.ravel()).reshape(shape),
        shape,
        shape,
        is_complex=True,
    )


def commuting(d, n):
    X = I(n) + d.small(n)
    return two_sided(X @ X, I(n)) + two_sided(X, X) + two_sided(I(n), X @ X)


SHOP = {
    "kronecker": ("kronecker", lambda d, n: two_sided(d.good(n), d.good(n + 1))),
    "real and imaginary": ("kronecker", lambda d, n: 1j * two_sided(np.real(d.good(n)) + 2 * I(n), I(n))),
    "triangular factors": ("kronecker", lambda d, n: two_sided(np.tril(d.small(n)) + I(n), np.triu(d.small(n)) + I(n))),
    "transposition": ("kronecker", lambda d, n: transposed_two_sided(d.good(n + 1), d.good(n))),
    "scaling": ("scaling", lambda d, n: hadamard(d.positive(n, n + 1))),
    "close spectra": ("sylvester", lambda d, n: left_right(I(n) + d.small(n), 2j * I(n + 1) + 2 * I(n + 1) + d.small(n + 1))),
    "interlacing spectra": ("sylvester", lambda d, n: left_right(d.interlacing(n + 1, 1.0), d.interlacing(n, 1.5))),
    "transposed pair": ("sylvester", lambda d, n: (lambda M: left_right(M, M.T))(d.interlacing(n + 1, 1.0))),
    "square": ("sylvester", lambda d, n: (lambda M: left_right(M, M))(d.stable(n + 1))),
    "generalized": ("sylvester", lambda d, n: two_sided(d.stable(n), d.good(n)) + two_sided(d.good(n) + 3 * I(n), d.good(n))),
    "stein": ("pencils", lambda d, n: identity(n + 1, n + 2) - two_sided(d.singular(n + 1), d.singular(n + 2))),
    "commuting": ("commuting", lambda d, n: commuting(d, n + 2)),
    "transposed": ("transposed", lambda d, n: identity(n + 1, n + 1) + transposed_two_sided(d.small(n + 1), d.small(n + 1, 1))),
    "low rank": ("low rank", lambda d, n: hadamard(9 * n * d.positive(n + 1, n + 2)) + low_rank([d(n + 1, n + 2)], [d(n + 1, n + 2)])),
    "triangular": (
        "triangular",
        lambda d, n: sum_of(two_sided(3 * k * I(n + 1) + np.tril(d.small(n + 1)), I(n + 1) + np.triu(d.small(n + 1))) for k in (1, 2, 3)),
    ),
    "triangular on one side": (
        "triangular",
        lambda d, n: sum_of(two_sided(3 * k * I(n + 1) + d.small(n + 1), I(n + 2) + np.triu(d.small(n + 2), 1)) for k in (1, 2, 3)),
    ),
    "vector": ("low rank", lambda d, n: two_sided(d.good(n + 2), I(1)) + two_sided(d(n + 2, 1), I(1)) @ two_sided(d(1, n + 2), I(1))),
    "inverse": ("inverse", lambda d, n: sylvester_inverse(d, n)),
    "composition": ("composition", lambda d, n: hadamard(d.positive(n + 1, n + 2)) @ left_right(d.stable(n + 1), d.stable(n + 2))),
    "several blocks": (
        "blocks",
        lambda d, n: block(
            [
                [left_right(d.stable(n), d.stable(n)), two_sided(d.small(n, 0.2), I(n))],
                [two_sided(d.small(n, 0.2), I(n)), left_right(d.stable(n), d.stable(n))],
            ]
        ),
    ),
    "blocks": (
        "blocks",
        lambda d, n: block([[left_right(d.stable(n), d.stable(n)), two_sided(d.small(n), I(n))], [None, two_sided(d.good(n), d.good(n))]]),
    ),
    "matrix function": (
        "matrix function",
        lambda d, n: fr.derivative(fr.parse("expm(A)"), "A").at(A=d.small(n + 1) + np.diag(np.arange(n + 1))),
    ),
    "dense": ("dense", lambda d, n: black_box(d, n)),
}  # fmt: skip
shop = pytest.mark.parametrize("name", SHOP)
instances = given(n=st.integers(1, 3), seed=st.integers(0, 2**32 - 1))
few = settings(max_examples=6, deadline=None)


def close(actual, wanted, scale=1.0):
    np.testing.assert_allclose(actual, wanted, rtol=0, atol=1e-9 * max(1.0, scale, np.abs(wanted).max(initial=0.0)))


@shop
@instances
@few
def test_the_laws_of_operators_hold_for_complex_ones(name, n, seed):
    d = ComplexDraw(seed)
    _, make = SHOP[name]
    op = make(d, n)
    assert op.form.is_complex
    random = lambda space: space.embed(d(space.dim, 1)[:, 0])
    X, W = random(op.domain), random(op.codomain)
    dense = op.to_dense()
    condition = np.linalg.cond(dense)
    inner = lambda space, A, B: np.vdot(space.coords(A), space.coords(B))
    close(op.codomain.coords(op(X)), dense @ op.domain.coords(X))
    close(inner(op.codomain, op(X), W), inner(op.domain, X, op.T(W)))
    assert op.T.T is op
    close(op.T.to_dense(), dense.conj().T)
    close(op.domain.coords(op.solve(op(X))), op.domain.coords(X), condition)
    close(op.codomain.coords(op.T.solve(op.T(W))), op.codomain.coords(W), condition)
    fresh = LinearOperator(op.T.form, op.codomain, op.domain)  # with a solver of its own
    close(op.codomain.coords(fresh.solve(op.T(W))), op.codomain.coords(W), condition)
    close(op.logdet(), np.linalg.slogdet(dense)[1])
    close(op.T.logdet(), np.linalg.slogdet(dense)[1])
    close(op.norm(), np.linalg.norm(dense, 2))
    if op.domain == op.codomain:
        close(np.array(op.slogdet()), np.array(np.linalg.slogdet(dense)))
        close(op.trace(), np.trace(dense))
        for power in (1, 2):
            values = np.linalg.eigvals(dense)
            close((op.eigvals() ** power).sum(), (values**power).sum(), 10 * (np.abs(values) ** power).sum())


@shop
def test_the_pattern_that_solves(name):
    pattern, make = SHOP[name]
    op = make(ComplexDraw(3), 3)
    assert op.solver.pattern == pattern, op.explain()


def test_real_operators_take_complex_arguments():
    d = ComplexDraw(4)
    op = left_right(Draw(5).stable(4), Draw(6).stable(3))
    X = d(4, 3)
    assert not op.form.is_complex
    close(op(X), op(X.real) + 1j * op(X.imag))
    close(op.solve(op(X)), X)


def test_krylov_iteration_on_complex_operators(monkeypatch):
    monkeypatch.setattr(fallback, "DENSE_LIMIT", 4)
    d = ComplexDraw(7)
    op = 3 * identity(4, 4) + sum_of(two_sided(d.small(4), d.small(4)) for _ in range(3)) + hadamard(d.positive(4, 4))
    X = d(4)
    close(op.solve(op(X)), X, 10)
    close(op.T.solve(op.T(X)), X, 10)
    assert op.solver.pattern == "krylov"


X, A, B = (fr.matrix(name, "n") for name in "XAB")


@pytest.mark.parametrize(
    ("f", "pattern"),
    [
        (X @ A @ X - B, "sylvester"),
        (fr.inv(X), "kronecker"),
        (A @ X @ B + B @ X @ A, "sylvester"),
        (fr.exp(A @ X @ B / 9), "composition"),
        (fr.expm(X), "matrix function"),
        (fr.matrix_power(X, 3), "commuting"),
    ],
)
def test_holomorphic_functions_at_complex_matrices(f, pattern):
    d = ComplexDraw(8)
    values = {name: d.good(4) + 2 * I(4) for name in "XAB" if name in str(f)}
    op = fr.derivative(f, X).at(values)
    Z, h = d(4), 1e-5
    at = lambda t: fr.expr.evaluate.evaluate(
        f, {s: values[s.name] + (t * Z if s is X else 0) for s in fr.expr.node.symbols(f)}
    )
    np.testing.assert_allclose(op(Z), (at(h) - at(-h)) / (2 * h), rtol=1e-6, atol=1e-7)
    assert op.solver.pattern == pattern
    close(op.solve(op(Z)), Z, op.cond())


def test_newton_finds_a_complex_square_root():
    d = ComplexDraw(9)
    root = 2 * I(5) + d.small(5)
    found = fr.root(X @ X - A, X, 2 * I(5) + 0j, {A: root @ root})
    close(found.X, root)


def test_functions_that_are_not_holomorphic_are_refused():
    d = ComplexDraw(10)
    for f in (fr.norm2(X) ** 2, fr.sum(fr.abs(X))):
        with pytest.raises(fr.EvaluationError, match="it is not holomorphic"):
            fr.derivative(f, X).at(X=d(3))
    f = fr.arccos(X) + fr.sqrt(1 - X * X)  # a point on the cuts
    with pytest.raises(fr.EvaluationError, match="not holomorphic at these complex numbers"):
        fr.derivative(f, X).at(X=np.full((2, 2), 2 + 0j))
    S = fr.matrix("S", "n", symmetric=True)
    with pytest.raises(fr.EvaluationError, match="S is declared symmetric, which has two readings for complex arrays"):
        fr.derivative(S @ S, S).at(S=(lambda M: M + M.T)(d(3)))


def test_two_readings_of_the_transpose_are_refused():
    d = ComplexDraw(11)
    for f in (X.T @ A @ X, fr.tr(X.T @ X), fr.sym(X) @ A):
        values = {s: d.good(3) for s in fr.expr.node.symbols(f)}
        with pytest.raises(fr.EvaluationError, match=r"two readings|not holomorphic"):
            fr.derivative(f, X).at(values)
    with pytest.raises(fr.EvaluationError, match="a minimum is one of real arrays"):
        fr.minimize(fr.sum(X * X), X, d(3))
    with pytest.raises(fr.EvaluationError, match="along real directions at real arrays"):
        fr.derivative(X @ X, X).one_sided(X=d(3), dX=d(3))
