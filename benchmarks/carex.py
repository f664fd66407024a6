"""The CAREX collection of Riccati equations 0 = Q + A'X + XA - XGX, G = B R^-1 B', Q = C' W C.

Data entered from P. Benner, A. J. Laub, V. Mehrmann: A Collection of Benchmark Examples for the Numerical
Solution of Algebraic Riccati Equations I: Continuous-Time Case. Technical report SPC 95_22, TU
Chemnitz-Zwickau, October 1995 (version 2: J. Abels, P. Benner, SLICOT Working Note 1999-14), compared with the
routine BB01AD of SLICOT. Parameters and sizes have the published default values unless the name says otherwise.
`EXAMPLES` are all but the largest, example 20, which is in `LARGE`; `SOLUTIONS` are known in closed form.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy.linalg as sla

from frechet.operators import Symmetric, two_sided

Equation = tuple[np.ndarray, np.ndarray, np.ndarray]
DATA = Path(__file__).parent / "data"


def example_1() -> Equation:
    """Double integrator; the solution is [2 1; 1 2]."""
    return np.array([[0.0, 1], [0, 0]]), np.diag([0.0, 1]), np.diag([1.0, 2])


def example_2() -> Equation:
    """Stabilizable, not controllable; the solution is (1 + √2) [9 6; 6 4]."""
    return np.array([[4, 3], [-4.5, -3.5]]), np.array([[1.0, -1], [-1, 1]]), np.array([[9.0, 6], [6, 4]])


def example_3() -> Equation:
    """L-1011 aircraft, lateral dynamics."""
    A = [[0, 1, 0, 0], [0, -1.89, 0.39, -5.53], [0, -0.034, -2.98, 2.43], [0.034, -0.0011, -0.99, -0.21]]
    B = np.array([[0, 0], [0.36, -1.6], [-0.95, -0.032], [0.03, 0]])
    Q = [[2.313, 2.727, 0.688, 0.023], [2.727, 4.271, 1.148, 0.323], [0.688, 1.148, 0.313, 0.102]]
    return np.array(A), B @ B.T, np.array([*Q, [0.023, 0.323, 0.102, 0.083]])


def example_4() -> Equation:
    """Binary distillation column."""
    below = [0.522, 0.522, 0.522, 0.922, 0.922, 0.922, 0.922]
    above = [0.529, 0.596, 0.596, 0.718, 0.799, 0.901, 1.021]
    middle = [-0.991, -1.051, -1.118, -1.548, -1.64, -1.721, -1.823, -1.943]
    A = np.diag(middle) + np.diag(below, -1) + np.diag(above, 1)
    B = 0.001 * np.array(
        [
            [3.84, 4.00, 37.60, 3.08, 2.36, 2.88, 3.08, 3.00],
            [-2.88, -3.04, -2.80, -2.32, -3.32, -3.82, -4.12, -3.96],
        ]
    )
    C = np.array([[0.5, 0, 0, 0.1], [0.1, 0, 0, 0], [0, 0.5, 0, 0], [0, 0, 0, 0]])
    return A, B.T @ B, np.block([[np.eye(4), C], [C.T, 0.1 * np.eye(4)]])


def example_5() -> Equation:
    """Tubular ammonia reactor."""
    A = [
        [-4.019, 5.12, 0, 0, -2.082, 0, 0, 0, 0.87],
        [-0.346, 0.986, 0, 0, -2.34, 0, 0, 0, 0.97],
        [-7.909, 15.407, -4.069, 0, -6.45, 0, 0, 0, 2.68],
        [-21.816, 35.606, -0.339, -3.87, -17.8, 0, 0, 0, 7.39],
        [-60.196, 98.188, -7.907, 0.34, -53.008, 0, 0, 0, 20.4],
        [0, 0, 0, 0, 94.0, -147.2, 0, 53.2, 0],
        [0, 0, 0, 0, 0, 94.0, -147.2, 0, 0],
        [0, 0, 0, 0, 0, 12.8, 0, -31.6, 0],
        [0, 0, 0, 0, 12.8, 0, 0, 18.8, -31.6],
    ]
    B = np.zeros((3, 9))
    B[0, :5] = [0.010, 0.003, 0.009, 0.024, 0.068]
    B[1, :5] = [-0.011, -0.021, -0.059, -0.162, -0.445]
    B[2, 0] = -0.151
    return np.array(A), B.T @ B, np.eye(9)


def example_6() -> Equation:
    """J-100 jet engine."""
    rows = [np.array(line.split(), dtype=float) for line in _lines("carex_6.txt")]
    A, B, C = np.array(rows[:30]), np.array(rows[30:60]), np.array(rows[60:])
    return A, B @ B.T, C.T @ C


def example_7(d: float = 1e-6) -> Equation:
    """Uncontrollable for d -> 0."""
    return np.diag([1.0, -2]), np.diag([d * d, 0.0]), np.ones((2, 2))


def example_8(d: float = 1e-8) -> Equation:
    """The weight of the control becomes singular for d -> 0."""
    B, R = np.array([[0.1, 0], [0.001, 0.01]]), np.array([[1 + d, 1], [1, 1]])
    G = B @ np.linalg.solve(R, B.T)
    return np.diag([-0.1, -0.02]), (G + G.T) / 2, np.outer([10.0, 100], [10.0, 100])


def example_9(d: float = 1e6) -> Equation:
    """Ill conditioned for d -> ∞."""
    return np.array([[0, d], [0, 0]]), np.diag([0.0, 1]), np.eye(2)


def example_10(d: float = 1e-7) -> Equation:
    """The Hamiltonian matrix is ill conditioned for d -> 0."""
    return np.array([[1 + d, 1], [1, 1 + d]]), np.eye(2), d * d * np.eye(2)


def example_11(d: float = 0.0) -> Equation:
    """Closed-loop eigenvalues -d ± i: on the imaginary axis, so that no solution stabilizes."""
    Q = np.array([[4 * d - 11, 2 * d - 5], [2 * d - 5, 2 * d - 2]])
    return np.array([[3 - d, 1], [4, 2 - d]]), np.ones((2, 2)), Q


def example_12(d: float = 1e6) -> Equation:
    """Badly scaled for d -> ∞."""
    V = np.eye(3) - 2 / 3
    return V @ np.diag([d, 2 * d, 3 * d]) @ V, np.eye(3) / d, V @ np.diag([1 / d, 1, d]) @ V


def example_13(d: float = 1e-6) -> Equation:
    """Magnetic tape control."""
    A = np.zeros((4, 4))
    A[0, 1], A[1, 2] = 0.4, 0.345
    A[2, 1:] = np.array([-0.524, -0.465, 0.262]) / d
    A[3, 3] = -1 / d
    return A, np.diag([0, 0, 0, 1 / d**2]), np.diag([1.0, 0, 1, 0])


def example_14(d: float = 1e-6) -> Equation:
    """The closed-loop spectrum is poorly separated for d -> 0."""
    turn = np.array([[0.0, 1], [-1, 0]])
    A = np.block([[turn - d * np.eye(2), np.zeros((2, 2))], [np.zeros((2, 2)), turn + d * np.eye(2)]])
    return A, np.ones((4, 4)), np.ones((4, 4))


def example_15(vehicles: int = 20) -> Equation:
    """A string of high speed vehicles; n = 2 vehicles - 1."""
    n = 2 * vehicles - 1
    A, B, C = np.zeros((n, n)), np.zeros((n, vehicles)), np.zeros((vehicles - 1, n))
    for i in range(vehicles - 1):
        k = 2 * i
        A[k, k], A[k + 1, k], A[k + 1, k + 2] = -1, 1, -1
        B[k, i], C[i, k + 1] = 1, 1
    A[-1, -1], B[-1, -1] = -1, 1
    return A, B @ B.T, 10 * C.T @ C


def example_16(n: int = 64) -> Equation:
    """Circulant."""
    A = -2 * np.eye(n) + np.diag(np.ones(n - 1), 1) + np.diag(np.ones(n - 1), -1)
    A[0, -1] = A[-1, 0] = 1
    return A, np.eye(n), np.eye(n)


def example_17(n: int = 21) -> Equation:
    """A chain of integrators."""
    ends = np.eye(n)[0], np.eye(n)[-1]
    return np.diag(np.ones(n - 1), 1), np.outer(ends[1], ends[1]), np.outer(ends[0], ends[0])


def example_18(n: int = 100, a: float = 0.01, where: tuple[float, float] = (0.2, 0.3)) -> Equation:
    """Control of one-dimensional heat flow by linear finite elements: M x' = a K x + b u, y = c x."""
    h = 1 / (n + 1)
    chain = np.diag(np.ones(n - 1), 1) + np.diag(np.ones(n - 1), -1)
    K, M = (chain - 2 * np.eye(n)) / h, h / 6 * (chain + 4 * np.eye(n))
    b = np.array([_hat(i * h, h, *where) for i in range(1, n + 1)])
    B = np.linalg.solve(M, b)
    return np.linalg.solve(M, a * K), np.outer(B, B), np.outer(b, b)


