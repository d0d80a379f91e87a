"""Checks inside expressions: every name is known, every index fits its set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from optwright.errors import FormulationError
from optwright.solvers.language import expressions as ex
from optwright.solvers.language.declared import Declared, Loops
from optwright.solvers.language.findings import at, counted, nearest_name, odd, wrong
from optwright.solvers.language.value_checks import is_numeric, member_findings
from optwright.solvers.model.formulation import (
    Diagnostic,
    Formulation,
    IndexSet,
    Kind,
    NamedExpression,
    Parameter,
    Variable,
)


class ExpressionChecks(Declared):
    """Checks expressions, conditions and loops against what a formulation declares."""

    def __init__(self, formulation: Formulation) -> None:
        super().__init__(formulation)
        self._used: set[str] = set()
        self._text = ""  # of the expression that is looked at

    def _unknown_set(self, element: str, name: str) -> Diagnostic:
        hint = nearest_name(name, self._sets)
        return wrong(Kind.UNKNOWN_SET, element, f"runs over {name!r}, which is not a set{hint}")

    def _undefined(self, element: str, name: str, loops: Loops) -> Diagnostic:
        hint = nearest_name(name, [*self._quantities, *self._named, *self._sets, *loops])
        return wrong(Kind.UNDEFINED_NAME, element, f"uses {name!r}, which is not defined{hint}")

    def _placed(self, findings: Iterable[Diagnostic], node: ex.Node) -> Iterator[Diagnostic]:
        """The findings, those without a place at the node's; the innermost node comes first."""
        place = getattr(node, "place", None)
        for finding in findings:
            yield at(finding, self._text, place)

    def _statement(self, element: str, node: ex.Statement, loops: Loops) -> Iterator[Diagnostic]:
        yield from self._placed(self._within_statement(element, node, loops), node)

    def _within_statement(
        self, element: str, node: ex.Statement, loops: Loops
    ) -> Iterator[Diagnostic]:
        """What a constraint states: both sides of a comparison, or logic over variables."""
        match node:
            case ex.Comparison("==" | "!=", left, right) if self._is_choice(left, right):
                yield from self._choice(element, (left, right), loops)
            case ex.Membership((item,), collection) if self._is_choice(item):
                listed = collection if isinstance(collection, tuple) else ()
                yield from self._choice(element, (item, *listed), loops)
            case ex.Comparison(_, left, right):
                if node.is_implied and (named := self._amount(left)):
                    words = f"uses {named!r} as a yes or no, and it may be other than 0 and 1"
                    hint = f"compare it: {named} >= 1, or {named} == 1"
                    yield wrong(Kind.NOT_YES_OR_NO, element, f"{words}; {hint}")
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

    def _choice(self, element: str, nodes: Sequence[ex.Expr], loops: Loops) -> Iterator[Diagnostic]:
        """A decision that is a member, compared with members, with texts or with another one."""
        over = next(filter(None, map(self._chosen_set, nodes)))
        for node in nodes:
            match node:
                case ex.Quoted(member):
                    yield from self._placed(member_findings(element, member, over), node)
                case ex.Ref(name) if self._is_choice(node):
                    self._used.add(name)
                    found = self._indexed(element, node, self._quantities[name], loops)
                    yield from self._placed(found, node)
                case _ if self._is_member(node, loops):
                    yield from self._placed(self._member_expression(element, node, loops), node)
                case _:
                    yield from self._expression(element, node, loops)

    def _expression(self, element: str, node: ex.Node, loops: Loops) -> Iterator[Diagnostic]:
        yield from self._placed(self._within_expression(element, node, loops), node)

    def _within_expression(self, element: str, node: ex.Node, loops: Loops) -> Iterator[Diagnostic]:
        match node:
            case ex.Quoted(value):
                words = f"uses the text {value!r} as a number"
                yield wrong(Kind.NOT_A_NUMBER, element, words)
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
                    yield wrong(Kind.NOT_A_NUMBER, element, f"{words}; ord(...) is its place")
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
                        yield wrong(Kind.NOT_A_NUMBER, element, words)
            case ex.Binary("%") if self._touches_variables(node):
                words = f"takes the remainder of a variable: {ex.to_text(node)!r}"
                yield wrong(Kind.NOT_A_NUMBER, element, f"{words}; '%' is for data only")
            case _:
                for child in ex.children(node):
                    yield from self._expression(element, child, loops)

    def _generators(
        self, element: str, generators: Iterable[ex.Generator], loops: dict[str, str]
    ) -> Iterator[Diagnostic]:
        """Check loops from the outside in; adds each to `loops`."""
        for generator in generators:
            yield from self._placed(self._generator(element, generator, loops), generator)

    def _generator(
        self, element: str, generator: ex.Generator, loops: dict[str, str]
    ) -> Iterator[Diagnostic]:
        for name in generator.names:
            if name in loops:
                words = f"uses the loop name {name!r} inside a loop of that name"
                yield wrong(Kind.SHADOWED, element, words)
            elif name in self._sets or name in self._quantities or name in self._named:
                words = f"uses {name!r} as a loop name, and it names something else"
                yield wrong(Kind.SHADOWED, element, words)
        if generator.inline is not None:
            yield from self._inline_set(element, generator.set, generator.inline, loops)
        if self._over(generator.set) is None:
            yield self._unknown_set(element, generator.set)
        elif (parts := self.parts(generator.set)) != len(generator.names) and parts:
            text = ", ".join(generator.names)
            words = f"loops over {generator.set!r}, whose members have {counted(parts, 'part')}"
            yield wrong(Kind.INDEX_COUNT, element, f"{words}, with {text!r}")
        several = len(generator.names) > 1
        for place, name in enumerate(generator.names):
            loops[name] = f"{generator.set}.{place}" if several else generator.set
        self._used.add(generator.set)
        if generator.condition is not None:
            yield from self._condition(element, generator.condition, loops)

    def _inline_set(
        self, element: str, text: str, node: ex.SetExpr, loops: Loops
    ) -> Iterator[Diagnostic]:
        """A set that is written where it is needed."""
        members = node.members if isinstance(node, ex.SetOf) and not node.generators else ()
        listed = [m.value for (m, *more) in members if isinstance(m, ex.Quoted) and not more]
        if listed and len(listed) == len(members):
            self._inline[text] = IndexSet.model_construct(name=text, members=tuple(listed))
        else:
            self._inline[text] = IndexSet.model_construct(name=text, expression=text)
        outer = sorted(name for name in ex.set_names(node) if name in loops)
        if not outer:
            yield from self._set_expression(element, node, "")
            return
        over = loops[outer[0]]
        if isinstance(node, ex.SetRange):
            low, high = ex.to_text(node.low), ex.to_text(node.high)
            instead = f"loop over all of {over!r} and say which: `if {low} <= s <= {high}`"
            if not is_numeric(self._over(over)):
                instead = f"loop over all of {over!r} and say which: `if s <= {outer[0]}`"
        else:
            instead = "loop over the whole set and say which members with `if`"
        words = f"runs over {text!r}, which differs with {outer[0]!r}; a set is one for all"
        yield wrong(Kind.UNDEFINED_NAME, element, f"{words}: {instead}")

    def _set_expression(self, element: str, node: ex.SetExpr, own: str) -> Iterator[Diagnostic]:
        """What a set is worked out from: other sets, and data."""
        used = {
            name: part.place
            for part in ex.walk_set(node)
            for name in _used_by(part)
            if not isinstance(part, ex.Forall) and part.place is not None
        }
        for name in sorted(ex.set_names(node)):
            self._used.add(name)
            if name in self._variables:
                words = f"is worked out from the variable {name!r}; a set is made of data only"
                found = wrong(Kind.VARIABLE_IN_CONDITION, element, words)
            elif name == own or name not in self._sets.keys() | self._quantities.keys():
                found = self._undefined(element, name, {})
            else:
                continue
            yield at(found, self._text, used.get(name))

    def _ref(self, element: str, node: ex.Ref, loops: Loops) -> Iterator[Diagnostic]:
        name = node.name
        self._used.add(name)
        if quantity := self._quantities.get(name):
            yield from self._indexed(element, node, quantity, loops)
            if name in self._texts:
                words = f"uses {ex.to_text(node)!r}, which is a text, as a number"
                yield wrong(Kind.NOT_A_NUMBER, element, words)
            elif isinstance(quantity, Variable) and self._is_text_choice(quantity):
                over = quantity.member_of
                words = f"uses {ex.to_text(node)!r}, a member of {over!r}, as a number"
                hint = "compare it: it is == or != a member, or in several"
                yield wrong(Kind.NOT_A_NUMBER, element, f"{words}; {hint}")
        elif stated := self._named.get(name):
            yield from self._named_indices(element, node, stated, loops)
        elif name in loops and not node.indices:
            if not is_numeric(self._over(loops[name])):
                words = f"uses {name!r}, a member of {loops[name]!r}, as a number"
                hint = f"its place is ord({name}), the member before it prev({name})"
                yield wrong(Kind.NOT_A_NUMBER, element, f"{words}; {hint}")
        elif name in loops or name in self._sets:
            what = "a loop name" if name in loops else "a set"
            yield wrong(Kind.NOT_A_NUMBER, element, f"uses {name!r} as a number; it is {what}")
        else:
            yield self._undefined(element, name, loops)

    def _named_indices(
        self, element: str, node: ex.Ref, stated: NamedExpression, loops: Loops
    ) -> Iterator[Diagnostic]:
        try:
            generators = ex.parse_forall(stated.forall).generators
        except FormulationError:
            return  # told where it is stated
        wanted = sum(len(g.names) for g in generators)
        if wanted != len(node.indices):
            words = f"writes {ex.to_text(node)!r} with {counted(len(node.indices))}"
            yield wrong(Kind.INDEX_COUNT, element, f"{words}; it has {counted(wanted)}")
        sets = [g.set if not g.more else "" for g in generators for _ in g.names]
        for index, set_name in zip(node.indices, sets, strict=False):
            yield from self._index(element, node.name, index, set_name, loops)

    def _member_expression(self, element: str, node: ex.Expr, loops: Loops) -> Iterator[Diagnostic]:
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
            case ex.Ref(name) if name in self._texts:
                self._used.add(name)
                yield from self._indexed(element, node, self._quantities[name], loops)
            case ex.Quoted():
                return
            case ex.Ref(name, ()) if name in loops:
                return
            case ex.Add() if self._is_member(node, loops):
                return
            case _:
                yield from self._expression(element, node, loops)

    def _indexed(
        self, element: str, node: ex.Ref, quantity: Parameter | Variable, loops: Loops
    ) -> Iterator[Diagnostic]:
        """The indices of an element: how many, and each against its set."""
        yield from self._index_count(element, node, quantity)
        for index, set_name in zip(node.indices, self._places(quantity), strict=False):
            yield from self._index(element, node.name, index, set_name, loops)

    def _index_count(
        self, element: str, node: ex.Ref, quantity: Parameter | Variable
    ) -> Iterator[Diagnostic]:
        wanted, found = quantity.indices, len(node.indices)
        width = self.width(quantity)
        if width == found or 0 in map(self.parts, wanted):
            return
        over = f" ({', '.join(wanted)})" if wanted else ""
        text = ex.to_text(node)
        words = f"writes {text!r} with {counted(found)}; {quantity.name!r} has {counted(width)}"
        yield wrong(Kind.INDEX_COUNT, element, words + over)

    def _index(
        self, element: str, name: str, index: ex.Expr, set_name: str, loops: Loops
    ) -> Iterator[Diagnostic]:
        index_set = self._over(set_name)
        match index:
            case ex.Ref(loop, ()) if loop in loops:
                yield from self._overlap(element, name, index_set, self._over(loops[loop]))
            case ex.Add() if (moved := ex.shifted(index)) and moved[0] in loops:
                return  # `t - 1` over texts is the member before, over numbers the number below
            case ex.Ref(chosen) if self._is_choice(index):
                self._used.add(chosen)
                yield from self._index_count(element, index, self._quantities[chosen])
            case ex.Ref(member, ()) if member not in self._quantities and index_set:
                if member in map(str, index_set.members):
                    words = f"uses {member!r}, a member of {set_name!r}, without quotes"
                    hint = f'; write {name}["{member}"]'
                    yield wrong(Kind.UNDEFINED_NAME, element, words + hint)
                else:
                    yield self._undefined(element, member, loops)
            case ex.Quoted(member):
                yield from member_findings(element, member, index_set)
            case ex.Call(function) if function in ex.MEMBER_FUNCTIONS:
                yield from self._member_expression(element, index, loops)
            case ex.Ref(attribute) if attribute in self._texts:
                yield from self._member_expression(element, index, loops)
            case ex.Number(value):
                yield from member_findings(element, f"{value:g}", index_set)
            case _:
                yield from self._expression(element, index, loops)
                if not self._variables.isdisjoint(ex.names(index)):
                    words = f"uses a variable inside the brackets of {name!r}"
                    yield wrong(Kind.NOT_A_NUMBER, element, words)

    def _overlap(
        self, element: str, name: str, wanted: IndexSet | None, given: IndexSet | None
    ) -> Iterator[Diagnostic]:
        if not (wanted and given and wanted.members and given.members):
            return
        if set(map(str, wanted.members)).isdisjoint(map(str, given.members)):
            words = f"indexes {name!r} with members of {given.name!r}; it runs over {wanted.name!r}"
            yield wrong(Kind.UNKNOWN_MEMBER, element, words)

    def _condition(self, element: str, node: ex.Condition, loops: Loops) -> Iterator[Diagnostic]:
        yield from self._placed(self._within_condition(element, node, loops), node)

    def _within_condition(
        self, element: str, node: ex.Condition, loops: Loops
    ) -> Iterator[Diagnostic]:
        if used := self._variables & ex.names(node):
            words = f"decides by the variable {min(used)!r} which combinations there are"
            hint = "; a condition may use data only"
            yield wrong(Kind.VARIABLE_IN_CONDITION, element, words + hint)
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

    def _membership(self, element: str, node: ex.Membership, loops: Loops) -> Iterator[Diagnostic]:
        for item in node.items:
            if not self._is_member(item, loops):
                yield from self._expression(element, item, loops)
            elif not isinstance(item, ex.Quoted):
                yield from self._member_expression(element, item, loops)
        if not isinstance(node.collection, str):
            if len(node.items) > 1:
                words = (
                    f"asks for {counted(len(node.items), 'part')} together, and the list has one"
                )
                hint = 'list pairs, as in (i, j) in {("a", "b"), ("b", "c")}'
                yield wrong(Kind.INDEX_COUNT, element, f"{words} each; {hint}")
            for item in node.collection:
                if not self._is_member(item, loops):
                    yield from self._expression(element, item, loops)
            return
        if node.inline is not None:
            yield from self._inline_set(element, node.collection, node.inline, loops)
        self._used.add(node.collection)
        quantity = self._quantities.get(node.collection)
        wanted = self.width(quantity) if quantity else self.parts(node.collection)
        if self._over(node.collection) is None and not isinstance(quantity, Parameter):
            yield self._unknown_set(element, node.collection)
        elif isinstance(quantity, Parameter) and quantity.has_default:
            words = f"asks what is in {node.collection!r}, which has a default, so everything is"
            yield odd(Kind.UNUSED, element, words)
        elif wanted != len(node.items):
            text = ex.to_text(node)
            words = f"writes {text!r} with {counted(len(node.items))}; it takes {wanted}"
            yield wrong(Kind.INDEX_COUNT, element, words)


def _used_by(node: ex.Node) -> tuple[str, ...]:
    """The names that a node itself uses."""
    match node:
        case ex.Ref(name) | ex.Generator(set=name) | ex.Membership(collection=str(name)):
            return (name,)
        case _:
            return ()
