"""From the grids of a file to its tables: finds them, names them, and types their columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from math import isclose

from optwright.errors import DataError
from optwright.solvers.data.reading import wide
from optwright.solvers.data.reading.columns import RawColumn, Reading, TypedColumn, read_file, typed
from optwright.solvers.data.reading.corrections import Corrections, TableCorrection
from optwright.solvers.data.reading.grid import (
    Grid,
    Raw,
    column_letters,
    column_number,
    is_blank,
)
from optwright.solvers.data.reading.heads import Body, head_text, take_apart
from optwright.solvers.data.reading.regions import Block, Found, find, is_number, some
from optwright.solvers.data.reading.written_units import is_unit
from optwright.solvers.data.table import (
    Across,
    Answer,
    Cell,
    ColumnType,
    Question,
    Table,
    TableColumn,
    check_header,
    did_you_mean,
    number_column,
)
from optwright.solvers.data.total_rows import is_totals_name

MOST_KEYS = 10_000  # of a table that heads are compared with
LONGEST_TITLE = 40  # characters of a title that becomes the name of a table
_RANGE = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7}):\$?([A-Za-z]{1,3})\$?(\d{1,7})")
_CORNER = re.compile(r"(.+?)\s*[\\/|]\s*(.+)")


@dataclass
class Draft:
    """A table on its way: its columns as they stand there, and what is said of it. `values` are
    the places of columns below a head that may be a member of an index."""

    name: str
    grid: Grid
    block: Block
    body: Body
    correction: TableCorrection
    names: list[str] = field(default_factory=list)
    cells: list[list[Raw]] = field(default_factory=list)
    row_numbers: list[int] = field(default_factory=list)
    across: Across | None = None
    understood: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    def ask(self, text: str, *answers: tuple[str, str]) -> None:
        told = tuple(Answer(setting, meaning) for setting, meaning in answers)
        self.questions.append(Question(text, told, table=self.name))


def tables_of(
    name: str,
    grids: Sequence[Grid],
    corrections: Corrections,
    *,
    file: str,
    separator: str = "",
    is_text: bool = False,
) -> tuple[Table, ...]:
    """The tables in the sheets of a file. `file` is what messages call it; `separator` is that of
    a text file, `is_text` says that it is one."""
    taken, said = _sheets(grids, corrections)
    drafts = list(_drafts(name, taken, corrections, is_text))
    for draft in drafts:
        _refuse_uncalculated(draft, file)
        _fill(draft, is_text)
    members = _members(drafts)
    for draft in drafts:
        _lay_out(draft, members)
    drafts = [draft for draft in drafts if draft.row_numbers]
    if not drafts:
        empty = not any(grid.rows for grid in grids)
        raise DataError(f"table {name!r} is empty" if empty else f"table {name!r} has no rows")
    raw = {d.name: list(_raw_columns(d)) for d in drafts}
    reading = read_file(
        [column for columns in raw.values() for column in columns],
        separator=separator,
        decimal=corrections.decimal,
        days=corrections.days,
    )
    said += reading.understood
    tables = [_table(draft, raw[draft.name], reading, members) for draft in drafts]
    tables[0] = replace(
        tables[0],
        understood=(*said, *tables[0].understood),
        questions=(*reading.questions, *tables[0].questions),
    )
    return tuple(_settled(table, file, corrections) for table in tables)


def _settled(table: Table, file: str, corrections: Corrections) -> Table:
    """The table with its questions asked by the name of the correction file, or answered by it."""
    if corrections.as_understood:
        taken = (f"{q.text} Taken: {q.answers[0].meaning}" for q in table.questions if q.answers)
        return replace(table, questions=(), understood=(*table.understood, *taken))
    named = tuple(
        replace(question, file=f"{file.rpartition('/')[2]}.toml")
        for question in table.questions
        if not any(corrections.says(answer.setting, question.table) for answer in question.answers)
    )
    return replace(table, questions=named)


# Sheets


def _sheets(grids: Sequence[Grid], corrections: Corrections) -> tuple[list[Grid], list[str]]:
    taken, said = list[Grid](), list[str]()
    known = {grid.sheet for grid in grids}
    for name in corrections.sheets:
        if name not in known:
            raise DataError(
                f"the corrections name a sheet {name!r}, which is not there",
                hint=did_you_mean(name, sorted(known)),
            )
    for grid in grids:
        correction = corrections.sheets.get(grid.sheet)
        if correction is not None and correction.leave:
            continue
        if grid.is_hidden and not (correction is not None and correction.take):
            if any(not is_blank(cell) for row in grid.rows for cell in row):
                said.append(f"sheet {grid.sheet!r} is hidden and left out")
            continue
        taken.append(_without_hidden(grid) if corrections.hidden == "leave" else grid)
    return taken, said


def _without_hidden(grid: Grid) -> Grid:
    """A grid without its hidden rows and columns; merged areas that reach into them are filled."""
    rows = [r for r, number in enumerate(grid.row_numbers) if number not in grid.hidden_rows]
    columns = [c for c in range(grid.width) if grid.first_column + c not in grid.hidden_columns]
    if len(rows) == len(grid.rows) and len(columns) == grid.width:
        return grid
    filled = grid.filled
    return replace(
        grid,
        rows=[[filled.rows[r][c] for c in columns] for r in rows],
        row_numbers=[grid.row_numbers[r] for r in rows],
        merged=(),
        hidden_rows=frozenset(),
        hidden_columns=frozenset(),
    )


# Drafts


def _drafts(
    name: str, grids: Sequence[Grid], corrections: Corrections, is_text: bool
) -> Iterator[Draft]:
    found = [(grid, _found(grid, corrections, is_text)) for grid in grids]
    filled = [(grid, one) for grid, one in found if one.tables]
    named = {str(key): c for key, c in corrections.tables.items() if c.range}
    used = set[str](named)
    for grid, one in filled:
        base = name if len(filled) == 1 else f"{name}.{grid.sheet}"
        for at, block in enumerate(one.tables, 1):
            titles = block.titles
            if len(one.tables) > 1:
                titles = tuple(take_apart(grid, block, in_text_file=is_text).titles)
            called = _called(base, titles, at, len(one.tables), used)
            used.add(called)
            correction = corrections.table(called)
            if correction.leave:
                continue
            yield _draft(called, grid, block, one, correction, is_text)
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
        _rectangle(c.range, grid)
        for c in corrections.tables.values()
        if c.range and c.sheet in ("", grid.sheet)
    ]
    found.tables = [b for b in found.tables if not any(_overlap(b, r) for r in ranges)]
    return found


def _overlap(block: Block, other: tuple[int, int, int, int]) -> bool:
    top, left, bottom, right = other
    return (
        block.top <= bottom and top <= block.bottom and block.left <= right and left <= block.right
    )


def _called(base: str, titles: Sequence[str], at: int, many: int, used: Set[str]) -> str:
    """A table of several on a sheet goes by its title, or by its number."""
    if many == 1:
        return base
    title = next((t for t in reversed(titles) if 0 < len(t) <= LONGEST_TITLE), "")
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
        first = f"{column_letters(grid.first_column + draft.block.left)}{grid.row_numbers[draft.block.top]}"  # noqa: E501
        last = f"{column_letters(grid.first_column + draft.block.right)}{grid.row_numbers[draft.block.bottom]}"  # noqa: E501
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
    top, left, bottom, right = _rectangle(correction.range, grid)
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


def _rectangle(text: str, grid: Grid) -> tuple[int, int, int, int]:
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        raise DataError(f"{text!r} is no range of cells", hint='write it as "C5:H20"')
    places = {number: at for at, number in enumerate(grid.row_numbers)}
    first, last = int(found[2]), int(found[4])
    rows = [at for number, at in places.items() if first <= number <= last]
    left = column_number(found[1]) - grid.first_column
    right = column_number(found[3]) - grid.first_column
    return (min(rows, default=0), left, max(rows, default=-1), right)


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


def _refuse_uncalculated(draft: Draft, file: str) -> None:
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


# Cells


def _fill(draft: Draft, is_text: bool) -> None:
    """The cells of each column, with merged areas filled and empty keys filled from above."""
    grid, body = draft.grid, draft.body
    source = grid.filled
    draft.row_numbers = [grid.row_numbers[r] for r in body.rows]
    columns = [[source.rows[r][c] for r in body.rows] for c in body.columns]
    columns = [
        _once_in_merged(draft, c, cells) for c, cells in zip(body.columns, columns, strict=True)
    ]
    if body.group is not None:
        columns.insert(0, list(body.group))
        body.levels.insert(0, ("group",))
        body.columns.insert(0, -1)
    draft.cells = columns
    if is_text:
        _check_lengths(draft)
    _fill_down(draft)


def _once_in_merged(draft: Draft, column: int, cells: list[Raw]) -> list[Raw]:
    """A number in a cell that is merged over several rows or columns: of each, or of all of them
    together? That is asked."""
    grid, body = draft.grid, draft.body
    if not grid.merged:
        return cells
    rows = {r: at for at, r in enumerate(body.rows)}
    areas = [
        area
        for area in grid.merged
        if area[1] <= column <= area[3]
        and area[0] in rows
        and is_number(grid.rows[area[0]][area[1]])
        and sum(r in rows for r in range(area[0], area[2] + 1)) * (area[3] - area[1] + 1) > 1
    ]
    first_key = body.columns and column == body.columns[0]
    if not areas or first_key:
        return cells
    if draft.correction.merged == "once":
        for top, left, bottom, _ in areas:
            for r in range(top, bottom + 1):
                if r in rows and (r != top or column != left):
                    cells[rows[r]] = None
        return cells
    if draft.correction.merged == "" and not any("merged" in q.text for q in draft.questions):
        top, left, bottom, right = areas[0]
        value = head_text(grid.rows[top][left])
        place = f"{grid.place(top, left)}:{grid.place(min(bottom, len(grid.rows) - 1), right)}"
        draft.ask(
            f"the merged cell {place} of table {draft.name!r} holds {value}: is that for each of "
            "its rows, or for all of them together?",
            ('merged = "each"', "each (taken for now)"),
            ('merged = "once"', "together; it stays with the first"),
        )
    return cells


def _check_lengths(draft: Draft) -> None:
    """Rows of a text file have as many cells as its heads: else a separator stands in a cell."""
    grid, body = draft.grid, draft.body
    if body.has_no_heads or not body.levels:
        return
    own = [c for c, parts in zip(body.columns, body.levels, strict=True) if c >= 0 and any(parts)]
    heads = max(own, default=-1) + 1
    if not own:
        return
    hint = "a cell that holds the separator must be in quotes"
    nameless = [c for c in body.columns if c >= heads]
    if not nameless and min((grid.lengths.get(r, heads) for r in body.rows), default=0) >= heads:
        return
    for r in body.rows:
        last = max((c for c in body.columns if not is_blank(grid.rows[r][c])), default=0) + 1
        length = grid.lengths.get(r, heads)
        if (nameless and last > heads and not _all_filled(grid, body, nameless)) or length < heads:
            count = last if last > heads else length
            raise DataError(
                f"table {draft.name!r}, row {grid.row_numbers[r]} has {count} cells; the header "
                f"has {heads}",
                hint=hint,
            )


def _all_filled(grid: Grid, body: Body, columns: Sequence[int]) -> bool:
    return all(not is_blank(grid.rows[r][c]) for r in body.rows for c in columns)


def _fill_down(draft: Draft) -> None:
    """Empty cells below a key, in keys left of the last one."""
    wanted = draft.correction.fill_down
    if wanted is False or len(draft.cells) < 3:
        return
    keys = []
    heads = [next(filter(None, parts), "") for parts in draft.body.levels]
    for at, cells in enumerate(draft.cells):
        if at and wide.kind_of(heads[at:]):
            break  # the cells of a roster
        filled = [cells[r] for r in some(range(len(cells))) if not is_blank(cells[r])]
        if not filled or 2 * sum(map(is_number, filled)) > len(filled):
            break
        keys.append(at)
    done = list[str]()
    for at in keys[:-1]:
        cells = draft.cells[at]
        if is_blank(cells[0]) or not any(map(is_blank, cells)):
            continue
        last: Raw = None
        filled_in = 0
        for r, cell in enumerate(cells):
            if not is_blank(cell):
                last = cell
            elif any(not is_blank(draft.cells[k][r]) for k in keys if k > at) and not (
                isinstance(last, str) and is_totals_name(last)
            ):
                cells[r] = last
                filled_in += 1
        if filled_in:
            done.append(_head(draft, at))
    if done and wanted is None:
        told = ", ".join(map(repr, done))
        draft.ask(
            f"do empty cells in column {told} of table {draft.name!r} take the text above them?",
            ("fill_down = true", "they do (taken for now)"),
            ("fill_down = false", "they are empty"),
        )


def _head(draft: Draft, at: int) -> str:
    return " ".join(filter(None, draft.body.levels[at]))


# Levels of heads, and heads that are an index


def _members(drafts: Sequence[Draft]) -> Mapping[str, Set[str]]:
    """For each table the texts of its first column, and those of the others'."""
    own = {
        d.name: {head_text(c) for c in d.cells[0][:MOST_KEYS] if not is_blank(c)}
        if d.cells
        else set()
        for d in drafts
    }
    return {**own, "": set[str]().union(*own.values())}


