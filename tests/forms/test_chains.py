"""Integrals over chains, Stokes' theorem as a verdict, potentials and what they are refused for."""

from __future__ import annotations

import math

import mpmath
import pytest
import sympy as sp
from scipy.integrate import quad

import frechet as fr
from frechet.errors import EvaluationError, FrechetError, ShapeError
from frechet.forms import Approximate

PLANE, SPACE = fr.chart("x y"), fr.chart("x y z")
ANGLE = PLANE.form({"dx": "-y/(x^2+y^2)", "dy": "x/(x^2+y^2)"})
POLAR = fr.chart("r t").to(PLANE, x="r*cos(t)", y="r*sin(t)")
BAND = fr.chart("t s").to(SPACE, x="(1+s*cos(t/2))*cos(t)", y="(1+s*cos(t/2))*sin(t)", z="s*sin(t/2)")


def test_the_boundary_of_a_boundary_is_zero():
    cube = fr.chain(SPACE.to(SPACE, x="x", y="y", z="z"), x=(0, 1), y=(0, 2), z=(0, 3))
    assert len(cube.boundary().cells) == 6
    assert fr.integrate(SPACE.form("x*y*dz + z*dx"), cube.boundary().boundary()) == 0
    assert fr.integrate(SPACE.form("x*dy^dz"), cube.boundary()) == 6  # the volume, by the divergence theorem


@pytest.mark.parametrize(
    "c",
    [
        fr.chain(fr.chart("u v").to(PLANE, x="u", y="v"), u=("-7/10", "13/10"), v=(-1, "9/10")),
        fr.chain(POLAR, r=(0, 1), t=(0, "2*pi")),
    ],
    ids=["square", "disk"],
)
def test_stokes_is_refused_across_a_pole(c):
    """The closed form of the angle: 0 inside, 2π along the boundary, and no value at the origin."""
    w = PLANE.form("(x*dy - y*dx)/(x^2 + y^2)")
    with pytest.raises(FrechetError, match=r"no value at x = 0, y = 0, a point of the chain"):
        fr.stokes(w, c)
    assert fr.stokes(w, fr.chain(POLAR, r=(1, 2), t=(0, "2*pi")))


def test_stokes_holds_on_a_disk_and_says_both_integrals():
    verdict = fr.stokes(PLANE.form("-y^3*dx + x^3*dy"), fr.chain(POLAR, r=(0, 1), t=(0, "2*pi")))
    assert verdict
    assert "3*pi/2" in str(verdict)


def test_a_moebius_band_is_refused():
    with pytest.raises(FrechetError, match="not orientable"):
        fr.stokes(SPACE.form("x*dy"), fr.chain(BAND, t=(0, "2*pi"), s=("-1/4", "1/4")))


def test_a_cylinder_is_not():
    cylinder = fr.chart("t s").to(SPACE, x="cos(t)", y="sin(t)", z="s")
    assert fr.stokes(SPACE.form("z*x*dy"), fr.chain(cylinder, t=(0, "2*pi"), s=(0, 1)))


def test_what_sympy_does_not_find_has_an_error_bar():
    square = fr.chain(PLANE.to(PLANE, x="x", y="y"), x=(0, 1), y=(0, 1))
    found = fr.integrate(PLANE.form("exp(-x^2*y)*dx^dy"), square)
    assert isinstance(found, Approximate)
    expected = sum((-1) ** k / (math.factorial(k) * (2 * k + 1) * (k + 1)) for k in range(20))
    assert abs(found.value - expected) <= found.error + 1e-14


def test_degrees_and_charts_have_to_fit():
    circle = fr.chain(POLAR, r=1, t=(0, "2*pi"))
    assert sp.simplify(fr.integrate(ANGLE, circle)) == 2 * sp.pi
    with pytest.raises(ShapeError, match="a 2-form is integrated over 2 parameters, the chain has 1"):
        fr.integrate(ANGLE.d + PLANE.form("dx^dy"), circle)
    with pytest.raises(ShapeError, match="give a range for r, t"):
        fr.chain(POLAR, t=(0, 1))
    with pytest.raises(ShapeError, match="the form is on"):
        fr.integrate(SPACE.form("dx"), circle)


def test_a_divergent_integral_is_refused():
    with pytest.raises(EvaluationError):
        fr.integrate(PLANE.form("dx^dy/(x^2+y^2)^2"), fr.chain(POLAR, r=(0, 1), t=(0, "2*pi")))


def test_potentials():
    w = PLANE.form("2*x*y*dx + (x^2 + 3*y^2)*dy")
    assert w.potential()["1"] == sp.expand(PLANE.coefficient("x^2*y + y^3"))
    assert PLANE.form("dx/x").potential(center=(1, 0)).d.equals(PLANE.form("dx/x"))


@pytest.mark.parametrize(
    ("form", "center", "words"),
    [
        (ANGLE, None, "x = 0, y = 0, which is the center"),
        (ANGLE, (1, 0), "x = 0, y = 0, which is a hole"),
        (PLANE.form("dx/x"), (0, 1), "x = 0, y = 1, which is the center"),
    ],
    ids=["center", "hole", "line"],
)
def test_a_potential_across_a_hole_is_refused_and_the_point_named(form, center, words):
    with pytest.raises(FrechetError, match=words):
        form.potential(center=center)


LINE = fr.chart("x")


def _over(text, low, high):
    return fr.integrate(LINE.form(f"{text}*dx"), fr.chain(LINE.to(LINE, x="x"), x=(low, high)))


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("1/x", -1, 1),
        ("1/x^2", -1, 1),
        ("exp(sin(x))/x", -1, 1),
        ("1/x", 1, "oo"),
        ("x/(x^2+1)", "-oo", "oo"),
    ],
)
def test_integrals_that_do_not_converge_are_refused(text, low, high):
    with pytest.raises(EvaluationError, match=r"no value at x = 0|not seem to converge"):
        _over(text, low, high)


