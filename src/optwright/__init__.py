"""optwright: language models as optimizers.

Problems told in words become solved and checked mathematical programs (`solve`); programs with
parameters get better (`optimize`). Importing this builds no client, opens no file and touches no
network: every name below is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from optwright import notebooks
from optwright.version import __version__

if TYPE_CHECKING:  # for type checkers and editors; the same names as in `_HOMES`
    from optwright import errors as errors
    from optwright.agents.batch import solve_async as solve_async
    from optwright.agents.batch import solve_many as solve_many
    from optwright.agents.checks.plans.question import Answer as Answer
    from optwright.agents.checks.plans.question import Plan as Plan
    from optwright.agents.checks.plans.question import Question as Question
    from optwright.agents.checks.plans.question import Reader as Reader
    from optwright.agents.checks.plans.question import Reading as Reading
    from optwright.agents.checks.plans.question import Reliability as Reliability
    from optwright.agents.checks.plans.question import Verdict as Verdict
    from optwright.agents.effort import Effort as Effort
    from optwright.agents.given import solve_model as solve_model
    from optwright.agents.option_tuning import OptionTuner as OptionTuner
    from optwright.agents.problem import Problem as Problem
    from optwright.agents.repeats.solving import solve_like as solve_like
    from optwright.agents.solution import Solution as Solution
    from optwright.agents.solving import solve as solve
    from optwright.agents.tuning import tune_agents as tune_agents
    from optwright.optim.api import minimize as minimize
    from optwright.optim.api import optimize as optimize
    from optwright.optim.beliefs import Near as Near
    from optwright.optim.feedback import Feedback as Feedback
    from optwright.optim.manual_loop import Stepper as Stepper
    from optwright.optim.parameters import Choice as Choice
    from optwright.optim.parameters import Code as Code
    from optwright.optim.parameters import Integer as Integer
    from optwright.optim.parameters import Permutation as Permutation
    from optwright.optim.parameters import Real as Real
    from optwright.optim.parameters import Text as Text
    from optwright.optim.program.api import evolve as evolve
    from optwright.optim.saved import load_values as load_values
    from optwright.optim.study.loop import Known as Known
    from optwright.optim.study.progress_view import progress_view as progress_view
    from optwright.optim.subsets import Demos as Demos
    from optwright.optim.subsets import Subset as Subset
    from optwright.optim.trace import backward as backward
    from optwright.optim.trace import node as node
    from optwright.optim.trace import traced as traced
    from optwright.serving.budget import Budget as Budget
    from optwright.serving.chat import Image as Image
    from optwright.serving.models import Model as Model
    from optwright.serving.models import open_model as open_model
    from optwright.serving.vllm import ServeOptions as ServeOptions
    from optwright.serving.vllm import serve as serve
    from optwright.solvers.analysis.pareto import pareto as pareto
    from optwright.solvers.backends.program import Program as Program
    from optwright.solvers.import_ import read_model as read_model
    from optwright.solvers.model.formulation import Formulation as Formulation
    from optwright.solvers.model.outcome import Outcome as Outcome
    from optwright.solvers.model.outcome import SolveOptions as SolveOptions


_HOMES = {
    "solve": "optwright.agents.solving",
    "solve_async": "optwright.agents.batch",
    "solve_many": "optwright.agents.batch",
    "solve_model": "optwright.agents.given",
    "OptionTuner": "optwright.agents.option_tuning",
    "solve_like": "optwright.agents.repeats.solving",
    "read_model": "optwright.solvers.import_",
    "SolveOptions": "optwright.solvers.model.outcome",
    "Effort": "optwright.agents.effort",
    "Problem": "optwright.agents.problem",
    "Reader": "optwright.agents.checks.plans.question",
    "Question": "optwright.agents.checks.plans.question",
    "Plan": "optwright.agents.checks.plans.question",
    "Reading": "optwright.agents.checks.plans.question",
    "Answer": "optwright.agents.checks.plans.question",
    "Verdict": "optwright.agents.checks.plans.question",
    "Reliability": "optwright.agents.checks.plans.question",
    "Solution": "optwright.agents.solution",
    "Formulation": "optwright.solvers.model.formulation",
    "Program": "optwright.solvers.backends.program",
    "pareto": "optwright.solvers.analysis.pareto",
    "Outcome": "optwright.solvers.model.outcome",
    "Budget": "optwright.serving.budget",
    "Feedback": "optwright.optim.feedback",
    "Image": "optwright.serving.chat",
    "open_model": "optwright.serving.models",
    "Model": "optwright.serving.models",
    "serve": "optwright.serving.vllm",
    "ServeOptions": "optwright.serving.vllm",
    "optimize": "optwright.optim.api",
    "minimize": "optwright.optim.api",
    "tune_agents": "optwright.agents.tuning",
    "evolve": "optwright.optim.program.api",
    "traced": "optwright.optim.trace",
    "backward": "optwright.optim.trace",
    "node": "optwright.optim.trace",
    "Stepper": "optwright.optim.manual_loop",
    "progress_view": "optwright.optim.study.progress_view",
    "Text": "optwright.optim.parameters",
    "Real": "optwright.optim.parameters",
    "Integer": "optwright.optim.parameters",
    "Choice": "optwright.optim.parameters",
    "Permutation": "optwright.optim.parameters",
    "Code": "optwright.optim.parameters",
    "Subset": "optwright.optim.subsets",
    "Demos": "optwright.optim.subsets",
    "Known": "optwright.optim.study.loop",
    "Near": "optwright.optim.beliefs",
    "load_values": "optwright.optim.saved",
}

__all__ = ["__version__", "errors", *_HOMES]  # noqa: PLE0604  (the keys are strings)


if not TYPE_CHECKING:  # a type checker shall know the names above and refuse all others

    def __getattr__(name: str) -> object:
        if name == "errors":
            return import_module("optwright.errors")
        if name not in _HOMES:
            raise AttributeError(f"module 'optwright' has no attribute {name!r}")
        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value


def _reports() -> notebooks.Renderer:
    from optwright.reporting.notebook import RENDERER

    return RENDERER


notebooks.draw_with(_reports)


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext optwright`: gives a notebook the magic `%%optwright`."""
    from optwright.doors.notebook import register

    register(shell)


def __dir__() -> list[str]:
    return sorted(__all__)
