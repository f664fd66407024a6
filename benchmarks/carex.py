"""Small examples of the CAREX collection of Riccati equations 0 = Q + A'X + XA - XGX.

Data entered from P. Benner, A. J. Laub, V. Mehrmann: A Collection of Benchmark Examples for the Numerical
Solution of Algebraic Riccati Equations I: Continuous-Time Case. Technical report SPC 95_23, TU
Chemnitz-Zwickau, October 1995. The numbers are those of the report; parameters have the report's default
values unless the name says otherwise.
"""

from __future__ import annotations

import numpy as np

from frechet.operators import two_sided

Equation = tuple[np.ndarray, np.ndarray, np.ndarray]


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


def example_7(d: float = 1e-2) -> Equation:
    """Nearly uncontrollable; the default of the report is d = 1e-6, where X has entries of 1e12."""
    return np.diag([1.0, -2]), np.diag([d * d, 0.0]), np.ones((2, 2))


def example_9(d: float = 1e3) -> Equation:
    """The solution is [s/d 1; 1 s], s = √(1 + 2d); the default of the report is d = 1e6."""
    return np.array([[0, d], [0, 0]]), np.diag([0.0, 1]), np.eye(2)


def example_10(d: float = 1e-4) -> Equation:
    """Closed-loop eigenvalues near the imaginary axis; the default of the report is d = 1e-7."""
    return np.array([[1 + d, 1], [1, 1 + d]]), np.eye(2), d * d * np.eye(2)


def example_15(masses: int = 10) -> Equation:
    """A string of vehicles; n = 2 masses - 1."""
    n = 2 * masses - 1
    A, B, C = np.zeros((n, n)), np.zeros((n, masses)), np.zeros((masses - 1, n))
    for i in range(masses - 1):
        k = 2 * i
        A[k, k], A[k + 1, k], A[k + 1, k + 2] = -1, 1, -1
        B[k, i], C[i, k + 1] = 1, 1
    A[-1, -1], B[-1, -1] = -1, 1
    return A, B @ B.T, 10 * C.T @ C


def example_16(n: int = 32) -> Equation:
    """Circulant; the report has n = 64."""
    A = -2 * np.eye(n) + np.diag(np.ones(n - 1), 1) + np.diag(np.ones(n - 1), -1)
    A[0, -1] = A[-1, 0] = 1
    return A, np.eye(n), np.eye(n)


def example_19(springs: int = 5) -> Equation:
    """A string of springs and masses; the report has 30."""
    chain = np.diag([1.0, *[2.0] * (springs - 2), 1.0])
    chain -= np.diag(np.ones(springs - 1), 1) + np.diag(np.ones(springs - 1), -1)
    A = np.block([[np.zeros((springs, springs)), np.eye(springs)], [-chain / 4, -np.eye(springs)]])
    B = np.zeros((2 * springs, 2))
    B[springs, 0], B[-1, 1] = 0.25, -0.25
    return A, B @ B.T, np.eye(2 * springs)


EXAMPLES = {
    f.__name__.replace("_", " "): f
    for f in list(globals().values())
    if getattr(f, "__name__", "").startswith("example_")
}


def stabilizing(A: np.ndarray, G: np.ndarray) -> np.ndarray:
    """X0 with A - G X0 stable: 0 if A is, else Bass' choice inv(Z), (A + b I)Z + Z(A + b I)' = 2 G.

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
    raise ValueError("no stabilizing start was found")
