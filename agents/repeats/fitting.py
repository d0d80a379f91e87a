"""Which of the new tables is which of the model's, and whether they can be it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from optwright.errors import DataError, InputError
from optwright.solvers.data.conversion import conversion
from optwright.solvers.data.table import Table, did_you_mean
from optwright.solvers.data.units import header_base, header_unit
from optwright.solvers.model.formulation import Column, Formulation


@dataclass(frozen=True)
class Fitted:
    """The tables a model is solved with, by the names it knows them by; `said` is how a table that
    is called otherwise was recognized, `kept` those that came from before."""

    tables: Mapping[str, Table]
    said: tuple[str, ...]
    kept: tuple[str, ...]


def columns_read(formulation: Formulation) -> Iterator[tuple[str, Column]]:
    """Each set and parameter that comes from a table, with where it stands there."""
    for index_set in formulation.sets:
        if index_set.column is not None:
            yield index_set.name, index_set.column
    for parameter in formulation.parameters:
        if parameter.column is not None:
            yield parameter.name, parameter.column


def heads_read(formulation: Formulation) -> dict[str, tuple[str, ...]]:
    """The columns of each table that a formulation names."""
    found: dict[str, dict[str, None]] = {}
    for _, column in columns_read(formulation):
        heads = filter(None, (column.value, *column.keys, *column.where))
        found.setdefault(column.table, {}).update(dict.fromkeys(heads))
    return {table: tuple(heads) for table, heads in found.items()}


def fitted(
    formulation: Formulation, new: Mapping[str, Table], before: Mapping[str, Table], called: str
) -> Fitted:
    """Give new tables the names that the model knows, and fill up with those from before.

    A table is recognized by its name, by its sheet's (`week49.demand` is `orders.demand`), or as
    the only one with the columns of a table that is missing. Raises `InputError` where the model
    reads no table or none of the new ones, and `DataError` where a column is missing.
    """
    needed = heads_read(formulation)
    if not needed:
        raise InputError(
            f"{called} reads no table: its numbers stand in the model itself, so new tables "
            "would change nothing",
            hint="tell the problem in words that leave the numbers to its tables, and solve that",
        )
    if not new:
        raise InputError(
            f"no new tables are given for {called}; it reads {_listed(needed)}",
            hint="pass them with --data FILE",
        )
    taken, said = _recognized(needed, new)
    unread = [name for name in new if name not in taken.values()]
    if not taken:
        raise DataError(
            f"{called} reads {_listed(needed)}, and the new tables are {_listed(new)}",
            hint="name a file, or a sheet, after the table that it is",
        )
    _demand_known(unread, before, needed, taken, called)
    said += [f"table {name!r} is not read by the model" for name in unread]
    tables = {name: table for name, table in before.items() if name not in taken}
    tables |= {
        name: new[found] if name == found else replace(new[found], name=name)
        for name, found in taken.items()
    }
    for name, heads in needed.items():
        if name in taken:
            _demand_columns(tables[name], heads, before.get(name))
    kept = tuple(name for name in needed if name not in taken and name in before)
    return Fitted(tables, tuple(said), kept)


def _demand_known(
    unread: list[str],
    before: Mapping[str, Table],
    needed: Mapping[str, tuple[str, ...]],
    taken: Mapping[str, str],
    called: str,
) -> None:
    """Refuse a table that was not there before while another is missing: it may be that one."""
    missing = [name for name in needed if name not in taken]
    strange = [name for name in unread if name not in before]
    if strange and missing:
        raise DataError(
            f"table {strange[0]!r} is none that {called} reads, and {missing[0]!r} is not among "
            "the new tables",
            hint=f"if it is that one, name it {missing[0]!r} and give it the same columns; else "
            f"leave it out, and {missing[0]!r} stays as it was",
        )


def _recognized(
    needed: Mapping[str, tuple[str, ...]], new: Mapping[str, Table]
) -> tuple[dict[str, str], list[str]]:
    """For each table of the model the new one that it is, and how that was seen."""
    taken = {name: name for name in needed if name in new}
    said = list[str]()

    def left() -> tuple[list[str], list[str]]:
        rest = [name for name in new if name not in taken.values()]
        return [name for name in needed if name not in taken], rest

    missing, rest = left()
    for name in missing:
        same = [n for n in rest if "." in n and n.rpartition(".")[2] == name.rpartition(".")[2]]
        if len(same) == 1 and same[0] not in taken.values():
            taken[name] = same[0]
            said.append(f"table {same[0]!r} is taken for {name!r}, by the name of its sheet")
    missing, rest = left()
    fits = {name: [n for n in rest if _has(new[n], needed[name])] for name in missing}
    for name, found in fits.items():
        alone = [other for other in missing if found and found[0] in fits[other]]
        if len(found) == 1 and alone == [name]:
            taken[name] = found[0]
            said.append(f"table {found[0]!r} is taken for {name!r}: it has its columns")
    missing, rest = left()
    if len(needed) == len(new) == 1 and missing and rest:
        taken[missing[0]] = rest[0]  # what does not fit is said of its columns
        said.append(f"table {rest[0]!r} is taken for {missing[0]!r}, the only one there is")
    return taken, said


def _has(table: Table, heads: tuple[str, ...]) -> bool:
    return {*heads} <= {column.name for column in table.columns}


def _demand_columns(table: Table, heads: tuple[str, ...], before: Table | None) -> None:
    """Refuse a table that lacks a column the model reads; one with another unit is named."""
    there = [column.name for column in table.columns]
    for head in heads:
        if head in there:
            continue
        known = {column.name for column in before.columns} if before is not None else set[str]()
        fresh = [name for name in there if name not in known]
        raise DataError(
            f"table {table.name!r} has no column {head!r} any more, which the model reads; it has "
            f"{', '.join(map(repr, there))}",
            hint=_renamed(head, fresh) or did_you_mean(head, there),
        )


def _renamed(head: str, fresh: list[str]) -> str:
    """What a column is likely to be called now; empty where nothing is like it."""
    base, unit = header_base(head), header_unit(head)
    for name in fresh:
        if header_base(name) != base:
            continue
        other = header_unit(name)
        factor = conversion(other, unit) if unit and other else None
        if factor is not None and abs(factor - 1) > 1e-9:
            return (
                f"{name!r} may be it in another unit: multiply it by {factor:g} and call it "
                f"{head!r}; nothing is converted here"
            )
        return f"if {name!r} is that column, call it {head!r}"
    near = did_you_mean(head, fresh)
    if near is None and len(fresh) == 1:
        return f"if {fresh[0]!r} is that column, call it {head!r}"
    return near or ""


def _listed(names: Mapping[str, object]) -> str:
    told = ", ".join(map(repr, names))
    return f"the table {told}" if len(names) == 1 else f"the tables {told}"
