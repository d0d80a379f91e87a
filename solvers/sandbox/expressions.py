"""A nonlinear Pyomo model as the JSON of a formulation, which SCIP is given by whoever is trusted.

It holds numbers, names that are made here, and expressions as text; those are parsed on our side
and never run. This shares a process with hostile code, so nothing that it writes is believed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pyomo.environ as pyo
from pyomo.core.base.symbol_map import SymbolMap
from pyomo.core.expr import identify_variables

QUADRATIC = 2


def is_nonlinear(model: Any) -> bool:
    """Whether the LP text that we read cannot hold the model: a row in it is not linear, or an
    objective is of a degree above two."""
    rows = (row.body.polynomial_degree() for row in _rows(model) if not _is_number(row.body))
    sought = (
        objective.expr.polynomial_degree()
        for objective in model.component_data_objects(pyo.Objective, active=True)
        if not _is_number(objective.expr)
    )
    return any(d is None or d > 1 for d in rows) or any(d is None or d > QUADRATIC for d in sought)


def as_formulation(model: Any) -> tuple[str, dict[str, str]]:
    """The JSON of a formulation without sets, and what its names are called in the model."""
    objective, *more = model.component_data_objects(pyo.Objective, active=True)
    if more:
        raise ValueError("the model has more than one active objective")
    names: dict[int, str] = {}
    variables: list[dict[str, Any]] = []
    called: dict[str, str] = {}
    for expression in _expressions(model):
        for variable in identify_variables(expression, include_fixed=False):
            if id(variable) in names:
                continue
            name = names[id(variable)] = f"x{len(names) + 1}"
            called[name] = variable.name
            variables.append(_variable(name, variable))
    written = _Writer(names)
    rows = [
        {"name": f"c{at}", "expression": _row(written(row.body), _bounds(row)), "text": ""}
        for at, row in enumerate(_rows(model), start=1)
    ]
    called |= {f"c{at}": row.name for at, row in enumerate(_rows(model), start=1)}
    sense = "minimize" if objective.sense == pyo.minimize else "maximize"
    content = {
        "version": 2,
        "variables": variables,
        "objective": {"sense": sense, "expression": written(objective.expr)},
        "constraints": rows,
    }
    return json.dumps(content, allow_nan=False), called


class _Writer:
    """Expressions as text, each variable under the name it has here; what is fixed is a number."""

    def __init__(self, names: dict[int, str]) -> None:
        self._names = names
        self._symbols = SymbolMap()

    def __call__(self, expression: Any) -> str:
        if _is_number(expression):
            return repr(float(expression))
        text: str = expression.to_string(
            verbose=False, labeler=self._label, smap=self._symbols, compute_values=True
        )
        return text

    def _label(self, variable: Any) -> str:
        return self._names[id(variable)]


def _expressions(model: Any) -> Iterator[Any]:
    for objective in model.component_data_objects(pyo.Objective, active=True):
        if not _is_number(objective.expr):
            yield objective.expr
    for row in _rows(model):
        if not _is_number(row.body):
            yield row.body


def _is_number(expression: Any) -> bool:
    return isinstance(expression, int | float)


def _rows(model: Any) -> Iterator[Any]:
    yield from model.component_data_objects(pyo.Constraint, active=True)


def _bounds(row: Any) -> tuple[float | None, float | None]:
    low, high = (
        None if side is None else float(pyo.value(side)) for side in (row.lower, row.upper)
    )
    return low, high


def _row(body: str, bounds: tuple[float | None, float | None]) -> str:
    low, high = bounds
    if low is not None and low == high:
        return f"{body} == {low!r}"
    if low is None:
        return f"{body} <= {high!r}"
    return f"{body} >= {low!r}" if high is None else f"{low!r} <= {body} <= {high!r}"


def _variable(name: str, variable: Any) -> dict[str, Any]:
    domain = "integer" if variable.is_integer() else "continuous"
    if variable.is_binary():
        domain = "binary"
    return {"name": name, "domain": domain, "lower": variable.lb, "upper": variable.ub}
