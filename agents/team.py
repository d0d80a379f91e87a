"""The team: which agents work on a problem, and how much they may try."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from optwright.agents.candidates import Approach, Candidate
from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.equivalence import differences
from optwright.agents.checks.plan_check import PlanCheck, read_plans
from optwright.agents.checks.plans.question import Reader
from optwright.agents.checks.slots.check import SlotCheck
from optwright.agents.coder import Coder
from optwright.agents.critic import Critic
from optwright.agents.findings import Fault, Finding
from optwright.agents.formulator import Draft, Formulator
from optwright.agents.planner import Planner
from optwright.agents.problem import Problem
from optwright.agents.profiles.profile import ORDER, AfterDraft, Profile
from optwright.agents.repair.alternatives import Alternative, alternatives
from optwright.agents.repair.propose import Proposal, propose
from optwright.agents.repair.rank import Chooser
from optwright.agents.scheduler import Scheduler
from optwright.agents.text.wording import clauses, mentions
from optwright.agents.verifier import Decision, Verifier
from optwright.agents.why import why
from optwright.errors import (
    DataError,
    FormulationError,
    ModelError,
    OptwrightError,
    Unavailable,
)
from optwright.solvers.edit.operations import AddConstraint, free_name
from optwright.solvers.edit.written_out import written_out
from optwright.solvers.language.expressions import names, parse_comparison
from optwright.solvers.model.fingerprint import MOST_ENTRIES, fingerprint
from optwright.solvers.model.formulation import Constraint, Formulation
from optwright.solvers.model.outcome import Outcome, Status

MOST_VALUES_TOLD = 30
"""Values of a point that a model is told; more are no help to it and cost tokens."""

MOST_DIFFERENCES = 3
"""Plans on which two forms differ that their models are told."""

_UNTOLD = "untold"
"""What a program says that is large or not linear: no two drafts of it are known to differ in more
than words, so that all of them are one look."""
AT_LIMIT = 0.9
"""The share of its time after which a solver that ends without a proof ended for want of time."""


@dataclass(frozen=True)
class Fallback:
    """The profile for a model whose first reply shows that it does not follow a larger one, and
    the tries that go with it."""

    profile: Profile
    drafts: int
    agreement: int


@dataclass(frozen=True)
class Team:
    """The agents of one run. `drafts` is the most formulations drawn in all; `feedback` hands the
    critic's findings to the next draft of a branch (a small model only repeats itself)."""

    planner: Planner
    formulator: Formulator
    coder: Coder
    critic: Critic
    verifier: Verifier
    fallback: Fallback | None = None
    """What is done where the formulator's model turns out not to follow its profile; without one
    it keeps the profile."""
    second: Formulator | None = None
    """Writes the plans of another model, if there is one."""
    drafts: int = 5
    repairs: int = 0
    """How often a draft goes back to its model with what was found about it."""
    scheduler: Scheduler = Scheduler()  # noqa: RUF009  (frozen, so sharing it is safe)
    """Which plan is worked on next."""
    order: tuple[AfterDraft, ...] = ORDER
    """What comes after a draft was judged: the first that there is something to do for."""
    feedback: bool = False
    debate: bool = False
    """Whether drafts of different forms that disagree hear of each other, once."""
    slots: SlotCheck | None = None
    """Holds drafts against where a model says that each number of the text belongs."""
    chooser: Chooser | None = None
    """Asked about proposals, if anybody is; without one they are only shown."""
    by_wording: bool = True
    """Whether drafts that differ in words alone are two looks: so of a model whose drafts were
    counted (`confidence.was_counted`)."""
    reader: Reader | None = None
    """Asked about plans of what is answered with; without one nobody is."""

    def read(self, problem: Problem, candidate: Candidate) -> PlanCheck:
        """What the reader says of a candidate's plans; where it does not answer, that it was not
        asked. Raises `BudgetExceeded`."""
        if self.reader is None or candidate.formulation is None or candidate.outcome is None:
            return PlanCheck(form=candidate.form_key)
        try:
            return read_plans(
                problem.text,
                candidate.formulation,
                problem.tables,
                self.reader,
                best=candidate.outcome.values,
                form=candidate.form_key,
            )
        except (ModelError, Unavailable) as error:
            return PlanCheck(
                reader=self.reader.name, unanswered=(str(error),), form=candidate.form_key
            )

    def misplaced(self, problem: Problem, candidate: Candidate) -> tuple[Finding, ...]:
        """The numbers of a candidate that stand elsewhere than a model says that they belong.
        Raises `BudgetExceeded`."""
        is_read = not any(f.fault is Fault.UNREADABLE for f in candidate.findings)
        if self.slots is None or candidate.formulation is None or not is_read:
            return ()
        context = CheckContext(
            problem.text, candidate.formulation, problem.tables, problem.shown_text
        )
        return self.slots.findings(context)

    def fell_back(self, candidates: Sequence[Candidate]) -> bool:
        """Whether the formulator's model wrote JSON at first that is no program, and what it
        corrected was none either: such a model gets the fallback's profile from then on."""
        if self.fallback is None or not candidates:
            return False
        tried = [c for c in candidates if c.plan == candidates[0].plan and not c.code]
        first = [c for at, c in enumerate(tried) if at == 0 or c.corrects == 0]
        return bool(first) and all(map(_is_misshapen, first))

    def most_drafts(self, candidates: Sequence[Candidate]) -> int:
        """The most drafts in all, the misshapen one included."""
        if self.fallback is not None and self.fell_back(candidates):
            return max(self.drafts, self.fallback.drafts + 1)
        return self.drafts

    def decide(
        self, candidates: Sequence[Candidate], readings: Sequence[PlanCheck] = ()
    ) -> Decision:
        """What the candidates add up to (`Verifier.decide`)."""
        if self.fallback is not None and self.fell_back(candidates):
            return Verifier(self.fallback.agreement).decide(candidates, readings)
        return self.verifier.decide(candidates, readings)

    def _writer(self, plan: Approach) -> Formulator:
        is_second = plan.writer == "second_formulator" and self.second is not None
        return self.second if is_second and self.second is not None else self.formulator

    async def draft(
        self,
        problem: Problem,
        plan: Approach,
        index: int,
        earlier: tuple[Candidate, ...],
        *,
        fell_back: bool = False,
    ) -> Candidate:
        """The next try of a plan: the first at temperature 0, the others drawn. A model that
        `fell_back` is asked as the fallback's profile says."""
        sample = len(earlier)
        writer = self._writer(plan)
        if fell_back and self.fallback is not None:
            writer = replace(writer, profile=self.fallback.profile)
            sample = max(sample - 1, 0)  # the first of its kind
        temperature = writer.profile.formulator.temperature if sample else 0.0
        if plan.route == "code":
            return await self.coder.write(
                problem, plan, index=index, sample=sample, temperature=temperature
            )
        draft = await writer.draft(
            problem, sample=sample, temperature=temperature, advice=self._advice(plan, earlier)
        )
        return _candidate(draft, index, len(earlier))

    def may_repair(self, candidate: Candidate, reading: PlanCheck | None = None) -> bool:
        """Whether a draft goes back to its model: it has repairs left, and something was found that
        the model can say something of."""
        is_draft = candidate.corrects is None and not candidate.asked_again and candidate.reply
        return bool(self.repairs and is_draft and self._to_ask(candidate, reading))

    async def again(
        self,
        problem: Problem,
        plan: Approach,
        index: int,
        candidate: Candidate,
        reading: PlanCheck | None = None,
    ) -> tuple[Candidate, Candidate | None]:
        """Show a candidate's model what was found about it. Gives the candidate without what was
        explained by words of the problem, and a correction, if there is one, as another candidate;
        `index` is the number of the first."""
        findings = self._to_ask(candidate, reading)
        earlier = Draft(candidate.formulation, reply=candidate.reply)
        second = await self._writer(plan).again(
            problem, earlier, findings, _solved(self.coder, problem, candidate),
            sample=candidate.sample, advice=plan.advice,
        )  # fmt: skip
        settled = {e.message for e in second.explanations}
        asked = candidate.model_copy(
            update={
                "asked_again": True,
                "explanations": second.explanations,
                "findings": tuple(f for f in candidate.findings if f.message not in settled),
            }
        )
        if second.draft is None:
            return asked, None
        correction = _candidate(second.draft, candidate.plan, candidate.sample).model_copy(
            update={"corrects": index, "root": candidate.look}
        )
        return asked, correction

    def disagreeing(
        self, plans: Sequence[Approach], candidates: Sequence[Candidate]
    ) -> tuple[int, int] | None:
        """Two drafts of different routes or models, by their numbers, that came to different
        optima; None where there are none, or where drafts have heard of each other already."""
        if not self.debate or any(c.debated for c in candidates):
            return None
        solved = [i for i, c in enumerate(candidates) if c.is_conclusive]
        for a in solved:
            for b in solved:
                one, other = candidates[a], candidates[b]
                ways = [(plans[c.plan].route, plans[c.plan].writer) for c in (one, other)]
                differ = ways[0] != ways[1]
                if a < b and differ and not one.agrees_with(other):
                    return a, b
        return None

    async def reconsidered(
        self,
        problem: Problem,
        plan: Approach,
        candidates: Sequence[Candidate],
        own: int,
        other: int,
    ) -> Candidate:
        """What the model of a draft writes after it heard that another one came to something else;
        a correction of the draft."""
        mine, theirs = candidates[own], candidates[other]
        writer = self._writer(plan)
        ((_, told),) = writer.profile.prompt("debate").fill(
            own=_came_to(mine), other=_came_to(theirs), differ=_differ(problem, mine, theirs)
        )
        if plan.route == "code":
            changed = plan.model_copy(update={"advice": f"{plan.advice} {told}".strip()})
            again = await self.coder.write(
                problem, changed, index=mine.plan, sample=mine.sample, temperature=0.0
            )
        else:
            second = await writer.again(
                problem,
                Draft(mine.formulation, reply=mine.reply),
                (Finding(Fault.OPINION, told),),
                _solved(self.coder, problem, mine),
                sample=mine.sample,
                advice=plan.advice,
            )
            draft = second.draft or Draft(mine.formulation, reply=mine.reply)
            again = _candidate(draft, mine.plan, mine.sample)
        return again.model_copy(update={"corrects": own, "root": mine.look, "debated": True})

    def _to_ask(self, candidate: Candidate, reading: PlanCheck | None) -> tuple[Finding, ...]:
        """What a model is asked about again: findings that its profile names, and the plans that a
        reader judges otherwise."""
        asked = self.formulator.profile.repair.faults
        found = [f for f in candidate.findings if f.fault in asked]
        if reading is not None and reading.refutes:
            found += [Finding(Fault.OPINION, mismatch) for mismatch in reading.mismatches]
        return tuple(found)

    async def proposals(self, problem: Problem, candidate: Candidate) -> tuple[Proposal, ...]:
        """What the words of the problem suggest for a candidate, and with a `chooser` the limits
        that a model gives for sentences that no constraint states."""
        formulation = candidate.formulation
        if formulation is None or not problem.reads_as_english:
            return ()
        found = propose(problem.text, formulation, problem.tables)
        if self.chooser is None:
            return found
        return (*found, *[p async for p in self._unstated(problem, candidate, formulation)])

    async def _unstated(
        self, problem: Problem, candidate: Candidate, formulation: Formulation
    ) -> AsyncIterator[Proposal]:
        for words in _sentences_to_ask(candidate.findings):
            constraint, _ = await self.formulator.state(problem, formulation, words)
            if constraint is None or not _is_of(constraint, formulation):
                continue
            name = free_name(formulation, f"also_{constraint.name}")
            added = AddConstraint(constraint=constraint.model_copy(update={"name": name}))
            condition = f"{words!r} means {constraint.expression}"
            yield Proposal(rule="unstated", condition=condition, edits=(added,))

    async def alternatives(
        self, problem: Problem, plan: Approach, candidate: Candidate
    ) -> tuple[Alternative, ...]:
        """The proposals for a candidate, each solved beside it."""
        proposals = await self.proposals(problem, candidate)
        if not proposals or candidate.outcome is None:
            return ()
        program = self.coder.program(problem, candidate)
        return alternatives(
            program, candidate.outcome, proposals, lambda changed: self.coder.solve(plan, changed)
        )

    async def picked(
        self, problem: Problem, candidate: Candidate, solved: Sequence[Alternative]
    ) -> Alternative | None:
        """The first alternative that the model picks twice over what was written, if any."""
        if self.chooser is None or candidate.formulation is None:
            return None
        for alternative in solved:
            if alternative.moves and await self.chooser.prefers(
                problem, alternative.formulation, candidate.formulation
            ):
                return alternative
        return None

    def judged(
        self,
        problem: Problem,
        plan: Approach,
        candidate: Candidate,
        earlier: Sequence[Candidate] = (),
    ) -> Candidate:
        """The candidate with its outcome and what speaks against it. A program that an `earlier`
        one of the plan was, and that nothing was proven of, is not solved again."""
        if candidate.has_program:
            known = (e.outcome for e in earlier if _is_open_and_the_same(e, candidate))
            outcome = next(known, None) or self.coder.run(problem, plan, candidate)
            said = self._said(problem, candidate, outcome)
            candidate = candidate.model_copy(update={"outcome": outcome, "mathematics": said})
        judged = candidate.model_copy(update={"findings": self.critic.judge(problem, candidate)})
        return _asking(judged)

    def _said(self, problem: Problem, candidate: Candidate, outcome: Outcome) -> str:
        """What the candidate's program says whatever it calls things; empty where drafts that
        differ in words count."""
        if self.by_wording:
            return ""
        if len(outcome.values) > MOST_ENTRIES:
            return _UNTOLD
        if candidate.formulation is not None:
            told = written_out(candidate.formulation)
            candidate = candidate.model_copy(update={"formulation": told})
        try:
            arrays = self.coder.program(problem, candidate).arrays
        except (FormulationError, DataError):
            return ""
        return _UNTOLD if arrays is None else fingerprint(arrays) or _UNTOLD

    def ran_into_its_limit(self, candidate: Candidate) -> bool:
        """Whether a solver found a solution and had no time left to prove it: more drafts would
        take as long and prove no more."""
        outcome = candidate.outcome
        if outcome is None or outcome.status is not Status.FEASIBLE:
            return False
        return outcome.seconds >= AT_LIMIT * self.coder.options.time_limit_s

    def _advice(self, plan: Approach, earlier: tuple[Candidate, ...]) -> str:
        said = [plan.advice] if plan.advice else []
        if self.feedback and earlier:
            said += [f.message for f in earlier[-1].findings if f.fault is not Fault.NOT_JUDGED]
        return " ".join(said)


