"""An equation that does not define its unknown is refused with the reason, where one that does is differentiated."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

import frechet as fr
from frechet.cli import app
from frechet.errors import DerivativeError

EIGENPROBLEM = "= 0 solves it, and where another"
SINGULAR = "singular everywhere"
REFUSED = [
    ("v'*c where v: A*v = l*v", EIGENPROBLEM),
    ("v'*c where v: A*v = l*B*v", EIGENPROBLEM),
    ("tr(X*C) where X: A*X = X*B", EIGENPROBLEM),
    ("l where A*v = l*v", "m equations for 1 unknown"),
    ("c'*x where x: x'*A*x = 1", "1 equation for m unknowns"),
    ("tr(X*B) where X: X + X' = A", SINGULAR),
    ("tr(X*B) where X: X'*X = A", SINGULAR),
    ("tr(X*B) where X: A*X - X*A = C", SINGULAR),
    ("tr(X*B) where X: tril(X) = A", SINGULAR),
]
DEFINED = [
    ("c'*x where x: A*x = b", "-inv(A)'*c*x' where x: A*x = b"),
    ("tr(X) where X*X = A", "inv(X)'/2 where X*X = A"),
    ("c'*v where v: A*v = l*v + b", "-inv(A - l*eye(n))'*c*v' where v: A*v = l*v + b"),
    ("tr(X) where X: A*X = Q + X*X*X", ""),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED, ids=[r[0] for r in REFUSED])
def test_an_equation_that_defines_nothing(text, reason):
    with pytest.raises(DerivativeError, match=reason):
        fr.gradient(text, "A")


@pytest.mark.parametrize(("text", "gradient"), DEFINED, ids=[d[0] for d in DEFINED])
def test_an_equation_that_defines_its_unknown(text, gradient):
    found = fr.to_text(fr.derivative(text, "A", **({"b": "vector(n)"} if "b" in text else {})).gradient)
    assert found == gradient if gradient else "where" in found


def test_an_equation_without_a_closed_form_is_derived_on_the_command_line_too():
    riccati = "tr(X) where A'*X + X*A - X*B*X + Q = 0"
    told = CliRunner().invoke(app, ["derive", riccati, "--wrt", "Q"])
    assert told.exit_code == 3
    assert "sylv" in told.output
    assert "nothing was compared" in told.output
    assert fr.derivative(riccati, "Q").check().right is None
    assert fr.derivative("tr(X) where X*X = A", "A").check().right
