"""`import frechet` takes less than twice as long as `import numpy`: it brings nothing that a person may never use."""

from __future__ import annotations

import subprocess
import sys

LATE = ("scipy", "typer", "rich", "mpmath", "frechet.language", "frechet.compile", "frechet.check", "frechet.tracing")


def test_what_is_not_needed_yet_is_not_imported():
    script = f"import frechet, sys; print(*[m for m in {LATE} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_kernels_find_their_library():
    script = "import frechet as fr; print(fr.logdet(fr.matrix('A', 'n', 'n'))(A=[[2.0, 0.0], [0.0, 0.5]]))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert abs(float(done.stdout)) < 1e-15
