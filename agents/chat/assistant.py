"""The assistant: does what an instruction asks and says what came of it.

It keeps no state: a `ConversationState` goes in, a reply and another one come out, and what is new
is in the store. `session` decides when any of it counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from optwright.agents.chat import phrasing
from optwright.agents.chat.intents import (
    Ambiguous,
    Change,
    CheckPlans,
    Compare,
    Instruction,
    Keep,
    Limits,
    Move,
    NameIt,
    Show,
    Sweep,
    Unread,
    WaysOut,
    WhyNot,
    Worth,
)
from optwright.agents.chat.interpret.units import conversions
from optwright.agents.chat.plan_questions import Conversation, is_about_plans, understood
from optwright.agents.chat.questions import Answers, assumption, questions
from optwright.agents.chat.reply import Option, Progress, Question, Reply, ReplyKind
from optwright.agents.chat.state import ConversationState, Pending, TurnResult, asking, settled
from optwright.agents.chat.store import Store, Version
from optwright.agents.chat.whatif import refusals, sweeps, worth
from optwright.agents.chat.whatif.comparison import comparison
from optwright.agents.chat.whatif.rows import rows_behind
from optwright.agents.chat.whatif.scenario import Scenario, WhatIf
from optwright.agents.problem import Problem
from optwright.agents.second_reading import demand_plans, with_reading
from optwright.agents.solution import Solution, assumptions
from optwright.errors import InputError
from optwright.solvers.backends.program import Program
from optwright.solvers.edit.difference import Difference, difference
from optwright.solvers.edit.operations import Edit, Force, apply
from optwright.solvers.edit.references import ParameterRef, read

MOST_KEPT = 8  # scenarios in memory

Told = Callable[[Progress], None]


YES = frozenset("yes;y;yeah;yep;ok;okay;sure;apply;confirm;right;correct;do it;go ahead".split(";"))
NO = frozenset("no;n;nope;cancel;wrong;never mind;do not;don't".split(";"))


class Assistant:
    """Answers instructions about the versions in a store."""

    def __init__(self, store: Store, whatif: WhatIf) -> None:
        self._store = store
        self._whatif = whatif
        self._kept: dict[int, Scenario] = {}

    # What a conversation stands on

    def scenario(self, version: int, name: str = "now") -> Scenario:
        """A version with what came of it."""
        if version not in self._kept:
            if len(self._kept) >= MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            program, outcome = self._store.program(version), self._store.outcome(version)
            self._kept[version] = Scenario(name, program, outcome)
        return replace(self._kept[version], name=name)

    def forget(self) -> None:
        """Drop what a turn that failed may have left in memory."""
        self._kept.clear()

    def begin(
        self, standing: ConversationState, program: Program, said: str, solution: Solution
    ) -> TurnResult:
        """The first version of a model, as the agents came to it, with what the words leave
        open."""
        scenario = self._whatif.scenario("now", program)
        standing, _ = self._written(standing, scenario, (), "the problem as told", solution)
        standing = replace(
            standing, history=standing.history.at(standing.history.next_id - 1), problem=said
        )
        text, diff = phrasing.solved(solution), tuple[Difference, ...]()
        if edits := conversions(program):
            changed, standing = self._changed(standing, Change(edits=edits), "units converted")
            text += f"\n\n{phrasing.CONVERTED}\n{changed.text}"
            diff, scenario = changed.diff, self.scenario(standing.history.current)
        found = questions(said, scenario, self._whatif.quick())
        standing = replace(standing, pending=asking(found, standing))
        reply, standing = self._reply(standing, ReplyKind.SOLVED, text, questions=found)
        return reply.model_copy(update={"diff": diff}), standing

    # Answers to what was asked

    def settle(self, standing: ConversationState, said: str) -> TurnResult | None:
        """Do what a turn answers to what is pending; None where it is about something else."""
        pending = standing.pending
        if pending is None:
            return None
        if pending.question is not None and is_about_plans(pending.question):
            return self._judged(standing, pending.question, said)
        word = " ".join(said.lower().strip(" .!").split())
        if pending.change is not None and word in YES:
            return self._changed(settled(standing), pending.change, said)
        if word in NO:
            return self._reply(settled(standing), ReplyKind.ANSWER, "Nothing is changed.")
        option = Answers(pending.question).read(said) if pending.question else None
        return None if option is None else self._chosen(standing, pending, option)

    def _chosen(self, standing: ConversationState, pending: Pending, option: Option) -> TurnResult:
        assert pending.question is not None
        answered = {**standing.answered, pending.question.id: option.label}
        standing = replace(settled(standing), answered=answered)
        if not option.edits:
            open_ones = self.open_questions(standing)
            standing = replace(standing, pending=asking(open_ones, standing))
            text = f"Good: {option.label}, as the model has it."
            return self._reply(standing, ReplyKind.ANSWER, text, questions=open_ones)
        change = Change(edits=option.edits, trial=pending.trial)
        return self._changed(standing, change, option.label)

    # Instructions

    def perform(
        self, standing: ConversationState, instruction: Instruction, said: str
    ) -> TurnResult:
        """Do what was asked. Raises `InputError` for what cannot be done as it is asked."""
        match instruction:
            case Change():
                return self._changed(standing, instruction, said)
            case Ambiguous(question=question, trial=trial):
                return self._asked(standing, question, trial)
            case Sweep() | Worth() | WhyNot() | Limits() | WaysOut() | Show():
                return self._answered(standing, instruction)
            case CheckPlans():
                return self._checking(standing)
            case Move():
                return self._moved(standing, instruction)
            case NameIt(name=name, version=version):
                return self._named(standing, name, version)
            case Compare(versions=versions):
                return self._compared(standing, versions)
            case Keep(version=version):
                return self._keeping(standing, version)
            case Unread(reason=reason):
                raise InputError(reason)

    def confirm(self, standing: ConversationState, change: Change, said: str) -> TurnResult:
        """Show a change and wait for yes or no."""
        base = self.scenario(standing.history.current)
        after = apply(base.program, change.edits)
        standing = replace(standing, pending=Pending(change=change, base=standing.history.current))
        text = "Is this what you mean? Say yes or no; nothing is changed before."
        reply, standing = self._reply(standing, ReplyKind.CONFIRM, text)
        diff = difference(base.program, after)
        if not diff:
            raise InputError("that would change nothing")
        return reply.model_copy(update={"diff": diff, "needs_confirmation": True}), standing

    def open_questions(self, standing: ConversationState) -> tuple[Question, ...]:
        """What the words leave open about the model that stands."""
        base = self.scenario(standing.history.current)
        found = questions(standing.problem, base, self._whatif.quick())
        return tuple(q for q in found if q.id not in standing.answered)

    # Plans that the person judges

    def _judged(
        self, standing: ConversationState, question: Question, said: str
    ) -> TurnResult | None:
        answer = understood(question, said)
        if answer is None:
            return None
        answered = {**standing.answered, question.id: answer}
        return self._checking(replace(settled(standing), answered=answered))

    def _checking(self, standing: ConversationState) -> TurnResult:
        """Ask about the next plan, or say what the answers come to, and keep that."""
        version = standing.history.current
        told = self._store.solution(version)
        if told is None:
            raise InputError(
                "the model was changed after the problem was told, so its words do not settle "
                "plans of it",
                hint="'undo' goes back to the model of the words",
            )
        demand_plans(told)
        problem = Problem(standing.problem, self.scenario(version).program.tables)
        person = Conversation(version, standing.answered)
        found = person.read(problem, told)
        if person.waiting is not None:
            pending = Pending(question=person.waiting, base=version)
            standing = replace(standing, pending=pending)
            return self._reply(standing, ReplyKind.QUESTION, "", questions=(person.waiting,))
        solution = with_reading(problem, told, found)
        self._store.put_solution(version, solution)
        return self._reply(standing, ReplyKind.ANSWER, phrasing.judged(solution))

    # Changes

    def _changed(self, standing: ConversationState, change: Change, said: str) -> TurnResult:
        base = self.scenario(standing.history.current, "before")
        program = apply(base.program, change.edits)
        diff = difference(base.program, program)
        if not diff:
            raise InputError("that is how it is already: nothing would change")
        after = self._whatif.scenario("after", program, base)
        standing, version = self._written(standing, after, change.edits, said)
        standing = settled(standing)
        if change.trial:
            standing = replace(standing, trial=version)
        else:
            standing = replace(standing, history=standing.history.at(version), trial=0)
        kind = ReplyKind.ANSWER if change.trial else ReplyKind.CHANGED
        text = phrasing.compared(base, after)
        if change.trial:
            text += (
                f"\nThe model stays as it was. 'keep' takes this over (it is version {version})."
            )
        reply, standing = self._reply(standing, kind, text, scenario=after)
        tables = comparison((base, after)) if after.objective is not None else ()
        reply = reply.model_copy(update={"diff": diff, "tables": tables})
        return self._with_ways_out(standing, reply, after, change)

    def _with_ways_out(
        self, standing: ConversationState, reply: Reply, after: Scenario, change: Change
    ) -> TurnResult:
        """Where a change leaves no solution: why, and what could be given up instead."""
        if after.objective is not None:
            return reply, standing
        lines = [reply.text, *refusals.explained(self._whatif, after)]
        found = refusals.ways_out(self._whatif, after)
        reply = reply.model_copy(update={"text": "\n".join(lines)})
        if not found:
            return reply, standing
        given = tuple(
            o.model_copy(update={"edits": (*change.edits, *o.edits)}) if change.trial else o
            for o in found
        )
        question = Question(id="ways out", text="Which of these would you give up?", options=given)
        pending = Pending(question=question, trial=change.trial, base=standing.history.current)
        reply = reply.model_copy(update={"questions": (question,)})
        return reply, replace(standing, pending=pending)

    def _asked(self, standing: ConversationState, question: Question, trial: bool) -> TurnResult:
        """Put a question whose options are changes, with what each would lead to."""
        base = self.scenario(standing.history.current)
        options = tuple(self._weighed(base, option) for option in question.options)
        question = question.model_copy(update={"options": options})
        pending = Pending(question=question, trial=trial, base=standing.history.current)
        standing = replace(standing, pending=pending)
        return self._reply(standing, ReplyKind.QUESTION, "", questions=(question,))

    def _weighed(self, base: Scenario, option: Option) -> Option:
        try:
            after = self._whatif.changed(base, option.edits, option.label)
        except InputError as error:
            return option.model_copy(update={"consequence": f"cannot be: {error}"})
        return option.model_copy(
            update={
                "consequence": phrasing.compared(base, after).splitlines()[0],
                "objective": after.objective,
            }
        )

    def _written(
        self,
        standing: ConversationState,
        scenario: Scenario,
        edits: Sequence[Edit],
        said: str,
        solution: Solution | None = None,
    ) -> tuple[ConversationState, int]:
        """Write a new version below the one that stands; it does not stand yet."""
        history = standing.history
        version = Version(
            id=history.next_id,
            parent=history.current,
            title=phrasing.clipped(said),
            edits=tuple(edits),
            made=time.time(),
        )
        self._store.put_version(version, scenario.program, scenario.outcome, solution)
        self._kept[version.id] = scenario
        return replace(standing, history=history.with_version(version)), version.id

    # Questions about the model

    def _answered(
        self,
        standing: ConversationState,
        instruction: Sweep | Worth | WhyNot | Limits | WaysOut | Show,
    ) -> TurnResult:
        base = self.scenario(standing.history.current)
        match instruction:
            case Sweep():
                return self._swept(standing, base, instruction)
            case Worth(reference=reference, note=note):
                rows = rows_behind(base.program, reference)
                if rows:
                    lines = worth.worth(self._whatif, base, rows)
                elif isinstance(reference, ParameterRef):
                    lines = [worth.worth_of_data(self._whatif, base, reference)]
                else:
                    raise InputError(
                        "that is not the limit of a constraint, so it has no price",
                        hint="ask what happens if it is 1 more",
                    )
                lines += [note] if note else []
                return self._reply(standing, ReplyKind.ANSWER, "\n".join(lines))
            case WhyNot(demand=demand):
                return self._why_not(standing, base, demand)
            case Limits():
                return self._limits(standing, base)
            case WaysOut():
                return self._ways_out(standing, base)
            case Show(what=what):
                return self._shown(standing, base, what)

    def _swept(self, standing: ConversationState, base: Scenario, sweep: Sweep) -> TurnResult:
        value = read(base.program, sweep.reference)
        low, high = sweep.low, sweep.high
        if low is None or high is None:
            if not value:
                raise InputError("say from where to where", hint="sweep NAME from 10 to 20")
            low, high = sorted((0.5 * value, 1.5 * value))
        series = sweeps.sweep(self._whatif, base, sweep.reference, low, high, steps=sweep.steps)
        text = phrasing.swept(series, value) + (f"\n{sweep.note}" if sweep.note else "")
        reply, standing = self._reply(standing, ReplyKind.ANSWER, text)
        return reply.model_copy(update={"series": (series,)}), standing

    def _why_not(self, standing: ConversationState, base: Scenario, demand: Force) -> TurnResult:
        forced = refusals.forced(self._whatif, base, demand)
        reply, standing = self._reply(
            standing, ReplyKind.ANSWER, phrasing.forced(forced, demand), scenario=base
        )
        if forced.after.objective is not None:
            tables = comparison((replace(base, name="now"), replace(forced.after, name="forced")))
            reply = reply.model_copy(update={"tables": tables})
        return reply, standing

    def _limits(self, standing: ConversationState, base: Scenario) -> TurnResult:
        if base.objective is None:
            return self._ways_out(standing, base)
        grid = worth.limits(self._whatif, base)
        reply, standing = self._reply(standing, ReplyKind.ANSWER, phrasing.costliest(grid, base))
        return reply.model_copy(update={"tables": (grid,)}), standing

    def _ways_out(self, standing: ConversationState, base: Scenario) -> TurnResult:
        if base.objective is not None:
            return self._reply(standing, ReplyKind.ANSWER, "The model has a solution as it is.")
        reply, standing = self._reply(standing, ReplyKind.ANSWER, phrasing.ended(base))
        return self._with_ways_out(standing, reply, base, Change(edits=()))

    def _shown(self, standing: ConversationState, base: Scenario, what: str) -> TurnResult:
        match what:
            case "history":
                text = "\n".join(standing.history.lines())
            case "assumptions":
                return self._assumptions(standing, base)
            case "questions":
                found = self.open_questions(standing)
                standing = replace(standing, pending=asking(found, standing))
                text = "" if found else "Nothing is open."
                return self._reply(standing, ReplyKind.ANSWER, text, questions=found)
            case "diagnosis":
                text = "\n".join(refusals.explained(self._whatif, base)) or phrasing.ended(base)
            case "data":
                text = phrasing.data(base.program)
            case "help":
                text = phrasing.HELP
            case _:
                text = phrasing.section(self.solution(standing), what)
        return self._reply(standing, ReplyKind.ANSWER, text)

    def _assumptions(self, standing: ConversationState, base: Scenario) -> TurnResult:
        open_ones = self.open_questions(standing)
        lines = [f"- {assumption(q)}" for q in open_ones]
        asked = any(q.id.startswith("domain ") for q in open_ones)  # or the same would come twice
        model = base.program.formulation
        of_model = model.assumptions if asked and model is not None else assumptions(model)
        lines += [f"- {a}" for a in of_model]
        text = "\n".join(dict.fromkeys(lines)) or "Nothing is assumed beyond the words."
        return self._reply(standing, ReplyKind.ANSWER, text)

    # The history

    def _moved(self, standing: ConversationState, move: Move) -> TurnResult:
        history = standing.history
        before = self.scenario(history.current, "before")
        if move.to:
            found = history.find(move.to)
            history = history if found == history.current else history.at(found)
        else:
            history = history.moved(move.steps)
        standing = replace(settled(standing), history=history, trial=0)
        after = self.scenario(history.current, "now")
        text = f"The model is {history.title(history.current)} now: "
        text += f"{history[history.current].title}.\n{phrasing.compared(before, after)}"
        reply, standing = self._reply(standing, ReplyKind.CHANGED, text)
        diff = difference(before.program, after.program)
        return reply.model_copy(update={"diff": diff}), standing

    def _named(self, standing: ConversationState, name: str, reference: str) -> TurnResult:
        history = standing.history
        version = history.find(reference) if reference else history.current
        standing = replace(standing, history=history.named(name, version))
        text = f"Version {version} is called {name!r} now."
        return self._reply(standing, ReplyKind.ANSWER, text)

    def _compared(self, standing: ConversationState, references: Sequence[str]) -> TurnResult:
        history = standing.history
        found = [history.find(reference) for reference in references]
        if not found:
            other = standing.trial or (history[history.current].parent if history.current else 0)
            if not other:
                raise InputError("there is only one version", hint="try a change first")
            found = sorted((history.current, other))
        if len(found) == 1:
            found = [history.current, *found]
        scenarios = [self.scenario(v, history.title(v)) for v in dict.fromkeys(found)]
        if len(scenarios) < 2:
            raise InputError("that is one version, and a comparison takes two")
        reply, standing = self._reply(standing, ReplyKind.ANSWER, phrasing.ranked(scenarios))
        first, last = scenarios[0], scenarios[-1]
        diff = difference(first.program, last.program) if len(scenarios) == 2 else ()
        tables = comparison(scenarios)
        return reply.model_copy(update={"tables": tables, "diff": diff}), standing

    def _keeping(self, standing: ConversationState, reference: str) -> TurnResult:
        version = standing.history.find(reference) if reference else standing.trial
        if not version:
            raise InputError("there is no trial to keep", hint="ask 'what if ...' first")
        return self._moved(standing, Move(to=str(version)))

    # Replies

    def solution(self, standing: ConversationState) -> Solution:
        """The model that stands as a `Solution`: the agents' own, or what the changes made."""
        version = standing.history.current
        told = self._store.solution(version)
        return told or phrasing.edited_solution(self.scenario(version), standing.history[version])

    def _reply(
        self,
        standing: ConversationState,
        kind: ReplyKind,
        text: str,
        *,
        questions: tuple[Question, ...] = (),
        scenario: Scenario | None = None,
    ) -> TurnResult:
        current = standing.history.current
        if scenario is None and current:
            scenario = self.scenario(current)
        reply = Reply(
            kind=kind,
            text=text,
            questions=questions,
            status=scenario.outcome.status if scenario else None,
            objective=scenario.objective if scenario else None,
            version=current,
        )
        return reply, standing
