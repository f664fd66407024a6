"""The solution of a stiff initial value problem of a few numbers: SciPy's steps of Radau IIA, and sweeps over them.

    Z_i = h*sum_j a_ij*f(t + c_j*h, z + Z_j, q),  i = 1, 2, 3,    z_next = z + Z_3
    along:  dZ_i - h*sum_j a_ij*J_j*dZ_j = h*sum_j a_ij*(J_j*dz + f_q*dq),    J_j = f_z at z + Z_j
    back:   M'*λ = (0, 0, w) with that matrix M,  r_j = h*sum_i a_ij*λ_i,     w goes to w + sum_j J_j'*r_j,  s to s + sum_j f_q'*r_j

Source: Hairer and Wanner, Solving Ordinary Differential Equations II, 2nd ed. (1996), sec. IV.5, IV.8; Sanz-Serna, Symplectic Runge-Kutta
schemes for adjoint equations, SIAM Review 58 (2016).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import lu_factor, lu_solve

from frechet.budgets import tick
from frechet.implicit.array_path import Grid
from frechet.implicit.constrained_program import ConstrainedProgram
from frechet.implicit.numbers_path import NumbersPath
from frechet.implicit.radau_step import A, C, solved_stages
from frechet.tracing.scalars import ScalarProgram

__all__ = ["RadauPath"]

Array = np.ndarray
Numbers = tuple[float, ...]
_KEPT = 5_000_000  # numbers of factors that are kept for the sweeps


class RadauPath(NumbersPath):
    """As `NumbersPath`, for the steps of `given`, which SciPy has chosen; their stage equations are solved again, to rounding."""

    def __init__(
        self,
        program: ScalarProgram | ConstrainedProgram,
        given: Grid,
        z0: Numbers,
        q: Numbers,
        moving: Sequence[int],
    ) -> None:
        n = len(z0)
        self.f, self.q, self.times, self.given = program.value, q, [float(t) for t in given.times], given
        self.program, self._wrt = program, (*range(1, n + 1), *[1 + n + k for k in moving])
        self.quiet = given.quiet
        self._latest = (None, None)
        self._step = step = _Step(program, self._wrt, n)
        self._kept = _KEPT // (9 * n * n)
        self._taken, self._ends = [], [0]
        states = [np.array(z0)]
        for (a, b), parts in zip(pairwise(self.times), given.fractions, strict=True):
            z = states[-1]
            for first, last in pairwise(parts.tolist()):
                tick()
                t, h = a + first * (b - a), (last - first) * (b - a)
                inner = step.inner(self.f, t, h, z, q)
                self._taken.append((t, h, tuple(z.tolist()), inner if len(self._taken) < self._kept else None))
                z = inner.stages[2]
            states.append(z)
            self._ends.append(len(self._taken))
        self.rows = np.array(states)

    def doubled(self, d: Array, dq: Array) -> RadauPath:
        """(y, its tangent along d and dq) in the same steps."""
        n = len(d)
        z0, q = (*self.rows[0].tolist(), *d.tolist()), (*self.q, *dq.tolist())
        moving = [*[i - 1 - n for i in self._wrt[n:]], *range(len(self.q), len(q))]
        return RadauPath(self.program.doubled(self._wrt, n), self.given, z0, q, moving)


class _Inner(NamedTuple):
    """The states at the stages, and the factors of M."""

    stages: list[Array]
    factors: Any


class _Step:
    """The sweeps of a step; see `runge_kutta.StepFunctions`."""

    def __init__(self, program: ScalarProgram | ConstrainedProgram, wrt: tuple[int, ...], n: int) -> None:
        self.slopes, self.units = program.jvp(tuple(range(1, n + 1))), np.eye(n).tolist()

    def inner(self, f: Callable[..., tuple], t: float, h: float, z: Any, q: Numbers) -> _Inner:
        z = np.asarray(z)
        value = lambda s, u: np.array(f(s, *u.tolist(), *q))
        slope = lambda s, u: self._jacobian(s, u, q)
        Z = solved_stages(value, slope, z, t, h).reshape(3, len(z))
        stages = [z + part for part in Z]
        J = [self._jacobian(t + c * h, u, q) for c, u in zip(C, stages, strict=True)]
        M = np.eye(Z.size) - h * np.block([[a * Jj for a, Jj in zip(row, J, strict=True)] for row in A])
        return _Inner(stages, lu_factor(M))

    def along(
        self, j: Callable[..., tuple], t: float, h: float, z: Numbers, inner: _Inner, q: Numbers, d: Numbers, p: Numbers
    ) -> Numbers:
        moved = [j(t + c * h, *u.tolist(), *q, *d, *p) for c, u in zip(C, inner.stages, strict=True)]
        dZ = lu_solve(inner.factors, (h * (A @ np.array(moved))).ravel())
        return tuple((np.array(d) + dZ[2 * len(d) :]).tolist())

    def back(
        self, g: Callable[..., tuple], t: float, h: float, z: Numbers, inner: _Inner, q: Numbers, w: Numbers, s: Numbers
    ) -> tuple[Numbers, Numbers]:
        n = len(w)
        lam = lu_solve(inner.factors, np.concatenate([np.zeros(2 * n), w]), trans=1).reshape(3, n)
        found = np.array([*w, *s])
        for c, u, r in zip(C, inner.stages, h * (A.T @ lam), strict=True):
            found = found + np.array(g(t + c * h, *u.tolist(), *q, *r.tolist()))
        return tuple(found[:n].tolist()), tuple(found[n:].tolist())

    def _jacobian(self, t: float, u: Array, q: Numbers) -> Array:
        x = u.tolist()
        return np.array([self.slopes(t, *x, *q, *e) for e in self.units]).T
