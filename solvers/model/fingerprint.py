"""What a linear program says, whatever it calls things: two that differ only in names, in the order
of columns, rows and terms, or in the scale of rows have one fingerprint.

Columns and rows are told apart by their numbers and by what they are tied to, in a few rounds
(colour refinement). Programs that differ may share a fingerprint where symmetry hides it, which
makes one look of two; programs that are the same never have two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import ceil, floor, inf, isfinite

from optwright.solvers.model.linear_model import LinearModel

MOST_ENTRIES = 20_000
"""Coefficients up to which a fingerprint is taken (about 0.3 s)."""
ROUNDS = 4
_DIGITS = 9


@dataclass(slots=True)
class _Row:
    """lower <= sum of coefficient * column <= upper, scaled so that the largest is 1."""

    terms: Sequence[tuple[float, int]]
    lower: float
    upper: float


def fingerprint(model: LinearModel) -> str | None:
    """A text of 64 characters; None for a program with more than `MOST_ENTRIES` coefficients."""
    if len(model.coefficients) > MOST_ENTRIES:
        return None
    lower, upper = model.lower.tolist(), model.upper.tolist()
    rows = [row for row in _rows(model) if not _folded(row, lower, upper)]
    integer = model.integer.tolist()
    for at, whole in enumerate(integer):
        if whole:
            lower[at] = ceil(lower[at] - 1e-9) if isfinite(lower[at]) else lower[at]
            upper[at] = floor(upper[at] + 1e-9) if isfinite(upper[at]) else upper[at]
    sign = -1.0 if model.maximize else 1.0
    used = {at for row in rows for _, at in row.terms} | set(model.cost.nonzero()[0].tolist())
    columns = {
        at: _hash(integer[at], *map(_short, (lower[at], upper[at], sign * float(model.cost[at]))))
        for at in sorted(used)
    }
    labels = [""] * len(rows)
    for _ in range(ROUNDS):
        seen: dict[int, list[str]] = {at: [] for at in columns}
        for place, row in enumerate(rows):
            labels[place], turn = _label(row, columns)
            for coefficient, at in row.terms:
                # Of a row that is its own mirror image neither side is the first.
                weight = turn * coefficient if turn else abs(coefficient)
                seen[at].append(f"{labels[place]} {_short(weight)}")
        columns = {at: _hash(columns[at], *sorted(set(tied))) for at, tied in seen.items()}
    told = [*sorted(columns.values()), "rows", *sorted(set(labels))]
    return sha256(" ".join(told).encode()).hexdigest()


def _rows(model: LinearModel) -> list[_Row]:
    rows: list[_Row] = []
    bounds = zip(model.row_lower.tolist(), model.row_upper.tolist(), strict=True)
    for place, (lower, upper) in enumerate(bounds):
        own = slice(int(model.starts[place]), int(model.starts[place + 1]))
        entries = zip(model.coefficients[own].tolist(), model.columns[own].tolist(), strict=True)
        terms = [(coefficient, at) for coefficient, at in entries if coefficient]
        largest = max((abs(coefficient) for coefficient, _ in terms), default=0.0)
        if largest:
            scaled = [(coefficient / largest, at) for coefficient, at in terms]
            rows.append(_Row(scaled, lower / largest, upper / largest))
    return rows


def _folded(row: _Row, lower: list[float], upper: list[float]) -> bool:
    """Whether a row is a bound of one column; the bounds then have it."""
    if len(row.terms) != 1:
        return row.lower == -inf and row.upper == inf
    ((coefficient, at),) = row.terms
    low, high = (row.lower, row.upper) if coefficient > 0 else (-row.upper, -row.lower)
    lower[at], upper[at] = max(lower[at], low), min(upper[at], high)
    return True


def _label(row: _Row, columns: dict[int, str]) -> tuple[str, int]:
    """The row as its columns tell it, and the sign it is told with: of it and its negative the one
    whose text comes first; 0 where both are one."""
    plain, mirrored = (
        _hash(
            *sorted(f"{_short(turn * c)} {columns[at]}" for c, at in row.terms),
            *map(_short, (row.lower, row.upper) if turn > 0 else (-row.upper, -row.lower)),
        )
        for turn in (1, -1)
    )
    return min(plain, mirrored), (plain < mirrored) - (plain > mirrored)


def _short(number: float) -> str:
    return f"{float(number) + 0.0:.{_DIGITS}g}"


def _hash(*parts: object) -> str:
    return sha256(" ".join(map(str, parts)).encode()).hexdigest()[:16]
