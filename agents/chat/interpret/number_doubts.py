"""Doubts about numbers: not used, not said, of something else, or large."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import numpy as np

from optwright.agents.chat.interpret.touched import literals, names_used, new_numbers, value_of
from optwright.agents.chat.interpret.turn_words import TurnWords, fits, is_same, written_forms
from optwright.agents.chat.interpret.units import measured, unit_said
from optwright.agents.chat.interpret.words import content
from optwright.agents.text.quantities import Kind, Quantity, quantities
from optwright.agents.text.wording import stem
from optwright.errors import OptwrightError
from optwright.solvers.backends.program import Program
from optwright.solvers.edit.operations import (
    AddConstraint,
    AddMember,
    AddTerm,
    ChangeConstraint,
    ChangeValues,
    Edit,
    ScaleNumber,
    SetNumber,
    apply,
)
from optwright.solvers.edit.references import (
    BoundRef,
    CoefficientRef,
    ParameterRef,
    RhsRef,
    rows_of,
)
from optwright.solvers.model.formulation import Constraint, Domain
from optwright.solvers.model.syntax import Add, Number


class NumberDoubts(TurnWords):
    """Numbers that were said against those of a reading."""

    def unused(self) -> Iterator[str]:
        used = [*self.reading.said_numbers, *self.reading.known_numbers]
        for q in self._quantities:
            if not any(fits(q, x) for x in used) and not self._is_converted(q):
                yield f"{q.text.strip()!r} is not used"

    def invented(self) -> Iterator[str]:
        said = [x for q in quantities(self.said) for x in written_forms(q)]
        said += [float(m) for m in re.findall(r"\d+(?:\.\d+)?", self.said)]
        said += [*self.reading.known_numbers, 0.0, 1.0]
        members = self.vocabulary.members
        sizes = [float(len(texts)) for texts in members.texts.values()]
        said += [*sizes, *(size - 1 for size in sizes)]  # the last, and the last but one
        said += self._places_said
        model = self.vocabulary.model
        texts = [model.objective.expression, *(c.expression for c in model.constraints)]
        known = {x for text in texts for x in literals(text, "")}
        for edit in self.reading.edits:
            if isinstance(edit, AddMember):
                yield from self._given_up(edit)
            if isinstance(edit, AddConstraint | ChangeConstraint):
                yield from self._one_of_many(edit.constraint)
            for value in new_numbers(edit, self.reading.program):
                if not any(is_same(abs(x), abs(value)) for x in (*said, *known)) and not (
                    any(self._gives(q, value) for q in self._quantities)
                ):
                    yield f"{value:g} is not a number that was said"

    def _one_of_many(self, constraint: Constraint) -> Iterator[str]:
        """1 counts yes or no; of anything else it is an amount, which somebody says."""
        used = names_used(constraint.expression, "")
        decisions = [v for v in self.vocabulary.variables if v.name in used]
        if not decisions or any(v.domain is Domain.BINARY for v in decisions):
            return
        said = any(is_same(x, 1.0) for q in quantities(self.said) for x in written_forms(q))
        amounts = _as_amounts(AddConstraint(constraint=constraint), self.reading.program)
        if not said and any(x == 1.0 for x in amounts):
            yield "1 is not a number that was said"

    def _given_up(self, edit: AddMember) -> Iterator[str]:
        """What a new member costs or takes is 0 only where somebody said so."""
        if any(q.value == 0 for q in quantities(self.said)):
            return
        for name, values in edit.values.items():
            if 0.0 in new_numbers(edit.model_copy(update={"values": {name: values}}), None):
                yield f"0 was not said of {name!r}"

    def shares(self) -> Iterator[str]:
        """`Half of what Gent gets` is a share of something, not 0.5; a fifth is not 5."""
        for q in self._quantities:
            if q.kind not in (Kind.SHARE, Kind.MULTIPLE):
                continue
            whole = 1 / q.value if q.value else 0.0
            for edit in self.reading.edits:
                for value in _as_amounts(edit, self.reading.program):
                    if is_same(abs(value), q.value):
                        yield f"{q.text!r} is taken as the amount {value:g}"
            for constraint in self.reading.limits:
                factors = literals(constraint.expression, constraint.forall)
                turned = any(is_same(x, whole) for x in factors)
                if (
                    turned
                    and not any(is_same(x, q.value) for x in factors)
                    and not _divides(constraint.expression)
                ):
                    yield f"{q.text!r} is taken as {whole:g}"

    @cached_property
    def _places_said(self) -> list[float]:
        """The places, from 1, of the members that were said: `ord(t) >= 3` is from the third on."""
        members = self.vocabulary.members
        return [
            float(at[m] + 1)
            for m in members.named(self.said)
            for at in members.positions.values()
            if m in at
        ]

    def _gives(self, q: Quantity, value: float) -> bool:
        unit = unit_said(self.said, q)
        for reference, _ in self.reading.references:
            now = value_of(self.reading.program, reference)
            if now is not None and any(is_same(abs(value - now), abs(x)) for x in written_forms(q)):
                return True
            if unit is None:
                continue
            try:
                problem = self.vocabulary.problem
                to = measured(self.reading.program, reference, q.value, unit.text, problem).value
            except OptwrightError:
                continue
            if is_same(to, value) or (now is not None and is_same(to, abs(value - now))):
                return True
        return False

    def percentages(self) -> Iterator[str]:
        """A percentage changes by a share, and an amount does not."""
        percent = [q.value for q in self._quantities if q.kind is Kind.PERCENT]
        plain = [q.value for q in self._quantities if q.kind in (Kind.NUMBER, Kind.WORD)]
        for edit in self.reading.edits:
            match edit:
                case ScaleNumber(percent=x) | ChangeValues(how="percent", amount=x):
                    if any(is_same(abs(x), p) for p in plain) and not any(
                        is_same(abs(x), p) for p in percent
                    ):
                        yield f"{abs(x):g} is no percentage in the words"
                case ChangeValues(how="by" | "to", amount=x):
                    if any(is_same(abs(x), p) for p in percent):
                        yield f"{abs(x):g} is a percentage in the words"
                case SetNumber(reference=reference, value=value) if value is not None:
                    now = value_of(self.reading.program, reference)
                    moved = [abs(value)] + ([] if now is None else [abs(value - now)])
                    if any(is_same(x, p) for x in moved for p in percent):
                        yield "it changes by an amount, and the words by a percentage"

    def order(self) -> Iterator[str]:
        """Numbers of several changes are said in the order of what they are said of."""
        pairs = []
        found = list(_paired(self.reading.edits, self.reading.program))
        everything = [self._names_of(names) for names, _ in found]
        for at, (_, value) in enumerate(found):
            others = frozenset().union(*(w for k, w in enumerate(everything) if k != at))
            place = self._first_place(everything[at] - others)
            number = [q.start for q in self._quantities if any(is_same(abs(v), abs(x))
                      for x in written_forms(q) for v in value)]  # fmt: skip
            if place is not None and len(number) == 1:
                pairs.append((place, number[0]))
        by_name, by_number = sorted(pairs), sorted(pairs, key=lambda pair: pair[1])
        if [n for _, n in by_name] != [n for _, n in by_number]:
            yield "its numbers may belong to one another's names"

    def _names_of(self, names: Iterable[str]) -> frozenset[str]:
        """The words for a part of the model, or a member, in lower case."""
        found: set[str] = set()
        variables = {v.name for v in self.vocabulary.variables}
        for name in names:
            found |= content(name) | {name.lower()}
            if name in variables:
                found |= self._own_words(name)
            else:
                found |= {word for word, owners in self._owners.items() if name in owners}
        return frozenset(found)

    def _first_place(self, words: frozenset[str]) -> int | None:
        for match in re.finditer(r"[^\W\d_]+|\S+", self.said):
            low = match[0].lower().strip(",.;:!?")
            if low in words or stem(low) in words:
                return match.start()
        return None

    def large_changes(self) -> Iterator[str]:
        for reference, value in self.reading.references:
            now = value_of(self.reading.program, reference)
            if now and value and now * value > 0:
                ratio = max(value / now, now / value)
                if ratio > LARGE_CHANGE:
                    yield f"it is {now:g} now, and would be {value:g}"
        for edit in self.reading.edits:
            if isinstance(edit, ChangeValues):
                yield from self._of_many(edit)

    def _of_many(self, edit: ChangeValues) -> Iterator[str]:
        """Many values that change by a lot, or that differ and would all be one."""
        program = self.reading.program
        before = program.instance.parameters[edit.parameter].values
        after = apply(program, [edit]).instance.parameters[edit.parameter].values
        moved = (before != after) & ~np.isnan(before)
        was, becomes = before[moved], after[moved]
        if edit.how == "to" and len(np.unique(was)) > 1:
            yield f"{len(was):,} values of {edit.parameter!r} that differ would all be one"
            return
        alike = was * becomes > 0
        if alike.any():
            ratio = np.maximum(becomes[alike] / was[alike], was[alike] / becomes[alike])
            at = int(ratio.argmax())
            if ratio[at] > LARGE_CHANGE:
                yield f"{was[alike][at]:g} now would be {becomes[alike][at]:g}"


LARGE_CHANGE = 5.0
"""A number that becomes this many times what it was, or a part of it, is shown first."""


def _as_amounts(edit: Edit, program: Program) -> Iterator[float]:
    """Numbers that an edit takes as they are: nothing is multiplied by them."""
    match edit:
        case ChangeValues(how="by" | "to", amount=amount):
            yield amount
        case SetNumber(reference=reference, value=value) if value is not None:
            now = value_of(program, reference)
            yield value
            if now is not None and not any(is_same(value, now * x) for x in (0.5, 1.5)):
                yield value - now
        case AddConstraint(constraint=c) | ChangeConstraint(constraint=c):
            for _, comparison in rows_of(c):
                for side in (comparison.left, comparison.right):
                    terms = side.terms if isinstance(side, Add) else (side,)
                    yield from (term.value for term in terms if isinstance(term, Number))


def _divides(expression: str) -> bool:
    return "/" in expression


def _paired(
    edits: Sequence[Edit], program: Program
) -> Iterator[tuple[tuple[str, ...], tuple[float, ...]]]:
    """Numbers of edits, each as it may have been said, with what it is said of: names of parts, or
    members."""
    for edit in edits:
        match edit:
            case AddTerm(element=element, term=term) if element != "objective":
                if len(found := literals(term, "")) == 1:
                    yield (element,), (found[0],)
            case AddMember(values=values):
                for inner in values.values():
                    if isinstance(inner, dict):
                        yield from (((m,), (x,)) for m, x in inner.items() if isinstance(x, float))
            case ChangeValues(parameter=name, at=at, amount=amount):
                members = [m for one in at for m in one]
                yield tuple(members) or (name,), (amount,)
            case SetNumber(reference=reference, value=value) if value is not None:
                now = value_of(program, reference)
                said = (value,) if now is None else (value, value - now)
                match reference:
                    case ParameterRef(name=name, at=place):
                        yield place or (name,), said
                    case RhsRef(row=row):
                        yield (row,), said
                    case CoefficientRef(decision=decision):
                        yield tuple(sorted(names_used(decision, ""))), said
                    case BoundRef(variable=name):
                        yield (name,), said
            case AddConstraint(constraint=constraint):
                used = names_used(constraint.expression, "")
                found = [x for x in literals(constraint.expression, "") if x not in (0.0, 1.0)]
                if len(found) == 1:
                    yield tuple(sorted(used)), (found[0],)
