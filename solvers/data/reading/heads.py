"""The heads of a block and its rows: how many levels of heads, what they are called, and what in
the block is neither (titles, notes, repeated heads, headings of groups, row numbers)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from optwright.solvers.data.reading import numerals, wide
from optwright.solvers.data.reading.blocks import Block, is_day, is_number, some
from optwright.solvers.data.reading.counting import counts_on, is_year
from optwright.solvers.data.reading.dates import plain_date
from optwright.solvers.data.reading.grid import Grid, Raw, column_letters, is_blank
from optwright.solvers.data.reading.pages import carried_rows, page_rows, section_rows
from optwright.solvers.data.reading.written_units import is_unit

MOST_LEVELS = 3
_NUMBERING = re.compile(
    r"(?:#|nr|no|num|№|n°|nº|row|line|lfd\.? ?nr|pos|s\.?no|sl\.? ?no)\.?", re.I
)
_LINE = re.compile(r":?[-=_+]{3,}:?")
_NOTE = re.compile(r"[*†‡(\[]|.*[.:!]$|(?:\S+\s+){3,}\S+|\S+:\s")


@dataclass
class Body:
    """A block taken apart. `levels` has for each column its heads from top to bottom, an empty text
    where a level has none; `rows` are rows of the grid."""

    columns: list[int]
    levels: list[tuple[str, ...]]
    rows: list[int]
    titles: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    understood: list[str] = field(default_factory=list)
    questions: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    """Text, the setting of what was taken, what it means, the other setting, what that means."""
    group: list[str] | None = None
    """For each row the heading above it, where the rows are grouped under headings."""
    has_no_heads: bool = False
    lone_last_row: bool = False
    """Whether the last row holds one text and is read as a row all the same."""


def take_apart(
    grid: Grid,
    block: Block,
    *,
    header_rows: int | None = None,
    in_text_file: bool = False,
    headings: bool = True,
) -> Body:
    """The heads and rows of a block; `header_rows` is what a correction says."""
    body = Body(list(block.columns), [], list(block.rows), list(block.titles))
    body.notes += [text for _, text in block.notes]
    filled = grid.filled
    _drop_drawn_lines(grid, body)
    _take_pages(grid, block, body)
    _take_titles(grid, body, in_text_file)
    found = 0 if block.are_pairs else _count_levels(grid, body, in_text_file)
    levels = found if header_rows is None else header_rows
    body.has_no_heads = levels == 0
    _name_columns(grid, body, levels)
    body.rows = body.rows[levels:]
    _take_notes(grid, body)
    _drop_repeated_heads(grid, body)
    _drop_side_notes(grid, body)
    if levels and len(body.columns) > 1:
        if headings:
            _take_headings(filled, body)
        _drop_row_numbers(grid, body)
    return body


def head_text(cell: Raw) -> str:
    """A cell as a head: a day without midnight, 2026 for 2026.0."""
    if is_blank(cell):
        return ""
    if isinstance(cell, str):
        return " ".join(cell.split())
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, int | float):
        return str(cell)
    assert cell is not None
    return plain_date(cell)


# Titles above and notes below


def _take_pages(grid: Grid, block: Block, body: Body) -> None:
    """Of a report in pages, what stands above the heads of the first, and all that is there again
    on the others."""
    block = replace(block, rows=tuple(body.rows))
    if sections := section_rows(grid, block):
        body.rows = sections
        body.understood.append("heads that stand again above a section are left out")
        return
    titles, again = page_rows(grid, block)
    if not again:
        return
    for row in body.rows[:titles]:
        cells = [head_text(grid.rows[row][c]) for c in body.columns]
        body.titles.append(" ".join(filter(None, cells)))
    body.rows = body.rows[titles:]
    _drop(grid, body, again)
    told = ", ".join(str(grid.row_numbers[r]) for r in sorted(again)[:5])
    body.understood.append(f"rows {told} are the head of a page and are left out")


def _take_titles(grid: Grid, body: Body, in_text_file: bool) -> None:
    """Rows above the heads that hold one text at the left, or one text over all columns."""
    while len(body.columns) > 1 and len(body.rows) > 1:
        at = body.rows[0]
        there = [c for c in body.columns if not is_blank(grid.rows[at][c])]
        if _is_title_with_edge(grid, body, there):
            body.titles.append(" ".join(head_text(grid.rows[at][c]) for c in there))
            body.rows.pop(0)
            continue
        if len(there) != 1:
            break
        cell = grid.rows[at][there[0]]
        spans = _span(grid, at, there[0])
        over_all = spans >= len(body.columns)
        if not (over_all or (there[0] == body.columns[0] and spans <= 1) or _is_long(cell)):
            break
        if is_number(cell) and not is_day(cell):
            break
        following = [c for c in body.columns if not is_blank(grid.rows[body.rows[1]][c])]
        if (
            there[0] == body.columns[0]
            and not over_all
            and len(following) == 1
            and (following[0] == there[0] and len(body.rows) == 2)
        ):
            break
        if (
            in_text_file
            and len(following) > 1
            and not _is_header(
                grid,
                body,
                body.rows[1],
                _numeric_columns(grid, body, body.rows[2:] or body.rows[1:]),
            )
        ):
            break  # the heads themselves, all but one of them missing
        body.titles.append(head_text(cell))
        body.rows.pop(0)


def _is_title_with_edge(grid: Grid, body: Body, there: Sequence[int]) -> bool:
    """Whether the first row holds a title at the left and a text, a day or a number of its version
    at the right edge, with heads for every column right below it."""
    if len(body.columns) < 3 or list(there) != [body.columns[0], body.columns[-1]]:
        return False
    at, below = body.rows[0], [grid.rows[body.rows[1]][c] for c in body.columns]
    are_heads = not any(is_blank(c) or is_number(c) or is_day(c) for c in below)
    spans = (_span(grid, at, there[0]), _span(grid, at, there[-1]))
    is_text = isinstance(grid.rows[at][there[0]], str)
    return (
        is_text and are_heads and len(set(map(head_text, below))) == len(below) and max(spans) <= 1
    )


def _is_long(cell: Raw) -> bool:
    return isinstance(cell, str) and len(cell.split()) > 3


def _span(grid: Grid, row: int, column: int) -> int:
    """How many columns the cell takes."""
    for top, left, bottom, right in grid.merged:
        if top <= row <= bottom and left <= column <= right:
            return right - left + 1
    return 1


def _take_notes(grid: Grid, body: Body) -> None:
    """Rows at the end that hold one text which reads like a note: long, or marked as one."""
    while len(body.columns) > 1 and len(body.rows) > 1:
        at = body.rows[-1]
        there = [c for c in body.columns if not is_blank(grid.rows[at][c])]
        if len(there) != 1:
            return
        body.lone_last_row = True
        cell = grid.rows[at][there[0]]
        if not isinstance(cell, str) or is_number(cell):
            return
        keys = [grid.rows[r][there[0]] for r in body.rows[:-1]]
        spaced = any(r not in body.rows for r in range(body.rows[-2] + 1, at)) or (
            grid.row_numbers[at] - grid.row_numbers[body.rows[-2]] > 1
        )
        longest = max((len(k) for k in keys if isinstance(k, str)), default=0)
        if (
            not (
                _NOTE.match(cell.strip()) and (spaced or len(cell) > longest or cell[0] in "*†‡([")
            )
            and not spaced
        ):
            return
        body.lone_last_row = False
        body.notes.insert(0, f"row {grid.row_numbers[at]} is a note: {cell.strip()[:80]!r}")
        body.rows.pop()


# Levels of heads


def _count_levels(grid: Grid, body: Body, in_text_file: bool) -> int:
    rows = body.rows
    if len(rows) < 2:
        return _levels_of_one(grid, body)
    if len(body.columns) == 2 and all(_ends_in_colon(grid.rows[r][body.columns[0]]) for r in rows):
        body.understood.append("it has no heads; its columns are called name and value")
        return 0
    numeric = _numeric_columns(grid, body, rows[1:])
    first = [grid.rows[rows[0]][c] for c in body.columns]
    if all(map(is_number, first)) and not all(is_year(head_text(c)) for c in first[1:]):
        return _levels_without_heads(grid, body, numeric, in_text_file)
    if not _is_header(grid, body, rows[0], numeric):
        return _levels_without_heads(grid, body, numeric, in_text_file)
    levels = 1
    while levels < MOST_LEVELS and len(rows) > levels + 1:
        if not _is_another_level(grid, body, levels):
            break
        levels += 1
    return levels


def _ends_in_colon(cell: Raw) -> bool:
    return isinstance(cell, str) and cell.rstrip().endswith(":")


def _levels_of_one(grid: Grid, body: Body) -> int:
    cells = [grid.rows[body.rows[0]][c] for c in body.columns]
    return 0 if len(cells) == 2 and not is_number(cells[0]) and is_number(cells[1]) else 1


def _numeric_columns(grid: Grid, body: Body, rows: Sequence[int]) -> list[int]:
    found = list[int]()
    rows = some(rows)
    for c in body.columns:
        cells = [cell for r in rows if not is_blank(cell := grid.rows[r][c])]
        cells = [c for c in cells if not (isinstance(c, str) and numerals.is_missing(c))]
        if cells and 2 * sum(map(is_number, cells)) >= len(cells):
            found.append(c)
    return found


def _is_header(grid: Grid, body: Body, row: int, numeric: Sequence[int]) -> bool:
    """Whether a row can be one of heads: over columns of numbers it has texts, days, or numbers
    that count on (years, 1 to 12)."""
    cells = [grid.rows[row][c] for c in numeric]
    numbers = [cell for cell in cells if is_number(cell)]
    if not numbers:
        return True
    if len(numbers) == len([c for c in cells if not is_blank(c)]) and len(numbers) > 1:
        return counts_on([head_text(c) for c in numbers])
    few = 2 * len(numbers) <= len(cells) and all(is_year(head_text(n)) for n in numbers)
    keys = [c for c in body.columns if c not in numeric]
    named = all(not is_number(grid.rows[row][c]) for c in keys)
    one_year = len(cells) == 1 and is_year(head_text(numbers[0]))
    return named and (few or one_year)


def _levels_without_heads(
    grid: Grid, body: Body, numeric: Sequence[int], in_text_file: bool
) -> int:
    """The first row is like the others. Of names and numbers, such as parameters, nothing is
    asked; of other tables it is."""
    first = grid.row_numbers[body.rows[0]]
    keys = [c for c in body.columns if c not in numeric]
    told = ", ".join(head_text(grid.rows[body.rows[0]][c]) for c in body.columns[:4])
    if len(body.columns) == 2 and len(keys) == 1 and not in_text_file:
        body.understood.append("it has no heads; its columns are called name and value")
        return 0
    body.questions.append(
        (
            f"has the table no heads? Row {first} ({told}) looks like the rows below it",
            "header_rows = 0",
            "columns are called A, B, ... (taken for now)",
            "header_rows = 1",
            f"row {first} has the heads",
        )
    )
    return 0


def _is_another_level(grid: Grid, body: Body, level: int) -> bool:
    """Whether the row below `level` rows of heads is one more of them."""
    rows, columns = body.rows, body.columns
    row, rest = rows[level], rows[level + 1 :]
    above = [grid.rows[rows[level - 1]][c] for c in columns]
    cells = [grid.rows[row][c] for c in columns]
    if sum(not is_blank(c) for c in cells) < 1:
        return False
    gaps = any(is_blank(a) and not is_blank(b) for a, b in zip(above, cells, strict=True)) or any(
        top == rows[level - 1] and right > left for top, left, _, right in grid.merged
    )
    merged_down = any(
        top == rows[level - 1] and bottom >= row and left in columns
        for top, left, bottom, _ in grid.merged
    )
    numeric = _numeric_columns(grid, body, rest)
    at_numbers = [grid.rows[row][c] for c in numeric]
    told = [c for c in at_numbers if not is_blank(c)]
    if numeric and told and not any(map(is_number, told)):
        missing = [isinstance(c, str) and numerals.is_missing(c) for c in told]
        if any(missing) or 2 * len(told) < len(at_numbers):
            return False
        first = head_text(cells[0])
        beside = not first or first[0] in "([" or numerals.is_missing(first)
        return (
            gaps
            or merged_down
            or not first
            or (beside and _are_units(grid, rows[level - 1], row, numeric))
        )
    if gaps or merged_down:
        values = [head_text(c) for c, a in zip(cells, above, strict=True) if not is_blank(c)]
        if told and all(map(is_number, told)):
            in_spans = _within_spans(grid, body, level)
            return bool(in_spans) and all(
                counts_on(part) or (len(part) == 1 and is_year(part[0])) for part in in_spans
            )
        # Texts over texts, as in rosters: only where a cell is merged over both.
        return merged_down or (is_blank(cells[0]) and len(values) > 1)
    # Days over the days of the week they are.
    full = not any(map(is_blank, [*above, *cells[1:]]))
    return full and is_blank(cells[0]) and bool(wide.kind_of(list(map(head_text, cells[1:]))))


def _are_units(grid: Grid, above: int, row: int, numeric: Sequence[int]) -> bool:
    """Whether a row of short texts under full heads has their units: `kg`, `(h)`, `[EUR]`."""
    pairs = [(head_text(grid.rows[above][c]), head_text(grid.rows[row][c])) for c in numeric]
    told = [(a, b) for a, b in pairs if b]
    known = [b[0] in "([" or is_unit(b) for _, b in told]
    # Of one that is not known, `Stk`, the others say what it is.
    return bool(told) and all(a for a, _ in told) and 2 * sum(known) > len(known)


def _within_spans(grid: Grid, body: Body, level: int) -> list[list[str]]:
    """The texts of a level by the head above that spans them."""
    above, row = body.rows[level - 1], body.rows[level]
    parts, last = dict[str, list[str]](), ""
    for c in body.columns:
        over = head_text(grid.filled.rows[above][c]) or last
        cell = grid.rows[row][c]
        if not is_blank(grid.rows[above][c]):
            last = head_text(grid.rows[above][c])
        if is_number(cell) and over:
            parts.setdefault(over, []).append(head_text(cell))
    return list(parts.values())


def _name_columns(grid: Grid, body: Body, levels: int) -> None:
    if not levels:
        pair = len(body.columns) == 2 and not body.questions
        names = (
            ["name", "value"] if pair else [column_letters(i + 1) for i in range(len(body.columns))]
        )
        body.levels = [(name,) for name in names]
        return
    filled = grid.filled
    rows = body.rows[:levels]
    by_level = list[list[str]]()
    for depth, row in enumerate(rows):
        heads = [head_text(filled.rows[row][c]) for c in body.columns]
        if depth < levels - 1:
            heads = _spread(grid, body, rows, depth, heads)
        by_level.append(heads)
    body.levels = []
    for parts in zip(*by_level, strict=True):
        # A cell that is merged down stands in each level.
        kept = tuple(
            "" if depth and (part == parts[depth - 1] or numerals.is_missing(part)) else part
            for depth, part in enumerate(parts)
        )
        body.levels.append(kept)


def _spread(grid: Grid, body: Body, rows: Sequence[int], depth: int, heads: list[str]) -> list[str]:
    """A head stands over the columns right of it up to the next one, if these have heads below;
    not over a key column that has a head of its own only there."""
    spread, last = list[str](), ""
    for place, (column, head) in enumerate(zip(body.columns, heads, strict=True)):
        below = any(not is_blank(grid.rows[r][column]) for r in rows[depth + 1 :])
        if head:
            last = head if below and not _ends_here(grid, rows[depth], column) else ""
            spread.append(head)
        else:
            spread.append(last if below and place else "")
    return spread


def _ends_here(grid: Grid, row: int, column: int) -> bool:
    """Whether the cell is merged and this is its last column."""
    return any(
        top <= row <= bottom and left <= column == right and right > left
        for top, left, bottom, right in grid.merged
    )


# Rows that are no rows


def _drop_drawn_lines(grid: Grid, body: Body) -> None:
    """Rows of nothing but `-----`, `:---:` or `=====`, which draw a line below heads."""

    def is_line(row: int) -> bool:
        cells = [c for column in body.columns if not is_blank(c := grid.rows[row][column])]
        return bool(cells) and all(isinstance(c, str) and _LINE.fullmatch(c.strip()) for c in cells)

    body.rows = [row for row in body.rows if not is_line(row)]


def _drop_repeated_heads(grid: Grid, body: Body) -> None:
    if not body.levels or body.has_no_heads:
        return
    heads = [next((p for p in reversed(parts) if p), "") for parts in body.levels]
    if len(heads) < 2:
        return
    first = body.columns[0]
    again = [
        r
        for r in body.rows
        if str(grid.rows[r][first]).strip() == heads[0]
        and all(head_text(grid.rows[r][c]) == h for c, h in zip(body.columns, heads, strict=True))
    ]
    if again and len(again) < len(body.rows):
        _drop(grid, body, again)
        told = ", ".join(str(grid.row_numbers[r]) for r in again[:5])
        body.understood.append(f"row {told} repeats the heads and is left out")


def _drop(grid: Grid, body: Body, again: Sequence[int]) -> None:
    """Leave out rows that repeat the head of a page, and the sums that are carried over them."""
    carried = carried_rows(grid, body.columns, body.rows, again)
    dropped = {*again, *carried}
    body.rows = [row for row in body.rows if row not in dropped]
    if carried:
        told = ", ".join(str(grid.row_numbers[r]) for r in carried[:6])
        body.notes.append(f"rows {told} carry a sum from page to page and are left out")


def _drop_side_notes(grid: Grid, body: Body) -> None:
    """Columns without a head that hold texts in few rows."""
    for place in range(len(body.columns) - 1, 0, -1):
        column = body.columns[place]
        if any(body.levels[place]):
            continue
        cells = [c for r in body.rows if not is_blank(c := grid.rows[r][column])]
        if cells and 2 * len(cells) < len(body.rows) and not any(map(is_number, cells)):
            told = ", ".join(repr(str(c)[:60]) for c in cells[:3])
            body.notes.append(f"beside the table stands {told}")
            del body.columns[place], body.levels[place]


def _take_headings(grid: Grid, body: Body) -> None:
    """Rows that hold nothing but a text in the first column, above rows that are full: they name
    the group of the rows below."""

    def only_first(row: int) -> bool:
        first, second = (grid.rows[row][c] for c in body.columns[:2])
        if not (isinstance(first, str) and (second == first or is_blank(second))):
            return False
        cells = [grid.rows[row][c] for c in body.columns]
        return (
            isinstance(first, str)
            and not is_number(first)
            and (all(map(is_blank, cells[1:])) or all(c == first for c in cells))
        )

    headings = [r for r in body.rows if only_first(r)]
    if len(headings) < 2 or not body.rows or headings[0] != body.rows[0] or len(body.columns) < 2:
        return
    among = set(headings)
    follows = dict(zip(body.rows, [*body.rows[1:], None], strict=True))
    if any(follows[r] is None or follows[r] in among for r in headings):
        return
    group, kept, last = list[str](), list[int](), ""
    for row in body.rows:
        if row in among:
            last = str(grid.rows[row][body.columns[0]]).strip()
        else:
            group.append(last)
            kept.append(row)
    told = ", ".join(repr(str(grid.rows[r][body.columns[0]])) for r in headings[:3])
    numbers = ", ".join(str(grid.row_numbers[r]) for r in headings[:5])
    body.rows, body.group = kept, group
    body.questions.append(
        (
            f"do rows {numbers} ({told}) name groups of the rows below them?",
            "headings = true",
            "they become a column group (taken for now)",
            "headings = false",
            "they are rows like the others",
        )
    )


def _identify(grid: Grid, body: Body, columns: Sequence[int]) -> bool:
    """Whether the texts in some columns tell the rows apart."""
    numeric = _numeric_columns(grid, body, body.rows)
    keys = [c for c in columns if c not in numeric]
    rows = [tuple(head_text(grid.filled.rows[r][c]) for c in keys) for r in some(body.rows)]
    return bool(keys) and len(set(rows)) == len(rows)


def _drop_row_numbers(grid: Grid, body: Body) -> None:
    """A first column that counts the rows, without a head or with one that says so."""
    if len(body.columns) < 3 or len(body.rows) < 2:
        return
    head = " ".join(filter(None, body.levels[0]))
    if head and not _NUMBERING.fullmatch(head) and head != "Unnamed: 0":
        return
    cells = [head_text(grid.rows[r][body.columns[0]]) for r in body.rows]
    filled = [cell for cell in cells if cell]
    if len(filled) < len(cells) - 1 or not counts_on(filled) or int(filled[0]) not in (0, 1):
        return
    if head and not _identify(grid, body, body.columns[1:]):
        return  # items that are known by their number and by nothing else
    # A row without a number is one of totals.
    if is_number(grid.rows[body.rows[0]][body.columns[1]]) and not head:
        others = [grid.rows[r][c] for r in body.rows[:1] for c in body.columns[1:]]
        if all(is_number(cell) for cell in others):
            return  # a matrix over numbered places
    del body.columns[0], body.levels[0]
    body.understood.append(
        f"column {head!r} counts the rows and is left out"
        if head
        else "the first column counts the rows and is left out"
    )
