"""A Pyomo script: sets, parameters, variables and rules as a person would write them.

It builds the same model as `backends.pyomo` and needs nothing of optwright's to run.
"""

from __future__ import annotations

import json
import keyword
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from optwright.solvers.backends.program import Program
from optwright.solvers.data.binding import BoundParameter, BoundSet, BoundVariable, Family, Instance
from optwright.solvers.language.checks import row_names
from optwright.solvers.language.expressions import parse_comparison
from optwright.solvers.language.notation import TextWriter, number_text
from optwright.solvers.model import syntax as sx
from optwright.solvers.model.formulation import Domain, Member, Sense

if TYPE_CHECKING:
    from pyomo.environ import ConcreteModel

_DOMAINS = {Domain.CONTINUOUS: "Reals", Domain.INTEGER: "Integers", Domain.BINARY: "Binary"}
_FUNCTIONS = frozenset({"exp", "log", "log10", "sqrt", "sin", "cos", "tan"})
_OURS = frozenset({"model", "pyo", "row", "len", "sum", "min", "max", "abs"})
"""Names the script uses itself; a loop of that name gets an underscore."""

_HEAD = """\
import pyomo.environ as pyo
from pyomo.contrib.solver.common.factory import SolverFactory

{row}
def build():
    model = pyo.ConcreteModel()
"""
_ROW = '''

def row(comparison):
    """A constraint; the data alone decide some comparisons here, and Pyomo takes no plain bool."""
    if isinstance(comparison, bool):
        return pyo.Constraint.Feasible if comparison else pyo.Constraint.Infeasible
    return comparison

'''
_TAIL = """\
    return model


def main():
    model = build()
    results = SolverFactory("{solver}").solve(
        model,
        load_solutions=False,
        raise_exception_on_nonoptimal_result=False,
        rel_gap=1e-6,
    )
    print("status:", results.termination_condition.name)
    if results.solution_status.name not in ("optimal", "feasible"):
        return
    results.solution_loader.load_vars()
    print("objective:", pyo.value(model.{objective}))
    for variable in model.component_data_objects(pyo.Var):
        if variable.value is not None:
            print(f"{{variable.name}} = {{variable.value:.10g}}")


if __name__ == "__main__":
    main()
"""


def write(program: Program) -> str:
    """The script; it takes HiGHS for linear programs and convex quadratic ones, else SCIP."""
    instance = program.instance
    names = _Names.of(instance)
    decided = _decided(program)
    body = [
        *_sets(instance, names),
        *_parameters(instance, names),
        *_variables(instance, names),
        *_objective(instance, names),
        *_constraints(instance, names, decided),
    ]
    tail = _TAIL.format(solver=_solver(program), objective=names.objective)
    indented = "\n".join(f"    {line}" if line else "" for line in body)
    head = _HEAD.format(row=_ROW if decided else "")
    return f"{_title(instance)}\n\n{head}\n{indented}\n\n{tail}"


def _decided(program: Program) -> frozenset[str]:
    """Families with a row that mentions no variable; all of them where nobody knows."""
    model = program.arrays
    if model is None:
        return frozenset(family.name for family in program.instance.families)
    empty = np.flatnonzero(np.diff(model.starts) == 0)
    return frozenset(model.row_names[int(r)].partition("[")[0] for r in empty)


def _solver(program: Program) -> str:
    if not program.nonlinear_reason:
        return "highs"
    from optwright.solvers.backends.pyomo_points import is_convex_qp, is_linear

    built: ConcreteModel = program.pyomo()
    return "highs" if is_linear(built) or is_convex_qp(built) else "scip_direct"


def _title(instance: Instance) -> str:
    formulation = instance.formulation
    lines = [formulation.title or "An optimization model.", ""]
    if formulation.assumptions:
        lines += ["Assumed:", *(f"- {text}" for text in formulation.assumptions), ""]
    lines.append("Written by optwright; runs with pyomo and highspy.")
    text = "\n".join(lines).replace("\\", "\\\\").replace('"""', "'''")
    return f'"""{text}\n"""'


@dataclass(frozen=True, slots=True)
class _Names:
    """Attribute names in the script: Pyomo keeps some for itself, Python keeps keywords."""

    of_model: dict[str, str]
    of_rows: dict[str, str]
    objective: str

    @classmethod
    def of(cls, instance: Instance) -> _Names:
        import pyomo.environ as pyo

        taken = set(dir(pyo.ConcreteModel()))

        def free(name: str) -> str:
            while name in taken or keyword.iskeyword(name):
                name += "_"
            taken.add(name)
            return name

        stated = [*instance.sets, *instance.parameters, *instance.variables]
        of_model = {name: free(name) for name in stated}
        objective = free("objective")
        return cls(of_model, {f.name: free(f.name) for f in instance.families}, objective)


