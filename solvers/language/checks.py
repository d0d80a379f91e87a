"""Checks of a formulation that need neither data nor a solver; `check` is the way in.

What holds only once the tables are there (missing combinations, cells that are no numbers) is
found by `binding`; what only a solver can tell, by `diagnosis`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TypeVar

from optwright.errors import FormulationError
from optwright.solvers.language import expressions as ex
from optwright.solvers.language.aim_checks import aim_findings
from optwright.solvers.language.expression_checks import ExpressionChecks
from optwright.solvers.language.findings import (
    at,
    counted,
    nearest_name,
    odd,
    placed,
    unreadable,
    wrong,
)
from optwright.solvers.language.goals import deviations, objective_names, seeks_nothing
from optwright.solvers.language.parts import parts_of
from optwright.solvers.language.stages import is_plain, written_out
from optwright.solvers.language.unheld_texts import listed, unheld_texts
from optwright.solvers.language.value_checks import (
    bound_findings,
    depths,
    reserved_findings,
    set_findings,
    value_findings,
)
from optwright.solvers.model.formulation import (
    Constraint,
    Diagnostic,
    Formulation,
    Goal,
    IndexSet,
    Kind,
    NamedExpression,
    Objective,
    Parameter,
    Severity,
    Variable,
)

Read = TypeVar("Read")


def check(formulation: Formulation) -> tuple[Diagnostic, ...]:
    """What is wrong or odd about a formulation before any data is joined, errors first."""
    found = placed(formulation, _findings(formulation))
    return tuple(sorted(dict.fromkeys(found), key=lambda f: f.severity is Severity.WARNING))


def _findings(formulation: Formulation) -> list[Diagnostic]:
    """First what is stated, so that a finding shows the words that were written; what goals,
    scenarios and members are written out to is looked at where nothing is wrong with these."""
    found = [*aim_findings(formulation), *_Checker(formulation).run()]
    if all(f.kind is not Kind.UNREADABLE for f in found):
        found += unheld_texts(formulation, listed(formulation))
        asked = _asked_for(formulation)
        # Where `(i, j) in cost` is asked, pairs without a cost are meant to be without one.
        found = [f for f in found if not (_is_missing(f) and f.element in asked)]
    if is_plain(formulation) or any(f.severity is Severity.ERROR for f in found):
        return found
    try:
        written = [*_Checker(written_out(formulation)).run()]
    except FormulationError as error:
        return [*found, Diagnostic(Severity.ERROR, Kind.UNREADABLE, "formulation", str(error))]
    return [*found, *(f for f in written if f.severity is Severity.ERROR)]


def _is_missing(found: Diagnostic) -> bool:
    return found.kind is Kind.NO_VALUES and found.severity is Severity.WARNING


def _asked_for(formulation: Formulation) -> set[str]:
    """The parameters of which an expression asks what has a value."""
    nodes = (node for part in parts_of(formulation) for node in part.nodes())
    return {
        node.collection
        for node in nodes
        if isinstance(node, ex.Membership) and isinstance(node.collection, str)
    }


def row_names(constraint: Constraint, count: int) -> tuple[str, ...]:
    """What the rows of a constraint with `count` comparisons are called: `a <= x <= b` is
    `name_lower` and `name_upper`."""
    if count == 1:
        return (constraint.name,)
    if count == 2:
        return (f"{constraint.name}_lower", f"{constraint.name}_upper")
    return tuple(f"{constraint.name}_{position}" for position in range(1, count + 1))


class _Checker(ExpressionChecks):
    """Checks every declaration, objective and constraint of a formulation."""

    def __init__(self, formulation: Formulation) -> None:
        super().__init__(formulation)
        for goal in formulation.goals:
            with suppress(FormulationError):  # told where the goal is looked at
                missed = {v.name: v for v in deviations(goal)}
                self._quantities |= missed
                self._variables |= missed.keys()
                self._used |= missed.keys()
        cases = () if formulation.scenarios is None else formulation.scenarios.cases
        self._by_scenario = {name for case in cases for name in case.values}

    def run(self) -> Iterator[Diagnostic]:
        yield from self._names()
        for index_set in self._formulation.sets:
            yield from set_findings(index_set)
            yield from self._computed(index_set)
        for parameter in self._formulation.parameters:
            yield from self._indices(parameter)
        for variable in self._formulation.variables:
            yield from self._indices(variable)
        for parameter in self._formulation.parameters:
            yield from self._values(parameter)
            sets = [self._sets[name] for name in parameter.indices if name in self._sets]
            is_whole = not parameter.has_default and parameter.name not in self._by_scenario
            if is_whole and not any(self.parts(s.name) > 1 for s in sets):
                yield from value_findings(parameter.name, parameter.values, sets)
        for variable in self._formulation.variables:
            yield from bound_findings(variable)
            yield from self._stated_bounds(variable)
        for expression in self._formulation.expressions:
            yield from self._named_expression(expression)
        names = objective_names(self._formulation)
        for name, objective in zip(names, self._formulation.objectives, strict=True):
            yield from self._objective(name, objective)
        for goal in self._formulation.goals:
            yield from self._goal(goal)
        for constraint in self._formulation.constraints:
            yield from self._constraint(constraint)
        yield from self._unused()

    def _names(self) -> Iterator[Diagnostic]:
        made = [
            *((s.name, "set") for s in self._formulation.sets),
            *((p.name, "parameter") for p in self._formulation.parameters),
            *((v.name, "variable") for v in self._formulation.variables),
            *((e.name, "expression") for e in self._formulation.expressions),
        ]
        for name, kinds in _grouped(made).items():
            if len(kinds) > 1:
                yield wrong(Kind.DUPLICATE_NAME, name, f"is the name of {_several(kinds)}")
            yield from reserved_findings(name, kinds[0])
        rows = Counter(row for c in self._formulation.constraints for row in _rows_of(c))
        for name, count in rows.items():
            if count > 1:
                yield wrong(Kind.DUPLICATE_NAME, name, f"is the name of {count} constraints")

    def _values(self, parameter: Parameter) -> Iterator[Diagnostic]:
        name, column, wanted = parameter.name, parameter.column, self.width(parameter)
        known = 0 not in map(self.parts, parameter.indices)
        given = parameter.values if parameter.texts is None else parameter.texts
        if given is None and column is None:
            if not parameter.has_default and name not in self._by_scenario:
                yield wrong(Kind.NO_VALUES, name, "has neither values nor a column of a table")
        elif given is not None and column is not None:
            words = "has values of its own and a column of a table"
            yield wrong(Kind.DUPLICATE_NAME, name, words, ("parameters", name, "column"))
        elif column is not None and len(column.keys) + column.heads != wanted and known:
            words = f"joins {counted(len(column.keys), 'key column')}; it has {counted(wanted)}"
            path = ("parameters", name, "column", "keys")
            yield wrong(Kind.INDEX_COUNT, name, words, path)
        elif isinstance(parameter.values, dict) and len(parameter.indices) != wanted:
            return  # members of tuple sets may be written as one key, so `binding` tells
        elif isinstance(parameter.values, dict) and {*depths(parameter.values)} != {wanted}:
            words = (
                f"has values nested {max(depths(parameter.values))} deep; it has {counted(wanted)}"
            )
            yield wrong(Kind.INDEX_COUNT, name, words, ("parameters", name, "values"))

    def _unused(self) -> Iterator[Diagnostic]:
        for name, quantity in self._quantities.items():
            if name not in self._used:
                what = "variable" if isinstance(quantity, Variable) else "parameter"
                yield odd(Kind.UNUSED, name, f"is a {what} that nothing uses")

    def _indices(self, quantity: Parameter | Variable) -> Iterator[Diagnostic]:
        header = f"{quantity.name}[{', '.join(quantity.indices)}]"
        begin = len(quantity.name) + 1
        for index in quantity.indices:
            if index not in self._sets:
                found = self._unknown_set(quantity.name, index)
                yield at(found, header, (begin, begin + len(index)))
            begin += len(index) + 2
        over = quantity.member_of if isinstance(quantity, Variable) else ""
        if over and over not in self._sets:
            hint = nearest_name(over, self._sets)
            words = f"is a member of {over!r}, which is not a set{hint}"
            path = ("variables", quantity.name, "member_of")
            yield wrong(Kind.UNKNOWN_SET, quantity.name, words, path)

    def _computed(self, index_set: IndexSet) -> Iterator[Diagnostic]:
        """The expression a set is worked out from."""
        if not index_set.expression:
            return
        self._text = index_set.expression
        readings = list[ex.SetExpr]()
        yield from self._read(index_set.name, ex.parse_set, index_set.expression, readings)
        for node in readings:
            yield from self._set_expression(index_set.name, node, index_set.name)

    def _read(
        self, element: str, parse: Callable[[str], Read], text: str, into: list[Read]
    ) -> Iterator[Diagnostic]:
        """Read a text and put what it says into a list, or tell why it cannot be read."""
        try:
            into.append(parse(text))
        except FormulationError as error:
            yield unreadable(element, error)

    def _looped(self, element: str, forall: str, *texts: str) -> Iterator[Diagnostic]:
        """Expressions that are stated for each combination of some loops."""
        loops: dict[str, str] = {}
        readings, bodies = list[ex.Forall](), list[ex.Expr]()
        yield from self._read(element, ex.parse_forall, forall, readings)
        self._text = forall
        for read in readings:
            yield from self._generators(element, read.generators, loops)
        for text in texts:
            bodies.clear()
            yield from self._read(element, ex.parse, text, bodies)
            self._text = text
            for body in bodies if readings else ():
                yield from self._expression(element, body, loops)

    def _stated_bounds(self, variable: Variable) -> Iterator[Diagnostic]:
        """The loops of a variable, and its bounds that are expressions."""
        texts = [t for t in (variable.lower_expression, variable.upper_expression) if t]
        readings = list[ex.Forall]()
        if [*self._read(variable.name, ex.parse_forall, variable.forall, readings)]:
            yield from self._looped(variable.name, variable.forall, *texts)
            return
        generators = readings[0].generators
        if variable.forall and tuple(g.set for g in generators) != variable.indices:
            words = f"runs over {variable.indices} and is stated for {variable.forall!r}"
            path = ("variables", variable.name, "forall")
            yield wrong(Kind.INDEX_COUNT, variable.name, words, path)
        plain = [text for text in texts if not self._is_all_of(text, variable)]
        yield from self._looped(variable.name, variable.forall, *plain)
        for text in plain:
            with suppress(FormulationError):  # told by the line above
                bound = ex.parse(text)
                if self._touches_variables(bound):
                    words = f"has a bound that uses a variable: {text!r}"
                    side = "lower" if text == variable.lower_expression else "upper"
                    path = ("variables", variable.name, side)
                    words = f"{words}; state it as a constraint"
                    yield wrong(Kind.BOUNDS, variable.name, words, path)

    def _is_all_of(self, text: str, variable: Variable) -> bool:
        """Whether a bound is the bare name of a parameter over the indices of the decision."""
        parameter = self._quantities.get(text.strip())
        if not isinstance(parameter, Parameter) or variable.forall:
            return False
        if not parameter.indices == variable.indices != ():
            return False
        self._used.add(parameter.name)
        return True

    def _named_expression(self, stated: NamedExpression) -> Iterator[Diagnostic]:
        yield from self._looped(stated.name, stated.forall, stated.expression)

    def _goal(self, goal: Goal) -> Iterator[Diagnostic]:
        yield from self._looped(goal.name, goal.forall, goal.expression, goal.target)

    def _objective(self, element: str, stated: Objective) -> Iterator[Diagnostic]:
        texts = [text for text in (stated.expression, stated.probability) if text]
        found = [*self._looped(element, stated.forall, *texts or [""])]
        yield from found
        if found or seeks_nothing(stated):
            return
        expression = ex.parse(stated.expression)
        if not self._touches_variables(expression) and expression != ex.Number(0):
            words = f"uses no variable: {stated.expression!r}"
            yield at(wrong(Kind.NO_VARIABLES, element, words), *_whole(stated.expression))

    def _constraint(self, constraint: Constraint) -> Iterator[Diagnostic]:
        element = constraint.name
        foralls, stated = list[ex.Forall](), list[tuple[ex.Statement, ...]]()
        found = [*self._read(element, ex.parse_forall, constraint.forall, foralls)]
        loops: dict[str, str] = {}
        self._text = constraint.forall
        for read in foralls:
            found += self._generators(element, read.generators, loops)
        found += self._read(element, ex.parse_constraint, constraint.expression, stated)
        yield from found
        if not (foralls and stated):
            return
        (forall,), (comparisons,) = foralls, stated
        self._text = constraint.expression
        inside = [f for part in comparisons for f in self._statement(element, part, loops)]
        yield from inside
        if not (inside or any(map(self._touches_variables, comparisons))):
            text = constraint.expression
            found_none = wrong(Kind.NO_VARIABLES, element, f"uses no variable: {text!r}")
            yield at(found_none, *_whole(text))
        bound = [g.names for g in forall.generators]
        for name in [
            names[0]
            for names in bound
            if not any(_loop_used(name, forall, comparisons) for name in names)
        ]:
            words = f"is stated for every {name!r} and does not depend on it"
            yield odd(Kind.UNUSED, element, words, ("constraints", element, "forall"))


def _whole(text: str) -> tuple[str, tuple[int, int]]:
    return text, (0, len(text))


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
