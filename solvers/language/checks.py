"""Checks of a formulation that need neither data nor a solver; `check` is the way in.

What holds only once the tables are there (missing combinations, cells that are no numbers) is
found by `binding`; what only a solver can tell, by `diagnosis`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from keyword import iskeyword

from optwright.errors import FormulationError
from optwright.solvers.language import expressions as ex
from optwright.solvers.language.aim_checks import aim_findings
from optwright.solvers.language.goals import objective_names
from optwright.solvers.language.stages import is_plain, written_out
from optwright.solvers.language.widths import width_of
from optwright.solvers.model.formulation import (
    Constraint,
    Domain,
    Finding,
    Formulation,
    IndexSet,
    Kind,
    NamedExpression,
    Parameter,
    ParameterKind,
    Severity,
    Values,
    Variable,
)
from optwright.solvers.model.places import Place

Loops = Mapping[str, str]
"""The set each loop name runs over, innermost last; `A.1` is the second part of tuples of `A`."""


MOST_TOLD = 20  # values for no member that are told one by one


def check(formulation: Formulation) -> tuple[Finding, ...]:
    """What is wrong or odd about a formulation before any data is joined, errors first."""
    found = _findings(formulation)
    return tuple(sorted(dict.fromkeys(found), key=lambda f: f.severity is Severity.WARNING))


def _findings(formulation: Formulation) -> list[Finding]:
    if is_plain(formulation):
        return [*_Checker(formulation).run()]
    found = [*aim_findings(formulation)]
    if found:
        return found
    try:
        return [*_Checker(written_out(formulation)).run()]
    except FormulationError as error:
        bare = formulation.model_copy(update={"goals": (), "scenarios": None})
        parts = [f for f in _Checker(bare).run() if f.kind is Kind.UNREADABLE]
        return parts or [Finding(Severity.ERROR, Kind.UNREADABLE, "formulation", str(error))]


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
        self._named = {e.name: e for e in formulation.expressions}
        self._variables = {v.name for v in formulation.variables} | self._of_variables()
        self._texts = {p.name for p in formulation.parameters if p.kind is ParameterKind.TEXT}
        self._used: set[str] = set()
        self._text = ""  # of the expression that is looked at

    def _of_variables(self) -> set[str]:
        """Named expressions that use a variable, directly or through another."""
        known = {v.name for v in self._formulation.variables}
        uses = {name: _names_in(e.expression) for name, e in self._named.items()}
        found: set[str] = set()
        for _ in self._named:
            found = {name for name, used in uses.items() if used & (known | found)}
        return found

    def run(self) -> Iterator[Finding]:
        yield from self._names()
        for index_set in self._formulation.sets:
            yield from _set(index_set)
            yield from self._computed(index_set)
        for quantity in self._quantities.values():
            yield from self._indices(quantity)
        for parameter in self._formulation.parameters:
            yield from self._values(parameter)
            sets = [self._sets[name] for name in parameter.indices if name in self._sets]
            if parameter.default is None and not any(self.parts(s.name) > 1 for s in sets):
                yield from _value_members(parameter.name, parameter.values, sets)
        for variable in self._formulation.variables:
            yield from _bounds(variable)
            yield from self._stated_bounds(variable)
        for expression in self._formulation.expressions:
            yield from self._named_expression(expression)
        names = objective_names(self._formulation)
        for name, objective in zip(names, self._formulation.objectives, strict=True):
            yield from self._objective(name, objective.expression)
        for constraint in self._formulation.constraints:
            yield from self._constraint(constraint)
        yield from self._unused()

    # Names

    def _names(self) -> Iterator[Finding]:
        made = [
            *((s.name, "set") for s in self._formulation.sets),
            *((p.name, "parameter") for p in self._formulation.parameters),
            *((v.name, "variable") for v in self._formulation.variables),
            *((e.name, "expression") for e in self._formulation.expressions),
        ]
        for name, kinds in _grouped(made).items():
            if len(kinds) > 1:
                yield _error(Kind.DUPLICATE_NAME, name, f"is the name of {_several(kinds)}")
            yield from _reserved(name, kinds[0])
        rows = Counter(row for c in self._formulation.constraints for row in _rows_of(c))
        for name, count in rows.items():
            if count > 1:
                yield _error(Kind.DUPLICATE_NAME, name, f"is the name of {count} constraints")

    def _values(self, parameter: Parameter) -> Iterator[Finding]:
        name, column, wanted = parameter.name, parameter.column, self.width(parameter)
        known = 0 not in map(self.parts, parameter.indices)
        given = parameter.values if parameter.texts is None else parameter.texts
        if given is None and column is None:
            if parameter.default is None:
                yield _error(Kind.NO_VALUES, name, "has neither values nor a column of a table")
        elif given is not None and column is not None:
            yield _error(Kind.DUPLICATE_NAME, name, "has values of its own and a column of a table")
        elif column is not None and len(column.keys) + column.heads != wanted and known:
            words = f"joins {_count(len(column.keys), 'key column')}; it has {_count(wanted)}"
            yield _error(Kind.INDEX_COUNT, name, words)
        elif isinstance(parameter.values, dict) and len(parameter.indices) != wanted:
            return  # members of tuple sets may be written as one key, so `binding` tells
        elif isinstance(parameter.values, dict) and {*_depths(parameter.values)} != {wanted}:
            words = (
                f"has values nested {max(_depths(parameter.values))} deep; it has {_count(wanted)}"
            )
            yield _error(Kind.INDEX_COUNT, name, words)

    def _unused(self) -> Iterator[Finding]:
        for name, quantity in self._quantities.items():
            if name not in self._used:
                what = "variable" if isinstance(quantity, Variable) else "parameter"
                yield _warning(Kind.UNUSED, name, f"is a {what} that nothing uses")

    def _indices(self, quantity: Parameter | Variable) -> Iterator[Finding]:
        for index in quantity.indices:
            if index not in self._sets:
                yield self._unknown_set(quantity.name, index)

    def parts(self, name: str) -> int:
        """How many names a member of the set has: 2 for a set of pairs."""
        return width_of(self._sets.get(name), self._sets)

    def width(self, quantity: Parameter | Variable) -> int:
        """How many indices an element is written with."""
        return sum(map(self.parts, quantity.indices))

    def _computed(self, index_set: IndexSet) -> Iterator[Finding]:
        """The expression a set is worked out from."""
        if not index_set.expression:
            return
        try:
            node = ex.parse_set(index_set.expression)
        except FormulationError as error:
            yield _unreadable(index_set.name, error)
            return
        element = index_set.name
        for name in sorted(ex.set_names(node)):
            self._used.add(name)
            if name in self._variables:
                words = f"is worked out from the variable {name!r}; a set is made of data only"
                yield _error(Kind.VARIABLE_IN_CONDITION, element, words)
            elif name == element or name not in self._sets.keys() | self._quantities.keys():
                yield self._undefined(element, name, {})

    def _stated_bounds(self, variable: Variable) -> Iterator[Finding]:
        """The loops of a variable, and its bounds that are expressions."""
        loops: dict[str, str] = {}
        try:
            generators = ex.parse_forall(variable.forall).generators
            texts = [t for t in (variable.lower_expression, variable.upper_expression) if t]
            bounds = [ex.parse(text) for text in texts]
        except FormulationError as error:
            yield _unreadable(variable.name, error)
            return
        if variable.forall and tuple(g.set for g in generators) != variable.indices:
            words = f"runs over {variable.indices} and is stated for {variable.forall!r}"
            yield _error(Kind.INDEX_COUNT, variable.name, words)
        self._text = variable.forall
        yield from self._generators(variable.name, generators, loops)
        for text, bound in zip(texts, bounds, strict=True):
            self._text = text
            if self._is_all_of(bound, variable):
                self._used |= ex.names(bound)
                continue
            yield from self._expression(variable.name, bound, loops)
            if self._touches_variables(bound):
                words = f"has a bound that uses a variable: {ex.to_text(bound)!r}"
                yield _error(Kind.BOUNDS, variable.name, f"{words}; state it as a constraint")

    def _is_all_of(self, bound: ex.Expr, variable: Variable) -> bool:
        """Whether a bound is the bare name of a parameter over the indices of the decision."""
        parameter = self._quantities.get(bound.name) if isinstance(bound, ex.Ref) else None
        return (
            isinstance(parameter, Parameter)
            and bound == ex.Ref(parameter.name)
            and parameter.indices == variable.indices != ()
            and not variable.forall
        )

    def _named_expression(self, stated: NamedExpression) -> Iterator[Finding]:
        loops: dict[str, str] = {}
        try:
            forall, body = ex.parse_forall(stated.forall), ex.parse(stated.expression)
        except FormulationError as error:
            yield _unreadable(stated.name, error)
            return
        self._text = stated.forall
        yield from self._generators(stated.name, forall.generators, loops)
        self._text = stated.expression
        yield from self._expression(stated.name, body, loops)

    def _unknown_set(self, element: str, name: str) -> Finding:
        hint = _nearest(name, self._sets)
        return _error(Kind.UNKNOWN_SET, element, f"runs over {name!r}, which is not a set{hint}")

    # Objective and constraints

    def _objective(self, element: str, text: str) -> Iterator[Finding]:
        try:
            expression = ex.parse(text)
        except FormulationError as error:
            yield _unreadable(element, error)
            return
        self._text = text
        found = [*self._expression(element, expression, {})]
        yield from found
        if not (found or self._touches_variables(expression) or expression == ex.Number(0)):
            yield _error(Kind.NO_VARIABLES, element, f"uses no variable: {text!r}")

    def _constraint(self, constraint: Constraint) -> Iterator[Finding]:
        element = constraint.name
        try:
            forall = ex.parse_forall(constraint.forall)
            comparisons = ex.parse_constraint(constraint.expression)
        except FormulationError as error:
            yield _unreadable(element, error)
            return
        loops: dict[str, str] = {}
        self._text = constraint.forall
        yield from self._generators(element, forall.generators, loops)
        self._text = constraint.expression
        found = [
            finding
            for statement in comparisons
            for finding in self._statement(element, statement, loops)
        ]
        yield from found
        if not (found or any(map(self._touches_variables, comparisons))):
            text = constraint.expression
            yield _error(Kind.NO_VARIABLES, element, f"uses no variable: {text!r}")
        bound = [g.names for g in forall.generators]
        for name in [
            names[0]
            for names in bound
            if not any(_loop_used(name, forall, comparisons) for name in names)
        ]:
            words = f"is stated for every {name!r} and does not depend on it"
            yield _warning(Kind.UNUSED, element, words)

    def _statement(self, element: str, node: ex.Statement, loops: Loops) -> Iterator[Finding]:
        yield from self._placed(self._within_statement(element, node, loops), node)

    def _within_statement(
        self, element: str, node: ex.Statement, loops: Loops
    ) -> Iterator[Finding]:
        """What a constraint states: both sides of a comparison, or logic over variables."""
        match node:
            case ex.Comparison(_, left, right):
                if self._touches_variables(node):
                    yield from self._expression(element, left, loops)
                    yield from self._expression(element, right, loops)
                else:
                    yield from self._condition(element, node, loops)
            case ex.Not(operand):
                yield from self._statement(element, operand, loops)
            case ex.Junction(_, parts):
                for part in parts:
                    yield from self._statement(element, part, loops)
            case ex.Membership():
                yield from self._condition(element, node, loops)
            case ex.Special(_, items, generators, limit):
                inner = dict(loops)
                if limit is not None:
                    yield from self._expression(element, limit, loops)
                yield from self._generators(element, generators, inner)
                for amount in (amount for item in items for amount in item):
                    yield from self._expression(element, amount, inner)

    def _placed(self, findings: Iterable[Finding], node: ex.Node) -> Iterator[Finding]:
        """The findings, those without a place at the node's; the innermost node comes first."""
        place = getattr(node, "place", None)
        for finding in findings:
            if finding.excerpt or place is None or not self._text:
                yield finding
                continue
            found = Place(self._text, *place)
            yield replace(finding, place=str(found), excerpt=found.excerpt)

    def _touches_variables(self, node: ex.Expr | ex.Condition | ex.Special) -> bool:
        return not self._variables.isdisjoint(ex.names(node))

    # Inside expressions

    def _expression(self, element: str, node: ex.Node, loops: Loops) -> Iterator[Finding]:
        yield from self._placed(self._within_expression(element, node, loops), node)

    def _within_expression(self, element: str, node: ex.Node, loops: Loops) -> Iterator[Finding]:
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
            case ex.Call("ord", (member,)):
                yield from self._member_expression(element, member, loops)
            case ex.Call(function) if function in ex.MEMBER_FUNCTIONS:
                yield from self._member_expression(element, node, loops)
                if function in ex.NEIGHBOURS or not self._counts(node):
                    words = f"uses the member {ex.to_text(node)!r} as a number"
                    yield _error(Kind.NOT_A_NUMBER, element, f"{words}; ord(...) is its place")
            case ex.Aggregate(_, body, generators):
                inner = dict(loops)
                yield from self._generators(element, generators, inner)
                yield from self._expression(element, body, inner)
            case ex.Choice(condition, then, otherwise):
                yield from self._statement(element, condition, loops)
                yield from self._expression(element, then, loops)
                yield from self._expression(element, otherwise, loops)
            case ex.Count(conditions, generators):
                inner = dict(loops)
                yield from self._generators(element, generators, inner)
                for condition in conditions:
                    yield from self._statement(element, condition, inner)
            case ex.Piecewise(argument, points, generators):
                inner = dict(loops)
                yield from self._expression(element, argument, loops)
                yield from self._generators(element, generators, inner)
                for side in (side for point in points for side in point):
                    yield from self._expression(element, side, inner)
                    if self._touches_variables(side):
                        words = f"has a point that uses a variable: {ex.to_text(side)!r}"
                        yield _error(Kind.NOT_A_NUMBER, element, words)
            case ex.Binary("%") if self._touches_variables(node):
                words = f"takes the remainder of a variable: {ex.to_text(node)!r}"
                yield _error(Kind.NOT_A_NUMBER, element, f"{words}; '%' is for data only")
            case _:
                for child in ex.children(node):
                    yield from self._expression(element, child, loops)

    def _generators(
        self, element: str, generators: Iterable[ex.Generator], loops: dict[str, str]
    ) -> Iterator[Finding]:
        """Check loops from the outside in; adds each to `loops`."""
        for generator in generators:
            yield from self._placed(self._generator(element, generator, loops), generator)

    def _generator(
        self, element: str, generator: ex.Generator, loops: dict[str, str]
    ) -> Iterator[Finding]:
        for name in generator.names:
            if name in loops:
                words = f"uses the loop name {name!r} inside a loop of that name"
                yield _error(Kind.SHADOWED, element, words)
            elif name in self._sets or name in self._quantities or name in self._named:
                words = f"uses {name!r} as a loop name, and it names something else"
                yield _error(Kind.SHADOWED, element, words)
        if generator.set not in self._sets:
            yield self._unknown_set(element, generator.set)
        elif (parts := self.parts(generator.set)) != len(generator.names) and parts:
            text = ", ".join(generator.names)
            words = f"loops over {generator.set!r}, whose members have {_count(parts, 'part')}"
            yield _error(Kind.INDEX_COUNT, element, f"{words}, with {text!r}")
        several = len(generator.names) > 1
        for at, name in enumerate(generator.names):
            loops[name] = f"{generator.set}.{at}" if several else generator.set
        self._used.add(generator.set)
        if generator.condition is not None:
            yield from self._condition(element, generator.condition, loops)

    def _ref(self, element: str, node: ex.Ref, loops: Loops) -> Iterator[Finding]:
        name, indices = node.name, node.indices
        self._used.add(name)
        if quantity := self._quantities.get(name):
            yield from self._index_count(element, node, quantity)
            for index, set_name in zip(indices, self._places(quantity), strict=False):
                yield from self._index(element, name, index, set_name, loops)
            if name in self._texts:
                words = f"uses {ex.to_text(node)!r}, which is a text, as a number"
                yield _error(Kind.NOT_A_NUMBER, element, words)
        elif stated := self._named.get(name):
            yield from self._named_indices(element, node, stated, loops)
        elif name in loops and not indices:
            if not _numeric(self._sets.get(loops[name])):
                words = f"uses {name!r}, a member of {loops[name]!r}, as a number"
                yield _error(Kind.NOT_A_NUMBER, element, words)
        elif name in loops or name in self._sets:
            what = "a loop name" if name in loops else "a set"
            yield _error(Kind.NOT_A_NUMBER, element, f"uses {name!r} as a number; it is {what}")
        else:
            yield self._undefined(element, name, loops)

    def _places(self, quantity: Parameter | Variable) -> Iterator[str]:
        """For each index of an element, the set it is of; `A.1` for the second part of a pair."""
        for name in quantity.indices:
            parts = self.parts(name)
            yield from [name] if parts == 1 else (f"{name}.{at}" for at in range(parts))

    def _named_indices(
        self, element: str, node: ex.Ref, stated: NamedExpression, loops: Loops
    ) -> Iterator[Finding]:
        try:
            generators = ex.parse_forall(stated.forall).generators
        except FormulationError:
            return  # told where it is stated
        wanted = sum(len(g.names) for g in generators)
        if wanted != len(node.indices):
            words = f"writes {ex.to_text(node)!r} with {_count(len(node.indices))}"
            yield _error(Kind.INDEX_COUNT, element, f"{words}; it has {_count(wanted)}")
        sets = [g.set if not g.more else "" for g in generators for _ in g.names]
        for index, set_name in zip(node.indices, sets, strict=False):
            yield from self._index(element, node.name, index, set_name, loops)

    def _member_expression(self, element: str, node: ex.Expr, loops: Loops) -> Iterator[Finding]:
        """`prev(t, 2)`, `first(T)`, a loop name or a text attribute: what gives a member."""
        match node:
            case ex.Call(("first" | "last"), (ex.Ref(name),)):
                self._used.add(name)
                if name not in self._sets:
                    yield self._unknown_set(element, name)
            case ex.Call(function, (member, *rest)) if function in ex.NEIGHBOURS:
                yield from self._member_expression(element, member, loops)
                for part in rest:
                    if isinstance(part, ex.Ref) and part.name in self._sets:
                        self._used.add(part.name)
                    else:
                        yield from self._expression(element, part, loops)
            case ex.Ref(name, indices) if name in self._texts:
                self._used.add(name)
                quantity = self._quantities[name]
                yield from self._index_count(element, node, quantity)
                for index, set_name in zip(indices, self._places(quantity), strict=False):
                    yield from self._index(element, name, index, set_name, loops)
            case ex.Quoted():
                return
            case ex.Ref(name, ()) if name in loops:
                return
            case _:
                yield from self._expression(element, node, loops)

    def _counts(self, node: ex.Call) -> bool:
        """Whether `first(T)` is a number, because the members of `T` are."""
        (over,) = node.arguments
        return isinstance(over, ex.Ref) and _numeric(self._sets.get(over.name))

    def _undefined(self, element: str, name: str, loops: Loops) -> Finding:
        hint = _nearest(name, [*self._quantities, *self._named, *self._sets, *loops])
        return _error(Kind.UNDEFINED_NAME, element, f"uses {name!r}, which is not defined{hint}")

    def _index_count(
        self, element: str, node: ex.Ref, quantity: Parameter | Variable
    ) -> Iterator[Finding]:
        wanted, found = quantity.indices, len(node.indices)
        width = self.width(quantity)
        if width == found or 0 in map(self.parts, wanted):
            return
        over = f" ({', '.join(wanted)})" if wanted else ""
        text = ex.to_text(node)
        words = f"writes {text!r} with {_count(found)}; {quantity.name!r} has {_count(width)}"
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
            case ex.Call(function) if function in ex.MEMBER_FUNCTIONS:
                yield from self._member_expression(element, index, loops)
            case ex.Ref(attribute) if attribute in self._texts:
                yield from self._member_expression(element, index, loops)
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
        yield from self._placed(self._within_condition(element, node, loops), node)

    def _within_condition(
        self, element: str, node: ex.Condition, loops: Loops
    ) -> Iterator[Finding]:
        if used := self._variables & ex.names(node):
            words = f"decides by the variable {min(used)!r} which combinations there are"
            hint = "; a condition may use data only"
            yield _error(Kind.VARIABLE_IN_CONDITION, element, words + hint)
            return
        match node:
            case ex.Comparison(_, left, right):
                for side in (left, right):
                    if not self._is_member(side, loops):
                        yield from self._expression(element, side, loops)
                    elif not isinstance(side, ex.Quoted):
                        yield from self._member_expression(element, side, loops)
            case ex.Membership():
                yield from self._membership(element, node, loops)
            case ex.Not(operand):
                yield from self._condition(element, operand, loops)
            case ex.Junction(_, parts):
                for part in parts:
                    yield from self._condition(element, part, loops)

    def _membership(self, element: str, node: ex.Membership, loops: Loops) -> Iterator[Finding]:
        for item in node.items:
            if not self._is_member(item, loops):
                yield from self._expression(element, item, loops)
            elif not isinstance(item, ex.Quoted):
                yield from self._member_expression(element, item, loops)
        if not isinstance(node.collection, str):
            for item in node.collection:
                if not self._is_member(item, loops):
                    yield from self._expression(element, item, loops)
            return
        self._used.add(node.collection)
        quantity = self._quantities.get(node.collection)
        wanted = self.width(quantity) if quantity else self.parts(node.collection)
        if node.collection not in self._sets and not isinstance(quantity, Parameter):
            yield self._unknown_set(element, node.collection)
        elif isinstance(quantity, Parameter) and quantity.default is not None:
            words = f"asks what is in {node.collection!r}, which has a default, so everything is"
            yield _warning(Kind.UNUSED, element, words)
        elif wanted != len(node.items):
            text = ex.to_text(node)
            words = f"writes {text!r} with {_count(len(node.items))}; it takes {wanted}"
            yield _error(Kind.INDEX_COUNT, element, words)

    def _is_member(self, node: ex.Expr, loops: Loops) -> bool:
        """Whether a side of a condition names a member, which need not be a number."""
        match node:
            case ex.Quoted():
                return True
            case ex.Ref(name):
                return name in loops or name in self._texts
            case ex.Call(function):
                return function in ex.MEMBER_FUNCTIONS
            case _:
                return False