def _hat(middle: float, h: float, low: float, high: float) -> float:
    """The integral over [low, high] of the piecewise linear function that is 1 at the middle, 0 from h away on."""

    def up_to(x: float) -> float:
        t = np.clip((x - middle) / h, -1, 1)
        return h * (t + 1 - np.sign(t) * t * t / 2 - 0.5)

    return up_to(high) - up_to(low)


def example_19(springs: int = 30) -> Equation:
    """A string of springs, dashpots and masses."""
    chain = np.diag([1.0, *[2.0] * (springs - 2), 1.0])
    chain -= np.diag(np.ones(springs - 1), 1) + np.diag(np.ones(springs - 1), -1)
    A = np.block([[np.zeros((springs, springs)), np.eye(springs)], [-chain / 4, -np.eye(springs)]])
    B = np.zeros((2 * springs, 2))
    B[springs, 0], B[-1, 1] = 0.25, -0.25
    return A, B @ B.T, np.eye(2 * springs)


def example_20() -> Equation:
    """A rotating axle of 211 masses: the speed of the first, the differences of the others, the twists; n = 421."""
    J, outer, damping, stiffness = (np.array(line.split(), dtype=float) for line in _lines("carex_20.txt"))
    L = len(J)
    # differences of neighbours: row i of `steps` takes speeds w to w[i-1] - w[i], with w[0] itself in front
    steps = np.eye(L, k=-1) - np.eye(L)
    steps[0] = np.eye(L)[0]
    speeds = np.linalg.inv(steps)
    # torques: a coupling turns mass i-1 back and mass i on
    coupling = np.zeros((L, L - 1))
    coupling[np.arange(L - 1), np.arange(L - 1)] = -1
    coupling[np.arange(1, L), np.arange(L - 1)] = 1
    torque = lambda weights: steps @ ((coupling * weights) / J[:, None])
    A = np.zeros((2 * L - 1, 2 * L - 1))
    A[:L, :L] = -steps @ np.diag(outer / J) @ speeds
    A[:L, 1:L] += torque(damping)
    A[:L, L:] = torque(stiffness)
    A[L:, 1:L] = np.eye(L - 1)
    B = np.vstack([steps @ np.diag(1 / J), np.zeros((L - 1, L))])
    C = np.zeros((L, 2 * L - 1))
    C[0, 0] = 1
    size = np.hypot(damping, stiffness)
    C[np.arange(1, L), np.arange(1, L)], C[np.arange(1, L), np.arange(L, 2 * L - 1)] = damping / size, stiffness / size
    return A, B @ B.T, C.T @ C


