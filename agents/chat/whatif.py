"""What-if: what a change, a limit or a wish does to the optimum, computed and never guessed.

Nothing here calls a language model. Every figure is a solve of the changed program or a dual that
holds in a stated range.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from time import perf_counter

import numpy as np

from optwright.agents.chat.dials import (
    BoundDial,
    Dial,
    LimitDial,
    ParameterDial,
    constraint_named,
    formulation_of,
    parameter_behind,
    read,
    rows_of,
    write,
)
from optwright.agents.chat.edits import (
    DropConstraint,
    Edit,
    Force,
    Relax,
    SetNumber,
    apply,
)
from optwright.agents.chat.reply import Grid, Option, Series
from optwright.agents.chat.spoken import Spoken, dial_words, objective_words, split_row, told
from optwright.agents.prices import NEGLIGIBLE, Price, prices, ranged
from optwright.agents.render import number
from optwright.errors import InputError
from optwright.solvers.arrays import LinearModel
from optwright.solvers.conflict import Conflict, Kind, find_conflict
from optwright.solvers.diagnosis import diagnose
from optwright.solvers.feasible_range import first_feasible
from optwright.solvers.formulation import Sense
from optwright.solvers.highs import Basis
from optwright.solvers.outcome import Outcome, SolveOptions, Status
from optwright.solvers.program import Program
from optwright.solvers.relaxation import Change, smallest_relaxation
from optwright.solvers.sensitivity import RowSensitivity, sensitivity
from optwright.solvers.solver import FromArrays, solve
from optwright.solvers.worker import solve_warm

MOST_POINTS = 200
MOST_LIMITS = 24  # constraints that are dropped one by one to see what each costs
MOST_OPTIONS = 4
MOST_GIVING_WAY = 6  # limits that one way out may change
MOST_BREAKS = 40
PATIENCE_S = 2.0  # for searches that nobody asked for
MOST_COLUMNS = 200_000  # up to which the worth of limits is ranged, when somebody asks for it
MOST_WORTH = 5  # rows whose worth is told one by one
_NEAR = 1e-6


@dataclass(frozen=True)
class Scenario:
    """A program with what came of it."""

    name: str
    program: Program
    outcome: Outcome
    basis: Basis | None = field(default=None, compare=False, repr=False)
    """Where the simplex method ended, for linear programs solved in this process."""

    @property
    def objective(self) -> float | None:
        return self.outcome.objective

    @property
    def maximizes(self) -> bool:
        return formulation_of(self.program).objective.sense is Sense.MAXIMIZE


@dataclass(frozen=True)
class WhatIf:
    """Solves changed programs. `time_limit_s` is for each solve."""

    solver: str = "auto"
    time_limit_s: float = 60.0

    def scenario(self, name: str, program: Program, near: Scenario | None = None) -> Scenario:
        """A program solved. Of a linear one, the simplex method begins where that of `near`
        ended."""
        options = SolveOptions(time_limit_s=self.time_limit_s)
        model = program.arrays
        if model is None or model.has_integers or self.solver not in ("auto", "highs"):
            return Scenario(name, program, solve(program, self.solver, options))
        start = None if near is None else _start(near, model)
        outcome, basis = solve_warm(model, options, start)
        return Scenario(name, program, outcome, basis)

    def changed(self, base: Scenario, edits: Sequence[Edit], name: str = "changed") -> Scenario:
        """The scenario after some edits; raises `InputError` as `apply` does."""
        return self.scenario(name, apply(base.program, edits), base)

    def quick(self) -> WhatIf:
        """The same for what nobody asked for: it must not take long."""
        return replace(self, time_limit_s=min(self.time_limit_s, PATIENCE_S))

    # Sweeps

    def sweep(self, base: Scenario, dial: Dial, low: float, high: float, steps: int = 13) -> Series:
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
        solved = [self._at(base, dial, x) for x in values]
        begins = self._begins(base, dial, solved[0], low, high)
        return Series(
            title=f"best objective by {dial_words(base.program, dial)}",
            x=dial_words(base.program, dial),
            y=objective_words(base.program),
            points=tuple((plain(x), _best(s)) for x, s in zip(values, solved, strict=True)),
            breaks=tuple(self._breaks(base, dial, low if begins is None else begins, high)),
            begins=begins,
        )

    def _at(self, base: Scenario, dial: Dial, value: float) -> Scenario:
        return self.scenario(number(value), _set(base.program, dial, value), base)

    def _begins(
        self, base: Scenario, dial: Dial, lowest: Scenario, low: float, high: float
    ) -> float | None:
        """The first value with a solution, where the lowest has none."""
        if lowest.outcome.status is not Status.INFEASIBLE or row_behind(base.program, dial) is None:
            return None
        highest = _set(base.program, dial, high).arrays
        if lowest.program.arrays is None or highest is None:
            return None
        share = first_feasible(lowest.program.arrays, highest, self.time_limit_s)
        return None if share is None else plain(low + share * (high - low))

    def _breaks(self, base: Scenario, dial: Dial, low: float, high: float) -> Iterator[float]:
        """Where the dual of a limit changes, by stepping from range to range."""
        row = row_behind(base.program, dial)
        if row is None:
            return
        at, step = low, _NEAR * max(1.0, high - low)
        for _ in range(MOST_BREAKS):
            found = self._row(_set(base.program, dial, at), row)
            if found is None or not at < found.high < high - step:
                return
            if found.high > low + step:
                yield round(found.high, 9)
            at = found.high + step

    def _row(self, program: Program, row: str) -> RowSensitivity | None:
        model = program.arrays
        if model is None or model.has_integers:
            return None
        found = sensitivity(model, limit_s=self.time_limit_s)
        return next((r for r in found.rows if r.name == row), None) if found else None

    # Comparing

    def comparison(self, scenarios: Sequence[Scenario]) -> tuple[Grid, ...]:
        """Status, objective and every decision that differs, scenarios side by side."""
        head = ("", *(s.name for s in scenarios))
        rows: list[tuple[str | float | None, ...]] = [
            (objective_words(scenarios[0].program), *(_ended(s) for s in scenarios))
        ]
        decisions = list(_differing([s.outcome.values for s in scenarios]))
        rows += decisions[:MOST_LIMITS]
        if len(decisions) > MOST_LIMITS:
            rows.append((f"and {len(decisions) - MOST_LIMITS} more", *("" for _ in scenarios)))
        return (Grid(title="side by side", head=head, rows=tuple(rows)),)

    # Worth of limits

    def worth(self, base: Scenario, rows: Sequence[str]) -> list[str]:
        """What one more unit of some rows' limits does to the objective, as sentences, the most
        valuable first.

        For linear programs the dual with the range it holds in; where a unit is more than that
        range, and with whole numbers, the limit is moved by one unit and the program solved again.
        """
        model = base.program.arrays
        words = Spoken(base.program.formulation)
        if base.objective is None:
            return ["What it is worth cannot be said: the model has no optimum."]
        if model is None:
            return [self._worth_of_room(base, r, words.row(r)) for r in rows[:MOST_WORTH]]
        priced = {} if model.has_integers else self._priced(base)
        wanted = sorted(rows, key=lambda r: -abs(priced[r].change) if r in priced else 0.0)
        told = [
            self._worth_in_range(base, priced[row], row, words)
            if row in priced and priced[row].is_sure
            else self._worth_by_solving(base, row, words)
            for row in wanted[:MOST_WORTH]
        ]
        if len(wanted) > MOST_WORTH:
            told.append(f"There are {len(wanted) - MOST_WORTH} more; name one of them.")
        return told

    def worth_of_data(self, base: Scenario, dial: ParameterDial) -> str:
        """What one more unit of a parameter does that is not the whole limit of a row, such as
        the demand in `stock == before + make - demand`: solved with it, wherever it stands."""
        if base.objective is None:
            return "What it is worth cannot be said: the model has no optimum."
        more = write(base.program, dial, lambda value: value + 1.0)
        what = _told_change(base, self.scenario("one more", more, base).outcome)
        many = not dial.at and read(base.program, dial) is None
        name = ("each value of " if many else "") + dial_words(base.program, dial)
        return f"One more unit of {name} {what} (solved again with it)."

    def _priced(self, base: Scenario) -> dict[str, Price]:
        duals = {row: {"dual": dual} for row, dual in base.outcome.duals.items()}
        figures = ranged(base.program, duals, columns=MOST_COLUMNS, limit_s=self.time_limit_s)
        return prices(base.program.formulation, figures)

    def _worth_in_range(self, base: Scenario, price: Price, row: str, words: Spoken) -> str:
        if abs(price.change) > NEGLIGIBLE:
            does = f"{_gain(price.change, base)}{_range(price.low, price.high)}"
            return f"One more unit of {words.row(row)} {does}."
        slack = base.outcome.slacks.get(row, 0.0)
        room = f"; it has {number(slack)} to spare" if slack > _NEAR else ""
        return f"One more unit of {words.row(row)} changes nothing{room}."

    def _worth_by_solving(self, base: Scenario, row: str, words: Spoken) -> str:
        sign = words.sign(row)
        if not sign:
            return f"{words.row(row)} states no amount of which there could be one more."
        what = _told_change(base, self._with_one_more(base, row, sign))
        return f"One more unit of {words.row(row)} {what} (solved again with it)."

    def _with_one_more(self, base: Scenario, row: str, sign: int) -> Outcome:
        """What comes of one more unit of a row's limit, as its words state it."""
        model = base.program.arrays
        assert model is not None
        step = np.where(np.array(model.row_names) == row, float(sign), 0.0)
        moved = replace(model, row_lower=model.row_lower + step, row_upper=model.row_upper + step)
        return solve(FromArrays(moved), self.solver, SolveOptions(time_limit_s=self.time_limit_s))

    def _worth_of_room(self, base: Scenario, row: str, words: str) -> str:
        """For a program that is not linear: its limit loosened by one unit."""
        family, members = split_row(row)
        after = self.changed(base, [Relax(row=family, members=members, amount=1.0)])
        what = _told_change(base, after.outcome)
        return f"One unit more room in {words} {what} (solved again with it)."

    def limits(self, base: Scenario) -> Grid:
        """Every constraint with its slack, the worth of one more unit, and what the objective
        would be without it; what costs most comes first."""
        priced = {row: p.change for row, p in self._priced(base).items() if p.is_sure}
        rows: list[tuple[float, tuple[str | float | None, ...]]] = []
        for constraint in formulation_of(base.program).constraints[:MOST_LIMITS]:
            names = [r for r in base.outcome.slacks if _is_row_of(constraint.name, r, base)]
            slack = min((abs(base.outcome.slacks[r]) for r in names), default=None)
            dual = max((priced[r] for r in names if r in priced), key=abs, default=None)
            without, gain = self._without(base, constraint.name, slack)
            title = told(constraint.name, constraint.text)
            rows.append((gain, (title, slack, dual, without)))
        rows.sort(key=lambda r: -r[0])
        return Grid(
            title="what each limit costs",
            head=("limit", "room left", "one more unit", "objective without it"),
            rows=tuple(row for _, row in rows),
        )

    def _without(
        self, base: Scenario, name: str, slack: float | None
    ) -> tuple[str | float | None, float]:
        """The objective without a constraint, and how much better that is."""
        if base.objective is None:
            return None, 0.0
        if slack is not None and slack > _NEAR and not _has_integers(base.program):
            return base.objective, 0.0  # a limit of a linear program with room costs nothing
        after = self.changed(base, [DropConstraint(name=name)])
        if after.objective is None:
            return _ended(after), float("inf") if after.outcome.status in _ENDLESS else 0.0
        return after.objective, abs(after.objective - base.objective)

    # Why not

    def forced(self, base: Scenario, demand: Force) -> Forced:
        """What it costs to have it so, or what forbids it."""
        program = apply(base.program, [demand])
        after = self.scenario("forced", program, base)
        if after.outcome.status is not Status.INFEASIBLE:
            return Forced(base, after)
        model = program.arrays
        if model is None:
            return Forced(base, after)
        words = Spoken(program.formulation)
        conflict = find_conflict(model, limit_s=min(self.time_limit_s, PATIENCE_S), words=words)
        return Forced(base, after, _without_signs(conflict))

    # Infeasible

    def explained(self, scenario: Scenario) -> list[str]:
        """Why a scenario has no best solution, in sentences; nothing where it has one."""
        if scenario.objective is not None:
            return []
        found = diagnose(scenario.program, scenario.outcome, min(self.time_limit_s, PATIENCE_S))
        words = Spoken(scenario.program.formulation)
        conflict = found.conflict
        if conflict and not conflict.irreducible and len(conflict.conditions) > MOST_LIMITS:
            return [f"{len(conflict.conditions):,} limits take part in this; which of them could "
                    "not be told in time."]  # fmt: skip
        parts = (_without_signs(conflict), found.ray)
        told = [line for part in parts if part for line in replace(part, words=words).sentences()]
        return told + [found.note] * bool(found.note)

    def ways_out(self, base: Scenario) -> tuple[Option, ...]:
        """The smallest relaxations that make an infeasible program feasible, each with the
        objective it leads to: the cheapest of all first, then those that leave it alone."""
        model = base.program.arrays
        if model is None or base.outcome.status is not Status.INFEASIBLE:
            return ()
        found: dict[tuple[Edit, ...], Option] = {}
        prices: dict[str, float] = {}
        deadline = perf_counter() + PATIENCE_S
        for _ in range(2 * MOST_OPTIONS):
            if perf_counter() > deadline:
                break
            option, changes = self._way_out(base, model, prices)
            if option is not None:
                found.setdefault(option.edits, option)
            fresh = [c.name for c in changes if prices.get(c.name) != _DEAR]
            if not fresh or len(found) == MOST_OPTIONS:
                break
            prices |= dict.fromkeys(fresh, _DEAR)  # next time something else has to give way
        return tuple(found.values())

    def _way_out(
        self, base: Scenario, model: LinearModel, prices: Mapping[str, float]
    ) -> tuple[Option | None, tuple[Change, ...]]:
        relaxation = smallest_relaxation(model, prices=prices, limit_s=PATIENCE_S)
        if relaxation is None or not 0 < len(relaxation.changes) <= MOST_GIVING_WAY:
            return None, ()  # what takes dozens of changes is nothing to choose
        words = Spoken(base.program.formulation)
        edits = tuple(_giving_way(base.program, change) for change in relaxation.changes)
        label = "; ".join(change.sentence(words) for change in relaxation.changes)
        known = tuple(edit for edit in edits if edit is not None)
        if len(known) < len(edits):
            return None, relaxation.changes
        after = self.changed(base, known)
        if after.objective is None:
            return None, relaxation.changes
        consequence = f"{objective_words(base.program)} {number(after.objective)}"
        option = Option(
            label=label, edits=known, consequence=consequence, objective=after.objective
        )
        return option, relaxation.changes


