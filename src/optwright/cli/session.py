"""What a command leaves for the place where it ends, and what all commands share."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from optwright.errors import StorageError
from optwright.printing import visible

if TYPE_CHECKING:
    from optwright.agents.profiles.profile import Profile

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass
class Session:
    """What the ending of a command wants to know: whether to show a traceback, which run was
    going on, and where runs are kept (None for the default)."""

    verbose: bool = False
    run: str = ""
    runs: Path | None = None


class ReaderLeft(Exception):
    """Whoever read standard output closed it."""


def emit(text: str) -> None:
    """Write to standard output; a full disk behind it is a `StorageError`."""
    with written():
        click.echo(visible(text, styled=sys.stdout.isatty()))


def tell(text: str) -> None:
    """Write a line to standard error, which is for what is not the result."""
    click.echo(visible(text), err=True)


@contextmanager
def written() -> Iterator[None]:
    """What writing to standard output may end in, in our words."""
    try:
        yield
    except BrokenPipeError:
        raise ReaderLeft from None  # an OSError would be click's to end, with a status of its own
    except OSError as error:
        raise StorageError(f"standard output cannot be written: {error.strerror}") from error


def title(name: str) -> str:
    """A heading: bold on a terminal, and told apart by its capitals everywhere."""
    return click.style(name.upper(), bold=True) if sys.stdout.isatty() else name.upper()


def _remember_verbose(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    ctx.ensure_object(Session).verbose = value


def _remember_runs(ctx: click.Context, _: click.Parameter, value: Path | None) -> Path | None:
    ctx.ensure_object(Session).runs = value
    return value


verbose_option = click.option(
    "--verbose",
    is_flag=True,
    expose_value=False,
    callback=_remember_verbose,
    help="Show the traceback of an error.",
)
run_dir_option = click.option(
    "--run-dir",
    type=click.Path(file_okay=False, path_type=Path),
    callback=_remember_runs,
    metavar="DIR",
    help="Where runs and the ledger are kept; default: OPTWRIGHT_RUNS, or the user's data.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object, and nothing else."
)
data_option = click.option(
    "--data",
    multiple=True,
    metavar="SOURCE",
    help="Tables: CSV, JSON, Excel (FILE#SHEET), Parquet, or a database's URL. Repeatable.",
)
solver_option = click.option(
    "--solver", default="auto", show_default=True, help="auto, highs, alns, scip, cpsat, ..."
)
SETTINGS = (
    click.option(
        "--max-tokens",
        type=click.IntRange(min=1),
        metavar="N",
        help="Most tokens of a reply, thoughts included; default: by role, more after a cut-off.",
    ),
    click.option(
        "--reasoning-effort",
        metavar="LEVEL",
        help="How much the model thinks first: none, minimal, low, medium, high, xhigh, max.",
    ),
)
key_option = click.option(
    "--key-env",
    metavar="VARIABLE",
    help="The variable with the key of --model; default: that of the provider's host.",
)
share_options = (
    click.option(
        "--share",
        type=click.Choice(["none", "names", "rows"]),
        help="What of tables a model reads: nothing, names and types, or three rows as well; "
        "default: rows, or what a session was begun with.",
    ),
    click.option(
        "--pseudonyms/--no-pseudonyms",
        default=None,
        help="Models read pseudonyms in place of names in cells.",
    ),
)
timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="S",
    help="Seconds for one call of a model with its retries; default: 600, none for 'local'.",
)


def settings_options(command: Command) -> Command:
    """Give a command `--max-tokens` and `--reasoning-effort`, which `named` puts into a name."""
    for option in reversed(SETTINGS):
        command = option(command)
    return command


def named(
    model: str,
    max_tokens: int | None,
    reasoning_effort: str | None,
    timeout: float | None,
    key_env: str | None = None,
) -> str:
    """A model's name that carries how it is to be called."""
    from optwright.serving.settings import CallSettings

    return CallSettings(max_tokens, reasoning_effort, timeout, key_env).of_name(model)


ledger_option = click.option(
    "--ledger",
    type=click.Choice(["record", "replay", "off"]),
    default="record",
    show_default=True,
    help="Keep replies and use kept ones; use only kept ones; do neither.",
)


profile_option = click.option(
    "--profile",
    metavar="NAME",
    help="Help for the formulator's model: small, large or a TOML file; default: by its name.",
)


def profile_named(wanted: str | None) -> Profile | None:
    """The profile of that name or file; None leaves it to the model's name."""
    from optwright.agents.profiles.profile import profile_for

    return None if wanted is None else profile_for("", wanted)


@contextmanager
def told_to_end() -> Iterator[None]:
    """Let SIGTERM end what the block does from within: a terminal gets its cursor back, and what
    was made for the time being is removed."""

    def leave(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
