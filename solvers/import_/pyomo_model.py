"""A Pyomo model as arrays, read through Pyomo's own standard form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optwright.errors import FormulationError, InputError
from optwright.solvers.backends import pyomo_points as points
from optwright.solvers.model.linear_model import LinearModel

if TYPE_CHECKING:
    from pyomo.core.base.component import ComponentData
    from pyomo.environ import ConcreteModel


def arrays_of(model: ConcreteModel) -> LinearModel:
    """The arrays of a linear Pyomo model; components that are not active are left out.

    Raises `FormulationError` where it is not linear or holds a number that is none, `InputError`
    for an abstract model and for one without exactly one objective.
    """
    import pyomo.environ as pyo
    from pyomo.repn import generate_standard_repn

    if not model.is_constructed():
        raise InputError(
            f"the Pyomo model {model.name!r} has no data yet: read create_instance() of it"
        )
    stated = points.objectives(model)
    if len(stated) != 1:
        raise InputError(
            f"the Pyomo model {model.name!r} has {len(stated)} active objectives, not one"
        )
    points.check(model)
    variables = points.variables(model)
    place = {id(variable): j for j, variable in enumerate(variables)}
    fixed = {j: v.value for j, v in enumerate(variables) if v.fixed}

    def linear(owner: ComponentData, expression: object) -> tuple[dict[int, float], float]:
        form = generate_standard_repn(expression, compute_values=True)
        if not form.is_linear():
            raise FormulationError(f"{points.name_of(owner)!r} of the Pyomo model is not linear")
        terms = zip(form.linear_vars, form.linear_coefs, strict=True)
        return {place[id(v)]: float(c) for v, c in terms}, float(form.constant)

    cost = np.zeros(len(variables))
    entries, offset = linear(stated[0], stated[0].expr)
    for j, coefficient in entries.items():
        cost[j] = coefficient
    limits = [points.limits_of(variable) for variable in variables]
    lower, upper = np.array(limits, dtype=float).reshape(-1, 2).T
    for j, value in fixed.items():
        lower[j] = upper[j] = value
    starts, columns, coefficients, sides, names = [0], [], [], [], []
    for constraint in points.constraints(model):
        row, constant = linear(constraint, constraint.body)
        columns += list(row)
        coefficients += list(row.values())
        starts.append(len(columns))
        low, high = points.limits_of(constraint)
        sides.append((low - constant, high - constant))
        names.append(points.name_of(constraint))
    row_lower, row_upper = np.array(sides, dtype=float).reshape(-1, 2).T
    return LinearModel(
        maximize=stated[0].sense == pyo.maximize,
        offset=offset,
        cost=cost,
        lower=lower,
        upper=upper,
        integer=np.array([not v.is_continuous() for v in variables], dtype=bool),
        row_lower=row_lower,
        row_upper=row_upper,
        starts=np.array(starts, dtype=np.int32),
        columns=np.array(columns, dtype=np.int32),
        coefficients=np.array(coefficients, dtype=float),
        column_names=[points.name_of(variable) for variable in variables],
        row_names=names,
    )
