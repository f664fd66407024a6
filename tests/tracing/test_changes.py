"""Copies of functions and of classes follow what they are copies of: whatever is changed between calls, the next derivative is of it."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import frechet as fr

X = np.array([0.6, -1.1, 0.8])


def _defaults_of_keywords():
    def f(x, *, scale=2.0):
        return scale * np.sum(x**2)

    return f, lambda: f.__kwdefaults__.__setitem__("scale", 5.0)


def _keywords_exchanged():
    def f(x, *, scale=2.0, other=3.0):
        return scale**other * np.sum(x**2)

    return f, lambda: setattr(f, "__kwdefaults__", {"other": 2.0, "scale": 3.0})


def _defaults():
    def f(x, scale=2.0):
        return scale * np.sum(x**2)

    return f, lambda: setattr(f, "__defaults__", (5.0,))


def _code():
    def f(x):
        return np.sum(x**2)

    def g(x):
        return np.sum(x**3)

    return f, lambda: setattr(f, "__code__", g.__code__)


def _called(make):
    """The function is called by another one."""

    def made():
        f, change = make()
        return (lambda x: np.sin(f(x))), change

    made.__name__ = f"{make.__name__}_called"
    return made


def scaled(x):
    return scaled.scale * np.sum(x**2)


def _attribute():
    scaled.scale = 2.0
    return scaled, lambda: setattr(scaled, "scale", 5.0)


def _partial():
    p = functools.partial(lambda x, scale: scale * np.sum(x**2), scale=2.0)
    return (lambda x: p(x)), lambda: p.keywords.__setitem__("scale", 5.0)


class _Model:
    def __init__(self, scale):
        self.scale = scale


def _closure(old, new, read):
    """A name of the closure gets another value."""

    def made():
        held = old

        def f(x):
            return read(held, x)

        def change():
            nonlocal held
            held = new

        return f, change

    made.__name__ = f"_closure_{type(old).__name__}_{type(new).__name__}"
    return made


def _by_scale(m, x):
    return m.scale * np.sum(x**2)


CLOSURES = [
    _closure(2.0, 5.0, lambda a, x: a * np.sum(x**2)),
    _closure([2.0], (5.0,), lambda a, x: a[0] * np.sum(x**2)),
    _closure(_Model(2.0), _Model(5.0), _by_scale),
    _closure(_Model, type("_Other", (), {"__init__": lambda self, a: setattr(self, "scale", 5 * a)}), lambda m, x: _by_scale(m(2.0), x)),
    _closure(np, np.linalg, lambda a, x: a.sum(x**2) if a is np else a.norm(x)),
    _closure(np.sum, np.prod, lambda a, x: a(x**2)),
    _closure(lambda x: np.sum(x**2), lambda x: np.sum(x**3), lambda a, x: a(x)),
    _closure(lambda x: np.sum(x**2), _Model(5.0), lambda a, x: a(x) if not isinstance(a, _Model) else _by_scale(a, x)),
    _closure(2.0, _Model(5.0), lambda a, x: a * np.sum(x) if isinstance(a, float) else _by_scale(a, x)),
]  # fmt: skip


def _classes():
    class Base:
        power = 2

        def value(self, x):
            return np.sum(x**self.power)

        def scaled(self, x, scale=2.0, *, shift=0.5):
            return scale * self.value(x) + shift * x[0]

        @property
        def slope(self):
            return 2.0

        @staticmethod
        def plain(x):
            return np.sum(x**2)

        @classmethod
        def of_class(cls, x):
            return np.sum(x**cls.power)

        def __call__(self, x):
            return self.scaled(x) + self.slope * self.plain(x) + self.of_class(x) ** 2

    class Model(Base):
        power = 3

        def value(self, x):
            return np.cos(super().value(x))

    return Base, Model


def _cubes(self, x):
    return np.sum(x**3) + x[0] * x[1]


CHANGES = {
    "method": lambda Base, Model: setattr(Model, "value", _cubes),
    "method of a base": lambda Base, Model: setattr(Base, "value", _cubes),
    "method that is new": lambda Base, Model: setattr(Model, "scaled", _cubes),
    "method that is gone": lambda Base, Model: delattr(Model, "value"),
    "special method": lambda Base, Model: setattr(Base, "__call__", _cubes),
    "property": lambda Base, Model: setattr(Base, "slope", property(lambda self: 7.0)),
    "static method": lambda Base, Model: setattr(Base, "plain", staticmethod(lambda x: np.sum(x**5))),
    "class method": lambda Base, Model: setattr(Model, "of_class", classmethod(lambda cls, x: np.sum(x**2) * cls.power)),
    "attribute": lambda Base, Model: setattr(Model, "power", 4),
    "attribute that is gone": lambda Base, Model: delattr(Model, "power"),
    "defaults of a method": lambda Base, Model: setattr(Base.scaled, "__defaults__", (5.0,)),
    "defaults of keywords": lambda Base, Model: Base.scaled.__kwdefaults__.__setitem__("shift", 3.0),
    "method that is a number": lambda Base, Model: setattr(Base, "slope", 4.0),
}  # fmt: skip


def _changed_class(name):
    def made():
        Base, Model = _classes()
        m = Model()
        return (lambda x: m(x)), lambda: CHANGES[name](Base, Model)

    made.__name__ = name.replace(" ", "_")
    return made


CASES = [
    _defaults_of_keywords,
    _keywords_exchanged,
    _defaults,
    _code,
    _attribute,
    _partial,
    *CLOSURES,
    *map(_changed_class, CHANGES),
]


@pytest.mark.parametrize("make", [*CASES, *map(_called, CASES)], ids=lambda m: m.__name__)
@pytest.mark.parametrize("calls", [1, 5], ids=["traced", "kept"])
def test_what_is_changed_between_calls_is_seen(make, calls):
    f, change = make()
    g = fr.gradient(f)
    for _ in range(calls):
        before = g(X)
    assert np.allclose(before, _differences(f), rtol=1e-6, atol=1e-8)
    change()
    after = _differences(f)
    assert not np.allclose(before, after, rtol=1e-3)
    assert np.allclose(g(X), after, rtol=1e-6, atol=1e-8)
    assert np.allclose(fr.gradient(f)(X), after, rtol=1e-6, atol=1e-8)


def _differences(f, h=1e-5):
    return np.array([(f(X + h * e) - f(X - h * e)) / (2 * h) for e in np.eye(len(X))])


def counted(x):
    counted.calls += 1
    counted.last = 2 * x
    return np.sum(x**2)


class _Counted:
    calls = 0

    def __call__(self, x):
        type(self).calls += 1
        return type(self).calls * np.sum(x**2)


class _CountedToo(_Counted):
    calls = 0


def test_what_is_written_outside_is_written():
    """As a call writes it: attributes of functions and of classes, and names of the closure."""
    counted.calls = 0
    fr.gradient(counted)(X)
    assert counted.calls == 1
    assert type(counted.last) is np.ndarray
    assert np.array_equal(counted.last, 2 * X)

    model = _Model(2.0)

    def f(x):
        nonlocal model
        model = _Model(model.scale + 1)
        return model.scale * np.sum(x**2)

    for scale in (3.0, 4.0):
        assert np.allclose(fr.gradient(f)(X), 2 * scale * X)
        assert model.scale == scale
    for count in (1, 2):
        assert np.allclose(fr.gradient(_CountedToo())(X), 2 * count * X)
        assert _CountedToo.calls == count
