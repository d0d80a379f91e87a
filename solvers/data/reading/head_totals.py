"""Columns of totals under two rows of heads: `Jan`, `Feb`, `Summe`, each over `Plan` and `Ist`.

They are left out before the heads become an index, of which a total is no member.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isclose

from optwright.solvers.data.reading import numerals
from optwright.solvers.data.reading.draft import Draft
from optwright.solvers.data.reading.grid import Raw, is_blank
from optwright.solvers.data.total_rows import is_totals_name

Parts = Sequence[tuple[str, ...]]
"""For each column its heads from top to bottom, without empty ones."""


def without_head_totals(draft: Draft, levels: Parts) -> list[tuple[str, ...]]:
    """Leave out the columns of a draft whose heads say total and whose cells are sums of the
    others, and return the heads of the columns that stay. One that is no sum stays, in doubt."""
    if draft.correction.keep_totals or not any(len(parts) > 1 for parts in levels):
        return list(levels)
    named = {at for at, parts in enumerate(levels) if any(map(is_totals_name, parts))}
    deep = [at for at, parts in enumerate(levels) if len(parts) > 1 and at not in named]
    dropped = list[int]()
    for at in sorted(named):
        if not any(map(_is_written_number, draft.cells[at])):
            continue  # a key that is called so
        parts = list(_parts(levels, at, deep))
        if any(_sums_up(draft.cells[at], [draft.cells[p] for p in own]) for own in parts):
            dropped.append(at)
        else:
            draft.doubts.append(
                f"column {' '.join(levels[at])!r} of table {draft.name!r} is called so and is not "
                "the sum of the columns beside it"
            )
    if dropped:
        shown = ", ".join(repr(" ".join(levels[at])) for at in dropped)
        draft.notes.append(
            f"column {shown} of table {draft.name!r} is left out: it is a sum of others"
        )
    kept = [at for at in range(len(levels)) if at not in dropped]
    draft.cells = [draft.cells[at] for at in kept]
    draft.body.levels = [draft.body.levels[at] for at in kept]
    draft.body.columns = [draft.body.columns[at] for at in kept]
    return [levels[at] for at in kept]


def without_unnamed_sums(draft: Draft, levels: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Leave out columns right of several heads of values that hold their sums in every row: of one
    value over all upper heads, or of all below one head."""
    deep = [at for at, parts in enumerate(levels) if len(parts) > 1]
    tops = list(dict.fromkeys(levels[at][0] for at in deep))
    if draft.correction.keep_totals or not deep:
        return levels
    last = len(levels) - 1
    dropped = list[int]()
    while last > deep[0] and (parts := levels[last]):  # a column may have no head at all
        others = [at for at in deep if at < last and at not in dropped]
        apart = [at for at in others if levels[at][0] != parts[0]]
        same = [at for at in apart if levels[at][-1] == parts[-1]] if len(parts) > 1 else []
        ways = [way for way in (same, apart if len(parts) == 1 else []) if len(way) > 1]
        if len(parts) == 1:
            subs = dict.fromkeys(levels[at][-1] for at in others)
            ways += [
                way
                for sub in subs
                if len(way := [at for at in others if levels[at][-1] == sub]) > 1
            ]
        if (len(tops) < 3 and len(parts) > 1) or not any(
            _adds_up(draft, last, way) for way in ways
        ):
            break
        dropped.append(last)
        last -= 1
    whole = {levels[at][0] for at in dropped}
    if not dropped or any(parts[0] in whole for parts in levels[: last + 1] if parts):
        return levels
    told = ", ".join(repr(" ".join(levels[at])) for at in sorted(dropped))
    draft.notes.append(f"column {told} of table {draft.name!r} is left out: it is a sum of others")
    for at in dropped:
        del draft.cells[at], draft.body.levels[at], draft.body.columns[at]
    return levels[: last + 1]


def _adds_up(draft: Draft, at: int, parts: Sequence[int]) -> bool:
    """Whether a column is in every row the sum of others, however decimals are written."""
    for decimal in ".,":
        columns = [[_number(c, decimal) for c in draft.cells[k]] for k in (at, *parts)]
        rows = [row for row in zip(*columns, strict=True) if row[0] is not None]
        if sum(bool(row[0]) for row in rows) > 1 and all(
            isclose(row[0] or 0.0, sum(x or 0.0 for x in row[1:]), rel_tol=1e-9, abs_tol=1e-9)
            for row in rows
        ):
            return True
    return False


def _parts(levels: Parts, at: int, deep: Sequence[int]) -> Iterator[list[int]]:
    """What a column of totals may be the sum of: those of its own head above, those of its own head
    below, or all."""
    top, below = levels[at][:-1], levels[at][-1]
    yield [p for p in deep if levels[p][:-1] == top]
    yield [p for p in deep if levels[p][-1] == below]
    yield list(deep)
    if len(levels[at]) == 1:
        for kind in dict.fromkeys(levels[p][-1] for p in deep):
            yield [p for p in deep if levels[p][-1] == kind]


def _sums_up(cells: Sequence[Raw], parts: Sequence[Sequence[Raw]]) -> bool:
    """Whether each number is the sum of its row, whichever mark the file has for decimals."""
    return len(parts) > 1 and any(_is_sum(cells, parts, decimal) for decimal in ".,")


def _is_sum(cells: Sequence[Raw], parts: Sequence[Sequence[Raw]], decimal: str) -> bool:
    counted = 0
    for at, cell in enumerate(cells):
        if is_blank(cell):
            continue
        total = _number(cell, decimal)
        own = [_number(part[at], decimal) for part in parts if not is_blank(part[at])]
        if total is None or None in own:
            return False
        if not isclose(total, sum(x for x in own if x is not None), rel_tol=1e-9, abs_tol=1e-9):
            return False
        counted += bool(total)
    return counted > 0


def _is_written_number(cell: Raw) -> bool:
    return _number(cell, ".") is not None


def _number(cell: Raw, decimal: str) -> float | None:
    if isinstance(cell, str):
        numeral = numerals.parse(cell)
        return None if numeral is None else float(numeral.number(decimal))
    return float(cell) if isinstance(cell, int | float) else None
