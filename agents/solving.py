"""From a problem to a `Solution`: opens models, sets up the team, keeps the run, reports.

This is what `optwright.solve` and the command line call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter

from optwright.agents.answering import asked_about_data, solution_of
from optwright.agents.checks.confidence import was_counted
from optwright.agents.checks.plans.question import Reader
from optwright.agents.checks.readers.model import ModelReader
from optwright.agents.checks.readers.standing import Standings
from optwright.agents.checks.readers.wording import MOST_ROWS
from optwright.agents.checks.slots.check import SlotCheck
from optwright.agents.checks.slots.model import ModelAnnotator
from optwright.agents.coder import Coder
from optwright.agents.critic import Critic
from optwright.agents.effort import Effort
from optwright.agents.experience.retrieve import Hints
from optwright.agents.formulator import Formulator
from optwright.agents.planner import Planner
from optwright.agents.problem import Problem
from optwright.agents.profiles.profile import Profile, is_guessed, profile_for, shipped
from optwright.agents.repair.rank import Chooser
from optwright.agents.scheduler import Scheduler
from optwright.agents.sharing import SAMPLE_ROWS, Share, discreet, read_share
from optwright.agents.solution import Solution, Spent
from optwright.agents.solver_progress import solver_steps
from optwright.agents.steps import Steps
from optwright.agents.team import Fallback, Team
from optwright.agents.verifier import Verifier
from optwright.agents.workflow import Step, Workflow
from optwright.errors import InputError
from optwright.serving import endpoints
from optwright.serving.budget import Account, Budget
from optwright.serving.chat import ChatModel
from optwright.serving.events import Announced, CallEnded, Event, Listener, listening
from optwright.serving.ledger import Ledger
from optwright.serving.metered import Metered
from optwright.serving.recorded import Mode
from optwright.serving.retry import Retrying
from optwright.serving.roles import ModelSpec
from optwright.serving.scripted import ScriptedModel
from optwright.serving.sync import close
from optwright.solvers.backends.registry import demand_solver
from optwright.solvers.data.table import Data
from optwright.solvers.data.tables import questions
from optwright.solvers.model.outcome import SolveOptions

__all__ = [
    "ROLES",
    "Effort",
    "OpenModels",
    "Tally",
    "account_of",
    "check_roles",
    "name_of",
    "solve",
    "team_of",
]

ROLES = ("planner", "formulator", "second_formulator", "coder", "critic", "reader")


@dataclass
class Tally:
    """Counts what calls cost while they happen, and passes events on."""

    calls: int = 0
    replayed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = None
    started: float = field(default_factory=perf_counter)
    listener: Listener | None = None

    def on_event(self, event: Event) -> None:
        if self.listener is not None:
            self.listener(event)
        if not isinstance(event, CallEnded):
            return
        self.calls += event.usage.calls  # broken attempts that may be billed, too
        self.replayed += event.usage.calls if event.replayed else 0
        self.prompt_tokens += event.usage.prompt_tokens
        self.completion_tokens += event.usage.completion_tokens
        if event.usage.cost_usd is not None and not event.replayed:
            self.cost_usd = (self.cost_usd or 0.0) + event.usage.cost_usd

    def spent(self) -> Spent:
        return Spent(
            calls=self.calls,
            replayed=self.replayed,
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            seconds=round(perf_counter() - self.started, 3),
            cost_usd=self.cost_usd,
        )


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
    demand_solver(solver)  # before anything is paid for
    opened = OpenModels(ledger, Mode(mode), account_of(budget))
    tally = Tally(listener=_both(listener, steps))
    try:
        cast = {
            role: discreet(one, problem, pseudonyms=pseudonyms)
            for role, one in opened.cast(model, models or {}).items()
        }
        asked = name_of((models or {}).get("formulator", model))
        suited = profile if isinstance(profile, Profile) else profile_for(asked, profile)
        fallback = None
        if profile is None and is_guessed(suited, asked):
            fallback = shipped("small")
            known = endpoints.recall(cast["formulator"].name).get("profile")
            suited, fallback = (fallback, None) if known == "small" else (suited, fallback)
        other = (models or {}).get("second_formulator")
        other = None if other is None or name_of(other) == asked else other
        team = team_of(
            cast,
            suited,
            effort,
            second=None if other is None else profile_for(name_of(other)),
            fallback=fallback,
            solver=solver,
            sandbox=sandbox,
            options=options,
            hints=hints,
        )
        if reader is None:
            named = (models or {}).get("reader")
            rows = _rows_shown(named or model, problem)
            reader = _model_reader(cast["reader"], rows, is_named=named is not None)
        if on_step is not None:
            team = replace(team, coder=replace(team.coder, on_progress=solver_steps(on_step)))
        team = replace(team, reader=reader)
        with listening(tally.on_event):
            workflow = Workflow(
                team,
                checkpoints,
                run_id or "run",
                **({"on_step": on_step} if on_step else {}),
                steps=steps,
            )
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


def _rows_shown(model: str | ModelSpec | ChatModel, problem: Problem) -> int:
    """How many rows of a table the model may see that reads plans: none where `share` says so,
    otherwise on this machine as many as it takes, elsewhere three."""
    if problem.share is not Share.ROWS:
        return 0
    spec = ModelSpec(model=model) if isinstance(model, str) else model
    is_here = isinstance(spec, ModelSpec) and spec.destination is None
    return MOST_ROWS if is_here else SAMPLE_ROWS


def _model_reader(model: ChatModel, rows: int, *, is_named: bool) -> ModelReader | None:
    """The model as a reader; one that has not passed the gate only where it was asked for."""
    standing = Standings().of(model.name)
    reliability = None if standing is None else standing.reliability
    if reliability is None and not is_named:
        return None
    return ModelReader(model, rows=rows, reliability=reliability)


def check_roles(roles: Iterable[str]) -> None:
    """Raise `InputError` for a role that nobody plays."""
    if unknown := sorted(set(roles) - set(ROLES)):
        raise InputError(f"there is no role {unknown[0]!r}; there are {', '.join(ROLES)}")


def account_of(budget: Account | Budget | str | None) -> Account:
    """An account for a budget, unless it is one already; None has no limits."""
    if isinstance(budget, Account):
        return budget
    return Account(Budget.parse(budget) if isinstance(budget, str) else budget or Budget())


@dataclass
class OpenModels:
    """Opens each model once and closes what it opened."""

    ledger: Ledger | None
    mode: Mode
    account: Account
    _open: dict[str | ModelSpec, ChatModel] = field(default_factory=dict)

    def cast(
        self,
        model: str | ModelSpec | ChatModel,
        roles: Mapping[str, str | ModelSpec | ChatModel],
    ) -> dict[str, ChatModel]:
        check_roles(roles)
        return {role: self._get(roles.get(role, model)) for role in ROLES}

    def _get(self, model: str | ModelSpec | ChatModel) -> ChatModel:
        if not isinstance(model, str | ModelSpec):
            # A model of the caller's own is counted and charged like one that is opened here.
            if isinstance(model, Announced):
                return model
            has_limits = self.account.budget != Budget()
            charged = Metered(model, self.account) if has_limits else model
            # A script says itself how it goes on; a client takes its own time for a call.
            is_scripted = isinstance(model, ScriptedModel)
            return Announced(charged if is_scripted else Retrying(charged, timeout_s=None))
        if model not in self._open:
            spec = ModelSpec(model=model) if isinstance(model, str) else model
            self._open[model] = spec.open(ledger=self.ledger, mode=self.mode, account=self.account)
        return self._open[model]

    def close(self) -> None:
        for model in self._open.values():
            close(model)


def _fallback(profile: Profile | None, effort: Effort, second: Profile | None) -> Fallback | None:
    if profile is None or effort.drafts is not None:
        return None  # whoever says how many drafts there are says it of all
    tried = effort.within(profile, second=second is not None)
    return Fallback(profile, tried.drafts, tried.agreement)


def _writers(second: Profile | None) -> tuple[str, ...]:
    return ("formulator",) if second is None else ("formulator", "second_formulator")


def name_of(model: str | ModelSpec | ChatModel) -> str:
    """The name of a model as `open_model` takes it."""
    if isinstance(model, str):
        return model
    return model.asked_for if isinstance(model, ModelSpec) else model.name


def team_of(
    cast: Mapping[str, ChatModel],
    profile: Profile,
    effort: Effort | None = None,
    *,
    second: Profile | None = None,
    fallback: Profile | None = None,
    solver: str = "auto",
    sandbox: str = "auto",
    options: SolveOptions | None = None,
    hints: Hints | None = None,
) -> Team:
    """The agents for models of each role, as many tries as effort and profile say. `second` is the
    profile of a second formulator's model, where there is one; `fallback` that for a model whose
    first reply shows that it does not follow `profile`."""
    effort = effort or Effort()
    tried = effort.within(profile, second=second is not None)
    fallen = _fallback(fallback, effort, second)
    effort, ask = tried.effort, profile.prompt
    return Team(
        Planner(
            cast["planner"],
            effort.plans,
            solver,
            code=effort.code,
            second_form=effort.code,
            second_writer=second is not None,
            prompts=ask,
        ),
        Formulator(cast["formulator"], profile, hints),
        Coder(cast["coder"], sandbox, options or SolveOptions(), ask),
        Critic(cast["critic"] if effort.opinion else None, ask),
        Verifier(tried.agreement),
        fallback=fallen,
        second=None if second is None else Formulator(cast["second_formulator"], second, hints),
        by_wording=all(was_counted(cast[w].name) for w in _writers(second)),
        drafts=tried.drafts,
        repairs=tried.repairs,
        feedback=effort.feedback,
        debate=effort.debate,
        chooser=Chooser(cast["critic"], ask) if effort.proposals == "ask" else None,
        slots=SlotCheck(ModelAnnotator(cast["critic"])) if effort.slots else None,
        scheduler=Scheduler(profile.effort.scheduler),
        order=profile.effort.order,
    )
