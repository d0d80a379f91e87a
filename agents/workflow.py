"""The main path as a LangGraph graph: plan, draft, judge and read until it is enough, then propose.

    plan -> draft -> judge -> read -> propose -> finish
             ^         ^       |
             |         +-again-+  (and debate)
             +---- schedule ---+

`again` shows a model what was found about its draft, `debate` tells two that they disagree; what
they correct is judged beside the drafts.

The only module that knows LangGraph. Nodes are calls of the team; the state is small JSON, and the
checkpointer saves it after every node, so a killed run continues where it was, with no reply paid
twice (those are in the ledger). Checkpoints that cannot be read are set aside and the run starts
over, from the replies it has. Whether a run is finished is our own marker in the state:
LangGraph's `next` can be empty although a killed run is not.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from pydantic import BaseModel

from optwright.agents.candidates import Approach, Candidate, is_stale
from optwright.agents.checkpoints import DamagedCheckpoint, SealedJson
from optwright.agents.checks.judge import not_judged
from optwright.agents.checks.plan_check import PlanCheck
from optwright.agents.findings import Fault, Finding
from optwright.agents.problem import Problem
from optwright.agents.repair.alternatives import Alternative
from optwright.agents.scheduler import Arm, reward
from optwright.agents.step_words import (
    describe_draft,
    describe_findings,
    describe_opinions,
    describe_outcome,
    describe_plans,
    describe_repair,
)
from optwright.agents.steps import Steps
from optwright.agents.team import Team
from optwright.agents.verifier import NOBODY_ASKED, Decision, doubt
from optwright.errors import (
    BudgetExceeded,
    FileDamaged,
    ModelError,
    ReplayMiss,
    StorageError,
    Unavailable,
)
from optwright.serving.sync import run
from optwright.storage.damage import set_aside
from optwright.storage.file import File, Words
from optwright.storage.schema import Schema

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

T = TypeVar("T")

MOST_READ = 2
"""How many drafts a reader is asked about: what it refuses, and what comes next."""

Step = Callable[[str, str], None]
"""Told what begins: the agent's name and a few words."""


class State(TypedDict, total=False):
    """What a checkpoint holds; every value is JSON."""

    plans: list[dict[str, Any]]
    candidates: list[dict[str, Any]]
    readings: list[dict[str, Any]]
    branch: int
    alternatives: list[dict[str, Any]]
    picked: int | None
    stopped: str
    finished: bool


@dataclass(frozen=True)
class Answer:
    """What a run came to: the decision, every candidate, what was proposed for the one that is
    answered with and which of it a model picked, why it stopped early if it did, and what a reader
    said of plans of the answer."""

    decision: Decision
    plans: tuple[Approach, ...]
    candidates: tuple[Candidate, ...]
    alternatives: tuple[Alternative, ...] = ()
    picked: Alternative | None = None
    stopped: str = ""
    plans_read: PlanCheck = NOBODY_ASKED


def silent(agent: str, what: str) -> None:
    """For whom no step matters."""