def _lines(name: str) -> list[str]:
    return [line for line in (DATA / name).read_text().splitlines() if not line.startswith("#")]


_ALL: dict[str, Callable[[], Equation]] = {
    f.__name__.replace("_", " "): f
    for f in list(globals().values())
    if getattr(f, "__name__", "").startswith("example_")
}
LARGE = {"example 20": _ALL.pop("example 20")}
EXAMPLES = _ALL


SOLUTIONS: dict[str, Callable[[], np.ndarray]] = {
    "example 1": lambda: np.array([[2.0, 1], [1, 2]]),
    "example 2": lambda: (1 + np.sqrt(2)) * np.array([[9.0, 6], [6, 4]]),
    "example 7": lambda: _solution_7(1e-6),
    "example 9": lambda: np.array([[np.sqrt(1 + 2e6) / 1e6, 1], [1, np.sqrt(1 + 2e6)]]),
    "example 11": lambda: np.array([[2.0, 1], [1, 1]]),
    "example 12": lambda: _solution_12(1e6),
}
"""Stabilizing solutions as the report gives them; that of example 11 stabilizes in the limit only."""


def _solution_7(d: float) -> np.ndarray:
    root = np.sqrt(1 + d * d)
    x = 1 / (2 + root)
    return np.array([[(1 + root) / d**2, x], [x, (1 - d * d * x * x) / 4]])


