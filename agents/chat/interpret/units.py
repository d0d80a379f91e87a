"""Units in a conversation: what a turn or a table says in another unit than the model is converted.

Always with a note that names the factor; it becomes an assumption, so it is shown, listed, and
undone with the change. What measures something else is refused. Where the unit of a number of the
model is known neither from its own statement nor from its words, nothing is converted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isclose

from optwright.agents.text.quantities import Kind, Quantity, quantities
from optwright.errors import DataError, InputError
from optwright.solvers.backends.program import Program
from optwright.solvers.data.conversion import conversion
from optwright.solvers.data.table import Table, from_columns
from optwright.solvers.data.units import (
    header_base,
    header_unit,
    is_measure,
    parse_unit,
    unit_with,
)
from optwright.solvers.edit.operations import Assume, Convert, Edit
from optwright.solvers.edit.references import (
    BoundRef,
    CoefficientRef,
    NumberRef,
    ParameterRef,
    RhsRef,
    constraint_named,
    dusted,
    formulation_of,
    parameter_named,
    read,
)
from optwright.solvers.model.formulation import Parameter

_BEHIND = re.compile(
    r"\s*-?(?:(?:more|less|fewer|extra|additional|further)\s+)?(?P<unit>(?:(?:square|sq|cubic|cu)\.?\s+)?(?P<measure>[A-Za-z]+|[$€£¥₹])"
    r"(?:\s*(?:/|\bper\b)\s*(?:an?\s+)?[A-Za-z]+)?)"
)
_BEFORE = re.compile(r"[$€£¥₹](?=\s*$)")
_PER = re.compile(r"\s*(?:/|\bper\b)\s*(?:an?\s+)?([A-Za-z]+)")
# Words for two things each: what the model is in decides.
_OTHER_READINGS = ((re.compile(r"\bpounds?\b", re.I), "gbp"),
                   (re.compile(r"\bcents?\b", re.I), "0.01 eur"))  # fmt: skip
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class UnitSaid:
    """The unit of a number in a text, and where the words for it end."""

    text: str
    end: int


@dataclass(frozen=True, slots=True)
class Measured:
    """A number in the unit of the model; `note` says how it was converted, if it was."""

    value: float
    note: str = ""

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The assumption that a conversion leaves."""
        return (Assume(text=self.note),) if self.note else ()


def unit_said(text: str, quantity: Quantity) -> UnitSaid | None:
    """The unit in front of a number or behind it; None where no word there measures anything.

    >>> unit_said("we have 12 kg of flour", quantities("we have 12 kg of flour")[0])
    UnitSaid(text='kg', end=13)
    """
    sign = _BEFORE.search(text, 0, quantity.start)
    if sign is not None:
        per = _PER.match(text, quantity.end)
        end = quantity.end if per is None else per.end()
        return UnitSaid(sign[0] + (f" per {per[1]}" if per else ""), end)
    behind = _BEHIND.match(text, quantity.end)
    if behind is None or not is_measure(behind["measure"]):
        return None
    return UnitSaid(behind["unit"], behind.end())


def number_said(text: str) -> float | None:
    """The one number that an answer is, with or without a unit; None for anything else."""
    found = quantities(text)
    plain = found[0] if len(found) == 1 and found[0].kind in (Kind.NUMBER, Kind.WORD) else None
    if plain is None or len(text.split()) > 4:
        return None
    return -plain.value if re.search(r"[-−]\s*$", text[: plain.start]) else plain.value


def word_behind(text: str, quantity: Quantity) -> str:
    """The word behind a number, whatever it means; empty if there is none."""
    behind = _BEHIND.match(text, quantity.end)
    return behind["measure"] if behind is not None else ""


def measured(
    program: Program,
    reference: NumberRef,
    value: float,
    said: str,
    problem: str = "",
    *,
    step: bool = False,
) -> Measured:
    """A number that was said in a unit, in the unit of a reference; with `step` it is a difference.

    Raises `InputError` where the two measure different things.
    """
    wanted = number_unit(program, reference, problem) if said else ""
    if not wanted:
        return Measured(value)
    factor = _factor(said, wanted)
    if factor is None:
        raise InputError(
            f"{value:g} {said} cannot be turned into {wanted}, which that number of the model is in"
        )
    return _times(value, factor, said, wanted, step=step)


def measured_in_words(
    program: Program, reference: NumberRef, value: float, word: str, problem: str
) -> Measured:
    """The same for a word that the model and our own vocabulary do not have: converted where a
    registry of physical units knows a factor, and as it is where it does not."""
    wanted = number_unit(program, reference, problem)
    factor = conversion(word, wanted) if wanted and not is_measure(word) else None
    return Measured(value) if factor is None else _times(value, factor, word, wanted)


def _times(value: float, factor: float, said: str, wanted: str, *, step: bool = False) -> Measured:
    if isclose(factor, 1.0, rel_tol=_SAME):
        return Measured(value)
    turned = dusted(value * factor)
    change = "a change of " if step else ""
    note = f"{change}{value:g} {said} is {turned:.10g} {wanted} ({_rule(said, wanted, factor)})"
    return Measured(turned, note)


