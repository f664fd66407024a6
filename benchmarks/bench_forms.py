"""Exterior algebra beside SymPy's, and log-Jacobians beside the factorizations that they belong to.

    python benchmarks/bench_forms.py [--dry]

One thread; values are compared before they are timed; the best of several runs, after a first one.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from time import perf_counter

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import scipy.linalg
import sympy as sp
from sympy.core.cache import clear_cache
from sympy.diffgeom import CoordSystem, Differential, Manifold, Patch, WedgeProduct

import frechet as fr
from frechet.forms.algebra import sign
from tables import write_table


def best(f: Callable[[], object], repeat: int = 7, number: int = 1, cold: bool = False) -> float:
    """Milliseconds of a call, the best of several runs; `cold` empties SymPy's cache before each."""
    f()
    times = []
    for _ in range(repeat):
        if cold:
            clear_cache()
        start = perf_counter()
        for _ in range(number):
            f()
        times.append((perf_counter() - start) / number)
    return 1e3 * min(times)


def six_forms(symbolic: bool) -> list:
    """Six dense one-forms in R⁶, with small integers or with polynomials as coefficients."""
    R6, rng = fr.chart("a b c d e f"), np.random.default_rng(0)
    forms = []
    for _ in range(6):
        numbers = [int(k) for k in rng.integers(1, 10, 6)]
        if symbolic:
            numbers = [k * R6.coords[int(rng.integers(6))] + 1 for k in numbers]
        forms.append(fr.forms.Form(R6, 1, {1 << i: c for i, c in enumerate(numbers)}))
    return forms


def bare_products(forms: list) -> Callable[[], object]:
    """The multiplications and additions of coefficients in the wedge product of these forms, and nothing else."""
    steps, state = [], {0: None}
    for _ in forms:
        pairs: dict[int, list[tuple[int, int, int]]] = {}
        for mask in state:
            for j in range(6):
                if sign(mask, 1 << j):
                    pairs.setdefault(mask | 1 << j, []).append((mask, 1 << j, sign(mask, 1 << j)))
        steps.append(pairs)
        state = dict.fromkeys(pairs)

    def run() -> object:
        sums: dict[int, sp.Expr] = {0: sp.Integer(1)}
        for pairs, form in zip(steps, forms, strict=True):
            minus = {mask: -x for mask, x in sums.items()}
            sums = {
                to: sp.Add(*((sums[m] if s > 0 else minus[m]) * form.sums[j] for m, j, s in terms))
                for to, terms in pairs.items()
            }
        return sums

    return run


def sympys_wedge_and_d() -> tuple[Callable[[], object], Callable[[], object]]:
    """In `sympy.diffgeom`: the wedge product of two one-forms on two fields in R³, and d of a one-form on two fields."""
    patch = Patch("P", Manifold("M", 3))
    C = CoordSystem("C", patch, sp.symbols("x y z", real=True))
    x, y, z = C.base_scalars()
    dx, dy, dz = C.base_oneforms()
    ex, ey, ez = C.base_vectors()
    w = x * y**2 * dx + sp.sin(x) * z * dy + (x + y * z) * dz
    fields = [(ex, ey), (ex, ez), (ey, ez)]
    wedge = WedgeProduct(dx + 2 * dy, dy - dz)
    return lambda: [wedge(*v) for v in fields], lambda: [Differential(w)(*v) for v in fields]


def forms_rows() -> list[str]:
    """Wedge products and exterior derivatives."""
    integer, symbolic = six_forms(False), six_forms(True)
    rows = np.array([[f.sums[1 << j] for j in range(6)] for f in integer])
    assert fr.wedge(*integer).sums[63] == round(np.linalg.det(rows))
    R3 = fr.chart("x y z")
    x, y, z = R3.coords
    dx, dy, dz = R3.d
    w = x * y**2 * dx + sp.sin(x) * z * dy + (x + y * z) * dz
    assert w.d["dx^dy"] == sp.cos(x) * z - 2 * x * y
    bare = bare_products(symbolic)
    assert sp.expand(bare()[63] - fr.wedge(*symbolic).sums[63]) == 0
    ours, own = best(lambda: fr.wedge(*symbolic), cold=True), best(bare, cold=True)
    sympy_wedge, sympy_d = sympys_wedge_and_d()
    return [
        f"| wedge of six one-forms in R⁶, integers | {best(lambda: fr.wedge(*integer), number=20):.2f} ms | |",
        f"| the same, polynomials | {ours:.1f} ms | the products of its coefficients alone: {own:.1f} ms, ratio {ours / own:.2f} |",
        f"| d of a one-form in R³ | {best(lambda: w.d, number=20):.3f} ms; {best(lambda: w.d, cold=True):.2f} ms with an empty cache "
        f"| `sympy.diffgeom`, on three pairs of fields: {best(sympy_d):.1f} ms |",
        f"| wedge of two one-forms in R³ | {best(lambda: (dx + 2 * dy) ^ (dy - dz), number=20):.3f} ms "
        f"| `sympy.diffgeom`, on three pairs of fields: {best(sympy_wedge):.1f} ms |",
    ]


def jacobian_rows(n: int = 300) -> list[str]:
    """log|det| by the closed formula, beside the factorization."""
    rng = np.random.default_rng(1)
    X = rng.standard_normal((n, n))
    polar = fr.jacobian_of("X = Q*S", Q="orthogonal(n)", S="spd(n)")
    Q, S = scipy.linalg.polar(X)
    small = rng.standard_normal((3, 3))
    q, s = scipy.linalg.polar(small)
    l = np.linalg.eigvalsh(s)
    expected = sum(np.log(l[i] + l[j]) for i in range(3) for j in range(i))
    assert abs(polar.logabsdet(Q=q, S=(s + s.T) / 2) - expected) < 1e-10
    S = (S + S.T) / 2
    factor, value = best(lambda: scipy.linalg.polar(X), repeat=3), best(lambda: polar.logabsdet(Q=Q, S=S), repeat=3)
    qr = fr.jacobian_of("X = Q*R", Q="orthogonal(n)", R="upper(n), positive diagonal")
    U, R = np.linalg.qr(X)
    signs = np.sign(np.diag(R))
    U, R = U * signs, signs[:, None] * R
    factor_qr, value_qr = best(lambda: np.linalg.qr(X), repeat=3), best(lambda: qr.logabsdet(Q=U, R=R), repeat=3)
    return [
        f"| polar decomposition, n = {n} | {value:.1f} ms | `scipy.linalg.polar`: {factor:.1f} ms, ratio {value / factor:.2f} |",
        f"| QR, n = {n} | {value_qr:.1f} ms | `numpy.linalg.qr`: {factor_qr:.1f} ms, ratio {value_qr / factor_qr:.2f} |",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry", action="store_true", help="print the table, write nothing")
    dry = parser.parse_args().dry
    lines = ["| exterior algebra | ours | beside it |", "| --- | --- | --- |", *forms_rows(), ""]
    lines += ["| log-Jacobian at numbers | ours | the factorization |", "| --- | --- | --- |", *jacobian_rows()]
    table = "\n".join(lines)
    print(table)
    if not dry:
        write_table("forms", "## Differential forms and Jacobians (`bench_forms.py`)\n\n" + table)


if __name__ == "__main__":
    main()
