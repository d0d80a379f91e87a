"""Running code that a language model wrote, so that it can hurt nothing and prove nothing.

`Sandbox` runs a candidate program in a process of its own behind rlimits, Landlock, seccomp and,
where the machine allows them, namespaces. What comes back is data: the LP text of the model it
built, JSON it computed, and text it printed. None of that is trusted: the LP is solved again
elsewhere, and everything else is feedback. `Harness` keeps a program in such a process for as long
as an evaluation calls it. `SECURITY.md` says what is not guarded.
"""

from optwright.solvers.sandbox.box import Sandbox
from optwright.solvers.sandbox.contract import ErrorKind, Level, Limits, RunError, RunReport
from optwright.solvers.sandbox.harness import Harness, ProgramFault, ProgramReport, RunningProgram

__all__ = [
    "ErrorKind",
    "Harness",
    "Level",
    "Limits",
    "ProgramFault",
    "ProgramReport",
    "RunError",
    "RunReport",
    "RunningProgram",
    "Sandbox",
]
