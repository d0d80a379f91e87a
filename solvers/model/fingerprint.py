"""What a linear program says, whatever it calls things: two that differ only in names, in the
order of columns, rows and terms, in the scale of rows, or in whether a sum has a name have one
fingerprint.

Columns and rows are told apart by their numbers and by what they are tied to, in a few rounds
(colour refinement). Programs that differ may share a fingerprint where symmetry hides it, which
makes one look of two; programs that are the same never have two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import ceil, floor, inf, isfinite

from optwright.solvers.model.definitions import Definitions, Sum, sums
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
    integer = model.integer.tolist()
    told, cost = _written_out(model, lower, upper, integer)
    rows = [row for row in map(_scaled, told) if row is not None]
    rows = [row for row in rows if not _folded(row, lower, upper)]
    for at, whole in enumerate(integer):
        if whole:
            lower[at] = ceil(lower[at] - 1e-9) if isfinite(lower[at]) else lower[at]
            upper[at] = floor(upper[at] + 1e-9) if isfinite(upper[at]) else upper[at]
    sign = -1.0 if model.maximize else 1.0
    used = {at for row in rows for _, at in row.terms} | {at for at, c in cost.items() if c}
    columns = {
        at: _hash(integer[at], *map(_short, (lower[at], upper[at], sign * cost.get(at, 0.0))))
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
    said = [*sorted(columns.values()), "rows", *sorted(set(labels))]
    return sha256(" ".join(said).encode()).hexdigest()


def _written_out(
    model: LinearModel, lower: list[float], upper: list[float], integer: list[bool]
) -> tuple[list[Sum], dict[int, float]]:
    """The rows and costs without columns that only name a sum."""
    bounds = list(zip(model.row_lower.tolist(), model.row_upper.tolist(), strict=True))
    arrays = (model.starts.tolist(), model.columns.tolist(), model.coefficients.tolist())
    rows = list(sums(*arrays, bounds))
    cost = {at: float(model.cost[at]) for at in model.cost.nonzero()[0].tolist()}
    Definitions(rows, cost, lower, upper, integer, MOST_ENTRIES).write_out()
    return rows, cost


def _scaled(row: Sum) -> _Row | None:
    largest = max(map(abs, row.terms.values()), default=0.0)
    if not largest:
        return None
    terms = [(coefficient / largest, at) for at, coefficient in row.terms.items()]
    return _Row(terms, row.lower / largest, row.upper / largest)


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