@dataclass(frozen=True)
class Workflow:
    """Runs a team on a problem. `checkpoints` is a SQLite file, `run_id` the thread in it, `steps`
    records what each role did."""

    team: Team
    checkpoints: Path | None = None
    run_id: str = "run"
    on_step: Step = silent
    steps: Steps | None = None

    def run(self, problem: Problem) -> Answer:
        """Work until enough is known, tries run out or the budget is spent; continues a run that
        was cut off. Raises what models and solvers raise except `BudgetExceeded`, and
        `StorageError` where checkpoints cannot be written."""
        answer = self._answered(problem)
        if self.steps is not None:
            self.steps.stopped = answer.stopped
        return answer

    def _answered(self, problem: Problem) -> Answer:
        nodes = _Nodes(self.team, problem, self.on_step, self.steps)
        if self.checkpoints is None:
            state: State = nodes.graph(None).invoke(_START, _config(self.run_id))  # type: ignore[assignment]  # it returns its input's type
            return _answer(self.team, problem, state)
        try:
            return _answer(self.team, problem, self._resumed(nodes, self.checkpoints))
        except (StorageError, OSError, DamagedCheckpoint) as error:
            message = f"the checkpoints {str(self.checkpoints)!r} cannot be kept: {error}"
            raise StorageError(message, hint="replies already paid for are kept") from error

    def _resumed(self, nodes: _Nodes, path: Path) -> State:
        """Work from the checkpoints; those that are damaged are set aside, once, for fresh ones."""
        try:
            return self._durable(nodes, path)
        except (FileDamaged, DamagedCheckpoint):
            pass
        self.on_step("workflow", f"checkpoints are damaged and set aside: {set_aside(path).name}")
        return self._durable(nodes, path)

    def _durable(self, nodes: _Nodes, path: Path) -> State:
        from optwright.agents.saver import WholeSaver

        words = Words(f"the file of checkpoints {str(path)!r}", "replies already paid for are kept")
        with File(path, _SCHEMA, words) as file, file.errors():
            graph = nodes.graph(WholeSaver(file, serde=SealedJson()))
            saved = _saved(graph, self.run_id)
            if saved.get("finished"):
                return saved
            # None continues from the last checkpoint; the state as input would start again.
            start = None if saved else _START
            return graph.invoke(start, _config(self.run_id), durability="sync")  # type: ignore[return-value]


# Its tables are LangGraph's.
_SCHEMA = Schema("checkpoints", "", beside=frozenset({"checkpoints", "writes"}))
_START: State = {
    "plans": [],
    "candidates": [],
    "readings": [],
    "branch": 0,
    "alternatives": [],
    "picked": None,
    "stopped": "",
    "finished": False,
}


def _config(run_id: str) -> Any:
    return {"configurable": {"thread_id": run_id}, "recursion_limit": 500}


def _saved(graph: CompiledStateGraph[Any, Any, Any, Any], run_id: str) -> State:
    """The state of the last checkpoint, empty before the first. Raises `DamagedCheckpoint`."""
    try:
        last = graph.get_state(_config(run_id))
        if not last.values:
            return {}
        state: State = last.values  # type: ignore[assignment]  # its fields are looked at next
        # Read here once, so that what LangGraph and the nodes read later cannot fail.
        _plans(state), _candidates(state), _readings(state)
        if set(state) != set(_START) or "step" not in (last.metadata or {}):
            raise DamagedCheckpoint("a checkpoint holds other fields than a run has")
        return state
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedCheckpoint(f"{type(error).__name__}: {error}") from error


