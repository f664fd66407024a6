"""With nothing but what the wheel requires Frechet is imported and derives; what needs more says which extra brings it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from frechet.errors import FrechetError, MissingLibraryError

# What is tried, with the extra that it needs. In order: a module that was imported in vain is tried anew by the next.
TRIED = {
    "import frechet.jax.linalg": "jax",
    "import frechet.torch.linalg": "torch",
    "fr.compile(f, 'jax')(X=I)": "jax",
    "fr.compile(f, 'torch')(X=I)": "torch",
    "bridges.jax_functions(op)": "jax",
    "bridges.torch_functions(op)": "torch",
    "op.plot()": "plot",
    "fr.finite.plot(lambda X: X @ X, I, I)": "plot",
    "fr.chart('x y')": "forms",
    "fr.jacobian_of('X = Q*R', Q='stiefel(m,n)', R='upper(n)')": "forms",
    "serving.serve('127.0.0.1', 8000, True)": "lessons",
    "import frechet.lessons.sheets": "lessons",
    "import frechet.lessons.vectors": "lessons",
    "import frechet.lessons.pictures": "lessons",
    "import frechet.web.server": "web",
    "import frechet.mcp": "mcp",
}
SCRIPT = """
import json, sys
for name in "jax torch matplotlib sympy marimo anywidget fastapi uvicorn mcp IPython".split():
    sys.modules[name] = None
import numpy as np
import frechet as fr
from frechet.lessons import serving
from frechet.operators import bridges
f, I = fr.parse("X*X"), np.eye(2)
op = fr.derivative(f, "X").at(X=I)
assert str(fr.gradient("logdet(X'*X)", "X")) == "2*X*inv(X'*X)"
said = {}
for tried in json.loads(sys.argv[1]):
    try:
        exec(tried)
    except fr.MissingLibraryError as error:
        said[tried] = str(error)
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(list(TRIED))], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("tried", TRIED)
def test_the_extra_is_named(tried, said):
    assert said[tried].endswith(f"pip install 'frechet[{TRIED[tried]}]'")


def test_it_is_an_import_error_too():
    error = MissingLibraryError("plotting", "matplotlib", "plot")
    assert isinstance(error, FrechetError)
    assert isinstance(error, ImportError)
    assert error.extra == "plot"


def test_who_reads_code_imports_no_library():
    script = """
import sys
import frechet as fr
for target in ("jax", "torch"):
    assert f"import {target}" in fr.source("norm2(A*x - y)^2", target)
print([m for m in ("jax", "torch") if m in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
