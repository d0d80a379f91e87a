"""Every expression of a formulation: to go through, and to write anew."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any, TypeVar

from optwright.errors import FormulationError
from optwright.solvers.language import expressions as ex
from optwright.solvers.language.goals import deviations, objective_names
from optwright.solvers.language.notation import chain_text, set_text
from optwright.solvers.model.formulation import (
    Constraint,
    Formulation,
    Goal,
    IndexSet,
    NamedExpression,
    Parameter,
    Variable,
)
from optwright.solvers.model.objectives import Part

Named = IndexSet | Parameter | Variable | NamedExpression | Goal | Constraint
P = TypeVar("P", bound=Part)


@dataclass(frozen=True, slots=True)
class Stated:
    """One statement: the loops around it with the text of these, and what stands inside them, each
    tree with its own text. What a set is worked out from is in `over`."""

    element: str
    loops: ex.Forall
    loops_text: str
    inside: tuple[tuple[str, ex.Expr | ex.Statement], ...] = ()
    over: ex.SetExpr | None = None
    over_text: str = ""

    def nodes(self) -> Iterator[ex.Node]:
        """Every node of it, that of the loops first."""
        yield from ex.walk(self.loops)
        for _, node in self.inside:
            yield from ex.walk(node)
        if self.over is not None:
            yield from ex.walk_set(self.over)


def parts_of(formulation: Formulation) -> Iterator[Stated]:
    """Every expression of a formulation as it is stated; `FormulationError` for one that cannot be
    read."""
    for over in formulation.sets:
        if over.expression:
            node = ex.parse_set(over.expression)
            yield Stated(over.name, ex.Forall(), "", (), node, over.expression)
    for variable in formulation.variables:
        bounds = (variable.lower_expression, variable.upper_expression)
        yield _stated(variable.name, variable.forall, [text for text in bounds if text])
    for named in formulation.expressions:
        yield _stated(named.name, named.forall, [named.expression])
    names = objective_names(formulation)
    for name, objective in zip(names, formulation.objectives, strict=True):
        sought = [text for text in (objective.expression, objective.probability) if text]
        yield _stated(name, objective.forall, sought)
    for goal in formulation.goals:
        yield _stated(goal.name, goal.forall, [goal.expression, goal.target])
    for row in formulation.constraints:
        inside = tuple((row.expression, s) for s in ex.parse_constraint(row.expression))
        yield Stated(row.name, ex.parse_forall(row.forall), row.forall, inside)


def every_name(formulation: Formulation) -> set[str]:
    """Every name that stands anywhere: of a part, used in an expression, or bound by a loop. A name
    that is none of these is free for whatever is written out."""
    found = {name for part in _named(formulation) for name in _names_of(part)}
    for stated in parts_of(formulation):
        for node in stated.nodes():
            if isinstance(node, ex.Generator):
                found.update(node.names)
            elif isinstance(node, ex.Ref):
                found.add(node.name)
    return found


def free_name(name: str, taken: Container[str]) -> str:
    """The name, or the first of `name_2`, `name_3` and so on that is not taken."""
    numbered = (f"{name}_{k}" for k in count(2))
    return next(new for new in chain((name,), numbered) if new not in taken)


def _named(formulation: Formulation) -> Iterator[Named]:
    yield from formulation.sets
    yield from formulation.parameters
    yield from formulation.variables
    yield from formulation.expressions
    yield from formulation.goals
    yield from formulation.constraints


def _names_of(part: Named) -> Iterator[str]:
    """The name of a part, and what a goal calls how far it is missed."""
    yield part.name
    if isinstance(part, Goal):
        yield from (missed.name for missed in deviations(part))


def _stated(element: str, forall: str, texts: Sequence[str]) -> Stated:
    inside = tuple((text, ex.parse(text)) for text in texts)
    return Stated(element, ex.parse_forall(forall), forall, inside)


def text_with(formulation: Formulation, element: str, node: ex.Node) -> str:
    """The text of an element that a node with a place was read from; empty where it has none that
    says at that place what the node says, as one that was made since then."""
    if isinstance(node, ex.Forall | ex.Generator) or node.place is None:
        return ""
    begin, end = node.place
    try:
        stated = [*parts_of(formulation)]
    except FormulationError:
        return ""
    written = ex.to_text(node)
    for part in stated:
        if part.element != element and not element.startswith(f"{part.element}_"):
            continue
        for text in (part.loops_text, part.over_text, *(text for text, _ in part.inside)):
            if _reads(text[begin:end], written):
                return text
    return ""


def _reads(text: str, written: str) -> bool:
    """Whether a text says what is written so, as an amount or as a statement."""
    for read in (ex.parse, lambda t: ex.parse_constraint(t)[0]):
        try:
            if ex.to_text(read(text)) == written:
                return True
        except FormulationError:
            continue
    return False


def written_anew(formulation: Formulation, change: Callable[[Any], Any]) -> Formulation:
    """The formulation with what `change` makes of each tree in the place of its text, and of each
    chain of comparisons one by one; a text whose tree stays the same object is left as it is."""

    def changed(part: P, **texts: Callable[[str], str]) -> P:
        update = {
            field: text
            for field, write in texts.items()
            if (stated := getattr(part, field)) and (text := write(stated)) != stated
        }
        return part.model_copy(update=update) if update else part

    def amount(text: str) -> str:
        node = ex.parse(text)
        return text if (made := change(node)) is node else ex.to_text(made)

    def loops(text: str) -> str:
        node = ex.parse_forall(text)
        return text if (made := change(node)) is node else ex.to_text(made)

    def over(text: str) -> str:
        node = ex.parse_set(text)
        return text if (made := change(node)) is node else set_text(made)

    def statement(text: str) -> str:
        nodes = ex.parse_constraint(text)
        made = [change(node) for node in nodes]
        same = all(a is b for a, b in zip(nodes, made, strict=True))
        return text if same else chain_text(made)

    first, *others = (
        changed(o, expression=amount, forall=loops, probability=amount)
        for o in formulation.objectives
    )
    return formulation.model_copy(
        update={
            "sets": tuple(changed(s, expression=over) for s in formulation.sets),
            "variables": tuple(
                changed(v, forall=loops, lower_expression=amount, upper_expression=amount)
                for v in formulation.variables
            ),
            "expressions": tuple(
                changed(e, forall=loops, expression=amount) for e in formulation.expressions
            ),
            "objective": first,
            "further_objectives": tuple(others),
            "goals": tuple(
                changed(g, forall=loops, expression=amount, target=amount)
                for g in formulation.goals
            ),
            "constraints": tuple(
                changed(c, forall=loops, expression=statement) for c in formulation.constraints
            ),
        }
    )
