"""Forms in the matrix language: laws of the exterior algebra, and the same forms entry by entry with SymPy."""

import numpy as np
import pytest
import sympy as sp

import frechet as fr
from frechet.errors import DerivativeError, LanguageError, ShapeError
from frechet.forms import FormMatrix, matrix_form

X = {"X": "matrix(n)", "A": "matrix(n)"}
# text, degree
FORMS = {
    "function": ("X*A*X'", 0),
    "determinant": ("det(X)*X", 0),
    "linear": ("dX*A", 1),
    "maurer-cartan": ("inv(X)*dX", 1),
    "right invariant": ("dX*inv(X)", 1),
    "entrywise": ("X.*dX", 1),
    "transposed": ("X*dX'*A + dX", 1),
    "exponential": ("expm(X)*dX", 1),
    "number times": ("tr(A*dX)*X", 1),
    "two": ("dX∧A*dX'", 2),
    "two terms": ("dX*X*dX - dX'*A*dX", 2),
}


def of(name):
    return matrix_form(FORMS[name][0], wrt="X", **X)


@pytest.mark.parametrize("name", FORMS)
def test_degree_and_closure(name):
    w = of(name)
    assert w.degree == FORMS[name][1]
    assert w.shape[0] == w.shape[1]
    assert w.d.degree == w.degree + 1
    assert w.d.d.is_zero()


@pytest.mark.parametrize("a", ["determinant", "maurer-cartan", "entrywise", "two"])
@pytest.mark.parametrize("b", ["function", "linear", "transposed", "two terms"])
def test_products(a, b):
    """d(α∧β) = dα∧β + (-1)^p α∧dβ;  (α∧β)' = (-1)^(pq) β'∧α';  tr(α∧β) = (-1)^(pq) tr(β∧α)."""
    v, w = of(a), of(b)
    sign = (-1) ** (v.degree * w.degree)
    if v.degree + w.degree < 4:
        assert (v ^ w).d.equals((v.d ^ w) + (v ^ w.d) * (-1) ** v.degree)
    assert (v ^ w).T.equals((w.T ^ v.T) * sign)
    assert (v ^ w).trace().equals((w ^ v).trace() * sign)


def test_a_sign_that_is_wrong_is_noticed():
    v, w = of("maurer-cartan"), of("right invariant")
    assert not (v ^ w).d.equals((v.d ^ w) + (v ^ w.d))
    assert not (v ^ w).T.equals(w.T ^ v.T)


@pytest.mark.parametrize("text", ["inv(X)*dX", "dX*X", "X'*dX", "tr(X*dX)*X + dX'", "dX∧X∧dX", "dX∧dX'", "X.*dX"])
def test_entry_by_entry(text):
    """The form and its d on random tangents, against forms on a chart of the four entries."""
    names = [f"x{i}{j}" for i in range(2) for j in range(2)]
    R4 = fr.chart(names)
    M = sp.Matrix(2, 2, R4.coords)
    dM = FormMatrix(R4, [[R4.d[0], R4.d[1]], [R4.d[2], R4.d[3]]])
    trace = R4.form(0, degree=1)
    for i in range(2):
        for j in range(2):
            trace = trace + M[i, j] * dM[j, i]
    entrywise = FormMatrix(R4, [[M[i, j] * dM[i, j] for j in range(2)] for i in range(2)])
    expected = {
        "inv(X)*dX": lambda: M.inv() * dM,
        "dX*X": lambda: dM * M,
        "X'*dX": lambda: M.T * dM,
        "tr(X*dX)*X + dX'": lambda: FormMatrix(R4, [[M[i, j] * trace for j in range(2)] for i in range(2)]) + dM.T,
        "dX∧X∧dX": lambda: (dM * M) ^ dM,
        "dX∧dX'": lambda: dM ^ dM.T,
        "X.*dX": lambda: entrywise,
    }[text]()
    w = matrix_form(text, X="matrix(2)")
    rng = np.random.default_rng(1)
    point = rng.standard_normal((2, 2))
    at = dict(zip(R4.coords, point.ravel(), strict=True))
    for ours, theirs in ((w, expected), (w.d, expected.d)):
        tangents = rng.standard_normal((ours.degree, 2, 2))
        value = [[float(theirs[i, j](*(V.ravel() for V in tangents)).subs(at)) for j in range(2)] for i in range(2)]
        assert np.allclose(ours({"X": point}, *tangents), value, rtol=1e-10, atol=1e-12)


