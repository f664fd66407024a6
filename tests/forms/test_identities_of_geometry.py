"""Identities with metrics and signatures, written down from the literature: Frankel, The Geometry of Physics; Abraham, Marsden and Ratiu."""

from __future__ import annotations

import pytest
import sympy as sp

import frechet as fr
from frechet import forms

E2, E3 = (fr.chart(names, metric="euclidean") for names in ("x y", "x y z"))
E4 = fr.chart("x y z w", metric="euclidean")
MOSTLY_PLUS, MOSTLY_MINUS = (fr.chart("t x y z", metric=m) for m in ("minkowski", "minkowski+---"))
SPHERE = fr.chart("th ph", metric="dth^2 + sin(th)^2*dph^2")
SPHERICAL = fr.chart("r th ph", metric="dr^2 + r^2*(dth^2 + sin(th)^2*dph^2)")
POLAR = fr.chart("r t", metric="dr^2 + r^2*dt^2")
HALF_PLANE = fr.chart("x y", metric="(dx^2 + dy^2)/y^2")
LIGHT_CONE = fr.chart("u v", metric="-2*du*dv")
LINE = fr.chart("x", metric="4*dx^2")
PLANE_WAVE = MOSTLY_PLUS.form("cos(z - t)*dx^dt + cos(z - t)*dz^dx")

STARS = {
    "dy in space": (E3, "dy", "dz^dx"),
    "self-dual": (E4, "dx^dy + dz^dw", "dx^dy + dz^dw"),
    "dt, -+++": (MOSTLY_PLUS, "dt", "-dx^dy^dz"),
    "dx, -+++": (MOSTLY_PLUS, "dx", "-dt^dy^dz"),
    "magnetic, -+++": (MOSTLY_PLUS, "dx^dy", "dt^dz"),
    "electric, -+++": (MOSTLY_PLUS, "dt^dx", "-dy^dz"),
    "dth on the sphere": (SPHERE, "dth", "sin(th)*dph"),
    "dph on the sphere": (SPHERE, "dph", "-dth/sin(th)"),
    "conformal": (HALF_PLANE, "dx", "dy"),
    "in one dimension": (LINE, "dx", "1/2"),
}
LAPLACIANS = {
    "harmonic of degree 3": (POLAR, "r^3*cos(3*t)", "0"),
    "log r": (POLAR, "log(r)", "0"),
    "1/r": (SPHERICAL, "1/r", "0"),
    "spherical harmonic": (SPHERE, "sin(th)^2*cos(2*ph)", "6*sin(th)^2*cos(2*ph)"),
    "waves": (MOSTLY_PLUS, "f(t, x)", "diff(f(t, x), t, t) - diff(f(t, x), x, x)"),
    "in one dimension": (LINE, "x^2", "-1/2"),
}


@pytest.mark.parametrize("what", STARS)
def test_a_star(what):
    chart, form, expected = STARS[what]
    assert fr.star(chart.form(form)).equals(chart.form(expected))


@pytest.mark.parametrize("what", LAPLACIANS)
def test_a_laplacian(what):
    chart, f, expected = LAPLACIANS[what]
    assert fr.laplace(chart.form(f)).equals(chart.form(expected))


@pytest.mark.parametrize(("chart", "form", "sign"), [
    (E4, "x*dx + dy", -1), (MOSTLY_PLUS, "x*dt + dy", 1), (MOSTLY_MINUS, "x*dt^dy + dy^dz", -1), (LIGHT_CONE, "u*du + dv", 1),
], ids=["space", "time and space", "two-forms", "light cone"])  # fmt: skip
def test_the_star_twice(chart, form, sign):
    assert fr.star(fr.star(chart.form(form))).equals(chart.form(form) * sign)


def test_a_plane_wave_solves_the_equations_of_maxwell():
    assert PLANE_WAVE.d.is_zero()
    assert fr.star(PLANE_WAVE).d.is_zero()
    assert (PLANE_WAVE ^ PLANE_WAVE).is_zero()
    assert not MOSTLY_PLUS.form("cos(z - t)*dx^dt + cos(z - t)*dx^dz").d.is_zero()


def test_fields_that_keep_a_volume():
    assert fr.lie(SPHERE.field("sin(ph)", "cos(th)*cos(ph)/sin(th)"), fr.vol(SPHERE)).is_zero()
    assert fr.lie(HALF_PLANE.field("x", "y"), fr.vol(HALF_PLANE)).is_zero()
    assert forms.divergence(SPHERICAL.field("1/r^2", 0, 0)) == 0
    w = fr.chart("q p").form("dq^dp")
    assert fr.lie(forms.hamiltonian_field("p^2/2 + f(q)", w), w).is_zero()


def test_rules_of_lie_and_interior():
    U, V = E3.field("x", "y*z", 1), E3.field("y*z", "x", "z^2")
    a, b = E3.form("P(x,y,z)*dx + y*dz"), E3.form("x*dx^dy + z^2*dy^dz")
    assert fr.lie(fr.bracket(U, V), b).equals(fr.lie(U, fr.lie(V, b)) - fr.lie(V, fr.lie(U, b)))
    assert fr.lie(V * "x*y", b).equals(fr.lie(V, b) * E3.coefficient("x*y") + (E3.d("x*y") ^ fr.interior(V, b)))
    assert fr.interior(V, a ^ b).equals((fr.interior(V, a) ^ b) - (a ^ fr.interior(V, b)))
    assert sp.simplify(a.d(U, V) - (U(a(V)) - V(a(U)) - a(fr.bracket(U, V)))) == 0


def test_volumes_by_their_boundary():
    torus = fr.chart("u v").to(E3, x="(2+cos(v))*cos(u)", y="(2+cos(v))*sin(u)", z="sin(v)")
    assert abs(fr.integrate(E3.form("x*dy^dz"), fr.chain(torus, u=(0, "2*pi"), v=(0, "2*pi")))) == 4 * sp.pi**2
    ellipse = fr.chart("s").to(E2, x="3*cos(s)", y="2*sin(s)")
    assert fr.integrate(E2.form("x*dy"), fr.chain(ellipse, s=(0, "2*pi"))) == 6 * sp.pi
