"""One user costs others nothing: time, memory, length, clients, lost workers, dropped requests, headers."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
import time

import httpx
import pytest

from frechet.web import guard
from frechet.web.guard import HEADERS
from tests.web.conftest import running

SLOW = "+".join(f"exp(A{i}*X*B{i})" for i in range(90))  # its check takes longer than a question may
ASKED = {"formula": f"sum({SLOW})", "wrt": "X"}


def test_slow_questions_delay_nobody(server):
    async def ask():
        async with httpx.AsyncClient(base_url=server.url, timeout=30) as client:
            slow = [asyncio.create_task(client.post("/api/v1/verdict", json={**ASKED, "seed": k})) for k in range(3)]
            await asyncio.sleep(0.3)
            others = [await client.post("/api/v1/derive", json={"formula": f"{k}*x'*x", "wrt": "x"}) for k in range(5)]
            still_working = sum(not s.done() for s in slow)
            for s in slow:
                s.cancel()
            return [o.status_code for o in others], still_working

    statuses, still_working = asyncio.run(ask())
    assert statuses == [200] * 5
    assert still_working, "the others had to wait for the slow ones"


def test_a_line_of_questions_starts_no_workers():
    """Those who wait take over places with their workers: processes are started for lost ones only."""

    async def ask(url: str):
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            asked = [client.post("/api/v1/read", json={"formula": f"{k}*x"}) for k in range(40)]
            return [found.status_code for found in await asyncio.gather(*asked)]

    with running(workers=1, patience=20.0, slow=20.0, rate=1_000, burst=1_000, at_once=1_000) as server:
        assert asyncio.run(ask(server.url)) == [200] * 40
        assert server.pool.counts["started"] == 2


def test_a_question_that_takes_too_long_is_told_so(hurried):
    found = hurried.post("verdict", **ASKED)
    assert found.status_code == 422
    assert "the time of" in found.json()["error"]["reason"]


@pytest.mark.parametrize(
    "formula",
    ["(" * 1_900, "x^9999999999999999999", "kron(" * 300 + "A", "2^(2^(2^(2^(2^99))))", "eye(10^9)*eye(10^9)", "\\frac{" * 300, "X" + "'" * 1_900, "A^" * 900 + "2"],
    ids=["brackets", "power", "depth", "tower", "size", "latex", "primes", "powers"],
)  # fmt: skip
def test_hostile_text_gets_an_answer(hurried, formula):
    found = hurried.post("derive", formula=formula, wrt="X")
    assert found.status_code in (200, 422), found.text
    assert found.status_code == 200 or found.json()["error"]["reason"]


def test_a_killed_worker_loses_one_question_and_is_replaced(server):
    async def ask():
        async with httpx.AsyncClient(base_url=server.url, timeout=20) as client:
            lost = asyncio.create_task(client.post("/api/v1/verdict", json={**ASKED, "seed": 77}))
            while not server.pool.working:
                await asyncio.sleep(0.01)
            os.kill(next(iter(server.pool.working)).process.pid, signal.SIGKILL)
            return await lost, await client.post("/api/v1/derive", json={"formula": "tr(X)", "wrt": "X"})

    lost, next_one = asyncio.run(ask())
    assert lost.status_code == 503
    assert lost.headers["retry-after"]
    assert next_one.status_code == 200


def test_a_dropped_request_frees_its_worker(server):
    before = server.pool.counts["dropped"]

    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{server.url}/api/v1/verdict", json={**ASKED, "seed": 78}, timeout=0.3)
    deadline = time.monotonic() + 10
    while server.pool.working or server.pool.counts["dropped"] == before:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert server.pool.free == server.pool.settings.workers
    assert server.pool.slow == 0


def test_a_long_body_is_refused_before_it_is_read(server):
    found = httpx.post(f"{server.url}/api/v1/derive", content=b"[" * 200_000)
    assert found.status_code == 413
    assert "bytes" in found.json()["error"]["reason"]


def test_a_body_that_does_not_arrive_is_given_up(server, monkeypatch):
    monkeypatch.setattr(guard, "_PATIENCE", 0.2)
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as slow:
        slow.sendall(b"POST /api/v1/derive HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        assert b"408" in slow.recv(100)


@pytest.mark.parametrize("path", ["/", "/api", "/api/v1/derive", "/healthz", "/static/icon.svg", "/nothing"])
def test_every_answer_has_the_headers(server, path):
    found = httpx.get(server.url + path)
    assert {name: found.headers[name] for name in HEADERS} == HEADERS
    assert "default-src 'none'" in found.headers["content-security-policy"]
    assert "unsafe" not in found.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/", "/api", "/llms.txt", "/healthz", "/static/icon.svg"])
def test_proxies_may_look_without_reading(server, path):
    assert httpx.head(server.url + path).status_code == 200


def test_clients_places_and_the_log():
    """Few are admitted; the rest are told 429 or 503 and when to come again; the log has no formulas."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    log = logging.getLogger("frechet.web")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        with running(workers=1, rate=0.01, burst=6, at_once=5, waiting=1, patience=0.05, lingering=0) as server:
            found = asyncio.run(_flood(server.url))
    finally:
        log.removeHandler(handler)
    statuses = [f.status_code for f in found]
    assert set(statuses) <= {200, 422, 429, 503}
    assert 429 in statuses
    assert 503 in statuses
    assert all(f.headers["retry-after"] for f in found if f.status_code in (429, 503))
    told = [json.loads(line) for line in lines]
    assert {t["status"] for t in told} == set(statuses)
    assert "exp" not in "".join(lines)


async def _flood(url: str) -> list[httpx.Response]:
    async with httpx.AsyncClient(base_url=url, timeout=20) as client:
        return await asyncio.gather(
            *[client.post("/api/v1/verdict", json={**ASKED, "seed": 100 + k}) for k in range(10)]
        )