@dataclass(frozen=True)
class _Nodes:
    """The nodes of the graph, each a step of the team."""

    team: Team
    problem: Problem
    on_step: Step
    steps: Steps | None = None

    def take(self, role: str, work: Callable[[], T], summary: Callable[[T], str]) -> T:
        """A step of a role, recorded where somebody wants that."""
        return work() if self.steps is None else self.steps.take(role, work, summary)

    def graph(self, checkpointer: Any) -> CompiledStateGraph[Any, Any, Any, Any]:
        from langgraph.graph import END, START, StateGraph

        graph = StateGraph(State)
        nodes = (self.plan, self.draft, self.judge, self.read, self.again, self.debate,
                 self.schedule, self.propose)  # fmt: skip
        for node in (*nodes, self.finish):
            graph.add_node(node.__name__, node)
        graph.add_edge(START, "plan")
        graph.add_edge("plan", "draft")
        graph.add_conditional_edges("draft", self._after_draft, ["judge", "propose"])
        graph.add_edge("judge", "read")
        graph.add_conditional_edges(
            "read", self._after_reading, ["again", "debate", "schedule", "propose"]
        )
        graph.add_conditional_edges("debate", self._after_draft, ["judge", "propose"])
        graph.add_conditional_edges("again", self._after_again, ["judge", "schedule", "propose"])
        graph.add_edge("schedule", "draft")
        graph.add_edge("propose", "finish")
        graph.add_edge("finish", END)
        return graph.compile(checkpointer=checkpointer)

    def plan(self, state: State) -> State:
        self.on_step("planner", "plans")
        try:
            plans = self.take(
                "planner", lambda: run(self.team.planner.plans(self.problem)), describe_plans
            )
        except BudgetExceeded as error:
            return {"stopped": str(error), "plans": []}
        return {"plans": _dumped(plans)}

    def draft(self, state: State) -> State:
        if not state["plans"]:
            return {}
        plans, candidates, branch = _plans(state), _candidates(state), state["branch"]
        earlier = tuple(c for c in _drafts(candidates) if c.plan == branch)
        self.on_step("formulator", f"draft {len(_drafts(candidates)) + 1} of at most "
                  f"{self.team.most_drafts(candidates)}")  # fmt: skip
        try:
            drawn = self.take(
                "coder" if plans[branch].route == "code" else "formulator",
                lambda: run(self._drawn(plans[branch], branch, earlier, candidates)),
                describe_draft,
            )
        except BudgetExceeded as error:
            return {"stopped": str(error)}
        return {"candidates": [*state["candidates"], *_dumped((drawn,))]}

    def _drawn(
        self,
        plan: Approach,
        branch: int,
        earlier: tuple[Candidate, ...],
        candidates: Sequence[Candidate],
    ) -> Coroutine[Any, Any, Candidate]:
        small = plan.writer == "formulator" and self.team.fell_back(candidates)
        return self.team.draft(self.problem, plan, branch, earlier, fell_back=small)

    def judge(self, state: State) -> State:
        """Solve and check what nobody has judged yet: the last draft, or what a debate brought."""
        self.on_step("solver", "solves and checks")
        judged: list[Candidate] = []
        stopped = state["stopped"]
        for candidate in _candidates(state):
            if candidate.outcome is not None or candidate.findings:
                judged.append(candidate)
                continue
            one = self._judged(_plans(state)[candidate.plan], candidate, judged)
            try:
                opinions = self._opinions(one, judged)
            except BudgetExceeded as error:
                opinions, stopped = (not_judged(str(error)),), str(error)
            except ReplayMiss:
                raise  # a replay that is not the recorded run is no answer
            except (ModelError, Unavailable) as error:
                opinions = (not_judged(str(error)),)  # what was solved is not lost with its critic
            judged.append(one.model_copy(update={"findings": (*one.findings, *opinions)}))
        return {"candidates": _dumped(judged), "stopped": stopped}

    def _judged(self, plan: Approach, candidate: Candidate, earlier: list[Candidate]) -> Candidate:
        def judge() -> Candidate:
            return self.team.judged(self.problem, plan, candidate, earlier)

        one = self.take("solver", judge, describe_outcome)
        return self.take("checks", lambda: one, describe_findings)

    def _opinions(self, one: Candidate, earlier: Sequence[Candidate]) -> tuple[Finding, ...]:
        """What the critic's model says; of what was written before, what it said of that."""
        if self.team.critic.model is None and self.team.slots is None:
            return ()
        same = (e for e in earlier if one.formulation is not None and e.form == one.form)
        for known in same:
            if not any(f.fault is Fault.NOT_JUDGED for f in known.findings):
                return tuple(f for f in known.findings if f.fault is Fault.OPINION)

        def judge() -> tuple[Finding, ...]:
            opinions = run(self.team.critic.opine(self.problem, one))
            return (*opinions, *self.team.misplaced(self.problem, one))

        return self.take("critic", judge, describe_opinions)

    def read(self, state: State) -> State:
        """Ask the reader about plans of the draft that would be answered with: of each once, and
        of two at most. One that verifies nothing is asked at the end alone."""
        reader, readings = self.team.reader, _readings(state)
        decision = self.team.decide(_candidates(state), readings)
        chosen = decision.candidate
        if reader is None or chosen is None or state["stopped"] or len(readings) >= MOST_READ:
            return {}
        is_new = chosen.form_key not in {reading.form for reading in readings}
        if not (is_new and chosen.is_conclusive and chosen.formulation is not None):
            return {}
        if reader.reliability is None and not self._is_over(state):
            return {}
        self.on_step("reader", f"{reader.name} judges plans")
        try:
            checked = self.take("reader", lambda: self.team.read(self.problem, chosen), str)
        except BudgetExceeded as error:
            return {"stopped": str(error)}
        return {"readings": [*state["readings"], *_dumped((checked,))]}

    def again(self, state: State) -> State:
        """Show the model of the last draft what was found about it; it corrects or explains."""
        *others, last = _candidates(state)
        plan, reading = _plans(state)[last.plan], _reading_of_form(last, _readings(state))
        self.on_step("formulator", "corrects or explains what was found")
        try:
            asked, correction = self.take(
                "formulator",
                lambda: run(self.team.again(self.problem, plan, len(others), last, reading)),
                lambda pair: describe_repair(*pair),
            )
        except BudgetExceeded as error:
            return {"stopped": str(error)}
        corrected = () if correction is None else (correction,)
        return {"candidates": _dumped((*others, asked, *corrected))}

    def debate(self, state: State) -> State:
        """Tell the models of two drafts that they disagree; both answer, and agreement decides."""
        plans, candidates = _plans(state), _candidates(state)
        pair = self.team.disagreeing(plans, candidates)
        assert pair is not None  # that is how it came here
        self.on_step("workflow", "two forms disagree and hear of each other")
        reconsidered: list[Candidate] = []
        try:
            for own, other in (pair, pair[::-1]):
                plan = plans[candidates[own].plan]
                reconsidered.append(self._reconsidered(plan, candidates, own, other))
        except BudgetExceeded as error:
            return {"stopped": str(error)}
        return {"candidates": [*state["candidates"], *_dumped(reconsidered)]}

    def _reconsidered(
        self, plan: Approach, candidates: Sequence[Candidate], own: int, other: int
    ) -> Candidate:
        def reconsider() -> Candidate:
            return run(self.team.reconsidered(self.problem, plan, candidates, own, other))

        return self.take("formulator", reconsider, describe_draft)

    def propose(self, state: State) -> State:
        """Solve what the words suggest beside the answer as it was written, and take over what the
        model picks twice, if it is asked."""
        candidates = _candidates(state)
        chosen = self.team.decide(candidates, _readings(state)).candidate
        if chosen is None:
            return {}
        self.on_step("critic", "weighs what the words suggest")
        plan = _plans(state)[chosen.plan]
        proposed: tuple[Alternative, ...] = ()
        try:
            proposed = run(self.team.alternatives(self.problem, plan, chosen))
            picked = run(self.team.picked(self.problem, chosen, proposed))
        except ReplayMiss:
            raise
        except (BudgetExceeded, ModelError, Unavailable) as error:
            return {"alternatives": _dumped(proposed), "stopped": str(error)}
        at = None if picked is None else proposed.index(picked)
        return {"alternatives": _dumped(proposed), "picked": at}

    def schedule(self, state: State) -> State:
        candidates = _candidates(state)
        arms = [_arm(index, candidates) for index in range(len(state["plans"]))]
        branch = self.take(
            "scheduler", lambda: self.team.scheduler.choose(arms), lambda at: f"plan {at + 1}"
        )
        return {"branch": branch}

    def finish(self, state: State) -> State:
        return {"finished": True}

    def _after_draft(self, state: State) -> str:
        return "propose" if state["stopped"] else "judge"

    def _after_reading(self, state: State) -> str:
        """The first of the team's steps that there is something to do for."""
        candidates = _candidates(state)
        reading = _reading_of_form(candidates[-1], _readings(state))
        for step in self.team.order if not state["stopped"] else ():
            if step == "repair" and self.team.may_repair(candidates[-1], reading):
                return "again"
            if step == "debate" and self.team.disagreeing(_plans(state), candidates):
                return "debate"
            if step == "draft" and not self._is_over(state):
                return "schedule"
        return "propose"

    def _after_again(self, state: State) -> str:
        last = _candidates(state)[-1]
        if last.corrects is not None and not state["stopped"]:
            return "judge"
        return "propose" if self._is_over(state) else "schedule"

    def _may_be_tried_otherwise(self, decision: Decision, state: State) -> bool:
        """Whether a draft found no words for the problem, and a program or another model was not
        tried yet."""
        candidates = _candidates(state)
        if decision.candidate is not None or not any(c.cannot_state for c in candidates):
            return False
        tried = {c.plan for c in candidates}
        untried = (p for at, p in enumerate(_plans(state)) if at not in tried)
        return any(p.route == "code" or p.writer == "second_formulator" for p in untried)

    def _is_over(self, state: State) -> bool:
        candidates = _candidates(state)
        decision = self.team.decide(candidates, _readings(state))
        enough = decision.enough and not self._may_be_tried_otherwise(decision, state)
        enough = enough or self.team.ran_into_its_limit(candidates[-1])
        stale = len(state["plans"]) == 1 and is_stale(candidates)
        spent = len(_drafts(candidates)) >= self.team.most_drafts(candidates) or stale
        return bool(enough or spent or state["stopped"])


