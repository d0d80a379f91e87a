"""Why a program has no solution, in the words of the problem."""

from __future__ import annotations

from optwright.errors import OptwrightError
from optwright.solvers.backends.program import Program


def why(program: Program) -> tuple[str, ...]:
    """The sentences of a diagnosis; none where it cannot be made."""
    from optwright.solvers.analysis.diagnosis import diagnose

    try:
        return tuple(diagnose(program).sentences())
    except OptwrightError:
        return ()
