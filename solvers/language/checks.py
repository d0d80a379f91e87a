"""Checks of a formulation that need neither data nor a solver; `check` is the way in.

What holds only once the tables are there (missing combinations, cells that are no numbers) is
found by `binding`; what only a solver can tell, by `diagnosis`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from optwright.errors import FormulationError
from optwright.solvers.language import expressions as ex
from optwright.solvers.language.aim_checks import aim_findings
from optwright.solvers.language.expression_checks import ExpressionChecks
from optwright.solvers.language.findings import counted, odd, unreadable, wrong
from optwright.solvers.language.goals import objective_names
from optwright.solvers.language.stages import is_plain, written_out
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
    IndexSet,
    Kind,
    NamedExpression,
    Parameter,
    Severity,
    Variable,
)


def check(formulation: Formulation) -> tuple[Diagnostic, ...]:
    """What is wrong or odd about a formulation before any data is joined, errors first."""
    found = _findings(formulation)
    return tuple(sorted(dict.fromkeys(found), key=lambda f: f.severity is Severity.WARNING))


def _findings(formulation: Formulation) -> list[Diagnostic]:
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
        return parts or [Diagnostic(Severity.ERROR, Kind.UNREADABLE, "formulation", str(error))]


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

    def run(self) -> Iterator[Diagnostic]:
        yield from self._names()
        for index_set in self._formulation.sets:
            yield from set_findings(index_set)
            yield from self._computed(index_set)
        for quantity in self._quantities.values():
            yield from self._indices(quantity)
        for parameter in self._formulation.parameters:
            yield from self._values(parameter)
            sets = [self._sets[name] for name in parameter.indices if name in self._sets]
            if parameter.default is None and not any(self.parts(s.name) > 1 for s in sets):
                yield from value_findings(parameter.name, parameter.values, sets)
        for variable in self._formulation.variables:
            yield from bound_findings(variable)
            yield from self._stated_bounds(variable)
        for expression in self._formulation.expressions:
            yield from self._named_expression(expression)
        names = objective_names(self._formulation)
        for name, objective in zip(names, self._formulation.objectives, strict=True):
            yield from self._objective(name, objective.expression)
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
            if parameter.default is None:
                yield wrong(Kind.NO_VALUES, name, "has neither values nor a column of a table")
        elif given is not None and column is not None:
            yield wrong(Kind.DUPLICATE_NAME, name, "has values of its own and a column of a table")
        elif column is not None and len(column.keys) + column.heads != wanted and known:
            words = f"joins {counted(len(column.keys), 'key column')}; it has {counted(wanted)}"
            yield wrong(Kind.INDEX_COUNT, name, words)
        elif isinstance(parameter.values, dict) and len(parameter.indices) != wanted:
            return  # members of tuple sets may be written as one key, so `binding` tells
        elif isinstance(parameter.values, dict) and {*depths(parameter.values)} != {wanted}:
            words = (
                f"has values nested {max(depths(parameter.values))} deep; it has {counted(wanted)}"
            )
            yield wrong(Kind.INDEX_COUNT, name, words)

    def _unused(self) -> Iterator[Diagnostic]:
        for name, quantity in self._quantities.items():
            if name not in self._used:
                what = "variable" if isinstance(quantity, Variable) else "parameter"
                yield odd(Kind.UNUSED, name, f"is a {what} that nothing uses")

    def _indices(self, quantity: Parameter | Variable) -> Iterator[Diagnostic]:
        for index in quantity.indices:
            if index not in self._sets:
                yield self._unknown_set(quantity.name, index)

    def _computed(self, index_set: IndexSet) -> Iterator[Diagnostic]:
        """The expression a set is worked out from."""
        if not index_set.expression:
            return
        try:
            node = ex.parse_set(index_set.expression)
        except FormulationError as error:
            yield unreadable(index_set.name, error)
            return
        element = index_set.name
        for name in sorted(ex.set_names(node)):
            self._used.add(name)
            if name in self._variables:
                words = f"is worked out from the variable {name!r}; a set is made of data only"
                yield wrong(Kind.VARIABLE_IN_CONDITION, element, words)
            elif name == element or name not in self._sets.keys() | self._quantities.keys():
                yield self._undefined(element, name, {})

    def _stated_bounds(self, variable: Variable) -> Iterator[Diagnostic]:
        """The loops of a variable, and its bounds that are expressions."""
        loops: dict[str, str] = {}
        try:
            generators = ex.parse_forall(variable.forall).generators
            texts = [t for t in (variable.lower_expression, variable.upper_expression) if t]
            bounds = [ex.parse(text) for text in texts]
        except FormulationError as error:
            yield unreadable(variable.name, error)
            return
        if variable.forall and tuple(g.set for g in generators) != variable.indices:
            words = f"runs over {variable.indices} and is stated for {variable.forall!r}"
            yield wrong(Kind.INDEX_COUNT, variable.name, words)
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
                yield wrong(Kind.BOUNDS, variable.name, f"{words}; state it as a constraint")

    def _is_all_of(self, bound: ex.Expr, variable: Variable) -> bool:
        """Whether a bound is the bare name of a parameter over the indices of the decision."""
        parameter = self._quantities.get(bound.name) if isinstance(bound, ex.Ref) else None
        return (
            isinstance(parameter, Parameter)
            and bound == ex.Ref(parameter.name)
            and parameter.indices == variable.indices != ()
            and not variable.forall
        )

    def _named_expression(self, stated: NamedExpression) -> Iterator[Diagnostic]:
        loops: dict[str, str] = {}
        try:
            forall, body = ex.parse_forall(stated.forall), ex.parse(stated.expression)
        except FormulationError as error:
            yield unreadable(stated.name, error)
            return
        self._text = stated.forall
        yield from self._generators(stated.name, forall.generators, loops)
        self._text = stated.expression
        yield from self._expression(stated.name, body, loops)

    def _objective(self, element: str, text: str) -> Iterator[Diagnostic]:
        try:
            expression = ex.parse(text)
        except FormulationError as error:
            yield unreadable(element, error)
            return
        self._text = text
        found = [*self._expression(element, expression, {})]
        yield from found
        if not (found or self._touches_variables(expression) or expression == ex.Number(0)):
            yield wrong(Kind.NO_VARIABLES, element, f"uses no variable: {text!r}")

    def _constraint(self, constraint: Constraint) -> Iterator[Diagnostic]:
        element = constraint.name
        try:
            forall = ex.parse_forall(constraint.forall)
            comparisons = ex.parse_constraint(constraint.expression)
        except FormulationError as error:
            yield unreadable(element, error)
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
            yield wrong(Kind.NO_VARIABLES, element, f"uses no variable: {text!r}")
        bound = [g.names for g in forall.generators]
        for name in [
            names[0]
            for names in bound
            if not any(_loop_used(name, forall, comparisons) for name in names)
        ]:
            words = f"is stated for every {name!r} and does not depend on it"
            yield odd(Kind.UNUSED, element, words)


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
