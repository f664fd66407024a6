"""The LaTeX schedule: what it looks like, and that nearly all of its lines read back."""

from __future__ import annotations

import frechet as fr
from frechet.compile.dialects.latex import KERNELS
from frechet.compile.dialects.numpy import NUMPY
from frechet.expr.node import operations, symbols
from tests.compile.corpus import cookbook_cases
from tests.compile.runners import latex_lines, read_back


def test_a_schedule():
    f = fr.parse("logdet(X'*X)", X="matrix(m,n)")
    assert fr.source([f, fr.derivative(f).gradient], "latex").splitlines() == [
        r"\begin{aligned}",
        r"L &= \operatorname{chol}(X^\top X) \\",
        r"f_{1} &= 2 \operatorname{sum}(\log(\operatorname{diag}(L))) \\",
        r"F_{2} &= 2 X L^{-\top} L^{-1}",
        r"\end{aligned}",
    ]


def test_lines_read_back():
    """All but those with notations that the reader does not know, such as subscripts of functions."""
    whole = 0
    for case in cookbook_cases():
        known = list(symbols(case.expr))
        read = []
        for name, e, text in latex_lines(case):
            read.append(read_back(e, text, known))
            known.append(name)
        whole += all(e is not None for e in read)
    assert whole > 0.85 * len(cookbook_cases())


def test_every_kernel_has_a_meaning():
    assert set(NUMPY.templates) <= set(KERNELS) | set(operations) | {"input"}