def _is_misshapen(candidate: Candidate) -> bool:
    """Whether a reply is JSON, or was to be, and says nothing that can be read. One that was cut
    off or holds no JSON shows nothing of what its model can follow."""
    says_nothing = candidate.formulation is None and not candidate.leaves_open
    is_whole = "raise --max-tokens" not in candidate.error
    return says_nothing and is_whole and "{" in candidate.reply


def _asking(candidate: Candidate) -> Candidate:
    """A draft that asks and states a program all the same. Where the program uses a number that the
    text does not say, it was made up in the place of the answer, and only the question stays."""
    invented = any(f.fault is Fault.NUMBER_INVENTED for f in candidate.findings)
    if not (candidate.questions and invented):
        return candidate
    return candidate.model_copy(update={"formulation": None, "outcome": None, "findings": ()})


def _candidate(draft: Draft, plan: int, sample: int) -> Candidate:
    return Candidate(
        plan=plan,
        sample=sample,
        formulation=draft.formulation,
        questions=draft.questions,
        cannot_state=draft.cannot_state,
        refusal=draft.refusal,
        unread=draft.unread,
        error=draft.error,
        reply=draft.reply,
    )


def _came_to(candidate: Candidate) -> str:
    value = candidate.objective
    return candidate.status.value if value is None else f"the optimum {value:.10g}"


