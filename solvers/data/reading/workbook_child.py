"""Reads one workbook in a process of its own, which has limits of memory and time.

    python -m optwright.solvers.data.reading.workbook_child PATH MAX_CELLS

What it found goes to standard output as `marshal`: plain lists, texts and numbers, a sheet at a
time. A workbook that needs more than the limits ends this process, and only that.
"""

from __future__ import annotations

import datetime
import marshal
import re
import sys
import zipfile
from typing import IO, Any
from xml.parsers import expat

from optwright.solvers.data.bounded_child import limit_myself

MEMORY_BYTES = 3 * 2**30
SECONDS = 60
MOST_UNPACKED = 2**29  # bytes of one part of a workbook that is looked into
_EXCEL_ROWS, _EXCEL_COLUMNS = 1_048_576, 16_384
_FAR = re.compile(rb'<(?:\w+:)?row\b[^>]{0,400}?\br="(\d{7,})"')


class Refused(Exception):
    """A sentence about the file."""


def main() -> None:
    path, most_cells = sys.argv[1], int(sys.argv[2])
    limit_myself(memory=MEMORY_BYTES, cpu_s=SECONDS)
    out = sys.stdout.buffer
    try:
        for part in _read(path, most_cells):
            marshal.dump(part, out)
        marshal.dump(("end",), out)
    except Refused as error:
        marshal.dump(("refused", str(error)), out)
    except MemoryError:
        marshal.dump(("refused", "it needs too much memory"), out)
    out.flush()


def _read(path: str, most_cells: int) -> Any:
    import python_calamine

    looks = _Looks(path)
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
    except python_calamine.PasswordError as error:
        raise Refused("it is protected by a password; save it without one") from error
    except Exception as error:  # its Rust parts raise whatever the file makes them
        raise Refused(_said(error)) from error
    cells = 0
    for number, known in enumerate(book.sheets_metadata):
        if known.typ != python_calamine.SheetTypeEnum.WorkSheet:
            continue
        looks.refuse_far_rows(known.name)
        try:
            sheet = book.get_sheet_by_index(number)
        except Exception as error:  # as above
            raise Refused(f"sheet {known.name!r}: {_said(error)}") from error
        start, end = sheet.start, sheet.end
        if start is None or end is None:
            continue
        height, width = end[0] - start[0] + 1, end[1] - start[1] + 1
        cells += height * width
        if height * width > 4 * most_cells:
            raise Refused(
                f"sheet {known.name!r} has cells as far as row {end[0] + 1:,} and column "
                f"{end[1] + 1:,}; delete what is far from its tables"
            )
        rows = [list(map(_plain, row)) for row in sheet.to_python(skip_empty_area=True)]
        merged = [
            (a[0] - start[0], a[1] - start[1], b[0] - start[0], b[1] - start[1])
            for a, b in (sheet.merged_cell_ranges or [])
        ]
        more = looks.of(known.name)
        _pad(rows, more.pop("padded", ()), start)
        yield ("sheet", {
            "name": known.name,
            "hidden": known.visible != python_calamine.SheetVisibleEnum.Visible,
            "top": start[0] + 1, "left": start[1] + 1,
            "rows": rows, "merged": merged, **more,
        })  # fmt: skip
        if cells > 8 * most_cells:
            raise Refused("its sheets have too many cells")


def _pad(rows: list[list[Any]], padded: Any, start: Any) -> None:
    """Write numbers that are shown as `00123` with their zeros, which make them names."""
    for row, column, width in padded:
        r, c = row - 1 - start[0], column - 1 - start[1]
        if 0 <= r < len(rows) and 0 <= c < len(rows[r]) and type(rows[r][c]) is int:
            rows[r][c] = f"{rows[r][c]:0{width}d}"


