"""Speaking of a model's parts as people do: by the words of the problem where there are any."""

from __future__ import annotations

from dataclasses import dataclass

from optwright.agents.chat.dials import (
    BoundDial,
    Dial,
    LimitDial,
    ParameterDial,
    constraint_named,
    formulation_of,
    rows_of,
)
from optwright.solvers.program import Program
from optwright.solvers.wording import Words


@dataclass(frozen=True)
class Spoken(Words):
    """Rows by their words alone; names of rows are for programs."""

    def row(self, name: str) -> str:
        """`"a plant ships no more than it makes" for Lyon`."""
        family, members = split_row(name)
        for constraint in self.formulation.constraints if self.formulation else ():
            if family in (row for row, _ in rows_of(constraint)):
                said = told(family, constraint.text)
                return f"{said} for {', '.join(members)}" if members else said
        return name

    def variable(self, name: str) -> str:
        """`number of gift boxes`, `tons sent for Lyon, Paris`."""
        family, members = split_row(name)
        for variable in self.formulation.variables if self.formulation else ():
            if variable.name == family and variable.meaning:
                return variable.meaning + (f" for {', '.join(members)}" if members else "")
        return name


def told(name: str, words: str) -> str:
    """A part by its words where it has some: `"12000 grams of chocolate"`, else its name."""
    return f'"{" ".join(words.split())}"' if words.strip() else name


def split_row(row: str) -> tuple[str, tuple[str, ...]]:
    """`supply[Lyon,2]` as `supply` and its members."""
    family, _, inside = row.partition("[")
    return family, tuple(inside.rstrip("]").split(",")) if inside else ()


def objective_words(program: Program) -> str:
    """`objective`, or the words for it: `profit`, `cost in euros`."""
    objective = formulation_of(program).objective
    return f"objective in {objective.unit}" if objective.unit else "objective"


def dial_words(program: Program, dial: Dial) -> str:
    """A dial as people speak of it: `"12000 grams of chocolate"`, `supply[Lyon] (tons made)`."""
    model = formulation_of(program)
    match dial:
        case ParameterDial(name=name, at=at):
            meaning = next((p.meaning for p in model.parameters if p.name == name), "")
            which = f"{name}[{','.join(at)}]" if at else name
            return f"{which} ({meaning})" if meaning else which
        case LimitDial(row=row):
            constraint = constraint_named(program, row)
            words = told(row, constraint.text)
            return f"the limit {words}"
        case BoundDial(variable=name, side=side):
            return f"the {'least' if side == 'lower' else 'most'} that {name} may be"
    where = dial.element
    if where != "objective":
        where = told(where, constraint_named(program, where).text)
    return f"what {dial.decision} counts for in {'the ' * (where == 'objective')}{where}"
