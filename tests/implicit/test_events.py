"""Times of events and the states there, differentiated; against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr

G = 9.81


def fall(t, y, g):
    return np.array([y[1], -g])


def impact(**options):
    return fr.implicit.event(fall, lambda t, y, g: y[0], 0.0, 10.0, **options)


def test_the_time_and_the_state_move():
    """A body falls from h: T = sqrt(2h/g), v = -sqrt(2hg)."""
    hit = impact()
    start = lambda h: h * np.array([1.0, 0.0])
    T, y = hit(start(2.0), G)
    assert np.isclose(T, np.sqrt(4 / G), rtol=1e-13)
    assert np.allclose(y, [0.0, -np.sqrt(4 * G)], atol=1e-12)
    assert np.isclose(fr.gradient(lambda h: hit(start(h), G)[0])(2.0), 0.5 / np.sqrt(2.0 * G / 2), rtol=1e-12)
    speed = lambda g: hit(start(2.0), g)[1]
    assert np.allclose(fr.jacobian(speed)(G), [0.0, -np.sqrt(1 / G)], atol=1e-10)
    coarse = impact(rtol=1e-3, atol=1e-3)  # fewer steps; exact for a parabola
    second = fr.gradient(fr.gradient(lambda h: coarse(start(h), G)[0]))(2.0)
    assert np.isclose(second, -0.25 * np.sqrt(2 / G) * 2.0**-1.5, rtol=1e-9)


def test_what_comes_after_moves_too():
    """Height after a bounce, at a fixed time."""
    hit = impact(direction="falling")

    def height(p):
        T, y = hit(p[1] * np.array([1.0, 0.0]), p[0])
        return fr.odeint(fall, -p[2] * y, [T, 1.0], p[0])[-1][0]

    def exact(p):
        T = np.sqrt(2 * p[1] / p[0])
        return p[2] * p[0] * T * (1 - T) - p[0] * (1 - T) ** 2 / 2

    p = np.array([G, 2.0, 0.8])
    assert np.isclose(height(p), exact(p), rtol=1e-10)
    assert np.allclose(fr.gradient(height)(p), fr.gradient(exact)(p), rtol=1e-9)


def test_direction_and_a_zero_at_the_start():
    """cos: zeros at pi/2 (falling) and 3*pi/2 (rising); sin begins at zero."""
    turn = lambda t, y: np.array([-y[1], y[0]])
    first = lambda k, direction: fr.implicit.event(turn, lambda t, y: y[k], 0.0, 6.4, direction=direction)(
        np.array([1.0, 0.0])
    )[0]
    found = [first(0, None), first(0, "falling"), first(0, "rising"), first(1, None), first(1, "rising")]
    assert np.allclose(found, np.array([0.5, 0.5, 1.5, 1.0, 2.0]) * np.pi, rtol=1e-9)


def test_numerical_right_sides_and_backward_in_time():
    """With a branch inside, by the parameters of `when` alone, and towards the past: y = exp(t)."""
    grow = lambda t, y, level: y if t < 99 else 0 * y
    time = lambda level: fr.implicit.event(grow, lambda t, y, level: y[0] - level, 0.0, -5.0)(np.ones(1), level)[0]
    assert np.isclose(time(0.3), np.log(0.3), rtol=1e-9)
    assert np.isclose(fr.gradient(time)(0.3), 1 / 0.3, rtol=1e-7)


@pytest.mark.parametrize(
    ("run", "error", "words"),
    [
        (
            lambda: impact(direction="rising")(np.array([2.0, 0.0]), G),
            fr.ConvergenceError,
            "no rising event: .* from t = 0 to 10",
        ),
        (lambda: impact(direction="up"), fr.FrechetError, 'write "rising"'),
        (lambda: fr.implicit.event(fall, lambda t, y, g: y, 0.0, 1.0)(np.ones(2), G), fr.ShapeError, "is one number"),
        (lambda: fr.implicit.event(fall, lambda t, y, g: y[0], 1.0, 1.0), fr.FrechetError, "two different times"),
    ],
    ids=["none", "direction", "shape", "times"],
)
def test_bad_input(run, error, words):
    with pytest.raises(error, match=words):
        run()


@pytest.mark.parametrize("w", [1.0, 50.0, 1000.0])
def test_the_first_zero_is_found_however_fast_it_comes(w):
    """cos(w*t): of the solution, and of `when` alone where the solver's steps are long."""
    swings = fr.implicit.event(lambda t, y, w: np.array([y[1], -(w**2) * y[0]]), lambda t, y, w: y[0], 0.0, 10.0)
    decays = fr.implicit.event(lambda t, y, w: -y, lambda t, y, w: np.cos(w * t), 0.0, 10.0)
    for hit, start in ((swings, np.array([1.0, 0.0])), (decays, np.ones(1))):
        assert hit(start, w)[0] == pytest.approx(np.pi / 2 / w, rel=1e-8)
        assert fr.gradient(lambda w, hit=hit, start=start: hit(start, w)[0])(w) == pytest.approx(
            -np.pi / 2 / w**2, rel=1e-6
        )


