"""Thirty problems of science and engineering against closed forms or another solver's differences, and bad input that must be named."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.integrate
import scipy.linalg
import scipy.optimize
import scipy.special

import frechet as fr

I = fr.implicit
RNG = np.random.default_rng(29)
N = 5
A0, B0 = RNG.standard_normal((N, N)) + 4 * np.eye(N), RNG.standard_normal(N)
S0 = A0 @ A0.T / N
Q3 = RNG.standard_normal((3, 3))
A3 = 0.4 * Q3 / np.linalg.norm(Q3, 2)
P5 = RNG.uniform(0.5, 1.5, N)


def differences(f, p, h=1e-3):
    """Of sixth order, of a loss whose solver is not ours."""
    p = np.asarray(p, dtype=float)
    weights = ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))
    along = lambda e: sum(w * (f(p + k * h * e) - f(p - k * h * e)) for k, w in weights) / h
    if not p.ndim:
        return along(1.0)
    units = np.eye(p.size).reshape(p.size, *p.shape)
    return np.array([along(e) for e in units]).reshape(p.shape)


# --- linear systems and matrix equations --------------------------------------------------------------------------------

toeplitz = fr.implicit(
    lambda x, c: c[np.abs(np.arange(N)[:, None] - np.arange(N))] @ x - B0, lambda c: scipy.linalg.solve_toeplitz(c, B0)
)
low_rank = I.linear(lambda p: S0 + np.outer(p, p), B0)


def exact_low_rank(p):
    """|x|² by Sherman and Morrison: x = inv(S0)*(b - p*(p'*inv(S0)*b)/(1 + p'*inv(S0)*p))."""

    def loss(p):
        b, s = np.linalg.solve(S0, B0), np.linalg.solve(S0, p)
        x = b - s * (p @ b) / (1 + p @ s)
        return x @ x

    return differences(loss, p)


GRID = 40


def upwind(p):
    """-u'' + exp(p)*u' = 1 on (0, 1): nonsymmetric, sparse."""
    h, i = 1 / (GRID + 1), np.arange(GRID)
    one, speed = np.ones(GRID), np.exp(p) * np.ones(GRID)
    data = np.concatenate([2 * one / h**2 + speed / h, (-one / h**2 - speed / h)[1:], (-one / h**2)[1:]])
    return I.sparse(data, (np.concatenate([i, i[1:], i[:-1]]), np.concatenate([i, i[:-1], i[1:]])), (GRID, GRID))


advected = I.linear(upwind, np.ones(GRID))


def dense_advected(p):
    h, one = 1 / (GRID + 1), np.ones(GRID)
    c = np.exp(p)
    A = np.diag(2 * one / h**2 + c / h) + np.diag((-one / h**2 - c / h)[1:], -1) + np.diag((-one / h**2)[1:], 1)
    return np.sum(np.linalg.solve(A, one) ** 2)


stein = fr.implicit("X - A*X*A' - Q", lambda A, Q: scipy.linalg.solve_discrete_lyapunov(A, Q))
cube_root = fr.implicit("X*X*X - A", lambda A: scipy.linalg.fractional_matrix_power(A, 1 / 3).real)
logarithm = fr.implicit(lambda X, A: scipy.linalg.expm(X) - A, lambda A: scipy.linalg.logm(A).real)
C2, D2 = np.array([[0.0, 1.0], [-1.0, 0.5]]), np.array([[0.0], [1.0]])
riccati = fr.implicit(
    lambda P, r: C2.T @ P + P @ C2 - P @ D2 @ D2.T @ P / r + np.eye(2),
    lambda r: scipy.linalg.solve_continuous_are(C2, D2, np.eye(2), r * np.eye(1)),
)

# --- roots and fixed points ---------------------------------------------------------------------------------------------

kepler = I.root(lambda E, p: E - p[0] * np.sin(E) - p[1], lambda p: p[1])


def exact_kepler(p):
    E = scipy.optimize.brentq(lambda E: E - p[0] * np.sin(E) - p[1], 0, 4, xtol=1e-15)
    return np.array([np.sin(E), 1.0]) / (1 - p[0] * np.cos(E))


