"""`%%optwright`: a cell of words becomes a solution. The only module that knows IPython."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic_arguments import MagicArgumentParser

from optwright.doors.kept import kept_in
from optwright.errors import InputError, OptwrightError

if TYPE_CHECKING:
    from optwright.agents.solution import Solution

_WHAT = """Solve the problem that the cell tells in words. The solution is shown, and is in the
variable `solution` after that. Replies that were paid for are kept, so that the cell can be run
again at no cost."""
_OPTIONS: dict[str, dict[str, Any]] = {
    "--data": {"action": "append", "default": [], "metavar": "NAME", "help": "A variable or file."},
    "--model": {"default": "local", "help": "The language model; default: the embedded one."},
    "--budget": {"help": "Such as calls=20,seconds=300."},
    "--solver": {"default": "auto", "help": "The solver; default: by the model."},
    "--profile": {"help": "small, large or a file; default: by the model."},
    "--to": {"default": "solution", "metavar": "NAME", "help": "The variable of the solution."},
}


def register(shell: Any) -> None:
    """Give an `InteractiveShell` of IPython the magic."""
    make: Any = MagicArgumentParser  # IPython is typed in part
    parser = make(prog="%%optwright", description=_WHAT)
    for name, settings in _OPTIONS.items():
        parser.add_argument(name, **settings)

    def optwright(line: str, cell: str) -> Solution:
        return _solved(shell.user_ns, parser.parse_argstring(line), cell)

    optwright.__doc__ = parser.format_help()
    shell.register_magic_function(optwright, "cell", "optwright")


def _solved(variables: dict[str, Any], given: Any, words: str) -> Solution:
    """The solution, in the variable it is asked for. Raises `UsageError` with a sentence, which
    IPython shows without a traceback."""
    if not given.to.isidentifier():
        raise UsageError(f"--to {given.to!r} is not a name for a variable")
    try:
        solution = _solution(variables, given, words)
    except OptwrightError as error:
        raise UsageError(f"{error}\n{error.hint}".rstrip()) from None
    variables[given.to] = solution
    return solution


def _solution(variables: dict[str, Any], given: Any, words: str) -> Solution:
    from optwright.agents.runs.directory import Runs
    from optwright.agents.solving import solve

    files = [one for one in given.data if one not in variables]
    missing = [one for one in files if not Path(one).exists() and "://" not in one]
    if missing:
        raise InputError(
            f"{missing[0]!r} is neither a variable of this notebook nor a file",
            hint="run the cell that makes it first, or give the path of a file",
        )
    tables = {one: variables[one] for one in given.data if one not in files}
    if tables and files:
        raise InputError(
            "--data names variables and files", hint="read the files into variables first"
        )
    with kept_in(Runs().ledger) as ledger:
        return solve(
            words.strip(),
            tables or files,
            given.model,
            budget=given.budget,
            solver=given.solver,
            profile=given.profile,
            ledger=ledger,
        )
