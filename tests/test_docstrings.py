"""The examples in docstrings print what they show."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import frechet as fr

SOURCE = Path(fr.__file__).parent.parent
WITH_EXAMPLES = sorted(
    path.relative_to(SOURCE)
    for path in (SOURCE / "frechet").rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


def _module(path: Path):
    return import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=str)
def test_examples_print_what_they_show(path):
    names = {"fr": fr, "np": np, "__name__": "example"}  # a reader's module, not one of Frechet's own
    failed, tried = doctest.testmod(_module(path), globs=names)
    assert tried
    assert not failed
