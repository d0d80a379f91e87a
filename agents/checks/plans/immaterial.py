"""Limits that the best plan does not hang on: it is as good without them.

Who reads an equation as "at least" reads the words otherwise than the draft, and comes to the same
answer: letting go of the other side changes nothing. Such a difference is worth saying and refutes
no answer, so long as the best plan itself is allowed and its value right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from optwright.agents.checks.plans.sides import Side
from optwright.solvers.backends.searches import Change, Limits, Search
from optwright.solvers.model.linear_model import LinearModel


def let_go(model: LinearModel, sides: Iterable[Side]) -> Change:
    """The model without these sides; an amount that has to be 5 may be 0
    then, and not less."""
    rows: dict[int, Limits] = {}
    columns: dict[int, Limits] = {}
    for side in sides:
        own, lower, upper = (
            (rows, model.row_lower, model.row_upper)
            if side.is_row
            else (columns, model.lower, model.upper)
        )
        low, high = own.get(side.place, (float(lower[side.place]), float(upper[side.place])))
        # A bound of 5 becomes one of 0; where 0 itself is asked about, another may be negative.
        floor = 0.0 if not side.is_row and low > 0.0 else -np.inf
        own[side.place] = (low, np.inf) if side.is_upper else (floor, high)
    return Change(rows, columns)


def without(model: LinearModel, groups: Sequence[Sequence[Side]]) -> list[Search]:
    """One search for each group of sides let go, by the model's own objective."""
    return [Search((let_go(model, group),)) for group in groups]
