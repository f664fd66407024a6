"""A server as users run it: uvicorn on a free port, worker processes behind it."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
import uvicorn

from frechet.web.app import make_app
from frechet.web.pool import Pool
from frechet.web.settings import Settings


@dataclass
class Running:
    """A server that runs in this process, with its pool to look at."""

    url: str
    pool: Pool

    def post(self, question: str, **asked: Any) -> httpx.Response:
        return httpx.post(f"{self.url}/api/v1/{question}", json=asked, timeout=20)


@contextmanager
def running(**bounds: Any):
    app = make_app(Settings(**bounds))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.05)
    try:
        yield Running(f"http://127.0.0.1:{port}", app.state.pool)
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture(scope="session")
def server():
    """One for all tests. Its questions have more time than the service gives: other tests share the processors."""
    with running(workers=2, seconds=10.0, patience=10.0, rate=1_000, burst=100_000, at_once=1_000) as found:
        yield found


@pytest.fixture
def hurried(server):
    """The same with a quarter of a second for a question."""
    patient = server.pool.settings
    server.pool.settings = replace(patient, seconds=0.25)
    yield server
    server.pool.settings = patient