def _answer(team: Team, problem: Problem, state: State) -> Answer:
    candidates = _candidates(state)
    readings = _readings(state)
    decision = team.decide(candidates, readings)
    plans_read = _reading_of(decision, readings)
    if decision.verified and (doubtful := doubt(problem, plans_read)):
        decision = replace(decision, verified=False, reason=doubtful)
    proposed = tuple(Alternative.model_validate(a) for a in state["alternatives"])
    picked = None if state["picked"] is None else proposed[state["picked"]]
    if picked is not None:
        reason = f"a model picked twice what the words suggest: {picked.condition}"
        decision = replace(decision, verified=False, reason=reason)
        plans_read = PlanCheck()  # they were plans of another model
    return Answer(
        decision,
        tuple(_plans(state)),
        tuple(candidates),
        proposed,
        picked,
        state["stopped"],
        plans_read,
    )


def _reading_of(decision: Decision, readings: Sequence[PlanCheck]) -> PlanCheck:
    """What was said of plans of the answer; nothing where nobody was asked about it."""
    form = "" if decision.candidate is None else decision.candidate.form_key
    return next((reading for reading in readings if reading.form == form), PlanCheck())


def _reading_of_form(candidate: Candidate, readings: Sequence[PlanCheck]) -> PlanCheck | None:
    return next((reading for reading in readings if reading.form == candidate.form_key), None)


def _drafts(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates that were drawn, without what their models corrected in them."""
    return [c for c in candidates if c.corrects is None]


def _arm(index: int, candidates: list[Candidate]) -> Arm:
    own = [reward(c.penalty) for c in candidates if c.plan == index]
    return Arm(max(own, default=0.0), len(own), sum(own))


def _plans(state: State) -> list[Approach]:
    return [Approach.model_validate(p) for p in state["plans"]]


def _candidates(state: State) -> list[Candidate]:
    return [Candidate.model_validate(c) for c in state["candidates"]]


def _readings(state: State) -> list[PlanCheck]:
    return [PlanCheck.model_validate(r) for r in state["readings"]]


def _dumped(parts: Sequence[BaseModel]) -> list[dict[str, Any]]:
    return [part.model_dump(mode="json") for part in parts]