def _sets(instance: Instance, names: _Names) -> Iterator[str]:
    if instance.sets:
        yield "# Sets"
    for stated in instance.formulation.sets:
        over = instance.sets[stated.name]
        members = _listed([_member(over, member) for member in over.members])
        yield from _comment(stated.meaning)
        yield from _assigned(names.of_model[stated.name], "Set", [f"initialize={members}"])
    if instance.sets:
        yield ""


def _member(over: BoundSet, member: Member | str) -> str:
    """A member as Python: a whole number where all of its set are, else its text."""
    is_number = over.numbers is not None
    return str(int(member)) if is_number else json.dumps(str(member), ensure_ascii=False)


def _parameters(instance: Instance, names: _Names) -> Iterator[str]:
    if instance.parameters:
        yield "# Parameters"
    for stated in instance.formulation.parameters:
        bound = instance.parameters[stated.name]
        yield from _comment(stated.meaning, stated.unit, stated.source)
        over = [f"model.{names.of_model[s.name]}" for s in bound.sets]
        arguments = [*over, f"initialize={_values(bound)}"]
        yield from _assigned(names.of_model[stated.name], "Param", arguments)
    if instance.parameters:
        yield ""


def _values(bound: BoundParameter) -> str:
    if not bound.sets:
        return repr(float(bound.values))
    given = np.argwhere(~np.isnan(bound.values))
    pairs = []
    for places in given.tolist():
        members = [_member(s, s.texts[at]) for s, at in zip(bound.sets, places, strict=True)]
        key = members[0] if len(members) == 1 else f"({', '.join(members)})"
        pairs.append(f"{key}: {_number(float(bound.values[tuple(places)]))}")
    return _listed(pairs, "{}")


def _variables(instance: Instance, names: _Names) -> Iterator[str]:
    yield "# Variables"
    for bound in instance.variables.values():
        stated = bound.variable
        yield from _comment(stated.meaning, stated.unit)
        over = [f"model.{names.of_model[s.name]}" for s in bound.sets]
        arguments = [*over, f"domain=pyo.{_DOMAINS[stated.domain]}"]
        if stated.domain is not Domain.BINARY:
            limits = (stated.lower, stated.upper)
            shown = ["None" if limit is None else _number(limit) for limit in limits]
            arguments.append(f"bounds=({', '.join(shown)})")
        yield from _assigned(names.of_model[stated.name], "Var", arguments)
    yield ""


def _objective(instance: Instance, names: _Names) -> Iterator[str]:
    stated = instance.formulation.objective
    yield "# Objective"
    yield from _comment(stated.text, stated.unit)
    writer = _Writer(instance, names)
    sense = "maximize" if stated.sense is Sense.MAXIMIZE else "minimize"
    arguments = [f"expr={writer.visit(instance.objective)}", f"sense=pyo.{sense}"]
    yield from _assigned(names.objective, "Objective", arguments)
    yield ""


def _constraints(instance: Instance, names: _Names, decided: Set[str]) -> Iterator[str]:
    texts = {
        name: stated.text
        for stated in instance.formulation.constraints
        for name in row_names(stated, len(parse_comparison(stated.expression)))
    }
    yield "# Constraints"
    for family in instance.families:
        yield ""
        yield from _comment(texts.get(family.name, ""))
        yield from _constraint(
            family, instance, names, "row({})" if family.name in decided else "{}"
        )


def _constraint(family: Family, instance: Instance, names: _Names, guarded: str) -> Iterator[str]:
    name = names.of_rows[family.name]
    generators = family.forall.generators
    writer = _Writer(instance, names)
    if not generators:
        expression = guarded.format(writer.visit(family.comparison))
        yield from _assigned(name, "Constraint", [f"expr={expression}"])
        return
    inside = writer.inside(generators)
    loops = [inside.loop_name(g.name) for g in generators]
    yield f"def {name}_rule(model, {', '.join(loops)}):"
    yield f"    return {guarded.format(inside.visit(family.comparison))}"
    yield ""
    if any(g.condition is not None for g in generators):
        key = loops[0] if len(loops) == 1 else f"({', '.join(loops)})"
        index = [f"[{key} {writer.loops_text(generators)}]"]
    else:
        index = [f"model.{names.of_model[g.set]}" for g in generators]
    yield from _assigned(name, "Constraint", [*index, f"rule={name}_rule"])