def _names_in(text: str) -> frozenset[str]:
    try:
        return ex.names(ex.parse(text))
    except FormulationError:
        return frozenset()


def _set(index_set: IndexSet) -> Iterator[Finding]:
    members = list(map(str, index_set.members))
    given = [bool(members), bool(index_set.tuples), index_set.column is not None]
    given.append(bool(index_set.expression))
    if not any(given):
        yield _error(Kind.NO_VALUES, index_set.name, "has no members")
    if sum(given) > 1:
        words = "has members of its own and a column of a table"
        if index_set.expression:
            words = "is worked out by an expression and has members given as well"
        yield _error(Kind.DUPLICATE_NAME, index_set.name, words)
    if len({*map(len, index_set.tuples)}) > 1:
        words = "has members of different length"
        yield _error(Kind.INDEX_COUNT, index_set.name, words)
    twice = [pair for pair, count in Counter(index_set.tuples).items() if count > 1]
    if twice:
        words = f"has the member {twice[0]!r} more than once"
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


def _depths(values: Values) -> Iterator[int]:
    if not isinstance(values, dict):
        yield 0
        return
    kinds = set(map(type, values.values()))  # a look at each level, not at each of many values
    if kinds != {dict}:
        yield 1
    if dict in kinds:
        inners = (inner for inner in values.values() if isinstance(inner, dict))
        yield from (1 + depth for depth in {d for inner in inners for d in _depths(inner)})