def test_the_structure_equation_of_maurer_and_cartan():
    w = of("maurer-cartan")
    assert str(w.d) == "-inv(X)*dX∧inv(X)*dX"
    assert (w.d + (w ^ w)).is_zero()
    assert not (w.d - (w ^ w)).is_zero()
    v = of("right invariant")
    assert (v.d - (v ^ v)).is_zero()


def test_traces_of_powers():
    """tr(w^(2k)) = 0, and tr(w), tr(w^3) are closed: Cartan's forms on the general linear group."""
    w = of("maurer-cartan")
    three = ((w ^ w) ^ w).trace()
    assert str((w ^ w).trace()) == "0"
    assert w.trace().is_closed()
    assert three.is_closed()
    assert not three.is_zero()
    assert str(three) == "tr(inv(X)*dX∧inv(X)*dX∧inv(X)*dX)"
    assert ((w ^ w) ^ (w ^ w)).trace().is_zero()


def test_on_orthogonal_matrices():
    """Q'*dQ is skew there, and only there."""
    w = matrix_form("Q'*dQ", Q="orthogonal(n)")
    assert (w + w.T).is_zero()
    assert (w.d + (w ^ w)).is_zero()
    free = matrix_form("Q'*dQ", Q="matrix(n)")
    assert not (free + free.T).is_zero()


def test_two_variables():
    w = matrix_form("dX*B*dY'", X="matrix(m,n)", Y="matrix(m,n)", B="matrix(n)")
    assert [v.name for v in w.variables] == ["X", "Y"]
    assert str(w.T) == "-dY∧B'*dX'"
    V, W = ({"X": np.full((2, 3), k), "Y": np.arange(6.0).reshape(2, 3) + k} for k in (1.0, 2.0))
    B = np.arange(9.0).reshape(3, 3)
    assert np.allclose(w({"B": B}, V, W), V["X"] @ B @ W["Y"].T - W["X"] @ B @ V["Y"].T)


def test_in_latex_and_without_vanishing_terms():
    assert of("maurer-cartan").d.latex() == r"-X^{-1} \mathrm{d}X \wedge X^{-1} \mathrm{d}X"
    assert str(of("exponential").d.d.simplify()) == "zeros(n,n)"


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("dX + X", DerivativeError, "one degree"),
        ("dX*dX + dX", DerivativeError, "one degree"),
        ("exp(dX)", DerivativeError, "one degree"),
        ("dX1", LanguageError, "write dX, not dX1"),
        ("inv(X)*dY", LanguageError, "dY needs a declaration of Y"),
    ],
)
def test_what_is_no_form(text, error, says):
    with pytest.raises(error, match=says):
        matrix_form(text, **X)


def test_degrees_and_tangents_that_do_not_fit():
    w = of("maurer-cartan")
    with pytest.raises(ShapeError, match="one degree"):
        w + w.d
    with pytest.raises(ShapeError, match="takes 1 tangents"):
        w({"X": np.eye(2)})
    with pytest.raises(fr.FrechetError, match="wedge product"):
        w * w


def test_equal_forms_are_equal_objects():
    w = of("maurer-cartan")
    assert w == of("maurer-cartan")
    assert w.d == -(w ^ w)
    assert w != of("right invariant")
    assert len({w, of("maurer-cartan")}) == 1
    assert (w ^ w).trace() == 0


def test_names_of_the_user_s_own():
    """A constant that looks like a differential, one that is called as the printer's mark, and one that is not there."""
    w = matrix_form("chain*dX*d1*dX", X="matrix(n)", chain="scalar", d1="matrix(n)")
    assert str(w) == "chain*dX∧d1*dX"
    V, W, D = np.array([[1.0, 2.0], [3.0, 4.0]]), np.eye(2), np.array([[0.0, 1.0], [1.0, 1.0]])
    assert np.allclose(w({"chain": 2.0, "d1": D}, V, W), 2 * (V @ D @ W - W @ D @ V))
    with pytest.raises(fr.FrechetError, match="Y is not in this form"):
        w({"chain": 2.0, "d1": D, "Y": D}, V, W)