@dataclass(frozen=True)
class Forced:
    """A program that had to do something: what it came to, or what forbids it."""

    base: Scenario
    after: Scenario
    conflict: Conflict | None = None

    @property
    def cost(self) -> float | None:
        """How much worse the objective gets, 0 if not at all; None where there is no optimum."""
        before, after = self.base.objective, self.after.objective
        if before is None or after is None:
            return None
        return max(0.0, (before - after) if self.base.maximizes else (after - before))


def _start(near: Scenario, model: LinearModel) -> Basis | None:
    """The basis of a program much like this one, for its columns and rows by name; a new row
    begins basic."""
    was = near.program.arrays
    if near.basis is None or was is None or list(was.column_names) != list(model.column_names):
        return None
    if was.row_names == model.row_names:
        return near.basis
    known = dict(zip(was.row_names, near.basis[1], strict=True))
    return near.basis[0], [known.get(row, _BASIC) for row in model.row_names]


_BASIC = 1
_DEAR = 1e6  # a price that is paid only where nothing else helps
_ENDLESS = (Status.UNBOUNDED, Status.INFEASIBLE_OR_UNBOUNDED)


def row_behind(program: Program, dial: Dial) -> str | None:
    """The one row whose limit a dial is, as long as it is nothing else."""
    rows = rows_behind(program, dial)
    if len(rows) != 1 or "[" in rows[0]:
        return None
    return rows[0] if isinstance(dial, LimitDial) or _uses(program, dial) == 1 else None


