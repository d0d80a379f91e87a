"""`optwright mcp` and `optwright rest`: the operations for other programs, until Ctrl-C."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optwright.cli.session import run_dir_option, verbose_option
from optwright.errors import ExtraMissing, InputError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_OPTIONS = (
    click.option(
        "--model",
        metavar="NAME",
        help="The language model of model_problem; without one that tool is not there.",
    ),
    click.option(
        "--root",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        metavar="DIR",
        help="The folder whose tables may be read; without one, none.",
    ),
    click.option(
        "--port", type=click.IntRange(0, 65535), default=0, help="A free one if not given."
    ),
    click.option(
        "--token-env",
        metavar="VARIABLE",
        help="The variable with the token that requests carry; default: a new one, shown once.",
    ),
)


def _door(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@click.option(
    "--http", is_flag=True, help="Serve over HTTP with a token instead of standard input."
)
@_door
@run_dir_option
@verbose_option
def mcp(
    *,
    http: bool,
    model: str | None,
    root: Path | None,
    port: int,
    token_env: str | None,
    run_dir: Path | None,
) -> int:
    """Serve the tools of optwright over the Model Context Protocol: check, solve, diagnose,
    explain, what-if, compare, import, export and report formulations, plans to judge, tables.

    An agent writes the formulation, optwright grounds it. Configure 'optwright mcp' as a server on
    standard input, or start it with --http and give the address and the token.
    """
    _demand("mcp", "anyio")
    from optwright.agents.runs.directory import Runs
    from optwright.agents.runs.place import default_directory
    from optwright.doors.mcp_server import server
    from optwright.doors.operations import operations

    runs = Runs(run_dir or default_directory())
    made = server(operations(root, model, runs.ledger), runs)
    if not http:
        made.run("stdio")
        return 0
    _serve(made.streamable_http_app(), port, token_env, "/mcp")
    return 0


@click.command()
@_door
@run_dir_option
@verbose_option
def rest(
    *,
    model: str | None,
    root: Path | None,
    port: int,
    token_env: str | None,
    run_dir: Path | None,
) -> int:
    """Serve the same operations over HTTP: POST /v1/NAME with a JSON object, as /openapi.json
    describes. For this machine only, with a token."""
    _demand("starlette", "uvicorn")
    from optwright.agents.runs.directory import Runs
    from optwright.agents.runs.place import default_directory
    from optwright.doors.operations import operations
    from optwright.doors.rest import app

    ledger = Runs(run_dir or default_directory()).ledger
    _serve(app(operations(root, model, ledger)), port, token_env, "/openapi.json")
    return 0


def _demand(*packages: str) -> None:
    for package in packages:
        if find_spec(package) is None:
            raise ExtraMissing(package, "mcp")


def _serve(app: ASGIApp, port: int, token_env: str | None, path: str) -> None:
    import uvicorn

    from optwright.doors.guard import HOSTS, TokenGuard
    from optwright.doors.impatient import Impatient
    from optwright.doors.listening import listening

    token = _token(token_env)
    with listening(port) as listener, suppress(KeyboardInterrupt):
        port = listener.getsockname()[1]
        click.echo(f"http://{HOSTS[0]}:{port}{path}", err=True)
        if token_env is None:
            click.echo(f"Authorization: Bearer {token}", err=True)
        config = uvicorn.Config(
            TokenGuard(app, token, port),
            http=Impatient,
            ws="none",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=64,
            timeout_keep_alive=10,
        )
        uvicorn.Server(config).run(sockets=[listener])


def _token(variable: str | None) -> str:
    if variable is None:
        return secrets.token_urlsafe(32)
    token = os.environ.get(variable, "")
    if not token:
        raise InputError(f"--token-env names {variable!r}, which is not set")
    return token
