"""A second opinion on an optimum that shares nothing with the first but the expression trees.

Sets and parameters are read from the CSV text, loops run as Python loops, and the model goes
to SCIP term by term; optwright's binding, its lowerings and HiGHS take no part. For a nonlinear
program, which optwright gives to SCIP as well, `searched` looks for a better point from many
starts and, where all decisions are whole and few, at every point there is.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from optwright.solvers.language import expressions as ex
from optwright.solvers.model.formulation import Domain, Formulation, Sense, Variable

Key = tuple[str, ...]
_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
_ALL_POINTS = 200_000
_STARTS = 60
_BOX = 1_000.0  # where a start is drawn from, for a decision without bounds


@dataclass
class Reading:
    """A formulation with its data; `values` maps each element of a variable to what stands for
    it: a number, or a solver's variable. `calls` has the functions of such things."""

    formulation: Formulation
    tables: Mapping[str, str]
    values: dict[tuple[str, Key], Any] = field(default_factory=dict)
    calls: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = {name: list(csv.DictReader(io.StringIO(t))) for name, t in self.tables.items()}
        self.sets: dict[str, list[str]] = {}
        for stated in self.formulation.sets:
            members = [str(m) for m in stated.members]
            if stated.column is not None:
                members = [row[stated.column.value] for row in rows[stated.column.table]]
            self.sets[stated.name] = list(dict.fromkeys(members))
        self.parameters: dict[str, dict[Key, float]] = {}
        for given in self.formulation.parameters:
            if given.column is not None:
                keyed = {
                    tuple(row[key] for key in given.column.keys): row[given.column.value]
                    for row in rows[given.column.table]
                }
                self.parameters[given.name] = {k: float(v) for k, v in keyed.items() if v != ""}
            else:
                self.parameters[given.name] = dict(_leaves(given.values, ()))

    def elements(self, variable: Variable) -> Iterator[tuple[str, Key]]:
        for key in itertools.product(*(self.sets[s] for s in variable.indices)):
            yield variable.name, key

    def objective(self) -> Any:
        return self.value(ex.parse(self.formulation.objective.expression), {})

    def rows(self) -> Iterator[tuple[str, Any, Any]]:
        """Operator, left and right of every row."""
        for constraint in self.formulation.constraints:
            for at in self._at(ex.parse_forall(constraint.forall).generators, {}):
                for comparison in ex.parse_comparison(constraint.expression):
                    left, right = self.value(comparison.left, at), self.value(comparison.right, at)
                    yield comparison.operator, left, right

    def _at(
        self, generators: tuple[ex.Generator, ...], at: Mapping[str, str]
    ) -> Iterator[dict[str, str]]:
        if not generators:
            yield dict(at)
            return
        first, *rest = generators
        for member in self.sets[first.set]:
            inside = {**at, first.name: member}
            if first.condition is None or self._holds(first.condition, inside):
                yield from self._at(tuple(rest), inside)

    def value(self, node: ex.Expr, at: Mapping[str, str]) -> Any:
        match node:
            case ex.Number(value):
                return value
            case ex.Ref(name, ()) if name in at:
                return float(at[name])
            case ex.Ref(name, indices):
                key = tuple(self._member(index, at) for index in indices)
                given = self.parameters.get(name)
                return self.values[name, key] if given is None else given[key]
            case ex.Negate(operand):
                return -self.value(operand, at)
            case ex.Add(terms):
                return sum((self.value(term, at) for term in terms), 0.0)
            case ex.Binary("*", left, right):
                return self.value(left, at) * self.value(right, at)
            case ex.Binary("/", left, right):
                return self.value(left, at) / self.value(right, at)
            case ex.Binary("**", left, right):
                return self.value(left, at) ** self.value(right, at)
            case ex.Call("len", (ex.Ref(name),)):
                return float(len(self.sets[name]))
            case ex.Call(function, arguments):
                return self._called(function, [self.value(a, at) for a in arguments])
            case ex.Aggregate(function, body, generators):
                values = [self.value(body, inside) for inside in self._at(generators, at)]
                return sum(values, 0.0) if function == "sum" else self._called(function, values)
            case _:
                raise ValueError(f"{ex.to_text(node)!r} is no number")

    def _called(self, function: str, values: list[Any]) -> Any:
        if function in ("min", "max"):
            sign = 1 if function == "max" else -1
            result = values[0]
            for other in values[1:]:  # max(a, b) is (a + b + |a - b|) / 2, in both directions
                result = (result + other + sign * self.calls["abs"](result - other)) / 2
            return result
        if function == "log10":
            return self.calls["log"](values[0]) / math.log(10)
        return self.calls[function](values[0])

    def _member(self, index: ex.Expr, at: Mapping[str, str]) -> str:
        match index:
            case ex.Quoted(text):
                return text
            case ex.Ref(name, ()) if name in at:
                return at[name]
            case _:
                return f"{self.value(index, at):g}"

    def _holds(self, node: ex.Condition, at: Mapping[str, str]) -> bool:
        match node:
            case ex.Comparison(symbol, left, right):
                return bool(_COMPARE[symbol](*self._sides(left, right, at)))
            case ex.Membership(items, collection, negated):
                key = tuple(self._member(item, at) for item in items)
                if not isinstance(collection, str):
                    found = key[0] in [self._member(m, at) for m in collection]
                elif collection in self.sets:
                    found = key[0] in self.sets[collection]
                else:
                    found = key in self.parameters[collection]
                return found is not negated
            case ex.Not(operand):
                return not self._holds(operand, at)
            case ex.Junction(word, parts):
                return (all if word == "and" else any)(self._holds(p, at) for p in parts)

    def _sides(self, left: ex.Expr, right: ex.Expr, at: Mapping[str, str]) -> tuple[Any, Any]:
        """Numbers where both sides are, else members as texts, in the order of their set."""
        try:
            return self.value(left, at), self.value(right, at)
        except ValueError:
            texts = self._member(left, at), self._member(right, at)
            for members in self.sets.values():
                if set(texts) <= set(members):
                    return members.index(texts[0]), members.index(texts[1])
            return texts


