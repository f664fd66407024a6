"""Elementwise functions: a table of scalar derivatives, `d f(X) = f'(X) .* dX`.

Source of the derivatives: Abramowitz and Stegun, ch. 4 and 7. Where a function has a corner, the
derivative there is the middle of the two one-sided ones.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from frechet.expr.literature import ABRAMOWITZ_STEGUN, CONVEX_ANALYSIS, LOG_SUM_EXP, MAGNUS_NEUDECKER, POWERS
from frechet.expr.node import Expr, Operation, operation
from frechet.expr.structure import ones, pi
from frechet.kernels import entries
from frechet.rules import points
from frechet.rules.declare import rule

__all__ = [
    "abs", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "cos", "cosh", "erf", "erfc", "exp", "log", "log1p",
    "maximum", "minimum", "normcdf", "relu", "sigmoid", "sign", "sin", "sinh", "softplus", "sqrt", "step", "tan", "tanh",
]  # fmt: skip

_INVERSE = f"{MAGNUS_NEUDECKER}, sec. 8.4: the inverse"
_CIRCULAR = f"{ABRAMOWITZ_STEGUN}, sec. 4.3: circular functions"
_INVERSE_CIRCULAR = f"{ABRAMOWITZ_STEGUN}, sec. 4.4: inverse circular functions"
_HYPERBOLIC = f"{ABRAMOWITZ_STEGUN}, sec. 4.5: hyperbolic functions"
_INVERSE_HYPERBOLIC = f"{ABRAMOWITZ_STEGUN}, sec. 4.6: inverse hyperbolic functions"

_ERROR_FUNCTION = f"{ABRAMOWITZ_STEGUN}, sec. 7.1: the error function"

_HALF = Fraction(1, 2)


def _anywhere(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    return (rng.standard_normal((3, 4)),)


def _positive(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    return (rng.uniform(0.3, 2.0, (3, 4)),)


def _inside_unit(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    return (rng.uniform(-0.8, 0.8, (3, 4)),)


def _above_one(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    return (rng.uniform(1.3, 3.0, (3, 4)),)


def _away_from_zero(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    return (rng.uniform(0.3, 2.0, (3, 4)) * rng.choice([-1.0, 1.0], (3, 4)),)


def _elementwise(
    name: str,
    value: Callable[..., Any],
    derivative: Callable[[Expr], Expr],
    sample: Callable[..., Any] = _anywhere,
    holomorphic: bool = True,
    **facts: Any,
) -> Operation:
    """An operation f with d f(X) = f'(X) .* dX, acting on each entry alone."""

    def quiet(X: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            result: np.ndarray = value(X)
            return result

    op = operation(
        name,
        "m n -> m n",
        value=quiet,
        transposed="commutes",
        elementwise=True,
        holomorphic=holomorphic,
        sample=sample,
        **facts,
    )

    @rule(op)
    def d_op(X: Expr, dX: Expr) -> Expr:
        return derivative(X) * dX

    return op


def _erf(X: np.ndarray) -> np.ndarray:
    from scipy.special import erf as value

    return value(X)


def _erfc(X: np.ndarray) -> np.ndarray:
    from scipy.special import erfc as value

    return value(X)


def _normcdf(X: np.ndarray) -> np.ndarray:
    from scipy.special import ndtr as value

    return value(X)


def _always_positive(node: Expr) -> tuple[str, ...]:
    return ("positive",)


sin = _elementwise(
    "sin",
    np.sin,
    lambda X: cos(X),
    notation=r"\sin({0})",
    sums=("sin(a)^2 + cos(a)^2 = 1",),
    products=("sin(a)/cos(a) = tan(a)",),
    doubled=("1 - 2*sin(a)^2 = cos(2*a)", "2*sin(a)*cos(a) = sin(2*a)"),
    source=_CIRCULAR,
    taken_for=("cos", "sine and cosine are exchanged"),
    parity="odd",
)
cos: Operation = _elementwise(
    "cos",
    np.cos,
    lambda X: -sin(X),
    notation=r"\cos({0})",
    sums=("sin(a)^2 + cos(a)^2 = 1",),
    doubled=("2*cos(a)^2 - 1 = cos(2*a)",),
    source=_CIRCULAR,
    parity="even",
)
tan: Operation = _elementwise(
    "tan",
    np.tan,
    lambda X: 1 + tan(X) ** 2,
    notation=r"\tan({0})",
    products=("tan(a)*cos(a) = sin(a)",),
    source=_CIRCULAR,
    parity="odd",
)
arcsin = _elementwise(
    "arcsin",
    np.arcsin,
    lambda X: (1 - X**2) ** (-_HALF),
    _inside_unit,
    aliases=("asin",),
    domain="|{0}| < 1",
    outside=points.each([[1.5]], [[-2.0, 0.5]]),
    notation=r"\arcsin({0})",
    source=_INVERSE_CIRCULAR,
    parity="odd",
)
arccos = _elementwise(
    "arccos",
    np.arccos,
    lambda X: -((1 - X**2) ** (-_HALF)),
    _inside_unit,
    aliases=("acos",),
    domain="|{0}| < 1",
    outside=points.each([[1.5]], [[-2.0, 0.5]]),
    notation=r"\arccos({0})",
    source=_INVERSE_CIRCULAR,
)
arctan = _elementwise(
    "arctan",
    np.arctan,
    lambda X: 1 / (1 + X**2),
    aliases=("atan",),
    notation=r"\arctan({0})",
    source=_INVERSE_CIRCULAR,
    parity="odd",
)
sinh = _elementwise(
    "sinh",
    np.sinh,
    lambda X: cosh(X),
    notation=r"\sinh({0})",
    sums=("cosh(a)^2 - sinh(a)^2 = 1",),
    products=("sinh(a)/cosh(a) = tanh(a)",),
    doubled=("1 + 2*sinh(a)^2 = cosh(2*a)", "2*sinh(a)*cosh(a) = sinh(2*a)"),
    source=_HYPERBOLIC,
    taken_for=("cosh", "sinh and cosh are exchanged"),
    parity="odd",
)
cosh: Operation = _elementwise(
    "cosh",
    np.cosh,
    lambda X: sinh(X),
    properties=_always_positive,
    notation=r"\cosh({0})",
    sums=("cosh(a)^2 - sinh(a)^2 = 1",),
    doubled=("2*cosh(a)^2 - 1 = cosh(2*a)",),
    source=_HYPERBOLIC,
    parity="even",
)
tanh: Operation = _elementwise(
    "tanh",
    np.tanh,
    lambda X: 1 - tanh(X) ** 2,
    within_1=True,
    notation=r"\tanh({0})",
    products=("tanh(a)*cosh(a) = sinh(a)",),
    source=_HYPERBOLIC,
    taken_for=("tan", "tanh and tan are exchanged"),
    parity="odd",
)
arcsinh = _elementwise(
    "arcsinh",
    np.arcsinh,
    lambda X: (1 + X**2) ** (-_HALF),
    aliases=("asinh",),
    notation=r"\operatorname{{arcsinh}}({0})",
    source=_INVERSE_HYPERBOLIC,
    parity="odd",
)
arccosh = _elementwise(
    "arccosh",
    np.arccosh,
    lambda X: (X - 1) ** (-_HALF) * (X + 1) ** (-_HALF),
    _above_one,
    aliases=("acosh",),
    domain="{0} > 1",
    outside=points.each([[0.5]], [[-2.0, 1.5]]),
    notation=r"\operatorname{{arccosh}}({0})",
    source=_INVERSE_HYPERBOLIC,
)
arctanh = _elementwise(
    "arctanh",
    np.arctanh,
    lambda X: 1 / ((1 - X) * (1 + X)),
    _inside_unit,
    aliases=("atanh",),
    domain="|{0}| < 1",
    outside=points.each([[1.5]], [[-2.0, 0.5]]),
    notation=r"\operatorname{{arctanh}}({0})",
    source=_INVERSE_HYPERBOLIC,
    parity="odd",
)
exp: Operation = _elementwise(
    "exp",
    np.exp,
    lambda X: exp(X),
    properties=_always_positive,
    notation=r"\exp({0})",
    sums=("exp(a) + exp(-a) = 2*cosh(a)", "exp(a) - exp(-a) = 2*sinh(a)"),
    products=("exp(a)*sigmoid(-a) = sigmoid(a)",),
    source=POWERS,
    taken_for=("expm", "the elementwise exp and the matrix exponential expm are two functions"),
    laws=("exp(log(A)) = A",),
)
log = _elementwise(
    "log",
    np.log,
    lambda X: 1 / X,
    _positive,
    aliases=("ln",),
    domain="{0} > 0",
    outside=points.each([[-1.0, 2.0]], [[0.0]]),
    notation=r"\log({0})",
    source=POWERS,
    taken_for=("logm", "the elementwise log and the matrix logarithm logm are two functions"),
    laws=(
        "log(exp(A)) = A",
        "log(sigmoid(A)) = -softplus(-A)",
        "log(softmax(A)) = A - logsumexp(A) where A matrix(m,n)",
        "log(softmax(A, rows)) = A - logsumexp(A, rows)*ones(1,n) where A matrix(m,n)",
        "log(sum(exp(A))) = logsumexp(A)",
        "log(rowsum(exp(A))) = logsumexp(A, rows)",
        "log(det(A)) = logdet(A)",
        "log(abs(det(A))) = logdet(A)",
    ),
)
log1p = _elementwise(
    "log1p",
    np.log1p,
    lambda X: 1 / (1 + X),
    _positive,
    domain="{0} > -1",
    laws=("log1p(exp(A)) = softplus(A)",),
    outside=points.each([[-2.0, 1.0]], [[-1.0]]),
    notation=r"\log(1+{0})",
    source=POWERS,
)
sqrt: Operation = _elementwise(
    "sqrt",
    np.sqrt,
    lambda X: 1 / (2 * sqrt(X)),
    _positive,
    domain="{0} >= 0",
    outside=points.each([[-1.0, 4.0]]),
    convention="where sqrt({0}) = 0, a quotient 0/sqrt({0}) is taken as 0",
    properties=lambda node: ("positive",) if "positive" in node.args[0].memo["properties"] else (),
    notation=r"\sqrt{{{0}}}",
    source=POWERS,
    norm_like=True,
    taken_for=("sqrtm", "the elementwise sqrt and the matrix square root sqrtm are two functions"),
)
abs = _elementwise(
    "abs",
    np.abs,
    lambda X: sign(X),
    _away_from_zero,
    convention="where {0} = 0, the derivative of abs is taken as 0",
    notation=r"|{0}|",
    spoken="absolute-value",
    source=CONVEX_ANALYSIS,
    holomorphic=False,
    norm_like=True,
    result="real",
    taken_for=("sign", "abs and sign are exchanged"),
    laws=(
        "abs(A) = A where A positive",
        "abs(abs(A)) = abs(A)",
    ),
)
sign: Operation = _elementwise(
    "sign",
    np.sign,
    lambda X: 0 * X,
    _away_from_zero,
    domain="{0} has no zero entry",
    outside=points.each([[0.0, 2.0]]),
    notation=r"\operatorname{{sign}}({0})",
    products=("sign(a)*abs(a) = a", "sign(a)/abs(a) = 1/a"),
    source=CONVEX_ANALYSIS,
    holomorphic=False,
    parity="odd",
)
step = _elementwise(
    "step",
    lambda X: np.heaviside(X, 0.5),
    lambda X: 0 * X,
    _away_from_zero,
    domain="{0} has no zero entry",
    outside=points.each([[0.0, 2.0]]),
    convention="step(0) = 1/2",
    notation=r"\operatorname{{step}}({0})",
    sums=("step(a) + step(-a) = 1",),
    source=CONVEX_ANALYSIS,
    holomorphic=False,
)
relu = _elementwise(
    "relu",
    lambda X: np.maximum(X, 0.0),
    lambda X: step(X),
    _away_from_zero,
    convention="where {0} = 0, the derivative of relu is taken as 1/2",
    notation=r"\operatorname{{relu}}({0})",
    sums=("relu(a) - relu(-a) = a", "relu(a) + relu(-a) = abs(a)"),
    products=("relu(a)*step(a) = relu(a)",),
    source=CONVEX_ANALYSIS,
    holomorphic=False,
    taken_for=("step", "the derivative of relu is step, 0 or 1"),
)
sigmoid: Operation = _elementwise(
    "sigmoid",
    entries.sigmoid,
    lambda X: sigmoid(X) * sigmoid(-X),
    within_1=True,
    aliases=("expit", "logistic"),
    properties=_always_positive,
    notation=r"\sigma({0})",
    spoken="sigmoid",
    sums=("sigmoid(a) + sigmoid(-a) = 1", "sigmoid(a) - sigmoid(-a) = tanh(a/2)"),
    source=LOG_SUM_EXP,
    holomorphic=False,
    taken_for=("softplus", "sigmoid and softplus are exchanged"),
)
softplus = _elementwise(
    "softplus",
    entries.softplus,
    lambda X: sigmoid(X),
    properties=_always_positive,
    notation=r"\operatorname{{softplus}}({0})",
    sums=("softplus(a) - softplus(-a) = a",),
    source=LOG_SUM_EXP,
    holomorphic=False,
)
erf = _elementwise(
    "erf",
    _erf,
    lambda X: 2 / pi() ** _HALF * exp(-(X**2)),
    holomorphic=False,  # it is, but no library but SciPy has it at complex numbers
    notation=r"\operatorname{{erf}}({0})",
    source=_ERROR_FUNCTION,
    parity="odd",
)
erfc = _elementwise(
    "erfc",
    _erfc,
    lambda X: -2 / pi() ** _HALF * exp(-(X**2)),
    holomorphic=False,
    properties=_always_positive,
    notation=r"\operatorname{{erfc}}({0})",
    sums=("erf(a) + erfc(a) = 1", "erfc(a) + erfc(-a) = 2"),
    source=_ERROR_FUNCTION,
    taken_for=("erf", "erf and its complement erfc are exchanged"),
)
normcdf = _elementwise(
    "normcdf",
    _normcdf,
    lambda X: exp(-(X**2) / 2) / sqrt(2 * pi()),
    holomorphic=False,
    aliases=("ndtr",),
    properties=_always_positive,
    notation=r"\operatorname{{normcdf}}({0})",
    sums=("normcdf(a) + normcdf(-a) = 1",),
    source=f"{ABRAMOWITZ_STEGUN}, sec. 26.2: the normal distribution function",
    taken_for=("erf", "the normal distribution function is (1 + erf(x/sqrt(2)))/2"),
)


def _two_arguments(name: str, value: Callable[..., Any], sign_of_difference: int, notation: str) -> Operation:
    """The larger (or smaller) of two, entry by entry; at a tie each argument counts one half."""

    def spread(args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr | None:
        if args[0].is_scalar is args[1].is_scalar:
            return None
        shape = args[1].shape if args[0].is_scalar else args[0].shape
        return op(*[a * ones(*shape) if a.is_scalar else a for a in args])

    op = operation(
        name,
        "m n, m n -> m n",
        value=value,
        fold=spread,
        transposed="commutes",
        elementwise=True,
        spelled=name[:3],
        convention="where {0} = {1}, each counts one half",
        sample=lambda rng: (rng.standard_normal((3, 4)), rng.standard_normal((3, 4))),
        notation=notation,
        source=CONVEX_ANALYSIS,
        sums=("max(a,b) + min(a,b) = a + b",),
    )

    @rule(op, 0)
    def d_op_in_A(A: Expr, B: Expr, dA: Expr) -> Expr:
        return step(sign_of_difference * (A - B)) * dA

    @rule(op, 1)
    def d_op_in_B(A: Expr, B: Expr, dB: Expr) -> Expr:
        return step(sign_of_difference * (B - A)) * dB

    return op


maximum = _two_arguments("maximum", np.maximum, 1, r"\max({0},{1})")
minimum = _two_arguments("minimum", np.minimum, -1, r"\min({0},{1})")
