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

from optwright.errors import FormulationError
from optwright.solvers.backends.program import Program
from optwright.solvers.data.bound import (
    BoundParameter,
    BoundSet,
    BoundText,
    BoundVariable,
    Family,
    Instance,
    Places,
)
from optwright.solvers.language.expressions import parse, parse_forall
from optwright.solvers.language.notation import ADD, TextWriter, number_text
from optwright.solvers.language.rhs_attribution import stating_constraints
from optwright.solvers.language.stages import Stage, joint
from optwright.solvers.model import syntax as sx
from optwright.solvers.model.formulation import Domain, Member, Sense

if TYPE_CHECKING:
    from pyomo.environ import ConcreteModel

_DOMAINS = {Domain.CONTINUOUS: "Reals", Domain.INTEGER: "Integers", Domain.BINARY: "Binary"}
_FUNCTIONS = frozenset({"exp", "log", "log10", "sqrt", "sin", "cos", "tan"})
_MATH = frozenset({"ceil", "floor"})
_SET_METHODS = {
    "prev": "prev",
    "next": "next",
    "prev_cyclic": "prevw",
    "next_cyclic": "nextw",
    "first": "first",
    "last": "last",
    "ord": "ord",
}
_EXTREME = {"max": "largest", "min": "smallest"}
_OURS = frozenset({"model", "pyo", "row", "len", "sum", "min", "max", "abs", *_EXTREME.values()})
"""Names the script uses itself; a loop of that name gets an underscore."""

