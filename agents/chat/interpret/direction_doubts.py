"""Doubts about directions: less or more, set or moved, highest or lowest."""

from __future__ import annotations

import re
from collections.abc import Iterator

from optwright.agents.chat.interpret.touched import value_of
from optwright.agents.chat.interpret.turn_words import (
    LESS,
    MORE,
    TurnWords,
    is_same,
    written_forms,
)
from optwright.agents.chat.interpret.units import measured, unit_said
from optwright.agents.chat.labels import number_words
from optwright.agents.text.quantities import Kind, Quantity
from optwright.agents.text.wording import plain_way
from optwright.errors import OptwrightError
from optwright.solvers.backends.program import Program
from optwright.solvers.edit.operations import (
    AddMember,
    AddObjective,
    AddVariable,
    ChangeValues,
    Edit,
    Relax,
    ScaleNumber,
    SetNumber,
    SetObjective,
    SetVariable,
)
from optwright.solvers.edit.references import (
    BoundRef,
    NumberRef,
    ParameterRef,
    RhsRef,
    constraint_named,
    parameter_behind,
    rows_of,
)
from optwright.solvers.language.expressions import names as names_in
from optwright.solvers.model.formulation import Constraint, Sense

_BECOMES = re.compile(
    r"(?:\b(?:to|is|are|was|were|be|been|becomes?|at|of|have|has|had|having|exactly|only|just|least|"
    r"most|than|costs?|takes?|needs?|uses?|requires?|earns?|carr(?:y|ies)|brings?|yields?|weighs?|"
    r"holds?|for|equals?|now|up|there's|we've|get|gets|got|says?|cap|capped|as|maximum|minimum|max|"
    r"min|limit|set|make|makes|about|with|sends?|gives?|pays?|paid|sells?|means?|over|under|down)"
    r"|=|:|->)\s+(?:(?:only|just|now|about|a|the|exactly|at|as|many|much|least|most|to|up|be|or)\s+)*"
    r"[$€£]?\s*$",
    re.IGNORECASE,
)
_STEP = re.compile(r"\b(?:by|add\w*|on top)\b|[+-]\s*\d", re.IGNORECASE)
_FOLLOWED_BY_CHANGE = re.compile(
    r"^\s*(?:[^\W\d]+\s+){0,2}(?:less|more|fewer|extra|additional|lower|higher)\b(?!\s+than)", re.I
)
# What stands between two clauses of a sentence.
_CLAUSE = re.compile(r"[,;.:](?!\d)|\b(?:and|but|while)\b", re.IGNORECASE)
_HIGH = re.compile(r"\b(?:maxim\w*|as (?:much|many|high|large) |highest|largest|most)\b", re.I)
_LOW = re.compile(
    r"\b(?:minim\w*|as (?:little|few|low|small|cheap)|lowest|smallest|fewest|cheapest|"
    r"(?<!at )(?<!very )least)\b",
    re.IGNORECASE,
)
_NEAR = re.compile(
    r"\b(?:chang|disrupt|mov|alter|deviat|shuffl)\w*\b.{0,30}\b(?:as (?:little|few)|least|fewest|"
    r"minim\w+)\b|\b(?:as (?:little|few)|least|fewest|minimal|smallest)\b.{0,20}\b(?:chang|disrupt|"
    r"shuffl|alter|deviat)\w*|\b(?:keep|leave)\w*\b.{0,30}\b(?:as (?:much|it is|close|similar|"
    r"planned)|(?:everything|the rest) else)\b",
    re.IGNORECASE,
)


def _operators(constraint: Constraint, decisions: set[str]) -> set[str]:
    """Which way the comparisons of a limit point, its decisions on the left; all ways where there
    are decisions on both sides, for either may be the one that is spoken of."""
    turned = {"<=": ">=", ">=": "<=", "==": "=="}
    found: set[str] = set()
    for _, comparison in rows_of(constraint):
        left, right = (
            bool(names_in(side) & decisions) for side in (comparison.left, comparison.right)
        )
        if left and right:
            return {"<=", ">=", "=="}
        operator = comparison.operator
        found.add(operator if left else turned.get(operator, operator))
    return found or {"<=", ">=", "=="}


def _limits_by(program: Program, reference: NumberRef) -> set[str]:
    """Which way the limits point whose amount a number is; empty where it is none."""
    found: set[str] = set()
    if isinstance(reference, BoundRef):
        return {">=" if reference.side == "lower" else "<="}
    if isinstance(reference, RhsRef):
        return {c.operator for row, c in rows_of(constraint_named(program, reference.row))
                if row == reference.row}  # fmt: skip
    if isinstance(reference, ParameterRef) and program.formulation is not None:
        for constraint in program.formulation.constraints:
            for row, comparison in rows_of(constraint):
                behind = parameter_behind(program, row)
                if behind is not None and behind.name == reference.name:
                    found.add(comparison.operator)
    return found


