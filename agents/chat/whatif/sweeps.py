"""The best objective for many values of one number."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

import numpy as np

from optwright.agents.chat.labels import number_words, objective_words
from optwright.agents.chat.reply import Series
from optwright.agents.chat.whatif.comparison import NEAR, plain
from optwright.agents.chat.whatif.rows import row_behind
from optwright.agents.chat.whatif.scenario import Scenario, WhatIf
from optwright.agents.render import number
from optwright.errors import InputError
from optwright.solvers.analysis.feasible_range import first_feasible
from optwright.solvers.analysis.sensitivity import RowSensitivity, sensitivity
from optwright.solvers.backends.program import Program
from optwright.solvers.edit.references import NumberRef, write
from optwright.solvers.model.outcome import Status

MOST_POINTS = 200
MOST_BREAKS = 40


def sweep(
    whatif: WhatIf,
    base: Scenario,
    reference: NumberRef,
    low: float,
    high: float,
    *,
    steps: int = 13,
) -> Series:
    """The best objective for values of a number from `low` to `high`, each one solved.

    Where it is the limit of a linear program's row, `breaks` are the values at which one more
    unit of it begins to be worth something else, and `begins` is the first that leaves a
    solution, if `low` does not.
    """
    if not (isfinite(low) and isfinite(high) and low < high):
        raise InputError(f"a sweep goes from a lower to a higher number, not {low} to {high}")
    if not 2 <= steps <= MOST_POINTS:
        raise InputError(f"a sweep has 2 to {MOST_POINTS} points, not {steps}")
    values = np.linspace(low, high, steps).tolist()
    solved = [_at(whatif, base, reference, x) for x in values]
    begins = _begins(whatif, solved[0], reference, low, high)
    return Series(
        title=f"best objective by {number_words(base.program, reference)}",
        x=number_words(base.program, reference),
        y=objective_words(base.program),
        points=tuple((plain(x), _best(s)) for x, s in zip(values, solved, strict=True)),
        breaks=tuple(_breaks(whatif, base, reference, low if begins is None else begins, high)),
        begins=begins,
    )


def _at(whatif: WhatIf, base: Scenario, reference: NumberRef, value: float) -> Scenario:
    return whatif.scenario(number(value), _set(base.program, reference, value), base)


def _begins(
    whatif: WhatIf, lowest: Scenario, reference: NumberRef, low: float, high: float
) -> float | None:
    """The first value with a solution, where the lowest has none."""
    if (
        lowest.outcome.status is not Status.INFEASIBLE
        or row_behind(lowest.program, reference) is None
    ):
        return None
    highest = _set(lowest.program, reference, high).arrays
    if lowest.program.arrays is None or highest is None:
        return None
    share = first_feasible(lowest.program.arrays, highest, whatif.time_limit_s)
    return None if share is None else plain(low + share * (high - low))


def _breaks(
    whatif: WhatIf, base: Scenario, reference: NumberRef, low: float, high: float
) -> Iterator[float]:
    """Where the dual of a limit changes, by stepping from range to range."""
    row = row_behind(base.program, reference)
    if row is None:
        return
    at, step = low, NEAR * max(1.0, high - low)
    for _ in range(MOST_BREAKS):
        found = _row(whatif, _set(base.program, reference, at), row)
        if found is None or not at < found.high < high - step:
            return
        if found.high > low + step:
            yield round(found.high, 9)
        at = found.high + step


def _row(whatif: WhatIf, program: Program, row: str) -> RowSensitivity | None:
    model = program.arrays
    if model is None or model.has_integers or len(program.stages) > 1:
        return None  # a dual is of one objective
    found = sensitivity(model, limit_s=whatif.time_limit_s)
    return next((r for r in found.rows if r.name == row), None) if found else None


def _set(program: Program, reference: NumberRef, value: float) -> Program:
    return write(program, reference, lambda _: value)


def _best(scenario: Scenario) -> float | None:
    return None if scenario.objective is None else plain(scenario.objective)