def rows_behind(program: Program, dial: Dial) -> list[str]:
    """The rows whose limit a dial is; for one value of a parameter, the row of its members."""
    model = formulation_of(program)
    if isinstance(dial, LimitDial):
        row = dial.row
        return [row] if not constraint_named(program, row).forall else _elements(program, row)
    if not isinstance(dial, ParameterDial):
        return []
    found: list[str] = []
    for constraint in model.constraints:
        for row, _ in rows_of(constraint):
            behind = parameter_behind(program, row)
            if behind is not None and behind.name == dial.name:
                found += _elements(program, row) if constraint.forall else [row]
    wanted = ",".join(dial.at)
    return [row for row in found if not dial.at or row.partition("[")[2].rstrip("]") == wanted]


def _elements(program: Program, row: str) -> list[str]:
    model = program.arrays
    names = model.row_names if model is not None else ()
    return [name for name in names if name.partition("[")[0] == row]


def _uses(program: Program, dial: Dial) -> int:
    """In how many places of a model a parameter stands."""
    assert isinstance(dial, ParameterDial)
    model = formulation_of(program)
    texts = [model.objective.expression]
    texts += [f"{c.expression} {c.forall}" for c in model.constraints]
    return sum(len(re.findall(rf"\b{dial.name}\b", text)) for text in texts)