def _differ(problem: Problem, mine: Candidate, theirs: Candidate) -> str:
    """Plans that one draft allows and the other does not, where the two can be compared."""
    if mine.formulation is None or theirs.formulation is None:
        return ""
    try:
        found = differences(problem.text, mine.formulation, theirs.formulation, problem.tables)
    except OptwrightError:
        return ""  # what one of them means by its names is not in the other's tables
    listed = "".join(f"\n- {sentence}" for sentence in (found or ())[:MOST_DIFFERENCES])
    return f" They differ on these plans (the reader is the other form):{listed}" if listed else ""


def _solved(coder: Coder, problem: Problem, candidate: Candidate) -> str:
    """What came of solving a candidate's program, in a sentence or two for its model."""
    outcome = candidate.outcome
    if candidate.formulation is None or outcome is None:
        return "Your reply could not be read as a program."
    said = f"Your program was solved as it stands: {outcome.status.value}"
    if outcome.objective is not None:
        own = {v.name for v in candidate.formulation.variables}
        chosen = [
            f"{name} = {value:.6g}"
            for name, value in outcome.values.items()
            if abs(value) > 1e-9 and name.partition("[")[0] in own
        ]
        more = ", ..." if len(chosen) > MOST_VALUES_TOLD else ""
        return (
            f"{said}, objective {outcome.objective:.10g}, with "
            f"{', '.join(chosen[:MOST_VALUES_TOLD])}{more}; all else is 0."
        )
    if outcome.message:
        return f"{said} ({outcome.message})."
    return " ".join([f"{said}.", *why(coder.program(problem, candidate))])


