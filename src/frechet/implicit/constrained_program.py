"""Right sides with unknowns of their own, on a few numbers: f(t, y, z, q) where g(t, y, z, q) = 0 determines z.

It stands where a program of numbers does (`tracing.scalars`), with the derivatives of the implicit function theorem:

    along:   g_z*dz = -(g_y*dy + g_q*dq),    df = f_y*dy + f_z*dz + f_q*dq
    back:    g_z'*λ = f_z'*w,                cotangents f_y'*w - g_y'*λ, f_q'*w - g_q'*λ

The doubled system is of the same kind: f and g, with their tangents, and the unknowns z and dz.

Source: Hairer and Wanner, Solving Ordinary Differential Equations II, 2nd ed. (1996), sec. VI.1 (state space form).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from frechet.tracing.scalars import ScalarProgram

__all__ = ["ConstrainedProgram"]

Numbers = tuple[float, ...]
_STEPS, _DONE, _CLOSE = 25, 1e-15, 1e-11


class ConstrainedProgram:
    """(t, *y, *q) -> f for n states y, with the interface of a `ScalarProgram`.

    f, g     programs of (t, *y, *z, *q)
    start    where Newton's method for z begins, at each place
    robust   (t, y, q) -> z where it does not converge; it raises the error that the user sees
    """

    def __init__(
        self,
        f: ScalarProgram,
        g: ScalarProgram,
        n: int,
        start: Numbers,
        robust: Callable[[float, Numbers, Numbers], Numbers],
    ) -> None:
        self.f, self.g, self.n, self.start, self.robust = f, g, n, start, robust
        self.results, self.is_smooth = f.results, f.is_smooth and g.is_smooth
        m = len(start)
        self._unknowns = tuple(range(1 + n, 1 + n + m))
        self._units = np.eye(m).tolist()

    def value(self, *x: float) -> tuple[float, ...]:
        return self.f.value(*self._whole(x))

    def jvp(self, wrt: tuple[int, ...]) -> Callable[..., tuple]:
        """(inputs, tangents of the inputs `wrt`) -> the tangents of the results."""
        own = self._moved(wrt)
        along, of_g, count = self.f.jvp((*own, *self._unknowns)), self.g.jvp(own), len(wrt)

        def made(*args: float) -> tuple:
            x, d = self._whole(args[:-count]), args[-count:]
            dz = _solved(self._slopes(x), of_g(*x, *d))
            return along(*x, *d, *[-v for v in dz])

        return made

    def vjp(self, wrt: tuple[int, ...]) -> Callable[..., tuple]:
        """(inputs, cotangents of the results) -> the cotangents of the inputs `wrt`."""
        own = self._moved(wrt)
        back, of_g = self.f.vjp((*own, *self._unknowns)), self.g.vjp(own)
        count, many = len(self.results), len(wrt)

        def made(*args: float) -> tuple:
            x = self._whole(args[:-count])
            found = back(*x, *args[-count:])
            lam = _solved(list(zip(*self._slopes(x), strict=True)), found[many:])
            return tuple([a - b for a, b in zip(found, of_g(*x, *lam), strict=False)])

        return made

    def doubled(self, wrt: tuple[int, ...], n: int) -> ConstrainedProgram:
        """The results and their tangents, as those of a `ScalarProgram`."""
        m = len(self.start)
        moving = (*range(1, 1 + n + m), *[i + m for i in wrt[n:]])
        # (t, y, z, dy, dz, q, dq) in the order (t, y, dy, z, dz, q, dq)
        order = [*range(1 + n), *range(1 + n + m, 1 + 2 * n + m), *range(1 + n, 1 + n + m)]
        both = [p.doubled(moving, n + m).reordered(order) for p in (self.f, self.g)]
        count = len(self.g.inputs) - 1 - n - m
        robust = self.robust

        def of_both(t: float, y: Numbers, q: Numbers) -> Numbers:
            z = robust(t, y[:n], q[:count])
            d = (*y[n:], *[0.0] * m, *q[count:])
            x = (t, *y[:n], *z, *q[:count])
            dz = _solved(self._slopes(x), self.g.jvp(moving)(*x, *d))
            return (*z, *[-v for v in dz])

        return ConstrainedProgram(both[0], both[1], 2 * n, (*self.start, *[0.0] * m), of_both)

    def _moved(self, wrt: tuple[int, ...]) -> tuple[int, ...]:
        """Places among (t, y, q) as places among (t, y, z, q)."""
        return tuple([i if i <= self.n else i + len(self.start) for i in wrt])

    def _slopes(self, x: Numbers) -> list[tuple]:
        """The columns of g_z."""
        columns = self.g.jvp(self._unknowns)
        return [columns(*x, *e) for e in self._units]

    def _whole(self, x: Sequence[float]) -> Numbers:
        """(t, y, z, q) with g = 0, by Newton's method to rounding."""
        head, q, z = tuple(x[: 1 + self.n]), tuple(x[1 + self.n :]), self.start
        last = float("inf")
        try:
            for _ in range(_STEPS):
                whole = (*head, *z, *q)
                step = _solved(self._slopes(whole), self.g.value(*whole))
                z = tuple([a - b for a, b in zip(z, step, strict=True)])
                size, of = max(map(abs, step)), max(map(abs, z))
                if size <= _DONE * of or last / 2 <= size <= _CLOSE * of:
                    return (*head, *z, *q)
                last = size
        except (ArithmeticError, ValueError):
            pass
        return (*head, *self.robust(head[0], head[1:], q), *q)


def _solved(columns: Sequence[Sequence[float]], b: Sequence[float]) -> Sequence[float]:
    """The u with A*u = b, for A by its columns. ZeroDivisionError or LinAlgError (a ValueError) where there is none."""
    if len(b) == 1:
        return (b[0] / columns[0][0],)
    return np.linalg.solve(np.array(columns).T, b).tolist()
