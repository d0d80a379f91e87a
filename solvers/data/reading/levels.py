"""Names for the columns of a draft; two levels of heads become names, or rows of an index."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set

from optwright.solvers.data.reading import wide
from optwright.solvers.data.reading.blocks import is_number
from optwright.solvers.data.reading.draft import MOST_KEYS, Draft
from optwright.solvers.data.reading.grid import Raw, is_blank
from optwright.solvers.data.reading.head_totals import without_head_totals, without_unnamed_sums
from optwright.solvers.data.reading.heads import head_text
from optwright.solvers.data.reading.written_units import is_unit
from optwright.solvers.data.table import Across

_CORNER = re.compile(r"(.+?)\s*[\\/|]\s*(.+)")


def members_of(drafts: Sequence[Draft]) -> Mapping[str, Set[str]]:
    """For each table the texts of its first column, and those of the others'."""
    own = {
        d.name: {head_text(c) for c in d.cells[0][:MOST_KEYS] if not is_blank(c)}
        if d.cells
        else set()
        for d in drafts
    }
    return {**own, "": set[str]().union(*own.values())}


def lay_out(draft: Draft, members: Mapping[str, Set[str]]) -> None:
    """Give the columns their names; two levels of heads become names, or rows of an index."""
    levels = [tuple(filter(None, parts)) for parts in draft.body.levels]
    if len(levels) > 1 and len(levels[0]) > 1 and not any(map(is_number, draft.cells[0])):
        levels[0] = levels[0][-1:]  # the keys', such as `Row Labels` of a pivot table
    levels = _two_levels(draft, levels)
    levels = without_unnamed_sums(draft, without_head_totals(draft, levels))
    deep = [at for at, parts in enumerate(levels) if len(parts) > 1]
    known = members[""]
    if not deep:
        draft.names = [parts[0] if parts else "" for parts in levels]
        _corner(draft)
        return
    pairs = {at: (" ".join(levels[at][:-1]), levels[at][-1]) for at in deep}
    tops = list(dict.fromkeys(top for top, _ in pairs.values()))
    subs = list(dict.fromkeys(sub for _, sub in pairs.values()))
    by_top = {top: [sub for t, sub in pairs.values() if t == top] for top in tops}
    even = all(list(found) == by_top[tops[0]] for found in by_top.values())
    if len(tops) == 1 and len(subs) > 1:
        draft.names = [levels[at][-1] if levels[at] else "" for at in range(len(levels))]
        draft.across = Across(tuple(subs), tops[0])
        _corner(draft)
        if Counter(draft.names).most_common(1)[0][1] > 1:
            draft.names = [" ".join(parts) for parts in levels]
            draft.across = None
        return
    if len(tops) == len(pairs) and wide.kind_of(tops):
        draft.names = [parts[0] if parts else "" for parts in levels]
        told = ", ".join(sub for _, sub in list(pairs.values())[:3])
        draft.understood.append(f"the second row of heads ({told}, ...) is left out")
        _corner(draft)
        return
    if len(subs) == len(pairs) and wide.kind_of(subs) not in ("", "number"):
        # `Q1` over `Jan`, `Feb`, `Mar`: the heads below are the index, and say all by themselves.
        draft.names = [parts[-1] if parts else "" for parts in levels]
        _corner(draft)
        draft.across = Across(tuple(subs), wide.kind_of(subs))
        draft.understood.append(f"the first row of heads ({', '.join(tops[:3])}) is left out")
        return
    if even and len(tops) > 1 and len(subs) > 1:
        _to_rows(draft, pairs, tops, subs, known)
        return
    draft.names = [_named(parts) for parts in levels]
    _corner(draft)


