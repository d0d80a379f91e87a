"""From the bytes of a text file to a grid: its encoding, its separator, its cells."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

from optwright.errors import DataError
from optwright.solvers.data.reading import numerals
from optwright.solvers.data.reading.drawn_text import by_spaces, unframed, without_remarks
from optwright.solvers.data.reading.grid import Grid, Raw
from optwright.solvers.data.table import MAX_CELLS

SEPARATORS = (",", ";", "\t", "|")
_SAMPLE = 64 * 1024  # characters that the separator is found by
_SAMPLE_ROWS = 60
_GUESSED = 256 * 1024  # bytes that an encoding is guessed from
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LONGEST_CELL = 2**20  # characters


@dataclass(frozen=True)
class Text:
    """A text with the encoding it was in; `is_guessed` where no rule says so."""

    text: str
    encoding: str
    is_guessed: bool = False


def decode(content: bytes, place: str, encoding: str = "") -> Text:
    """The text of a file: by the encoding a correction names, by its first bytes, as UTF-8, or
    by what fits it best. `DataError` for bytes that are no text."""
    if encoding:
        try:
            return Text(content.decode(encoding).removeprefix("\ufeff"), encoding)
        except (LookupError, UnicodeError) as error:
            raise DataError(f"{place!r} is not text in {encoding!r}: {error}") from error
    for bom, name in _BOMS:
        if content.startswith(bom):
            try:
                return Text(content.decode(name).removeprefix("\ufeff"), name)
            except UnicodeError as error:
                raise DataError(f"{place!r} begins as {name} text and is damaged") from error
    if silent := _without_bom(content):
        return Text(content.decode(silent, errors="replace"), silent)
    if b"\0" in content[:_GUESSED]:
        raise DataError(f"{place!r} is no text file", hint="save it as CSV UTF-8, or as .xlsx")
    try:
        return Text(content.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        return _guessed(content, place)


def _without_bom(content: bytes) -> str:
    """UTF-16 without a mark: every second byte of Latin text is zero."""
    head = content[:2000]
    if len(head) < 4 or len(content) % 2:
        return ""
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * half and odd < 0.05 * half else ""


def _guessed(content: bytes, place: str) -> Text:
    from charset_normalizer import from_bytes

    # Of Western Europe nearly always; else what its measure of disorder prefers.
    found = "cp1252"
    text = content.decode(found, errors="replace")
    if not _reads_as_western(text[:_GUESSED]):
        best = from_bytes(content[:_GUESSED]).best()
        found = best.encoding if best is not None else found
        try:
            text = content.decode(found)
        except (LookupError, UnicodeError) as error:
            raise DataError(
                f"{place!r} is no text in an encoding that is known",
                hint=f'say which it is in {place.rpartition("/")[2]}.toml: encoding = "cp1250"',
            ) from error
    if "\ufffd" in text:
        raise DataError(f"{place!r} is no text in an encoding that is known",
                        hint="save it as CSV UTF-8, or as .xlsx")  # fmt: skip
    return Text(text, found, is_guessed=True)


def _reads_as_western(text: str) -> bool:
    """Whether letters with accents are few and stand where words have them: other alphabets read so
    are accents throughout, or signs and capitals inside of words."""
    letters = [c for c in text if c.isalpha()]
    accented = [c for c in letters if ord(c) > 127]
    if "\ufffd" in text or 10 * len(accented) > 3 * len(letters):
        return False
    odd = re.search(r"[^\W\d_][¡-©«-¹»-¿×÷]|[£¥¦©®¶][^\W\d_]|[a-zß-ÿ][À-ÞŠŒŽŸ]", text)
    return odd is None


def grid_of(text: str, name: str, separator: str = "") -> tuple[Grid, str]:
    """The cells of a text and the separator they are apart by; rows are counted as lines."""
    if not separator and (drawn := _drawn(text)) is not None:
        return drawn, " "
    separator = separator or find_separator(text)
    text, skipped = _without_sep_line(text)
    text = without_remarks(text, separator)
    if separator == "|":
        text = unframed(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True,
                        skipinitialspace=separator != "\t")  # fmt: skip
    rows, numbers, cells = list[list[Raw]](), list[int](), 0
    lengths = dict[int, int]()
    before = csv.field_size_limit(LONGEST_CELL)
    last = 0
    try:
        for row in reader:
            if reader.line_num - skipped < 0:
                continue
            if any(map(str.strip, row)):
                # Blank lines stay, since they part tables; a thousand of them part no better.
                gap = reader.line_num - last - _lines(row)
                for blank in range(max(0, min(gap, 2)) if rows else 0):
                    rows.append([])
                    numbers.append(last + 1 + blank + skipped)
                lengths[len(rows)] = len(row)
                rows.append(list(row))
                numbers.append(reader.line_num + skipped)
                last = reader.line_num
                cells += len(row)
                if cells > MAX_CELLS:
                    raise DataError(f"table {name!r} has more than {MAX_CELLS:,} cells")
    except csv.Error as error:
        raise DataError(f"table {name!r}, line {reader.line_num + skipped}: {error}") from error
    finally:
        csv.field_size_limit(before)
    width = max(map(len, rows), default=0)
    if width * len(rows) > 2 * MAX_CELLS:
        raise DataError(f"table {name!r} has rows of very different lengths, up to {width:,} cells")
    for cells_of_row in rows:
        cells_of_row.extend([None] * (width - len(cells_of_row)))
    return Grid(rows, numbers, lengths=lengths), separator


def _drawn(text: str) -> Grid | None:
    """The cells of a text whose columns are apart by spaces and whose rows by nothing else."""
    first = text[:_SAMPLE]
    if "  " not in first or max(_evenness(first, sign)[0] for sign in SEPARATORS) >= 1:
        return None
    found = by_spaces(text)
    if found is None:
        return None
    rows: list[list[Raw]] = [list(row) for row in found]
    width = max(map(len, rows))
    for row in rows:
        row.extend([None] * (width - len(row)))
    return Grid(rows, list(range(1, len(rows) + 1)), lengths=dict.fromkeys(range(len(rows)), width))


def _lines(row: list[str]) -> int:
    """The lines that a row takes in the file."""
    return 1 + sum(cell.count("\n") for cell in row)


def _without_sep_line(text: str) -> tuple[str, int]:
    """Excel's `sep=;` in the first line is no data."""
    first, _, rest = text.partition("\n")
    is_said = first.strip().lower().startswith("sep=") and len(first.strip()) <= 5
    return (rest, 1) if is_said else (text, 0)


