"""Text files that are drawn for the eye: remarks above, columns in frames or apart by spaces.

They become text whose cells are apart by a separator, line for line, before it is taken apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from optwright.solvers.data.reading import numerals

_GAP = re.compile(r"[ \u00a0]{2,}")
_LINE = re.compile(r"[\s|+:]*[-=_]{3,}[-=_|+:\s]*")
_REMARK = re.compile(r"\s*(?:#|//)\s*(?P<text>[^\W_].*)")
_MOST_LINES = 20_000
"""Reports that are longer than that are no text for the eye."""


def without_remarks(text: str, separator: str) -> str:
    """The text with the remarks above it (`# exported by planner`) as single cells. A last one that
    has as many cells as the numbers below it, as numpy writes heads, is taken for the heads."""
    if not text.lstrip().startswith(("#", "//")):
        return text
    lines = text.split("\n")
    count = 0
    while count < len(lines) and _REMARK.fullmatch(lines[count].rstrip("\r")):
        count += 1
    if count == len(lines) or lines[0].lstrip()[1:2] == separator:
        return text
    for at in range(count):
        said = _text_of(lines[at])
        is_last = at == count - 1
        lines[at] = said if is_last and _are_heads(said, lines[count], separator) else _cell(said)
    return "\n".join(lines)


def unframed(text: str) -> str:
    """A text whose cells stand in frames of `|` without the sides of the frames."""
    lines = text.split("\n")
    bare = [line.strip() for line in lines]
    framed = [at for at, line in enumerate(bare) if len(line) > 1 and line[0] == line[-1] == "|"]
    others = sum(bool(line) and not _LINE.fullmatch(line) for line in bare) - len(framed)
    if len(framed) < 2 or 2 * others > len(framed):
        return text
    for at in framed:
        lines[at] = bare[at][1:-1]
    return "\n".join(lines)


def by_spaces(text: str) -> list[list[str]] | None:
    """The cells of a text whose columns are apart by two spaces and more, one list a line (empty
    for a blank one or one that is drawn); None where the columns do not come out even."""
    lines = [line.rstrip() for line in text.splitlines()]
    if len(lines) > _MOST_LINES:
        return None
    told = [at for at, line in enumerate(lines) if line.strip() and not _LINE.fullmatch(line)]
    if len(told) < 2 or any("\t" in lines[at] for at in told):
        return None
    rows = {at: _GAP.split(lines[at].strip()) for at in told}
    inside = [at for at in told if len(rows[at]) > 1]
    if len(inside) < 2:
        return None
    # Lines of one text above and below are titles and notes.
    inside = [at for at in told if inside[0] <= at <= inside[-1]]
    if len({len(rows[at]) for at in inside}) > 1:
        cut = dict(_by_blank_columns(lines, inside))
        if not cut or min(sum(map(bool, row)) for row in cut.values()) < 2:
            return None
        rows |= cut
    return [rows.get(at, []) for at in range(len(lines))]


def _by_blank_columns(lines: Sequence[str], told: Sequence[int]) -> Iterator[tuple[int, list[str]]]:
    """Each line cut where all lines have two spaces or more."""
    width = max(len(lines[at]) for at in told)
    used = [False] * (width + 2)
    for at in told:
        for place, sign in enumerate(lines[at]):
            used[place] |= sign != " "
    starts = [
        place
        for place in range(2, width)
        if used[place] and not used[place - 1] and not used[place - 2]
    ]
    if not starts:
        return
    cuts = [0, *starts, width]
    for at in told:
        yield at, [lines[at][a:b].strip() for a, b in pairwise(cuts)]


def _text_of(line: str) -> str:
    found = _REMARK.fullmatch(line.rstrip("\r"))
    assert found is not None
    return found["text"].strip()


def _cell(text: str) -> str:
    quoted = text.replace('"', '""')
    return f'"{quoted}"'


def _are_heads(said: str, below: str, separator: str) -> bool:
    heads, cells = said.split(separator), below.split(separator)
    return (
        len(heads) == len(cells) > 1
        and any(numerals.parse(cell) is not None for cell in cells)
        and not any(numerals.parse(head) is not None for head in heads)
    )
