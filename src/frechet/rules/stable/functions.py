"""Functions whose formula loses digits: they are defined by it, and have a kernel that does not.

Nobody writes them: `frechet.expr.stable` puts them in the place of their definitions where numbers are worked out.
Source: Goldberg, What every computer scientist should know about floating-point arithmetic, ACM Comput. Surv. 23 (1991); Mächler,
Accurately computing log(1 - exp(-|a|)) (2012); Blanchard, Higham and Higham, Accurately computing the log-sum-exp and softmax
functions, IMA J. Numer. Anal. 41 (2021).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial

import numpy as np

from frechet.expr.literature import ABRAMOWITZ_STEGUN, FUNDAMENTAL_RULES
from frechet.expr.node import Expr, operation
from frechet.expr.structure import hadamard, mul, ones, pi, scale
from frechet.kernels import entries, normal
from frechet.rules import points
from frechet.rules.declare import kernel
from frechet.rules.elementwise import abs, cosh, erfc, exp, log, sigmoid, sqrt, step
from frechet.rules.reductions import logsumexp, logsumexp_rows, norm2

__all__ = [
    "expm1",
    "hazard",
    "hazardgap",
    "hypot",
    "log1mexp",
    "logcosh",
    "logerfc",
    "loghalferfc",
    "logisticpdf",
    "logsoftmax",
    "logsoftmax_rows",
    "nearby",
    "normalized",
    "quotient",
    "ratio",
    "sech",
    "xlogy",
]

_CANCELLATION = "Goldberg, What every computer scientist should know about floating-point arithmetic (1991), sec. 1.4"
_LOGARITHMS = "Mächler, Accurately computing log(1 - exp(-|a|)) (2012)"
_MILLS = f"{ABRAMOWITZ_STEGUN}, sec. 26.2: Mills' ratio"
_SOFTMAX = "Blanchard, Higham and Higham, Accurately computing the log-sum-exp and softmax functions (2021)"


def _of_entries(count: int, low: float, high: float) -> Callable[[np.random.Generator], tuple[np.ndarray, ...]]:
    return lambda rng: tuple(rng.uniform(low, high, (3, 4)) for _ in range(count))


def _always_positive(node: Expr) -> tuple[str, ...]:
    return ("positive",)


def _near_and_far(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    far = rng.uniform(0.2, 0.8, (3, 4)) + rng.integers(0, 2, (3, 4))
    return far, rng.uniform(-2.0, 2.0, (3, 4)), rng.uniform(-2.0, 2.0, (3, 4))


_function = partial(operation, internal=True, transposed="commutes")

expm1 = _function(
    "expm1",
    "m n -> m n",
    definition=lambda A: exp(A) - 1,
    value=entries.expm1,
    elementwise=True,
    holomorphic=True,
    sample=_of_entries(1, -2.0, 2.0),
    source=_CANCELLATION,
    notation=r"\operatorname{{expm1}}({0})",
)
log1mexp = _function(
    "log1mexp",
    "m n -> m n",
    definition=lambda A: log(1 - exp(-A)),
    value=entries.log1mexp,
    elementwise=True,
    domain="{0} > 0",
    outside=points.each([[-1.0, 2.0]], [[0.0]], [[-40.0, 2.0]], [[-800.0, 1.0]]),
    sample=_of_entries(1, 0.2, 2.0),
    source=_LOGARITHMS,
    notation=r"\log(1 - \exp(-{0}))",
)
logcosh = _function(
    "logcosh",
    "m n -> m n",
    definition=lambda A: log(cosh(A)),
    value=entries.logcosh,
    elementwise=True,
    sample=_of_entries(1, -2.0, 2.0),
    source=_CANCELLATION,
    notation=r"\log\cosh({0})",
)
logerfc = _function(
    "logerfc",
    "m n -> m n",
    definition=lambda A: log(erfc(A)),
    value=normal.logerfc,
    elementwise=True,
    sample=_of_entries(1, -2.0, 2.0),
    source=_MILLS,
    notation=r"\log\operatorname{{erfc}}({0})",
)
loghalferfc = _function(
    "loghalferfc",
    "m n -> m n",
    definition=lambda A: log(erfc(A) / 2),
    value=normal.loghalferfc,
    elementwise=True,
    sample=_of_entries(1, -2.0, 2.0),
    source=_MILLS,
    notation=r"\log(\operatorname{{erfc}}({0}) / 2)",
)
"""The logarithm of the normal distribution function at -sqrt(2)*A: it is near 0 far on the left, where log(erfc(A)) is near log(2)."""
hazard = _function(
    "hazard",
    "m n -> m n",
    definition=lambda A: exp(-(A**2)) / erfc(A),
    value=normal.hazard,
    elementwise=True,
    properties=_always_positive,
    sample=_of_entries(1, -2.0, 2.0),
    source=_MILLS,
    notation=r"\operatorname{{hazard}}({0})",
)
hazardgap = _function(
    "hazardgap",
    "m n -> m n",
    definition=lambda A: exp(-(A**2)) / erfc(A) - pi() ** Fraction(1, 2) * A,
    value=normal.hazardgap,
    elementwise=True,
    properties=_always_positive,
    sample=_of_entries(1, -2.0, 2.0),
    source=_MILLS,
    notation=r"\operatorname{{hazardgap}}({0})",
)
sech = _function(
    "sech",
    "m n -> m n",
    definition=lambda A: 1 / cosh(A),
    value=entries.sech,
    elementwise=True,
    holomorphic=True,
    properties=_always_positive,
    sample=_of_entries(1, -2.0, 2.0),
    source=f"{ABRAMOWITZ_STEGUN}, sec. 4.5: hyperbolic functions",
    notation=r"\operatorname{{sech}}({0})",
)
logisticpdf = _function(
    "logisticpdf",
    "m n -> m n",
    definition=lambda A: hadamard(sigmoid(A), sigmoid(-A)),
    value=entries.logistic_density,
    elementwise=True,
    properties=_always_positive,
    sample=_of_entries(1, -2.0, 2.0),
    source="Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions, vol. 2, 2nd ed. (1995), ch. 23",
    notation=r"\sigma({0}) \odot \sigma(-{0})",
)
"""The density of the logistic distribution: sigmoid(z)*sigmoid(-z) by one exponential."""
xlogy = _function(
    "xlogy",
    "m n, m n -> m n",
    definition=lambda A, B: hadamard(A, log(B)),
    value=entries.xlogy,
    elementwise=True,
    domain="{1} > 0, or {0} = {1} = 0",
    outside=((np.ones((1, 2)), np.array([[-1.0, 2.0]])), (np.ones((1, 1)), np.zeros((1, 1)))),
    sample=_of_entries(2, 0.3, 2.0),
    source="Cover and Thomas, Elements of Information Theory, 2nd ed. (2006), sec. 2.1: 0*log(0) = 0",
    notation=r"{0} \odot \log({1})",
)
logsoftmax = _function(
    "logofsoftmax",
    "m n -> m n",
    definition=lambda A: A - scale(logsumexp(A), ones(A.rows, A.cols)),
    value=kernel(entries.logsoftmax),
    sample=_of_entries(1, -2.0, 2.0),
    source=_SOFTMAX,
    notation=r"\log\operatorname{{softmax}}({0})",
)
logsoftmax_rows = operation(
    "logofsoftmax_rows",
    "m n -> m n",
    internal=True,
    definition=lambda A: A - _along_rows(logsumexp_rows(A), A),
    value=kernel(entries.logsoftmax, axis=1),
    sample=_of_entries(1, -2.0, 2.0),
    source=_SOFTMAX,
    notation=r"\log\operatorname{{softmax}}_{{\text{{rows}}}}({0})",
)


def _along_rows(s: Expr, A: Expr) -> Expr:
    """The column s as each column of an array of the shape of A."""
    return mul(s, ones(1, A.cols))


hypot = _function(
    "hypot",
    "m n, m n -> m n",
    definition=lambda A, B: sqrt(A**2 + B**2),
    value=entries.hypot,
    elementwise=True,
    norm_like=True,
    sample=_of_entries(2, 0.3, 2.0),
    source="Moler and Morrison, Replacing square roots by Pythagorean sums, IBM J. Res. Dev. 27 (1983)",
    notation=r"\sqrt{{{0}^2 + {1}^2}}",
)
normalized = _function(
    "normalized",
    "m n -> m n",
    definition=lambda A: A / norm2(A),
    value=lambda A: entries.quotient(A, entries.norm2(A)),
    sample=_of_entries(1, -2.0, 2.0),
    source="Blue, A portable Fortran program to find the Euclidean norm of a vector, ACM Trans. Math. Softw. 4 (1978)",
    notation=r"\frac{{{0}}}{{\lVert {0} \rVert}}",
)
quotient = _function(
    "quotient",
    "m n, m n -> m n",
    definition=lambda A, B: A / B,
    value=entries.quotient,
    elementwise=True,
    domain="{1} has no zero entry, or {0} = {1} = 0",
    outside=((np.ones((1, 2)), np.array([[0.0, 2.0]])),),
    sample=_of_entries(2, 0.3, 2.0),
    source=FUNDAMENTAL_RULES,
    notation=r"{0} \oslash {1}",
)
"""A./B by a B that is a norm or a root: 0 where both are 0."""
nearby = _function(
    "nearby",
    "m n, m n, m n -> m n",
    definition=lambda A, B, C: hadamard(B, step(1 - abs(A))) + hadamard(C, step(abs(A) - 1)),
    value=entries.nearby,
    elementwise=True,
    sample=_near_and_far,
    source=FUNDAMENTAL_RULES,
    notation=r"\operatorname{{nearby}}({0}, {1}, {2})",
)
"""B where 0 < |A| < 1, C elsewhere: a series and the formula that it is of."""
ratio = _function(
    "ratio",
    "m n, m n -> m n",
    definition=lambda A, B: A / B,
    value=entries.ratio,
    elementwise=True,
    domain="{0} is divided by no zero entry of {1}",
    outside=((np.ones((1, 2)), np.array([[0.0, 2.0]])),),
    sample=_of_entries(2, 0.3, 2.0),
    spoken="quotient-of-factors",
    source=FUNDAMENTAL_RULES,
    notation=r"{0} \oslash {1}",
)
"""A./B as one factor, divided before anything else is multiplied."""