def _without_signs(conflict: Conflict | None) -> Conflict | None:
    """A conflict without saying of decisions that they are not negative, which nobody doubts."""
    if conflict is None:
        return None
    kept = tuple(c for c in conflict.conditions if c.kind is not Kind.LOWER or c.lower != 0)
    return replace(conflict, conditions=kept) if kept else conflict


def _giving_way(program: Program, change: Change) -> Edit | None:
    """A relaxation's change as an edit, where it can be written as one."""
    family, members = split_row(change.name)
    if not change.is_row:
        dial = BoundDial(variable=family, side="lower" if change.lower else "upper")
        return SetNumber(dial=dial, value=change.needed)
    try:
        edit = Relax(row=family, members=members, amount=change.amount)
        apply(program, [edit])
    except InputError:
        return _equality_giving_way(program, family, change)
    return edit


def _equality_giving_way(program: Program, row: str, change: Change) -> Edit | None:
    edit = SetNumber(dial=LimitDial(row=row), value=change.needed)
    try:
        apply(program, [edit])
    except InputError:
        return None
    return edit


def _is_row_of(constraint: str, row: str, base: Scenario) -> bool:
    family = row.partition("[")[0]
    return family in {r for r, _ in rows_of(constraint_named(base.program, constraint))}


def _has_integers(program: Program) -> bool:
    return program.arrays is None or program.arrays.has_integers


