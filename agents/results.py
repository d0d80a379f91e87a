"""The values of an answer as people take them on: by member, as data frames, as files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from optwright.errors import InputError, StorageError, Unavailable

if TYPE_CHECKING:
    from openpyxl import Workbook

    from optwright.solvers.model.formulation import Formulation

Key = str | tuple[str, ...]
_SHEET = 31  # characters of a sheet's name that Excel takes


def by_member(values: Mapping[str, float], name: str) -> dict[Key, float]:
    """The values of an indexed variable: `{("Lyon", "Paris"): 20.0}`, or `{"Lyon": 5.0}`.

    A variable without indices has one value, under `()`. Raises `InputError` for a name that the
    answer does not have.
    """
    found = {_key(element): value for element, value in values.items() if _base(element) == name}
    if not found:
        known = ", ".join(map(repr, dict.fromkeys(map(_base, values)))) or "none"
        raise InputError(f"the answer has no variable {name!r}; it has {known}")
    return found


def frame(
    values: Mapping[str, float],
    name: str,
    formulation: Formulation | None,
    library: Literal["pandas", "polars"] = "pandas",
) -> Any:
    """A data frame with a column for each index and one for the value, named like the variable.

    Raises `Unavailable` where the library is not installed.
    """
    columns = _columns(values, name, formulation)
    try:
        if library == "polars":
            import polars

            return polars.DataFrame(columns)
        import pandas

        return pandas.DataFrame(columns)
    except ImportError as error:
        raise Unavailable(
            f"a frame needs {library}, which is not installed", hint=f"pip install {library}"
        ) from error


def write(values: Mapping[str, float], path: Path, formulation: Formulation | None) -> None:
    """Write every variable: a sheet for each into `.xlsx`, or long rows into `.csv`.

    Raises `InputError` for another kind of file, `StorageError` where it cannot be written.
    """
    try:
        if path.suffix.lower() == ".xlsx":
            _workbook(values, formulation).save(path)
        elif path.suffix.lower() == ".csv":
            _write_csv(values, path)
        else:
            raise InputError(f"{path.name!r} is neither .xlsx nor .csv")
    except OSError as error:
        raise StorageError(f"{str(path)!r} cannot be written: {error.strerror}") from error


def _workbook(values: Mapping[str, float], formulation: Formulation | None) -> Workbook:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    single = {e: v for e, v in values.items() if "[" not in e}
    if single:
        sheet = book.create_sheet("answer")
        sheet.append(["decision", "value"])
        for element, value in single.items():
            sheet.append([_cell(element), value])
    for name in dict.fromkeys(_base(e) for e in values if "[" in e):
        columns = _columns(values, name, formulation)
        sheet = book.create_sheet(name[:_SHEET])
        sheet.append([_cell(head) for head in columns])
        for row in zip(*columns.values(), strict=True):
            sheet.append([_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return book


def _cell(text: str) -> str:
    """A text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def _write_csv(values: Mapping[str, float], path: Path) -> None:
    import csv

    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["variable", "members", "value"])
        for element, value in values.items():
            members = ",".join(_members(element))
            writer.writerow([_base(element), _cell(members), repr(value).removesuffix(".0")])


def _columns(
    values: Mapping[str, float], name: str, formulation: Formulation | None
) -> dict[str, list[Any]]:
    found = by_member(values, name)
    rows = [key if isinstance(key, tuple) else (key,) for key in found]
    heads = list(_heads(name, formulation, len(rows[0])))
    columns: dict[str, list[Any]] = {head: [row[k] for row in rows] for k, head in enumerate(heads)}
    columns[name if name not in columns else "value"] = list(found.values())
    return columns


def _heads(name: str, formulation: Formulation | None, width: int) -> Iterator[str]:
    """The names of the index columns: those of the sets, told apart where two are the same."""
    stated = (
        next((v for v in formulation.variables if v.name == name), None) if formulation else None
    )
    sets = stated.indices if stated is not None else ()
    seen: dict[str, int] = {}
    for k in range(width):
        head = sets[k] if len(sets) == width else f"index_{k + 1}"
        seen[head] = seen.get(head, 0) + 1
        yield head if seen[head] == 1 else f"{head}_{seen[head]}"


def _base(element: str) -> str:
    return element.partition("[")[0]


def _members(element: str) -> list[str]:
    inside = element.partition("[")[2]
    return inside[:-1].split(",") if inside else []


def _key(element: str) -> Key:
    members = _members(element)
    return members[0] if len(members) == 1 else tuple(members)
