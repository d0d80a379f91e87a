"""Making the plans: the draft is run, and what it allows and refuses is put into small plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from time import perf_counter

import numpy as np

from optwright.agents.checks.plans.denied import MOST_LOGIC, MOST_PLANS, Logic, denied, in_logic
from optwright.agents.checks.plans.immaterial import without
from optwright.agents.checks.plans.inquiry import (
    MOST_BEST_LINES,
    MOST_LINES,
    MOST_SIDES,
    Expected,
    Inquiry,
    Kind,
)
from optwright.agents.checks.plans.nearby import SEEN, nearby, sorted_out
from optwright.agents.checks.plans.no_best import clash, growing, impossible
from optwright.agents.checks.plans.question import Asks, Decision, Plan, Question, Verdict
from optwright.agents.checks.plans.shown import Shape, number
from optwright.agents.checks.plans.sides import Side, alike, sides
from optwright.agents.checks.plans.sought import Seeker, Sought
from optwright.errors import OptwrightError
from optwright.solvers.backends.point_evaluation import PointEvaluation, missed_by
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.searches import Change, Found, Search, search
from optwright.solvers.data.table import Table
from optwright.solvers.language.rhs_attribution import stating_constraints
from optwright.solvers.model.formulation import Constraint, Domain, Formulation
from optwright.solvers.model.linear_model import Floats, LinearModel

MOST_COLUMNS = 20_000
"""Models with more columns are not asked about: each plan would take seconds."""
ANYTHING = "anything at all: allowed if the words allow some plan, whichever it is"
_PRIMES = (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)

Amounts = dict[str, float]


def inquiry(
    text: str,
    formulation: Formulation,
    tables: Mapping[str, Table] | None = None,
    *,
    best: Mapping[str, float] | None = None,
    seed: int = 0,
    seconds: float = 3.0,
) -> Inquiry:
    """The plan questions about a formulation that was drafted for `text`.

    `best` is its best plan by element, where a solver has found it already; a model that is not
    linear needs it. `seconds` bounds the solving. Whatever keeps questions from being asked, a
    model without a best plan among it, is said in `unasked` and is no error.
    """
    started = perf_counter()
    maker = _Maker(text, formulation, tables or {}, best, np.random.default_rng(seed), seconds)
    try:
        made = maker.made()
    except OptwrightError as error:
        made = maker.nothing(f"the model could not be run: {error}")
    return replace(made, seconds=perf_counter() - started)


@dataclass
class _Maker:
    """Makes the inquiry about one formulation; `seconds` are those left for solving."""

    text: str
    formulation: Formulation
    tables: Mapping[str, Table]
    given: Mapping[str, float] | None
    rng: np.random.Generator
    seconds: float
    unasked: list[str] = field(default_factory=list)
    solves: int = 0

    def nothing(self, *why: str) -> Inquiry:
        """An inquiry without plans."""
        return Inquiry(self._question(()), self.formulation.objective.sense, (), why)

    def made(self) -> Inquiry:
        program = self._program
        if program.arrays is None:
            return self._not_linear(program)
        model = program.arrays
        if len(model.cost) > MOST_COLUMNS:
            return self.nothing(f"the model has {len(model.cost):,} decision elements")
        relaxing = [Search((Change(fractions=True),))] if model.has_integers else []
        best, *relaxed = self._search(model, [Search(), *relaxing])
        limits = sides(model, program.instance)
        point = best.point if best.point is not None else self._given_point(model)
        if point is None:
            return self._without_best(model, limits, best.why, relaxed)
        seeker = Seeker(model, point, self.rng)
        amounts = self._amounts(model, point)
        return self._inquiry(
            [
                *self._best(amounts),
                *self._in_fractions(model, point, relaxed),
                *self._values(amounts, self._some_choices(model, seeker)),
                *self._of_limits(model, seeker, limits),
                *self._of_logic(amounts),
            ]
        )

    def _given_point(self, model: LinearModel) -> Floats | None:
        """The best plan that a solver found before; the search has half a second alone."""
        if not self.given:
            return None
        return np.array([self.given.get(name, 0.0) for name in model.column_names])

    # A model without a best plan

    def _without_best(
        self, model: LinearModel, limits: Sequence[Side], why: str, relaxed: Sequence[Found]
    ) -> Inquiry:
        seeker = Seeker(model, np.zeros(len(model.cost)), self.rng)
        if why == "unbounded":
            return self._inquiry(list(self._growing(model, seeker)))
        if why == "none":
            return self._inquiry(list(self._impossible(model, seeker, limits, relaxed)))
        return self.nothing("no best plan of the model was found in time")

    def _growing(self, model: LinearModel, seeker: Seeker) -> Iterator[Expected]:
        """Plans far out, and what they come to."""
        sought = list(growing(model, seeker))
        found = self._search(model, [s.search for s in sought])
        made = list(self._answers(model, sought, found))
        if len(made) < len(sought):
            self.unasked.append("a plan that grows on")
        yield from made
        for expected in made:
            yield from self._values(dict(expected.plan.amounts))

    def _impossible(
        self,
        model: LinearModel,
        seeker: Seeker,
        limits: Sequence[Side],
        relaxed: Sequence[Found],
    ) -> Iterator[Expected]:
        """Plans that miss one limit of a conflict each."""
        started = perf_counter()
        found = clash(model, limits, self.seconds / 2)
        self.seconds -= perf_counter() - started
        if found is None or found.number > MOST_SIDES:
            self.unasked.append("which limits rule each other out")
            return
        sought = list(impossible(seeker, found.sides, limits))
        points = self._search(model, [s.search for s in sought])
        made = list(self._answers(model, sought, points))
        yield from made
        anything = tuple(shape.name for shape in self._shapes)
        plan = Plan(0, {}, open=anything, lines=(ANYTHING,))
        yield Expected(plan, Kind.ANY, Verdict.NOT_ALLOWED)
        missed = {e.element for e in made}
        if not found.is_least:  # what changes nothing when it is let go is no part of it
            missed |= {s.element for s, f in zip(sought, points, strict=True) if f.why == "none"}
        self.unasked += [f"a plan that misses {name!r}" for name in found.beside(missed)]
        if not found.with_whole:
            return
        split = [self._amounts(model, f.point) for f in relaxed if f.point is not None]
        if not split:
            self.unasked.append("a plan in fractions")
        for amounts in split:
            yield Expected(
                self._plan(amounts), Kind.BROKEN, Verdict.NOT_ALLOWED, None, "whole numbers"
            )

    def _search(self, model: LinearModel, searches: Sequence[Search]) -> tuple[Found, ...]:
        started = perf_counter()
        found = search(model, searches, max(self.seconds, 0.0))
        self.seconds -= perf_counter() - started
        self.solves += len(searches)
        return found

    # Kinds of plans

    def _best(self, amounts: Amounts) -> Iterator[Expected]:
        """The best plan whole, or, where it is long, one decision at a time."""
        whole = Expected(self._plan(amounts), Kind.BEST)
        if len(whole.plan.lines) <= MOST_BEST_LINES:
            yield whole
            return
        for shape in self._shapes:
            plan = self._part(amounts, frozenset({shape.name}))
            long = len(plan.lines) > MOST_LINES
            plans = self._projected(amounts, shape) if long else [plan]
            yield from (Expected(p, Kind.BEST, element=shape.name) for p in plans)

    def _in_fractions(
        self, model: LinearModel, best: Floats, relaxed: Sequence[Found]
    ) -> Iterator[Expected]:
        """The best plan if nothing had to be whole, where that makes a difference."""
        for found in relaxed:
            if found.point is None or not _differs(model, best, found.point):
                continue
            amounts = self._amounts(model, found.point)
            if any(abs(v - round(v)) > 0.01 for e, v in amounts.items() if e in self._whole):
                yield Expected(self._plan(amounts), Kind.FRACTIONS, Verdict.NOT_ALLOWED)

    def _some_choices(self, model: LinearModel, seeker: Seeker) -> list[Amounts]:
        """Plans that the draft allows, of a draft whose decisions are all yes or no, each with as
        much as can be that none before had. What a plan comes to that gives one task to three
        people can be read in two ways."""
        if not self._elements <= self._binary:
            return []
        own = np.array([name in self._elements for name in model.column_names])
        unseen = own & (seeker.best < 0.5)
        plans = []
        for _ in range(2):
            weights = np.where(own, seeker.weights(), 0.0)
            (found,) = self._search(model, [Search(cost=np.where(unseen, -weights, weights))])
            if found.point is None:
                break
            unseen &= found.point < 0.5
            plans.append(self._amounts(model, found.point))
        return [plan for plan in plans if len(self._lines(plan)) <= MOST_LINES]

    def _values(self, best: Amounts, instead: Sequence[Amounts] = ()) -> Iterator[Expected]:
        """What the objective comes to at the best plan and at primes, which nothing else has, or
        at plans given `instead`."""
        if len(self._lines(best)) <= MOST_LINES:
            yield from self._value(best)
        if instead:
            for plan in instead:
                yield from self._value(plan)
            return
        count = sum(len(shape.elements) for shape in self._shapes)
        for _ in range(2 if count > MOST_LINES else 1):
            elements = self._seeker_order()[:MOST_LINES]
            yield from self._value(
                {
                    e: 1.0 if e in self._binary else float(prime)
                    for e, prime in zip(elements, _PRIMES, strict=False)
                }
            )

    def _seeker_order(self) -> list[str]:
        """All elements where they are few, else some of each decision."""
        drawn = [[str(e) for e in self.rng.permutation(s.elements)] for s in self._shapes]
        longest = max(map(len, drawn), default=0)
        return [turn[k] for k in range(longest) for turn in drawn if k < len(turn)]

    def _value(self, amounts: Amounts) -> Iterator[Expected]:
        try:
            value = self._draft.objective(amounts)
        except OptwrightError as error:
            self.unasked.append(f"what the objective comes to: {error}")
            return
        plan = replace(self._plan(amounts), asks=Asks.VALUE)
        words = self.formulation.objective.text
        yield Expected(plan, Kind.VALUE, value=value, element="objective", words=words)

    def _of_limits(
        self, model: LinearModel, seeker: Seeker, limits: Sequence[Side]
    ) -> Iterator[Expected]:
        """Limits missed and just kept, and corners."""
        words = {name: constraint.text for name, constraint in self._constraints.items()}
        groups = alike(limits, words)
        chosen, left = seeker.one_of_each(groups)
        if left:
            self.unasked.append(f"{left} of {len(groups)} sides of limits")
        tempting = seeker.tempting(chosen, groups)
        sought = [
            *seeker.broken(chosen, groups, max(MOST_SIDES - len(tempting), len(chosen))),
            *tempting,
            *seeker.kept(chosen),
            *seeker.corners(self._shapes),
        ]
        found = self._search(model, [s.search for s in sought])
        idle = self._immaterial(model, seeker.best, groups, sought)
        yield from self._answers(model, sought, found, idle)
        stuck = [
            s.side for s, f in zip(sought, found, strict=True)
            if s.kind is Kind.BROKEN and f.why == "none" and s.side is not None
        ]  # fmt: skip
        if len(stuck) > 1:
            again = list(seeker.together(list(dict.fromkeys(stuck))))
            found = self._search(model, [s.search for s in again])
            yield from self._answers(model, again, found)

    def _of_logic(self, best: Amounts) -> Iterator[Expected]:
        """Limits stated in logic missed; what cannot be missed is no limit. One that the language
        cannot deny is asked about near the best plan alone, which is in part."""
        stated = list(in_logic(self.formulation))
        order = self.rng.permutation(len(stated))[:MOST_LOGIC]
        if len(stated) > MOST_LOGIC:
            self.unasked.append(f"{len(stated) - MOST_LOGIC} of {len(stated)} limits in logic")
        for at in order:
            logic = stated[int(at)]
            plans, is_known = self._denied(logic, best)
            yield from plans
            yield from self._tempting(logic)
            if not is_known:
                self.unasked.append(f"a plan that misses {logic.constraint.name!r}")

    def _denied(self, logic: Logic, best: Amounts) -> tuple[list[Expected], bool]:
        """Plans that miss a limit in logic, and whether they were looked for everywhere."""
        for alone in (True, False):
            try:
                model = Program(denied(self.formulation, logic, alone=alone), self.tables).arrays
            except OptwrightError:
                return self._near_logic(logic, best), False
            if model is None or len(model.cost) > MOST_COLUMNS:
                return self._near_logic(logic, best), False
            seeker = Seeker(
                model, np.array([best.get(name, 0.0) for name in model.column_names]), self.rng
            )
            own = [
                j for j, name in enumerate(model.column_names)
                if name in self._elements and name.split("[")[0] in logic.decisions
            ]  # fmt: skip
            leaning = self.rng.permutation(own)[:MOST_PLANS].tolist()
            found = self._search(model, [seeker.with_something_of(j) for j in leaning])
            points = [self._amounts(model, f.point) for f in found if f.point is not None]
            made = [e for point in points for e in self._missing(logic, point)]
            if made or any(f.why != "none" for f in found):
                return made, bool(made)
        return [], True

    def _tempting(self, logic: Logic) -> list[Expected]:
        """The best of the plans that miss a limit in logic for one member alone, by what a reader
        sees: what a limit that is too tight keeps out."""
        try:
            model = Program(denied(self.formulation, logic, once=True), self.tables).arrays
        except OptwrightError:
            return []
        if model is None or len(model.cost) > MOST_COLUMNS:
            return []
        (found,) = self._search(model, [Search()])
        if found.point is None:
            return []
        amounts = self._amounts(model, found.point)
        return self._missing(logic, amounts) if self._missed_by(logic, amounts) > SEEN else []

    def _near_logic(self, logic: Logic, best: Amounts) -> list[Expected]:
        """The same of what cannot be denied in the language: points near the best plan."""
        elements = [e for shape in self._shapes for e in shape.elements]
        if len(elements) > MOST_LINES:
            return []
        own = {e: best.get(e, 0.0) for e in elements}
        points = list(nearby(own, elements, self._whole, self.rng))
        drawn = [points[int(at)] for at in self.rng.permutation(len(points))]
        nearest = sorted(drawn, key=lambda point: self._missed_by(logic, point))
        made: dict[tuple[float, ...], list[Expected]] = {}  # by which way each decision was moved
        for point in nearest:
            way = tuple(float(np.sign(point[e] - own[e])) for e in elements)
            if not made.get(way) and len(made) < 2 * MOST_PLANS:
                made[way] = self._missing(logic, point)
        return [expected for plans in made.values() for expected in plans]

    def _missed_by(self, logic: Logic, amounts: Amounts) -> float:
        name = logic.constraint.name
        return sum(m.by for m in self._draft.misses(amounts) if m.constraint == name)

    def _missing(self, logic: Logic, amounts: Amounts) -> list[Expected]:
        """The plan, if it misses the limit and has no amount below zero that nobody reads."""
        name = logic.constraint.name
        misses = self._draft.misses(amounts)
        if not any(m.constraint == name for m in misses):
            return []
        if any(m.constraint in self._shape_names for m in misses):
            return []  # a bound, or half of what is whole: another limit is asked about there
        plan = self._plan(amounts)
        if len(plan.lines) > MOST_LINES:
            plan = self._part(amounts, frozenset(logic.decisions))
        words = logic.constraint.text
        return [Expected(plan, Kind.BROKEN, Verdict.NOT_ALLOWED, None, name, words)]

    @cached_property
    def _shape_names(self) -> frozenset[str]:
        return frozenset(shape.name for shape in self._shapes)

    def _immaterial(
        self,
        model: LinearModel,
        best: Floats,
        groups: Sequence[Sequence[Side]],
        sought: Sequence[Sought],
    ) -> Set[Side]:
        """The sides that all could be let go and the best plan were as good; none where a reader
        is not shown the whole of that plan."""
        if len(self._lines(self._amounts(model, best))) > MOST_LINES:
            return frozenset()
        asked = {s.side for s in sought if s.kind is Kind.BROKEN}
        tried = [group for group in groups if not asked.isdisjoint(group)]
        found = self._search(model, without(model, tried))
        alone = [g for g, f in zip(tried, found, strict=True) if _is_as_good(model, best, f)]
        sides = [side for group in alone for side in group]
        (together,) = self._search(model, without(model, [sides]))
        return frozenset(sides) if _is_as_good(model, best, together) else frozenset()

    def _answers(
        self,
        model: LinearModel,
        sought: Sequence[Sought],
        found: Sequence[Found],
        idle: Set[Side] = frozenset(),
    ) -> Iterator[Expected]:
        for asked, answer in zip(sought, found, strict=True):
            if answer.point is not None:
                yield from self._held(asked, self._amounts(model, answer.point), idle)
            elif answer.why == "unknown" and asked.kind is Kind.BROKEN:
                self.unasked.append(f"a plan that misses {asked.element!r}")

    def _held(self, asked: Sought, amounts: Amounts, idle: Set[Side]) -> Iterator[Expected]:
        """The plan, if the draft says of it, as it is shown, what was sought."""
        missed = self._missed(amounts)
        says_so = asked.element in missed if asked.verdict is Verdict.NOT_ALLOWED else not missed
        if not says_so:
            return
        plan, words = self._plan(amounts), ""
        if asked.side is not None:
            words = self._words(asked.side.constraint)
            if len(plan.lines) > MOST_LINES:
                plan = self._part(amounts, frozenset(asked.side.decisions))
            if len(plan.lines) > MOST_LINES:
                plan = self._slice(amounts, asked.side.elements)
        is_immaterial = (
            asked.kind is Kind.BROKEN and asked.side in idle and missed == {asked.element}
        )
        yield Expected(plan, asked.kind, asked.verdict, None, asked.element, words, is_immaterial)

    def _missed(self, amounts: Amounts) -> Set[str]:
        """The rows and elements that a plan misses, as it is shown: by the model's arrays, or by
        its expressions where arrays have columns for more than its decisions."""
        model = self._program.arrays
        whole = not any(v.semicontinuous for v in self.formulation.variables)
        if model is None or len(model.column_names) != len(self._elements) or not whole:
            return {m.element for m in self._draft.misses(amounts)}
        x = np.zeros(len(model.column_names))
        for element, value in amounts.items():
            x[self._places[element]] = value
        return missed_by(model, x)

    # A model that is not linear

    def _not_linear(self, program: Program) -> Inquiry:
        elements = [e for shape in self._shapes for e in shape.elements]
        if self.given is None:
            return self.nothing("the model is not linear, and its best plan is not known")
        if len(elements) > MOST_LINES:
            return self.nothing(f"the model is not linear and has {len(elements)} elements")
        best = {e: _tidy(self.given.get(e, 0.0)) for e in elements}
        if self._draft.misses(best):
            return self.nothing("the best plan, rounded, does not keep the model's limits")
        points = nearby(best, elements, self._whole, self.rng)
        broken, allowed = sorted_out(self._draft, points)
        shown = [*self._best(best), *self._values(best), *self._near(broken, allowed)]
        return self._inquiry(shown)

    def _near(
        self, broken: Mapping[str, Sequence[Amounts]], allowed: Sequence[Amounts]
    ) -> Iterator[Expected]:
        unseen = [n for n in self._constraints if not any(_is_of(e, n) for e in broken)]
        self.unasked += [f"a plan that misses {name!r} alone" for name in unseen]
        for element, points in list(broken.items())[:MOST_SIDES]:
            words = self._words(element.split("[")[0])
            # The nearest, which the right model allows where this limit is too tight, and another.
            for at in (0, int(self.rng.integers(len(points)))):
                yield Expected(
                    self._plan(points[at]), Kind.BROKEN, Verdict.NOT_ALLOWED, None, element,
                    words,
                )  # fmt: skip
        for at in self.rng.permutation(len(allowed))[:4]:
            yield Expected(self._plan(allowed[int(at)]), Kind.CORNER)

    # Plans as they are shown

    def _inquiry(self, asked: Sequence[Expected]) -> Inquiry:
        """Duplicates dropped, shuffled, numbered; those that stay too long are not asked."""
        kept: dict[object, Expected] = {}
        for expected in asked:
            plan = expected.plan
            if len(plan.lines) > (MOST_BEST_LINES if expected.kind is Kind.BEST else MOST_LINES):
                if expected.kind is Kind.BROKEN:
                    self.unasked.append(f"a plan that misses {expected.element!r}")
                continue
            amounts = frozenset({**plan.amounts, **plan.totals}.items())
            kept.setdefault((plan.asks, plan.open, plan.only, amounts), expected)
        order = self.rng.permutation(len(kept))
        shuffled = [list(kept.values())[int(at)] for at in order]
        numbered = tuple(
            replace(e, plan=replace(e.plan, number=n)) for n, e in enumerate(shuffled, start=1)
        )
        return Inquiry(
            self._question(tuple(e.plan for e in numbered)),
            self.formulation.objective.sense,
            numbered,
            tuple(dict.fromkeys(self.unasked)),
            solves=self.solves,
        )

    def _plan(self, amounts: Amounts) -> Plan:
        kept = {element: value for element, value in amounts.items() if value != 0.0}
        return Plan(0, kept, lines=self._lines(kept))

    def _part(self, amounts: Amounts, about: frozenset[str]) -> Plan:
        """The decisions named, the others open."""
        shapes = [s for s in self._shapes if s.name in about]
        part = {e: amounts[e] for s in shapes for e in s.elements if amounts.get(e, 0.0)}
        still_open = tuple(s.name for s in self._shapes if s.name not in about)
        settled = ", ".join(s.name for s in shapes) if still_open else ""
        return Plan(0, part, open=still_open, lines=self._lines(part), about=settled)

    def _slice(self, amounts: Amounts, elements: Sequence[str]) -> Plan:
        """These elements, all else open. Elements that have no name together are all shown."""
        part = {e: amounts.get(e, 0.0) for e in elements}
        chosen = frozenset(elements)
        names = [s.slice_of(chosen) for s in self._shapes if chosen & set(s.elements)]
        lines = self._lines({e: value for e, value in part.items() if value})
        if not all(names):
            lines = tuple(f"{e} = {number(value)}" for e, value in part.items())
            names = ["what is shown"]
        return Plan(0, part, only=tuple(elements), lines=lines, about=", ".join(names))

    def _projected(self, amounts: Amounts, shape: Shape) -> Iterator[Plan]:
        """What a decision comes to in all, and what it is for the member of each of its sets that
        has most of it, and for another."""
        yield self._total(amounts, shape)
        for place, over in enumerate(shape.sets):
            other = over.texts[int(self.rng.integers(len(over)))]
            for member in dict.fromkeys((shape.richest(place, amounts), other)):
                yield self._slice(amounts, shape.with_member(place, member))

    def _total(self, amounts: Amounts, shape: Shape) -> Plan:
        """What a decision comes to in all, everything else open."""
        total = _tidy(sum(amounts.get(element, 0.0) for element in shape.elements))
        lines = (f"{shape.name} in all = {number(total)}",)
        names = tuple(s.name for s in self._shapes)
        totals = {shape.name: total}
        return Plan(0, {}, open=names, totals=totals, lines=lines, about="what is shown")

    def _lines(self, amounts: Mapping[str, float]) -> tuple[str, ...]:
        return tuple(line for shape in self._shapes for line in shape.lines(amounts))

    def _question(self, plans: tuple[Plan, ...]) -> Question:
        decisions = tuple(
            Decision(v.name, v.meaning, v.indices, v.unit, v.domain is Domain.BINARY)
            for v in self.formulation.variables
        )
        return Question(self.text, self.tables, decisions, plans)

    def _amounts(self, model: LinearModel, point: Floats) -> Amounts:
        """The point without its dust, by element; zeros are left out."""
        values = zip(model.column_names, point.tolist(), strict=True)
        tidy = {name: _tidy(value) for name, value in values if name in self._elements}
        return {name: value for name, value in tidy.items() if value != 0.0}

    # The draft

    @cached_property
    def _program(self) -> Program:
        return Program(self.formulation, self.tables)

    @cached_property
    def _draft(self) -> PointEvaluation:
        return PointEvaluation(self._program.bound)

    @cached_property
    def _places(self) -> dict[str, int]:
        """The column of each element."""
        model = self._program.arrays
        return {} if model is None else {name: j for j, name in enumerate(model.column_names)}

    @cached_property
    def _shapes(self) -> list[Shape]:
        return [Shape.of(v) for v in self._draft.instance.variables.values()]

    @cached_property
    def _elements(self) -> frozenset[str]:
        return frozenset(e for shape in self._shapes for e in shape.elements)

    @cached_property
    def _constraints(self) -> dict[str, Constraint]:
        """The constraint that each row name belongs to."""
        return stating_constraints(self.formulation)

    def _words(self, row: str) -> str:
        return self._constraints[row].text if row in self._constraints else ""

    @cached_property
    def _binary(self) -> frozenset[str]:
        return self._elements_of(Domain.BINARY)

    @cached_property
    def _whole(self) -> frozenset[str]:
        return self._binary | self._elements_of(Domain.INTEGER)

    def _elements_of(self, domain: Domain) -> frozenset[str]:
        names = {v.name for v in self.formulation.variables if v.domain is domain}
        return frozenset(e for s in self._shapes if s.name in names for e in s.elements)


def _is_of(element: str, row: str) -> bool:
    return element.split("[", maxsplit=1)[0] == row


_DUST = 1e-6
"""By as much solvers let a limit be missed."""


def _tidy(value: float) -> float:
    """Nine digits, and whole where a solver means whole: a reader who sees 3.3e-7 made sees a plan
    that makes something."""
    near = round(value)
    if abs(value - near) < max(_DUST, 1e-9 * abs(value)):
        return float(near)
    return float(f"{value:.9g}")


def _is_as_good(model: LinearModel, best: Floats, found: Found) -> bool:
    """Whether what was found without some limits is no better than the best plan with them."""
    return found.point is not None and not _differs(model, best, found.point)


def _differs(model: LinearModel, one: Floats, other: Floats) -> bool:
    a, b = model.objective(one), model.objective(other)
    return abs(a - b) > 1e-6 * max(1.0, abs(a), abs(b))
