"""Judging a Pyomo model and a point in it: finite numbers, names, limits kept, degree.

What `LinearModel` does for arrays, for models that are not linear.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from optwright.errors import FormulationError
from optwright.solvers.model.linear_model import INFINITE, TOLERANCE

if TYPE_CHECKING:
    from pyomo.core.base.component import ComponentData
    from pyomo.core.base.constraint import ConstraintData
    from pyomo.core.base.objective import ObjectiveData
    from pyomo.core.base.var import VarData
    from pyomo.core.expr.numvalue import NumericValue
    from pyomo.environ import ConcreteModel

LARGEST_HESSIAN = 2000  # eigenvalues of a dense matrix this size take about a second


def variables(model: ConcreteModel) -> list[VarData]:
    import pyomo.environ as pyo

    return list(model.component_data_objects(pyo.Var, active=True, descend_into=True))


def constraints(model: ConcreteModel) -> list[ConstraintData]:
    import pyomo.environ as pyo

    return list(model.component_data_objects(pyo.Constraint, active=True, descend_into=True))


def objectives(model: ConcreteModel) -> list[ObjectiveData]:
    import pyomo.environ as pyo

    return list(model.component_data_objects(pyo.Objective, active=True, descend_into=True))


def name_of(component: ComponentData) -> str:
    """As a reader writes it: `ship[Lyon,Paris]`, without the quotes Pyomo puts around odd names.

    A model that was built from something else says in `optwright_names` what a family or an
    element is called there.
    """
    names = getattr(component.model(), "optwright_names", {})
    family = component.parent_component()
    index = component.index()
    if index is None:
        return str(names.get(family.local_name, family.name))
    members = ",".join(map(str, index if isinstance(index, tuple) else (index,)))
    element = f"{names.get(family.local_name, family.name)}[{members}]"
    return str(names.get(element, element))


def check(model: ConcreteModel) -> None:
    """Raise `FormulationError` for a number no solver may see, or for several objectives."""
    if len(objectives(model)) > 1:
        names = [name_of(objective) for objective in objectives(model)]
        raise FormulationError(f"the model has several active objectives: {names!r}")
    for variable in variables(model):
        limits_of(variable)
    for constraint in constraints(model):
        limits_of(constraint)
        _all_finite(constraint, constraint.body)
    for objective in objectives(model):
        _all_finite(objective, objective.expr)


def limits_of(component: ComponentData) -> tuple[float, float]:
    """The limits of a variable or constraint, missing ones as infinities."""
    try:
        lower, upper = component.lb, component.ub
    except ValueError as error:  # Pyomo's own refusal of NaN, and of +inf as a lower limit
        raise FormulationError(f"a limit of {name_of(component)!r} is not finite") from error
    low, high = (-np.inf if lower is None else lower, np.inf if upper is None else upper)
    if low >= INFINITE or high <= -INFINITE:
        raise FormulationError(f"the limits of {name_of(component)!r} are {low!r} and {high!r}")
    return float(low), float(high)


def _all_finite(component: ComponentData, expression: NumericValue) -> None:
    for number in _numbers(expression):
        if not isfinite(number):
            raise FormulationError(f"{name_of(component)!r} contains the number {number!r}")


def _numbers(expression: NumericValue) -> Iterator[float]:
    """Every constant in an expression, parameters and fixed variables included."""
    from pyomo.core.expr.numvalue import native_numeric_types

    waiting = [expression]
    while waiting:
        node = waiting.pop()
        if type(node) in native_numeric_types:
            yield float(node)
        elif node.is_expression_type():
            waiting.extend(node.args)
        elif node.is_fixed():
            yield float(node.value)


def drop_constant_rows(model: ConcreteModel) -> str | None:
    """Deactivate rows without variables, which solvers take badly; name one that is false."""
    for constraint in constraints(model):
        number = _constant(constraint.body)
        if number is None:
            continue
        if not isfinite(number) or _outside(number, *limits_of(constraint)):
            return name_of(constraint)
        constraint.deactivate()
    return None


def _constant(body: NumericValue) -> float | None:
    """The number an expression is whatever its variables are, `0 * x` too; None if it varies."""
    from pyomo.repn import generate_standard_repn

    if body.is_potentially_variable() and not body.is_fixed():
        return None
    repn = generate_standard_repn(body, compute_values=True)
    return float(repn.constant) if repn.is_constant() else None


def fill(model: ConcreteModel) -> None:
    """Give variables that never reached the solver the value nearest to zero they may have."""
    for variable in variables(model):
        if variable.value is None:
            low, high = limits_of(variable)
            variable.set_value(min(max(0.0, low), high), skip_validation=True)


def settle(model: ConcreteModel) -> None:
    """Move values into their limits and integers to whole numbers, if the point survives that."""
    raw = [(variable, variable.value) for variable in variables(model) if not variable.fixed]
    for variable, number in raw:
        low, high = limits_of(variable)
        inside = min(max(number, low), high)
        whole = float(round(inside)) if _is_whole(variable) else inside
        variable.set_value(whole, skip_validation=True)
    if broken_by(model):
        for variable, number in raw:
            variable.set_value(number, skip_validation=True)


def dust(model: ConcreteModel) -> float:
    """How far the whole number that is least so is from one."""
    found = [v.value for v in variables(model) if _is_whole(v) and v.value is not None]
    return max((abs(number - round(number)) for number in found if isfinite(number)), default=0.0)


@contextmanager
def whole_numbers_fixed(model: ConcreteModel) -> Iterator[None]:
    """Inside, every whole number stands at the nearest one to where it is, and only the rest can
    be chosen."""
    free = [v for v in variables(model) if _is_whole(v) and not v.fixed and v.value is not None]
    for variable in free:
        variable.fix(float(round(variable.value)), skip_validation=True)
    try:
        yield
    finally:
        for variable in free:
            variable.unfix()


def broken_by(model: ConcreteModel) -> str | None:
    """What the values of the variables break by more than the tolerance, or None."""
    for variable in variables(model):
        number = variable.value
        if number is None or not isfinite(number):
            return f"{name_of(variable)} is {number!r}"
        if _is_whole(variable) and abs(number - round(number)) > TOLERANCE:
            return f"{name_of(variable)} is not integral"
        if not variable.fixed and _outside(number, *limits_of(variable)):
            return f"{name_of(variable)} is outside its limits"
    broken = next(filter(_row_broken, constraints(model)), None)
    return None if broken is None else f"{name_of(broken)} misses its limit"


def evaluate(expression: NumericValue) -> float:
    """The number an expression has at the point, NaN where it has none (`log(-1)`, `1/0`)."""
    import pyomo.environ as pyo

    try:
        return float(pyo.value(expression))
    except (ValueError, ArithmeticError, TypeError):  # TypeError: a root of a negative is complex
        return float("nan")


def slack_of(constraint: ConstraintData) -> float:
    """Distance of a row to its nearest limit."""
    low, high = limits_of(constraint)
    activity = evaluate(constraint.body)
    return min(activity - low, high - activity)


def _row_broken(constraint: ConstraintData) -> bool:
    activity = evaluate(constraint.body)
    return not isfinite(activity) or _outside(activity, *limits_of(constraint))


def _outside(number: float, low: float, high: float) -> bool:
    limit = low if low - number > number - high else high
    return max(low - number, number - high) > TOLERANCE * max(1.0, abs(limit), abs(number))


def _is_whole(variable: VarData) -> bool:
    return bool(variable.is_integer() or variable.is_binary())


def is_linear(model: ConcreteModel) -> bool:
    bodies = [c.body for c in constraints(model)] + [o.expr for o in objectives(model)]
    return all(body.polynomial_degree() in (0, 1) for body in bodies)


def is_convex_qp(model: ConcreteModel) -> bool:
    """Linear rows, no integers, and an objective whose Hessian bends the right way."""
    rows_linear = all(c.body.polynomial_degree() in (0, 1) for c in constraints(model))
    if not rows_linear or any(map(_is_whole, variables(model))) or not objectives(model):
        return False
    return _bends_right(objectives(model)[0])


def _bends_right(objective: ObjectiveData) -> bool:
    from pyomo.core.kernel.objective import maximize
    from pyomo.repn import generate_standard_repn

    repn = generate_standard_repn(objective.expr, quadratic=True)
    if repn.nonlinear_expr is not None:
        return False
    places: dict[int, int] = {}
    for pair in repn.quadratic_vars:
        for variable in pair:
            places.setdefault(id(variable), len(places))
    if len(places) > LARGEST_HESSIAN:
        return False
    hessian = np.zeros((len(places), len(places)))
    for (a, b), coefficient in zip(repn.quadratic_vars, repn.quadratic_coefs, strict=True):
        hessian[places[id(a)], places[id(b)]] += coefficient
        hessian[places[id(b)], places[id(a)]] += coefficient
    curvature = np.linalg.eigvalsh(-hessian if objective.sense == maximize else hessian)
    # Rounding puts the zero eigenvalues of a semidefinite matrix on either side of zero.
    return bool(curvature.size == 0 or curvature[0] >= -1e-9 * max(1.0, np.abs(curvature).max()))
