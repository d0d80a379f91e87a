"""What the server answers: pages, turns, files in and out, and the stream of events.

Reading pages never waits for a turn that is worked on; only the desk works.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from optwright import reporting
from optwright.agents.problem import Problem
from optwright.agents.solution import Solution
from optwright.cli import exports
from optwright.cli.chat import slash
from optwright.errors import InputError, OptwrightError
from optwright.solvers.data.reading.corrections import path_beside
from optwright.solvers.data.table import Table
from optwright.solvers.data.tables import load
from optwright.web import events, examples, uploads
from optwright.web.bodies import at_most
from optwright.web.desk import Desk
from optwright.web.pages import Pages, chosen_theme
from optwright.web.tables import Files, cells_in, changed, with_parts, with_setting

_STATIC = Path(__file__).parent / "static"
_MOST_SAID = 2**20  # bytes of a form without files
THEME = "optwright-theme"  # a cookie
_YEAR_S = 365 * 24 * 3600
_SAID = {
    HTTPStatus.NOT_FOUND: "There is no such page.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        f"That is too large: files of up to {uploads.MOST_BYTES // 2**20} MiB in all are read. "
        "Keep the rows and columns the problem needs."
    ),
}
_ELSEWHERE = {
    "export": "the page Report has the model in every format",
    "report": "the page Report has it, and as a file",
    "quit": "close the page; Ctrl-C in the terminal ends the server, and the session is kept",
}
_ENDINGS = {"pyomo": "py", "latex": "tex", "markdown": "md"}


class Answers:
    """Answers requests about the session of a desk."""

    def __init__(self, desk: Desk, inbox: Path) -> None:
        self._desk, self._inbox = desk, inbox
        self._files = Files({})
        self._pages = Pages(desk, self._files)

    # Pages

    def settings(self, request: Request) -> Response:
        return HTMLResponse(self._pages.settings())

    def conversation(self, request: Request) -> Response:
        return HTMLResponse(self._pages.conversation(whole="all" in request.query_params))

    def model(self, request: Request) -> Response:
        return HTMLResponse(self._pages.model())

    def versions(self, request: Request) -> Response:
        wanted = request.query_params.getlist("compare")
        try:
            html = self._pages.compared(wanted) if wanted else self._pages.versions()
        except InputError as error:
            html = self._pages.versions(fault=str(error))
        return HTMLResponse(html)

    def data(self, request: Request) -> Response:
        try:
            html = self._pages.data(
                request.query_params.get("table"), request.query_params.get("from")
            )
        except InputError as error:
            return self.refused(request, error)
        return HTMLResponse(html)

    def report(self, request: Request) -> Response:
        return HTMLResponse(self._pages.report())

    def style(self, request: Request) -> Response:
        return Response(self._pages.style, media_type="text/css")

    # Turns

    async def say(self, request: Request) -> Response:
        """A turn, or a command that stands for one; what came of it is told by the events."""
        limited = at_most(_MOST_SAID, request)
        async with limited.form(max_files=0) as form:
            said = f"{form.get('before', '')}{form.get('said', '')}"
            if because := str(form.get("because", "")).strip():  # why a plan is not allowed
                said = f"{said}: {because}"
        return await self._taken(request, said, lambda: self._say(said))

    def _say(self, said: str) -> None:
        if not said.startswith("/"):
            self._desk.say(said)
            return
        command, rest = slash.read(said)
        if command.sentence is not None:
            self._desk.say(command.sentence(rest))
        elif command.name == "data" and rest:
            self._desk.attach(lambda: load([rest]), lambda said: load([rest], said))
        elif command.name in _ELSEWHERE:
            raise InputError(f"/{command.name} is for terminals", hint=_ELSEWHERE[command.name])
        else:
            self._desk.say("show data" if command.name == "data" else "help")

    async def bring(self, request: Request) -> Response:
        """Tables from files."""
        limited = at_most(uploads.MOST_BYTES, request)
        async with limited.form(max_files=uploads.MOST_FILES, max_fields=1) as form:
            files = [f for f in form.getlist("files") if isinstance(f, UploadFile) and f.filename]
            return await self._taken(request, "", lambda: self._bring(files))

    def _bring(self, files: list[UploadFile]) -> None:
        paths = uploads.kept(files, self._inbox)

        def read() -> dict[str, Table]:
            found = uploads.tables(paths)
            self._files.keep(paths, found)
            return found.tables

        self._desk.attach(read, uploads.again(paths))

    async def change(self, request: Request) -> Response:
        """Cells of a table that somebody typed into."""
        async with at_most(_MOST_SAID, request).form(max_files=0, max_fields=5000) as form:
            said = [(name, str(text)) for name, text in form.multi_items()]
        return await self._taken(request, "", lambda: self._change(said))

    def _change(self, said: list[tuple[str, str]]) -> None:
        name = dict(said).get("table", "")
        table = self._desk.view.tables.get(name)
        if table is None:
            raise InputError(f"there is no table {name!r}")
        after = changed(table, cells_in(said))
        if after is not None:
            self._desk.attach(lambda: {name: after})

    async def correct(self, request: Request) -> Response:
        """How the file of a table is to be read instead."""
        async with at_most(_MOST_SAID, request).form(max_files=0) as form:
            name, toml = str(form.get("table", "")), str(form.get("toml", ""))
            setting, of = str(form.get("setting", "")), str(form.get("of", ""))
        return await self._taken(request, "", lambda: self._correct(name, toml, setting, of))

    def _correct(self, name: str, toml: str, setting: str, of: str) -> None:
        path = self._files.path(name)
        if setting:
            toml = with_setting(self._said_of(path), of, setting)
        self._read_again(path, toml)

    async def choose(self, request: Request) -> Response:
        """The sheets and tables of a file that are read, as they were ticked."""
        async with at_most(_MOST_SAID, request).form(max_files=0, max_fields=5000) as form:
            ticked = {name for name, _ in form.multi_items()}
            file = str(form.get("file", ""))
        return await self._taken(request, "", lambda: self._choose(file, ticked))

    def _choose(self, file: str, ticked: set[str]) -> None:
        held = list(self._files.held.items())
        if not file.isdecimal() or int(file) >= len(held):
            raise InputError("that file is not here any more", hint="bring it again")
        path, sheets = held[int(file)]
        self._read_again(path, with_parts(self._said_of(path), sheets, ticked))

    def _said_of(self, path: Path) -> str:
        """The corrections of a file, with what was said of it in the conversation on top."""
        said = self._desk.session.corrections
        lines = [*said.get(path_beside(path).name, ()), *said.get("", ())]
        return "".join(f"{line}\n" for line in lines) + self._files.correction(path)

    def _read_again(self, path: Path, toml: str) -> None:
        self._desk.attach(
            lambda: self._files.correct(path, toml),
            uploads.again([path]),
            instead_of=self._files.names(path),
        )

    async def offer(self, request: Request) -> Response:
        """An example, put into the box."""
        async with at_most(_MOST_SAID, request).form(max_files=0) as form:
            found = examples.named(str(form.get("example", "")))
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return await self._taken(request, "", lambda: self._desk.offer(found.text, found.read()))

    async def enter(self, request: Request) -> Response:
        """Another session."""
        async with at_most(_MOST_SAID, request).form(max_files=0) as form:
            name = str(form.get("session", "")).strip()
        return await self._taken(request, "", lambda: self._enter(name))

    def _enter(self, name: str) -> None:
        sessions = self._desk.sessions
        self._desk.go_over(name or (sessions.new_name() if sessions is not None else ""))

    async def use(self, request: Request) -> Response:
        """Another model."""
        async with at_most(_MOST_SAID, request).form(max_files=0) as form:
            model, key = str(form.get("model", "")).strip(), str(form.get("key", "")).strip()
        return await self._taken(request, "", lambda: self._desk.use(model, key))

    async def theme(self, request: Request) -> Response:
        """Light, dark, or as the system has it: kept by the browser."""
        async with at_most(_MOST_SAID, request).form(max_files=0) as form:
            wanted = str(form.get("theme", ""))
        response = RedirectResponse("/settings", HTTPStatus.SEE_OTHER)
        response.set_cookie(
            THEME, wanted if wanted in ("light", "dark") else "", httponly=True, samesite="strict",
            max_age=_YEAR_S,
        )  # fmt: skip
        return response

    def stop(self, request: Request) -> Response:
        self._desk.stop()
        return _accepted(request)

    async def _taken(self, request: Request, said: str, take: Callable[[], None]) -> Response:
        try:
            await run_in_threadpool(take)
        except OptwrightError as error:
            self._desk.refuse(error, said)
        return _accepted(request)

    def events(self, request: Request) -> Response:
        return StreamingResponse(events.stream(self._desk), media_type="text/event-stream")

    # Files out

    def export(self, request: Request) -> Response:
        """The model that stands, in one of the formats of `solvers.export`."""
        fmt = request.path_params["fmt"]
        solution, problem = self._standing()
        text = exports.text(solution, problem, fmt)
        return self._file(text.encode("utf-8"), _ENDINGS.get(fmt, fmt))

    def written(self, request: Request) -> Response:
        """The report of what stands, as a file."""
        suffix = request.path_params["suffix"]
        reporting.demand_format(Path(f"report.{suffix}"))
        return self._file(reporting.content(*self._reported(suffix)), suffix)

    def answer(self, request: Request) -> Response:
        """All values of the answer, as a workbook or a CSV file."""
        suffix = request.path_params["suffix"]
        solution, _ = self._standing()
        if suffix not in ("xlsx", "csv"):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        with tempfile.TemporaryDirectory(dir=self._inbox) as folder:
            path = Path(folder) / f"answer.{suffix}"
            solution.write(path)
            return self._file(path.read_bytes(), suffix)

    def _reported(self, suffix: str) -> tuple[Solution, str, Problem]:
        solution, problem = self._standing()
        return solution, f".{suffix}", problem

    def _standing(self) -> tuple[Solution, Problem]:
        view = self._desk.view
        if view.solution is None or view.problem is None:
            raise InputError("there is no model yet", hint="tell the problem first")
        return view.solution, view.problem

    def _file(self, content: bytes, ending: str) -> Response:
        name = quote(f"{self._desk.name}.{ending}")
        return Response(
            content,
            media_type="application/octet-stream",
            headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
        )

    # What goes wrong

    def refused(self, request: Request, error: Exception) -> Response:
        """A sentence about an error of ours."""
        assert isinstance(error, OptwrightError)
        html = self._pages.message("That cannot be done", str(error), error.hint)
        return HTMLResponse(html, HTTPStatus.BAD_REQUEST)

    def failed(self, request: Request, error: Exception) -> Response:
        """A sentence about a request that leads nowhere or is too large."""
        assert isinstance(error, HTTPException)
        text = _SAID.get(HTTPStatus(error.status_code), error.detail)
        return HTMLResponse(self._pages.message("That cannot be done", text), error.status_code)


def app(desk: Desk, inbox: Path) -> Starlette:
    """The application about the session of a desk, which keeps files that are sent in `inbox`
    until they are read; `guard` stands before it."""
    answers = Answers(desk, inbox)
    return Starlette(
        middleware=[Middleware(Themed)],
        routes=[
            Route("/", answers.conversation),
            Route("/model", answers.model),
            Route("/versions", answers.versions),
            Route("/data", answers.data),
            Route("/data", answers.bring, methods=["POST"]),
            Route("/data/cells", answers.change, methods=["POST"]),
            Route("/data/reading", answers.correct, methods=["POST"]),
            Route("/data/parts", answers.choose, methods=["POST"]),
            Route("/settings", answers.settings),
            Route("/example", answers.offer, methods=["POST"]),
            Route("/session", answers.enter, methods=["POST"]),
            Route("/model-in-use", answers.use, methods=["POST"]),
            Route("/theme", answers.theme, methods=["POST"]),
            Route("/answer/{suffix}", answers.answer),
            Route("/report", answers.report),
            Route("/report/{suffix}", answers.written),
            Route("/export/{fmt}", answers.export),
            Route("/events", answers.events),
            Route("/turn", answers.say, methods=["POST"]),
            Route("/stop", answers.stop, methods=["POST"]),
            Route("/static/report.css", answers.style),
            Mount("/static", StaticFiles(directory=_STATIC)),
        ],
        exception_handlers={OptwrightError: answers.refused, HTTPException: answers.failed},
    )


class Themed:
    """Lets pages know which theme the browser was told to keep."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            chosen_theme.set(Request(scope).cookies.get(THEME, ""))
        await self._app(scope, receive, send)


def _accepted(request: Request) -> Response:
    """For our script nothing, which hears of it by the events; for a plain form the page again."""
    if "application/json" in request.headers.get("accept", ""):
        return Response(status_code=HTTPStatus.ACCEPTED)
    return RedirectResponse("/", HTTPStatus.SEE_OTHER)