def _leaves(values: Any, key: Key) -> Iterator[tuple[Key, float]]:
    if isinstance(values, Mapping):
        for member, inner in values.items():
            yield from _leaves(inner, (*key, str(member)))
    elif values is not None:
        yield key, float(values)


def by_scip(formulation: Formulation, tables: Mapping[str, str]) -> tuple[str, float | None]:
    """Status (`optimal`, `infeasible`, `unbounded`, or SCIP's own word) and optimum."""
    import pyscipopt as scip

    calls = {"exp": scip.exp, "log": scip.log, "sqrt": scip.sqrt, "sin": scip.sin, "cos": scip.cos}
    reading = Reading(formulation, tables, calls={**calls, "abs": abs})
    model = scip.Model()
    model.hideOutput()
    model.setParam("limits/time", 60.0)
    kinds = {Domain.CONTINUOUS: "C", Domain.INTEGER: "I", Domain.BINARY: "B"}
    for variable in formulation.variables:
        for element in reading.elements(variable):
            low, high = _bounds(variable)
            reading.values[element] = model.addVar(vtype=kinds[variable.domain], lb=low, ub=high)
    for symbol, left, right in reading.rows():
        if isinstance(left, float | int) and isinstance(right, float | int):
            if not _kept(symbol, left, right):
                return "infeasible", None
            continue
        model.addCons(_COMPARE[symbol](left, right))
    minimizes = formulation.objective.sense is Sense.MINIMIZE
    goal = model.addVar(lb=None, ub=None)  # an objective that is not linear stands in a row
    model.addCons(goal >= reading.objective() if minimizes else goal <= reading.objective())
    model.setObjective(goal, "minimize" if minimizes else "maximize")
    model.optimize()
    status = model.getStatus()
    if status == "inforunbd":
        model.freeTransform()
        model.setObjective(0.0)
        model.optimize()
        status = "unbounded" if model.getStatus() == "optimal" else "infeasible"
        return status, None
    return status, model.getObjVal() if status == "optimal" else None


def _bounds(variable: Variable) -> tuple[float | None, float | None]:
    if variable.domain is Domain.BINARY:
        return 0.0, 1.0
    return variable.lower, variable.upper


