"""A slot table held against what the numbers of a draft do.

Somebody who knows the words alone has said to which decision each number belongs, which limit it
counts toward, and of which total a share is taken; the arrays of the draft say where it stands. A
number that the table leaves open, or that two places of the draft could be, is given the benefit of
the doubt. What does not fit is advice, as sure as whoever filled the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, isfinite

from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.judge import not_judged
from optwright.agents.checks.plans.question import Decision
from optwright.agents.checks.slots.differences import Arrays, Moved, Place, bound_of, differences
from optwright.agents.checks.slots.ends import Ends, ends
from optwright.agents.checks.slots.table import (
    Annotator,
    Direction,
    Role,
    Slot,
    SlotQuestion,
)
from optwright.agents.findings import Fault, Finding
from optwright.agents.text.quantities import Kind, Quantity, quantities, same
from optwright.solvers.data.table import Table
from optwright.solvers.model.formulation import Domain, Formulation

_OWN = frozenset({Role.WORTH, Role.USE, Role.SHARE})


@dataclass(frozen=True)
class SlotCheck:
    """Asks `annotator` where the numbers of the text belong, once for each set of decisions, and
    holds a draft against it. It raises what the annotator raises."""

    annotator: Annotator
    name: str = "slots"

    def findings(self, context: CheckContext) -> tuple[Finding, ...]:
        """Nothing of a draft that is not linear or too large to be lowered so often."""
        found = differences(context.formulation, context.tables)
        if found is None:
            return ()
        table = self.annotator.fill(question_of(context))
        if table.problem:
            return (not_judged(table.problem),)
        return tuple(
            _Comparison(context.formulation, *found, table.slots, context.tables).findings()
        )


def question_of(context: CheckContext) -> SlotQuestion:
    """What whoever fills the table is shown."""
    decisions = tuple(
        Decision(v.name, v.meaning, v.indices, v.unit, v.domain is Domain.BINARY)
        for v in context.formulation.variables
    )
    numbers = quantities(context.text)
    return SlotQuestion(context.text, decisions, numbers, context.tables, context.shown_text)


def stands_for(number: Quantity, value: float) -> bool:
    """Whether a number of a draft is one of the text, as it is said or as a part of one."""
    said = {number.value, *number.also}
    if number.kind is Kind.PERCENT:
        said |= {number.value / 100}
    return any(same(each, abs(value)) for each in said)


@dataclass(frozen=True)
class _Comparison:
    formulation: Formulation
    arrays: Arrays
    places: Sequence[tuple[Place, Moved]]
    slots: Sequence[Slot]
    tables: Mapping[str, Table]

    def findings(self) -> Iterator[Finding]:
        for at, slot in enumerate(self.slots):
            if not self._places(slot):
                continue  # that a number is not used is for others to say
            if slot.role in (Role.WORTH, Role.USE):
                yield from self._of_entities(slot)
            if slot.role is Role.USE:
                yield from self._of_use(slot)
            if slot.role is Role.LIMIT:
                yield from self._of_limit(at, slot)
            if slot.role is Role.SHARE:
                yield from self._of_share(slot)

    @cached_property
    def _mentioned(self) -> frozenset[str]:
        """The decisions that the table gives a number to."""
        return frozenset().union(*(slot.decisions | slot.of for slot in self.slots))

    def _places(self, slot: Slot) -> list[tuple[Place, Moved]]:
        return [(p, m) for p, m in self.places if stands_for(slot.number, p.value)]

    def _alike(self, slot: Slot) -> list[Slot]:
        """The slots whose numbers are the same, so that a place may be any of theirs."""
        return [s for s in self.slots if stands_for(s.number, slot.number.value)]

    def _of_entities(self, slot: Slot) -> Iterator[Finding]:
        """A cost or coefficient that belongs to one decision and stands at another."""
        alike = self._alike(slot)
        if not slot.decisions or any(s.role not in _OWN or not s.decisions for s in alike):
            return
        stands_at = frozenset().union(*(moved.columns for _, moved in self._places(slot)))
        if not stands_at:
            return
        belongs = frozenset().union(*(s.decisions | s.of for s in alike))
        missing = {d for d in slot.decisions if not _any(d, stands_at)}
        extra = self._foreign(stands_at, belongs)
        if missing or extra:
            yield _finding(slot, f"belongs to {_list(slot.decisions)}", stands_at)

    def _of_use(self, slot: Slot) -> Iterator[Finding]:
        """A coefficient that stands in another row than the limit it counts toward."""
        if slot.toward is None or not 0 <= slot.toward < len(self.slots):
            return
        limit = self.slots[slot.toward]
        own = {row for _, moved in self._places(slot) for row, _ in moved.entries}
        other = {row for _, moved in self._places(limit) for row in moved.rows}
        if own and other and not own & other and not self._linked(own, other):
            said = f"counts toward {limit.number.text!r}"
            yield _finding(slot, said, own)

    def _linked(self, one: Iterable[str], other: Iterable[str]) -> bool:
        """Whether rows share a column that the table gives no number to: an amount in between."""
        columns = [
            {c for row in rows for c in self.arrays.rows.get(row, {}) if not self._known(c)}
            for rows in (one, other)
        ]
        return bool(columns[0] & columns[1])

    def _of_limit(self, at: int, slot: Slot) -> Iterator[Finding]:
        """A limit on other decisions, or one that points the other way."""
        rows = {row for _, moved in self._places(slot) for row in moved.limits}
        if not rows:
            return
        uses = [s for s in self.slots if s.toward == at]
        if slot.decisions and not uses:
            fitting = {row for row in rows if self._is_on(row, slot.decisions)}
            if not fitting:
                held = {c for row in rows for c in self.arrays.rows[row]}
                yield _finding(slot, f"limits {_list(slot.decisions)}", held)
                return
            rows = fitting
        counted = slot.decisions.union(*(s.decisions for s in uses))
        ways = {self._way(row, counted) for row in rows} - {Direction.NONE}
        if ways and slot.direction in _OPPOSITE and ways == {_OPPOSITE[slot.direction]}:
            yield _finding(slot, f"is {slot.direction.value}", rows)

    def _is_on(self, row: str, decisions: frozenset[str]) -> bool:
        columns = frozenset(self.arrays.rows[row])
        return all(_any(d, columns) for d in decisions) and not self._foreign(columns, decisions)

    def _way(self, row: str, counted: Iterable[str]) -> Direction:
        """How a row limits what is counted in it; none where that cannot be told."""
        lower, upper = self.arrays.limits[row]
        if _is_bound(row) and lower == 0:
            lower = -inf  # what nobody has to say of an amount
        signs = {a > 0 for c, a in self.arrays.rows[row].items() if any(_is(d, c) for d in counted)}
        if len(signs) != 1 or isfinite(lower) == isfinite(upper):
            return Direction.NONE
        is_most = isfinite(upper) == next(iter(signs))
        return Direction.MOST if is_most else Direction.LEAST

    def _of_share(self, slot: Slot) -> Iterator[Finding]:
        """A share of another total, of another's part, or the other way round."""
        if not slot.decisions or not slot.of:
            return
        written = {(place.element, place.value) for place, _ in self._places(slot)}
        found = [
            end
            for element, share in written
            for end in ends(self.formulation, element, share, self.tables)
        ]
        found = [end for end in found if all(map(self._known, {**end.part, **end.total}))]
        if not found:
            return
        fitting = [end for end in found if self._is_share(end, slot)]
        if not fitting:
            said = f"is the share that {_list(slot.decisions)} have of {_list(slot.of)}"
            yield _finding(slot, said, {end.row for end in found})
            return
        ways = {_way_of_share(end, slot) for end in fitting} - {Direction.NONE}
        if ways and slot.direction in _OPPOSITE and ways == {_OPPOSITE[slot.direction]}:
            yield _finding(slot, f"is {slot.direction.value}", {end.row for end in fitting})

    def _is_share(self, end: Ends, slot: Slot) -> bool:
        part, total = frozenset(end.part), frozenset(end.total)
        if not self._equal(part, slot.decisions):
            return False
        return self._equal(total, slot.of)

    def _equal(self, columns: frozenset[str], decisions: frozenset[str]) -> bool:
        return all(_any(d, columns) for d in decisions) and all(
            any(_is(d, c) for d in decisions) for c in columns
        )

    def _foreign(self, columns: Iterable[str], belongs: Iterable[str]) -> set[str]:
        """Columns of decisions that the table knows and that a number does not belong to."""
        own = tuple(belongs)
        return {c for c in columns if self._known(c) and not any(_is(d, c) for d in own)}

    def _known(self, column: str) -> bool:
        return any(_is(d, column) for d in self._mentioned)


