"""`llms.txt` is what its generator gives, names every function, and its calls run."""

from __future__ import annotations

import re
import shlex

import pytest

import frechet as fr
from frechet.language.surface import function_names
from frechet.listing import listing, manual
from frechet.llms import CALLS, REFUSED, manual_text, printed


def test_the_page_is_what_the_table_and_the_command_line_give():
    assert _settled(manual()) == _settled(manual_text()), "write it anew: python -m frechet.llms"


def _settled(text: str) -> str:
    """Without the errors of proofs: their primes are drawn."""
    return re.sub(r"\b\d(\.\d+)?e-\d+\b", "…", text)


def test_the_command_prints_it():
    assert printed(("llms",)) == manual()


def test_every_call_of_the_table_is_on_it():
    for _, calls in listing():
        for call in calls:
            assert f"`{call}`" in manual()
    names = {re.match(r"\w+", c)[0] for _, calls in listing() for c in calls}
    assert names <= set(function_names()) | {"pi"}


def test_five_calls_and_a_refusal_with_what_they_print():
    shown = re.findall(r"```console\n\$ frechet ([^\n]*)\n(.*?)```", manual(), re.DOTALL)
    assert len(shown) == len(CALLS) + 1 == 6
    for (command, text), call in zip(shown, [*CALLS, REFUSED], strict=True):
        assert shlex.split(command) == list(call)
        assert _settled(text) == _settled(printed(call))


def test_its_python_runs():
    (block,) = re.findall(r"```python\n(.*?)```", manual(), re.DOTALL)
    space: dict = {}
    exec(block, space)
    assert str(space["d"].gradient) == "2*X*inv(X'*X)"


@pytest.mark.parametrize(
    "text",
    [r"A\b", "X^-1", "x'*y", "x*y'", "funm(A, tanh)", "x[i]", "X[i,:]", "X[:,1:k]", "[A B; C D]", "M = X'*X; logdet(M)",
     r"\operatorname{tr}(X^\top A X)", "np.trace(A @ X.T)"],
)  # fmt: skip
def test_formulas_in_the_grammar_read(text):
    assert f"`{text}`" in manual()
    assert fr.parse(text).rows is not None