def _lay_out(draft: Draft, members: Mapping[str, Set[str]]) -> None:
    """Give the columns their names; two levels of heads become names, or rows of an index."""
    levels = [tuple(filter(None, parts)) for parts in draft.body.levels]
    if len(levels) > 1 and len(levels[0]) > 1 and not any(map(is_number, draft.cells[0])):
        levels[0] = levels[0][-1:]  # the keys', such as `Row Labels` of a pivot table
    deep = [at for at, parts in enumerate(levels) if len(parts) > 1]
    known = members[""]
    if not deep:
        draft.names = [parts[0] if parts else "" for parts in levels]
        _corner(draft)
        return
    pairs = {at: (" ".join(levels[at][:-1]), levels[at][-1]) for at in deep}
    tops = list(dict.fromkeys(top for top, _ in pairs.values()))
    subs = list(dict.fromkeys(sub for _, sub in pairs.values()))
    by_top = {top: [sub for t, sub in pairs.values() if t == top] for top in tops}
    even = all(list(found) == by_top[tops[0]] for found in by_top.values())
    if len(tops) == 1 and len(subs) > 1:
        draft.names = [levels[at][-1] if levels[at] else "" for at in range(len(levels))]
        draft.across = Across(tuple(subs), tops[0])
        _corner(draft)
        if Counter(draft.names).most_common(1)[0][1] > 1:
            draft.names = [" ".join(parts) for parts in levels]
            draft.across = None
        return
    if len(tops) == len(pairs) and wide.kind_of(tops):
        draft.names = [parts[0] if parts else "" for parts in levels]
        told = ", ".join(sub for _, sub in list(pairs.values())[:3])
        draft.understood.append(f"the second row of heads ({told}, ...) is left out")
        _corner(draft)
        return
    if even and len(tops) > 1 and len(subs) > 1:
        _to_rows(draft, pairs, tops, subs, known)
        return
    draft.names = [_named(parts) for parts in levels]
    _corner(draft)