colebrook = I.root(lambda f, p: 1 / np.sqrt(f) + 2 * np.log10(p[0] / 3.7 + 2.51 / (p[1] * np.sqrt(f))), 0.02)


def by_iteration(p):
    y = 7.0
    for _ in range(100):
        y = -2 * np.log10(p[0] / 3.7 + 2.51 * y / p[1])
    return 1 / y**2


gas = I.root(lambda v, T: (1e5 + 0.364 / v**2) * (v - 4.27e-5) - 8.314 * T, lambda T: 8.314 * T / 1e5)


def exact_gas(T):
    v = scipy.optimize.brentq(lambda v: (1e5 + 0.364 / v**2) * (v - 4.27e-5) - 8.314 * T, 1e-3, 1.0, xtol=1e-18)
    return 8.314 / (1e5 + 0.364 / v**2 - 2 * 0.364 / v**3 * (v - 4.27e-5))


# a weak acid: charges and masses, in moles per liter; x = [H, A, HA]
acid = I.root(
    lambda x, p: np.array([x[0] * x[1] - p[0] * x[2], x[1] + x[2] - p[1], x[0] - x[1] - 1e-14 / x[0]]),
    lambda p: np.array([np.sqrt(p[0] * p[1]), np.sqrt(p[0] * p[1]), p[1]]),
)


def acidity(p):
    """H³ + K*H² - (K*c + w)*H - K*w = 0."""
    roots = np.roots([1, p[0], -(p[0] * p[1] + 1e-14), -p[0] * 1e-14])
    return -np.log10(roots.real.max())


def exact_acidity(p):
    H = 10 ** -acidity(p)
    slope = 3 * H**2 + 2 * p[0] * H - p[0] * p[1] - 1e-14
    return -np.array([-(H**2) + p[1] * H + 1e-14, p[0] * H]) / slope / H / np.log(10)


# power flow of two buses: voltage and angle at the end of a line
flow = I.root(
    lambda x, p: np.array([5 * x[0] * np.sin(x[1]) + p[0], 5 * x[0] ** 2 - 5 * x[0] * np.cos(x[1]) + p[1]]),
    np.array([1.0, 0.0]),
)


def voltage(p):
    """u = v² from (5*u + q)² + p² = 25*u, the larger one."""
    b = 10 * p[1] - 25
    return np.sqrt((-b + np.sqrt(b**2 - 100 * (p[0] ** 2 + p[1] ** 2))) / 50)


MOVES = np.array([[0.9, 0.1, 0.0], [0.2, 0.5, 0.3], [0.0, 0.4, 0.6]])


def backup(v, r):
    return r + 0.97 * MOVES @ np.logaddexp(v, v[::-1] - 1)


bellman = I.fixed_point(backup, np.zeros(3))


def iterated(r):
    v = np.zeros(3)
    for _ in range(3000):
        v = backup(v, r)
    return v


layers = I.fixed_point(
    lambda z, p: {"u": np.tanh(A3 @ z["v"] + p), "v": np.tanh(A3.T @ z["u"] - p)}, {"u": np.zeros(3), "v": np.zeros(3)}
)


def settled(p):
    u, v = np.zeros(3), np.zeros(3)
    for _ in range(200):
        u, v = np.tanh(A3 @ v + p), np.tanh(A3.T @ u - p)
    return np.sum(u * v)


# --- optima -------------------------------------------------------------------------------------------------------------

TIMES = np.linspace(0, 2, 9)
DATA = 2 * np.exp(-1.3 * TIMES) + 0.05 * np.cos(9 * TIMES)
fit = I.least_squares(lambda x, s: np.append(x[0] * np.exp(-x[1] * TIMES) - DATA, np.sqrt(s) * (x - 1)), np.ones(2))


def fitted(s):
    r = lambda x: np.append(x[0] * np.exp(-x[1] * TIMES) - DATA, np.sqrt(s) * (x - 1))
    return scipy.optimize.least_squares(r, np.ones(2), xtol=1e-15, ftol=1e-15, gtol=1e-15, jac="cs").x[1]


X7, SIDE = RNG.standard_normal((7, 3)), np.array([1, -1, 1, 1, -1, -1, 1.0])
logistic = I.minimum(lambda w, s: np.sum(np.logaddexp(0, -SIDE * (X7 @ w))) + np.exp(s) * w @ w / 2, np.zeros(3))


