"""A slot table from a right model: for measuring what the comparison finds without anybody's
errors. Numbers that stand for several things in it are left open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import isfinite

from optwright.agents.checks.slots.check import stands_for
from optwright.agents.checks.slots.differences import Arrays, Moved, Place, differences
from optwright.agents.checks.slots.ends import ends
from optwright.agents.checks.slots.table import Direction, Role, Slot, SlotQuestion, SlotTable
from optwright.agents.text.quantities import Kind, Quantity
from optwright.solvers.data.table import Table
from optwright.solvers.model.formulation import Formulation


@dataclass(frozen=True)
class KnowingAnnotator:
    """Fills tables by a right model whose decisions have the draft's names."""

    formulation: Formulation
    tables: Mapping[str, Table] = field(default_factory=dict)
    name: str = "a right model"

    def fill(self, question: SlotQuestion) -> SlotTable:
        if self._found is None:
            return SlotTable(tuple(map(Slot, question.numbers)))
        slots = tuple(self._slot(n, question.numbers) for n in question.numbers)
        return SlotTable(tuple(self._with_limit(slot, slots) for slot in slots))

    @cached_property
    def _found(self) -> tuple[Arrays, tuple[tuple[Place, Moved], ...]] | None:
        return differences(self.formulation, self.tables)

    def _place(self, number: Quantity, numbers: Sequence[Quantity]) -> tuple[Place, Moved] | None:
        """Where a number stands: the places of its value are its and its equals', in order."""
        assert self._found is not None
        here = [(p, m) for p, m in self._found[1] if stands_for(number, p.value)]
        equals = [n for n in numbers if stands_for(number, n.value) or stands_for(n, number.value)]
        if not here or (len(equals) > 1 and len(here) != len(equals)):
            return None
        if len(equals) > 1:
            return here[equals.index(number)]
        whole = Moved(
            *(frozenset().union(*(getattr(m, f) for _, m in here))
              for f in ("costs", "entries", "limits"))
        )  # fmt: skip
        return here[0][0], whole

    def _slot(self, number: Quantity, numbers: Sequence[Quantity]) -> Slot:
        place = self._place(number, numbers)
        if place is None:
            return Slot(number)
        _, moved = place
        kinds = [bool(moved.costs), bool(moved.entries), bool(moved.limits)]
        if sum(kinds) != 1:
            return Slot(number)
        if moved.costs:
            return Slot(number, Role.WORTH, moved.costs)
        if moved.limits:
            return self._limit(number, moved)
        if number.kind in (Kind.PERCENT, Kind.SHARE, Kind.MULTIPLE):
            return self._share(number, place[0])
        return Slot(number, Role.USE, moved.columns)

    def _limit(self, number: Quantity, moved: Moved) -> Slot:
        assert self._found is not None
        arrays = self._found[0]
        if len(moved.limits) != 1:
            return Slot(number)
        (row,) = moved.limits
        lower, upper = arrays.limits[row]
        signs = {a > 0 for a in arrays.rows[row].values()}
        way = Direction.NONE
        if len(signs) == 1 and isfinite(lower) != isfinite(upper):
            is_most = isfinite(upper) == next(iter(signs))
            way = Direction.MOST if is_most else Direction.LEAST
        elif lower == upper:
            way = Direction.EXACT
        return Slot(number, Role.LIMIT, frozenset(arrays.rows[row]), way)

    def _share(self, number: Quantity, place: Place) -> Slot:
        found = list(ends(self.formulation, place.element, place.value, self.tables))
        if len(found) != 1 or not found[0].part:
            return Slot(number)
        (end,) = found
        signs = {a > 0 for a in end.part.values()}
        way = Direction.NONE
        if len(signs) == 1 and isfinite(end.lower) != isfinite(end.upper):
            is_most = isfinite(end.upper) == next(iter(signs))
            way = Direction.MOST if is_most else Direction.LEAST
        return Slot(number, Role.SHARE, frozenset(end.part), way, of=frozenset(end.total))

    def _with_limit(self, slot: Slot, slots: Sequence[Slot]) -> Slot:
        """A use with the limit of its row, where one number of the text is that limit."""
        numbers = [s.number for s in slots]
        place = self._place(slot.number, numbers) if slot.role is Role.USE else None
        if place is None:
            return slot
        rows = {row for row, _ in place[1].entries}
        toward = [
            at
            for at, other in enumerate(slots)
            if other.role is Role.LIMIT
            and (found := self._place(other.number, numbers)) is not None
            and found[1].limits & rows
        ]
        return replace(slot, toward=toward[0]) if len(toward) == 1 else slot
