"""Schemathesis on the schema of `frechet serve`: whatever the schema allows or forbids is answered as it says.

    make schema

One of its checks is left out: that what fits the schema is accepted. Which texts are formulas no schema can say; those that are
none are answered with 422 and a reason.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from web_server import running

CONFIGURATION = """
[checks]
negative_data_rejection.expected-statuses = ["400", "413", "422", "429", "503"]
positive_data_acceptance.enabled = false
"""


def main() -> int:
    tool = str(Path(sys.executable).parent / "schemathesis")
    with running(workers=2, rate=1e6) as server, tempfile.NamedTemporaryFile("w", suffix=".toml") as configuration:
        configuration.write(CONFIGURATION)
        configuration.flush()
        given = ["--phases", "examples,coverage,fuzzing", "--max-examples", "50", *sys.argv[1:]]
        command = [tool, "--config-file", configuration.name, "run", f"{server.url}/api/v1/openapi.json", *given]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