def trained(s):
    """By Newton's method, written out."""
    w = np.zeros(3)
    for _ in range(30):
        m = scipy.special.expit(-SIDE * (X7 @ w))
        g = -X7.T @ (SIDE * m) + np.exp(s) * w
        w = w - np.linalg.solve(X7.T @ ((m * (1 - m))[:, None] * X7) + np.exp(s) * np.eye(3), g)
    return np.sum(w**3)


portfolio = I.quadratic_program(
    S0,
    lambda r: -r,
    np.ones((1, N)),
    np.ones(1),
    np.vstack([-np.eye(N), np.eye(N)]),
    np.append(np.zeros(N), np.full(N, 0.6)),
)


def enumerated(r):
    """The best point of all choices of active bounds."""
    best, found = np.inf, None
    for code in range(3**N):
        at = [(code // 3**k) % 3 for k in range(N)]
        fixed = [k for k in range(N) if at[k]]
        E = np.vstack([np.ones(N), np.eye(N)[fixed]])
        e = np.append(1.0, [0.0 if at[k] == 1 else 0.6 for k in fixed])
        if len(fixed) >= N:
            continue
        K = np.block([[S0, E.T], [E, np.zeros((len(E), len(E)))]])
        x = np.linalg.solve(K, np.append(r, e))[:N]
        value = x @ S0 @ x / 2 - r @ x
        if x.min() > -1e-12 and x.max() < 0.6 + 1e-12 and value < best:
            best, found = value, x
    return found


margin = I.quadratic_program(
    lambda p: (SIDE[:, None] * X7) @ (SIDE[:, None] * X7).T + p[0] * np.eye(7),
    -np.ones(7),
    SIDE[None, :],
    np.zeros(1),
    -np.eye(7),
    np.zeros(7),
)


def dual(p):
    K = (SIDE[:, None] * X7) @ (SIDE[:, None] * X7).T + p[0] * np.eye(7)
    best, found = np.inf, None
    for code in range(1, 2**7):
        on = [k for k in range(7) if code >> k & 1]
        M = np.block([[K[np.ix_(on, on)], SIDE[on, None]], [SIDE[None, on], np.zeros((1, 1))]])
        if np.linalg.matrix_rank(M) < len(M):
            continue
        a = np.zeros(7)
        a[on] = np.linalg.solve(M, np.append(np.ones(len(on)), 0))[:-1]
        value = a @ K @ a / 2 - a.sum()
        if a.min() > -1e-12 and value < best:
            best, found = value, a
    return np.sum(found**2)


# powers of channels with noise p: max(level - p, 0) with sum 1
water = I.minimum(
    lambda x, p: -np.sum(np.log(p + x)),
    np.full(N, 1 / N),
    equality=lambda x, p: np.sum(x) - 1,
    inequality=lambda x, p: x,
)


def exact_water(p):
    level = scipy.optimize.brentq(lambda c: np.maximum(c - p, 0).sum() - 1, 0, 10, xtol=1e-15)
    x = np.maximum(level - p, 0)
    on = (x > 0).astype(float)
    w = 2 * x
    return -on * w + on / on.sum() * (on @ w)


PLACES = RNG.standard_normal((6, 2))
median = I.minimum(lambda x, w: np.sum(w * np.sqrt(np.sum((PLACES - x) ** 2, axis=1))), np.zeros(2))


def weiszfeld(w):
    x = np.zeros(2)
    for _ in range(4000):
        v = w / np.linalg.norm(PLACES - x, axis=1)
        x = v @ PLACES / v.sum()
    return x @ np.array([1.0, 2.0])


sphere = I.minimum(lambda x, b: x @ S0 @ x / 2 - b @ x, np.ones(N) / 2, equality=lambda x, b: x @ x - 1)


def secular(b):
    """(S0 + l)*x = b with |x| = 1, l > -least eigenvalue."""
    lam, V = np.linalg.eigh(S0)
    c = V.T @ b
    size = lambda s: np.sum((c / (lam + s)) ** 2) - 1
    s = scipy.optimize.brentq(size, -lam[0] + 1e-9, 1e3, xtol=1e-15)
    return (V @ (c / (lam + s)))[0]


entropy = I.minimum(lambda x, p: np.sum(x * np.log(x)) - p @ x, np.full(N, 1 / N), equality=lambda x, p: np.sum(x) - 1)


def softmax_slope(p):
    s = np.exp(p) / np.exp(p).sum()
    w = 2 * s
    return s * (w - s @ w)


doubled = I.quadratic_program(
    np.eye(2), lambda s: np.array([s, -1.0]), G=np.ones((2, 2)), h=lambda s: np.array([0.1, 0.1])
)

# --- eigenpairs, chains, transport --------------------------------------------------------------------------------------

mode = I.eigenpair(lambda p: S0 + np.diag(p), k=1, B=np.diag(np.arange(1.0, N + 1)))
triplet = I.singular_triplet(lambda p: A0 + np.outer(p, np.ones(N)))
queue = I.stationary(lambda p: np.array([[1 - p[0], p[0], 0], [p[1], 1 - p[0] - p[1], p[0]], [0, p[1], 1 - p[1]]]))


def exact_queue(p):
    """Weights 1, r, r² with r = p0/p1; the mean of 0, 1, 2."""
    mean = lambda p: (p[0] / p[1] + 2 * (p[0] / p[1]) ** 2) / (1 + p[0] / p[1] + (p[0] / p[1]) ** 2)
    return differences(mean, p)


COST = np.array([[0.0, 1.0], [1.0, 0.0]])
plan = I.sinkhorn(lambda c: c * COST, np.array([0.5, 0.5]), np.array([0.5, 0.5]), 0.3)

# --- differential equations ---------------------------------------------------------------------------------------------

M3 = np.array([[-1.0, 2.0, 0.0], [0.0, -300.0, 1.0], [1.0, 0.0, -5.0]])
stiff = lambda k: fr.odeint(lambda t, y, k: k * (M3 @ y), np.ones(3), [0.0, 2.0], k, method="Radau", rtol=1e-10)[-1]


def swing(g):
    """A quarter of the period of a pendulum that is let go at 2 radians."""
    rhs = lambda t, y, g: np.array([y[1], -g * np.sin(y[0])])
    return I.event(rhs, lambda t, y, g: y[0], 0.0, 9.0)(np.array([2.0, 0.0]), g)[0]


algebraic = I.dae(lambda t, y, z, p: -z, lambda t, y, z, p: z - p * y**2, 1.0, [0.0, 1.5])
running = lambda p: fr.odeint(lambda t, s, p: (-p * s[0], s[0] ** 2), (1.0, 0.0), [0.0, 2.0], p)[1][-1]
growth = lambda p: fr.odeint(lambda t, y, p: p[0] * y * (1 - y / p[1]), p[2], [0.0, 3.0], p)[-1]
logistic_curve = lambda p: p[1] / (1 + (p[1] / p[2] - 1) * np.exp(-3 * p[0]))


def bottom(k):
    """y'' = -k*y - y³ by another integrator."""
    rhs = lambda t, y: [y[1], -k * y[0] - y[0] ** 3]
    return scipy.integrate.solve_ivp(rhs, (0, 3), [1, 0], "LSODA", rtol=1e-12, atol=1e-13).y[0, -1]


duffing = lambda k: fr.odeint(
    lambda t, y, k: np.array([y[1], -k * y[0] - y[0] ** 3]), np.array([1.0, 0]), [0.0, 3.0], k
)

PROBLEMS = {  # loss, point, its gradient there
    "toeplitz": (lambda c: np.sum(toeplitz(c) ** 2), np.array([4.0, 1, 0.5, 0.2, 0.1]),
        lambda c: differences(lambda c: np.sum(scipy.linalg.solve_toeplitz(c, B0) ** 2), c)),
    "low rank": (lambda p: np.sum(low_rank(p) ** 2), P5, exact_low_rank),
    "advection": (lambda p: np.sum(advected(p) ** 2), 1.0, lambda p: differences(dense_advected, p)),
    "stein": (lambda A: np.trace(stein(A, np.eye(3))), A3,
        lambda A: differences(lambda A: np.trace(np.linalg.solve(np.eye(9) - np.kron(A, A), np.eye(3).ravel()).reshape(3, 3)), A)),
    "cube root at equal eigenvalues": (lambda A: np.sum(cube_root(A) * Q3), np.diag([8.0, 8.0, 27.0]),
        lambda A: Q3 / np.array([[12, 12, 19], [12, 12, 19], [19, 19, 27.0]])),
    "logarithm": (lambda A: np.sum(logarithm(A) * Q3), np.eye(3) + A3,
        lambda A: differences(lambda A: np.sum(scipy.linalg.logm(A).real * Q3), A)),
    "regulator": (lambda r: np.sum((D2.T @ riccati(r) / r) ** 2), 0.7,
        lambda r: differences(lambda r: np.sum((D2.T @ scipy.linalg.solve_continuous_are(C2, D2, np.eye(2), r * np.eye(1)) / r) ** 2), r)),
    "kepler": (lambda p: kepler(p), np.array([0.9, 0.3]), exact_kepler),
    "friction of a pipe": (lambda p: colebrook(p), np.array([1e-4, 1e5]),
        lambda p: np.array([differences(lambda a: by_iteration(np.array([a, p[1]])), p[0], 1e-6), differences(lambda b: by_iteration(np.array([p[0], b])), p[1], 100.0)])),
    "van der waals": (lambda T: gas(T), 300.0, exact_gas),
    "weak acid": (lambda p: -np.log10(acid(p)[0]), np.array([1.8e-5, 1e-4]), exact_acidity),
    "power flow": (lambda p: flow(p)[0], np.array([0.8, 0.3]), lambda p: differences(voltage, p)),
    "soft bellman": (lambda r: bellman(r)[0], np.array([0.1, -0.2, 0.3]), lambda r: differences(lambda r: iterated(r)[0], r)),
    "two layers": (lambda p: np.sum(layers(p)["u"] * layers(p)["v"]), np.array([0.3, -0.2, 0.5]), lambda p: differences(settled, p)),
    "exponential fit": (lambda s: fit(s)[1], 0.2, lambda s: differences(fitted, s, 1e-2)),
    "logistic regression": (lambda s: np.sum(logistic(s) ** 3), -0.4, lambda s: differences(trained, s)),
    "portfolio": (lambda r: portfolio(r)[np.argmax(P5)] ** 2, np.array([1.0, 1.4, 0.2, 0.6, 1.2]),
        lambda r: differences(lambda r: enumerated(r)[np.argmax(P5)] ** 2, r)),
    "margins": (lambda p: np.sum(margin(p) ** 2), np.array([0.5]), lambda p: differences(dual, p)),
    "water": (lambda p: np.sum(water(p) ** 2), np.array([0.1, 0.5, 0.3, 2.0, 0.2]), exact_water),
    "median": (lambda w: median(w) @ np.array([1.0, 2.0]), np.array([1.0, 1.2, 0.9, 1.1, 1.0, 0.8]), lambda w: differences(weiszfeld, w)),
    "on a sphere": (lambda b: sphere(b)[0], B0, lambda b: differences(secular, b)),
    "entropy": (lambda p: np.sum(entropy(p) ** 2), P5, softmax_slope),
    "a constraint twice": (lambda s: np.sum(doubled(s) ** 2), 0.5, lambda s: s + 1.0),  # x = (-0.45 - s/2, 0.55 + s/2)
    "generalized mode": (lambda p: mode(p)[0] ** 2, P5,
        lambda p: differences(lambda p: scipy.linalg.eigh(S0 + np.diag(p), np.diag(np.arange(1.0, N + 1)), eigvals_only=True)[1] ** 2, p)),
    "singular value": (lambda p: triplet(p)[0], P5,
        lambda p: differences(lambda p: np.linalg.svd(A0 + np.outer(p, np.ones(N)), compute_uv=False)[0], p)),
    "queue": (lambda p: queue(p) @ np.arange(3.0), np.array([0.2, 0.3]), exact_queue),
    "transport": (lambda c: plan(c)[0, 1], 1.3, lambda c: -0.5 / 0.3 / 4 / np.cosh(c / 0.6) ** 2),  # 1/2/(1 + exp(c/ε))
    "stiff": (lambda k: np.sum(stiff(k)), 1.0, lambda k: np.sum(2 * M3 @ scipy.linalg.expm(2 * k * M3) @ np.ones(3))),
    "pendulum": (swing, 4.0, lambda g: -scipy.special.ellipk(np.sin(1.0) ** 2) / 2 / g**1.5),
    "algebraic": (lambda p: algebraic(1.0, p)[0][-1], 0.8, lambda p: -1.5 / (1 + 1.5 * p) ** 2),
    "running integral": (running, 0.6, lambda p: (-1 + np.exp(-4 * p) * (1 + 4 * p)) / (2 * p**2)),
    "growth": (growth, np.array([0.7, 2.0, 0.3]), lambda p: differences(logistic_curve, p)),
    "duffing": (lambda k: duffing(k)[-1][0], 1.5, lambda k: differences(bottom, k, 1e-2)),
}  # fmt: skip


@pytest.mark.parametrize("name", PROBLEMS)
def test_gradient(name):
    loss, p, exact = PROBLEMS[name]
    expected = np.asarray(exact(p))
    with warnings.catch_warnings():
        warnings.simplefilter("error", I.PrecisionWarning)
        found = np.asarray(fr.gradient(loss)(p))
    assert np.max(np.abs(found - expected)) <= 1e-6 * np.max(np.abs(expected))


BAD = {
    "multipliers of a constraint twice": (lambda: fr.gradient(lambda s: np.sum(doubled.multipliers(s)[1] ** 2))(0.5), "not unique.*inequality 1"),
    "equations that contradict": (
        lambda: fr.gradient(lambda b: np.sum(I.quadratic_program(np.eye(2), np.ones(2), np.array([[1.0, 1], [2, 2]]), lambda b: b)(b) ** 2))(np.array([1.0, 2.0])),
        "equation . of x depends on equation"),
    "a grazing event": (lambda: I.event(lambda t, y, g: np.array([y[1], -g]), lambda t, y, g: y[0] - 1.0, 0.0, 9.0)(np.array([0.0, 1.0]), 0.5), "grazing"),
    "a solver that gives NaN": (lambda: fr.gradient(lambda p: fr.implicit(lambda x, p: x * x - p, lambda p: np.sqrt(-p))(p))(1.0), "not finite|NaN"),
    "a product that is singular": (lambda: fr.gradient(lambda p: np.sum(I.linear(lambda v, p: p * (v - v.mean()), np.array([1.0, -1.0, 0.5]), matrix_free=True)(p)))(1.0), "converge|singular"),
    "an iteration that is repelled": (lambda: fr.gradient(lambda p: I.fixed_point(lambda x, p: 3 * x - p, 1.0)(p))(1.0), "diverges|no limit"),
    "a parameter that is absent": (lambda: fr.gradient(lambda q: I.root(lambda x, p, q: x * x - p, 1.0)(2.0, q))(1.0), "does not contain"),
    "eigenvalues that cross": (lambda: fr.gradient(lambda p: I.eigenpair(lambda p: np.diag(np.array([1.0 + p, 1.0 - p, 2.0])))(p)[1][0])(0.0), "cluster|repeated|multiple|singular"),
    "a state that blows up": (lambda: fr.gradient(lambda p: fr.odeint(lambda t, y, p: p * y * y, 1.0, [0.0, 2.0], p)[-1])(1.0), "failed|finite"),
    "index 2": (lambda: fr.gradient(lambda p: I.dae(lambda t, y, z, p: z, lambda t, y, z, p: y - p * t, 1.0, [0.0, 1.0])(0.0, p)[0][-1])(1.0), "index|singular|invertible"),
    "a minimum at infinity": (lambda: fr.gradient(lambda p: I.minimum(lambda x, p: np.exp(-p * x), 0.0)(p))(1.0), "no minimum"),
    "a complex equation": (lambda: fr.gradient(lambda p: fr.implicit(lambda x, p: (x + 1j) * p, lambda p: 0.0 * p)(p))(1.0), "complex"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named(name):
    run, words = BAD[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error", I.PrecisionWarning)
        with pytest.raises((fr.FrechetError, I.PrecisionWarning), match=words):
            run()
