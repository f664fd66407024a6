"""The routes: what comes over HTTP is checked against a schema, answered by a worker, and kept by what was asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from frechet import __version__
from frechet.caches import Recent
from frechet.web.guard import Guard, fault_bytes
from frechet.web.manual import manual
from frechet.web.pool import Busy, Lost, Pool, TooSlow
from frechet.web.questions import QUESTIONS, FaultAnswer, Health, Question
from frechet.web.settings import Settings

__all__ = ["make_app"]

_LINK = {"f": "formula", "by": "wrt", "mine": "claim"}
_SHORT = {field: name for name, field in _LINK.items()}
_READ = ["GET", "HEAD"]
_KEPT = 131_072  # bytes of the longest answer that is kept
_DESCRIPTION = """Matrix calculus by HTTP: derivatives of formulas, checked. The service is stateless. Every answer that is not
200 is `{"error": {...}}` with the place, the reason and what to write instead. One question has two seconds; 429 and 503 say
when to ask again. Formulas are text, LaTeX or NumPy code; letters need no declaration. Unversioned paths are aliases of the newest version.
GET takes the names that links of the page have, any other name declares a letter: /api/derive?f=x'*S*x&by=x&S=spd(n)."""
_FAULTS: dict[int | str, dict[str, Any]] = {
    400: {"model": FaultAnswer, "description": "The body is not JSON in UTF-8."},
    408: {"model": FaultAnswer, "description": "The body did not arrive in time."},
    413: {"model": FaultAnswer, "description": "The request is too long."},
    422: {
        "model": FaultAnswer,
        "description": "The formula, a declaration or a field cannot be used; why, and where.",
    },
    429: {"model": FaultAnswer, "description": "Too many requests of one client."},
    500: {"model": FaultAnswer, "description": "A fault of Frechet: please report the formula."},
    503: {
        "model": FaultAnswer,
        "description": "All workers are busy, or the one that worked was lost: ask again.",
    },
}