_HEAD = """\
{imports}import pyomo.environ as pyo
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
_EXTREMES = '''

def largest(parts):
    """The largest of some expressions, by absolute values: Pyomo has no node for it."""
    parts = list(parts)
    if len(parts) == 1:
        return parts[0]
    a, b = largest(parts[: len(parts) // 2]), largest(parts[len(parts) // 2 :])
    return (a + b + abs(a - b)) / 2


def smallest(parts):
    return -largest(-part for part in parts)

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

_STAGES = '''\
    return model


def stages(model):
    """What is sought, one after the other: the decision that holds it, the sense, and the share and
    the amount by which later ones may worsen it."""
    return [
{stages}
    ]


def main():
    model = build()
    for name, reached, sense, share, amount in stages(model):
        model.del_component("{objective}")
        model.{objective} = pyo.Objective(expr=reached, sense=sense)
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
        best = pyo.value(reached)
        print(f"{{name}}: {{best:.10g}}")
        room = max(share * abs(best), amount, 1e-9 * max(1.0, abs(best)))
        if sense == pyo.minimize:
            reached.setub(best + room)
        else:
            reached.setlb(best - room)
    for variable in model.component_data_objects(pyo.Var):
        if variable.value is not None:
            print(f"{{variable.name}} = {{variable.value:.10g}}")


if __name__ == "__main__":
    main()
'''


def write(program: Program) -> str:
    """The script; it takes HiGHS for linear programs and convex quadratic ones, else SCIP. What has
    objectives of several priorities seeks them one after the other."""
    stages, sought = program.stages, tuple[str, ...]()
    if len(stages) > 1 and program.formulation is not None:
        whole, sought = joint(program.formulation)
        program = Program(whole, program.tables)
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
    form = _STAGES if sought else _TAIL
    listed = "\n".join(map(_stage, stages, (names.of_model[name] for name in sought)))
    tail = form.format(solver=_solver(program), objective=names.objective, stages=listed)
    indented = "\n".join(f"    {line}" if line else "" for line in body)
    imports = "import math\n\n" if "math." in indented else ""
    helpers = _ROW if decided else ""
    if any(f"{word}(" in indented for word in _EXTREME.values()):
        helpers += _EXTREMES
    head = _HEAD.format(row=helpers, imports=imports)
    return f"{_title(instance)}\n\n{head}\n{indented}\n\n{tail}"


def _stage(stage: Stage, variable: str) -> str:
    sense = "maximize" if stage.objective.sense is Sense.MAXIMIZE else "minimize"
    parts = (
        repr(" and ".join(stage.names)),
        f"model.{variable}",
        f"pyo.{sense}",
        repr(stage.tolerance),
        repr(stage.absolute_tolerance),
    )
    return f"        ({', '.join(parts)}),"


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

        stated = [*instance.sets, *instance.parameters, *instance.texts, *instance.variables]
        of_model = {name: free(name) for name in stated}
        objective = free("objective")
        return cls(of_model, {f.name: free(f.name) for f in instance.families}, objective)


def _sets(instance: Instance, names: _Names) -> Iterator[str]:
    if instance.sets:
        yield "# Sets"
    meanings = {stated.name: stated.meaning for stated in instance.formulation.sets}
    for name, over in instance.sets.items():
        members = _listed([_member(over, member) for member in over.members])
        yield from _comment(meanings.get(name, ""))
        size = [f"dimen={over.width}"] if over.parts else []
        yield from _assigned(names.of_model[name], "Set", [f"initialize={members}", *size])
    if instance.sets:
        yield ""


def _member(over: BoundSet, member: Member | tuple[Member, ...]) -> str:
    """A member as Python: a whole number where all of its set are, else its text."""
    if isinstance(member, tuple):
        return f"({', '.join(map(_member, over.parts, member))})"
    is_number = over.numbers is not None
    return str(int(member)) if is_number else json.dumps(str(member), ensure_ascii=False)


def _parameters(instance: Instance, names: _Names) -> Iterator[str]:
    if instance.parameters:
        yield "# Parameters"
    stated = {p.name: p for p in instance.formulation.parameters}
    every: dict[str, BoundParameter | BoundText] = {**instance.parameters, **instance.texts}
    for name, bound in every.items():
        given = stated.get(name)
        if given is not None:
            yield from _comment(given.meaning, given.unit, given.source)
        over = [f"model.{names.of_model[s.name]}" for s in bound.sets]
        if isinstance(bound, BoundText):
            arguments = [*over, f"initialize={_text_values(bound)}", "within=pyo.Any"]
            arguments += ['default=""'] if bound.sets and (bound.codes < 0).any() else []
        else:
            arguments = [*over, f"initialize={_values(bound)}"]
        yield from _assigned(names.of_model[name], "Param", arguments)
    if instance.parameters:
        yield ""


def _values(bound: BoundParameter) -> str:
    if not bound.sets:
        return repr(float(bound.values))
    places, numbers = bound.places()
    return _dict(bound.sets, places, list(map(_number, numbers.tolist())))


def _text_values(bound: BoundText) -> str:
    texts = [json.dumps(text, ensure_ascii=False) for text in bound.vocabulary.texts]
    if not bound.sets:
        return texts[int(bound.codes)] if texts else '""'
    places = np.nonzero(bound.codes >= 0)
    return _dict(bound.sets, places, [texts[at] for at in bound.codes[places].tolist()])


def _dict(sets: Sequence[BoundSet], places: Sequence[Places], values: Sequence[str]) -> str:
    pairs = []
    for at, value in zip(np.array(places).T.tolist(), values, strict=True):
        members = [
            part
            for s, k in zip(sets, at, strict=True)
            for part in (
                map(_member, s.parts, s.members[k]) if s.parts else [_member(s, s.members[k])]
            )
        ]
        key = members[0] if len(members) == 1 else f"({', '.join(members)})"
        pairs.append(f"{key}: {value}")
    return _listed(pairs, "{}")


def _variables(instance: Instance, names: _Names) -> Iterator[str]:
    yield "# Variables"
    for bound in instance.variables.values():
        stated = bound.variable
        yield from _comment(stated.meaning, stated.unit)
        name = names.of_model[stated.name]
        loops = parse_forall(stated.forall).generators
        writer = _Writer(instance, names).inside(loops)
        over = [f"model.{names.of_model[s.name]}" for s in bound.sets]
        if bound.support is not None and loops:
            bound_names = [writer.loop_name(n) for g in loops for n in g.names]
            key = bound_names[0] if len(bound_names) == 1 else f"({', '.join(bound_names)})"
            over = [f"[{key} {_Writer(instance, names).loops_text(loops)}]"]
        elif bound.support is not None:
            over = [_listed(_support(bound))]
        arguments = [*over, f"domain=pyo.{_DOMAINS[stated.domain]}"]
        shown = [
            _bound_text(text, value, bound, writer)
            for text, value in (
                (stated.lower_expression, stated.lower),
                (stated.upper_expression, stated.upper),
            )
        ]
        if stated.semicontinuous:  # rows beside it keep it out of what lies between
            shown = [f"min({shown[0]}, 0)", f"max({shown[1]}, 0)"]
        if any((stated.lower_expression, stated.upper_expression)) and bound.sets:
            parts = [writer.loop_name(n) for g in loops for n in g.names] or ["*index"]
            yield f"def {name}_bounds(model, {', '.join(parts)}):"
            yield f"    return {', '.join(shown)}"
            yield ""
            arguments.append(f"bounds={name}_bounds")
        elif stated.domain is not Domain.BINARY or stated.lower == 1 or stated.upper == 0:
            if stated.domain is Domain.BINARY:
                shown = [str(int(stated.lower == 1)), str(int(stated.upper != 0))]
            arguments.append(f"bounds=({', '.join(shown)})")
        yield from _assigned(name, "Var", arguments)
    yield ""


def _support(bound: BoundVariable) -> list[str]:
    """The combinations of a variable that has no others."""
    columns = [
        [_member(over, over.members[k]).strip("()") for k in at.tolist()]
        for over, at in zip(bound.sets, bound.places(), strict=True)
    ]
    rows = [", ".join(row) for row in zip(*columns, strict=True)]
    return [f"({row})" if "," in row else row for row in rows]


def _bound_text(text: str, value: float | None, bound: BoundVariable, writer: _Writer) -> str:
    """A bound as Python; the bare name of a parameter over the same sets has their index."""
    if not text:
        return "None" if value is None else _number(value)
    node = parse(text)
    if isinstance(node, sx.Ref) and not node.indices and not writer.loops and bound.sets:
        parameter = writer.instance.parameters.get(node.name)
        if parameter is not None and parameter.sets:
            return f"model.{writer.names.of_model[node.name]}[index]"
    return writer.visit(node)


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
    stating = stating_constraints(instance.formulation)
    yield "# Constraints"
    for family in instance.families:
        yield ""
        yield from _comment(stating[family.name].text if family.name in stating else "")
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
    loops = [inside.loop_name(name) for g in generators for name in g.names]
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
    """Expressions as Python over `model`; `loops` maps each loop's name to its set, which for a
    part of tuples is one that the script has no name for."""

    instance: Instance
    names: _Names
    loops: dict[str, BoundSet] = field(default_factory=dict)

    def inside(self, generators: Sequence[sx.Generator]) -> _Writer:
        loops = dict(self.loops)
        for generator in generators:
            over = self.instance.sets[generator.set]
            loops |= zip(generator.names, over.parts or (over,), strict=False)
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
        sets = [part for over in owner.sets for part in (over.parts or (over,))]
        pairs = zip(node.indices, sets, strict=True)
        return f"{name}[{', '.join(self._index(index, over) for index, over in pairs)}]"

    def _owner(self, name: str) -> BoundParameter | BoundText | BoundVariable:
        for known in (self.instance.parameters, self.instance.texts, self.instance.variables):
            if name in known:
                return known[name]
        raise KeyError(name)

    def add(self, node: sx.Add) -> str:
        moved = self._neighbour(node)
        return super().add(node) if moved is None else self.visit(moved)

    def _neighbour(self, node: sx.Expr, over: BoundSet | None = None) -> sx.Call | None:
        """`t - 1` over texts, which is the member before."""
        moved = sx.shifted(node)
        if moved is None or moved[0] not in self.loops:
            return None
        name, steps = moved
        if self.loops[name].numbers is not None:
            return None
        known = over is not None and over.name in self.instance.sets
        rest = (sx.Number(abs(steps)), *((sx.Ref(over.name),) if known and over else ()))
        return sx.Call("prev" if steps < 0 else "next", (sx.Ref(name), *rest))

    def _index(self, index: sx.Expr, over: BoundSet) -> str:
        if (moved := self._neighbour(index, over)) is not None:
            return self.visit(moved)
        return _member(over, index.value) if isinstance(index, sx.Quoted) else self.visit(index)

    def call(self, node: sx.Call) -> str:
        prefix = "pyo." if node.function in _FUNCTIONS else ""
        if node.function == "len":
            (over,) = node.arguments
            assert isinstance(over, sx.Ref)
            return f"len(model.{self.names.of_model[over.name]})"
        if node.function in _SET_METHODS:
            return self._method(node)
        if node.function in _EXTREME and self._decides(node):
            return f"{_EXTREME[node.function]}([{self.listed(node.arguments)}])"
        if node.function in _MATH:
            prefix = "math."
        return f"{prefix}{node.function}({self.listed(node.arguments)})"

    def _decides(self, node: sx.Expr) -> bool:
        """Whether variables are in it."""
        return not self.instance.variables.keys().isdisjoint(sx.names(node))

    def _method(self, node: sx.Call) -> str:
        """`model.T.prev(t, 2)`: Pyomo's sets know the places of their members."""
        first, *rest = node.arguments
        over, steps = self._set_of(first), list[sx.Expr]()
        for part in rest:
            if isinstance(part, sx.Ref) and part.name in self.instance.sets:
                over = self.instance.sets[part.name]
            else:
                steps.append(part)
        owner = (
            f"model.{self.names.of_model[over.name]}"
            if over.name in self.names.of_model
            else (f"pyo.Set(initialize={_listed([_member(over, m) for m in over.members])})")
        )
        method = _SET_METHODS[node.function]
        if node.function in ("first", "last"):
            return f"{owner}.{method}()"
        moved = [self.visit(first), *map(self.visit, steps)]
        return f"{owner}.{method}({', '.join(moved)})"

    def _set_of(self, node: sx.Expr) -> BoundSet:
        match node:
            case sx.Ref(name, ()) if name in self.loops:
                return self.loops[name]
            case sx.Ref(name) if name in self.instance.sets:
                return self.instance.sets[name]
            case sx.Call(_, (inner, *rest)):
                for part in rest:
                    if isinstance(part, sx.Ref) and part.name in self.instance.sets:
                        return self.instance.sets[part.name]
                return self._set_of(inner)
        raise FormulationError(f"{node!r} is a member of no set the script could name")

    def choice(self, node: sx.Choice) -> str:
        then, otherwise = self.within(node.then, ADD), self.within(node.otherwise, ADD)
        return f"({then} if {self.visit(node.condition)} else {otherwise})"

    def count(self, node: sx.Count) -> str:
        inside = self.inside(node.generators)
        counted = " + ".join(f"bool({inside.visit(c)})" for c in node.conditions)
        return f"sum({counted} {self.loops_text(node.generators)})" if node.generators else counted

    def junction(self, node: sx.Junction) -> str:
        if node.word in ("and", "or"):
            return super().junction(node)
        one, other = (f"({self.visit(part)})" for part in node.parts)
        return {
            "implies": f"(not {one} or {other})",
            "iff": f"({one} == {other})",
            "xor": f"({one} != {other})",
        }[node.word]

    def aggregate(self, node: sx.Aggregate) -> str:
        body = self.inside(node.generators).visit(node.body)
        word = _EXTREME.get(node.function, "sum") if self._decides(node) else node.function
        return f"{word}({body} {self.loops_text(node.generators)})"

    def loops_text(self, generators: Sequence[sx.Generator]) -> str:
        """`for i in model.I if ... for j in model.J`."""
        inside = self.inside(generators)
        return " ".join(f"for {inside.generator(g)}" for g in generators)

    def generator(self, node: sx.Generator) -> str:
        bound = ", ".join(map(self.loop_name, node.names))
        bound = f"({bound})" if node.more else bound
        head = f"{bound} in model.{self.names.of_model[node.set]}"
        return head if node.condition is None else f"{head} if {self.visit(node.condition)}"

    def comparison(self, node: sx.Comparison) -> str:
        if node.operator in ("<", ">", "<=", ">=") and (placed := self._by_place(node)):
            return placed
        left, right = self._like(node.left, node.right), self._like(node.right, node.left)
        return f"{left} {node.operator} {right}"

    def _by_place(self, node: sx.Comparison) -> str | None:
        """Members that are texts compare by their place in their set, not by their letters."""
        sides = (node.left, node.right)
        sets = [over for side in sides if (over := self._member_set(side)) is not None]
        if not sets or sets[0].numbers is not None:
            return None
        over = sets[0]
        if over.name not in self.names.of_model or any(
            isinstance(side, sx.Quoted) and side.value not in over.positions for side in sides
        ):
            return None
        owner = f"model.{self.names.of_model[over.name]}"
        left, right = (f"{owner}.ord({self._index(side, over)})" for side in sides)
        return f"{left} {node.operator} {right}"

    def _member_set(self, node: sx.Expr) -> BoundSet | None:
        match node:
            case sx.Ref(name, ()) if name in self.loops:
                return self.loops[name]
            case sx.Call(function) if function in sx.MEMBER_FUNCTIONS:
                return self._set_of(node)
        return None

    def _like(self, node: sx.Expr, other: sx.Expr) -> str:
        """A member in quotes is written as the set of the loop beside it has it."""
        if isinstance(node, sx.Quoted) and isinstance(other, sx.Ref) and other.name in self.loops:
            return _member(self.loops[other.name], node.value)
        return self.visit(node)

    def membership(self, node: sx.Membership) -> str:
        items = [self.visit(item) for item in node.items]
        item = items[0] if len(items) == 1 else f"({', '.join(items)})"
        word = "not in" if node.negated else "in"
        if isinstance(node.collection, str):
            collection = f"model.{self.names.of_model[node.collection]}"
            is_text = node.collection in self.instance.texts
            return f"{item} {word} {collection}{'.sparse_keys()' if is_text else ''}"
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
