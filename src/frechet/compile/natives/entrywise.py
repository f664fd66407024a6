"""Functions of entries and sums over them that keep their digits near 0, far from it, and where one entry outweighs all others.

Their numbers are those of `frechet.kernels.entries`.
"""

from __future__ import annotations

from frechet.compile.natives.words import erf, erfc, frozen, has_complex_entries

__all__ = [
    "from_largest",
    "gap_on_the_right",
    "hazard",
    "hazardgap",
    "hypotenuse",
    "log1mexp",
    "logcosh",
    "logerfc",
    "loghalferfc",
    "logistic_density",
    "logsoftmax",
    "logsoftmax_of_all",
    "logsumexp",
    "nearby",
    "norm2",
    "sech",
    "sign_of",
    "xlogy",
]


def xlogy(xp, a, b):
    """a*log(b), where 0*log(0) counts as 0"""
    vanishing = (a == 0) & (b == 0)
    return xp.where(vanishing, 0, a * xp.log(xp.where(vanishing, 1, b)))


def hypotenuse(xp, a, b):
    """sqrt(a^2 + b^2), of real numbers without overflow"""
    return xp.sqrt(a * a + b * b) if has_complex_entries(xp, a) or has_complex_entries(xp, b) else xp.hypot(a, b)


def nearby(xp, at, b, c):
    """b where 0 < |at| < 1, c elsewhere"""
    return xp.where((xp.abs(at) < 1) & (at != 0), b, c)


def sign_of(xp, x):
    """-1, 0 or 1, and NaN of NaN, whose sign is 0 in PyTorch"""
    return xp.where(xp.isnan(x), x, xp.sign(x))


def log1mexp(xp, x):
    """log(1 - exp(-x)) for positive x; NaN below 0, where the quotient rounds to -1; complex numbers have the difference there"""
    if has_complex_entries(xp, x):
        is_left = xp.real(x) < 0
        left = xp.log(-xp.expm1(xp.where(is_left, -x, 1)))
        return xp.where(is_left, left, -xp.log1p(1 / xp.expm1(xp.where(is_left, 1, x))))
    return -xp.log1p(1 / xp.expm1(xp.where(x < 0, xp.nan, x) + 0.0))


def logcosh(xp, x):
    """log(cosh(x)): near 0 by the half angle, elsewhere by the larger exponential"""
    a, is_near = xp.where(xp.real(x) < 0, -x, x), xp.abs(x) < 1
    near = xp.log1p(2 * xp.sinh(xp.where(is_near, a, 1) / 2) ** 2)
    return xp.where(is_near, near, a + xp.log1p(xp.exp(-2 * a)) - 0.6931471805599453)


def gap_on_the_right(xp, x):
    """exp(-x^2)/erfc(x) - sqrt(pi)*x for x >= 0: of 1/(1 + x), one polynomial over another"""
    above = (
        16924.440745736796, 31228.62184601761, 31659.655310190148, 22258.6515177514, 11787.423102721881,
        4865.145983731212, 1581.729975368679, 401.3390867993752, 77.53414467568201, 10.465126026097856,
        0.886226925452758,
    )  # fmt: skip
    below = (
        8581.956997143589, 21615.179949690835, 29111.448405337385, 26856.05469362899, 18537.189934390848,
        9960.782255633716, 4235.88450438206, 1430.7250310574623, 378.18338108887394, 76.67928340169836,
        10.808630188877956, 1.0,
    )  # fmt: skip
    u = 1 / (1 + x)
    p, q = 0 * u, 0 * u
    for a in above:
        p = p * u + a
    for b in below:
        q = q * u + b
    return u * p / q


def hazard(xp, x):
    """exp(-x^2)/erfc(x)"""
    left, right = xp.where(x < 0, x, 0 * x), xp.where(x < 0, 0 * x, x)
    far = 1.772453850905516 * right + gap_on_the_right(xp, right)
    return xp.where(x < 0, xp.exp(-left * left) / erfc(xp, left), far)


def hazardgap(xp, x):
    """exp(-x^2)/erfc(x) - sqrt(pi)*x, of which the terms are nearly equal far on the right"""
    left, right = xp.where(x < 0, x, 0 * x), xp.where(x < 0, 0 * x, x)
    return xp.where(x < 0, hazard(xp, left) - 1.772453850905516 * left, gap_on_the_right(xp, right))


def logerfc(xp, x):
    """log(erfc(x))"""
    near, far = xp.where(x < 1, x, 0 * x), xp.where(x < 1, 0 * x + 1, x)
    return xp.where(x < 1, xp.log1p(-erf(xp, near)), -far * far - xp.log(hazard(xp, far)))


def loghalferfc(xp, x):
    """log(erfc(x)/2), which is nearly 0 far on the left"""
    left, middle, far = xp.where(x < 0, x, 0 * x), xp.where((x >= 0) & (x < 1), x, 0 * x), xp.where(x < 1, 0 * x + 1, x)
    near = xp.where(x < 0, xp.log1p(-erfc(xp, -left) / 2), xp.log(erfc(xp, middle) / 2))
    return xp.where(x < 1, near, -far * far - xp.log(2 * hazard(xp, far)))


def logistic_density(xp, x):
    """sigmoid(x)*sigmoid(-x), which is even: one exponential, of negative numbers only"""
    e = xp.exp(-xp.abs(x))
    return e / (1 + e) ** 2


def sech(xp, x):
    """1/cosh(x)"""
    return 1 / xp.cosh(x)


def from_largest(xp, A, axis):
    """The largest entry m of a vector or of each row, A - m, and the sum of exp(A - m) over the others, which may be tiny"""
    m = xp.amax(A, axis, keepdims=True)
    d = A - m
    others = xp.where(d < 0, xp.exp(d), 0).sum(axis, keepdims=True)
    return m, d, others + ((m == A).sum(axis, keepdims=True, dtype=A.dtype) - 1)


def logsumexp(xp, A, axis):
    """log(sum(exp(A))) of a vector, or of each row"""
    m, _, rest = from_largest(xp, A, axis)
    return (m + xp.log1p(rest)).squeeze(axis)


def logsoftmax(xp, A, axis):
    """A - logsumexp(A) of a vector, or of each row: no terms cancel"""
    _, d, rest = from_largest(xp, A, axis)
    return d - xp.log1p(rest)


def logsoftmax_of_all(xp, A):
    """A - logsumexp(A), of all entries of a vector or matrix, or of each of a stack of matrices"""
    return logsoftmax(xp, A, tuple(range(-min(A.ndim, 2), 0)))


def norm2(xp, A):
    """sqrt(sum(A.^2)), of entries that are scaled: their squares stay in range"""
    m = frozen(xp, xp.abs(A).max())
    m = xp.where((m > 0) & (m < xp.inf), m, 1)
    return m * xp.linalg.norm(A / m)
