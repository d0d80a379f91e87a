"""Variables: the combinations they are stated for, and the bounds of each element."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import prod

import numpy as np

from optwright.errors import DataError
from optwright.solvers.data.bound import BoundSet, BoundVariable, Instance, limit_size
from optwright.solvers.data.frames import Frame
from optwright.solvers.data.index_evaluation import Ground
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.formulation import Domain, Formulation, Variable
from optwright.solvers.model.linear_model import Floats


def bind_variables(
    variables: Sequence[Variable], instance: Instance
) -> Iterator[tuple[str, BoundVariable]]:
    offset = 0
    for variable in variables:
        sets = tuple(instance.sets[name] for name in variable.indices)
        bound = bind_variable(variable, sets, offset, instance)
        if bound.support is None:
            limit_size(variable.name, bound.shape)
        _refuse_double_names(bound)
        offset += bound.size
        yield variable.name, bound


def bind_variable(
    variable: Variable, sets: tuple[BoundSet, ...], offset: int, instance: Instance
) -> BoundVariable:
    """A variable with the combinations it is stated for, numbered from `offset`."""
    bound = BoundVariable(variable, sets, offset)
    expressions = variable.lower_expression, variable.upper_expression
    if not (variable.forall or any(expressions)):
        return bound
    ground = Ground(instance, variable.name)
    generators = ex.parse_forall(variable.forall).generators
    frame, _ = ground.extend(Frame(), generators)
    if sets and not generators:
        frame = Frame(bound.size, grid=None)
    order = np.arange(frame.size)
    if generators:
        names = [",".join(g.names) for g in generators]
        places = [frame.loops[name].places for name in names]
        flat = np.ravel_multi_index(tuple(places), bound.shape).astype(np.int64)
        order = np.argsort(flat, kind="stable")
        if len(flat) < prod(bound.shape):
            bound = replace(bound, support=flat[order])
    lowers, uppers = (
        _bound_values(ground, text, frame, sets)[order] if text else None for text in expressions
    )
    return _checked(replace(bound, lowers=lowers, uppers=uppers), instance.formulation)


def _bound_values(ground: Ground, text: str, frame: Frame, sets: tuple[BoundSet, ...]) -> Floats:
    node = ex.parse(text)
    if isinstance(node, ex.Ref) and not node.indices and not frame.loops:
        parameter = ground.instance.parameters.get(node.name)
        if parameter is not None and parameter.sets == sets and sets:
            values = parameter.values.reshape(-1)
            if np.isnan(values).any():
                missing = np.flatnonzero(np.isnan(values)).tolist()
                if parameter.unread is not None and (fault := parameter.unread.fault(missing)):
                    raise fault
                raise DataError(f"{ground.element!r} is bounded by {text!r}, which lacks a value")
            return values
    return ground.constant(node, frame)


def _checked(bound: BoundVariable, formulation: Formulation) -> BoundVariable:
    """Bounds that cross are refused here: a formulation states them, no solver is needed."""
    lower, upper = element_bounds(bound)
    crossed = np.flatnonzero(lower > upper)
    if crossed.size:
        at = int(crossed[0])
        error = DataError(
            f"{bound.variable.name!r} has a lower bound {lower[at]:g} above its upper bound "
            f"{upper[at]:g} in {crossed.size:,} of {bound.size:,} elements"
        )
        side = "lower" if bound.variable.lower_expression else "upper"
        place = formulation.places()(("variables", bound.variable.name, side))
        if place is not None:
            error.show(str(place), place.excerpt)
        raise error
    return bound


def element_bounds(bound: BoundVariable) -> tuple[Floats, Floats]:
    """The lower and upper bound of each element, infinite where there is none.

    A binary is between 0 and 1, and fixed where its bounds say so.
    """
    stated = bound.variable
    low = -np.inf if stated.lower is None else stated.lower
    high = np.inf if stated.upper is None else stated.upper
    lower = np.full(bound.size, low) if bound.lowers is None else bound.lowers
    upper = np.full(bound.size, high) if bound.uppers is None else bound.uppers
    if stated.domain is Domain.BINARY:
        return np.maximum(lower, 0.0), np.minimum(upper, 1.0)
    return lower, upper


def _refuse_double_names(bound: BoundVariable) -> None:
    """`x[a,b,c]` is of `a,b` and `c` or of `a` and `b,c`, but not of both: answers go by name."""
    with_commas = [
        over
        for over in _parts(bound.sets)
        if over.numbers is None and any("," in text for text in over.texts)
    ]
    if len(with_commas) < 2:
        return  # the commas of one set leave no doubt
    seen: dict[str, tuple[str, ...]] = {}
    listed = zip(
        *(
            [over.texts[at] for at in places.tolist()]
            for over, places in zip(bound.sets, bound.places(), strict=True)
        ),
        strict=True,
    )
    for members in listed:
        if (other := seen.setdefault(",".join(members), members)) != members:
            raise DataError(
                f"{bound.variable.name!r} has two elements of one name: {other!r} and {members!r}",
                hint="write the members of its sets without commas",
            )


def _parts(sets: Sequence[BoundSet]) -> list[BoundSet]:
    return [part for over in sets for part in (over.parts or (over,))]