def _named(parts: Sequence[str]) -> str:
    """Heads below each other as one: `capacity` and `kg` are `capacity (kg)`."""
    if len(parts) == 2 and parts[1][0] not in "([" and is_unit(parts[1]):
        return f"{parts[0]} ({parts[1]})"
    return " ".join(parts)


def _corner(draft: Draft) -> None:
    """A name for the column of a blank corner, and what `from \\ to` says of heads."""
    names = draft.names
    if len(names) < 2:
        return
    keys = {head_text(cell) for cell in draft.cells[0][:MOST_KEYS]}
    is_matrix = len(keys & set(names[1:])) >= 2
    if not names[0]:
        names[0] = "from" if is_matrix else "name"
        if names[0] in names[1:]:
            names[0] = "row"
        draft.understood.append(f"the first column has no head and is called {names[0]!r}")
    elif (found := _CORNER.fullmatch(names[0])) and (
        is_matrix or "\\" in names[0] or wide.kind_of(names[1:])
    ):
        names[0] = found[1].strip()
        draft.across = Across(tuple(names[1:]), found[2].strip())


def _to_rows(
    draft: Draft,
    pairs: Mapping[int, tuple[str, str]],
    tops: Sequence[str],
    subs: Sequence[str],
    members: Set[str],
) -> None:
    """Several values under each head: the index becomes a column, the values columns of theirs."""
    upper, lower = wide.kind_of(tops), wide.kind_of(subs)
    upper_known = sum(t in members for t in tops) >= 2
    lower_known = sum(s in members for s in subs) >= 2
    is_upper = bool(upper) or upper_known
    is_lower = bool(lower) or lower_known
    wanted = draft.correction.heads
    if wanted:
        across_upper = wanted == "upper"
    elif is_upper != is_lower:
        across_upper = is_upper
    else:
        across_upper = len(tops) >= len(subs)
        named = [(tops, "upper", upper), (subs, "lower", lower)]
        (index, which, _), (others, other, _) = named if across_upper else named[::-1]
        draft.ask(
            f"table {draft.name!r} has two levels of heads: which of them are an index, "
            f"{', '.join(index[:4])} or {', '.join(others[:4])}?",
            (f'heads = "{which}"', f"{', '.join(index[:4])} (taken for now)"),
            (f'heads = "{other}"', ", ".join(others[:4])),
        )
    index_heads, kind = (tops, upper) if across_upper else (subs, lower)
    values = subs if across_upper else tops
    at_of = {(t, s) if across_upper else (s, t): at for at, (t, s) in pairs.items()}
    keys = [at for at in range(len(draft.cells)) if at not in pairs]
    levels = draft.body.levels
    key_names = [_named([p for p in levels[at] if p]) if any(levels[at]) else "" for at in keys]
    if key_names and not key_names[0]:
        key_names[0] = "name"
    called = draft.correction.index or kind or "head"
    while called in key_names or called in values:
        called += "_"
    names = [*key_names, called, *values]
    columns: list[list[Raw]] = [[] for _ in names]
    numbers = list[int]()
    kept = [
        (row, head)
        for row in range(len(draft.row_numbers))
        for head in index_heads
        if any(not is_blank(draft.cells[at_of[head, v]][row]) for v in values)
    ]
    for row, head in kept:
        cells = [draft.cells[at][row] for at in keys]
        cells += [head, *(draft.cells[at_of[head, v]][row] for v in values)]
        for column, cell in zip(columns, cells, strict=True):
            column.append(cell)
        numbers.append(draft.row_numbers[row])
    draft.names, draft.cells, draft.row_numbers = names, columns, numbers
    shown = ", ".join(index_heads[:3]) + (", ..." if len(index_heads) > 3 else "")
    draft.understood.append(f"the heads {shown} became the column {called!r}")