def test_a_double_integral_that_does_not_converge_is_refused():
    square = fr.chain(PLANE.to(PLANE, x="x", y="y"), x=(-1, 1), y=(-1, 1))
    with pytest.raises(EvaluationError, match="no value at x = 0, y = 0"):
        fr.integrate(PLANE.form("dx^dy/(x^2+y^2)"), square)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("exp(-x^2)", "-oo", "oo"),
        ("exp(-x)", 0, "oo"),
        ("exp(x)*sin(x)^2", "-oo", 0),
        ("exp(-x^2)*cosh(sin(x))", "-oo", "oo"),
        ("log(x)", 0, 1),
        ("1/sqrt(x)", 0, 1),
    ],
)
def test_integrals_without_end_and_across_weak_singularities(text, low, high):
    f = sp.lambdify("x", sp.sympify(text.replace("^", "**")))
    expected = quad(f, float(sp.sympify(low)), float(sp.sympify(high)))[0]
    assert float(_over(text, low, high)) == pytest.approx(expected, rel=1e-7)


def test_a_chart_is_a_plain_box_and_numbers_are_what_they_stand_for():
    assert fr.integrate(PLANE.form("2 x dx^dy"), fr.chain(PLANE, x=(0, 0.5), y=(0, 2))) == sp.Rational(1, 2)
    circle = fr.chain(fr.chart("t").to(PLANE, x="cos(t)", y="sin(t)"), t=(0, 2 * math.pi))
    assert fr.integrate(PLANE.form("x dy - y dx"), circle) == 2 * sp.pi


def test_stokes_takes_a_form_and_a_chain():
    box = fr.chain(PLANE, x=(0, 1), y=(0, 2))
    with pytest.raises(ShapeError, match="a form and a chain, in this order"):
        fr.stokes(box, PLANE.form("x*dy"))


def test_a_pole_in_a_face_without_extent_is_named():
    """dφ on a hemisphere: the parameters make its boundary a circle and a pole, whose integrals 2π cancel; the form has no value there."""
    R3 = fr.chart("x y z")
    S = fr.chart("a b").to(R3, x="sin(a)*cos(b)", y="sin(a)*sin(b)", z="cos(a)")
    angle = R3.form("(x*dy - y*dx)/(x^2+y^2)")
    for end in (sp.pi / 2, sp.pi):
        with pytest.raises(FrechetError, match="no value at x = 0, y = 0, z = 1, a point of the chain"):
            fr.stokes(angle, fr.chain(S, a=(0, end), b=(0, 2 * sp.pi)))
    assert fr.stokes(angle, fr.chain(S, a=(sp.pi / 4, sp.pi / 2), b=(0, 2 * sp.pi)))
    R2 = fr.chart("x y")  # sin(x)/x has its limit
    assert fr.stokes(R2.form("y*sin(x)/x*dx"), fr.chain(R2, x=(0, 1), y=(0, 1)))


def test_a_bound_on_what_sympy_may_try():
    """SymPy worked on the first for half a minute; a root whose derivative alone has a pole is integrated."""
    R2 = fr.chart("x y")
    square = fr.chain(R2, x=(0, 1), y=(0, 1))
    found = fr.integrate(R2.form("dx^dy/(1 + x^2 + y^2)"), square)
    assert float(found) == pytest.approx(0.63951035187031, abs=1e-11)  # mpmath.quad
    assert found.error < 1e-11
    distance = fr.integrate(R2.form("sqrt(x^2 + y^2)*dx^dy"), square)
    assert float(distance) == pytest.approx((math.sqrt(2) + math.asinh(1)) / 3, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "narrow"),
    [
        ("exp(-(x-1/3)^2*10^8)*cos(x^3)", 1 / 3),
        ("exp(-(x-37/113)^2*10^12)*cos(x^3)", 37 / 113),
        ("(1+exp(-(x-37/113)^2*10^10))*cos(x^3)", 37 / 113),
        ("tanh(10^6*(x-1/7))*cos(x^3)", 1 / 7),
    ],
)
def test_what_lies_between_the_points_of_a_rule_is_seen(text, narrow):
    f = sp.lambdify("x", sp.sympify(text.replace("^", "**")), "mpmath")
    with mpmath.workdps(30):
        near = [narrow + s * 10.0**-k for k in range(1, 9) for s in (-1, 1)]
        expected = mpmath.quad(f, sorted([0, narrow, 1, *(x for x in near if 0 < x < 1)]))
    found = _over(text, 0, 1)
    assert abs(float(found) - expected) <= 10 * found.error + 1e-15 * abs(expected)
    assert found.error <= 1e-9 * abs(expected)


def test_letters_without_numbers_and_jumps_are_told():
    plane = fr.chart("x y")
    box = fr.chain(plane, x=(0, sp.Symbol("b")), y=(0, 1))
    assert fr.integrate(plane.form("x*dx^dy"), box) == sp.Symbol("b") ** 2 / 2
    with pytest.raises(EvaluationError, match="b has no number"):
        fr.integrate(plane.form("exp(x^5*y)*dx^dy"), box)
    with pytest.raises(EvaluationError, match="compared in numbers, and b has none"):
        fr.stokes(plane.form("x*dy"), box)
    across = fr.chain(plane, x=(-1, 2), y=(0, 1))
    assert fr.stokes(plane.form("abs(x)*dy"), across).right is True
    with pytest.raises(EvaluationError, match="a derivative across a jump"):
        fr.stokes(plane.form("sign(x)*dy"), across)