_OPPOSITE = {Direction.MOST: Direction.LEAST, Direction.LEAST: Direction.MOST}


def _way_of_share(end: Ends, slot: Slot) -> Direction:
    own = {a > 0 for c, a in end.part.items() if any(_is(d, c) for d in slot.decisions)}
    if len(own) != 1 or isfinite(end.lower) == isfinite(end.upper):
        return Direction.NONE
    return Direction.MOST if isfinite(end.upper) == next(iter(own)) else Direction.LEAST


def _is_bound(row: str) -> bool:
    return row.startswith(bound_of(""))


def _is(decision: str, column: str) -> bool:
    """Whether a column is a decision's: itself, or one of its elements."""
    return column == decision or column.startswith(f"{decision}[")


def _any(decision: str, columns: Iterable[str]) -> bool:
    return any(_is(decision, column) for column in columns)


def _finding(slot: Slot, said: str, places: Iterable[str]) -> Finding:
    message = (
        f"by the words {slot.number.text!r} {said}, and in the model it stands at {_list(places)}"
    )
    return Finding(Fault.OPINION, message, words=slot.number.text)


def _list(names: Iterable[str]) -> str:
    listed = sorted(names)
    more = ", ..." if len(listed) > 4 else ""
    return ", ".join(listed[:4]) + more
