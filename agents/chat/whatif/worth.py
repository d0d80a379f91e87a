"""What one more unit of a limit is worth, and what each limit costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite

import numpy as np

from optwright.agents.chat.labels import Spoken, number_words, split_row
from optwright.agents.chat.reply import Grid
from optwright.agents.chat.whatif.comparison import NEAR, ended, is_same
from optwright.agents.chat.whatif.rows import is_row_of
from optwright.agents.chat.whatif.scenario import Scenario, WhatIf
from optwright.agents.prices import NEGLIGIBLE, Price, prices, ranged
from optwright.agents.render import number
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.protocol import FromArrays
from optwright.solvers.backends.solver import solve
from optwright.solvers.edit.operations import DropConstraint, Relax
from optwright.solvers.edit.references import NumberRef, ParameterRef, formulation_of, read, write
from optwright.solvers.language.labels import words_or_name
from optwright.solvers.model.outcome import Outcome, Reached, SolveOptions, Status

MOST_LIMITS = 24  # constraints that are dropped one by one to see what each costs
MOST_COLUMNS = 200_000  # up to which the worth of limits is ranged, when somebody asks for it
MOST_WORTH = 5  # rows whose worth is told one by one
_ENDLESS = (Status.UNBOUNDED, Status.INFEASIBLE_OR_UNBOUNDED)


def worth(whatif: WhatIf, base: Scenario, rows: Sequence[str]) -> list[str]:
    """What one more unit of some rows' limits does to the objective, as sentences, the most
    valuable first.

    For linear programs the dual with the range it holds in; where a unit is more than that
    range, and with whole numbers, the limit is moved by one unit and the program solved again.
    """
    model = base.program.arrays
    words = Spoken(base.program.formulation)
    if base.objective is None:
        return ["What it is worth cannot be said: the model has no optimum."]
    if model is None or len(base.program.stages) > 1:
        return [_worth_of_room(whatif, base, r, words.row(r)) for r in rows[:MOST_WORTH]]
    priced = {} if model.has_integers else _priced(whatif, base)
    wanted = sorted(rows, key=lambda r: -abs(priced[r].change) if r in priced else 0.0)
    told = [
        _worth_in_range(base, priced[row], row, words)
        if row in priced and priced[row].is_sure
        else _worth_by_solving(whatif, base, row, words)
        for row in wanted[:MOST_WORTH]
    ]
    if len(wanted) > MOST_WORTH:
        told.append(f"There are {len(wanted) - MOST_WORTH} more; name one of them.")
    return told


def worth_of_number(whatif: WhatIf, base: Scenario, reference: NumberRef) -> str:
    """What one more unit does of a number that is not the whole limit of a row, such as the demand
    in `stock == before + make - demand` or the most that a decision may be: solved with it,
    wherever it stands."""
    if base.objective is None:
        return "What it is worth cannot be said: the model has no optimum."
    more = write(base.program, reference, lambda value: value + 1.0)
    what = _told_change(base, whatif.scenario("one more", more, base).outcome)
    many = isinstance(reference, ParameterRef) and not reference.at
    many = many and read(base.program, reference) is None
    name = ("each value of " if many else "") + number_words(base.program, reference)
    return f"One more unit of {name} {what} (solved again with it)."


def _priced(whatif: WhatIf, base: Scenario) -> dict[str, Price]:
    duals = {row: {"dual": dual} for row, dual in base.outcome.duals.items()}
    figures = ranged(base.program, duals, columns=MOST_COLUMNS, limit_s=whatif.time_limit_s)
    return prices(base.program.formulation, figures)


def _worth_in_range(base: Scenario, price: Price, row: str, words: Spoken) -> str:
    if abs(price.change) > NEGLIGIBLE:
        does = f"{_gain(price.change, base)}{_range(price.low, price.high)}"
        return f"One more unit of {words.row(row)} {does}."
    slack = base.outcome.slacks.get(row, 0.0)
    room = f"; it has {number(slack)} to spare" if slack > NEAR else ""
    return f"One more unit of {words.row(row)} changes nothing{room}."


def _worth_by_solving(whatif: WhatIf, base: Scenario, row: str, words: Spoken) -> str:
    sign = words.sign(row)
    if not sign:
        return f"{words.row(row)} states no amount of which there could be one more."
    what = _told_change(base, _with_one_more(whatif, base, row, sign))
    return f"One more unit of {words.row(row)} {what} (solved again with it)."


def _with_one_more(whatif: WhatIf, base: Scenario, row: str, sign: int) -> Outcome:
    """What comes of one more unit of a row's limit, as its words state it."""
    model = base.program.arrays
    assert model is not None
    step = np.where(np.array(model.row_names) == row, float(sign), 0.0)
    moved = replace(model, row_lower=model.row_lower + step, row_upper=model.row_upper + step)
    return solve(FromArrays(moved), whatif.solver, SolveOptions(time_limit_s=whatif.time_limit_s))


