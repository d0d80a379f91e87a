"""What is different in new tables, as far as a model reads them; what it cannot take is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from optwright.agents.repeats.fitting import columns_read, heads_read
from optwright.errors import DataError
from optwright.solvers.backends.program import Program
from optwright.solvers.data.bound import Instance
from optwright.solvers.data.matching import Match, matches
from optwright.solvers.data.table import ColumnType, Table
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.linear_model import Floats

MOST_NAMED = 5
STRANGE_FACTOR = 50.0
"""A column whose typical number is this many times what it was, or a 50th of it, is named: of
units that one mistakes for each other few are nearer (hours and minutes)."""

_UNIT_SAID = "column {!r} is in "
"""How reading a table says that a unit, a currency or percent stood in the cells of a column."""


@dataclass(frozen=True)
class Differences:
    """`changes` are facts about the tables, `doubts` what may be a mistake in them."""

    changes: tuple[str, ...]
    doubts: tuple[str, ...]


def differences(old: Program | None, new: Program, called: str) -> Differences:
    """What is different in the tables of a program that was solved before; without that (`old` is
    None where its tables are not known) nothing is compared.

    Raises `DataError` for tables the model cannot take: another unit in the cells of a column, a
    member without a row, or a row about a member that the model does not have.
    """
    model = new.formulation
    assert model is not None
    if old is None:
        return Differences((), ())
    _demand_units(model, old.tables, new.tables)
    before, now = old.instance, new.instance
    _demand_members(before, now, old.tables, new.tables, called)
    changes = (
        *_columns(model, old.tables, new.tables),
        *_members(before, now),
        *_values(before, now),
    )
    return Differences(changes, tuple(_doubts(model, old.tables, new.tables)))


def _demand_units(
    model: Formulation, before: Mapping[str, Table], now: Mapping[str, Table]
) -> None:
    for table, head in _both(model, before, now):
        was, found = _units(before[table], head), _units(now[table], head)
        if was and found and was != found:
            raise DataError(
                f"column {head!r} of table {table!r} is in {', '.join(found)} now, and was in "
                f"{', '.join(was)}; nothing is converted here",
                hint=f"write its numbers in {', '.join(was)}",
            )


def _units(table: Table, head: str) -> list[str]:
    begins = _UNIT_SAID.format(head)
    return [text.removeprefix(begins) for text in table.understood if text.startswith(begins)]


def _both(
    model: Formulation, before: Mapping[str, Table], now: Mapping[str, Table]
) -> Iterator[tuple[str, str]]:
    """The columns the model reads that are in both tables, where these are not the same one."""
    for table, heads in heads_read(model).items():
        one, other = before.get(table), now.get(table)
        if one is None or other is None or one is other:
            continue
        there = {c.name for c in one.columns} & {c.name for c in other.columns}
        yield from ((table, head) for head in heads if head in there)


def _demand_members(
    before: Instance,
    now: Instance,
    old: Mapping[str, Table],
    new: Mapping[str, Table],
    called: str,
) -> None:
    """Refuse rows that would be left out and members without a row, where there were none."""
    known = {match.element: match for match in matches(before, old)}
    for match in matches(now, new):
        was, table = known[match.element], match.column.table
        if match.missing and not was.missing:
            _refuse_missing(match, before, now)
        if match.unread and not was.unread and table in old and new[table] is not old[table]:
            _refuse_unread(match, old[table], new[table], now, called)


def _refuse_missing(match: Match, before: Instance, now: Instance) -> None:
    parameter = now.parameters[match.element]
    if parameter.unread is not None:
        raise parameter.unread.first()
    over = parameter.sets[0]
    were = {*before.sets[over.name].texts} if over.name in before.sets else set[str]()
    named = _some(match.missing)
    near = next(iter(match.nearest.items()), None)
    is_new = all(member not in were for member in match.missing)
    raise DataError(
        f"no row of table {match.column.table!r} gives {named} a value for {match.element!r}; "
        f"{'new' if is_new else 'there'} in {over.name!r}: {named}",
        hint=f"there is {near[1]!r}, which may be {near[0]!r}"
        if near
        else "add a row for each, or leave them out of the other tables",
    )


def _refuse_unread(match: Match, old: Table, table: Table, now: Instance, called: str) -> None:
    """Rows about a member that is gone are left out as it is; one about a member that was never
    there would be forgotten in silence."""
    keys, were = _keys(match, table), {*_keys(match, old)}
    at = dict(zip(table.row_numbers, keys, strict=True))
    rows = [f"{', '.join(at[row])} (row {row})" for row in match.unread if at[row] not in were]
    if not rows:
        return
    stated = {s.name: s for s in now.formulation.sets}
    indices = next(p.indices for p in now.formulation.parameters if p.name == match.element)
    fixed = [name for name in indices if stated[name].column is None]
    why = f"its set {fixed[0]!r} stands in the model" if fixed else "no other table has them"
    raise DataError(
        f"table {table.name!r} has rows that {called} would leave out: {_some(rows)}; {why}",
        hint="leave these rows out, or "
        + ("solve the problem in words again" if fixed else "add them to the other tables"),
    )


def _keys(match: Match, table: Table) -> list[tuple[str, ...]]:
    return list(zip(*(table.keys(key) for key in match.column.keys), strict=True))


def _columns(
    model: Formulation, before: Mapping[str, Table], now: Mapping[str, Table]
) -> Iterator[str]:
    """Columns that came and went; none of those is read."""
    for name in heads_read(model):
        one, other = before.get(name), now.get(name)
        if one is None or other is None or one is other:
            continue
        were, are = ([column.name for column in table.columns] for table in (one, other))
        heads = {h for s in model.sets if s.column and s.column.heads for h in (*were, *are)}
        came = [head for head in are if head not in were and head not in heads]
        went = [head for head in were if head not in are and head not in heads]
        if came:
            yield f"table {name!r} has new columns, which the model does not read: {_some(came)}"
        if went:
            yield f"table {name!r} no longer has {_some(went)}, which the model does not read"


def _members(before: Instance, now: Instance) -> Iterator[str]:
    for name, over in now.sets.items():
        was = before.sets.get(name)
        if was is None:
            continue
        came = [text for text in over.texts if text not in was.positions]
        went = [text for text in was.texts if text not in over.positions]
        if came:
            yield f"{name}: new {_is(came)} {_some(came)}"
        if went:
            yield f"{name}: gone {_is(went)} {_some(went)}"


def _values(before: Instance, now: Instance) -> Iterator[str]:
    """How many numbers of each parameter differ, where its sets are what they were."""
    from_tables = {name for name, _ in columns_read(now.formulation)}
    for name, bound in now.parameters.items():
        was = before.parameters.get(name)
        if was is None or name not in from_tables:
            continue
        if [over.texts for over in bound.sets] != [over.texts for over in was.sets]:
            continue
        one, other = np.asarray(was.values), np.asarray(bound.values)
        if one.shape != other.shape:
            continue
        there = ~(np.isnan(one) & np.isnan(other))
        changed = int(np.count_nonzero(there & (one != other)))
        if one.ndim == 0:
            if changed:
                yield f"{name}: {float(one):g} is {float(other):g} now"
        else:
            count = int(np.count_nonzero(there))
            yield (
                f"{name}: {changed:,} of {count:,} numbers differ"
                if changed
                else (f"{name}: no number differs")
            )


def _doubts(
    model: Formulation, before: Mapping[str, Table], now: Mapping[str, Table]
) -> Iterator[str]:
    for table, head in _both(model, before, now):
        was, found = _units(before[table], head), _units(now[table], head)
        if was != found:
            said = ", ".join(was or found)
            yield (
                f"column {head!r} of table {table!r}: {said} stood in its cells "
                f"{'before and does not now' if was else 'never before'}; nothing is converted"
            )
        old, new = _numbers(before[table], head), _numbers(now[table], head)
        if old is None or new is None:
            continue
        if (new < 0).any() and not (old < 0).any():
            row = now[table].row_numbers[int(np.flatnonzero(new < 0)[0])]
            yield f"column {head!r} of table {table!r} is negative in row {row}, as none was before"
        yield from _scaled(table, head, old, new)


def _scaled(table: str, head: str, old: Floats, new: Floats) -> Iterator[str]:
    typical = [np.abs(n[np.isfinite(n) & (n != 0)]) for n in (old, new)]
    if not all(len(numbers) for numbers in typical):
        return
    was, found = (float(np.median(numbers)) for numbers in typical)
    if not 1 / STRANGE_FACTOR < found / was < STRANGE_FACTOR:
        times = f"{found / was:,.4g} times" if found > was else f"a {was / found:,.4g}th of"
        yield (
            f"column {head!r} of table {table!r}: a typical number is {times} what it was "
            f"({was:g}, now {found:g}); is the unit the same? Nothing is converted"
        )


def _numbers(table: Table, head: str) -> Floats | None:
    """The numbers of a column, NaN for an empty cell; None for one of texts."""
    column = table.column(head)
    if column.type not in (ColumnType.INTEGER, ColumnType.NUMBER):
        return None
    if column.array is not None:
        return np.asarray(column.array, dtype=np.float64)
    cells = [cell if isinstance(cell, int | float) else np.nan for cell in column.cells]
    return np.array(cells, dtype=np.float64)


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
