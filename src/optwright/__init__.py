"""optwright: language models as optimizers.

Problems told in words become solved and checked mathematical programs (`solve`); programs with
parameters get better (`optimize`). Importing this builds no client, opens no file and touches no
network: every name below is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module

__version__ = "0.1.0"

_HOMES = {
    "solve": "optwright.agents.solving",
    "Effort": "optwright.agents.solving",
    "Problem": "optwright.agents.problem",
    "Solution": "optwright.agents.solution",
    "Formulation": "optwright.solvers.formulation",
    "Outcome": "optwright.solvers.outcome",
    "Budget": "optwright.serving.budget",
    "open_model": "optwright.serving.models",
    "optimize": "optwright.optim.api",
    "minimize": "optwright.optim.api",
    "traced": "optwright.optim.trace",
    "backward": "optwright.optim.trace",
    "node": "optwright.optim.trace",
    "Stepper": "optwright.optim.by_hand",
    "Text": "optwright.optim.parameters",
    "Real": "optwright.optim.parameters",
    "Integer": "optwright.optim.parameters",
    "Choice": "optwright.optim.parameters",
    "Permutation": "optwright.optim.parameters",
    "Code": "optwright.optim.parameters",
}

__all__ = ["__version__", "errors", *_HOMES]  # noqa: PLE0604  (the keys are strings)


def __getattr__(name: str) -> object:
    if name == "errors":
        return import_module("optwright.errors")
    if name not in _HOMES:
        raise AttributeError(f"module 'optwright' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