def _worth_of_room(whatif: WhatIf, base: Scenario, row: str, words: str) -> str:
    """For a program that is not linear, or seeks one objective after the other: its limit loosened
    by one unit."""
    family, members = split_row(row)
    after = whatif.changed(base, [Relax(row=family, members=members, amount=1.0)])
    what = _told_change(base, after.outcome)
    return f"One unit more room in {words} {what} (solved again with it)."


def limits(whatif: WhatIf, base: Scenario) -> Grid:
    """Every constraint with its slack, the worth of one more unit, and what the objective
    would be without it; what costs most comes first."""
    priced = {row: p.change for row, p in _priced(whatif, base).items() if p.is_sure}
    rows: list[tuple[float, tuple[str | float | None, ...]]] = []
    for constraint in formulation_of(base.program).constraints[:MOST_LIMITS]:
        names = [r for r in base.outcome.slacks if is_row_of(base.program, constraint.name, r)]
        slack = min((abs(base.outcome.slacks[r]) for r in names), default=None)
        dual = max((priced[r] for r in names if r in priced), key=abs, default=None)
        without, gain = _without(whatif, base, constraint.name, slack)
        title = words_or_name(constraint.name, constraint.text)
        rows.append((gain, (title, slack, dual, without)))
    rows.sort(key=lambda r: -r[0])
    return Grid(
        title="what each limit costs",
        head=("limit", "room left", "one more unit", "objective without it"),
        rows=tuple(row for _, row in rows),
    )


def _without(
    whatif: WhatIf, base: Scenario, name: str, slack: float | None
) -> tuple[str | float | None, float]:
    """The objective without a constraint, and how much better that is."""
    if base.objective is None:
        return None, 0.0
    if slack is not None and slack > NEAR and not _has_integers(base.program):
        return base.objective, 0.0  # a limit of a linear program with room costs nothing
    after = whatif.changed(base, [DropConstraint(name=name)])
    if after.objective is None:
        return ended(after), float("inf") if after.outcome.status in _ENDLESS else 0.0
    return after.objective, abs(after.objective - base.objective)


def _has_integers(program: Program) -> bool:
    return program.arrays is None or program.arrays.has_integers


def _told_change(base: Scenario, after: Outcome) -> str:
    if after.objective is None or base.objective is None:
        return "leaves no solution" if after.status is Status.INFEASIBLE else "cannot be solved for"
    if len(base.program.stages) > 1:
        return _told_changes(base.outcome.reached, after.reached)
    change = after.objective - base.objective
    return "changes nothing" if is_same(change, 0.0) else _gain(change, base)


def _told_changes(before: Sequence[Reached], after: Sequence[Reached]) -> str:
    """What becomes of each objective and goal, by name."""
    told = []
    for was, now in zip(before, after, strict=False):
        change = now.value - was.value
        if was.kind == "scenario" or is_same(now.value, was.value):
            continue
        better = (change > 0) == was.maximize
        verb = "improves" if better else "worsens"
        told.append(f"{verb} {was.name!r} by {number(abs(change))}")
    return " and ".join(told) or "changes nothing"


def _gain(change: float, base: Scenario) -> str:
    gains = (change > 0) == base.maximizes
    return f"{'improves' if gains else 'worsens'} the objective by {number(abs(change))}"


def _range(low: float, high: float) -> str:
    if isfinite(low) and isfinite(high):
        return f", as long as the limit is between {number(low)} and {number(high)}"
    if isfinite(low):
        return f", as long as the limit is at least {number(low)}"
    return f", as long as the limit is at most {number(high)}" if isfinite(high) else ""
