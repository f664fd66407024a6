"""The kernels: what evaluation calls is what NumPy code prints, and it runs alone."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import frechet as fr
from frechet.compile.dialects.kernel_text import KERNELS, OPERATIONS, uses_of
from frechet.expr.kernel import Kernel
from frechet.expr.node import operation, operations
from frechet.rules.declare import kernel, rule

FUNCTIONS = [name for name, value in KERNELS.items() if callable(value)]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_kernel_uses_kernels_constants_and_numpy_alone(name):
    uses_of(name)
    assert not inspect.get_annotations(inspect.unwrap(KERNELS[name])), "its text would not run alone"


def test_every_kernel_of_the_table_is_printed_as_it_stands():
    for op in operations.values():
        if isinstance(op.value, Kernel):
            assert op.name in OPERATIONS
            named = [op.value.function, op.value.whole, op.value.alone, *op.value.first]
            for function in named:
                assert not callable(function) or KERNELS[function.__name__] is function, op.name


def test_an_operation_that_is_declared_later_is_printed_too():
    row = operation("twice_the_inverse", "n n -> n n", value=kernel("numpy.linalg.inv"), domain="{0} is invertible")
    try:

        @rule(row)
        def _(A, dA):
            return -row(A) @ dA @ row(A)

        A = fr.matrix("A", "n", "n")
        assert "np.linalg.inv(A)" in fr.source(row(A))
        assert np.allclose(row(A).compile()(A=2 * np.eye(2)), np.eye(2) / 2)
    finally:
        del operations["twice_the_inverse"]


def test_one_factorization_serves_all_its_parts(monkeypatch):
    calls = []
    eigh = np.linalg.eigh
    monkeypatch.setattr(np.linalg, "eigh", lambda A: calls.append(A) or eigh(A))
    f = fr.parse("diag(eigvalsh(A))*eigvecsh(A)", A="matrix(n,n)")
    source = fr.source(f)
    assert source.count("np.linalg.eigh(") == 1
    namespace = {}
    exec(source, namespace)
    value = namespace["function"](A=np.diag([1.0, 3.0]))
    assert len(calls) == 1
    assert np.allclose(np.abs(value), np.diag([1.0, 3.0]))
