"""What a verdict, a report and their parts print: words, in a terminal and in a notebook."""

from __future__ import annotations

import numpy as np
import pytest

import frechet as fr
from frechet.check.verdict import Counterexample

WRONG = fr.check("tr(X'*A*X)", "X", "2*A*X")
OBJECTS = {
    "verdict": fr.derivative("x'*A*x", "x").check(),
    "report": WRONG,
    "verdict of a claim": WRONG.verdict,
    "counterexample": WRONG.verdict.counterexample,
    "diagnosis": WRONG.diagnoses[0],
    "Jacobian": fr.check_jacobian("Y = A*X", "det(A)", "X", X="matrix(n,m)", A="matrix(n,n)"),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_repr_says_what_str_says(name):
    shown = OBJECTS[name]
    assert repr(shown) == str(shown)
    assert "(right=" not in repr(shown)
    assert "array(" not in repr(shown)


@pytest.mark.parametrize("name", ["verdict", "report", "verdict of a claim", "Jacobian"])
def test_notebooks_show_the_same_word(name):
    html = OBJECTS[name]._repr_html_()
    assert str(OBJECTS[name]).split(":")[0] in html
    assert html.count("<div") == html.count("</div>")


def test_a_wrong_verdict_prints_its_counterexample_and_a_wrong_jacobian_its_diagnosis():
    assert "the claim gives" in str(WRONG.verdict)
    assert OBJECTS["Jacobian"].right is False
    assert OBJECTS["Jacobian"].diagnosis[0] in OBJECTS["Jacobian"]._repr_html_()


def test_of_large_matrices_the_entry_that_differs_most_is_shown():
    expected = np.full((4, 4), 0.34027777777777768)
    claimed = expected.copy()
    claimed[1, 2] = 0.25
    text = str(Counterexample({"n": 4}, {"X": expected}, expected, claimed))
    assert text == "at X = a 4×4 with entries up to 0.340278 in entry (2, 3): the claim gives 0.25, right is 0.340278"