def _differing(
    values: Sequence[Mapping[str, float]],
) -> Iterator[tuple[str | float | None, ...]]:
    names = dict.fromkeys(name for scenario in values for name in scenario)
    for name in names:
        row = [scenario.get(name) for scenario in values]
        first = row[0]
        if any(x is not first and (x is None or first is None or not _same(x, first)) for x in row):
            yield (name, *(None if x is None else plain(x) for x in row))


def _set(program: Program, dial: Dial, value: float) -> Program:
    return write(program, dial, lambda _: value)


def _best(scenario: Scenario) -> float | None:
    return None if scenario.objective is None else plain(scenario.objective)


def plain(value: float) -> float:
    """A number without the dust of computing it."""
    return float(f"{value:.10g}") + 0.0


def _same(a: float, b: float) -> bool:
    return a == b or abs(a - b) <= _NEAR * max(1.0, abs(a), abs(b))


def _ended(scenario: Scenario, exact: bool = True) -> str | float:
    if scenario.objective is not None:
        return plain(scenario.objective) if exact else number(scenario.objective)
    return {
        Status.INFEASIBLE: "no solution",
        Status.UNBOUNDED: "no end to it",
        Status.INFEASIBLE_OR_UNBOUNDED: "no best solution",
        Status.TIME_LIMIT: "time ran out",
    }.get(scenario.outcome.status, "not solved")


def _told_change(base: Scenario, after: Outcome) -> str:
    if after.objective is None or base.objective is None:
        return "leaves no solution" if after.status is Status.INFEASIBLE else "cannot be solved for"
    change = after.objective - base.objective
    return "changes nothing" if _same(change, 0.0) else _gain(change, base)


def _gain(change: float, base: Scenario) -> str:
    gains = (change > 0) == base.maximizes
    return f"{'improves' if gains else 'worsens'} the objective by {number(abs(change))}"


def _range(low: float, high: float) -> str:
    if isfinite(low) and isfinite(high):
        return f", as long as the limit is between {number(low)} and {number(high)}"
    if isfinite(low):
        return f", as long as the limit is at least {number(low)}"
    return f", as long as the limit is at most {number(high)}" if isfinite(high) else ""
