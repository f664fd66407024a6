"""Forms, charts, fields, metrics: laws on random forms, what is refused, what is printed."""

from __future__ import annotations

import random

import pytest
import sympy as sp

import frechet as fr
from frechet.errors import FrechetError, LanguageError, ShapeError
from frechet.forms.vanishing import vanishes

R3 = fr.chart("x y z", metric="euclidean")
x, y, z = R3.coords
dx, dy, dz = R3.d


def _random_form(chart, degree, rng):
    """Polynomial coefficients on every basis form."""
    sums = {}
    for mask in range(1 << chart.dim):
        if mask.bit_count() == degree:
            sums[mask] = sum(rng.randint(-3, 3) * rng.choice(chart.coords) * rng.choice(chart.coords) for _ in range(3))
    return fr.forms.Form(chart, degree, {k: sp.sympify(c) for k, c in sums.items() if c != 0})


METRICS = {
    "euclidean": fr.chart("a b c p", metric="euclidean"),
    "lorentz": fr.chart("a b c p", metric="minkowski"),
    "split": fr.chart("a b c p", metric=[1, 1, -1, -1], orientation=-1),
    "full": fr.chart("a b c", metric=[["2", "a", 0], ["a", "3+a^2", "1"], [0, 1, "4"]]),
    "odd": fr.chart("a b c", metric=["-1", "a^2", "1+b^2"], star="*a^b"),
}
by_metric = pytest.mark.parametrize("name", METRICS)


@by_metric
def test_wedge_is_graded_and_d_is_a_derivation(name):
    chart, rng = METRICS[name], random.Random(3)
    for p, q in ((0, 1), (1, 1), (1, 2), (2, 1)):
        a, b = _random_form(chart, p, rng), _random_form(chart, q, rng)
        assert (a ^ b).equals((-1) ** (p * q) * (b ^ a))
        assert (a ^ b).d.equals((a.d ^ b) + (-1) ** p * (a ^ b.d))
        assert a.d.d.is_zero()


@by_metric
def test_star_is_the_dual_of_the_volume_form(name):
    chart, rng = METRICS[name], random.Random(4)
    for p in range(chart.dim + 1):
        a, b = _random_form(chart, p, rng), _random_form(chart, p, rng)
        product = fr.star(a) ^ b if chart.star == "*a^b" else a ^ fr.star(b)
        assert product.equals(fr.inner(a, b) * fr.vol(chart))


@by_metric
def test_codiff_is_the_adjoint_of_d_up_to_an_exact_form(name):
    """<da, b> - <a, codiff b> is the divergence of a field: d(a ∧ *b) in the convention a ∧ *b."""
    chart, rng = METRICS[name], random.Random(5)
    for p in range(1, chart.dim + 1):
        a, b = _random_form(chart, p - 1, rng), _random_form(chart, p, rng)
        difference = (fr.inner(a.d, b) - fr.inner(a, fr.codiff(b))) * fr.vol(chart)
        swap = (-1) ** (p * (chart.dim - p)) if chart.star == "*a^b" else 1
        assert difference.equals(swap * (a ^ fr.star(b)).d)


def test_conventions_are_chosen_by_name():
    other = fr.chart("x y z", metric="euclidean", codiff="divergence")
    f = other.form("x^2 + y^2")
    assert fr.laplace(f)["1"] == 4
    assert fr.laplace(R3.form("x^2 + y^2"))["1"] == -4
    left, right = (fr.chart("a b", metric="euclidean", star=s) for s in ("*a^b", "a^*b"))
    assert (str(fr.star(left.d[0])), str(fr.star(right.d[0]))) == ("-db", "db")


def test_keys_text_and_display():
    w = R3.form("x^2*dx^dy - 2*dz^dx")
    assert w["dy^dx"] == -(x**2)
    assert w["dx^dz"] == 2
    assert w.terms == {(0, 1): x**2, (0, 2): 2}
    assert w.degree == 2
    assert str(w) == "x**2*dx^dy + 2*dx^dz"
    assert R3.form(str(w)) == w
    assert repr(dx - (x + y) * dy) == "dx - (x + y)*dy"
    assert w.latex() == r"x^{2}\,\mathrm{d}x \wedge \mathrm{d}y + 2\,\mathrm{d}x \wedge \mathrm{d}z"
    assert "<mo>∧</mo>" in w.mathml()
    assert (dx ^ dx) == 0
    assert str(R3.form({}, degree=2)) == "0"


