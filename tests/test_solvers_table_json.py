"""A table that is kept or handed on is the table that was read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from optwright.solvers.data.apart import read_apart
from optwright.solvers.data.table import Answer, Question, Table
from optwright.solvers.data.table_json import table_from_json, table_to_json
from optwright.solvers.data.tables import load

WIDE = "product,2026-01,2026-02\nsoap,3,4\nwax,5,\n"
OPEN = "day,load\n03/04/2026,5\n04/04/2026,6\n"


@pytest.mark.parametrize("text", [WIDE, OPEN, "a;b\n1,5;x\n2,25;y\n", "code\n007\n010\n"])
def test_everything_about_a_table_survives(tmp_path: Path, text: str) -> None:
    (path := tmp_path / "given.csv").write_text(text)
    (table,) = load([path]).values()
    again = table_from_json(table.name, json.loads(json.dumps(table_to_json(table))))
    assert told(again) == told(table)
    (apart,) = read_apart([path]).tables.values()
    assert told(apart) == told(table)


def test_questions_survive_with_their_answers(tmp_path: Path) -> None:
    (path := tmp_path / "given.csv").write_text(WIDE)
    (read,) = load([path]).values()
    question = Question("which?", (Answer("a = 1", "one"), Answer("", "two")), "given", "t.toml")
    table = replace(read, questions=(question,))
    again = table_from_json(table.name, json.loads(json.dumps(table_to_json(table))))
    assert again.questions == (question,)


def told(table: Table) -> object:
    columns = [(c.name, c.type, list(c.cells)) for c in table.columns]
    said = table.notes, table.doubts, table.understood, table.questions, table.across
    return table.name, columns, list(table.row_numbers), said