# Tables


def _raw_columns(draft: Draft) -> Iterator[RawColumn]:
    corrections = draft.correction.columns
    for name in corrections:
        if name not in draft.names:
            raise DataError(
                f"the corrections of table {draft.name!r} name a column {name!r}; there are "
                + ", ".join(map(repr, draft.names)),
                hint=did_you_mean(name, draft.names),
            )
    for at, (head, cells) in enumerate(zip(draft.names, draft.cells, strict=True)):
        own = corrections.get(head)
        if own is not None and own.leave:
            continue
        yield RawColumn(
            draft.name,
            own.name if own is not None and own.name else head,
            cells,
            draft.row_numbers,
            own.type if own is not None else "",
            own.decimal if own is not None else "",
            is_key=at == 0 and len(draft.names) > 1,
        )


def _table(
    draft: Draft, raw: Sequence[RawColumn], reading: Reading, members: Mapping[str, Set[str]]
) -> Table:
    columns = [typed(column, reading) for column in raw]
    check_header(draft.name, [column.name for column in columns])
    others = set[str]().union(*(keys for name, keys in members.items() if name != ""))
    columns, across = _index_of_heads(draft, columns, others)
    for column in columns:
        draft.understood += column.understood
        draft.questions += column.questions
    if across is not None:
        draft.understood.append(across.told())
    if draft.correction.long and across is not None:
        return _long(draft, columns, across)
    made = tuple(_table_column(column) for column in columns)
    return _finished(draft, made, draft.row_numbers, across)


