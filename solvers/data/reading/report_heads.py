"""What stands above the table of a report: its title, and lines of `Plant: Ulm`, `Date: 3 May`.

Names and amounts alone (`Budget: 5000`, `Trucks: 3`) may be data, and stay a table of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from optwright.solvers.data.reading.blocks import Block, is_day, is_number
from optwright.solvers.data.reading.counting import is_year
from optwright.solvers.data.reading.dates import plain_date
from optwright.solvers.data.reading.grid import Grid, Raw, is_blank

Pair = tuple[str, Raw]


def apart(grid: Grid, block: Block) -> Iterator[Block]:
    """A block, with lines of keys and values at its top as a block of their own."""
    last = -1
    for at, row in enumerate(block.rows):
        pairs = _pairs(grid, block, row)
        if pairs is None:
            break
        if any(not is_blank(value) for _, value in pairs):
            last = at
    bare = last < 0
    if bare:
        last = _last_bare(grid, block)
    if last < 0 or last == len(block.rows) - 1:
        yield block
        return
    yield replace(_part(grid, block, block.rows[: last + 1]), are_pairs=bare)
    yield _part(grid, block, block.rows[last + 1 :])


def _last_bare(grid: Grid, block: Block) -> int:
    """The last of the rows at the top that hold one or two cells at the left, right above heads
    for all columns; -1 where there are none. One of them holds an amount or a day, or they may be
    heads themselves."""
    values = list[Raw]()
    if block.width < 3:
        return -1
    for at, row in enumerate(block.rows):
        cells = [grid.rows[row][c] for c in block.columns]
        filled = sum(not is_blank(cell) for cell in cells)
        if filled > 2 or any(map(is_blank, cells[:filled])) or not isinstance(cells[0], str):
            heads = filled == len(cells) > 2 and not any(is_number(c) or is_day(c) for c in cells)
            are_told = any(is_day(v) or (is_number(v) and not is_year(_shown(v))) for v in values)
            return at - 1 if heads and are_told else -1
        values.append(cells[1])
    return -1


def is_report_head(grid: Grid, block: Block) -> bool:
    """Whether a block is nothing but keys with a colon and their values, and says when something
    was made or holds no amounts."""
    pairs = list[Pair]()
    for row in block.rows:
        found = _pairs(grid, block, row)
        if found is None:
            return False
        pairs += found
    values = [value for _, value in pairs if not is_blank(value)]
    days = any(is_day(value) for value in values)
    return bool(values) and (days or not any(is_number(value) for value in values))


def lines_of(grid: Grid, block: Block) -> list[str]:
    """The lines of a report head: titles, and `key: value` for each pair; none of other blocks."""
    rows = [_pairs(grid, block, row) for row in block.rows]
    if None in rows:
        return []
    return [
        key if is_blank(value) else f"{key} {_shown(value)}"
        for pairs in rows
        for key, value in pairs or ()
    ]


def _part(grid: Grid, block: Block, rows: tuple[int, ...]) -> Block:
    columns = tuple(
        c for c in block.columns if any(not is_blank(grid.filled.rows[r][c]) for r in rows)
    )
    return replace(
        block, top=rows[0], bottom=rows[-1], left=columns[0], right=columns[-1], rows=rows,
        columns=columns, titles=(), notes=(),
    )  # fmt: skip


def _pairs(grid: Grid, block: Block, row: int) -> list[Pair] | None:
    """The keys of a row with their values; a text that stands alone has none. None for a row of
    anything else."""
    cells = [cell for c in block.columns if not is_blank(cell := grid.rows[row][c])]
    if block.are_pairs and len(cells) == 2:
        return [(f"{str(cells[0]).strip()}:", cells[1])]
    if len(cells) == 1:
        return [(cells[0].strip(), None)] if isinstance(cells[0], str) else None
    found = list[Pair]()
    for cell in cells:
        if isinstance(cell, str) and cell.rstrip().endswith(":"):
            found.append((cell.strip(), None))
        elif found and is_blank(found[-1][1]):
            found[-1] = (found[-1][0], cell)
        else:
            return None
    return found


def _shown(value: Raw) -> str:
    if value is None or isinstance(value, str | int | float):
        return str(value).strip()
    return plain_date(value)
