"""The page as a web application: addresses, and how each is answered."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from likewise.answers import export_answers
from likewise.errors import LikewiseError, missing_extra
from likewise.report import with_way_back
from likewise.show import STATIC, templates
from likewise.show.pictures import LARGE, THUMB
from likewise.web import api, parsing, screens
from likewise.web.context import AskContext
from likewise.web.guard import LARGEST, REPORT_POLICY, Guard, TooLarge
from likewise.web.parsing import Call
from likewise.web.screens import Screen

FILES = Path(__file__).parent
OURS = FILES / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
TABLES = {"csv": "text/csv", "jsonl": "application/x-ndjson", "parquet": "application/vnd.apache.parquet"}

READ = {
    "/": screens.ask,
    "/groups": screens.groups,
    "/groups/{sample:int}": screens.group,
    "/contradictions": screens.contradictions,
    "/people": screens.everybody,
    "/results": screens.results,
}
WRITE = {
    "/groups": screens.merge,
    "/groups/{sample:int}": screens.change,
    "/contradictions": screens.settle,
    "/people": screens.take_name,
    "/results/save": screens.save,
    "/results/train": screens.train,
}
ASKED = {
    "/api/answer": api.answer,
    "/api/skip": api.skip,
    "/api/undo": api.undo,
    "/api/go-on": api.go_on,
}


def require_web() -> None:
    """Refuse, in one sentence, where the packages of the page are not installed."""
    for package in ("starlette", "uvicorn"):
        try:
            __import__(package)
        except ImportError:
            raise missing_extra(package, "ask", "the page") from None


def make_app(context: AskContext, hosts: Iterable[str], token: str | None = None) -> Guard:
    """The asking page as an ASGI application.

    Args:
        context: what it is about.
        hosts: the Host headers that it answers to, with the port.
        token: a secret that every request must carry; None where only this machine can connect.

    Raises:
        LikewiseError: a package of the extra "ask" is missing.
    """
    require_web()
    from starlette.routing import Route

    routes = [Route(path, screen(context, work), methods=["GET"]) for path, work in READ.items()]
    routes += [Route(path, screen(context, work), methods=["POST"]) for path, work in WRITE.items()]
    routes += [Route(path, script(context, work), methods=["POST"]) for path, work in ASKED.items()]
    routes += [
        Route("/api/questions", script(context, api.questions), methods=["GET"]),
        Route("/api/training", script(context, _work), methods=["GET"]),
        Route("/report", answering(lambda _: _report(context)), methods=["GET"]),
        Route("/answers.{kind}", answering(lambda request: _table(context, request)), methods=["GET"]),
    ]
    return Guard(application(context, [*routes, *common(context.pictures)]), hosts, token)


def application(context: Any, routes: list[Any]) -> Any:
    """Starlette, with errors that tell a stranger nothing: a page to a person's browser, JSON to a script."""
    from starlette.applications import Starlette

    async def plain(request: Any, error: Any) -> Any:
        if error.detail != HTTPStatus(error.status_code).phrase:  # ours
            return await _refused(context, request, error.detail, error.status_code)
        sentences = {404: f"there is nothing at {request.url.path}.", 405: "this address only takes what a form sends."}
        return await _refused(context, request, sentences[error.status_code], error.status_code)

    async def failed(request: Any, _: Any) -> Any:
        return await _refused(context, request, "something went wrong; the terminal says what.", 500)

    async def large(request: Any, _: Any) -> Any:
        return await _refused(context, request, f"at most {LARGEST} bytes are read.", 413)

    handlers: Any = {404: plain, 405: plain, TooLarge: large, Exception: failed}
    return Starlette(routes=routes, exception_handlers=handlers)


async def _refused(context: Any, request: Any, sentence: str, status: int) -> Any:
    """Why nothing is answered, as whoever asked can read it."""
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import JSONResponse

    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"error": sentence}, status)
    who = parsing.who(request.cookies, context.who)
    return await run_in_threadpool(page, context, who, Screen.refusal(sentence, status))


