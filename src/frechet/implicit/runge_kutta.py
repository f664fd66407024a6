"""One step of DOP853 on a few numbers, written out as Python code for n states and m parameters: forward, along, back.

    k_i = f(t + c_i*h, u_i),  u_i = y + h*sum_j a_ij*k_j,      x = y + h*sum_i b_i*k_i
    along:   K_i = f_y(u_i)*U_i + f_q*dq,  U_i = dy + h*sum_j a_ij*K_j,    dx = dy + h*sum_i b_i*K_i
    back:    Y_i = f_y(u_i)'*B_i,  B_i = h*(b_i*w + sum_j>i a_ji*Y_j),     w goes to w + sum_i Y_i,  s to s + sum_i f_q'*B_i

Back is the transpose of along, so that the gradient is that of the steps as they were taken. Source: Hairer, Norsett and Wanner,
Solving Ordinary Differential Equations I, 2nd ed. (1993), sec. II.5 (coefficients, error estimate: SciPy's), II.6;
Sanz-Serna, Symplectic Runge-Kutta schemes for adjoint equations, SIAM Review 58 (2016), theorem 3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import sqrt
from typing import Any, NamedTuple

from scipy.integrate import DOP853

__all__ = ["STAGES", "StepFunctions", "steps_for"]

STAGES = 12
_A, _B, _C = DOP853.A[:STAGES, :STAGES].tolist(), DOP853.B.tolist(), DOP853.C[:STAGES].tolist()
_E3, _E5 = DOP853.E3[:STAGES].tolist(), DOP853.E5[:STAGES].tolist()


class StepFunctions(NamedTuple):
    """The functions of a step; tuples of numbers everywhere.

    attempt(f, t, h, y, k, q, rtol, atol) -> (x, error, inner), with k = f(t, y); a step is good where error <= 1
    inner(f, t, h, y, q) -> inner, the states u_1 to u_11 one after another
    along(j, t, h, y, inner, q, dy, dq) -> dx
    back(g, t, h, y, inner, q, w, s) -> (w, s)
    """

    attempt: Callable[..., Any]
    inner: Callable[..., Any]
    along: Callable[..., Any]
    back: Callable[..., Any]


@lru_cache(maxsize=64)
def steps_for(n: int, m: int, active: int) -> StepFunctions:
    """For n states and m parameters, of which `active` are differentiated by."""
    text = "\n".join([_attempt(n, m), _inner(n, m), _along(n, m, active), _back(n, m, active)])
    scope: dict[str, Any] = {"sqrt": sqrt}
    exec(compile(text, "<step of DOP853>", "exec"), scope)
    return StepFunctions(*[scope[name] for name in StepFunctions._fields])


def _names(letter: str, count: int) -> list[str]:
    return [f"{letter}{k}" for k in range(count)]


def _tuple(names: Sequence[str]) -> str:
    return f"({''.join(f'{name}, ' for name in names)})"


def _taken(names: Sequence[str], source: str) -> list[str]:
    return [f"    {_tuple(names)} = {source}"] if names else []


def _time(i: int) -> str:
    return "t" if _C[i] == 0 else "t + h" if _C[i] == 1 else f"t + {_C[i]!r} * h"


def _sum(weights: Sequence[float], letter: str, v: int) -> str:
    return " + ".join(f"{a!r} * {letter}{j}_{v}" for j, a in enumerate(weights) if a) or "0.0"


def _stages(n: int, m: int) -> list[str]:
    """The stages after the first."""
    lines = []
    for i in range(1, STAGES):
        lines += [f"    u{i}_{v} = y{v} + h * ({_sum(_A[i][:i], 'k', v)})" for v in range(n)]
        call = ", ".join([_time(i), *[f"u{i}_{v}" for v in range(n)], *_names("q", m)])
        lines.append(f"    {_tuple([f'k{i}_{v}' for v in range(n)])} = f({call})")
    return lines


def _all_inner(n: int) -> list[str]:
    return [f"u{i}_{v}" for i in range(1, STAGES) for v in range(n)]


def _attempt(n: int, m: int) -> str:
    lines = ["def attempt(f, t, h, y, k, q, rtol, atol):"]
    lines += _taken(_names("y", n), "y") + _taken([f"k0_{v}" for v in range(n)], "k") + _taken(_names("q", m), "q")
    lines += _stages(n, m)
    for v in range(n):
        lines += [
            f"    x{v} = y{v} + h * ({_sum(_B, 'k', v)})",
            f"    a = y{v} if y{v} >= 0 else -y{v}",
            f"    b = x{v} if x{v} >= 0 else -x{v}",
            "    per_scale = h / (atol + rtol * (a if a >= b else b))",  # with h, slopes of fast systems do not overflow
            f"    e{v} = ({_sum(_E3, 'k', v)}) * per_scale",
            f"    d{v} = ({_sum(_E5, 'k', v)}) * per_scale",
        ]
    lines += [
        f"    five = {' + '.join(f'd{v} * d{v}' for v in range(n))}",
        f"    three = {' + '.join(f'e{v} * e{v}' for v in range(n))}",
        f"    error = five / sqrt((five + 0.01 * three) * {n}) if five else five",
        f"    return {_tuple(_names('x', n))}, error, {_tuple(_all_inner(n))}",
    ]
    return "\n".join(lines)


def _inner(n: int, m: int) -> str:
    call = ", ".join(["t", *_names("y", n), *_names("q", m)])
    lines = ["def inner(f, t, h, y, q):", *_taken(_names("y", n), "y"), *_taken(_names("q", m), "q")]
    lines += [f"    {_tuple([f'k0_{v}' for v in range(n)])} = f({call})", *_stages(n, m)]
    return "\n".join([*lines, f"    return {_tuple(_all_inner(n))}"])


def _state(i: int, n: int) -> list[str]:
    return [f"u{i}_{v}" for v in range(n)] if i else _names("y", n)


def _along(n: int, m: int, active: int) -> str:
    lines = ["def along(j, t, h, y, inner, q, dy, dq):"]
    lines += _taken(_names("y", n), "y") + _taken(_all_inner(n), "inner") + _taken(_names("q", m), "q")
    lines += _taken(_names("d", n), "dy") + _taken(_names("p", active), "dq")
    for i in range(STAGES):
        moved = [f"d{v} + h * ({_sum(_A[i][:i], 'K', v)})" if i else f"d{v}" for v in range(n)]
        call = ", ".join([_time(i), *_state(i, n), *_names("q", m), *moved, *_names("p", active)])
        lines.append(f"    {_tuple([f'K{i}_{v}' for v in range(n)])} = j({call})")
    ends = [f"d{v} + h * ({_sum(_B, 'K', v)})" for v in range(n)]
    return "\n".join([*lines, f"    return {_tuple(ends)}"])


def _back(n: int, m: int, active: int) -> str:
    lines = ["def back(g, t, h, y, inner, q, w, s):"]
    lines += _taken(_names("y", n), "y") + _taken(_all_inner(n), "inner") + _taken(_names("q", m), "q")
    lines += _taken(_names("w", n), "w") + _taken(_names("s", active), "s")
    for i in range(STAGES - 1, -1, -1):
        weights = []
        for v in range(n):
            own = [f"{_B[i]!r} * w{v}"] if _B[i] else []
            later = [f"{_A[j][i]!r} * Y{j}_{v}" for j in range(i + 1, STAGES) if _A[j][i]]
            weights.append(f"h * ({' + '.join(own + later)})")
        call = ", ".join([_time(i), *_state(i, n), *_names("q", m), *weights])
        lines.append(f"    {_tuple([f'Y{i}_{v}' for v in range(n)] + _names('r', active))} = g({call})")
        lines += [f"    s{k} += r{k}" for k in range(active)]
    ends = [f"w{v} + {' + '.join(f'Y{i}_{v}' for i in range(STAGES))}" for v in range(n)]
    return "\n".join([*lines, f"    return {_tuple(ends)}, {_tuple(_names('s', active))}"])