def _kept(symbol: str, left: float, right: float, tolerance: float = 1e-6) -> bool:
    room = tolerance * max(1.0, abs(left), abs(right))
    return {"<=": left <= right + room, ">=": left >= right - room}.get(
        symbol, abs(left - right) <= room
    )


def searched(formulation: Formulation, tables: Mapping[str, str]) -> float | None:
    """The best value that is found without a solver of programs, or None: every point where all
    decisions are whole and few, else local searches (SLSQP) from many starts, drawn with a seed."""
    calls = {"exp": math.exp, "log": math.log, "sqrt": math.sqrt, "sin": math.sin, "cos": math.cos}
    reading = Reading(formulation, tables, calls={**calls, "tan": math.tan, "abs": abs})
    places = [(e, v) for v in formulation.variables for e in reading.elements(v)]
    whole = [v.domain is not Domain.CONTINUOUS for _, v in places]
    ranges = [_bounds(v) for _, v in places]
    count = math.prod(_steps(*r) if w else math.inf for w, r in zip(whole, ranges, strict=True))
    worst = math.inf if formulation.objective.sense is Sense.MINIMIZE else -math.inf
    better = min if worst > 0 else max
    best = worst
    points = (
        itertools.product(*(range(math.ceil(low or 0), math.floor(high or 0) + 1)
                            for low, high in ranges))
        if count <= _ALL_POINTS
        else _local_optima(reading, [e for e, _ in places], whole, ranges, worst > 0)
    )  # fmt: skip
    for point in points:
        reading.values = {e: float(v) for (e, _), v in zip(places, point, strict=True)}
        try:
            if all(_kept(*row) for row in reading.rows()):
                best = better(best, reading.objective())
        except (ValueError, ZeroDivisionError, OverflowError):
            continue
    return None if best == worst else best


def _steps(low: float | None, high: float | None) -> float:
    return math.inf if low is None or high is None else high - low + 1


def _local_optima(
    reading: Reading,
    elements: list[tuple[str, Key]],
    whole: list[bool],
    ranges: list[tuple[float | None, float | None]],
    minimizes: bool,
) -> Iterator[list[float]]:
    """Points where SLSQP stops; whole decisions are searched as fractions, then rounded and the
    rest searched again."""
    import numpy as np
    from scipy.optimize import minimize

    rng = np.random.default_rng(0)
    sign = 1.0 if minimizes else -1.0

    def put(x: Any) -> None:
        reading.values = dict(zip(elements, map(float, x), strict=True))

    def goal(x: Any) -> float:
        put(x)
        try:
            return float(sign * reading.objective())
        except (ValueError, ZeroDivisionError, OverflowError):
            return 1e12

    def gaps(x: Any, equal: bool) -> Any:
        put(x)
        try:
            found = [
                (r - le) if symbol == "<=" else (le - r)
                for symbol, le, r in reading.rows()
                if (symbol == "==") is equal
            ]
        except (ValueError, ZeroDivisionError, OverflowError):
            return np.full(sum((s == "==") is equal for s in _symbols(reading)), -1e6)
        return np.array(found, dtype=float)

    rules = [
        {"type": "eq", "fun": lambda x: gaps(x, True)},
        {"type": "ineq", "fun": lambda x: gaps(x, False)},
    ]
    for _ in range(_STARTS):
        lows = [-_BOX if low is None else low for low, _ in ranges]
        highs = [
            low + 10 ** rng.uniform(0, 3) if high is None else high
            for low, (_, high) in zip(lows, ranges, strict=True)
        ]
        start, limits = rng.uniform(lows, highs), list(ranges)
        found = minimize(goal, start, method="SLSQP", bounds=limits, constraints=rules).x
        if any(whole):
            limits = [
                (round(float(x)),) * 2 if w else r
                for x, w, r in zip(found, whole, ranges, strict=True)
            ]
            found = minimize(goal, found, method="SLSQP", bounds=limits, constraints=rules).x
        yield list(found)


def _symbols(reading: Reading) -> list[str]:
    return [
        comparison.operator
        for constraint in reading.formulation.constraints
        for comparison in ex.parse_comparison(constraint.expression)
    ]
