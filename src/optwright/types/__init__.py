"""The types that stand in the signatures of optwright's public functions and classes.

`optwright` itself has what one calls; here is what comes back from that and what goes into it, for
annotations and for what is built by hand. Each is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # for type checkers and editors; the same names as in `_HOMES`
    from optwright.agents.checks.confidence import Signals as Signals
    from optwright.agents.checks.plan_check import PlanCheck as PlanCheck
    from optwright.agents.checks.plans.question import Asks as Asks
    from optwright.agents.checks.plans.question import Decision as Decision
    from optwright.agents.effort import AdjustedProfile as AdjustedProfile
    from optwright.agents.experience.library import Library as Library
    from optwright.agents.experience.retrieve import Hints as Hints
    from optwright.agents.findings import Finding as Finding
    from optwright.agents.profiles.profile import Profile as Profile
    from optwright.agents.repair.alternatives import Alternative as Alternative
    from optwright.agents.repeats.repeat import Repeat as Repeat
    from optwright.agents.sharing import Share as Share
    from optwright.agents.solution import Evidence as Evidence
    from optwright.agents.solution import Repaired as Repaired
    from optwright.agents.solution import Spent as Spent
    from optwright.agents.steps import Steps as Steps
    from optwright.agents.tuning import AnsweredRow as AnsweredRow
    from optwright.agents.tuning import Tuned as Tuned
    from optwright.optim.acceptance import PairedTest as PairedTest
    from optwright.optim.acceptance.confidence import Interval as Interval
    from optwright.optim.acceptance.prospect import Prospect as Prospect
    from optwright.optim.acceptance.prospect import Unproven as Unproven
    from optwright.optim.acceptance.rule import Acceptance as Acceptance
    from optwright.optim.optimizer import Optimizer as Optimizer
    from optwright.optim.optimizer import Setting as Setting
    from optwright.optim.optimizers.language.replies import Replies as Replies
    from optwright.optim.parameters import ParameterSpace as ParameterSpace
    from optwright.optim.parameters import Tunable as Tunable
    from optwright.optim.pareto import Target as Target
    from optwright.optim.pareto import Wish as Wish
    from optwright.optim.program.api import Evolved as Evolved
    from optwright.optim.program.archive import Feature as Feature
    from optwright.optim.program.parameter import ProgramCode as ProgramCode
    from optwright.optim.results import Minimum as Minimum
    from optwright.optim.results import Optimum as Optimum
    from optwright.optim.sequence.contextual import Contextual as Contextual
    from optwright.optim.study.progress import StudyStatus as StudyStatus
    from optwright.optim.study.progress_view import ProgressView as ProgressView
    from optwright.optim.study.runs import Change as Change
    from optwright.optim.trace import Trace as Trace
    from optwright.optim.trial import Evaluation as Evaluation
    from optwright.optim.trial import Suggestion as Suggestion
    from optwright.optim.trial import Trial as Trial
    from optwright.prompts import Prompt as Prompt
    from optwright.serving.budget import Account as Account
    from optwright.serving.budget import Amount as Amount
    from optwright.serving.chat import ChatModel as ChatModel
    from optwright.serving.events import CallEnded as CallEnded
    from optwright.serving.events import CallProgressed as CallProgressed
    from optwright.serving.events import CallRetried as CallRetried
    from optwright.serving.events import CallStarted as CallStarted
    from optwright.serving.ledger import Ledger as Ledger
    from optwright.serving.metered import Price as Price
    from optwright.serving.recorded import Mode as Mode
    from optwright.serving.roles import ModelSpec as ModelSpec
    from optwright.serving.vllm.server import Server as Server
    from optwright.solvers.backends.schedule import Schedule as Schedule
    from optwright.solvers.data.bound import Instance as Instance
    from optwright.solvers.data.table import Table as Table
    from optwright.solvers.language.stages import Stage as Stage
    from optwright.solvers.model.formulation import Column as Column
    from optwright.solvers.model.formulation import Constraint as Constraint
    from optwright.solvers.model.formulation import Diagnostic as Diagnostic
    from optwright.solvers.model.formulation import Domain as Domain
    from optwright.solvers.model.formulation import IndexSet as IndexSet
    from optwright.solvers.model.formulation import NamedExpression as NamedExpression
    from optwright.solvers.model.formulation import Parameter as Parameter
    from optwright.solvers.model.formulation import Variable as Variable
    from optwright.solvers.model.linear_model import LinearModel as LinearModel
    from optwright.solvers.model.objectives import Goal as Goal
    from optwright.solvers.model.objectives import Objective as Objective
    from optwright.solvers.model.objectives import Scenarios as Scenarios
    from optwright.solvers.model.objectives import Sense as Sense
    from optwright.solvers.model.outcome import Pareto as Pareto
    from optwright.solvers.model.outcome import Progress as Progress
    from optwright.solvers.model.outcome import Reached as Reached
    from optwright.solvers.model.outcome import Status as Status
    from optwright.solvers.model.places import Place as Place
    from optwright.solvers.sandbox.contract import Limits as Limits

_HOMES = {
    "Acceptance": "optwright.optim.acceptance.rule",
    "Account": "optwright.serving.budget",
    "AdjustedProfile": "optwright.agents.effort",
    "Alternative": "optwright.agents.repair.alternatives",
    "Amount": "optwright.serving.budget",
    "AnsweredRow": "optwright.agents.tuning",
    "Asks": "optwright.agents.checks.plans.question",
    "CallEnded": "optwright.serving.events",
    "CallProgressed": "optwright.serving.events",
    "CallRetried": "optwright.serving.events",
    "CallStarted": "optwright.serving.events",
    "Change": "optwright.optim.study.runs",
    "ChatModel": "optwright.serving.chat",
    "Column": "optwright.solvers.model.formulation",
    "Constraint": "optwright.solvers.model.formulation",
    "Contextual": "optwright.optim.sequence.contextual",
    "Decision": "optwright.agents.checks.plans.question",
    "Diagnostic": "optwright.solvers.model.formulation",
    "Domain": "optwright.solvers.model.formulation",
    "Evaluation": "optwright.optim.trial",
    "Evidence": "optwright.agents.solution",
    "Evolved": "optwright.optim.program.api",
    "Feature": "optwright.optim.program.archive",
    "Finding": "optwright.agents.findings",
    "Goal": "optwright.solvers.model.objectives",
    "Hints": "optwright.agents.experience.retrieve",
    "IndexSet": "optwright.solvers.model.formulation",
    "Instance": "optwright.solvers.data.bound",
    "Interval": "optwright.optim.acceptance.confidence",
    "Ledger": "optwright.serving.ledger",
    "Library": "optwright.agents.experience.library",
    "Limits": "optwright.solvers.sandbox.contract",
    "LinearModel": "optwright.solvers.model.linear_model",
    "Minimum": "optwright.optim.results",
    "Mode": "optwright.serving.recorded",
    "ModelSpec": "optwright.serving.roles",
    "NamedExpression": "optwright.solvers.model.formulation",
    "Objective": "optwright.solvers.model.objectives",
    "Optimizer": "optwright.optim.optimizer",
    "Optimum": "optwright.optim.results",
    "PairedTest": "optwright.optim.acceptance",
    "Parameter": "optwright.solvers.model.formulation",
    "ParameterSpace": "optwright.optim.parameters",
    "Pareto": "optwright.solvers.model.outcome",
    "Place": "optwright.solvers.model.places",
    "PlanCheck": "optwright.agents.checks.plan_check",
    "Price": "optwright.serving.metered",
    "Profile": "optwright.agents.profiles.profile",
    "ProgramCode": "optwright.optim.program.parameter",
    "Progress": "optwright.solvers.model.outcome",
    "ProgressView": "optwright.optim.study.progress_view",
    "Prompt": "optwright.prompts",
    "Prospect": "optwright.optim.acceptance.prospect",
    "Reached": "optwright.solvers.model.outcome",
    "Repaired": "optwright.agents.solution",
    "Repeat": "optwright.agents.repeats.repeat",
    "Replies": "optwright.optim.optimizers.language.replies",
    "Scenarios": "optwright.solvers.model.objectives",
    "Schedule": "optwright.solvers.backends.schedule",
    "Sense": "optwright.solvers.model.objectives",
    "Server": "optwright.serving.vllm.server",
    "Setting": "optwright.optim.optimizer",
    "Share": "optwright.agents.sharing",
    "Signals": "optwright.agents.checks.confidence",
    "Spent": "optwright.agents.solution",
    "Stage": "optwright.solvers.language.stages",
    "Status": "optwright.solvers.model.outcome",
    "Steps": "optwright.agents.steps",
    "StudyStatus": "optwright.optim.study.progress",
    "Suggestion": "optwright.optim.trial",
    "Table": "optwright.solvers.data.table",
    "Target": "optwright.optim.pareto",
    "Trace": "optwright.optim.trace",
    "Trial": "optwright.optim.trial",
    "Tunable": "optwright.optim.parameters",
    "Tuned": "optwright.agents.tuning",
    "Unproven": "optwright.optim.acceptance.prospect",
    "Variable": "optwright.solvers.model.formulation",
    "Wish": "optwright.optim.pareto",
}

__all__ = [*_HOMES]  # noqa: PLE0604  (the keys are strings)


if not TYPE_CHECKING:  # a type checker shall know the names above and refuse all others

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module 'optwright.types' has no attribute {name!r}")
        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
