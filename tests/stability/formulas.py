"""Formulas whose code as it stands overflows, underflows or cancels, and where: the cases of the law of stability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import frechet as fr
from frechet.expr.node import Expr, symbols
from frechet.language import read
from frechet.rules.linear import inner

__all__ = ["FORMULAS", "POINTS", "Formula", "Question", "questions"]


@dataclass(frozen=True)
class Formula:
    """A formula, its variable x or X, and the points that it is asked at, by name."""

    text: str
    points: tuple[str, ...]
    declared: tuple[tuple[str, str], ...] = ()
    orders: int = 2  # up to which derivative the law holds: those above have other forms, which do not cancel in one pair of terms


POINTS: dict[str, list[float]] = {
    "large": [800.0, -800.0, 799.0],
    "one far off": [800.0, 780.0, -800.0],
    "apart": [20.0, -20.0, 3.0],
    "tiny": [1e-300, -2e-300, 3e-300],
    "mixed": [1e-300, -800.0, 800.0],
    "usual": [0.3, -1.2, 0.7],
    "tail": [-5.0, -40.0, -12.5],
    "other tail": [5.0, 40.0, 12.5],
    "middle": [0.9, -2.4, 1.6],
    "positive": [1e-300, 800.0, 0.7],
    "small positive": [1e-300, 3e-300, 2e-300],
    "large positive": [800.0, 750.0, 20.0],
    "huge": [1e200, -3e200, 2e199],
    "near 1": [1.0 + 2**-40, 1.0 - 2**-30, 1.0],
}
_SIGNED = ("large", "one far off", "apart", "tiny", "mixed", "usual")
_POSITIVE = ("positive", "small positive", "large positive")
_NORMAL = ("tail", "other tail", "middle", "large", "tiny", "usual")
_SCALED = ("tiny", "huge", "usual")

FORMULAS = (
    Formula("log(softmax(x))", _SIGNED),
    Formula("y'*log(softmax(x))", _SIGNED),
    Formula("-sum(y.*log(softmax(x)))", _SIGNED),
    Formula("log(sigmoid(x))", _SIGNED),
    Formula("log(1-sigmoid(x))", _SIGNED),
    Formula("-y'*log(sigmoid(x)) - (1-y)'*log(1-sigmoid(x))", _SIGNED),
    Formula("sigmoid(x)", _SIGNED),
    Formula("1-sigmoid(x)", _SIGNED),
    Formula("sigmoid(x).*(1-sigmoid(x))", _SIGNED),
    Formula("sigmoid(x) - 1/2", _SIGNED),
    Formula("log(sigmoid(x)./(1-sigmoid(x)))", _SIGNED),
    Formula("log(sum(exp(x)))", _SIGNED),
    Formula("logsumexp(x)", _SIGNED),
    Formula("softmax(x)", _SIGNED),
    Formula("y'*softmax(x)", _SIGNED),
    Formula("1-softmax(x)", _SIGNED),
    Formula("exp(x)/sum(exp(x))", _SIGNED, orders=0),
    Formula("log(sum(y.*exp(x)))", _SIGNED, orders=0),
    Formula("log(mean(exp(x)))", _SIGNED),
    Formula("softplus(x)", _SIGNED),
    Formula("log(1+exp(x))", _SIGNED),
    Formula("softplus(x)-x", _SIGNED),
    Formula("1./(1+exp(-x))", _SIGNED),
    Formula("exp(-x)./(1+exp(-x)).^2", _SIGNED, orders=1),
    Formula("erfc(x)", _NORMAL),
    Formula("1-erf(x)", _NORMAL),
    Formula("normcdf(x)", _NORMAL),
    Formula("1-normcdf(x)", _NORMAL),
    Formula("log(erfc(x))", _NORMAL),
    Formula("log(normcdf(x))", _NORMAL),
    Formula("y'*log(normcdf(x))+(1-y)'*log(normcdf(-x))", _NORMAL),
    Formula("exp(-x.^2/2)./normcdf(x)", _NORMAL, orders=1),
    Formula("gelu(x)", _NORMAL),
    Formula("tanh(x)", _SIGNED),
    Formula("1-tanh(x).^2", _SIGNED),
    Formula("1-tanh(x)", _SIGNED),
    Formula("log(1-tanh(x).^2)", _SIGNED),
    Formula("log(cosh(x))", _SIGNED),
    Formula("exp(x)-1", ("tiny", "apart", "usual")),
    Formula("exp(x)-exp(y)", ("tiny", "apart", "usual")),
    Formula("1-cos(x)", ("usual", "apart")),
    Formula("log(1-exp(-x))", _POSITIVE),
    Formula("log(exp(x)-1)", _POSITIVE, orders=1),
    Formula("log(exp(x)+exp(y))", _SIGNED),
    Formula("log(1+exp(x)+exp(y))", _SIGNED, orders=0),
    Formula("log(tanh(x))", _POSITIVE, orders=1),
    Formula("log(sinh(x))", _POSITIVE, orders=0),
    Formula("-log(softmax(x)[1])", _SIGNED, orders=1),
    Formula("log(sum(exp(x)))-x[1]", _SIGNED, orders=1),
    Formula("log(1+x)-log(x)", _POSITIVE, orders=0),
    Formula("log(1+x)-log(1+y)", (*_POSITIVE, "near 1"), orders=0),
    Formula("log(1+x)", _POSITIVE),
    Formula("log(x)-log(y)", (*_POSITIVE, "near 1")),
    Formula("sum(x.*log(x))", _POSITIVE),
    Formula("sum(x.*log(x./y))", (*_POSITIVE, "near 1")),
    Formula("x'*(log(x)-log(y))", (*_POSITIVE, "near 1")),
    Formula("sum(softmax(x).*log(softmax(x)))", _SIGNED, orders=0),
    Formula("sum(softmax(x).*(log(softmax(x))-log(softmax(y))))", _SIGNED, orders=0),
    Formula("sqrt(x.^2)", _SCALED),
    Formula("log(x.^2)", _SCALED),
    Formula("sqrt(x.^2+1)", _SCALED),
    Formula("norm2(x)", _SCALED),
    Formula("sqrt(x'*x)", _SCALED),
    Formula("sqrt(sum(x.^2))", _SCALED),
    Formula("log(norm2(x))", _SCALED),
    Formula("log(x'*x)", _SCALED),
    Formula("x/norm2(x)", _SCALED),
    Formula("y'*x/norm2(x)", _SCALED),
    Formula("x'*y/(norm2(x)*norm2(y))", _SCALED),
    Formula("x'*A*x/(x'*x)", _SCALED, (("A", "matrix(n)"),)),
    Formula("norm2(x-y)", ("usual",)),
    Formula("log((2*pi)^(-1/2)/a*exp(-(x-y)'*(x-y)/(2*a^2)))", ("large", "apart", "usual")),
    Formula("log(det(S)^(-1/2)*exp(-x'*inv(S)*x/2))", ("large", "tiny", "usual"), (("S", "spd(n)"),)),
)

Y = np.array([0.7, 0.2, 0.1])


@dataclass(frozen=True, eq=False)
class Question:
    """An expression at numbers: a formula itself, its gradient or its Hessian."""

    name: str
    expr: Expr
    values: dict[Expr, np.ndarray]

    def __str__(self) -> str:
        return self.name


def _forms(formula: Formula) -> dict[str, Expr]:
    """The formula; the gradient and the Hessian of it, or of its inner product with w."""
    f = read(formula.text, dict(formula.declared)).expr
    (x,) = [s for s in symbols(f) if s.name == "x"]
    total = f if f.is_scalar else inner(fr.vector("w", f.rows), f)
    d = fr.derivative(total, x)
    forms = {"value": lambda: f, "gradient": lambda: d.gradient, "Hessian": lambda: d.hessian().jacobian}
    return {name: form() for name, form in list(forms.items())[: formula.orders + 1]}


def _number(s: Expr, point: list[float]) -> np.ndarray:
    known = {
        "x": np.reshape(point, (-1, 1)),
        "y": Y[:, None],
        "w": np.array([[0.5], [-1.25], [2.0]]),
        "a": np.array([[1.5]]),
        "A": np.array([[2.0, -1.0, 0.5], [0.25, 1.0, 3.0], [-0.75, 0.5, 4.0]]),
        "S": np.array([[2.0, -0.5, 0.25], [-0.5, 1.0, 0.125], [0.25, 0.125, 4.0]]),
    }
    return known[s.name]


def questions() -> list[Question]:
    """All cases."""
    found = []
    for formula in FORMULAS:
        for order, e in _forms(formula).items():
            for name in formula.points:
                values = {s: _number(s, POINTS[name]) for s in symbols(e)}
                if name == "near 1" and any(s.name == "y" for s in values):
                    values = {s: np.ones((3, 1)) if s.name == "y" else v for s, v in values.items()}
                found.append(Question(f"{order} of {formula.text}, {name}", e, values))
    return found
