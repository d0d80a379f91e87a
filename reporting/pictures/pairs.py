"""Who goes with whom: yes/no decisions over things of different kinds, as pairs or as groups."""

from __future__ import annotations

from collections import Counter
from html import escape

from optwright.reporting.answers import Family

MOST_ROWS = 80


def pairs(family: Family) -> str:
    """A line for each thing and what it is put together with. The index whose members appear more
    than once heads the lines, so that what is assigned stands where it belongs."""
    if len(family.sets) < 2 or not family.chosen:
        return ""
    heads, others = (Counter(key[at] for key in family.chosen) for at in (0, 1))
    by = 1 if max(heads.values()) == 1 < max(others.values()) else 0
    found = dict[str, list[str]]()
    for key in family.chosen:
        rest = [part for at, part in enumerate(key) if at != by]
        said = rest[0] + (f" ({', '.join(rest[1:])})" if len(rest) > 1 else "")
        found.setdefault(key[by], []).append(said)
    lines = "".join(
        f"<tr><th>{escape(head)}</th><td>{_chips(found[head])}</td></tr>"
        for head in [m for m in family.members[by] if m in found][:MOST_ROWS]
    )
    alone = [m for m in family.members[1 - by] if m not in {key[1 - by] for key in family.chosen}]
    more = len(found) - MOST_ROWS
    notes = [f"{more:,} more"] if more > 0 else []
    notes += [f"with none: {', '.join(alone)}"] if 0 < len(alone) <= 12 else []
    note = f'<p class="faint small">{escape("; ".join(notes))}</p>' if notes else ""
    return f'<table class="pairs">{lines}</table>{note}'


def chosen(family: Family) -> str:
    """The members that are chosen, of a yes/no over one index; what is not is only counted."""
    names = [key[0] for key in family.chosen]
    rest = len(family.values) - len(names)
    note = f'<p class="faint small">{rest:,} not chosen</p>' if rest else ""
    return f"<p>{_chips(names[:MOST_ROWS])}</p>{note}" if names else ""


def _chips(names: list[str]) -> str:
    return " ".join(f'<span class="chip">{escape(name)}</span>' for name in names)
