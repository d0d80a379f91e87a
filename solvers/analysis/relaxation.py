"""The smallest change of the limits that lets an infeasible model have a solution.

An elastic program: every row may miss its limits at a price, and the total price is least. Rows
alone give way if that suffices; else limits of variables do too. Whole numbers stay whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from optwright.solvers.backends.protocol import FromArrays
from optwright.solvers.backends.worker import Killable
from optwright.solvers.language.labels import PLAIN, Words, listed, number
from optwright.solvers.model.linear_model import INFINITE, TOLERANCE, Floats, LinearModel
from optwright.solvers.model.outcome import SolveOptions


@dataclass(frozen=True, slots=True)
class Change:
    """One limit that gives way: from `limit` to `needed`; `is_row` or the limit of a variable."""

    name: str
    is_row: bool
    lower: bool
    limit: float
    needed: float

    @property
    def amount(self) -> float:
        return abs(self.needed - self.limit)

    def sentence(self, words: Words) -> str:
        name = words.row(self.name) if self.is_row else words.variable(self.name)
        sign = words.sign(self.name) if self.is_row else 1
        if not sign:
            return f"{name}: would have to be missed by {number(self.amount)}"
        is_least = self.lower == (sign > 0)
        side, direction = ("at least", "less") if is_least else ("at most", "more")
        return (
            f"{name}: {side} {number(sign * self.limit)} would have to be "
            f"{number(sign * self.needed)} ({number(self.amount)} {direction})"
        )


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Changes that together make the model feasible, at the least total price."""

    changes: tuple[Change, ...]
    price: float
    words: Words = PLAIN

    def sentences(self) -> list[str]:
        if not self.changes:
            return []
        head = "The smallest change that makes a solution possible:"
        return [head, *listed([f"- {change.sentence(self.words)}" for change in self.changes])]


def smallest_relaxation(
    model: LinearModel,
    *,
    prices: Mapping[str, float] | None = None,
    relative: bool = True,
    limit_s: float = 10.0,
    words: Words = PLAIN,
) -> Relaxation | None:
    """The cheapest relaxation, or None if none was found in time.

    `prices` are per unit and by name of row or variable, 1 where not given. With `relative` a
    unit is the size of the limit (at least 1), so 10 % of one limit costs what 10 % of another
    does; without, it is 1.
    """
    prices = prices or {}
    for variables_too in (False, True):
        elastic = _Elastic.of(model, prices, relative, variables_too)
        outcome = Killable("highs").solve(
            FromArrays(elastic.model), SolveOptions(time_limit_s=limit_s)
        )
        if outcome.objective is not None:
            misses = np.array(list(outcome.values.values()))[len(model.cost) :]
            return Relaxation(elastic.changes(misses), outcome.objective, words)
    return None


@dataclass(frozen=True, slots=True)
class _Elastic:
    """A model whose columns are those of another, then one for each limit that may be missed."""

    model: LinearModel
    limits: tuple[Change, ...]
    """Each limit that may be missed, as a change that is still none."""

    @classmethod
    def of(
        cls, model: LinearModel, prices: Mapping[str, float], relative: bool, variables_too: bool
    ) -> _Elastic:
        inner = _limits_as_rows(model) if variables_too else model
        places, limits = [], []
        for lower, bounds in ((True, inner.row_lower), (False, inner.row_upper)):
            for r in map(int, np.flatnonzero(np.abs(bounds) < INFINITE)):
                limit, is_row = float(bounds[r]), r < len(model.row_names)
                places.append(r)
                limits.append(Change(inner.row_names[r], is_row, lower, limit, limit))
        cost = [
            prices.get(c.name, 1.0) / (max(1.0, abs(c.limit)) if relative else 1.0) for c in limits
        ]
        signs = np.array([1.0 if change.lower else -1.0 for change in limits])
        return cls(
            _with_columns(inner, np.array(places, dtype=np.int64), signs, np.array(cost)),
            tuple(limits),
        )

    def changes(self, misses: Floats) -> tuple[Change, ...]:
        made = zip(self.limits, misses, strict=True)
        return tuple(
            replace(change, needed=change.limit + (-miss if change.lower else miss))
            for change, miss in made
            if miss > TOLERANCE * max(1.0, abs(change.limit))
        )


def _limits_as_rows(model: LinearModel) -> LinearModel:
    """The limits of variables as rows of their own, one a limit, so that they can be missed too."""
    low = np.flatnonzero(model.lower > -INFINITE)
    high = np.flatnonzero(model.upper < INFINITE)
    bounded = np.concatenate([low, high])
    below, above = np.full(len(high), -np.inf), np.full(len(low), np.inf)
    ends = model.starts[-1] + np.arange(1, len(bounded) + 1)
    return replace(
        model,
        lower=np.full_like(model.lower, -np.inf),
        upper=np.full_like(model.upper, np.inf),
        row_lower=np.concatenate([model.row_lower, model.lower[low], below]),
        row_upper=np.concatenate([model.row_upper, above, model.upper[high]]),
        starts=np.concatenate([model.starts, ends]).astype(np.int32),
        columns=np.concatenate([model.columns, bounded]).astype(np.int32),
        coefficients=np.concatenate([model.coefficients, np.ones(len(bounded))]),
        row_names=[*model.row_names, *(model.column_names[int(j)] for j in bounded)],
    )


def _with_columns(model: LinearModel, rows: np.ndarray, signs: Floats, cost: Floats) -> LinearModel:
    """The model with one more column a row of `rows`, at least 0, to be minimized at `cost`."""
    count, width = len(rows), len(model.cost)
    entry_rows = np.concatenate([model.entry_rows(), rows])
    order = np.argsort(entry_rows, kind="stable")
    columns = np.concatenate([model.columns, np.arange(width, width + count)])
    coefficients = np.concatenate([model.coefficients, signs])
    sizes = np.bincount(entry_rows, minlength=len(model.row_lower))
    return LinearModel(
        maximize=False,
        offset=0.0,
        cost=np.concatenate([np.zeros(width), cost]),
        lower=np.concatenate([model.lower, np.zeros(count)]),
        upper=np.concatenate([model.upper, np.full(count, np.inf)]),
        integer=np.concatenate([model.integer, np.zeros(count, dtype=np.bool_)]),
        row_lower=model.row_lower,
        row_upper=model.row_upper,
        starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32),
        columns=columns[order].astype(np.int32),
        coefficients=coefficients[order],
        column_names=[*model.column_names, *(f"miss {k}" for k in range(count))],
        row_names=model.row_names,
    )
