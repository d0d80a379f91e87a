"""Heads of columns that are members of an index, and the columns beside them that are sums."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from math import isclose

from optwright.solvers.data.reading import wide
from optwright.solvers.data.reading.columns import TypedColumn
from optwright.solvers.data.reading.draft import Draft
from optwright.solvers.data.table import Across, Cell, ColumnType
from optwright.solvers.data.total_rows import is_totals_name


def index_of_heads(
    draft: Draft, columns: list[TypedColumn], members: Set[str]
) -> tuple[list[TypedColumn], Across | None]:
    """The heads that are an index, and the columns without sums of theirs."""
    if draft.correction.wide is False:
        return columns, None
    names = [column.name for column in columns]
    values = [at > 0 and not _is_key(column) for at, column in enumerate(columns)]
    called = draft.correction.index
    if draft.correction.wide:
        places = [at for at, is_value in enumerate(values) if is_value] or list(
            range(1, len(columns))
        )
    elif draft.across is not None:
        places = [at for at, n in enumerate(names) if n in draft.across.heads]
        called = called or wide.kind_of(draft.across.heads) or draft.across.name
    else:
        places, kind = wide.runs(names, values, members)
        if not places:
            # Of a roster the cells are texts.
            every = [at > 0 for at in range(len(columns))]
            if not any(values) and len(columns) > 3:
                places, kind = wide.runs(names, every, set())
        between, kind_between = wide.months_between(names, values)
        if len(between) > len(places):
            places, kind = between, kind_between
        called = called or kind
        if kind == "number" and places:
            called = draft.correction.index
    if len(places) < 2:
        return columns, None
    columns, places = _without_sums(draft, columns, places)
    if len(places) < 2:
        return columns, None
    heads = tuple(columns[at].name for at in places)
    _ask_of_half(draft, columns, places)
    return columns, Across(heads, called)


def _is_key(column: TypedColumn) -> bool:
    return column.type is ColumnType.TEXT


def _without_sums(
    draft: Draft, columns: list[TypedColumn], places: list[int]
) -> tuple[list[TypedColumn], list[int]]:
    """Leave out columns beside the index or among it that are sums of its own columns."""
    if draft.correction.keep_totals:
        return columns, places
    dropped = set[int]()
    first, last = places[0], places[-1]
    for at, column in enumerate(columns):
        is_near = first < at <= last + 3 or at == first - 1
        if column.type not in (ColumnType.INTEGER, ColumnType.NUMBER) or not is_near:
            continue
        inside = at in places
        named = is_totals_name(column.name)
        if inside and not named:
            continue
        if _sums_up(columns, column, places, at, dropped):
            enough = 2 if first < at < last or dropped else 3
            if named or sum(bool(c) for c in column.cells) >= enough:
                dropped.add(at)
        elif named:
            draft.doubts.append(
                f"column {column.name!r} of table {draft.name!r} is called so and is not the sum "
                "of the columns beside it"
            )
    kept = [at for at in range(len(columns)) if at not in dropped]
    if dropped:
        told = ", ".join(repr(columns[at].name) for at in sorted(dropped))
        draft.notes.append(
            f"column {told} of table {draft.name!r} is left out: it is a sum of others"
        )
    moved = {at: new for new, at in enumerate(kept)}
    return [columns[at] for at in kept], [moved[at] for at in places if at in moved]


def _sums_up(
    columns: Sequence[TypedColumn],
    column: TypedColumn,
    places: Sequence[int],
    at: int,
    dropped: Set[int],
) -> bool:
    """Whether a column is in each row the sum of all columns of the index, or of those since the
    last sum."""
    own = [p for p in places if p != at and p not in dropped]
    before = [p for p in own if p < at]
    since = [p for p in before if not any(p < d < at for d in dropped)]
    return any(
        len(parts) > 1 and _is_sum(column.cells, [columns[p].cells for p in parts])
        for parts in (own, before, since)
    )


def _is_sum(cells: Sequence[Cell], parts: Sequence[Sequence[Cell]]) -> bool:
    counted = 0
    for at, cell in enumerate(cells):
        if cell is None:
            continue
        numbers = [c for part in parts if isinstance(c := part[at], int | float)]
        if not isinstance(cell, int | float):
            return False
        if not isclose(cell, sum(numbers), rel_tol=1e-9, abs_tol=1e-9):
            return False
        counted += bool(cell)
    return counted > 0


def _ask_of_half(draft: Draft, columns: list[TypedColumn], places: Sequence[int]) -> None:
    """A matrix over the same places of which one half is empty may hold for both ways."""
    heads = [columns[at].name for at in places]
    keys = [str(c) for c in columns[0].cells]
    if keys != heads or len(keys) < 3 or draft.correction.both_ways is False:
        return
    size = range(len(keys))
    grid = [[columns[at].cells[r] for at in places] for r in size]
    upper = [grid[r][c] for r in size for c in size if c > r]
    lower = [grid[r][c] for r in size for c in size if c < r]
    empty_upper = all(c is None for c in upper) and not any(c is None for c in lower)
    empty_lower = all(c is None for c in lower) and not any(c is None for c in upper)
    if not (empty_upper or empty_lower):
        return
    for c, at in enumerate(places):
        cells = list(columns[at].cells)
        for r in size:
            if cells[r] is None and r != c:
                cells[r] = grid[c][r]
        columns[at] = replace(columns[at], cells=cells)
    if draft.correction.both_ways is None:
        draft.ask(
            f"one half of the matrix {draft.name!r} is empty: are its values the same both ways?",
            ("both_ways = true", "they are (taken for now)"),
            ("both_ways = false", "there is nothing the other way"),
        )