class DirectionDoubts(TurnWords):
    """Directions that words ask for against those of a reading."""

    def against(self) -> Iterator[str]:
        # Of words that deny something beside their phrases nobody can say which way they point.
        stated = plain_way(self.said)
        ways = {stated.value} if stated is not None else set[str]()
        decisions = {v.name for v in self.vocabulary.variables}
        limits = self.reading.limits if ways else []
        # Of several limits some only tie a new decision to others.
        if limits and not any(_operators(c, decisions) & ways for c in limits):
            yield f"it says {limits[0].expression}, and the words point another way"
        for reference, _ in self.reading.references if ways else ():
            operators = _limits_by(self.reading.program, reference)
            if operators and not operators & ways:
                yield f"{number_words(self.reading.program, reference)} is a limit of another kind"
        for sign, size in self._moves():
            words = self._clause_of(size)
            less, more = LESS.search(words), MORE.search(words)
            if (less and not more and sign > 0) or (more and not less and sign < 0):
                yield "it goes up where the words go down, or the other way round"
        if ways and self.reading.lasting and self.reading.edits and not self._states_a_limit():
            yield "the words state a limit, and it states none"
        yield from self._set_or_moved()

    def _clause_of(self, size: float) -> str:
        """The part of the words that a number stands in, of several that stand beside each other;
        all of them where it is not one number of them."""
        places = [q.start for q in self._quantities if any(is_same(size, abs(x))
                  for x in written_forms(q))]  # fmt: skip
        if len(places) != 1:
            return self.said
        ends = [m.end() for m in _CLAUSE.finditer(self.said)]
        start = max((end for end in ends if end <= places[0]), default=0)
        end = min((end for end in ends if end > places[0]), default=len(self.said))
        return self.said[start:end]

    def _states_a_limit(self) -> bool:
        """Whether something in the reading limits: a constraint, a bound, the amount of one."""
        edits = self.reading.edits
        if self.reading.limits or any(
            isinstance(e, SetVariable | AddVariable | AddMember | Relax) for e in edits
        ):
            return True
        changed = [ParameterRef(name=e.parameter) for e in edits if isinstance(e, ChangeValues)]
        references = [*changed, *(reference for reference, _ in self.reading.references)]
        return any(_limits_by(self.reading.program, one) for one in references)

    def _moves(self) -> Iterator[tuple[float, float]]:
        """Which way each number moves, and by how much."""
        for edit in self.reading.edits:
            match edit:
                case ScaleNumber(percent=percent):
                    yield percent, abs(percent)
                case ChangeValues(how="by" | "percent", amount=amount):
                    yield amount, abs(amount)
                case SetNumber(reference=reference, value=value) if value is not None:
                    now = value_of(self.reading.program, reference)
                    by = None if now is None else value - now
                    if by is not None and any(
                        is_same(abs(by), abs(q.value)) for q in self._quantities
                    ):
                        yield by, abs(by)

    def _moved_unsaid(self) -> Iterator[str]:
        """`There is room for 40` is no 40 on top of what there is."""
        if _STEP.search(self.said) is not None:
            return
        for edit in self.reading.edits:
            if not isinstance(edit, SetNumber | ChangeValues):
                continue
            amounts = edit.amount if isinstance(edit, ChangeValues) else edit.value
            for q in self._quantities if amounts is not None else ():
                moved = any(is_same(size, abs(q.value)) for _, size in self._moves())
                if moved and not is_same(amounts or 0.0, q.value) and q.kind is not Kind.PERCENT:
                    yield f"it moves by {q.text}, and the words may mean that it becomes that"

    def _set_or_moved(self) -> Iterator[str]:
        """`we lost 2 kg` is a loss of 2, not 2 that are left."""
        changed = LESS.search(self.said) or MORE.search(self.said)
        if changed is None:
            yield from self._moved_unsaid()
            return
        for edit in self.reading.edits:
            if isinstance(edit, ChangeValues) and edit.how == "to":
                values = [edit.amount]
            elif isinstance(edit, SetNumber) and edit.value is not None:
                values = [edit.value]
            else:
                continue
            for q in self._quantities:
                is_it = any(is_same(x, q.value) for x in values) or self._is_converted(q)
                now = (
                    value_of(self.reading.program, edit.reference)
                    if isinstance(edit, SetNumber)
                    else None
                )
                moved = now is not None and any(is_same(abs(x - now), abs(q.value)) for x in values)
                stands = _BECOMES.search(
                    self.said[: q.start]
                ) is not None and not _FOLLOWED_BY_CHANGE.search(self.said[q.end :])
                to = re.search(r"\bto\s*[$€£]?$", self.said[: q.start], re.IGNORECASE)
                if moved and to and not is_it:
                    yield f"it moves by {q.text}, and the words may mean that it becomes that"
                if is_it and not moved and not stands and not self._moved_converted(q, edit):
                    yield f"it becomes {values[0]:g}, and the words may mean a change by that much"

    def _moved_converted(self, q: Quantity, edit: Edit) -> bool:
        if not isinstance(edit, SetNumber) or edit.value is None:
            return False
        unit, now = unit_said(self.said, q), value_of(self.reading.program, edit.reference)
        if unit is None or now is None:
            return False
        try:
            problem = self.vocabulary.problem
            step = measured(self.reading.program, edit.reference, q.value, unit.text, problem)
        except OptwrightError:
            return False
        return is_same(abs(edit.value - now), step.value)

    def aims(self) -> Iterator[str]:
        """What should become large does not become small, and `as little as possible` of a change
        is not of an amount."""
        high, low = _HIGH.search(self.said), _LOW.search(self.said)
        for edit in self.reading.edits:
            if isinstance(edit, SetObjective):
                sense = edit.sense
            elif isinstance(edit, AddObjective):
                sense = edit.objective.sense
            else:
                continue
            if (sense is Sense.MAXIMIZE and low and not high) or (
                sense is Sense.MINIMIZE and high and not low
            ):
                yield "it aims the other way"
        if _NEAR.search(self.said) and self.reading.edits and not self.reading.least:
            yield "the plan would not be kept near what it is"
