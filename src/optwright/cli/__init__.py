"""The command line. Subcommands are modules beside this one, loaded when they are named.

Nothing here solves anything: a command reads its options, calls the rooms, and prints. Every
error ends as a sentence and a hint on standard error, and as the exit status of `errors`.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click

from optwright.cli.endings import ending
from optwright.cli.session import Session, emit
from optwright.version import __version__

_COMMANDS = {
    "solve": "optwright.cli.solve:solve",
    "explain": "optwright.cli.given:explain",
    "data": "optwright.cli.data:data",
    "chat": "optwright.cli.chat.command:chat",
    "ui": "optwright.web.command:ui",
    "mcp": "optwright.doors.command:mcp",
    "rest": "optwright.doors.command:rest",
    "tune": "optwright.cli.tune:tune",
    "evolve": "optwright.cli.evolve:evolve",
    "runs": "optwright.cli.runs:runs",
    "library": "optwright.cli.library:library",
    "serve": "optwright.cli.serve:serve",
    "models": "optwright.cli.models:models",
    "doctor": "optwright.cli.doctor:doctor",
    "bench": "optwright.cli.bench:bench",
    "completion": "optwright.cli.completing:completion",
}


class _Commands(click.Group):
    """A group that imports a command when somebody wants it or its help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[name].partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is named; a name that there is not is answered by those near it."""
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], _COMMANDS, n=2)
            meant = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
            ctx.fail(f"there is no command {args[0]!r}.{meant}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, message="optwright %(version)s")
@click.pass_context
def optwright(ctx: click.Context) -> None:
    """Turn problems told in words into solved, checked mathematical programs."""
    if ctx.invoked_subcommand is None:
        emit(ctx.get_help())


def main(arguments: list[str] | None = None) -> None:
    """Run a command and leave with its exit status."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit status, whatever happens."""
    session = Session()
    try:
        status = optwright.main(
            arguments, prog_name="optwright", obj=session, standalone_mode=False
        )
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001  (the last place that can say it in words)
        return ending(error, session)
    return status if isinstance(status, int) else 0
