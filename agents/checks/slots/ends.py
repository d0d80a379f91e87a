"""A share at its ends: at 0 only the part itself is left in its row, and what comes in on the way
to 1 is the total that the share was taken of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from optwright.agents.checks.slots.differences import Arrays, places
from optwright.solvers.data.table import Table
from optwright.solvers.model.formulation import Formulation

_NEAR = 1e-9


@dataclass(frozen=True)
class Ends:
    """One row with a share in it. `part` are the columns that are left at 0, `total` those that the
    share is taken of, each with its coefficient; `lower` and `upper` are the row's limits."""

    row: str
    part: Mapping[str, float]
    total: Mapping[str, float]
    lower: float
    upper: float


def ends(
    formulation: Formulation, element: str, share: float, tables: Mapping[str, Table]
) -> Iterator[Ends]:
    """What a share that is written in an element, once or several times, does in each row that it
    is in, by the draft at 0 and at 1."""
    none, whole = (Arrays.of(_with(formulation, element, share, end), tables) for end in (0.0, 1.0))
    if none is None or whole is None:
        return
    for row in none.rows.keys() & whole.rows.keys():
        at_none, at_whole = none.rows[row], whole.rows[row]
        columns = {*at_none, *at_whole}
        change = {c: at_whole.get(c, 0.0) - at_none.get(c, 0.0) for c in columns}
        total = {c: d for c, d in change.items() if abs(d) > _NEAR}
        if total:
            yield Ends(row, at_none, total, *none.limits[row])


def _with(formulation: Formulation, element: str, share: float, end: float) -> Formulation:
    """The draft with the share at an end, wherever it is written in the element."""
    if share in (0.0, 1.0):
        return formulation
    for place in places(formulation):
        if place.element == element and place.value == share:
            return _with(place.put(end), element, share, end)
    return formulation
