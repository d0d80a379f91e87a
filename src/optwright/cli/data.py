"""`optwright data`: how files are understood as tables, and what they leave open."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optwright.cli.session import emit, json_option, tell, verbose_option

if TYPE_CHECKING:
    from optwright.solvers.data.table import Table

ASKED = 12


@click.command(short_help="Show how files are read as tables.")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option(
    "--rows", type=click.IntRange(min=0), default=3, show_default=True, help="Rows shown."
)
@click.option(
    "--accept",
    is_flag=True,
    help="Write beside each file that it is read as shown; nothing is asked any more.",
)
@json_option
@verbose_option
def data(*, sources: tuple[str, ...], rows: int, accept: bool, as_json: bool) -> int:
    """Show how files and databases are read as tables: what was found where, how numbers are
    written, what was left out, and what is open.

    FILE.toml beside a file corrects it (plan.xlsx.toml beside plan.xlsx). Exit status: 0 read, 12
    a question has to be answered first, 2 a file that cannot be read.
    """
    from optwright.solvers.data.tables import account, load, questions

    tables = load(list(sources))
    asked = questions(tables.values())
    if accept and asked:
        for name in _accepted(sources):
            tell(f"{name}: nothing is asked any more")
        tables = load(list(sources))
        asked = questions(tables.values())
    emit(json.dumps(_as_json(tables), ensure_ascii=False) if as_json
         else account(tables.values(), rows))  # fmt: skip
    return ASKED if asked else 0


def _accepted(sources: tuple[str, ...]) -> list[str]:
    """Write that what was taken holds, into the correction file beside each file."""
    from optwright.errors import DataError
    from optwright.solvers.data.databases import is_database
    from optwright.solvers.data.reading.corrections import path_beside
    from optwright.solvers.data.tables import questions, read, sheet_of

    written = list[str]()
    for source in sources:
        if is_database(source) or not questions(read(source)):
            continue
        beside = path_beside(Path(sheet_of(source)[0]))
        try:
            said = beside.read_text(encoding="utf-8") if beside.is_file() else ""
            # Before the first table of the TOML: behind it, it would be the table's.
            beside.write_text(f"as_understood = true\n{said}", encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"cannot write {str(beside)!r}: {error}") from error
        written.append(str(beside))
    return written


def _as_json(tables: Mapping[str, Table]) -> list[dict[str, object]]:
    return [
        {
            "name": table.name,
            "rows": len(table),
            "columns": [{"name": c.name, "type": c.type.value} for c in table.columns],
            "across": list(table.across.heads) if table.across else [],
            "understood": list(table.understood),
            "left_out": list(table.notes),
            "doubts": list(table.doubts),
            "questions": [question.told() for question in table.questions],
        }
        for table in tables.values()
    ]