def make_app(settings: Settings | None = None) -> FastAPI:
    """The application, for any ASGI server; its workers start and stop with it."""
    settings = settings or Settings()
    pool = Pool(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await pool.start()
        yield
        await pool.close()

    app = FastAPI(
        title="Frechet", version=__version__, description=_DESCRIPTION, lifespan=lifespan,
        docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json",
    )  # fmt: skip
    app.state.pool = pool
    routes = _routes(_Desk(pool, settings))
    app.include_router(routes, prefix="/api/v1")
    app.include_router(routes, prefix="/api", include_in_schema=False)
    _add_pages(app, pool)
    app.add_exception_handler(RequestValidationError, _unusable)
    app.add_exception_handler(HTTPException, _no_route)
    app.add_middleware(Guard, settings=settings)
    return app


class _Desk:
    """Hands questions to the pool, and keeps what was answered."""

    def __init__(self, pool: Pool, settings: Settings):
        self.pool, self.settings = pool, settings
        self.kept: Recent[tuple[int, bytes]] = Recent(settings.kept)

    async def answer(self, request: Request, kind: str, question: dict[str, Any]) -> Response:
        """The answer of a worker, or of one before; the work stops where the client goes."""
        key = kind, json.dumps(question, sort_keys=True)
        found = self.kept.get(key)
        request.scope.setdefault("state", {})["told"] = {
            "cached": found is not None, **({"asked": question} if self.settings.log_formulas else {}),
        }  # fmt: skip
        if found is None:
            work = asyncio.ensure_future(self.pool.ask(kind, question))
            gone = asyncio.ensure_future(_gone(request))
            try:
                await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
                if not work.done():
                    return Response(status_code=499)  # nobody reads it
                found = work.result()
            except (Busy, Lost, TooSlow) as error:
                return _failed(error, self.settings)
            finally:
                work.cancel()
                gone.cancel()
            if found[0] == 200 and len(found[1]) <= _KEPT and _is_settled(kind, found[1]):
                self.kept.keep(key, found)
        return Response(found[1], found[0], media_type="application/json", headers={"cache-control": "no-store"})


def _is_settled(kind: str, body: bytes) -> bool:
    """Whether the same question has the same answer later: a check that ran out of time may come further then."""
    if kind not in ("check", "verdict"):
        return True
    told = json.loads(body)
    return told["kind"] != "undecided" and bool(told.get("searched", True))


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _failed(error: Exception, settings: Settings) -> Response:
    if isinstance(error, TooSlow):
        told = fault_bytes(
            f"the time of {settings.seconds:g} s is used up", "Ask for less: fewer terms, or parts of it."
        )
        return Response(told, 422, media_type="application/json")
    why = "the worker that worked on it was lost" if isinstance(error, Lost) else "all workers are busy"
    return Response(
        fault_bytes(why, "Ask again in a second."), 503, media_type="application/json", headers={"retry-after": "1"}
    )


def _routes(desk: _Desk) -> APIRouter:
    """One route a question, and where it has one its link."""
    router = APIRouter()
    for kind, question in QUESTIONS.items():
        _add_question(router, desk, kind, question)
        if question.linked:
            _add_link(router, desk, kind, question)
    return router


def _add_question(router: APIRouter, desk: _Desk, kind: str, question: Question) -> None:
    """The question as a body of JSON, which its schema checks."""

    async def asked(body: Any, request: Request) -> Response:
        return await desk.answer(request, kind, body.model_dump())

    asked.__annotations__["body"] = question.takes
    router.post(
        f"/{kind}", name=kind, operation_id=kind, summary=question.summary, response_class=Response,
        responses=_responses(question),
    )(asked)  # fmt: skip


def _add_link(router: APIRouter, desk: _Desk, kind: str, question: Question) -> None:
    """The question as a link, with the names that the page has in its own: /api/derive?f=x'*S*x&by=x&S=spd(n)."""
    schema = question.takes

    @router.get(
        f"/{kind}", name=f"{kind} by a link", operation_id=f"{kind}_by_a_link", summary=f"{question.summary}, by a link",
        response_class=Response, responses=_responses(question), openapi_extra={"parameters": _parameters(schema)},
    )  # fmt: skip
    async def linked(request: Request) -> Response:
        named: dict[str, Any] = {"declarations": {}}
        for name, value in request.query_params.items():
            name = _LINK.get(name, name)
            (named if name in schema.model_fields else named["declarations"])[name] = value
        try:
            asked = schema.model_validate_strings(named)
        except ValidationError as error:
            raise RequestValidationError([{**e, "loc": ("query", *e["loc"])} for e in error.errors()]) from None
        return await desk.answer(request, kind, asked.model_dump())


def _responses(question: Question) -> dict[int | str, dict[str, Any]]:
    return {200: {"model": question.gives, "description": "The answer."}, **_FAULTS}


def _parameters(schema: type[BaseModel]) -> list[dict[str, Any]]:
    """The fields of a question as names in a link; any other name declares a letter."""
    told = schema.model_json_schema()
    fields = {field: kind for field, kind in told["properties"].items() if field not in ("declarations", "sizes")}
    letters = {"type": "object", "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 200}}
    return [
        {"name": _SHORT.get(field, field), "in": "query", "required": field in told["required"], "schema": kind,
         "description": kind.get("description", "")}
        for field, kind in fields.items()
    ] + [{"name": "letters", "in": "query", "style": "form", "explode": True, "schema": letters,
          "description": "Any other name declares a letter: S=spd(n)."}]  # fmt: skip


def _add_pages(app: FastAPI, pool: Pool) -> None:
    folder = resources.files("frechet.web") / "static"
    page = (folder / "index.html").read_text(encoding="utf-8")

    @app.api_route("/", methods=_READ, include_in_schema=False)
    async def index() -> HTMLResponse:
        return HTMLResponse(page, headers={"cache-control": "no-cache"})

    @app.api_route("/llms.txt", methods=_READ, include_in_schema=False)
    async def for_assistants() -> PlainTextResponse:
        return PlainTextResponse((resources.files("frechet") / "llms.txt").read_text(encoding="utf-8"))

    @app.api_route("/api", methods=_READ, include_in_schema=False)
    async def documentation() -> HTMLResponse:
        return HTMLResponse(manual(app.openapi()), headers={"cache-control": "no-cache"})

    @app.head("/healthz", include_in_schema=False)
    @app.get("/healthz", tags=["service"], summary="Whether the service answers", operation_id="health")
    async def health() -> Health:
        return Health(
            status="ok", version=app.version, workers=len(pool.idle) + len(pool.working), counts=dict(pool.counts)
        )

    app.mount("/static", StaticFiles(directory=str(folder)), name="static")


async def _unusable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(str(p) for p in first["loc"][1:])
    if place or first["loc"][:1] != ("body",):
        told = fault_bytes(f"{place[:80]}: {first['msg']}", "The schemas are at /api.")
    else:
        told = fault_bytes("the body is no object of JSON", "Send JSON, with Content-Type: application/json; see /api.")
    return Response(told, 422, media_type="application/json")


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    question = QUESTIONS.get(request.url.path.rpartition("/")[2])
    if error.status_code == 405 and question is not None:  # of two routes, one a method, the framework names the first
        headers["allow"] = "GET, POST" if question.linked else "POST"
    told = fault_bytes(str(error.detail), "The routes are at /api.")
    return Response(told, error.status_code, media_type="application/json", headers=headers)
