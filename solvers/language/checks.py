"""Checks of a formulation that need neither data nor a solver; `check` is the way in.

What holds only once the tables are there (missing combinations, cells that are no numbers) is
found by `binding`; what only a solver can tell, by `diagnosis`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from keyword import iskeyword

from optwright.errors import FormulationError
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.formulation import (
    Constraint,
    Domain,
    Finding,
    Formulation,
    IndexSet,
    Kind,
    Parameter,
    Severity,
    Values,
    Variable,
)

Loops = Mapping[str, str]
"""The set each loop name runs over, innermost last."""


def check(formulation: Formulation) -> tuple[Finding, ...]:
    """What is wrong or odd about a formulation before any data is joined, errors first."""
    found = [*_Checker(formulation).run()]
    return tuple(sorted(dict.fromkeys(found), key=lambda f: f.severity is Severity.WARNING))


def row_names(constraint: Constraint, count: int) -> tuple[str, ...]:
    """What the rows of a constraint with `count` comparisons are called: `a <= x <= b` is
    `name_lower` and `name_upper`."""
    if count == 1:
        return (constraint.name,)
    if count == 2:
        return (f"{constraint.name}_lower", f"{constraint.name}_upper")
    return tuple(f"{constraint.name}_{position}" for position in range(1, count + 1))


class _Checker:
    def __init__(self, formulation: Formulation) -> None:
        self._formulation = formulation
        self._sets = {s.name: s for s in formulation.sets}
        self._quantities: dict[str, Parameter | Variable] = {
            **{p.name: p for p in formulation.parameters},
            **{v.name: v for v in formulation.variables},
        }
        self._variables = {v.name for v in formulation.variables}
        self._used: set[str] = set()

    def run(self) -> Iterator[Finding]:
        yield from self._names()
        for index_set in self._formulation.sets:
            yield from _set(index_set)
        for quantity in self._quantities.values():
            yield from self._indices(quantity)
        for parameter in self._formulation.parameters:
            yield from _values(parameter)
            sets = [self._sets[name] for name in parameter.indices if name in self._sets]
            yield from _value_members(parameter.name, parameter.values, sets)
        for variable in self._formulation.variables:
            yield from _bounds(variable)
        yield from self._objective()
        for constraint in self._formulation.constraints:
            yield from self._constraint(constraint)
        yield from self._unused()

    # Names

    def _names(self) -> Iterator[Finding]:
        made = [
            *((s.name, "set") for s in self._formulation.sets),
            *((p.name, "parameter") for p in self._formulation.parameters),
            *((v.name, "variable") for v in self._formulation.variables),
        ]
        for name, kinds in _grouped(made).items():
            if len(kinds) > 1:
                yield _error(Kind.DUPLICATE_NAME, name, f"is the name of {_several(kinds)}")
            yield from _reserved(name, kinds[0])
        rows = Counter(row for c in self._formulation.constraints for row in _rows_of(c))
        for name, count in rows.items():
            if count > 1:
                yield _error(Kind.DUPLICATE_NAME, name, f"is the name of {count} constraints")

    def _unused(self) -> Iterator[Finding]:
        for name, quantity in self._quantities.items():
            if name not in self._used:
                what = "variable" if isinstance(quantity, Variable) else "parameter"
                yield _warning(Kind.UNUSED, name, f"is a {what} that nothing uses")

    def _indices(self, quantity: Parameter | Variable) -> Iterator[Finding]:
        for index in quantity.indices:
            if index not in self._sets:
                yield self._unknown_set(quantity.name, index)

    def _unknown_set(self, element: str, name: str) -> Finding:
        hint = _nearest(name, self._sets)
        return _error(Kind.UNKNOWN_SET, element, f"runs over {name!r}, which is not a set{hint}")

    # Objective and constraints

    def _objective(self) -> Iterator[Finding]:
        element = "objective"
        text = self._formulation.objective.expression
        try:
            expression = ex.parse(text)
        except FormulationError as error:
            yield _unreadable(element, error)
            return
        found = [*self._expression(element, expression, {})]
        yield from found
        if not (found or self._touches_variables(expression) or expression == ex.Number(0)):
            yield _error(Kind.NO_VARIABLES, element, f"uses no variable: {text!r}")

    def _constraint(self, constraint: Constraint) -> Iterator[Finding]:
        element = constraint.name
        try:
            forall = ex.parse_forall(constraint.forall)
            comparisons = ex.parse_comparison(constraint.expression)
        except FormulationError as error:
            yield _unreadable(element, error)
            return
        loops: dict[str, str] = {}
        yield from self._generators(element, forall.generators, loops)
        found = [
            finding
            for comparison in comparisons
            for side in (comparison.left, comparison.right)
            for finding in self._expression(element, side, loops)
        ]
        yield from found
        if not (found or any(map(self._touches_variables, comparisons))):
            text = constraint.expression
            yield _error(Kind.NO_VARIABLES, element, f"uses no variable: {text!r}")
        unused = [g.name for g in forall.generators if not _loop_used(g.name, forall, comparisons)]
        for name in unused:
            words = f"is stated for every {name!r} and does not depend on it"
            yield _warning(Kind.UNUSED, element, words)

    def _touches_variables(self, node: ex.Expr | ex.Condition) -> bool:
        return not self._variables.isdisjoint(ex.names(node))

    # Inside expressions

    def _expression(self, element: str, node: ex.Node, loops: Loops) -> Iterator[Finding]:
        match node:
            case ex.Quoted(value):
                words = f"uses the text {value!r} as a number"
                yield _error(Kind.NOT_A_NUMBER, element, words)
            case ex.Ref():
                yield from self._ref(element, node, loops)
            case ex.Call("len", (ex.Ref(name),)):
                self._used.add(name)
                if name not in self._sets:
                    yield self._unknown_set(element, name)
            case ex.Aggregate(_, body, generators):
                inner = dict(loops)
                yield from self._generators(element, generators, inner)
                yield from self._expression(element, body, inner)
            case _:
                for child in ex.children(node):
                    yield from self._expression(element, child, loops)

    def _generators(
        self, element: str, generators: Iterable[ex.Generator], loops: dict[str, str]
    ) -> Iterator[Finding]:
        """Check loops from the outside in; adds each to `loops`."""
        for generator in generators:
            name = generator.name
            if name in loops:
                words = f"uses the loop name {name!r} inside a loop of that name"
                yield _error(Kind.SHADOWED, element, words)
            elif name in self._sets or name in self._quantities:
                words = f"uses {name!r} as a loop name, and it names something else"
                yield _error(Kind.SHADOWED, element, words)
            if generator.set not in self._sets:
                yield self._unknown_set(element, generator.set)
            loops[name] = generator.set
            self._used.add(generator.set)
            if generator.condition is not None:
                yield from self._condition(element, generator.condition, loops)

    def _ref(self, element: str, node: ex.Ref, loops: Loops) -> Iterator[Finding]:
        name, indices = node.name, node.indices
        self._used.add(name)
        if quantity := self._quantities.get(name):
            yield from self._index_count(element, node, quantity)
            for index, set_name in zip(indices, quantity.indices, strict=False):
                yield from self._index(element, name, index, set_name, loops)
        elif name in loops and not indices:
            if not _numeric(self._sets.get(loops[name])):
                words = f"uses {name!r}, a member of {loops[name]!r}, as a number"
                yield _error(Kind.NOT_A_NUMBER, element, words)
        elif name in loops or name in self._sets:
            what = "a loop name" if name in loops else "a set"
            yield _error(Kind.NOT_A_NUMBER, element, f"uses {name!r} as a number; it is {what}")
        else:
            yield self._undefined(element, name, loops)

    def _undefined(self, element: str, name: str, loops: Loops) -> Finding:
        hint = _nearest(name, [*self._quantities, *self._sets, *loops])
        return _error(Kind.UNDEFINED_NAME, element, f"uses {name!r}, which is not defined{hint}")

    def _index_count(
        self, element: str, node: ex.Ref, quantity: Parameter | Variable
    ) -> Iterator[Finding]:
        wanted, found = quantity.indices, len(node.indices)
        if len(wanted) == found:
            return
        over = f" ({', '.join(wanted)})" if wanted else ""
        text = ex.to_text(node)
        words = f"writes {text!r} with {_count(found)}; {quantity.name!r} has {_count(len(wanted))}"
        yield _error(Kind.INDEX_COUNT, element, words + over)

    def _index(
        self, element: str, name: str, index: ex.Expr, set_name: str, loops: Loops
    ) -> Iterator[Finding]:
        index_set = self._sets.get(set_name)
        match index:
            case ex.Ref(loop, ()) if loop in loops:
                yield from self._overlap(element, name, index_set, self._sets.get(loops[loop]))
            case ex.Ref(member, ()) if member not in self._quantities and index_set:
                if member in map(str, index_set.members):
                    words = f"uses {member!r}, a member of {set_name!r}, without quotes"
                    hint = f'; write {name}["{member}"]'
                    yield _error(Kind.UNDEFINED_NAME, element, words + hint)
                else:
                    yield self._undefined(element, member, loops)
            case ex.Quoted(member):
                yield from _member(element, member, index_set)
            case ex.Number(value):
                yield from _member(element, f"{value:g}", index_set)
            case _:
                yield from self._expression(element, index, loops)
                if not self._variables.isdisjoint(ex.names(index)):
                    words = f"uses a variable inside the brackets of {name!r}"
                    yield _error(Kind.NOT_A_NUMBER, element, words)

    def _overlap(
        self, element: str, name: str, wanted: IndexSet | None, given: IndexSet | None
    ) -> Iterator[Finding]:
        if not (wanted and given and wanted.members and given.members):
            return
        if set(map(str, wanted.members)).isdisjoint(map(str, given.members)):
            words = f"indexes {name!r} with members of {given.name!r}; it runs over {wanted.name!r}"
            yield _error(Kind.UNKNOWN_MEMBER, element, words)

    def _condition(self, element: str, node: ex.Condition, loops: Loops) -> Iterator[Finding]:
        if used := self._variables & ex.names(node):
            words = f"decides by the variable {min(used)!r} which combinations there are"
            hint = "; a condition may use data only"
            yield _error(Kind.VARIABLE_IN_CONDITION, element, words + hint)
            return
        match node:
            case ex.Comparison(_, left, right):
                for side in (left, right):
                    if not _is_member(side, loops):
                        yield from self._expression(element, side, loops)
            case ex.Membership():
                yield from self._membership(element, node, loops)
            case ex.Not(operand):
                yield from self._condition(element, operand, loops)
            case ex.Junction(_, parts):
                for part in parts:
                    yield from self._condition(element, part, loops)

    def _membership(self, element: str, node: ex.Membership, loops: Loops) -> Iterator[Finding]:
        for item in node.items:
            if not _is_member(item, loops):
                yield from self._expression(element, item, loops)
        if not isinstance(node.collection, str):
            return
        self._used.add(node.collection)
        quantity = self._quantities.get(node.collection)
        wanted = len(quantity.indices) if quantity else 1
        if node.collection not in self._sets and not isinstance(quantity, Parameter):
            yield self._unknown_set(element, node.collection)
        elif wanted != len(node.items):
            text = ex.to_text(node)
            words = f"writes {text!r} with {_count(len(node.items))}; it takes {wanted}"
            yield _error(Kind.INDEX_COUNT, element, words)


def _is_member(node: ex.Expr, loops: Loops) -> bool:
    """Whether a side of a condition names a member, which need not be a number."""
    return isinstance(node, ex.Quoted) or (isinstance(node, ex.Ref) and node.name in loops)


def _set(index_set: IndexSet) -> Iterator[Finding]:
    members = list(map(str, index_set.members))
    if not members and index_set.column is None:
        yield _error(Kind.NO_VALUES, index_set.name, "has no members")
    if members and index_set.column is not None:
        words = "has members of its own and a column of a table"
        yield _error(Kind.DUPLICATE_NAME, index_set.name, words)
    for member, count in Counter(members).items():
        if count > 1:
            words = f"has the member {member!r} {count} times"
            yield _error(Kind.DUPLICATE_NAME, index_set.name, words)
        if ('"' in member and "'" in member) or "\\" in member or "\n" in member:
            words = f"has the member {member!r}, which cannot be written in an expression"
            yield _warning(Kind.UNKNOWN_MEMBER, index_set.name, words)


def _numeric(index_set: IndexSet | None) -> bool:
    """Whether members may be used as numbers; sets of tables are taken to be, until read."""
    members = index_set.members if index_set else ()
    return all(isinstance(m, int) or m.removeprefix("-").isdigit() for m in members)


def _member(element: str, member: str, index_set: IndexSet | None) -> Iterator[Finding]:
    if index_set and index_set.members and member not in map(str, index_set.members):
        hint = _nearest(member, map(str, index_set.members))
        words = f"uses {member!r}, which is not a member of {index_set.name!r}{hint}"
        yield _error(Kind.UNKNOWN_MEMBER, element, words)


def _values(parameter: Parameter) -> Iterator[Finding]:
    name, column, wanted = parameter.name, parameter.column, len(parameter.indices)
    if parameter.values is None and column is None:
        yield _error(Kind.NO_VALUES, name, "has neither values nor a column of a table")
    elif parameter.values is not None and column is not None:
        yield _error(Kind.DUPLICATE_NAME, name, "has values of its own and a column of a table")
    elif column is not None and len(column.keys) != wanted:
        words = f"joins {_count(len(column.keys), 'key column')}; it has {_count(wanted)}"
        yield _error(Kind.INDEX_COUNT, name, words)
    elif isinstance(parameter.values, dict) and {*_depths(parameter.values)} != {wanted}:
        words = f"has values nested {max(_depths(parameter.values))} deep; it has {_count(wanted)}"
        yield _error(Kind.INDEX_COUNT, name, words)


def _depths(values: Values) -> Iterator[int]:
    if isinstance(values, dict):
        for inner in values.values():
            yield from (1 + depth for depth in _depths(inner))
        if not values:
            yield 1
    else:
        yield 0


def _value_members(name: str, values: Values | None, sets: Sequence[IndexSet]) -> Iterator[Finding]:
    """Values for no member, and members without a value, where both are written out."""
    if not isinstance(values, dict) or not sets:
        return
    members = list(map(str, sets[0].members))
    for member in values if members else ():
        if member not in members:
            hint = _nearest(member, members)
            words = f"has a value for {member!r}, not a member of {sets[0].name!r}{hint}"
            yield _error(Kind.UNKNOWN_MEMBER, name, words)
    missing = [member for member in members if member not in values]
    if missing:
        others = f" and {len(missing) - 1} others" if len(missing) > 1 else ""
        yield _warning(Kind.NO_VALUES, name, f"has no value for {missing[0]!r}{others}")
    for inner in values.values():
        yield from _value_members(name, inner, sets[1:])


def _bounds(variable: Variable) -> Iterator[Finding]:
    lower, upper = variable.lower, variable.upper
    if variable.domain is Domain.BINARY:
        if (lower, upper) not in ((0, None), (0, 1), (None, None)):
            words = f"is binary, so its bounds are 0 and 1, not {lower} and {upper}"
            yield _warning(Kind.BOUNDS, variable.name, words)
        return
    if lower is not None and upper is not None and lower > upper:
        words = f"has a lower bound {lower:g} above its upper bound {upper:g}"
        yield _error(Kind.BOUNDS, variable.name, words)
    for bound in (lower, upper):
        if variable.domain is Domain.INTEGER and bound is not None and bound != int(bound):
            words = f"is an integer with the fractional bound {bound:g}"
            yield _warning(Kind.BOUNDS, variable.name, words)


def _reserved(name: str, kind: str) -> Iterator[Finding]:
    if name in ex.FUNCTIONS or name in ex.KEYWORDS or iskeyword(name):
        words = f"is a {kind} named like a word of the language"
        yield _error(Kind.RESERVED_NAME, name, words)


def _rows_of(constraint: Constraint) -> tuple[str, ...]:
    try:
        return row_names(constraint, len(ex.parse_comparison(constraint.expression)))
    except FormulationError:
        return (constraint.name,)


def _loop_used(name: str, forall: ex.Forall, comparisons: tuple[ex.Comparison, ...]) -> bool:
    conditions = [g.condition for g in forall.generators if g.condition is not None]
    return any(name in ex.names(node) for node in (*conditions, *comparisons))


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name, kind in pairs:
        groups.setdefault(name, []).append(kind)
    return groups


def _several(kinds: list[str]) -> str:
    """`["set", "set", "variable"]` is "2 sets and a variable"."""
    counts = Counter(kinds)
    return " and ".join(f"a {k}" if n == 1 else f"{n} {k}s" for k, n in counts.items())


def _count(number: int, what: str = "index") -> str:
    plural = "indices" if what == "index" else f"{what}s"
    return f"one {what}" if number == 1 else f"{number or 'no'} {plural}"


def _nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'Lyon'?`, or nothing if no known name is like it."""
    near = get_close_matches(name, [*known], n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _unreadable(element: str, error: FormulationError) -> Finding:
    hint = f" ({error.hint})" if error.hint else ""
    return _error(Kind.UNREADABLE, element, f"cannot be read: {error}{hint}")


def _error(kind: Kind, element: str, words: str) -> Finding:
    return Finding(Severity.ERROR, kind, element, f"{element!r} {words}")


def _warning(kind: Kind, element: str, words: str) -> Finding:
    return Finding(Severity.WARNING, kind, element, f"{element!r} {words}")
