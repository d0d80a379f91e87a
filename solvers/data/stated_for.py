"""Named expressions are used only where they are stated: `margin[i]`, stated for some `i`, has no
value at the others, and written out it would have one there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from optwright.errors import FormulationError
from optwright.solvers.data.frames import Frame
from optwright.solvers.data.index_evaluation import Ground
from optwright.solvers.language import expressions as ex
from optwright.solvers.language.transform import substitute, write_out
from optwright.solvers.model.formulation import Formulation, NamedExpression, Variable

Named = Mapping[str, NamedExpression]


def refuse_unstated(
    node: ex.Expr | ex.Condition | ex.Special, ground: Ground, frame: Frame, named: Named
) -> None:
    """Raise `FormulationError` for a use of a named expression where it is not stated."""
    if named.keys().isdisjoint(ex.names(node)) or not frame.size:
        return
    match node:
        case ex.Ref(name, indices) if name in named:
            _refuse(node, ground, frame, named[name])
            for index in indices:
                refuse_unstated(index, ground, frame, named)
        case ex.Choice(condition, then, otherwise) if _is_data(condition, ground, named):
            holds = ground.mask(condition, frame)
            refuse_unstated(then, ground, frame.take(np.flatnonzero(holds)), named)
            refuse_unstated(otherwise, ground, frame.take(np.flatnonzero(~holds)), named)
        case ex.Aggregate() | ex.Count() | ex.Special() | ex.Piecewise():
            inner, _ = ground.extend(frame, written_out(node.generators, named))
            for part in ex.children(node):
                if not isinstance(part, ex.Generator | ex.Forall):
                    refuse_unstated(part, ground, inner, named)
        case _:
            for part in ex.children(node):
                if not isinstance(part, ex.Generator | ex.Forall):
                    refuse_unstated(part, ground, frame, named)


def written_out(generators: tuple[ex.Generator, ...], named: Named) -> tuple[ex.Generator, ...]:
    """Loops whose conditions use named expressions, with what these stand for."""
    return tuple(
        g if g.condition is None else replace(g, condition=write_out(g.condition, named))
        for g in generators
    )


def with_plain_bounds(formulation: Formulation) -> Formulation:
    """The formulation with named expressions written out in the bounds and loops of variables,
    which are worked out before anything is stated of a variable."""
    named = {stated.name: stated for stated in formulation.expressions}
    if not named:
        return formulation
    variables = tuple(_plain(variable, named) for variable in formulation.variables)
    return formulation.model_copy(update={"variables": variables})


def _plain(variable: Variable, named: Named) -> Variable:
    update = dict[str, str]()
    for side in ("lower_expression", "upper_expression"):
        text = getattr(variable, side)
        bound = ex.parse(text) if text else None
        if bound is not None and not named.keys().isdisjoint(ex.names(bound)):
            update[side] = ex.to_text(write_out(bound, named))
    forall = ex.parse_forall(variable.forall)
    if not named.keys().isdisjoint(ex.names(forall)):
        update["forall"] = ex.to_text(ex.Forall(written_out(forall.generators, named)))
    return variable.model_copy(update=update) if update else variable


def _is_data(condition: ex.Condition, ground: Ground, named: Named) -> bool:
    used = ex.names(condition)
    return used.isdisjoint(ground.instance.variables) and used.isdisjoint(named)


def _refuse(node: ex.Ref, ground: Ground, frame: Frame, stated: NamedExpression) -> None:
    generators = ex.parse_forall(stated.forall).generators
    loops = [name for g in generators for name in g.names]
    if len(loops) != len(node.indices):
        return  # told where it is written out
    given = dict(zip(loops, node.indices, strict=True))
    there = np.ones(frame.size, dtype=np.bool_)
    for generator in generators:
        items = tuple(ex.Ref(name) for name in generator.names)
        conditions: list[ex.Condition] = [ex.Membership(items, generator.set)]
        conditions += [] if generator.condition is None else [generator.condition]
        for condition in conditions:
            rows = np.flatnonzero(there)  # a condition may make no sense where another fails
            held = ground.mask(substitute(condition, given), frame.take(rows))
            there[rows[~held]] = False
    missing = np.flatnonzero(~there)
    if missing.size:
        at = frame.names("")[int(missing[0])]
        raise FormulationError(
            f"{ground.element!r}{f' at {at}' if at else ''} uses {ex.to_text(node)!r}, and "
            f"{stated.name!r} is stated for {stated.forall!r} alone",
            hint="leave the others out with a condition, or state it for them too",
        )