def _value_members(name: str, values: Values | None, sets: Sequence[IndexSet]) -> Iterator[Finding]:
    """Values for no member, and members without a value, where both are written out."""
    if not isinstance(values, dict) or not sets:
        return
    members = dict.fromkeys(map(str, sets[0].members))
    told = 0
    for member in values if members else ():
        if member not in members:
            told += 1
            if told > MOST_TOLD:
                break
            hint = _nearest(member, members)
            words = f"has a value for {member!r}, not a member of {sets[0].name!r}{hint}"
            yield _error(Kind.UNKNOWN_MEMBER, name, words)
    missing = [member for member in members if member not in values]
    if missing:
        others = f" and {len(missing) - 1} others" if len(missing) > 1 else ""
        yield _warning(Kind.NO_VALUES, name, f"has no value for {missing[0]!r}{others}")
    for inner in values.values() if len(sets) > 1 else ():
        yield from _value_members(name, inner, sets[1:])


def _bounds(variable: Variable) -> Iterator[Finding]:
    lower, upper = variable.lower, variable.upper
    if variable.domain is Domain.BINARY:
        if lower not in (0, 1, None) or upper not in (0, 1, None):
            words = f"is binary, so its bounds are 0 and 1, not {lower} and {upper}"
            yield _warning(Kind.BOUNDS, variable.name, words)
        if lower == 1 and upper == 0:
            yield _error(Kind.BOUNDS, variable.name, "is binary with the bounds 1 and 0")
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
        return row_names(constraint, len(ex.parse_constraint(constraint.expression)))
    except FormulationError:
        return (constraint.name,)


def _loop_used(name: str, forall: ex.Forall, comparisons: tuple[ex.Statement, ...]) -> bool:
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
    found = _error(Kind.UNREADABLE, element, f"cannot be read: {error}{hint}")
    return replace(found, excerpt=error.excerpt)


def _error(kind: Kind, element: str, words: str) -> Finding:
    return Finding(Severity.ERROR, kind, element, f"{element!r} {words}")


def _warning(kind: Kind, element: str, words: str) -> Finding:
    return Finding(Severity.WARNING, kind, element, f"{element!r} {words}")
