"""Running code that a language model wrote, so that it can hurt nothing and prove nothing.

`Sandbox` runs a candidate program in a process of its own behind rlimits, Landlock, seccomp and,
where the machine allows them, namespaces. What comes back is data: the LP text of the model it
built, JSON it computed, and text it printed. None of that is trusted: the LP is solved again
elsewhere, and everything else is feedback. `Harness` keeps a program in such a process for as long
as an evaluation calls it. `SECURITY.md` says what is not guarded.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the same names as in `_HOMES`
    from optwright.solvers.sandbox.box import Sandbox as Sandbox
    from optwright.solvers.sandbox.contract import ErrorKind as ErrorKind
    from optwright.solvers.sandbox.contract import Level as Level
    from optwright.solvers.sandbox.contract import Limits as Limits
    from optwright.solvers.sandbox.contract import RunError as RunError
    from optwright.solvers.sandbox.contract import RunReport as RunReport
    from optwright.solvers.sandbox.harness import Harness as Harness
    from optwright.solvers.sandbox.harness import ProgramFault as ProgramFault
    from optwright.solvers.sandbox.harness import ProgramReport as ProgramReport
    from optwright.solvers.sandbox.harness import RunningProgram as RunningProgram

_HOMES = {
    "ErrorKind": "contract",
    "Harness": "harness",
    "Level": "contract",
    "Limits": "contract",
    "ProgramFault": "harness",
    "ProgramReport": "harness",
    "RunError": "contract",
    "RunReport": "contract",
    "RunningProgram": "harness",
    "Sandbox": "box",
}

__all__ = [*_HOMES]  # noqa: PLE0604  (the keys are strings)


if not TYPE_CHECKING:
    # Loaded on first use: the processes behind the sandbox are modules of this package too, and
    # what our end needs (threads above all) makes every fork of theirs dearer.
    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
