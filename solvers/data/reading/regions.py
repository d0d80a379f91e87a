"""The blocks of a sheet: tables, and the titles and notes around them.

A sheet is cut where a row or a column is blank, and again inside each piece. Pieces that a blank
row or column only spaces out are put together again: what has no heads of its own continues the
table above it, what begins with numbers belongs to the keys on its left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from optwright.solvers.data.reading import numerals, report_heads
from optwright.solvers.data.reading.blocks import Block, is_number, some
from optwright.solvers.data.reading.grid import Grid, is_blank
from optwright.solvers.data.reading.pages import without_page_numbers

LIST_ROWS = 3
"""From so many rows on, single short texts below each other are a list and not notes."""
_NOTE_WORDS = 4


@dataclass
class Found:
    """The tables of a sheet from top to bottom, and the texts that belong to none."""

    tables: list[Block] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


def find(grid: Grid, *, ragged: bool = False) -> Found:
    """The tables of a grid. `ragged` says that rows have lengths of their own (a text file), and
    that a single column is a table."""
    if not grid.rows:
        return Found()
    blank = _Blank(grid)
    pieces = list(_cut(blank, 0, 0, len(grid.rows) - 1, grid.width - 1))
    blocks = _joined_across(grid, _joined_down(grid, pieces))
    blocks = [part for block in blocks for part in report_heads.apart(grid, block)]
    blocks = without_page_numbers(grid, sorted(blocks, key=lambda b: (b.top, b.left)))
    found = Found()
    loose = list[Block]()
    alone = len(blocks) == 1 or (ragged and all(block.width == 1 for block in blocks))
    for block in blocks:
        (found.tables if _is_table(grid, block, alone=alone, ragged=ragged) else loose).append(
            block
        )
    for block in found.tables[:-1]:
        is_above = any(other.top > block.bottom for other in found.tables)
        if is_above and report_heads.is_report_head(grid, block):
            found.tables.remove(block)
            loose.append(block)
    for block in sorted(loose, key=lambda b: (b.top, b.left)):
        _give_text(grid, block, found)
    return found


class _Blank:
    """Which cells of a grid hold something; a merged area is filled all over."""

    def __init__(self, grid: Grid) -> None:
        self.filled = [
            [cell is not None and (cell.__class__ is not str or not is_blank(cell)) for cell in row]
            for row in grid.rows
        ]
        for top, left, bottom, right in grid.merged:
            for r in range(top, min(bottom, len(self.filled) - 1) + 1):
                row = self.filled[r]
                if self.filled[top][left : left + 1] == [True]:
                    for c in range(left, min(right, len(row) - 1) + 1):
                        row[c] = True

    def rows(self, top: int, left: int, bottom: int, right: int) -> list[int]:
        return [r for r in range(top, bottom + 1) if any(self.filled[r][left : right + 1])]

    def columns(self, rows: Sequence[int], left: int, right: int) -> list[int]:
        used = [False] * (right + 1 - left)
        for r in rows:
            for c, there in enumerate(self.filled[r][left : right + 1]):
                used[c] |= there
            if all(used):
                break
        return [left + c for c, there in enumerate(used) if there]


def _cut(blank: _Blank, top: int, left: int, bottom: int, right: int) -> Iterator[Block]:
    rows = blank.rows(top, left, bottom, right)
    if not rows:
        return
    columns = blank.columns(rows, left, right)
    groups = list(_runs(rows))
    if len(groups) > 1:
        for first, last in groups:
            yield from _cut(blank, first, columns[0], last, columns[-1])
        return
    sides = list(_runs(columns))
    if len(sides) > 1:
        for first, last in sides:
            yield from _cut(blank, rows[0], first, rows[-1], last)
        return
    yield Block(rows[0], columns[0], rows[-1], columns[-1], tuple(rows), tuple(columns))


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    start = last = numbers[0]
    for number in numbers[1:]:
        if number > last + 1:
            yield start, last
            start = number
        last = number
    yield start, last


# Pieces that belong together


def _joined_down(grid: Grid, pieces: Sequence[Block]) -> list[Block]:
    """Blocks below each other of which the lower one has no heads of its own."""
    done = list[Block]()
    for block in pieces:
        for at in range(len(done) - 1, -1, -1):
            if done[at].left <= block.left and block.right <= done[at].right:
                if _continues(grid, done[at], block):
                    done[at] = _union(done[at], block)
                    break
                done.append(block)
                break
            if block.left <= done[at].left and done[at].right <= block.right:
                # The heads of a table may reach less far than its rows.
                if done[at].height == 1 and _continues(grid, done[at], block):
                    done[at] = _union(done[at], block)
                else:
                    done.append(block)
                break
        else:
            done.append(block)
    return done


def _continues(grid: Grid, above: Block, below: Block) -> bool:
    if above.width < 2:
        return False
    first = [grid.rows[below.top][c] for c in above.columns]
    filled = [cell for cell in first if not is_blank(cell)]
    if above.height == 1:
        heads = [grid.rows[above.top][c] for c in above.columns]
        are_heads = all(isinstance(c, str) and numerals.parse(c) is None for c in heads if c)
        # Heads, a blank row, and then the rows.
        return are_heads and below.width >= 2 and any(is_number(c) for c in filled)
    if len(filled) < 2 and (above.width > 2 or isinstance(filled[0], str)):
        return False  # a note, or the title of another table
    if below.left != above.left and not is_blank(grid.rows[below.top][above.left]):
        return False
    return not _has_heads(grid, above, below)


def _has_heads(grid: Grid, above: Block, below: Block) -> bool:
    """Whether the first row of the lower block stands over its own columns: a text over numbers,
    or for texts only as many cells as the upper block has not."""
    if below.height == 1:
        return False
    first = [c for c in below.columns if not is_number(grid.rows[below.top][c])]
    if any(_is_numeric(grid, below, c) and not is_blank(grid.rows[below.top][c]) for c in first):
        return True
    return below.columns != above.columns and len(first) == below.width


def _is_numeric(grid: Grid, block: Block, column: int) -> bool:
    cells = [grid.rows[r][column] for r in some(block.rows[1:])]
    filled = [cell for cell in cells if not is_blank(cell)]
    return bool(filled) and 2 * sum(map(is_number, filled)) > len(filled)


def _joined_across(grid: Grid, blocks: list[Block]) -> list[Block]:
    """Blocks beside each other over the same rows of which the right one has no keys."""
    done = list[Block]()
    for block in sorted(blocks, key=lambda b: (b.top, b.left)):
        beside = next(
            (
                at
                for at, other in enumerate(done)
                if other.rows == block.rows and other.right < block.left and block.height > 1
            ),
            None,
        )
        if beside is not None and _is_numeric(grid, block, block.left):
            done[beside] = _union(done[beside], block)
        else:
            done.append(block)
    return done


def _union(one: Block, other: Block) -> Block:
    rows = tuple(sorted({*one.rows, *other.rows}))
    columns = tuple(sorted({*one.columns, *other.columns}))
    return replace(
        one,
        top=rows[0],
        bottom=rows[-1],
        left=columns[0],
        right=columns[-1],
        rows=rows,
        columns=columns,
        titles=(*one.titles, *other.titles),
        notes=(*one.notes, *other.notes),
    )


# What is a table


def _is_table(grid: Grid, block: Block, *, alone: bool, ragged: bool) -> bool:
    if block.width == 1:
        cells = [grid.rows[r][block.left] for r in block.rows]
        short = all(not isinstance(c, str) or len(c.split()) < _NOTE_WORDS for c in cells)
        return (alone and (short or ragged)) or (block.height >= LIST_ROWS and short)
    if block.height == 1:
        # A name and its number, such as `budget | 5000`.
        cells = [grid.rows[block.top][c] for c in block.columns]
        return alone or (block.width == 2 and not is_number(cells[0]) and is_number(cells[1]))
    return alone or any(
        sum(not is_blank(grid.rows[r][c]) for c in block.columns) >= 2 for r in block.rows
    )


def _give_text(grid: Grid, block: Block, found: Found) -> None:
    """A text that is no table: the title of the next table below it, or a note."""
    texts = report_heads.lines_of(grid, block) or [
        str(grid.rows[r][c])
        for r in block.rows
        for c in block.columns
        if not is_blank(grid.rows[r][c])
    ]
    below = [t for t in found.tables if t.top > block.bottom and t.left <= block.right + 1
             and block.left <= t.right]  # fmt: skip
    above = [t for t in found.tables if t.bottom < block.top]
    between = any(t.bottom >= block.top for t in found.tables if below and t.top < below[0].top)
    if below and not between:
        at = found.tables.index(below[0])
        near_above = [t for t in above if block.top - t.bottom < below[0].top - block.bottom]
        if not near_above:
            found.tables[at] = replace(below[0], titles=(*below[0].titles, *texts))
            return
    found.texts.extend(texts)
