"""What a shell completes: runs, models, sessions. Nothing is loaded before somebody presses Tab.

`optwright completion SHELL` prints what a shell has to read once.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
from click.shell_completion import CompletionItem, get_completion_class

from optwright.cli.session import emit
from optwright.errors import OptwrightError

_SHELLS = ("bash", "zsh", "fish")
_MODELS = (
    "local", "openai/", "anthropic/", "gemini/", "vllm/", "hf:", "replay:", "scripted:",
)  # fmt: skip
"""Beginnings of model names; what follows is the provider's."""


def runs(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The runs there are, the newest first."""
    from optwright.agents.runs.directory import Runs
    from optwright.agents.runs.place import default_directory

    given = ctx.params.get("run_dir")
    try:
        summaries = Runs(Path(given) if given else default_directory()).summaries()
    except OptwrightError:
        return []  # a shell has no place for what is wrong with them
    return _matching(reversed([summary.name for summary in summaries]), incomplete)


def models(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Beginnings of the names of models."""
    return _matching(_MODELS, incomplete)


def sessions(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The conversations there are, the one used last first."""
    from optwright.agents.chat.store import Sessions

    try:
        names = Sessions().names()
    except OptwrightError:
        return []  # as above
    return _matching(reversed(names), incomplete)


def _matching(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


@click.command("completion")
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> int:
    """Print what makes SHELL complete commands, runs, models and files.

    In bash: eval "$(optwright completion bash)"
    """
    made = get_completion_class(shell)
    assert made is not None
    root = ctx.find_root().command
    emit(made(root, {}, "optwright", "_OPTWRIGHT_COMPLETE").source())
    return 0
