"""What stands before every route: headers, the length of a request, a limit for each client, one line in the log."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from frechet.errors import FrechetError
from frechet.web.faults import fault_json
from frechet.web.settings import Settings

__all__ = ["HEADERS", "Guard", "fault_bytes"]

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; font-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_PATIENCE = 5.0  # seconds in which the body has to arrive
_log = logging.getLogger("frechet.web")


def fault_bytes(message: str, hint: str = "") -> bytes:
    """The body of an answer that is no answer."""
    told = fault_json(FrechetError(message))
    told["error"]["hint"] = hint
    return json.dumps(told, ensure_ascii=False).encode()


@dataclass
class _Client:
    """What one client has left, and how many of its questions are under way."""

    tokens: float
    seen: float
    under_way: int = 0


class Guard:
    """The middleware; `settings` has its bounds."""

    def __init__(self, app: ASGIApp, settings: Settings):
        self.app, self.settings = app, settings
        self.clients: OrderedDict[str, _Client] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start, status = time.perf_counter(), 0

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = {name for name, _ in message["headers"]}
                extra = [(n.encode(), v.encode()) for n, v in HEADERS.items() if n.encode() not in given]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        try:
            await self._admitted(scope, receive, sent)
        finally:
            self._note(scope, status, time.perf_counter() - start)

    async def _admitted(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].startswith("/api/"):
            await self.app(scope, receive, send)
            return
        client = self._client(scope)
        if client.tokens < 1 or client.under_way >= self.settings.at_once:
            await _refuse(send, 429, "too many requests of one client", "Wait a second.", [(b"retry-after", b"1")])
            return
        client.tokens -= 1
        client.under_way += 1
        try:
            try:
                body = await asyncio.wait_for(self._body(receive), _PATIENCE)
            except TimeoutError:
                await _refuse(send, 408, f"the request did not arrive within {_PATIENCE:g} s", "Send it again.")
                return
            if body is None:
                await _refuse(send, 413, f"a request has at most {self.settings.body:,} bytes", "Shorten the formula.")
                return
            await self.app(scope, _replayed(body, receive), send)
        finally:
            client.under_way -= 1

    def _client(self, scope: Scope) -> _Client:
        """The account of the client, refilled; the one that was not seen for longest is forgotten."""
        now, settings = time.monotonic(), self.settings
        name = (scope.get("client") or ("",))[0]
        client = self.clients.pop(name, None) or _Client(settings.burst, now)
        client.tokens = min(settings.burst, client.tokens + (now - client.seen) * settings.rate)
        client.seen = now
        self.clients[name] = client
        while len(self.clients) > settings.clients:
            self.clients.popitem(last=False)
        return client

    async def _body(self, receive: Receive) -> bytes | None:
        """The body; None where it is too long, whatever the header says of its length."""
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return body
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self.settings.body:
                return None
        return body

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        told: dict[str, Any] = {
            "method": scope["method"],
            "path": scope["path"] if status != 404 else "unknown",
            "status": status,
            "ms": round(1000 * seconds, 1),
            **scope.get("state", {}).get("told", {}),
        }
        _log.info(json.dumps(told, ensure_ascii=False))


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body that was read already, then what comes."""
    first = True

    async def again() -> Message:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return again


async def _refuse(
    send: Send, status: int, message: str, hint: str, headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    body = fault_bytes(message, hint)
    about = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *(headers or [])]
    await send({"type": "http.response.start", "status": status, "headers": about})
    await send({"type": "http.response.body", "body": body})
