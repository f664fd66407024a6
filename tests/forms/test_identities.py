"""Published identities of exterior calculus (tests/data/forms.json): each is computed and compared at random points."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sympy as sp

import frechet as fr
from frechet import forms

CASES = json.loads((Path(__file__).parents[1] / "data" / "forms.json").read_text(encoding="utf-8"))


def _wedge(*factors):
    """Of forms, or of two matrices of forms."""
    return factors[0] ^ factors[1] if isinstance(factors[0], forms.FormMatrix) else fr.wedge(*factors)


def _operations(chart):
    return {
        "wedge": _wedge,
        "d": lambda w: w.d,
        "ev": lambda w, *fields: w(*fields),
        "i": fr.interior,
        "lie": fr.lie,
        "bracket": fr.bracket,
        "pull": lambda F, w: F.pullback(w),
        "star": fr.star,
        "codiff": fr.codiff,
        "laplace": fr.laplace,
        "inner": fr.inner,
        "vol": lambda: fr.vol(chart),
        "flat": fr.flat,
        "sharp": fr.sharp,
        "div": lambda V: chart.form(forms.divergence(V)),
        "homotopy": forms.homotopy,
        "integrate": fr.integrate,
        "mc": lambda g: forms.maurer_cartan(chart, g),
        "plus": lambda a, b: a + b,
        "minus": lambda a: -a,
    }


def _matrix_of_forms(chart, rows):
    return forms.FormMatrix(chart, [[chart.form(e, degree=None if e else 1) for e in row] for row in rows])


def _given(chart, let, others):
    found = {}
    for name, value in let.items():
        if "map" in value:
            found[name] = chart.to(others.setdefault(value["to"], fr.chart(value["to"])), value["map"])
    for name, value in let.items():
        if "form" in value:
            on = others[value["on"]] if "on" in value else chart
            found[name] = on.form(value["form"])
        elif "box" in value:
            box = fr.chart(list(value["box"]))
            found[name] = fr.chain(box.to(chart, value["image"]), **value["box"])
        elif "matrix" in value:
            found[name] = sp.sympify(value["matrix"])
        elif "matrix of forms" in value:
            found[name] = _matrix_of_forms(chart, value["matrix of forms"])
        elif "field" in value:
            found[name] = chart.field(*value["field"])
    return found


def _agrees(chart, found, expected):
    if expected == 0:
        return found.is_zero()
    if isinstance(expected, list):
        return (found - _matrix_of_forms(chart, expected)).is_zero()
    if isinstance(expected, str):
        return chart.form(0).equals(chart.form(found - chart.coefficient(expected)))
    return found.equals(chart.form(expected))


@pytest.mark.parametrize("case", CASES, ids=[c["id"] for c in CASES])
def test_it_holds(case):
    chart = fr.chart(case["chart"], metric=case.get("metric"))
    given = _given(chart, case["let"], {})
    assert _agrees(chart, eval(case["compute"], {**_operations(chart), **given}), case["is"])


@pytest.mark.parametrize("case", [c for c in CASES if isinstance(c["is"], dict)][:12], ids=lambda c: c["id"])
def test_the_comparison_sees_a_coefficient_off_by_a_thousandth(case):
    chart = fr.chart(case["chart"], metric=case.get("metric"))
    given = _given(chart, case["let"], {})
    found = eval(case["compute"], {**_operations(chart), **given})
    assert not (found * sp.Rational(1001, 1000)).equals(chart.form(case["is"]))