def number_unit(program: Program, reference: NumberRef, problem: str = "") -> str:
    """The unit a number of the model is in: as it is stated, or as its words say it; empty where
    neither does."""
    match reference:
        case ParameterRef(name=name):
            return _parameter_unit(program, parameter_named(program, name), reference)
        case RhsRef(row=row):
            return _unit_in(constraint_named(program, row).text, read(program, reference))
        case BoundRef(variable=name):
            return variable_unit(program, name)
        case CoefficientRef():
            return _unit_in(problem, read(program, reference), scaled=False)


def variable_unit(program: Program, name: str) -> str:
    """The unit a decision is stated in."""
    return next((v.unit for v in formulation_of(program).variables if v.name == name), "")


def _parameter_unit(program: Program, parameter: Parameter, reference: ParameterRef) -> str:
    header = header_unit(parameter.column.value) if parameter.column is not None else ""
    return parameter.unit or header or _unit_in(parameter.source, read(program, reference))


def _unit_in(text: str, value: float | None, *, scaled: bool = True) -> str:
    """The unit that the words give a value. With `scaled` `3 hours` says of 180 that it is in
    minutes."""
    found: dict[object, str] = {}
    for quantity in quantities(text):
        said = unit_said(text, quantity) if quantity.kind is Kind.NUMBER else None
        if said is None or not value:
            continue
        name = said.text
        if not isclose(quantity.value, value, rel_tol=_SAME):
            name = unit_with(said.text, quantity.value / value) if scaled else ""
        unit = parse_unit(name)
        if unit is not None:
            found.setdefault((unit.powers, unit.scale), name)
    return next(iter(found.values())) if len(found) == 1 else ""


def _factor(said: str, wanted: str) -> float | None:
    """What a number in one unit is multiplied by; 1 where only what is counted differs."""
    for one in _readings(said):
        for other in _readings(wanted):
            factor = conversion(one, other)
            if factor is not None:
                return factor
    one_unit, other_unit = parse_unit(said), parse_unit(wanted)
    assert one_unit is not None
    assert other_unit is not None
    return 1.0 if one_unit.fits(other_unit) else None


def _readings(unit: str) -> Iterator[str]:
    yield unit
    for word, reading in _OTHER_READINGS:
        if word.search(unit):
            yield word.sub(reading, unit)


def _rule(said: str, wanted: str, factor: float) -> str:
    """`1 kg = 1000 grams`, in whichever direction has the larger number."""
    if factor < 1:
        return f"1 {_one(wanted)} = {dusted(1 / factor):.10g} {said}"
    return f"1 {_one(said)} = {dusted(factor):.10g} {wanted}"


def _one(unit: str) -> str:
    """One of a unit: `pound`, where its name is that of many."""
    word = unit.removesuffix("s")
    return word if len(word) > 2 and is_measure(word) else unit


# Tables


def fitted(program: Program, table: Table) -> tuple[Table, tuple[Edit, ...]]:
    """A table that comes in the place of one the model reads, with the columns the model reads:
    one that is there in another unit is converted into a column of the name that is read.

    Raises `DataError` where a column of that name measures something else.
    """
    columns = {c.name: c for c in table.columns}
    added: dict[str, Sequence[object]] = {}
    notes: list[Edit] = []
    for parameter in formulation_of(program).parameters:
        read_from = parameter.column
        if read_from is None or read_from.table != table.name or read_from.value in columns:
            continue
        head, factor = _column_like(parameter, table)
        if head and read_from.value not in added:
            added[read_from.value] = [dusted(x * factor) for x in table.numbers(head)]
            notes.append(Assume(text=_column_note(table.name, head, read_from.value, factor)))
    if not added:
        return table, ()
    cells: dict[str, Sequence[object]] = {name: c.cells for name, c in columns.items()}
    return from_columns(table.name, cells | added, table.row_numbers), tuple(notes)


def _column_like(parameter: Parameter, table: Table) -> tuple[str, float]:
    """The column that holds a parameter in another unit, and the factor; no name if none does."""
    assert parameter.column is not None
    wanted = header_unit(parameter.column.value) or parameter.unit
    base = header_base(parameter.column.value)
    others = []
    for column in table.columns if wanted else ():
        said = header_unit(column.name)
        if not said or header_base(column.name) != base:
            continue
        factor = conversion(said, wanted)
        if factor is not None:
            return column.name, factor
        others.append((column.name, said))
    for name, said in others if base else ():
        raise DataError(
            f"column {name!r} of table {table.name!r} is in {said}, which cannot be turned into "
            f"{wanted}, which {parameter.name!r} is in"
        )
    return "", 1.0


def _column_note(table: str, head: str, wanted: str, factor: float) -> str:
    return f"column {head!r} of table {table!r} was multiplied by {factor:.10g} to give {wanted!r}"


def conversions(program: Program) -> tuple[Edit, ...]:
    """Edits that convert the parameters whose columns are named in another unit than theirs."""
    edits: list[Edit] = []
    for parameter in formulation_of(program).parameters:
        if parameter.column is None or not parameter.unit:
            continue
        said = header_unit(parameter.column.value)
        factor = conversion(said, parameter.unit) if said else None
        if factor is None or isclose(factor, 1.0, rel_tol=_SAME):
            continue
        table, head = parameter.column.table, parameter.column.value
        note = _column_note(table, head, f"{parameter.name} in {parameter.unit}", factor)
        edits += [Convert(parameter=parameter.name, factor=factor), Assume(text=note)]
    return tuple(edits)
