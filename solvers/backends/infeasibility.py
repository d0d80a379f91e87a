"""Proofs that a linear model has no point, which need not believe a solver.

Three are tried: limits that follow from limits through rows until two of them cross; an equation
between whole numbers whose right side no multiple of their common divisor reaches; and rows that,
added up with the weights a solver offers (Farkas), ask for more than the columns can give.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optwright.solvers.model.linear_model import INFINITE, TOLERANCE, Floats, LinearModel

ROUNDS = 20
SMALLEST = 1e-9  # what is smaller, relative to the largest, is an error of rounding
WHOLE = 2**53  # whole numbers that a float holds exactly


def is_proven(model: LinearModel) -> bool:
    """Whether the limits alone, or an equation between whole numbers, leave no point."""
    return _has_unreachable_equation(model) or _has_crossing_limits(model)


def is_proven_by(engine: Any, model: LinearModel) -> bool:
    """Whether the engine, a HiGHS that calls this model without integers infeasible, has weights
    that prove it."""
    said, found, ray = engine.getDualRay()
    if not found or said.name == "kError" or len(ray) != len(model.row_lower):
        return False
    weights = np.asarray(ray, dtype=np.float64)
    return any(asks_too_much(model, sign * weights) for sign in (1.0, -1.0))


def asks_too_much(model: LinearModel, weights: Floats) -> bool:
    """Whether the rows added up with these weights exceed what columns within their limits give."""
    size = float(np.max(np.abs(weights), initial=0.0))
    if not size:
        return False
    weights = np.where(np.abs(weights) > SMALLEST * size, weights / size, 0.0)
    side = np.where(weights > 0, model.row_lower, np.where(weights < 0, model.row_upper, 0.0))
    total = np.zeros(len(model.cost))
    np.add.at(total, model.columns, model.coefficients * weights[model.entry_rows()])
    total = np.where(np.abs(total) > SMALLEST, total, 0.0)
    reach = np.where(total > 0, model.upper, np.where(total < 0, model.lower, 0.0))
    with np.errstate(invalid="ignore"):
        asked, given = float(np.sum(weights * side)), float(np.sum(total * reach))
    return bool(np.isfinite(asked) and np.isfinite(given) and asked - given > _room(asked, given))


def _room(*amounts: float) -> float:
    """How far what is compared may be off without meaning anything."""
    return 10 * TOLERANCE * max(1.0, *map(abs, amounts))


def _has_crossing_limits(model: LinearModel) -> bool:
    low, high = _whole(model, model.lower.copy(), model.upper.copy())
    row, column, a = model.entry_rows(), model.columns, model.coefficients
    for _ in range(ROUNDS):
        if _crossed(low, high):
            return True
        before = low.copy(), high.copy()
        for limit, b in ((model.row_upper, a), (-model.row_lower, -a)):
            # b.x <= limit: what all others add at the least leaves the rest to this column.
            with np.errstate(invalid="ignore"):  # 0 times no limit, which the next line makes 0
                least = np.where(b > 0, b * low[column], b * high[column])
            least = np.where(b == 0, 0.0, least)
            endless = ~(np.abs(least) < INFINITE)
            count = np.bincount(row, weights=endless, minlength=len(limit))
            known = np.where(endless, 0.0, least)
            total = np.bincount(row, weights=known, minlength=len(limit))
            done = (count == 0) & (np.abs(limit) < INFINITE)
            if np.any(done & (total - limit > 10 * TOLERANCE * np.maximum(1.0, np.abs(limit)))):
                return True
            free = (count[row] - endless) == 0
            usable = free & (np.abs(limit[row]) < INFINITE) & (np.abs(b) > SMALLEST)
            with np.errstate(divide="ignore", invalid="ignore"):
                bound = (limit[row] - (total[row] - known)) / b
            up, down = usable & (b > 0), usable & (b < 0)
            np.minimum.at(high, column[up], bound[up])
            np.maximum.at(low, column[down], bound[down])
        low, high = _whole(model, low, high)
        if np.array_equal(before[0], low) and np.array_equal(before[1], high):
            break
    return _crossed(low, high)


def _whole(model: LinearModel, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Limits of whole numbers as whole numbers, after what rounding may have done to them."""
    up, down = np.ceil(low - 1e-5), np.floor(high + 1e-5)
    return np.where(model.integer, up, low), np.where(model.integer, down, high)


def _crossed(low: Floats, high: Floats) -> bool:
    with np.errstate(invalid="ignore"):
        size = np.maximum(1.0, np.minimum(np.abs(low), np.abs(high)))
        return bool(np.any(low - high > 10 * TOLERANCE * size))


def _has_unreachable_equation(model: LinearModel) -> bool:
    rows = np.flatnonzero(model.row_lower == model.row_upper)
    for r in rows.tolist():
        span = slice(int(model.starts[r]), int(model.starts[r + 1]))
        numbers, side = model.coefficients[span], float(model.row_lower[r])
        if not len(numbers) or not model.integer[model.columns[span]].all():
            continue
        if np.any(numbers != np.round(numbers)) or np.abs(numbers).max() >= WHOLE:
            continue
        divisor = int(np.gcd.reduce(np.abs(numbers).astype(np.int64)))
        if divisor and abs(side / divisor - round(side / divisor)) > 1e-4:
            return True
    return False
