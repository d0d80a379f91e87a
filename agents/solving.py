"""From a problem to a `Solution`: opens models, puts the team together, runs the workflow, reports.

This is what `optwright.solve` and the command line call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from optwright.agents.answering import asked_about_data, solution_of
from optwright.agents.assembly import profiles_of, reader_of, team_of
from optwright.agents.cast import OpenModels, account_of
from optwright.agents.checks.plans.question import Reader
from optwright.agents.effort import Effort
from optwright.agents.experience.retrieve import Hints
from optwright.agents.problem import Problem
from optwright.agents.profiles.profile import Profile
from optwright.agents.sharing import Share, discreet, read_share
from optwright.agents.solution import Solution
from optwright.agents.solver_progress import solver_steps
from optwright.agents.steps import Steps
from optwright.agents.tally import Tally
from optwright.agents.workflow import Step, Workflow, silent
from optwright.serving import endpoints
from optwright.serving.budget import Account, Budget
from optwright.serving.chat import ChatModel
from optwright.serving.events import Event, Listener, listening
from optwright.serving.ledger import Ledger
from optwright.serving.recorded import Mode
from optwright.serving.roles import ModelSpec
from optwright.solvers.backends.registry import demand_solver
from optwright.solvers.data.table import Data
from optwright.solvers.data.tables import questions
from optwright.solvers.model.outcome import SolveOptions


def solve(
    problem: str | Problem,
    data: Data = (),
    model: str | ModelSpec | ChatModel = "local",
    *,
    models: Mapping[str, str | ModelSpec | ChatModel] | None = None,
    reader: Reader | None = None,
    solver: str = "auto",
    budget: Account | Budget | str | None = None,
    effort: Effort | str | None = None,
    profile: Profile | str | Path | None = None,
    hints: Hints | None = None,
    options: SolveOptions | None = None,
    sandbox: str = "auto",
    share: Share | str | None = None,
    pseudonyms: bool = False,
    ledger: Ledger | None = None,
    mode: Mode | str = Mode.RECORD,
    checkpoints: Path | None = None,
    run_id: str = "",
    on_step: Step | None = None,
    listener: Listener | None = None,
    steps: Steps | None = None,
) -> Solution:
    """Turn a problem told in words into a mathematical program, solve it, and say why to trust it.

    `problem` is text, the path of a text file, or a `Problem`; `data` are files, data frames,
    arrays, or several of these by name (see `Data`); what they leave open, such as whether `1.500`
    is 1500, comes back as questions with the status `asked`. `model` is a name for `open_model`
    (default: the embedded model), a `ModelSpec` or a `ChatModel`; `models` gives roles (`planner`,
    `formulator`, `coder`, `critic`, `reader`) another one. A `second_formulator` on another model
    drafts the problem too: where the two come to different optima each hears of the other's once,
    and agreement decides. `reader` judges plans of the answer by
    the words alone; without one the model of that role does, if it was named for it or has passed
    the gate (`optwright models test --reader NAME`).
    `effort` is an `Effort`, or `full` for every role at work.
    `budget` is a `Budget`, text such as `"calls=50,seconds=300"`, or an `Account` something is
    spent of already.
    `profile` says how much help the formulator's model gets: `small`, `large`, the path of a file,
    or a `Profile`; without one the model's name decides. `hints` tells the formulator what was
    learnt from earlier problems of the kind, such as a `Retriever` over a library.
    `share` says what of the tables a model reads: `rows` (names, types and three rows, the
    default), `names` or `none`; with `pseudonyms` it reads none of the names in cells either, and
    the answer has the real ones.
    With `ledger` and `checkpoints`, a run that was cut off continues under the same `run_id`, and
    no reply is paid twice; `mode` says what the ledger is for. `on_step` is called with
    each step as it begins and how far a long solve is, `listener` with each call, and `steps`
    records what each role came to and what it cost.

    A model without a solution is a result, not an error. Raises `InputError` for problems, data
    and settings that cannot be used, `Unavailable` and `ModelError` where a model or solver does
    not answer.
    """
    problem = problem if isinstance(problem, Problem) else Problem.read(problem, data)
    if open_questions := questions(problem.tables.values()):
        return asked_about_data(open_questions, run_id)
    if share is not None:
        problem = replace(problem, share=read_share(share))
    effort = Effort.of(effort) if isinstance(effort, str) else effort or Effort()
    roles = models or {}
    demand_solver(solver)  # before anything is paid for
    opened = OpenModels(ledger, Mode(mode), account_of(budget))
    tally = Tally(listener=_both(listener, steps))
    try:
        cast = {
            role: discreet(one, problem, pseudonyms=pseudonyms)
            for role, one in opened.cast(model, roles).items()
        }
        profiles = profiles_of(model, roles, profile, cast["formulator"].name)
        team = team_of(
            cast,
            profiles,
            effort,
            reader=reader or reader_of(cast["reader"], model, roles.get("reader"), problem),
            solver=solver,
            sandbox=sandbox,
            options=options,
            hints=hints,
            on_progress=None if on_step is None else solver_steps(on_step),
        )
        workflow = Workflow(team, checkpoints, run_id or "run", on_step or silent, steps)
        with listening(tally.on_event):
            answer = workflow.run(problem)
        is_read = any(c.formulation is not None for c in answer.candidates)
        if is_read and team.fell_back(answer.candidates) and endpoints.is_kept():
            endpoints.remember(cast["formulator"].name, profile="small")
        return solution_of(problem, team, answer, tally.spent(), run_id)
    finally:
        opened.close()


def _both(listener: Listener | None, steps: Steps | None) -> Listener | None:
    """What hears calls: the caller's listener, and the record of steps."""
    if listener is None or steps is None:
        return listener if steps is None else steps.on_event

    def on_event(event: Event) -> None:
        steps.on_event(event)
        listener(event)

    return on_event