@pytest.mark.parametrize("above", [1e-2, 1e-4, 1e-8])
def test_two_zeros_beside_each_other(above):
    """A throw that rises a little higher than 1: v*t - t^2 = 1 where t = (v - sqrt(v^2 - 4))/2."""
    v = 2.0 + above
    throw = fr.implicit.event(lambda t, y: np.array([y[1], -2.0]), lambda t, y: y[0] - 1, 0.0, 9.0)
    assert throw(v * np.array([0.0, 1.0]))[0] == pytest.approx((v - np.sqrt(v**2 - 4)) / 2, abs=1e-9)
    with pytest.raises(fr.ConvergenceError, match="no such zero"):
        throw(np.array([0.0, 2.0 - above]))


def test_kinks_jumps_and_steep_walls():
    """|t - 2| - 1 is followed through its kink; a step is no zero; tanh(1e6*(t - 3)) is."""
    still = lambda when: fr.implicit.event(lambda t, y: -y, when, 0.0, 9.0)(np.ones(1))[0]
    assert still(lambda t, y: abs(t - 2) - 1) == pytest.approx(1.0, rel=1e-12)
    assert still(lambda t, y: np.tanh(1e6 * (t - 3))) == pytest.approx(3.0, rel=1e-9)
    with pytest.raises(fr.ConvergenceError, match="pole or a jump"):
        still(lambda t, y: -1.0 if t < np.sqrt(2) else 1.0)
    with pytest.raises(fr.EvaluationError, match="not a number"):
        still(lambda t, y: np.nan * t)


def test_a_solution_that_only_touches_is_warned_of():
    """y = (t - 1)^3: the time of its zero has no derivative by the start."""
    touch = fr.implicit.event(lambda t, y: np.array([3 * (t - 1.0) ** 2]), lambda t, y: y[0], 0.0, 3.0)
    with pytest.warns(fr.implicit.PrecisionWarning, match="the time of the event has about 0 digits"):
        fr.gradient(lambda c: touch(c * np.ones(1))[0])(-1.0)


def test_only_zeros_are_events():
    turn = lambda t, y: np.array([y[1], -y[0]])
    start = np.array([1.0, 0.0])
    with pytest.raises(fr.EvaluationError, match=r"write y\[0\] - c"):
        fr.implicit.event(turn, lambda t, y: y[0] > 0, 0.0, 9.0)(start)
    with pytest.raises(fr.ConvergenceError, match="pole or a jump"):
        fr.implicit.event(turn, lambda t, y: 1 / y[0], 0.0, 9.0)(start)
    for scale in (1e-200, 1e200):
        time = fr.implicit.event(turn, lambda t, y, c=scale: c * y[0], 0.0, 9.0)(start)[0]
        assert time == pytest.approx(np.pi / 2, rel=1e-9)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_a_grazing_event_is_named(scale):
    """A throw that just reaches 1, and (t + 1)^2 backward in time; a zero of fifth order crosses, one at the start does not count."""
    throw = fr.implicit.event(lambda t, y, g: np.array([y[1], -g]), lambda t, y, g: scale * (y[0] - 1), 0.0, 9.0)
    with pytest.raises(fr.ConvergenceError, match=r"touches 0 at t = 2 without crossing it, a grazing event"):
        throw(np.array([0.0, 1.0]), 0.5)
    along = lambda when, end: fr.implicit.event(lambda t, y: np.ones(1), lambda t, y: scale * when(y[0]), 0.0, end)(
        np.zeros(1)
    )[0]
    with pytest.raises(fr.ConvergenceError, match="touches 0 at t = -1 without"):
        along(lambda s: (s + 1) ** 2, -9.0)
    assert along(lambda s: (s - 1) ** 5, 3.0) == pytest.approx(1, rel=1e-6)
    assert along(lambda s: s**2 * (s - 2), 3.0) == pytest.approx(2, rel=1e-9)


@pytest.mark.parametrize("what", ["the right side", "when"])
def test_what_comes_from_outside_is_named(what):
    def time(p):
        rhs = (lambda t, y: np.array([1.0 * p])) if what == "the right side" else (lambda t, y: np.array([1.0]))
        when = (lambda t, y: y[0] - p) if what == "when" else (lambda t, y: y[0] - 1)
        return fr.implicit.event(rhs, when, 0.0, 9.0)(np.array([0.0]))[0]

    with pytest.raises(fr.FrechetError, match=f"{what} takes p from outside, .*make it a parameter"):
        fr.gradient(time)(1.3)
