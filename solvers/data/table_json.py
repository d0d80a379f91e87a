"""Tables as JSON: for what is kept of a conversation, and for what a process hands to another."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from optwright.solvers.data.table import (
    Across,
    Answer,
    ColumnType,
    Question,
    Table,
    TableColumn,
    from_columns,
)

_SAID = ("notes", "doubts", "understood")


def table_to_json(table: Table) -> dict[str, Any]:
    """All of a table but its name."""
    content: dict[str, Any] = {
        "columns": {column.name: list(column.cells) for column in table.columns},
        "rows": list(table.row_numbers),
        "types": {column.name: column.type.value for column in table.columns},
    }
    if table.across is not None:
        content["across"] = [table.across.name, *table.across.heads]
    if table.questions:
        content["questions"] = [asdict(question) for question in table.questions]
    return content | {what: list(said) for what in _SAID if (said := getattr(table, what))}


def table_from_json(name: str, content: dict[str, Any]) -> Table:
    """What `table_to_json` wrote; of earlier versions columns get their types anew."""
    types = content.get("types")
    if types is None:
        table = from_columns(name, content["columns"], content["rows"])
    else:
        columns = (
            TableColumn(head, ColumnType(types[head]), cells)
            for head, cells in content["columns"].items()
        )
        table = Table(name, tuple(columns), content["rows"])
    called, *heads = content.get("across", [""])
    notes, doubts, understood = (tuple(content.get(what, ())) for what in _SAID)
    return replace(
        table,
        notes=notes,
        doubts=doubts,
        understood=understood,
        questions=tuple(map(_question, content.get("questions", ()))),
        across=Across(tuple(heads), called) if heads else None,
    )


def _question(content: dict[str, Any]) -> Question:
    return Question(**content | {"answers": tuple(Answer(**one) for one in content["answers"])})