def _said(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _plain(cell: Any) -> Any:
    """A cell that `marshal` can write; days and times as a pair of their kind and ISO text."""
    if cell == "":
        return None
    if isinstance(cell, datetime.timedelta):
        return ("timedelta", cell.total_seconds())
    if isinstance(cell, datetime.datetime):
        return ("datetime", cell.isoformat())
    if isinstance(cell, datetime.date):
        return ("date", cell.isoformat())
    if isinstance(cell, datetime.time):
        return ("time", cell.isoformat())
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return int(cell)
    return cell


class _Looks:
    """What the engine does not tell of an .xlsx file: hidden rows and columns, filters, formulas
    that were never calculated. Nothing of other kinds of files."""

    def __init__(self, path: str) -> None:
        self._archive: zipfile.ZipFile | None = None
        self._parts: dict[str, str] = {}
        self._padded: dict[str, int] = {}
        if not path.lower().endswith((".xlsx", ".xlsm")):
            return
        try:
            self._archive = zipfile.ZipFile(path)
            self._parts = _sheet_parts(self._archive)
            self._padded = _padded_styles(self._archive)
        except (OSError, KeyError, ValueError, zipfile.BadZipFile, NotImplementedError,
                RuntimeError, EOFError) as error:  # fmt: skip
            raise Refused(_said(error)) from error
        except expat.ExpatError as error:
            raise Refused(f"its XML is damaged ({error})") from error
        for part in self._archive.infolist():
            if part.file_size > MOST_UNPACKED:
                raise Refused(f"{part.filename!r} in it unpacks to {part.file_size >> 20:,} MiB")

    def refuse_far_rows(self, sheet: str) -> None:
        """Rows beyond those of a workbook; the engine would make room for all before them."""
        part = self._parts.get(sheet)
        if self._archive is None or part is None:
            return
        tail = b""
        try:
            with self._archive.open(part) as stream:
                for piece in _pieces(stream):
                    if b"<!DOCTYPE" in tail + piece or b"<!ENTITY" in tail + piece:
                        raise Refused(f"sheet {sheet!r} declares entities, which no table needs")
                    for found in _FAR.finditer(tail + piece):
                        if int(found[1][:12]) > _EXCEL_ROWS:
                            raise Refused(
                                f"sheet {sheet!r} names row {int(found[1][:12]):,}; a workbook has "
                                f"{_EXCEL_ROWS:,}"
                            )
                    tail = piece[-500:]
        except (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile) as error:
            raise Refused(f"sheet {sheet!r}: {_said(error)}") from error
        except Exception as error:
            if type(error).__module__ == "zlib":  # damaged packing
                raise Refused(f"sheet {sheet!r}: {_said(error)}") from error
            raise

    def of(self, sheet: str) -> dict[str, Any]:
        part = self._parts.get(sheet)
        if self._archive is None or part is None:
            return {}
        watch = _Watch(self._padded)
        try:
            with self._archive.open(part) as stream:
                for piece in _pieces(stream):
                    watch.parser.Parse(piece, False)
                watch.parser.Parse(b"", True)
        except (expat.ExpatError, OSError, zipfile.BadZipFile) as error:
            raise Refused(f"the XML of sheet {sheet!r} is damaged ({_said(error)})") from error
        return {
            "hidden_rows": watch.rows, "hidden_columns": watch.columns,
            "filtered": watch.filtered, "uncalculated": watch.uncalculated,
            "padded": watch.padded,
        }  # fmt: skip


def _pieces(stream: IO[bytes]) -> Any:
    while piece := stream.read(2**20):
        yield piece


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """For each sheet its part in the archive."""
    targets, named = dict[str, str](), dict[str, str]()

    def relation(tag: str, given: dict[str, str]) -> None:
        if _bare(tag) == "Relationship":
            targets[given.get("Id", "")] = given.get("Target", "")

    def sheet(tag: str, given: dict[str, str]) -> None:
        if _bare(tag) == "sheet":
            at = next((v for k, v in given.items() if _bare(k) == "id"), "")
            named[given.get("name", "")] = at

    for part, hear in (("xl/_rels/workbook.xml.rels", relation), ("xl/workbook.xml", sheet)):
        if archive.getinfo(part).file_size > 2**24:
            raise Refused(f"{part!r} in it is too large")
        parser = _parser()
        parser.StartElementHandler = hear
        parser.Parse(archive.read(part), True)
    found = dict[str, str]()
    for name, at in named.items():
        target = targets.get(at, "").lstrip("/")
        target = target if target.startswith("xl/") else f"xl/{target}"
        if target in archive.NameToInfo:
            found[name] = target
    return found


def _padded_styles(archive: zipfile.ZipFile) -> dict[str, int]:
    """For each style of cells that shows whole numbers with leading zeros, how many digits."""
    part = "xl/styles.xml"
    if part not in archive.NameToInfo or archive.getinfo(part).file_size > 2**24:
        return {}
    widths, styles, inside = dict[str, int](), list[int](), False

    def start(tag: str, given: dict[str, str]) -> None:
        nonlocal inside
        match _bare(tag):
            case "numFmt" if re.fullmatch(r"0{2,15}", given.get("formatCode", "")):
                widths[given.get("numFmtId", "")] = len(given["formatCode"])
            case "cellXfs":
                inside = True
            case "xf" if inside:
                styles.append(widths.get(given.get("numFmtId", ""), 0))

    def end(tag: str) -> None:
        nonlocal inside
        inside = inside and _bare(tag) != "cellXfs"

    parser = _parser()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(archive.read(part), True)
    return {str(at): width for at, width in enumerate(styles) if width}


def _place(cell: str) -> tuple[int, int] | None:
    """Row and column of `B12`, from 1."""
    found = re.fullmatch(r"([A-Z]{1,3})(\d{1,7})", cell)
    if found is None:
        return None
    number = 0
    for letter in found[1]:
        number = number * 26 + ord(letter) - 64
    return int(found[2]), number


def _bare(tag: str) -> str:
    return tag.rpartition(":")[2]


def _parser() -> Any:
    parser = expat.ParserCreate()

    def refuse(*_: Any) -> None:
        raise Refused("it declares entities, which no table needs")

    parser.EntityDeclHandler = refuse
    parser.StartDoctypeDeclHandler = refuse
    return parser


class _Watch:
    """Listens to the XML of one sheet."""

    def __init__(self, padded: dict[str, int]) -> None:
        self._widths = padded
        self.padded: list[tuple[int, int, int]] = []
        self.rows: list[int] = []
        self.columns: list[int] = []
        self.uncalculated: list[tuple[int, int]] = []
        self.filtered = False
        self.parser = _parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._cell = ""
        self._has_formula = self._has_value = self._in_value = False

    def _start(self, tag: str, given: dict[str, str]) -> None:
        tag = _bare(tag)
        if tag == "c":
            self._cell = given.get("r", "")
            width = self._widths.get(given.get("s", "")) if self._widths else None
            if width and (place := _place(self._cell)):
                self.padded.append((*place, width))
            self._has_formula = self._has_value = False
        elif tag == "f":
            self._has_formula = True
        elif tag == "is":
            self._has_value = True
        elif tag == "v":
            self._in_value = True
        elif tag == "row":
            if given.get("hidden") in ("1", "true") and given.get("r", "").isdecimal():
                self.rows.append(int(given["r"]))
        elif tag == "col" and given.get("hidden") in ("1", "true"):
            low, high = given.get("min", ""), given.get("max", "")
            if low.isdecimal() and high.isdecimal():
                self.columns += range(int(low), min(int(high), _EXCEL_COLUMNS) + 1)
        elif tag == "autoFilter":
            self.filtered = True

    def _text(self, text: str) -> None:
        # Some writers put an empty value beside a formula.
        self._has_value |= self._in_value and bool(text.strip())

    def _end(self, tag: str) -> None:
        if _bare(tag) == "v":
            self._in_value = False
        if _bare(tag) == "c" and self._has_formula and not self._has_value:
            place = _place(self._cell)
            if place and len(self.uncalculated) < 100_000:
                self.uncalculated.append(place)


if __name__ == "__main__":
    main()
