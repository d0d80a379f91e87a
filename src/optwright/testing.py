"""For tests of programs that use optwright: a scripted model, recordings, contract suites, and a
reader of plans that knows a right model."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from optwright.agents.checks.plans.perfect import PerfectReader
from optwright.serving.recording import replaying
from optwright.serving.scripted import ScriptedModel

if TYPE_CHECKING:
    from optwright.solvers.backends.contract import SolverContract

__all__ = ["PerfectReader", "ScriptedModel", "SolverContract", "replaying"]


def __getattr__(name: str) -> object:
    """`SolverContract` needs pytest, which a script that only wants a scripted model may lack."""
    if name != "SolverContract":
        raise AttributeError(f"module 'optwright.testing' has no attribute {name!r}")
    import pytest

    if "optwright.solvers.backends.contract" not in sys.modules:
        pytest.register_assert_rewrite("optwright.solvers.backends.contract")
    from optwright.solvers.backends.contract import SolverContract

    return SolverContract
