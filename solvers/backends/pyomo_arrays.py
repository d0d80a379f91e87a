"""A model given as arrays, as a Pyomo model: for solvers that take nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from optwright.solvers.model.linear_model import INFINITE, LinearModel

if TYPE_CHECKING:
    from pyomo.environ import ConcreteModel


def to_pyomo(model: LinearModel) -> ConcreteModel:
    """Variables `x[j]`, constraints `c[r]`, by position; rows without entries are left out."""
    import pyomo.environ as pyo

    built = pyo.ConcreteModel()
    built.x = pyo.Var(range(len(model.cost)))
    for j, variable in built.x.items():
        variable.domain = pyo.Integers if model.integer[j] else pyo.Reals
        variable.setlb(_limit(model.lower[j]))
        variable.setub(_limit(model.upper[j]))
    rows = [r for r in range(len(model.row_lower)) if model.starts[r] < model.starts[r + 1]]
    built.c = pyo.Constraint(rows, rule=lambda block, r: _row(model, block.x, r))
    sense = pyo.maximize if model.maximize else pyo.minimize
    columns = np.flatnonzero(model.cost)
    cost = pyo.quicksum(float(model.cost[j]) * built.x[int(j)] for j in columns)
    built.objective = pyo.Objective(expr=cost + model.offset, sense=sense)
    return built


def to_quadratic_pyomo(
    model: LinearModel, quadratic: Iterable[tuple[int, int, float]]
) -> ConcreteModel:
    """The model with terms `coefficient * x[i] * x[j]` added to its objective.

    Its `optwright_names` are the names that `model` has for rows and columns.
    """
    built = to_pyomo(model)
    x = built.x
    terms = sum(a * x[i] * x[j] for i, j, a in quadratic)
    built.objective.set_value(built.objective.expr + terms)
    built.optwright_names = {f"x[{j}]": name for j, name in enumerate(model.column_names)}
    built.optwright_names |= {f"c[{r}]": name for r, name in enumerate(model.row_names)}
    return built


def _limit(number: float) -> float | None:
    return None if abs(number) >= INFINITE else float(number)


def _row(model: LinearModel, x: object, r: int) -> object:
    import pyomo.environ as pyo

    entries = slice(model.starts[r], model.starts[r + 1])
    pairs = zip(model.columns[entries], model.coefficients[entries], strict=True)
    body = pyo.quicksum(float(a) * x[int(j)] for j, a in pairs)  # type: ignore[index]  # IndexedVar
    lower, upper = _limit(model.row_lower[r]), _limit(model.row_upper[r])
    if lower is None and upper is None:
        return pyo.Constraint.Skip
    if lower == upper:
        return body == lower
    return (lower, body, upper)
