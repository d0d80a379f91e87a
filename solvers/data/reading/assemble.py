"""From the grids of a file to its tables: finds them, names them, and types their columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace

from optwright.errors import DataError
from optwright.solvers.data.reading import dates
from optwright.solvers.data.reading.columns import RawColumn, Reading, TypedColumn, read_file, typed
from optwright.solvers.data.reading.corrections import Corrections
from optwright.solvers.data.reading.draft import Draft
from optwright.solvers.data.reading.fill_cells import fill_cells
from optwright.solvers.data.reading.find_drafts import find_drafts, refuse_uncalculated
from optwright.solvers.data.reading.grid import Grid
from optwright.solvers.data.reading.head_index import index_of_heads
from optwright.solvers.data.reading.levels import lay_out, members_of
from optwright.solvers.data.reading.sheets import chosen_sheets
from optwright.solvers.data.reading.summary_rows import ask_of_summaries
from optwright.solvers.data.reading.turned import turn
from optwright.solvers.data.table import (
    Across,
    ColumnType,
    Table,
    TableColumn,
    check_header,
    did_you_mean,
    number_column,
)


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
    taken, said = chosen_sheets(grids, corrections)
    drafts = list(find_drafts(name, taken, corrections, is_text))
    for draft in drafts:
        refuse_uncalculated(draft, file)
        fill_cells(draft, is_text)
    members = members_of(drafts)
    for draft in drafts:
        lay_out(draft, members)
        turn(draft)
    members = members_of(drafts)
    drafts = [draft for draft in drafts if draft.row_numbers]
    if not drafts:
        if any(grid.rows for grid in grids) and (corrections.sheets or corrections.tables):
            raise DataError(f"nothing of {name!r} is left to be read",
                            hint="take one of its sheets and tables")  # fmt: skip
        empty = not any(grid.rows for grid in grids)
        raise DataError(f"table {name!r} is empty" if empty else f"table {name!r} has no rows")
    raw = {d.name: list(_raw_columns(d)) for d in drafts}
    heads = [RawColumn(d.name, "", days, range(len(days))) for d in drafts if (days := _days(d))]
    reading = read_file(
        [*(column for columns in raw.values() for column in columns), *heads],
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


def _days(draft: Draft) -> list[str]:
    """The heads that are days as people write them."""
    found = [name for name in draft.names[1:] if dates.parse(name) is not None]
    return found if len(found) > 1 else []


def _with_days(draft: Draft, columns: list[TypedColumn], reading: Reading) -> list[TypedColumn]:
    """The columns with `2026-03-31` for heads that are days, as in cells."""
    days = set(_days(draft))
    written = {name: iso for name in days if (iso := reading.iso(name)) is not None}
    if len(set(written.values())) < len(days):
        return columns
    if draft.across is not None:
        heads = tuple(written.get(head, head) for head in draft.across.heads)
        draft.across = replace(draft.across, heads=heads)
    return [replace(c, name=written.get(c.name, c.name)) for c in columns]


def _table(
    draft: Draft, raw: Sequence[RawColumn], reading: Reading, members: Mapping[str, Set[str]]
) -> Table:
    columns = [typed(column, reading) for column in raw]
    columns = _with_days(draft, columns, reading)
    check_header(draft.name, [column.name for column in columns])
    ask_of_summaries(draft, columns)
    others = set[str]().union(*(keys for name, keys in members.items() if name != ""))
    columns, across = index_of_heads(draft, columns, others)
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