def _table_column(column: TypedColumn) -> TableColumn:
    return TableColumn(column.name, column.type, column.cells)


def _finished(
    draft: Draft,
    columns: tuple[TableColumn, ...],
    row_numbers: Sequence[int],
    across: Across | None,
) -> Table:
    return Table(
        draft.correction.name or draft.name,
        columns,
        row_numbers,
        notes=tuple(draft.notes),
        doubts=tuple(draft.doubts),
        understood=tuple(draft.understood),
        questions=tuple(draft.questions),
        across=across,
    )


def _index_of_heads(
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


def _long(draft: Draft, columns: Sequence[TypedColumn], across: Across) -> Table:
    """The table with its index as a column: one row for each row and head that has a value."""
    keys = [c for c in columns if c.name not in across.heads]
    by_name = {c.name: c for c in columns}
    called, value = across.name or "head", "value"
    rows = [
        (at, head)
        for at in range(len(draft.row_numbers))
        for head in across.heads
        if by_name[head].cells[at] is not None
    ]
    made = [replace(c, cells=[c.cells[at] for at, _ in rows]) for c in keys]
    made.append(TypedColumn(called, ColumnType.TEXT, [head for _, head in rows]))
    texts = any(by_name[head].type is ColumnType.TEXT for head in across.heads)
    cells = [by_name[head].cells[at] for at, head in rows]
    last = TableColumn(value, ColumnType.TEXT, cells) if texts else number_column(value, cells)
    check_header(draft.name, [*(c.name for c in made), value])
    columns_made = (*map(_table_column, made), last)
    return _finished(draft, columns_made, [draft.row_numbers[at] for at, _ in rows], None)


def bad_cells(tables: Iterable[Table]) -> Iterator[tuple[str, str]]:
    """For each table's columns of numbers the cells that are none: the table, and a sentence."""
    for table in tables:
        for column in table.columns:
            if column.array is not None or column.type not in (
                ColumnType.INTEGER,
                ColumnType.NUMBER,
            ):
                continue
            bad = [(r, c) for r, c in zip(table.row_numbers, column.cells, strict=True)
                   if isinstance(c, str)]  # fmt: skip
            if bad:
                told = ", ".join(f"{text[:40]!r} in row {row}" for row, text in bad[:3])
                more = f" and {len(bad) - 3:,} more" if len(bad) > 3 else ""
                yield (
                    table.name,
                    (
                        f"column {column.name!r} of table {table.name!r} is of numbers but for "
                        f"{told}{more}"
                    ),
                )
