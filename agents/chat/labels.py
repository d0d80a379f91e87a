"""Speaking of a model's parts as people do: by the words of the problem where there are any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optwright.solvers.backends.program import Program
from optwright.solvers.data.bound import BoundSet
from optwright.solvers.edit.references import (
    BoundRef,
    NumberRef,
    ParameterRef,
    RhsRef,
    constraint_named,
    formulation_of,
    rows_of,
)
from optwright.solvers.language.labels import Words, words_or_name
from optwright.solvers.model.formulation import Formulation, Parameter, Variable


@dataclass(frozen=True)
class Spoken(Words):
    """Rows by their words alone; names of rows are for programs."""

    def row(self, name: str) -> str:
        """`"a plant ships no more than it makes" for Lyon`."""
        family, members = split_row(name)
        for constraint in self.formulation.constraints if self.formulation else ():
            if family in (row for row, _ in rows_of(constraint)):
                said = words_or_name(family, constraint.text)
                return f"{said} for {', '.join(members)}" if members else said
        return name

    def variable(self, name: str) -> str:
        """`number of gift boxes`, `tons sent for Lyon, Paris`."""
        family, members = split_row(name)
        for variable in self.formulation.variables if self.formulation else ():
            if variable.name == family and variable.meaning:
                return variable.meaning + (f" for {', '.join(members)}" if members else "")
        return name


def element_words(variable: Variable, at: Sequence[Sequence[str]] = ()) -> str:
    """Some elements of a decision: `tons of flour sent (Weir, Castle)`."""
    named = [" or ".join(members[:4]) + ", ..." * (len(members) > 4) for members in at if members]
    what = variable.meaning or variable.name
    return f"{what} ({', '.join(named)})" if named else what


def value_asked(parameter: Parameter, at: Sequence[str]) -> str:
    """What asks for a value: `What is the cost per ton for Dock, Lyon (dollars)?`."""
    what = parameter.meaning or parameter.name.replace("_", " ")
    unit = f" ({parameter.unit})" if parameter.unit else ""
    return f"What is {what} for {', '.join(at)}{unit}?"


def plain_element(name: str, sets: Sequence[BoundSet]) -> tuple[str, ...] | None:
    """The members of an element by its name: `ship[Lyon,Paris]`; None where commas inside members
    leave it open."""
    parts = name.partition("[")[2].removesuffix("]").split(",")
    widths = [max(1, len(over.parts)) for over in sets]
    if len(parts) != sum(widths):
        return None
    ends = [sum(widths[: k + 1]) for k in range(len(widths))]
    return tuple(",".join(parts[end - w : end]) for w, end in zip(widths, ends, strict=True))


def split_row(row: str) -> tuple[str, tuple[str, ...]]:
    """`supply[Lyon,2]` as `supply` and its members."""
    family, _, inside = row.partition("[")
    return family, tuple(inside.rstrip("]").split(",")) if inside else ()


def objective_words(program: Program) -> str:
    """`objective`, or the words for it: `profit`, `cost in euros`."""
    objective = formulation_of(program).objective
    return f"objective in {objective.unit}" if objective.unit else "objective"


def called(model: Formulation, name: str) -> str:
    """A part of a model in the words of the problem; its name, with spaces, where it has none."""
    for constraint in model.constraints:
        if constraint.name == name and constraint.text:
            return f'"{constraint.text}"'
    meant = {part.name: part.meaning for part in model.parameters}
    meant |= {part.name: part.meaning for part in model.variables}
    return meant.get(name) or name.replace("_", " ")


def number_words(program: Program, reference: NumberRef) -> str:
    """A number as people speak of it: `"12000 grams of chocolate"`, `supply[Lyon] (tons made)`."""
    model = formulation_of(program)
    match reference:
        case ParameterRef(name=name, at=at):
            meaning = next((p.meaning for p in model.parameters if p.name == name), "")
            which = f"{name}[{','.join(at)}]" if at else name
            return f"{which} ({meaning})" if meaning else which
        case RhsRef(row=row):
            constraint = constraint_named(program, row)
            words = words_or_name(row, constraint.text)
            return f"the limit {words}"
        case BoundRef(variable=name, side=side):
            return f"the {'least' if side == 'lower' else 'most'} that {name} may be"
    where = reference.element
    if where != "objective":
        where = words_or_name(where, constraint_named(program, where).text)
    return f"what {reference.decision} counts for in {'the ' * (where == 'objective')}{where}"
