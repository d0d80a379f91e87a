"""Tables in memory: types, keys, numbers, and complaints that name the row."""

from __future__ import annotations

import datetime
from decimal import Decimal

import numpy as np
import pytest

from optwright.errors import DataError
from optwright.solvers.data.table import (
    CELL_LENGTH,
    PREVIEW_COLUMNS,
    ColumnType,
    Table,
    from_columns,
    from_rows,
    key_text,
)


def column_type(*cells: object) -> ColumnType:
    return from_columns("t", {"c": cells}).column("c").type


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ((1, 2), ColumnType.INTEGER),
        (("1", " 2 "), ColumnType.INTEGER),
        (("1", None), ColumnType.INTEGER),
        ((1, 2.5), ColumnType.NUMBER),
        (("1e3", "2"), ColumnType.NUMBER),
        ((Decimal("1.5"), np.int64(3)), ColumnType.NUMBER),
        ((True, False), ColumnType.INTEGER),
        (("007", "12"), ColumnType.TEXT),
        (("1_000",), ColumnType.TEXT),
        (("1,5", "2"), ColumnType.TEXT),
        ((None, ""), ColumnType.EMPTY),
        ((datetime.date(2026, 1, 5),), ColumnType.TEXT),
    ],
)
def test_a_column_has_the_type_of_all_its_cells(
    cells: tuple[object, ...], expected: ColumnType
) -> None:
    assert column_type(*cells) == expected


def test_zero_point_something_is_a_number() -> None:
    assert from_columns("t", {"c": ["0.5", "-0.25", "0"]}).numbers("c") == [0.5, -0.25, 0]


def test_a_whole_number_is_the_same_key_however_it_is_written() -> None:
    assert from_columns("t", {"c": [3, 3.0, "3"]}).keys("c") == ["3", "3", "3"]
    assert key_text(2.5) == "2.5"


@pytest.mark.parametrize(
    ("cells", "complaint"),
    [
        (["1", "n/a"], "row 2 holds 'n/a', which is not a number"),
        ([1, float("nan")], "row 2 holds nan"),
        (["inf", 1], "row 1 holds inf"),
        (["3", "n/a", "4", "many", "?"], "not a number; no numbers either: rows 4, 5"),
        (["x"] * 9, "no numbers either: rows 2, 3, 4, 5, 6 and 3 more"),
        ([1, None, 3], "row 2 is empty"),
        ([1, None, None], "row 2 is empty; no numbers either: row 3"),
        ([None, None], "row 1 is empty"),
        ([10**400], "row 1 holds 1000"),
        (["9" * 5000], "row 1 holds inf"),
    ],
)
def test_a_cell_that_is_no_finite_number_is_named(cells: list[object], complaint: str) -> None:
    with pytest.raises(DataError) as error:
        from_columns("demand", {"amount": cells}).numbers("amount")
    assert complaint in str(error.value)
    assert "table 'demand', column 'amount'" in str(error.value)


def test_an_empty_key_is_named() -> None:
    with pytest.raises(DataError, match="row 2 is empty"):
        from_columns("t", {"town": ["Lyon", " "]}).keys("town")


def test_a_missing_column_lists_those_there_and_the_nearest() -> None:
    table = from_columns("demand", {"town": ["Lyon"], "amount": [3]})
    with pytest.raises(DataError, match="it has 'town', 'amount'") as error:
        table.column("amuont")
    assert error.value.hint == "did you mean 'amount'?"


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        ({}, "empty"),
        ({"a": []}, "empty"),
        ({"a": [1, 2], "b": [1]}, "different lengths: 'a' 2, 'b' 1"),
        ({"a": [[1, 2]]}, "row 1 holds list"),
    ],
)
def test_columns_that_are_no_table_are_refused(
    columns: dict[str, list[object]], complaint: str
) -> None:
    with pytest.raises(DataError, match=complaint):
        from_columns("t", columns)


def test_a_row_without_a_column_has_an_empty_cell() -> None:
    table = from_rows("t", [{"a": 1}, {"a": 2, "b": "x"}])
    assert list(table.rows) == [(1, None), (2, "x")]


def wide(rows: int, columns: int, cell: str) -> Table:
    return from_columns("t", {f"c{at}": [cell] * rows for at in range(columns)})


def test_a_preview_shows_types_size_and_the_first_rows() -> None:
    table = from_columns("demand", {"town": ["Lyon", "Metz", "Nice", "Brest"], "t": [1, 2, 3, 4]})
    assert table.preview().splitlines() == [
        "demand: 4 rows",
        "columns: town (text), t (integer)",
        "Lyon | 1",
        "Metz | 2",
        "Nice | 3",
    ]


def test_a_preview_stays_short_whatever_the_table() -> None:
    preview = wide(50, 300, "long\ntext " * 1000).preview()
    assert len(preview) < 5 * PREVIEW_COLUMNS * (CELL_LENGTH + 3)
    assert len(preview.splitlines()) == 5
    assert "and 260 more" in preview


def test_what_is_in_a_column_that_came_as_an_array_is_what_is_in_its_cells() -> None:
    import numpy as np

    column = from_columns("t", {"a": np.array([1, 2, 3]), "b": np.array([0.5, 1.0, 2.0])})
    for head in ("a", "b"):
        cells = column.column(head).cells
        for asked in (None, 1, 2.0, 0.5, 7, "1", (1,)):
            assert (asked in cells) == (asked in list(cells))
