"""Parameters that turn out to hold texts, and are compared with texts: only their table says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from optwright.solvers.data.table import ColumnType, Table
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.formulation import Formulation, ParameterKind


def with_attributes(formulation: Formulation, tables: Mapping[str, Table]) -> Formulation:
    """Parameters that are compared with texts, and whose column holds texts, are attributes: only
    the table says so."""
    texts = {
        given.name
        for given in formulation.parameters
        if given.kind is ParameterKind.NUMBER
        and given.column is not None
        and given.column.value
        and given.column.table in tables
        and _holds_texts(tables[given.column.table], given.column.value)
    }
    texts = texts and texts & _compared_with_texts(formulation)
    if not texts:
        return formulation
    parameters = tuple(
        given.model_copy(update={"kind": ParameterKind.TEXT}) if given.name in texts else given
        for given in formulation.parameters
    )
    return formulation.model_copy(update={"parameters": parameters})


def _holds_texts(table: Table, head: str) -> bool:
    return any(c.name == head and c.type is ColumnType.TEXT for c in table.columns)


def _compared_with_texts(formulation: Formulation) -> set[str]:
    """The names that stand beside a text in `==`, `!=` and `in`, or beside a name that does."""
    found, pairs = set[str](), list[tuple[str, str]]()
    for node in _conditions_of(formulation):
        match node:
            case ex.Comparison("==" | "!=", ex.Ref(name), ex.Quoted()):
                found.add(name)
            case ex.Comparison("==" | "!=", ex.Quoted(), ex.Ref(name)):
                found.add(name)
            case ex.Comparison("==" | "!=", ex.Ref(one), ex.Ref(other)):
                pairs.append((one, other))
            case ex.Membership((ex.Ref(name),), tuple(listed)):
                if any(isinstance(text, ex.Quoted) for text in listed):
                    found.add(name)
    for _ in pairs:
        found |= {name for pair in pairs if found & {*pair} for name in pair}
    return found


def _conditions_of(formulation: Formulation) -> Iterator[ex.Node]:
    """Everything inside the expressions of a formulation with one objective."""
    yield from ex.walk(ex.parse(formulation.objective.expression))
    for row in formulation.constraints:
        for statement in ex.parse_constraint(row.expression):
            yield from ex.walk(statement)
        yield from ex.walk(ex.parse_forall(row.forall))
    for part in formulation.expressions:
        yield from ex.walk(ex.parse(part.expression))
        yield from ex.walk(ex.parse_forall(part.forall))
    for variable in formulation.variables:
        yield from ex.walk(ex.parse_forall(variable.forall))
        for text in filter(None, (variable.lower_expression, variable.upper_expression)):
            yield from ex.walk(ex.parse(text))
    for stated in formulation.sets:
        if stated.expression:
            yield from ex.walk_set(ex.parse_set(stated.expression))