@dataclass(frozen=True)
class _Writer(TextWriter):
    """Expressions as Python over `model`; `loops` maps each loop's name to its set."""

    instance: Instance
    names: _Names
    loops: dict[str, str] = field(default_factory=dict)

    def inside(self, generators: Sequence[sx.Generator]) -> _Writer:
        loops = self.loops | {g.name: g.set for g in generators}
        return _Writer(self.instance, self.names, loops)

    def loop_name(self, name: str) -> str:
        return f"{name}_" if name in _OURS else name

    def number(self, node: sx.Number) -> str:
        return number_text(node.value)

    def ref(self, node: sx.Ref) -> str:
        if node.name in self.loops and not node.indices:
            return self.loop_name(node.name)
        name = f"model.{self.names.of_model[node.name]}"
        if not node.indices:
            return name
        owner = self._owner(node.name)
        pairs = zip(node.indices, owner.sets, strict=True)
        return f"{name}[{', '.join(self._index(index, over) for index, over in pairs)}]"

    def _owner(self, name: str) -> BoundParameter | BoundVariable:
        parameters = self.instance.parameters
        return parameters[name] if name in parameters else self.instance.variables[name]

    def _index(self, index: sx.Expr, over: BoundSet) -> str:
        return _member(over, index.value) if isinstance(index, sx.Quoted) else self.visit(index)

    def call(self, node: sx.Call) -> str:
        prefix = "pyo." if node.function in _FUNCTIONS else ""
        if node.function == "len":
            (over,) = node.arguments
            assert isinstance(over, sx.Ref)
            return f"len(model.{self.names.of_model[over.name]})"
        return f"{prefix}{node.function}({self.listed(node.arguments)})"

    def aggregate(self, node: sx.Aggregate) -> str:
        body = self.inside(node.generators).visit(node.body)
        return f"{node.function}({body} {self.loops_text(node.generators)})"

    def loops_text(self, generators: Sequence[sx.Generator]) -> str:
        """`for i in model.I if ... for j in model.J`."""
        inside = self.inside(generators)
        return " ".join(f"for {inside.generator(g)}" for g in generators)

    def generator(self, node: sx.Generator) -> str:
        head = f"{self.loop_name(node.name)} in model.{self.names.of_model[node.set]}"
        return head if node.condition is None else f"{head} if {self.visit(node.condition)}"

    def comparison(self, node: sx.Comparison) -> str:
        left, right = self._like(node.left, node.right), self._like(node.right, node.left)
        return f"{left} {node.operator} {right}"

    def _like(self, node: sx.Expr, other: sx.Expr) -> str:
        """A member in quotes is written as the set of the loop beside it has it."""
        if isinstance(node, sx.Quoted) and isinstance(other, sx.Ref) and other.name in self.loops:
            return _member(self.instance.sets[self.loops[other.name]], node.value)
        return self.visit(node)

    def membership(self, node: sx.Membership) -> str:
        items = [self.visit(item) for item in node.items]
        item = items[0] if len(items) == 1 else f"({', '.join(items)})"
        word = "not in" if node.negated else "in"
        if isinstance(node.collection, str):
            return f"{item} {word} model.{self.names.of_model[node.collection]}"
        first = node.items[0]
        return f"{item} {word} [{', '.join(self._like(c, first) for c in node.collection)}]"


def _comment(*parts: str) -> Iterator[str]:
    told = "; ".join(" ".join(part.split()) for part in parts if part)
    if told:
        yield f"# {told}"


def _assigned(name: str, kind: str, arguments: Sequence[str]) -> Iterator[str]:
    """`model.name = pyo.Kind(arguments)`, one argument a line where one line is too long."""
    line = f"model.{name} = pyo.{kind}({', '.join(arguments)})"
    if len(line) <= 92 and "\n" not in line:
        yield line
        return
    yield f"model.{name} = pyo.{kind}("
    for argument in arguments:
        yield from (f"    {part}" for part in f"{argument},".splitlines())
    yield ")"


def _listed(items: Sequence[str], brackets: str = "[]") -> str:
    """Items between brackets, one a line where one line is too long."""
    line = f"{brackets[0]}{', '.join(items)}{brackets[1]}"
    if len(line) <= 80:
        return line
    return "\n".join([brackets[0], *(f"    {item}," for item in items), brackets[1]])


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")
