"""What the numbers of a model are called where a model reads or writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from optwright.agents.render import number
from optwright.solvers.backends.program import Program
from optwright.solvers.edit.references import (
    BoundRef,
    CoefficientRef,
    NumberRef,
    ParameterRef,
    RhsRef,
    formulation_of,
    read,
    references,
)


def name_of(reference: NumberRef) -> str:
    """The name of a number in a prompt: `chocolate`, `gift in objective`, `gift at most`."""
    match reference:
        case ParameterRef(name=name):
            return name
        case RhsRef(row=row):
            return row
        case BoundRef(variable=name, side=side):
            return f"{name} at {'least' if side == 'lower' else 'most'}"
        case CoefficientRef(element=element, decision=decision):
            return f"{decision} in {element}"


def named(program: Program, most: int) -> Mapping[str, NumberRef]:
    """Numbers of a model by their names, bounds last; a limit that is called like a parameter is
    told apart by the word in front of it."""
    found: dict[str, NumberRef] = {}
    ordered = sorted(references(program), key=lambda reference: isinstance(reference, BoundRef))
    for reference in ordered[:most]:
        name = name_of(reference)
        found[f"limit {name}" if name in found else name] = reference
    return found


def with_values(program: Program, numbers: Iterable[tuple[str, NumberRef]]) -> list[str]:
    """A line for each number: its name, what it runs over, its value and what it means."""
    parameters = {p.name: p for p in formulation_of(program).parameters}
    lines = []
    for name, reference in numbers:
        line, meaning = name, ""
        if isinstance(reference, ParameterRef):
            parameter = parameters[reference.name]
            line += f"[{', '.join(parameter.indices)}]" if parameter.indices else ""
            meaning = ", ".join(filter(None, (parameter.meaning, parameter.unit)))
        value = read(program, reference)
        line += f" = {number(value)}" if value is not None else ""
        lines.append(line + (f" ({meaning})" if meaning else ""))
    return lines
