"""Relations between decisions, as words state them and as rows of a program hold them."""

from __future__ import annotations

from collections.abc import Mapping
from math import isclose, isfinite

from optwright.agents.checks.words.rows import StatedRow
from optwright.agents.text.wording import Relation, Way


def points(row: StatedRow) -> Way | None:
    """The way a row points as a limit on a sum with positive coefficients; None for others."""
    signs = {c > 0 for c in row.coefficients.values()}
    if len(signs) != 1:
        return None
    if row.lower == row.upper:
        return Way.EQUAL
    at_least = isfinite(row.lower) == (True in signs)
    return Way.AT_LEAST if at_least else Way.AT_MOST


def agrees(
    row: StatedRow,
    stated: Relation,
    names: tuple[str, ...],
    weights: Mapping[str, float] | None = None,
) -> bool:
    """Whether a row says what a relation says, up to a positive factor; `weights` are what each
    decision counts for in a share."""
    if row.limits != (0.0,) or row.lower == row.upper:
        return False
    left = names[stated.left]
    c = _from_the_left(row, stated)
    others = {n: v for n, v in c.items() if n != left}
    if c.get(left, 0.0) <= 0 or not others:
        return False
    if stated.share:
        odds = stated.factor / (1 - stated.factor) if stated.factor != 1 else 0.0
        if weights is not None:
            if weights.keys() != c.keys():
                return False
            odds /= weights[left]
        return all(
            isclose(-v, odds * c[left] * (weights[n] if weights else 1.0), rel_tol=5e-3)
            for n, v in others.items()
        )
    assert stated.right is not None
    right = names[stated.right]
    return set(others) == {right} and isclose(-c[right], stated.factor * c[left], rel_tol=5e-3)


def implied_weights(
    row: StatedRow, stated: Relation, names: tuple[str, ...]
) -> Mapping[str, float]:
    """What each element of a row counts for, if the row is the share that is stated; empty where
    it is none."""
    left = names[stated.left]
    c = _from_the_left(row, stated)
    if row.limits != (0.0,) or c.get(left, 0.0) <= 0:
        return {}
    others = {name: -value / stated.factor for name, value in c.items() if name != left}
    if not others or min(others.values()) <= 0:
        return {}
    return {left: round(c[left] / (1 - stated.factor), 6)} | {
        name: round(weight, 6) for name, weight in others.items()
    }


def _from_the_left(row: StatedRow, stated: Relation) -> dict[str, float]:
    """The coefficients of a row with the sign they have beside the left of a relation."""
    sign = 1.0 if isfinite(row.lower) == (stated.way is Way.AT_LEAST) else -1.0
    return {name: sign * value for name, value in row.coefficients.items()}


def in_symbols(
    stated: Relation,
    names: tuple[str, ...],
    total: str = "total",
    weights: Mapping[str, float] | None = None,
) -> str:
    """A relation as an expression; `total` is what a share is a share of, or the sum of what each
    decision counts for, its `weights`."""
    right = total if stated.right is None else names[stated.right]
    left = names[stated.left]
    if stated.share and weights is not None:
        right = f"({' + '.join(_times(weights[n], n) for n in names if n in weights)})"
        left = _times(weights[left], left)
    return f"{left} {stated.way.value} {_times(stated.factor, right)}"


def _times(factor: float, of: str) -> str:
    return of if factor == 1 else f"{factor:.12g}*{of}"
