"""CP-SAT: whole numbers, and intervals as what they are. The only module that knows `ortools`.

CP-SAT counts in whole numbers. Decimal coefficients are multiplied by a power of ten, which
changes nothing; others are refused with the reason. Columns that need not be whole are taken as
whole where that loses nothing: in rows that only set differences apart (`finish >= start + 5`)
some best point is whole. Columns without limits get those that the rows imply, else a wide box,
and an optimum is only called one where the objective keeps everything better inside that box.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from importlib.util import find_spec
from itertools import pairwise
from math import ceil, floor
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from optwright.errors import FormulationError, SolverMissing
from optwright.solvers.backends import progress, verify_point
from optwright.solvers.backends.engine_options import like
from optwright.solvers.backends.schedule import Affine, Schedule, Together
from optwright.solvers.model.linear_model import Bools, Floats, LinearModel
from optwright.solvers.model.outcome import DEFAULT_OPTIONS, Outcome, SolveOptions, Status

if TYPE_CHECKING:
    from optwright.solvers.backends.program import Program
    from optwright.solvers.backends.protocol import Solvable

STATUSES = {
    "UNKNOWN": Status.TIME_LIMIT,
    "MODEL_INVALID": Status.ERROR,
    "FEASIBLE": Status.FEASIBLE,
    "INFEASIBLE": Status.INFEASIBLE,
    "OPTIMAL": Status.OPTIMAL,
}
"""By name; one that is not here is an error."""

DIGITS = 9  # decimal places that a power of ten makes whole
BOX = 2**31  # how far a column without limits is followed
ROUNDS = 20  # of limits that follow from limits through rows
ROUNDED = 1e-9  # a limit this near to a whole number is that number


@dataclass(frozen=True, slots=True)
class CpSat:
    """CP-SAT: linear models in whole numbers; through `solve_schedule` with intervals too."""

    name: str = field(default="cpsat", init=False)

    def solve(self, model: Solvable, options: SolveOptions = DEFAULT_OPTIONS) -> Outcome:
        if model.arrays is None:
            return _refused("it takes linear models and intervals, and this model is neither")
        return solve_schedule(Schedule(model.arrays, ()), options)


def is_installed() -> bool:
    return find_spec("ortools") is not None


def advice(program: Program) -> tuple[str, ...]:
    """What the extra would do for a program, where it is not installed; else nothing."""
    if is_installed() or not (kinds := program.native_to_cpsat):
        return ()
    return (
        f"{' and '.join(map(repr, kinds))} became rows with large numbers; CP-SAT takes such "
        "statements as they are and is far faster with many: pip install 'optwright[cpsat]'",
    )


def open_engine() -> CpSat:
    return CpSat()


def demand() -> None:
    """Raise `SolverMissing` where CP-SAT is not installed."""
    if not is_installed():
        raise SolverMissing("'ortools' is not installed", hint="pip install 'optwright[cpsat]'")


def solve_schedule(schedule: Schedule, options: SolveOptions = DEFAULT_OPTIONS) -> Outcome:
    """Solve a linear model with its statements about intervals.

    What CP-SAT cannot take ends in status error with the reason. `FormulationError` where a number
    is not finite, `SolverMissing` without the extra `cpsat`.
    """
    started = perf_counter()
    demand()
    model = schedule.linear
    model.check()
    if not len(model.cost):
        return replace(verify_point.without_columns(model), solver="cpsat")
    try:
        built = _Built(schedule)
    except _CannotError as reason:
        return _refused(str(reason))
    left_s = max(options.time_limit_s - (perf_counter() - started), 0.01)
    outcome = built.run(replace(options, time_limit_s=left_s))
    name = f"cpsat {version('ortools')}"
    return replace(outcome, seconds=perf_counter() - started, solver=name)


def _refused(why: str) -> Outcome:
    return Outcome(Status.ERROR, solver="cpsat", message=f"CP-SAT cannot take this model: {why}")


def _set(parameters: Any, name: str, text: str) -> None:
    """Set a parameter of CP-SAT from its text; `FormulationError` for what it does not have."""
    if not hasattr(parameters, name):
        raise FormulationError(f"CP-SAT has no parameter {name!r}")
    try:
        setattr(parameters, name, like(text, getattr(parameters, name)))
    except (TypeError, ValueError) as error:
        raise FormulationError(f"CP-SAT's parameter {name!r} cannot be {text!r}") from error


class _CannotError(Exception):
    """Why CP-SAT cannot take a model."""


class _Built:
    """A schedule as CP-SAT has it."""

    def __init__(self, schedule: Schedule) -> None:
        from ortools.sat.python import cp_model

        self._schedule, self._linear = schedule, schedule.linear
        self._refuse_fractions()
        self._lower, self._upper = _implied(self._linear, self._linear.lower, self._linear.upper)
        self._low, self._high = _boxed(self._lower, self._upper)
        self._crossed = bool(np.any(self._low > self._high))
        self._model = cp_model.CpModel()
        if self._crossed:
            return
        limits = zip(self._low.tolist(), self._high.tolist(), strict=True)
        self._columns = [self._model.new_int_var(int(a), int(b), "") for a, b in limits]
        self._rows()
        for statement in schedule.statements:
            self._state(statement)
        self._factor = self._objective()

    def run(self, options: SolveOptions) -> Outcome:
        from ortools.sat.python import cp_model

        if self._crossed:
            return Outcome(Status.INFEASIBLE)
        if wrong := self._model.validate():
            return _refused(wrong.strip().splitlines()[0])
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = options.time_limit_s
        solver.parameters.num_workers = max(options.threads, 1)
        solver.parameters.random_seed = options.seed
        solver.parameters.relative_gap_limit = options.mip_gap
        self._begin_at(options.start)
        for name, text in options.engine.items():
            _set(solver.parameters, name, text)
        status_name = solver.status_name(solver.solve(self._model, self._teller()))
        progress.tell("returned")
        return self._read(solver, status_name, STATUSES.get(status_name, Status.ERROR))

    def _begin_at(self, start: Mapping[str, float]) -> None:
        """A plan to begin with, as a hint."""
        if not start:
            return
        for name, column in zip(self._linear.column_names, self._columns, strict=True):
            if name in start:
                self._model.add_hint(column, round(start[name]))

    def _teller(self) -> Any:
        """What tells who listens each better point; None where nobody does."""
        from ortools.sat.python import cp_model

        listener = progress.listener()
        if listener is None:
            return None
        on_event: progress.Listener = listener
        columns, offset, factor = self._columns, self._linear.offset, self._factor

        class Teller(cp_model.CpSolverSolutionCallback):
            def on_solution_callback(self) -> None:
                x = np.array([self.value(column) for column in columns], dtype=np.float64)
                objective = offset + self.objective_value / factor
                bound = offset + self.best_objective_bound / factor
                on_event(progress.SolverEvent("point", objective, bound, x))

        return Teller()

    def _read(self, solver: Any, status_name: str, status: Status) -> Outcome:
        open_columns = np.flatnonzero((self._lower < -BOX) | (self._upper > BOX))
        if status is Status.INFEASIBLE and open_columns.size:
            name = self._linear.column_names[int(open_columns[0])]
            return _refused(f"{name!r} has no limit, and no point was found up to {BOX:,}")
        x = None
        if status.has_solution:
            x = np.array([solver.value(column) for column in self._columns], dtype=np.float64)
        outcome = verify_point.judge(self._linear, status, status_name, x)
        if x is None or not outcome.status.has_solution:
            return outcome
        if broken := self._schedule.broken_by(x):
            return Outcome(
                Status.ERROR, message=f"the solver ended with {status_name!r}, but {broken}"
            )
        at_the_end = open_columns[np.abs(x[open_columns]) >= BOX]
        if at_the_end.size:
            name = self._linear.column_names[int(at_the_end[0])]
            return _refused(f"{name!r} has no limit, and the best point runs beyond {BOX:,}")
        if open_columns.size and not self._nothing_better_outside(x):
            name = self._linear.column_names[int(open_columns[0])]
            why = f"the best up to {BOX:,}: {name!r} has no limit"
            return replace(outcome, status=Status.FEASIBLE, message=why)
        bound = self._linear.offset + solver.best_objective_bound / self._factor
        if not self._linear.cost.any():
            bound = self._linear.offset
        return replace(outcome, bound=bound)

    def _nothing_better_outside(self, x: Floats) -> bool:
        """Whether every point as good as this one lies inside the box."""
        model = self._linear
        used = np.flatnonzero(model.cost)
        limit = float(model.cost @ x)
        cut = replace(
            model,
            row_lower=np.append(model.row_lower, limit if model.maximize else -np.inf),
            row_upper=np.append(model.row_upper, np.inf if model.maximize else limit),
            starts=np.append(model.starts, model.starts[-1] + len(used)).astype(np.int32),
            columns=np.append(model.columns, used).astype(np.int32),
            coefficients=np.append(model.coefficients, model.cost[used]),
        )
        lower, upper = _implied(cut, self._lower, self._upper)
        return bool(np.all(lower >= -BOX) and np.all(upper <= BOX))

    # Rows and objective

    def _refuse_fractions(self) -> None:
        """Refuse columns that need not be whole, unless a best point is whole all the same."""
        model = self._linear
        if model.integer.all():
            return
        free = ~model.integer
        bad = _fraction_in(model, free)
        if bad is None:
            bad = _fraction_in_statements(self._schedule.statements, model, free)
        if bad is not None:
            raise _CannotError(
                f"it counts in whole numbers, and {model.column_names[bad]!r} need not be whole"
            )

    def _rows(self) -> None:
        model, names = self._linear, self._linear.row_names
        starts, columns = model.starts.tolist(), model.columns.tolist()
        for row, (begin, end) in enumerate(pairwise(starts)):
            numbers = model.coefficients[begin:end]
            factor = _power_of_ten(numbers)
            if factor is None:
                raise _CannotError(
                    f"the coefficients of {names[row]!r} are no decimals of at most {DIGITS} places"
                )
            whole = np.round(numbers * factor).astype(np.int64).tolist()
            low = _up(float(model.row_lower[row]) * factor)
            high = _down(float(model.row_upper[row]) * factor)
            self._within([self._columns[at] for at in columns[begin:end]], whole, low, high)

    def _within(self, columns: list[Any], whole: list[int], low: int, high: int) -> None:
        from ortools.sat.python import cp_model

        if low > high:
            self._model.add_bool_or([])
        elif not columns:
            if low > 0 or high < 0:
                self._model.add_bool_or([])
        else:
            total = cp_model.LinearExpr.weighted_sum(columns, whole)
            self._model.add_linear_constraint(total, low, high)

    def _objective(self) -> int:
        """State the objective; what its numbers were multiplied by."""
        from ortools.sat.python import cp_model

        cost = self._linear.cost
        used = np.flatnonzero(cost)
        factor = _power_of_ten(cost[used])
        if factor is None:
            raise _CannotError(
                f"the coefficients of the objective are no decimals of at most {DIGITS} places"
            )
        if used.size:
            whole = np.round(cost[used] * factor).astype(np.int64).tolist()
            columns = [self._columns[at] for at in used.tolist()]
            total = cp_model.LinearExpr.weighted_sum(columns, whole)
            (self._model.maximize if self._linear.maximize else self._model.minimize)(total)
        return factor

    # Intervals

    def _state(self, statement: Together) -> None:
        parts = [[self._whole(part, statement) for part in item] for item in statement.items]
        if statement.kind == "alldifferent":
            self._model.add_all_different([part for (part,) in parts])
            return
        width = 3 if statement.kind == "cumulative" else 2
        intervals = [
            self._interval(item, whole, width, statement)
            for item, whole in zip(statement.items, parts, strict=True)
        ]
        if statement.kind == "nooverlap":
            self._model.add_no_overlap(intervals)
            return
        assert statement.limit is not None
        if any(self._range(item[2])[0] < 0 for item in statement.items):
            raise _CannotError(f"an amount of {statement.name!r} may be below zero")
        amounts = [whole[2] for whole in parts]
        self._model.add_cumulative(intervals, amounts, self._whole(statement.limit, statement))

    def _interval(
        self, item: Sequence[Affine], whole: list[Any], width: int, statement: Together
    ) -> Any:
        # An interval of no length counts where it begins, which CP-SAT sees otherwise.
        if self._range(item[1])[0] < 1:
            raise _CannotError(f"an interval of {statement.name!r} may have no length")
        start, length = whole[0], whole[1]
        low, high = (a + b for a, b in zip(self._range(item[0]), self._range(item[1]), strict=True))
        end: Any = start + length
        if item[1].terms:  # a sum of two columns is no end; a column of its own is
            end = self._model.new_int_var(int(low), int(high), "")
            self._model.add(end == start + length)
        if len(item) <= width:
            return self._model.new_interval_var(start, length, end, "")
        there = self._literal(item[width], statement)
        return self._model.new_optional_interval_var(start, length, end, there, "")

    def _literal(self, part: Affine, statement: Together) -> Any:
        """Whether an interval takes place: a yes/no column, what it is not, or yes or no."""
        if not part.terms and part.constant in (0, 1):
            return bool(part.constant)
        if len(part.terms) == 1:
            ((column, coefficient),) = part.terms
            binary = self._low[column] >= 0 and self._high[column] <= 1
            if binary and (part.constant, coefficient) == (0, 1):
                return self._columns[column]
            if binary and (part.constant, coefficient) == (1, -1):
                return self._columns[column].negated()
        raise _CannotError(f"whether an interval of {statement.name!r} takes place is no yes/no")

    def _whole(self, part: Affine, statement: Together) -> Any:
        """An expression of at most one column; a longer one gets a column of its own."""
        from ortools.sat.python import cp_model

        numbers = [part.constant, *(a for _, a in part.terms)]
        if any(number != round(number) for number in numbers):
            raise _CannotError(f"{statement.name!r} holds a number that is not whole")
        constant = round(part.constant)
        if not part.terms:
            return constant
        columns = [self._columns[column] for column, _ in part.terms]
        total = cp_model.LinearExpr.weighted_sum(columns, [round(a) for _, a in part.terms])
        if len(columns) == 1:
            return round(part.terms[0][1]) * columns[0] + constant
        low, high = self._range(part)
        own = self._model.new_int_var(int(low), int(high), "")
        self._model.add(own == total + constant)
        return own

    def _range(self, part: Affine) -> tuple[float, float]:
        """Between which numbers an expression lies."""
        low = high = part.constant
        for column, a in part.terms:
            ends = a * float(self._low[column]), a * float(self._high[column])
            low, high = low + min(ends), high + max(ends)
        return low, high


def _power_of_ten(numbers: Floats) -> int | None:
    """The least power of ten that makes all of these decimals whole, or None."""
    for digits in range(DIGITS + 1):
        factor: int = 10**digits
        whole = np.round(numbers * factor)
        # A decimal is the float nearest to it, and the quotient of whole numbers is that float.
        if np.all(whole / factor == numbers) and np.all(np.abs(whole) < 2**53):
            return factor
    return None


def _up(limit: float) -> int:
    """The least whole number from a limit on."""
    if limit <= -_FAR:
        return -(2**62)
    return round(limit) if _is_near(limit) else ceil(limit)


def _down(limit: float) -> int:
    if limit >= _FAR:
        return 2**62
    return round(limit) if _is_near(limit) else floor(limit)


_FAR = 2.0**62


def _is_near(limit: float) -> bool:
    return abs(limit - round(limit)) <= ROUNDED * max(1.0, abs(limit))


def _boxed(lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Whole limits, and the box where there are none."""
    near = ROUNDED * np.maximum(1.0, np.abs(np.where(np.isfinite(lower), lower, 0.0)))
    low = np.where(lower < -BOX, -BOX, np.ceil(np.maximum(lower, -BOX) - near))
    near = ROUNDED * np.maximum(1.0, np.abs(np.where(np.isfinite(upper), upper, 0.0)))
    return low, np.where(upper > BOX, BOX, np.floor(np.minimum(upper, BOX) + near))


