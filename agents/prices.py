"""What one more unit of a limit does to the objective, as far as the figures of a solution say.

A unit is one of the amount that the words state, which is not always what stands on the right of
the solver's row. The best objective is concave in each limit where it is maximized and convex where
it is minimized, so outside the range of a dual a unit gains at most, and costs at least, what the
dual says; it may also leave no solution at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isfinite
from typing import TYPE_CHECKING

from optwright.errors import OptwrightError
from optwright.solvers.backends.program import Program
from optwright.solvers.language.rhs_attribution import stated_signs
from optwright.solvers.language.stages import sense_of
from optwright.solvers.model.formulation import Formulation, Sense

if TYPE_CHECKING:
    from optwright.solvers.analysis.sensitivity import RowSensitivity

MOST_RANGED = 2_000  # columns; ranging solves the model again
NEGLIGIBLE = 1e-9
_LIMIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Price:
    """The `change` of the objective per unit more of a stated limit, while that is in
    `low`..`high`. `is_sure` says whether one whole unit more is; `gains` whether it is welcome."""

    change: float
    low: float
    high: float
    is_sure: bool
    gains: bool

    def told(self, gain: str, cost: str, amount: str) -> str:
        """`costs 5`, `is worth at most 3`; `gain` and `cost` are the verbs."""
        if abs(self.change) < NEGLIGIBLE:
            return "changes nothing" if self.is_sure else "improves nothing"
        bound = "" if self.is_sure else "at most " if self.gains else "at least "
        return f"{gain if self.gains else cost} {bound}{amount}"


def prices(model: Formulation | None, rows: Mapping[str, Mapping[str, float]]) -> dict[str, Price]:
    """The price of each row that has a dual and whose limit somebody stated; `rows` are as in
    `Solution.sensitivity`."""
    maximize = model is not None and sense_of(model) is Sense.MAXIMIZE
    signs = stated_signs(model)
    found = {}
    for row, figures in rows.items():
        sign = signs.get(row.partition("[")[0], 1)
        if "dual" in figures and sign:
            found[row] = _price(figures, sign, maximize)
    return found


def _price(figures: Mapping[str, float], sign: int, maximize: bool) -> Price:
    """`sign` is how the stated limit stands in its row."""
    change = sign * figures["dual"] + 0.0
    gains = (change > 0) == maximize
    if "limit" not in figures:  # no range was worked out
        return Price(change, -inf, inf, is_sure=False, gains=gains)
    low, high = figures.get("low", -inf), figures.get("high", inf)
    low, high = (low, high) if sign > 0 else (-high + 0.0, -low + 0.0)
    is_sure = high - sign * figures["limit"] >= 1 - NEGLIGIBLE
    return Price(change, low, high, is_sure, gains)


def ranged(
    program: Program,
    rows: Mapping[str, Mapping[str, float]],
    *,
    columns: int = MOST_RANGED,
    limit_s: float = _LIMIT_S,
) -> dict[str, dict[str, float]]:
    """The figures of rows that have duals, with the limit of each and where its dual holds; as
    they are for a model that is not linear, has more columns, or is not ranged in time."""
    found = {name: dict(figures) for name, figures in rows.items()}
    if any("dual" in figures for figures in rows.values()):
        for row in _ranges(program, columns, limit_s):
            # Where several corners are best, a dual and its range must be of the same one.
            figures = {"dual": row.dual, "limit": row.limit, "low": row.low, "high": row.high}
            known = {name: value for name, value in figures.items() if isfinite(value)}
            found.setdefault(row.name, {}).update(known)
    return found


def _ranges(program: Program, columns: int, limit_s: float) -> tuple[RowSensitivity, ...]:
    from optwright.solvers.analysis.sensitivity import sensitivity  # numpy

    try:
        model = program.arrays
        if model is None or len(model.cost) > columns:
            return ()
        found = sensitivity(model, limit_s=limit_s)
    except OptwrightError:
        return ()
    return () if found is None else found.rows
