"""The tables that stand in the sheets of a file, each with its name, its place and its rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

from optwright.errors import DataError
from optwright.solvers.data.reading.blocks import Block
from optwright.solvers.data.reading.corrections import Corrections, TableCorrection
from optwright.solvers.data.reading.draft import Draft
from optwright.solvers.data.reading.footnotes import without_marks
from optwright.solvers.data.reading.grid import Grid, column_letters, is_blank
from optwright.solvers.data.reading.heads import take_apart
from optwright.solvers.data.reading.ranges import left_out, overlap, rectangle
from optwright.solvers.data.reading.regions import Found, find
from optwright.solvers.data.table import Answer, Question, did_you_mean

LONGEST_TITLE = 40  # characters of a title that becomes the name of a table


_KEY = re.compile(r"[^:]+:\s+\S")


def find_drafts(
    name: str, grids: Sequence[Grid], corrections: Corrections, is_text: bool
) -> Iterator[Draft]:
    found = [(grid, _found(grid, corrections, is_text)) for grid in grids]
    filled = [(*without_marks(grid, one), one) for grid, one in found if one.tables]
    named = {str(key): c for key, c in corrections.tables.items() if c.range}
    used = set[str](named)
    for grid, marks, one in filled:
        base = name if len(filled) == 1 else f"{name}.{grid.sheet}"
        for at, block in enumerate(one.tables, 1):
            titles = block.titles
            if len(one.tables) > 1:
                titles = tuple(take_apart(grid, block, in_text_file=is_text).titles)
            called = _called(base, titles, at, len(one.tables), used)
            used.add(called)
            correction = corrections.table(called)
            if correction.leave or left_out(grid, block, corrections):
                continue
            draft = _draft(called, grid, block, one, correction, is_text)
            if block is one.tables[0]:
                draft.understood += marks
            yield draft
    for key, correction in named.items():
        yield _draft_of_range(key, correction, grids, is_text)
    unknown = set(corrections.tables) - used
    if unknown:
        raise DataError(
            f"the corrections name a table {sorted(unknown)[0]!r}, which was not found; there are "
            + ", ".join(map(repr, sorted(used)))
        )


def _found(grid: Grid, corrections: Corrections, is_text: bool) -> Found:
    found = find(grid, ragged=is_text)
    ranges = [
        rectangle(c.range, grid)
        for c in corrections.tables.values()
        if c.range and c.sheet in ("", grid.sheet)
    ]
    found.tables = [b for b in found.tables if not any(overlap(b, r) for r in ranges)]
    return found


def _called(base: str, titles: Sequence[str], at: int, many: int, used: Set[str]) -> str:
    """A table of several on a sheet goes by its title, or by its number."""
    if many == 1:
        return base
    # `Plant: Ulm` above a table says something of it, and is not what it is called.
    names = [t for t in titles if 0 < len(t) <= LONGEST_TITLE and not _KEY.match(t)]
    title = names[-1] if names else ""
    name = f"{base}.{title}" if title else f"{base}.{at}"
    return name if name not in used else f"{base}.{at}"


def _draft(  # noqa: PLR0917  (what is known of one table, called in two places)
    name: str,
    grid: Grid,
    block: Block,
    found: Found,
    correction: TableCorrection,
    is_text: bool,
) -> Draft:
    body = take_apart(grid, block, header_rows=correction.header_rows, in_text_file=is_text)
    draft = Draft(name, grid, block, body, correction)
    _tell_place(draft, found, is_text)
    for text, *answers in body.questions:
        if "headings" in answers[0] and correction.headings is not None:
            continue
        draft.ask(text, (answers[0], answers[1]), (answers[2], answers[3]))
    if correction.headings is False and body.group is not None:
        again = take_apart(grid, replace(block, titles=()), header_rows=correction.header_rows,
                           in_text_file=is_text, headings=False)  # fmt: skip
        draft.body = again
    left = set(correction.leave_rows)
    if left:
        keep = [at for at, r in enumerate(draft.body.rows) if grid.row_numbers[r] not in left]
        if draft.body.group is not None:
            draft.body.group = [draft.body.group[at] for at in keep]
        draft.body.rows = [draft.body.rows[at] for at in keep]
    draft.understood += body.understood
    draft.notes += body.notes
    if body.lone_last_row and body.rows:
        row = grid.row_numbers[body.rows[-1]]
        draft.doubts.append(
            f"row {row} of table {name!r} holds one text alone and is read as a row"
        )
    _ask_of_hidden(draft)
    return draft


def _tell_place(draft: Draft, found: Found, is_text: bool) -> None:
    body, grid = draft.body, draft.grid
    told = "; ".join(dict.fromkeys(body.titles))
    if told:
        draft.understood.append(f"above it stands {told[:120]!r}")
    if not is_text and body.columns:
        first = grid.place(draft.block.top, draft.block.left)
        last = grid.place(draft.block.bottom, draft.block.right)
        if len(found.tables) > 1 or first != "A1" or body.titles:
            sheet = f" of sheet {grid.sheet!r}" if grid.sheet else ""
            draft.understood.append(f"it stands in {first}:{last}{sheet}")
    if found.tables and found.tables[0] is draft.block:
        draft.notes += [f"beside the tables stands {text[:80]!r}" for text in found.texts[:5]]


def _draft_of_range(
    name: str, correction: TableCorrection, grids: Sequence[Grid], is_text: bool
) -> Draft:
    fits = [g for g in grids if correction.sheet in ("", g.sheet)]
    if not fits:
        raise DataError(f"the corrections of table {name!r} name no sheet that is there",
                        hint=did_you_mean(correction.sheet, [g.sheet for g in grids]))  # fmt: skip
    grid = fits[0]
    top, left, bottom, right = rectangle(correction.range, grid)
    rows = tuple(
        r
        for r in range(max(top, 0), min(bottom, len(grid.rows) - 1) + 1)
        if any(not is_blank(c) for c in grid.rows[r][max(left, 0) : right + 1])
    )
    columns = tuple(range(max(left, 0), min(right, grid.width - 1) + 1))
    if not rows or not columns:
        raise DataError(f"table {name!r}: nothing stands in {correction.range}")
    block = Block(rows[0], columns[0], rows[-1], columns[-1], rows, columns)
    return _draft(name, grid, block, Found([block]), correction, is_text)


def _ask_of_hidden(draft: Draft) -> None:
    grid, body = draft.grid, draft.body
    rows = [grid.row_numbers[r] for r in body.rows if grid.row_numbers[r] in grid.hidden_rows]
    if rows:
        told = ", ".join(map(str, rows[:5])) + (
            f" and {len(rows) - 5} more" if len(rows) > 5 else ""
        )
        why = "hidden by a filter" if grid.is_filtered else "hidden"
        draft.questions.append(
            Question(
                f"rows {told} of table {draft.name!r} are {why}; do they belong to it?",
                (
                    Answer('hidden = "take"', "they do (taken for now)"),
                    Answer('hidden = "leave"', "what is hidden is left out"),
                ),
            )
        )
    columns = [c for c in body.columns if grid.first_column + c in grid.hidden_columns]
    if columns:
        names = ", ".join(repr(" ".join(filter(None, body.levels[body.columns.index(c)])))
                          for c in columns)  # fmt: skip
        draft.understood.append(f"hidden columns are taken: {names}")


def refuse_uncalculated(draft: Draft, file: str) -> None:
    grid, block = draft.grid, draft.block
    if not grid.uncalculated:
        return
    numbers = {grid.row_numbers[r] for r in block.rows}
    inside = sorted(
        (row, column)
        for row, column in grid.uncalculated
        if row in numbers and block.left <= column - grid.first_column <= block.right
    )
    if inside:
        row, column = inside[0]
        more = f" and {len(inside) - 1:,} more" if len(inside) > 1 else ""
        raise DataError(
            f"{file!r}: cell {column_letters(column)}{row}{more} of sheet {grid.sheet!r} holds a "
            "formula that was never calculated",
            hint="open the file in Excel or LibreOffice and save it once",
        )