def common(pictures: Any) -> list[Any]:
    """The addresses that every page has: pictures of samples by id, and our own files."""
    from starlette.exceptions import HTTPException
    from starlette.responses import Response
    from starlette.routing import Route

    def picture(request: Any) -> Any:
        side = LARGE if request.url.path.endswith("/large") else THUMB
        try:
            content, kind = pictures.picture(request.path_params["sample"], side)
        except LikewiseError as error:
            raise HTTPException(404, str(error)) from None
        headers = {"cache-control": "private, max-age=3600", "content-security-policy": "default-src 'none'"}
        return Response(content, media_type=kind, headers=headers)

    def file(request: Any) -> Any:
        found = {path.name: path for path in (*OURS.iterdir(), *STATIC.iterdir()) if path.suffix in TYPES}
        path = found.get(request.path_params["name"])
        if path is None:
            raise HTTPException(404, "there is no such file.")
        return Response(path.read_bytes(), media_type=TYPES[path.suffix], headers={"cache-control": "no-cache"})

    return [
        Route("/picture/{sample:int}", answering(picture)),
        Route("/picture/{sample:int}/large", answering(picture)),
        Route("/static/{name}", answering(file)),
    ]


def answering(work: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """An endpoint of a function that may block, run in a thread."""
    from starlette.concurrency import run_in_threadpool

    async def endpoint(request: Any) -> Any:
        return await run_in_threadpool(work, request)

    return endpoint


def script(context: Any, work: Callable[[Call], Any]) -> Callable[[Any], Any]:
    """An endpoint that answers a script."""
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import JSONResponse

    async def endpoint(request: Any) -> Any:
        try:
            call = Call(context, parsing.who(request.cookies, context.who), await _fields(request))
            return JSONResponse(await run_in_threadpool(work, call))
        except LikewiseError as error:
            return JSONResponse({"error": str(error)}, 400)

    return endpoint


def screen(context: Any, work: Callable[[Call], Screen]) -> Callable[[Any], Any]:
    """An endpoint that answers a person with a page, or leads to one."""
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import RedirectResponse

    def render(request: Any, fields: dict[str, Any]) -> Any:
        who = parsing.who(request.cookies, context.who)
        try:
            found = work(Call(context, who, fields))
        except LikewiseError as error:
            found = Screen.refusal(str(error))
        if found.to:
            response = RedirectResponse(found.to, 303)
            if found.name is not None:
                response.set_cookie(parsing.NAME, quote(found.name), httponly=True, samesite="lax")
            return response
        return page(context, who, found)

    async def endpoint(request: Any) -> Any:
        try:
            fields = await _fields(request)
        except LikewiseError as error:
            return page(context, context.who, Screen.refusal(str(error)))
        return await run_in_threadpool(render, request, fields)

    return endpoint


def page(context: Any, who: str, found: Screen) -> Any:
    """A template, rendered."""
    from starlette.responses import HTMLResponse

    values = {
        "who": who,
        "status": found.status,
        "context": context,
        "operation": screens.operation,
        "conflicts_open": context.conflicts,
    }
    template = templates(FILES / "templates").get_template(found.template)
    return HTMLResponse(template.render(values | dict(found.values or {})), found.status)


async def _fields(request: Any) -> dict[str, Any]:
    """What a request says: its query, or its body, and what its address names."""
    if request.method == "POST":
        fields = parsing.fields_of(await request.body(), request.headers.get("content-type", ""))
    else:
        fields = dict(request.query_params)
    return {**fields, **request.path_params}


def _work(call: Call) -> dict[str, Any]:
    work = call.context.training
    return {"state": work.state, "step": work.step, "seconds": round(work.seconds or 0)}


def _report(context: AskContext) -> Any:
    from starlette.exceptions import HTTPException
    from starlette.responses import Response

    if context.training.result is None or not context.training.result.is_file():
        raise HTTPException(404, "there is no report yet: train an encoder first, under Results.")
    headers = {"content-security-policy": REPORT_POLICY}
    document = with_way_back(context.training.result.read_text(encoding="utf-8"), "/results", "Results")
    return Response(document, media_type="text/html", headers=headers)


def _table(context: AskContext, request: Any) -> Any:
    """The valid answers as a table for other tools."""
    from starlette.exceptions import HTTPException
    from starlette.responses import Response

    kind = request.path_params["kind"]
    if kind not in TABLES:
        raise HTTPException(404, f"answers come as {', '.join(TABLES)}.")
    with tempfile.TemporaryDirectory(prefix="likewise-") as folder:
        content = export_answers(context.engine.store, Path(folder) / f"answers.{kind}").read_bytes()
    headers = {"content-disposition": f'attachment; filename="answers.{kind}"'}
    return Response(content, media_type=TABLES[kind], headers=headers)
