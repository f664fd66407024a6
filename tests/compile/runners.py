"""How the source of each target is run: as text, in a fresh namespace, without frechet."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from frechet.compile.compiled import RUNNABLE
from tests.compile.corpus import Case

jax.config.update("jax_enable_x64", True)

__all__ = ["RUNNERS"]


def python_result(target: str) -> Callable[[Case], Any]:
    """Runs the source of a Python target; the sizes that no array shows are arguments."""

    def run(case: Case) -> Any:
        compiled = case.expr.compile(target, sizes=case.sizes)
        source = compiled.source
        assert "frechet" not in re.findall(r"\w+", source)
        namespace: dict[str, Any] = {}
        exec(compile(source, "<source>", "exec"), namespace)
        names = sorted(case.arrays)
        given = RUNNABLE[target].convert({name: case.arrays[name] for name in names})
        sizes = {k: n for k, n in case.sizes.items() if f"\n    {k}: a size" in source}
        return np.asarray(namespace["function"](**dict(zip(names, given, strict=True)), **sizes))

    return run


RUNNERS: dict[str, Callable[[Case], Any]] = {target: python_result(target) for target in ("numpy", "jax", "torch")}
