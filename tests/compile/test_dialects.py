"""A dialect is a spelling: short, with no function that no program can carry, and every kernel of the schedule in the table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import frechet.compile
from frechet.compile.dialects.dotted import functions_in
from frechet.compile.dialects.jax import JAX
from frechet.compile.dialects.julia import JULIA
from frechet.compile.dialects.matlab import MATLAB
from frechet.compile.dialects.numpy import NUMPY
from frechet.compile.dialects.torch import TORCH
from frechet.compile.kernels import KERNELS
from frechet.compile.natives import factors, matrix_functions, spectral, words, words_jax, words_torch
from frechet.expr.node import operations
from frechet.interop import stacks

ROOM = Path(frechet.compile.__file__).parent
LANGUAGES = {language.name: language for language in (NUMPY, JAX, TORCH, JULIA, MATLAB)}
LONGEST = 199
"""Lines of a dialect, with the functions that place its words."""


@pytest.mark.parametrize("name", sorted(LANGUAGES))
def test_a_dialect_is_short(name):
    assert len((ROOM / "dialects" / f"{name}.py").read_text().splitlines()) <= LONGEST


@pytest.mark.parametrize("name", sorted(LANGUAGES))
def test_a_dialect_spells_kernels_of_the_table(name):
    assert set(LANGUAGES[name].templates) <= set(KERNELS)


def test_stacks_of_matrices_are_a_dialect():
    """What runs on them is written for kernels of the schedule; operations of the table are asked for by their own names."""
    assert set(stacks.KERNELS) <= set(KERNELS)


@pytest.mark.parametrize(("name", "suffix"), [("julia", "jl"), ("matlab", "m")])
def test_no_function_is_carried_in_vain(name, suffix):
    functions = functions_in(suffix)
    written = "".join((ROOM / "dialects" / f"{file}.py").read_text() for file in (name, "dotted", "spelling"))
    derived = {f"d{o}" for o in operations} | set(operations)
    unused = [
        f
        for f in functions
        if not _is_named(f, written + "".join(text for g, text in functions.items() if g != f)) and f not in derived
    ]
    assert unused == []


def test_no_function_of_jax_and_pytorch_is_carried_in_vain():
    files = [*(ROOM / "natives").glob("*.py"), *(ROOM / "dialects").glob("*.py")]
    written = "".join(re.sub(r"(?s)__all__ = \[.*?\]", "", file.read_text()) for file in files)
    modules = (factors, matrix_functions, spectral, words_jax, words_torch)
    defined = sorted({name for module in modules for name in module.__all__})
    assert [name for name in defined if len(re.findall(rf"\b{name}\b", written)) < 2] == []


def test_a_word_is_one_of_both_libraries():
    both = set(words_jax.__all__) & set(words_torch.__all__)
    assert {"branch", "frozen", "lu_factors", "repeated", "solve_triangular"} <= both
    assert all(callable(getattr(words, name)) for name in both)
    for name in set(words_jax.__all__) ^ set(words_torch.__all__):
        with pytest.raises(AttributeError, match=name):
            getattr(words, name)


def _is_named(name: str, text: str) -> bool:
    return re.search(rf"\b{name}\b", text) is not None