def _solution_12(d: float) -> np.ndarray:
    V, k = np.eye(3) - 2 / 3, np.array([1.0, 2, 3]) * d**2
    return V @ np.diag(k + np.sqrt(k * k + np.array([1, d, d * d]))) @ V


def balanced(A: np.ndarray, G: np.ndarray, Q: np.ndarray) -> tuple[Equation, np.ndarray]:
    """(D^-1 A D, D^-1 G D^-1, D Q D) and the powers of two D, which make the norms of the rows and columns of the
    Hamiltonian matrix alike; the solution is D X D, nothing is rounded.

    Source: Benner, Symplectic balancing of Hamiltonian matrices, SIAM J. Sci. Comput. 22 (2001); scaling only.
    """
    n = len(A)
    hamiltonian = np.abs(np.block([[A, G], [Q, A.T]]))
    np.fill_diagonal(hamiltonian, 0)
    scales = np.log2(sla.matrix_balance(hamiltonian, separate=1, permute=0)[1][0])
    D = 2.0 ** np.round((scales[:n] - scales[n:]) / 2)
    return (A * D / D[:, None], G / np.outer(D, D), Q * np.outer(D, D)), D


def stabilizing(A: np.ndarray, G: np.ndarray) -> np.ndarray:
    """X0 with A - G X0 stable: 0 if A is, else Bass' choice inv(Z), (A + b I)Z + Z(A + b I)' = 2 G, else by a shift.

    Uncontrollable directions make Z singular: G + 1e-3 I then stands for G, and the result is checked.
    Source: Armstrong, An extension of Bass' algorithm, IEEE Trans. Autom. Control 20 (1975).
    """
    n = len(A)
    margin = -1e-8 * np.linalg.norm(A)
    if np.linalg.eigvals(A).real.max() < margin:
        return np.zeros((n, n))
    shifted = A + (1.01 * np.linalg.norm(A, 2) + 0.1) * np.eye(n)
    lyapunov = two_sided(shifted, np.eye(n)) + two_sided(np.eye(n), shifted.T)
    for extra in (0.0, 1e-3, 1e-1):
        Z = lyapunov.solve(2 * G + extra * np.linalg.norm(G) * np.eye(n))
        X0 = np.linalg.pinv(Z, rcond=1e-12, hermitian=True)
        X0 = (X0 + X0.T) / 2
        if np.linalg.eigvals(A - G @ X0).real.max() < margin:
            return X0
    return _by_a_shift(A, G)


def _by_a_shift(A: np.ndarray, G: np.ndarray) -> np.ndarray:
    """X0 from A - t I, which is stable for large t: Kleinman's steps for Q = I make room to lower t, down to 0."""
    n = len(A)
    slowest = lambda M: float(np.linalg.eigvals(M).real.max())
    X, t = np.zeros((n, n)), 1.1 * max(slowest(A), 0.0) + 1.1 * np.linalg.norm(A, 2)
    for _ in range(200):
        for _ in range(3):
            closed = A - t * np.eye(n) - G @ X
            lyapunov = two_sided(closed.T, np.eye(n)) + two_sided(np.eye(n), closed)
            right = np.eye(n) + X @ G @ X
            X = lyapunov.restrict(Symmetric(n)).solve(-(right + right.T) / 2)
        room = -slowest(A - t * np.eye(n) - G @ X)
        if room > t:
            return X
        t -= 0.9 * room
    raise ValueError("no stabilizing start was found")