def _is_open_and_the_same(earlier: Candidate, candidate: Candidate) -> bool:
    same = (earlier.plan, earlier.formulation, earlier.lp_text, earlier.handed_out) == (
        candidate.plan,
        candidate.formulation,
        candidate.lp_text,
        candidate.handed_out,
    )
    return same and earlier.outcome is not None and not earlier.is_conclusive


_ASKABLE = frozenset({Fault.UNSTATED, Fault.NUMBER_UNUSED})
_MOST_ASKED = 2


def _sentences_to_ask(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """Sentences that could hold a missing limit, if that is all that is wrong."""
    if any(f.fault not in _ASKABLE | {Fault.UNBOUNDED} for f in findings):
        return ()
    unstated = (f.words for f in findings if f.fault is Fault.UNSTATED)
    return tuple(dict.fromkeys(c for words in unstated for c in clauses(words)))[:_MOST_ASKED]


def _is_of(asked: Constraint, formulation: Formulation) -> bool:
    """Whether an asked limit is news, one comparison, and about what its words are about: a small
    model that is asked about one decision likes to add another."""
    squeezed = asked.expression.replace(" ", "")
    if any(c.expression.replace(" ", "") == squeezed for c in formulation.constraints):
        return False
    try:
        comparisons = parse_comparison(asked.expression)
    except FormulationError:
        return False
    context = CheckContext("", formulation)
    named = {context.names[i] for _, i in mentions(asked.text, context.things)}
    used = set(names(comparisons[0])) & set(context.names)
    return len(comparisons) == 1 and (len(named) != 1 or used <= named)
