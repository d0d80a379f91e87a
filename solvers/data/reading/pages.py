"""Reports printed in pages: their title and heads stand there again, and a number of the page."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import isclose

from optwright.solvers.data.reading import numerals
from optwright.solvers.data.reading.blocks import Block, is_number
from optwright.solvers.data.reading.grid import Grid, Raw, is_blank

_DIGITS = re.compile(r"\d+")
_MOST_TITLES = 6
"""Rows of a page above its heads."""


def page_rows(grid: Grid, block: Block) -> tuple[int, list[int]]:
    """How many rows stand above the heads of the first page, and the rows of later pages that
    repeat them or the heads. Nothing where no page begins a second time."""
    rows = block.rows
    may_be_heads = list[int]()
    for first in range(1, min(_MOST_TITLES, len(rows) - 2) + 1):
        cells = [grid.rows[rows[first]][c] for c in block.columns]
        if sum(not is_blank(c) for c in cells) >= 2 and not any(map(is_number, cells)):
            may_be_heads.append(first)
    if not may_be_heads:
        return 0, []  # most tables: their rows are not looked through
    texts = [_texts(grid, block, r) for r in rows]
    for first in may_be_heads:
        again = [
            at
            for at in range(2 * first + 1, len(rows))
            if texts[at] == texts[first]
            and all(_is_again(texts[at - k], texts[first - k]) for k in range(1, first + 1))
        ]
        if again:
            return first, [rows[at - k] for at in again for k in range(first + 1)]
    return 0, []


def section_rows(grid: Grid, block: Block) -> list[int]:
    """The rows of a block that repeats its heads below a heading of each section, without the
    repeated heads and with the first heading below them; nothing for other blocks."""
    rows = list(block.rows)
    if len(rows) < 2 or block.width < 2:
        return []
    heads = _texts(grid, block, rows[1])
    if not _is_heading(_texts(grid, block, rows[0])) or sum(map(bool, heads)) < 2:
        return []
    again = [at for at in range(4, len(rows)) if _texts(grid, block, rows[at]) == heads]
    headings = [_texts(grid, block, rows[at - 1]) for at in (1, *again)]
    if not again or not all(map(_is_heading, headings)) or len(set(headings)) < 2:
        return []
    repeated = set(again)
    return [rows[1], rows[0], *(rows[at] for at in range(2, len(rows)) if at not in repeated)]


def _is_heading(texts: Sequence[str]) -> bool:
    """Whether a row holds one text at the left and no other."""
    return bool(texts[0]) and not any(texts[1:])


def carried_rows(
    grid: Grid, columns: Sequence[int], rows: Sequence[int], again: Sequence[int]
) -> list[int]:
    """The rows right above and below the head of a page that hold the same sums of all above."""
    heads, carried = set(again), list[int]()
    kept = [at for at, row in enumerate(rows) if row not in heads]
    above = _Above(grid)
    for one, other in pairwise(kept):
        if other > one + 1:  # a head between them
            pairs = [(grid.rows[rows[one]][c], grid.rows[rows[other]][c], c) for c in columns[1:]]
            told = [(a, c) for a, b, c in pairs if not (is_blank(a) and is_blank(b))]
            same = bool(told) and all(_text(a) == _text(b) for a, b, _ in pairs)
            if same and len(above.rows) > 1 and all(above.is_sum(a, c) for a, c in told):
                carried += [rows[one], rows[other]]
        if rows[one] not in carried[-2:]:  # a row is carried by this head or by the last
            above.rows.append(rows[one])
    return carried


@dataclass
class _Above:
    """The rows above the end of a page that are no sums; each number of them is read once."""

    grid: Grid
    rows: list[int] = field(default_factory=list)
    _read: defaultdict[tuple[int, str], list[float | None]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def is_sum(self, cell: Raw, column: int) -> bool:
        """Whether a cell is the sum of those above it, however decimals are written."""
        for decimal in ".,":
            number, others = _number(cell, decimal), self._read[column, decimal]
            more = self.rows[len(others) :]
            others += [_number(self.grid.rows[row][column], decimal) for row in more]
            known = [other for other in others if other is not None]
            if number is not None and known and isclose(number, sum(known), rel_tol=1e-9):
                return True
        return False


def _number(cell: Raw, decimal: str) -> float | None:
    if isinstance(cell, str):
        numeral = numerals.parse(cell)
        return None if numeral is None else numeral.number(decimal)
    return cell if isinstance(cell, int | float) else None


def without_page_numbers(grid: Grid, blocks: Sequence[Block]) -> list[Block]:
    """Blocks without those that number the pages (`Page 1 of 3`), and blocks with the same heads
    that nothing else stands between as one."""
    numbers = _page_numbers(grid, blocks)
    if not numbers:
        return list(blocks)
    done = list[Block]()
    for block in blocks:
        if block in numbers:
            continue
        last = done[-1] if done else None
        if last is not None and last.columns == block.columns and _same_heads(grid, last, block):
            rows = (*last.rows, *block.rows)
            done[-1] = replace(last, bottom=block.bottom, rows=rows)
        else:
            done.append(block)
    return done


def _page_numbers(grid: Grid, blocks: Sequence[Block]) -> list[Block]:
    """Single texts with two numbers, the first of which counts on and the second how many there
    are."""
    found = list[tuple[Block, str, list[int]]]()
    for block in blocks:
        cell = grid.rows[block.top][block.left]
        if block.height == block.width == 1 and isinstance(cell, str):
            counted = [int(n[:9]) for n in _DIGITS.findall(cell)]
            if len(counted) == 2:
                found.append((block, _DIGITS.sub("0", cell.strip()), counted))
    if len({text for _, text, _ in found}) != 1:
        return []
    pages = [page for _, _, (page, _) in found]
    totals = {of for _, _, (_, of) in found}
    if len(totals) == 1 and pages == list(range(1, len(pages) + 1)) and pages[-1] <= max(totals):
        return [block for block, _, _ in found]
    return []


def _same_heads(grid: Grid, one: Block, other: Block) -> bool:
    heads, again = (_texts(grid, b, b.top) for b in (one, other))
    return heads == again and one.width > 1 and not any(map(is_number, heads))


def _is_again(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two rows say the same, but for a number beside something else: `Plant 2` by itself
    is not `Plant 1` again."""
    alike = [_DIGITS.sub("0", t) for t in one] == [_DIGITS.sub("0", t) for t in other]
    return alike and (one == other or any(a == b != "" for a, b in zip(one, other, strict=True)))


def _texts(grid: Grid, block: Block, row: int) -> tuple[str, ...]:
    return tuple(_text(grid.rows[row][c]) for c in block.columns)


def _text(cell: Raw) -> str:
    return "" if is_blank(cell) else str(cell).strip()