def _two_levels(draft: Draft, levels: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Three levels of heads as two, where the first is one text over all of them or the last has
    the units of what stands above it."""
    deep = [at for at, parts in enumerate(levels) if len(parts) > 1]
    made = list(levels)
    if len(deep) < 2 or any(len(levels[at]) != 3 for at in deep):
        return made
    tops, subs, lowest = (list(dict.fromkeys(levels[at][k] for at in deep)) for k in range(3))
    if len(tops) == 1:
        draft.understood.append(f"{tops[0]!r} stands over all heads and is left out")
        for at in deep:
            made[at] = levels[at][1:]
    elif all(text[0] in "([" or is_unit(text) for text in lowest):
        for k, names in ((0, tops), (1, subs)):
            of = {name: {levels[at][2] for at in deep if levels[at][k] == name} for name in names}
            if all(len(units) == 1 for units in of.values()):
                for at in deep:
                    parts = list(levels[at][:2])
                    parts[k] = _named((parts[k], levels[at][2]))
                    made[at] = (parts[0], parts[1])
                break
    return made


def _named(parts: Sequence[str]) -> str:
    """Heads below each other as one: `capacity` and `kg` are `capacity (kg)`."""
    if len(parts) == 2 and parts[1][0] not in "([" and is_unit(parts[1]):
        return f"{parts[0]} ({parts[1]})"
    return " ".join(parts)


def _corner(draft: Draft) -> None:
    """A name for the column of a blank corner, and what `from \\ to` says of heads."""
    names = draft.names
    if len(names) < 2:
        return
    keys = {head_text(cell) for cell in draft.cells[0][:MOST_KEYS]}
    is_matrix = len(keys & set(names[1:])) >= 2
    if not names[0]:
        names[0] = "from" if is_matrix else "name"
        if names[0] in names[1:]:
            names[0] = "row"
        draft.understood.append(f"the first column has no head and is called {names[0]!r}")
    elif (found := _CORNER.fullmatch(names[0])) and (
        is_matrix or "\\" in names[0] or wide.kind_of(names[1:])
    ):
        names[0] = found[1].strip()
        draft.across = Across(tuple(names[1:]), found[2].strip())


def _to_rows(
    draft: Draft,
    pairs: Mapping[int, tuple[str, str]],
    tops: Sequence[str],
    subs: Sequence[str],
    members: Set[str],
) -> None:
    """Several values under each head: the index becomes a column, the values columns of theirs."""
    upper, lower = wide.kind_of(tops), wide.kind_of(subs)
    upper_known = sum(t in members for t in tops) >= 2
    lower_known = sum(s in members for s in subs) >= 2
    is_upper = bool(upper) or upper_known
    is_lower = bool(lower) or lower_known
    wanted = draft.correction.heads
    if wanted:
        across_upper = wanted == "upper"
    elif is_upper != is_lower:
        across_upper = is_upper
    else:
        across_upper = len(tops) >= len(subs)
        named = [(tops, "upper", upper), (subs, "lower", lower)]
        (index, which, _), (others, other, _) = named if across_upper else named[::-1]
        draft.ask(
            f"table {draft.name!r} has two levels of heads: which of them are an index, "
            f"{', '.join(index[:4])} or {', '.join(others[:4])}?",
            (f'heads = "{which}"', f"{', '.join(index[:4])} (taken for now)"),
            (f'heads = "{other}"', ", ".join(others[:4])),
        )
    index_heads, kind = (tops, upper) if across_upper else (subs, lower)
    values = subs if across_upper else tops
    at_of = {(t, s) if across_upper else (s, t): at for at, (t, s) in pairs.items()}
    keys = [at for at in range(len(draft.cells)) if at not in pairs]
    levels = draft.body.levels
    key_names = [_named([p for p in levels[at] if p]) if any(levels[at]) else "" for at in keys]
    if key_names and not key_names[0]:
        key_names[0] = "name"
    called = draft.correction.index or kind or "head"
    while called in key_names or called in values:
        called += "_"
    names = [*key_names, called, *values]
    columns: list[list[Raw]] = [[] for _ in names]
    numbers = list[int]()
    kept = [
        (row, head)
        for row in range(len(draft.row_numbers))
        for head in index_heads
        if any(not is_blank(draft.cells[at_of[head, v]][row]) for v in values)
    ]
    for row, head in kept:
        cells = [draft.cells[at][row] for at in keys]
        cells += [head, *(draft.cells[at_of[head, v]][row] for v in values)]
        for column, cell in zip(columns, cells, strict=True):
            column.append(cell)
        numbers.append(draft.row_numbers[row])
    draft.names, draft.cells, draft.row_numbers = names, columns, numbers
    shown = ", ".join(index_heads[:3]) + (", ..." if len(index_heads) > 3 else "")
    draft.understood.append(f"the heads {shown} became the column {called!r}")