def test_values_on_fields():
    V = R3.field("-y", "x", 0)
    assert (dx ^ dy)(V, [1, 2, 3]) == -2 * y - x
    assert V("x*y") == -(y**2) + x**2
    assert fr.lie(V, R3.field(1, 0, 0)).components == (0, -1, 0)
    assert fr.interior(V, dx ^ dy) == -x * dx - y * dy


def test_maps_compose():
    plane, polar = fr.chart("x y", metric="euclidean"), fr.chart("r t")
    F = polar.to(plane, x="r*cos(t)", y="r*sin(t)")
    G = fr.chart("s").to(polar, r="1", t="s")
    w = plane.form("x*dy - y*dx")
    assert G.pullback(F.pullback(w)).equals((F @ G).pullback(w))
    assert sp.simplify(F.induced_metric() - sp.diag(1, polar.coords[0] ** 2)).is_zero_matrix
    assert F(2, 0) == (2, 0)


def test_zero_is_tested_not_guessed():
    assert vanishes([sp.sin(x) ** 2 + sp.cos(x) ** 2 - 1])
    assert not vanishes([sp.sin(x) ** 2 + sp.cos(x) ** 2 - 1 + sp.Rational(1, 10**12)])
    assert not vanishes([sp.sqrt(x**2) - x])
    f = sp.Function("f")
    assert vanishes([f(x, y).diff(x, y) - f(x, y).diff(y, x)])
    assert not vanishes([f(x, y).diff(x) - f(x, y).diff(y)])


def test_a_connection_has_no_torsion_and_the_right_curvature():
    sphere = fr.chart("th ph")
    th, _ = sphere.coords
    e = [sphere.d[0], sp.sin(th) * sphere.d[1]]
    w = fr.forms.connection(e)
    for i in range(2):
        torsion = e[i].d + (w[i, 0] ^ e[0]) + (w[i, 1] ^ e[1])
        assert torsion.is_zero()
    assert fr.forms.curvature(w)[0, 1].equals(e[0] ^ e[1])  # K = 1


def test_hamiltonian_fields():
    phase = fr.chart("q p")
    w = phase.form("dq^dp")
    H = phase.coefficient("f(q, p)")
    V = fr.forms.hamiltonian_field(H, w)
    assert fr.interior(V, w).equals(phase.d(H))
    assert fr.lie(V, w).is_zero()
    assert fr.forms.poisson_bracket("q", "p", w) == 1
    with pytest.raises(FrechetError, match="degenerate"):
        fr.forms.hamiltonian_field("x", R3.form("dx^dy"))