def _implied(model: LinearModel, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """The limits of columns that follow from those of the others through the rows."""
    rows, columns, a = model.entry_rows(), model.columns, model.coefficients
    lower, upper = lower.copy(), upper.copy()
    for _ in range(ROUNDS):
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            least, most = (
                np.where(a > 0, a * sides[0][columns], a * sides[1][columns])
                for sides in ((lower, upper), (upper, lower))
            )
            over = _rest(model.row_upper, least, rows, np.inf) / a
            under = _rest(model.row_lower, most, rows, -np.inf) / a
        before = lower.copy(), upper.copy()
        np.minimum.at(upper, columns, np.where(a > 0, over, np.where(a < 0, under, np.inf)))
        np.maximum.at(lower, columns, np.where(a > 0, under, np.where(a < 0, over, -np.inf)))
        if np.array_equal(before[0], lower) and np.array_equal(before[1], upper):
            break
    return lower, upper


def _rest(limit: Floats, terms: Floats, rows: Any, nothing: float) -> Floats:
    """What the limit of a row leaves for each of its terms beside the others, where all are
    finite; `nothing` else."""
    height = len(limit)
    finite = np.isfinite(terms)
    sums = np.bincount(rows, weights=np.where(finite, terms, 0.0), minlength=height)
    open_terms = np.bincount(rows, weights=~finite, minlength=height)
    others = sums[rows] - np.where(finite, terms, 0.0)
    known = open_terms[rows] - ~finite == 0
    return np.where(known & np.isfinite(limit[rows]), limit[rows] - others, nothing)


def _fraction_in(model: LinearModel, free: Bools) -> int | None:
    """A column that need not be whole and may have to be a fraction, as far as the rows say.

    Rows in which such columns stand alone or as a difference, with whole numbers all around, have
    whole corners (their matrix is totally unimodular).
    """
    for side in (model.lower, model.upper):
        bad = free & np.isfinite(side) & (side != np.round(side))
        if bad.any():
            return int(np.flatnonzero(bad)[0])
    rows = model.entry_rows()
    own = free[model.columns]
    a = model.coefficients
    height = len(model.row_lower)
    plus = np.bincount(rows[own & (a == 1)], minlength=height)
    minus = np.bincount(rows[own & (a == -1)], minlength=height)
    counts = np.bincount(rows[own], minlength=height)
    odd = np.bincount(rows[a != np.round(a)], minlength=height)
    for side in (model.row_lower, model.row_upper):
        odd = odd + (np.isfinite(side) & (side != np.round(side)))
    wrong = (counts > 0) & ((plus > 1) | (minus > 1) | (plus + minus < counts) | (odd > 0))
    bad = own & wrong[rows]
    return int(model.columns[np.flatnonzero(bad)[0]]) if bad.any() else None


def _fraction_in_statements(
    statements: Sequence[Together], model: LinearModel, free: Bools
) -> int | None:
    """The same, as far as the statements say: such a column may be when something begins."""
    for statement in statements:
        for item in statement.items:
            for at, part in enumerate(item):
                mine = [(column, a) for column, a in part.terms if free[column]]
                begins = statement.kind == "nooverlap" and at == 0
                if mine and not (begins and len(mine) == 1 and mine[0][1] == 1):
                    return mine[0][0]
        if statement.limit is not None and any(free[column] for column, _ in statement.limit.terms):
            return statement.limit.terms[0][0]
    return None
