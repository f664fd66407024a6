"""`frechet serve`: the application run by uvicorn."""

from __future__ import annotations

import logging
import os
import sys

from frechet.errors import MissingLibraryError

try:
    import uvicorn

    from frechet.web.app import make_app
except ImportError as error:
    raise MissingLibraryError("the page", str(error.name), "web") from error
from frechet.web.settings import Settings

__all__ = ["run"]


def run(host: str, port: int, settings: Settings) -> None:
    """Serves until it is interrupted. One line of JSON a request goes to standard output."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # workers inherit it: matrices are small, and processes share the processors
    log = logging.getLogger("frechet.web")
    log.setLevel(logging.INFO)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter('{"time": "%(asctime)s", "request": %(message)s}'))
    log.addHandler(handler)
    config = uvicorn.Config(
        make_app(settings), host=host, port=port, access_log=False, server_header=False, log_level="warning",
        timeout_keep_alive=30, h11_max_incomplete_event_size=16_384, limit_concurrency=1_000,
    )  # fmt: skip
    print(f"Frechet at http://{host}:{port}/ (by HTTP: /api)", file=sys.stderr)
    uvicorn.Server(config).run()
