"""Slash commands: what each is called and says, and the plain sentence it stands for.

A command is a short way to say what a sentence says too, except for those that reach outside the
session: files, and leaving.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from optwright.errors import InputError


@dataclass(frozen=True, slots=True)
class Command:
    """`sentence` makes the turn from what follows the name; None is done by the conversation."""

    name: str
    takes: str
    says: str
    sentence: Callable[[str], str] | None


def _unquoted(text: str) -> str:
    """A path without the quotes that a terminal puts around one that is dropped into it."""
    inside = text[1:-1]
    is_quoted = len(text) > 2 and text[0] == text[-1] and text[0] in "'\"" and text[0] not in inside
    return inside if is_quoted else text


def _just(sentence: str) -> Callable[[str], str]:
    return lambda rest: sentence


def _with(sentence: str) -> Callable[[str], str]:
    """A sentence about what follows the command, which cannot be missing."""
    return sentence.format


def _set(rest: str) -> str:
    """`chocolate 15000` and `chocolate = 15000` alike."""
    name, _, value = rest.replace("=", " ").rpartition(" ")
    return f"set {name.strip()} to {value}"


def _why(rest: str) -> str:
    return f"why {rest}" if rest else "why is there no solution"


def _steps(verb: str) -> Callable[[str], str]:
    return lambda rest: f"{verb} {rest}".strip()


def _compare(rest: str) -> str:
    return f"compare {' and '.join(rest.replace(' and ', ' ').split())}".strip()


COMMANDS = (
    Command("help", "", "what can be said, and these commands", None),
    Command("model", "", "the model in words and mathematics", _just("show model")),
    Command("answer", "", "the answer, and the limits that bind", _just("show answer")),
    Command("limits", "", "which limit costs how much", _just("which limits cost most")),
    Command("why", "[NOT ...]", "why there is no solution; why not something", _why),
    Command("set", "NAME VALUE", "another number", _set),
    Command("add", "LIMIT", "a limit: at most 30 gifts, or x + y <= 5", _with("{}")),
    Command("drop", "LIMIT", "a limit goes", _with("drop {}")),
    Command("bound", "NAME <= VALUE", "a bound on a decision", _with("{}")),
    Command("whatif", "CHANGE", "try a change; the model stays", _with("what if {}")),
    Command("keep", "", "make the last trial the model", _just("keep it")),
    Command("sweep", "NAME from A to B", "the objective over a range", _with("sweep {}")),
    Command("relax", "", "what could give way for a solution", _just("make it feasible")),
    Command("undo", "[N]", "take back the last change", _steps("undo")),
    Command("redo", "[N]", "do it again", _steps("redo")),
    Command("history", "", "the versions of the model", _just("history")),
    Command("name", "NAME", "name the version that stands", _with("name this {}")),
    Command("branch", "VERSION", "go on from another version", _with("go to {}")),
    Command("compare", "[A B]", "versions side by side", _compare),
    Command("assumptions", "", "what is assumed", _just("assumptions")),
    Command("questions", "", "what the words leave open", _just("questions")),
    Command("data", "[FILE]", "show the tables, or bring one", None),
    Command("export", "FMT=PATH", "write a file: pyomo, lp, mps, latex, xlsx, ...", None),
    Command("report", "PATH", "write a report: .html, .md or .pdf", None),
    Command("quit", "", "leave; the session is kept", None),
)
NAMES = tuple(f"/{command.name}" for command in COMMANDS)


def read(said: str) -> tuple[Command, str]:
    """The command and what follows it; raises `InputError` for one there is not."""
    name, _, rest = said.removeprefix("/").strip().partition(" ")
    rest = rest.strip()
    for command in COMMANDS:
        if command.name == name.lower():
            if command.takes and not command.takes.startswith("[") and not rest:
                raise InputError(f"/{command.name} needs {command.takes}")
            return command, rest if command.sentence else _unquoted(rest)
    from optwright.solvers.data.table import did_you_mean

    known = [command.name for command in COMMANDS]
    raise InputError(
        f"there is no command {'/' + name!r}", hint=did_you_mean(name, known) or "try /help"
    )


def help_text() -> str:
    """A line for each command."""
    heads = [f"/{c.name} {c.takes}".rstrip() for c in COMMANDS]
    width = max(map(len, heads))
    return "\n".join(f"  {h:<{width}}  {c.says}" for h, c in zip(heads, COMMANDS, strict=True))