REFUSED = {
    "degrees": (lambda: dx + (dx ^ dy), ShapeError, "a 1-form and a 2-form cannot be added"),
    "charts": (lambda: dx + fr.chart("x y").d[0], ShapeError, "pull one of them back"),
    "vectors": (lambda: (dx ^ dy)([1, 0, 0]), ShapeError, "a 2-form takes 2 vector fields, not 1"),
    "components": (lambda: fr.interior([1, 2], dx), ShapeError, "has 3 components, not 2"),
    "product": (lambda: dx * dy, ShapeError, "write a \\^ b"),
    "no metric": (lambda: fr.star(fr.chart("x y").d[0]), FrechetError, "has no metric"),
    "degenerate": (lambda: fr.chart("x y", metric=[[1, 1], [1, 1]]), FrechetError, "degenerate"),
    "not symmetric": (lambda: fr.chart("x y", metric=[[1, 2], [1, 1]]), FrechetError, "not symmetric"),
    "signature": (lambda: fr.vol(fr.chart("x y", metric=["x", 1])), FrechetError, "signature of the metric changes"),
    "key": (lambda: dx["dw"], LanguageError, "not a differential of this chart"),
    "mixed": (lambda: R3.form("dx + dx^dy"), ShapeError, "one degree"),
    "code": (lambda: R3.form("__import__('os').system('true')"), LanguageError, "not arithmetic"),
    "names": (lambda: fr.chart("x x"), LanguageError, "different names"),
    "convention": (lambda: fr.chart("x", star="mine"), LanguageError, "no convention"),
    "map": (lambda: R3.to(fr.chart("u v"), u="x"), ShapeError, "gives u, v"),
    "not closed": (lambda: (y * dx).potential(), FrechetError, "not closed"),
    "function": (lambda: R3.form("x").potential(), ShapeError, "degree at least 1"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_bad_input_is_refused(what):
    f, kind, words = REFUSED[what]
    with pytest.raises(kind, match=words):
        f()


def test_a_differential_of_another_chart_is_no_parameter():
    with pytest.raises(LanguageError, match="dw is no differential of this chart, which has dx, dy, dz"):
        fr.chart("x y z").form("x*dw")


W = R3.form("x*y*dx + z^2*dy")  # d of it is -x dx^dy - 2z dy^dz
CLAIMS = {
    "x*dx^dy + 2*z*dy^dz": "the sign: it is minus the right form",
    "-2*x*dx^dy - 4*z*dy^dz": "a factor: it is 2 times the right form",
    "-x*dx^dy": "the term of dy^dz is missing",
    "-x*dx^dy - 2*z*dy^dz + dx^dz": "the term of dx^dz should not be there",
    "-x*dx^dy + 2*z*dy^dz": "the sign of dy^dz is wrong",
    "-x*dx^dy - z^2*dy^dz": "the coefficient of dy^dz is wrong",
    "y*dx": "the degree: a 2-form is asked for, this is a 1-form",
    "0": "the right form is not zero",
}


@pytest.mark.parametrize(("claim", "words"), CLAIMS.items(), ids=list(CLAIMS))
def test_a_wrong_form_learns_what_is_wrong_and_not_what_is_right(claim, words):
    verdict = fr.forms.check_form(W.d, claim)
    assert not verdict
    assert verdict.diagnosis == (words,)
    assert str(W.d) not in str(verdict)


def test_a_right_form_is_right_in_any_order_and_a_zero_one_has_no_terms():
    assert fr.forms.check_form(W.d, "x*dy^dx + 2*z*dz^dy")
    assert not fr.forms.check_form(W.d, "-1.001*x*dx^dy - 2*z*dy^dz")
    assert fr.forms.check_form(W.d.d, "0")
    assert fr.forms.check_form(W.d.d, "x*dx^dy^dz").diagnosis == ("the right form is zero",)
    with pytest.raises(ShapeError, match="the claim is a form on"):
        fr.forms.check_form(W, fr.chart("x y").form("dx"))


LINE_ELEMENTS = {
    "polar": ("r t", "dr^2 + r^2*dt^2", [[1, 0], [0, "r^2"]]),
    "Schwarzschild": (
        "t r th ph",
        "ds^2 = -(1 - 2m/r) dt^2 + dr^2/(1 - 2m/r) + r^2 (dth^2 + sin(th)^2 dph^2)",
        [["-(1 - 2*m/r)", 0, 0, 0], [0, "1/(1 - 2*m/r)", 0, 0], [0, 0, "r^2", 0], [0, 0, 0, "r^2*sin(th)^2"]],
    ),
    "half plane": ("x y", "(dx² + dy²)/y²", [["1/y^2", 0], [0, "1/y^2"]]),
    "light cone": ("u v", "2*du*dv", [[0, 1], [1, 0]]),
}


@pytest.mark.parametrize("what", LINE_ELEMENTS)
def test_a_metric_is_a_line_element(what):
    names, text, rows = LINE_ELEMENTS[what]
    assert vanishes(fr.chart(names, metric=text).metric - fr.chart(names, metric=rows).metric)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dx^2 + dz^2", "dz is no differential of this chart"),
        ("dx + dy", "quadratic in dx, dy"),
        ("dx^2 + dy^2 + 1", "quadratic in dx, dy"),
        ("euclid", "or a line element"),
    ],
)
def test_what_is_no_line_element_is_refused(text, words):
    with pytest.raises(LanguageError, match=words):
        fr.chart("x y", metric=text)


def test_a_degenerate_line_element_is_refused():
    with pytest.raises(FrechetError, match="degenerate"):
        fr.chart("x y", metric="dx^2")


def test_texts_that_mean_something_else_are_refused():
    plane = fr.chart("x y")
    assert plane.form("e^x*dy").d == plane.form("exp(x)*dx^dy")
    assert plane.form("gamma*dx").d == plane.form("0*dx^dy")
    with pytest.raises(fr.LanguageError, match=r"write dx\^dy"):
        plane.form("dxdy")
    with pytest.raises(fr.LanguageError, match=r"sin is a function: write sin\(\.\.\.\)"):
        plane.form("sin x dx")
