"""The limits of a model at its answer: how much of each is used, what one more unit is worth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import inf, isfinite
from typing import TYPE_CHECKING

from optwright.agents.prices import Price, prices
from optwright.agents.solution import Solution
from optwright.solvers.language.rhs_attribution import stated_signs, stating_constraints
from optwright.solvers.model.linear_model import INFINITE, TOLERANCE

if TYPE_CHECKING:
    from optwright.solvers.model.linear_model import LinearModel


@dataclass(frozen=True, slots=True)
class Limit:
    """One row at the answer. `used` is what its left side comes to with all decisions on that
    side, and None where that is not known or is not what its words are about."""

    row: str
    words: str
    place: str
    """The members of its index: `Harbour`, `Weir,Castle`; empty without one."""
    slack: float
    used: float | None = None
    lower: float = -inf
    upper: float = inf
    price: Price | None = None
    fills: bool = False
    """Whether decisions only ever add to it, as to a capacity or a demand."""
    idle: bool = False
    """Whether nothing it is about is chosen, as of a site that stays closed."""

    @property
    def is_equation(self) -> bool:
        """Whether it can only ever hold exactly, and nothing says what a change is worth: a
        balance, a definition."""
        unpriced = self.price is None or not self.price.change
        return self.lower == self.upper and not self.fills and unpriced

    @property
    def says_nothing(self) -> bool:
        """Whether it is a row of something that is not done: nothing of nothing is used."""
        unpriced = self.price is None or not self.price.change
        return self.idle and self.binds and unpriced and 0.0 in (self.lower, self.upper)

    @property
    def binds(self) -> bool:
        nearest = min((abs(b) for b in (self.lower, self.upper) if isfinite(b)), default=1.0)
        return self.slack <= TOLERANCE * max(1.0, nearest)

    @property
    def limit(self) -> float | None:
        """The limit that binds or else the nearer one, of what can be filled; None otherwise."""
        ends = [b for b in (self.lower, self.upper) if isfinite(b)]
        if not ends or self.used is None or not self.fills:
            return None
        nearest = min(ends, key=lambda b: abs(b - (self.used or 0.0)))
        return nearest if nearest > 0 else None

    @property
    def name(self) -> str:
        """The limit as a reader knows it: its words and the place, or its row's name."""
        if not self.words:
            return self.row
        return self.words + (f" ({self.place})" if self.place else "")


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one constraint that say something: `words` are those it states, or its name."""

    words: str
    rows: tuple[Limit, ...]

    @property
    def binding(self) -> tuple[Limit, ...]:
        return tuple(row for row in self.rows if row.binds)

    @property
    def is_equation(self) -> bool:
        return all(row.is_equation for row in self.rows)

    @property
    def said(self) -> str:
        """`86 rows of "at most its capacity", 3 bind`; the words alone for a single row."""
        if len(self.rows) == 1 and not self.rows[0].place:
            return self.words
        rows = f"{len(self.rows):,} row{'' if len(self.rows) == 1 else 's'}"
        count = len(self.binding)
        if self.is_equation:
            return f'{rows} of "{self.words}"'
        all_of = "all bind" if count == len(self.rows) > 1 else f"{count:,} bind"
        told = "none binds" if not count else "1 binds" if count == 1 else all_of
        return f'{rows} of "{self.words}", {told}'


def groups(rows: Iterable[Limit]) -> tuple[Group, ...]:
    """Rows by what they state, without those that say nothing at this answer, and without those
    that no words of the problem are behind where others have some."""
    found = dict[str, list[Limit]]()
    for row in rows:
        if not row.says_nothing:
            found.setdefault(row.row.partition("[")[0], []).append(row)
    told = tuple(
        Group(own[0].words or name.replace("_", " "), tuple(own)) for name, own in found.items()
    )
    stated = tuple(group for group in told if group.rows[0].words)
    return stated or told


def limits(solution: Solution, model: LinearModel | None) -> tuple[Limit, ...]:
    """The rows of a solution, in order."""
    if not solution.status.has_solution:
        return ()
    return tuple(_limits(solution, _activities(solution, model)))


def _limits(solution: Solution, used: dict[str, _Use]) -> Iterator[Limit]:
    stating = stating_constraints(solution.formulation)
    words = {row: " ".join(constraint.text.split()) for row, constraint in stating.items()}
    signs = stated_signs(solution.formulation)
    priced = prices(solution.formulation, solution.sensitivity)
    for row, figures in solution.sensitivity.items():
        family, _, rest = row.partition("[")
        if "slack" not in figures or (words and family not in words):
            continue  # a row that lowering added, which states nothing
        use = used.get(row, _Use()).stated(signs.get(family, 1))
        yield Limit(
            row,
            words.get(family, ""),
            ", ".join(rest.removesuffix("]").split(",")),
            slack=abs(figures["slack"]),
            used=use.activity,
            lower=use.lower,
            upper=use.upper,
            price=priced.get(row),
            fills=use.fills,
            idle=use.idle,
        )


@dataclass(frozen=True, slots=True)
class _Use:
    activity: float | None = None
    lower: float = -inf
    upper: float = inf
    fills: bool = False
    empties: bool = False
    idle: bool = False

    def stated(self, sign: int) -> _Use:
        """The use of the limit as its words state it; `sign` is how that stands in the row."""
        if sign > 0:
            return self
        if sign == 0 or self.activity is None:
            return _Use(None, self.lower, self.upper, idle=self.idle)
        return _Use(
            0.0 - self.activity, -self.upper, -self.lower, self.empties, self.fills, self.idle
        )


def _activities(solution: Solution, model: LinearModel | None) -> dict[str, _Use]:
    """For each row what its left side comes to, its two limits, and whether it only adds up."""
    if model is None or not set(model.column_names) <= solution.variables.keys():
        return {}
    import numpy as np

    x = np.array([solution.variables[name] for name in model.column_names], dtype=np.float64)
    takes, adds = (
        np.bincount(model.entry_rows(), weights=way, minlength=len(model.row_names))
        for way in (model.coefficients < 0, model.coefficients > 0)
    )
    moved = np.abs(model.coefficients * x[model.columns]) > TOLERANCE
    busy = np.bincount(model.entry_rows(), weights=moved, minlength=len(model.row_names))
    rows = zip(model.row_names, model.activities(x), model.row_lower, model.row_upper, takes, adds,
               busy, strict=True)  # fmt: skip
    return {
        name: _Use(
            float(activity),
            float(lower) if lower > -INFINITE else -inf,
            float(upper) if upper < INFINITE else inf,
            not taking,
            not adding,
            not moving,
        )
        for name, activity, lower, upper, taking, adding, moving in rows
    }
