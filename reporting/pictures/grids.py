"""Rosters and plans as a table: periods across, and in each cell what is chosen there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil

from optwright.agents.render import number
from optwright.reporting.answers import Family, Members
from optwright.solvers.model.formulation import Domain

MOST_ROWS = 60
MOST_ACROSS = 62
_TONES = 6
_SHADES = 5


def roster(family: Family, axis: int) -> str:
    """A yes/no decision over two indices or three: a row for each member of the first of the other
    two, in its cells a dot, or the members of the third; empty where it is too wide."""
    others = [at for at in range(len(family.sets)) if at != axis]
    if not 1 <= len(others) <= 2:
        return ""
    row_at, inner = _arranged(family, axis, others)
    cells = dict[tuple[str, str], list[str]]()
    for key in family.chosen:
        said = key[inner] if inner is not None else "●"
        cells.setdefault((key[row_at], key[axis]), []).append(said)
    tones = {} if inner is None else {
        member: at % _TONES for at, member in enumerate(family.members[inner])
    }  # fmt: skip
    marked = {
        place: (", ".join(said), f"tone{tones[said[0]]}" if said[0] in tones else "tone0")
        for place, said in cells.items()
    }
    return _table(family.members[row_at], family.members[axis], marked)


def _arranged(family: Family, axis: int, others: Sequence[int]) -> tuple[int, int | None]:
    """Which index is down and which stands in the cells: cells shall hold one member each."""
    if len(others) == 1:
        return others[0], None
    first, second = others

    def crowded(row: int) -> int:
        places = [(key[row], key[axis]) for key in family.chosen]
        return len(places) - len(set(places))

    return (second, first) if crowded(second) < crowded(first) else (first, second)


def amounts(family: Family, axis: int) -> str:
    """Amounts over periods and whatever else there is, the larger the darker."""
    most = max(map(abs, family.chosen.values()), default=1.0)
    rows = dict[str, None]()
    cells = dict[tuple[str, str], tuple[str, str]]()
    for key, value in family.chosen.items():
        row = ", ".join(key[:axis] + key[axis + 1 :])
        rows[row] = None
        shade = ceil(_SHADES * abs(value) / most)
        cells[row, key[axis]] = number(value), f"n shade{shade}"
    return _table(tuple(rows), family.members[axis], cells)


def _table(rows: Members, across: Members, cells: Mapping[tuple[str, str], tuple[str, str]]) -> str:
    """The table; rows and columns that hold nothing at all are named below it."""
    used = [row for row in rows if any((row, head) in cells for head in across)]
    if not used or len(used) > MOST_ROWS or len(across) > MOST_ACROSS:
        return ""
    heads = "".join(f"<th>{escape(head)}</th>" for head in across)
    lines = []
    for row in used:
        inside = ""
        for head in across:
            text, kind = cells.get((row, head), ("", ""))
            inside += f'<td class="{kind}">{escape(text)}</td>' if text else "<td></td>"
        lines.append(f"<tr><th>{escape(row)}</th>{inside}</tr>")
    idle = [row for row in rows if row not in set(used)]
    note = f'<p class="faint small">Nothing for {escape(", ".join(idle))}.</p>' if idle else ""
    return (
        f'<div class="scroll"><table class="plan"><tr><th></th>{heads}</tr>{"".join(lines)}'
        f"</table></div>{note}"
    )


def is_choice(family: Family) -> bool:
    return family.variable is not None and family.variable.domain is Domain.BINARY