def find_separator(text: str) -> str:
    """The sign that parts most rows of the text's beginning into the same number of cells, at
    least two; a comma where none does."""
    first = text.partition("\n")[0].strip()
    if first.lower().startswith("sep=") and len(first) == 5:
        return first[4]
    lines = text[:_SAMPLE].splitlines()
    if len(text) > _SAMPLE and len(lines) > 1:
        lines = lines[:-1]
    sample = "\n".join(lines)
    scores = {sign: _evenness(sample, sign) for sign in SEPARATORS}
    best = max(SEPARATORS, key=lambda sign: scores[sign])
    return best if scores[best] > (0, 0) else ","


def _evenness(sample: str, sign: str) -> tuple[float, float]:
    """The share of rows that have the most usual number of cells, where that is two or more, and
    how many of their cells hold something."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=sign)
    rows = list[list[str]]()
    try:
        for row in reader:
            if any(map(str.strip, row)):
                rows.append(row)
            if len(rows) >= _SAMPLE_ROWS:
                break
    except csv.Error:
        if not rows:
            return (0, 0)
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return (0, 0)
    width, count = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
    cells = [cell for row in rows if len(row) == width for cell in row]
    # `1,5;2,5` apart by commas leaves pieces of numbers and no separators in quotes.
    whole = sum(not any(s in cell for s in ";\t|") for cell in cells) / len(cells)
    numbers = sum(numerals.parse(cell) is not None for cell in cells) / len(cells)
    return (count / len(rows) * whole, width + numbers)
