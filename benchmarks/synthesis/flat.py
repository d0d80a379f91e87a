"""A model with every decision and number written out, as a small model answers a text alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from optwright.benchmarks.synthesis.problems import Problem
from optwright.solvers.backends.program import Program
from optwright.solvers.language.labels import number
from optwright.solvers.model.formulation import Domain
from optwright.solvers.model.linear_model import LinearModel

MOST_DECISIONS, MOST_LIMITS = 12, 14
"""What the schema of a reply to words alone has room for."""


def flat_reply(problem: Problem) -> Mapping[str, Any] | None:
    """The reply; None where the schema has no room for it: too many decisions or limits, yes/no
    decisions, or something that is not linear."""
    if any(v.domain is Domain.BINARY for v in problem.formulation.variables):
        return None
    program = Program(problem.formulation)
    model = program.arrays
    if model is None or program.instance.notes or len(model.cost) > MOST_DECISIONS:
        return None
    names = [_name(n) for n in model.column_names]
    if len(set(names)) < len(names) or len(model.row_lower) > MOST_LIMITS:
        return None
    meanings = {v.name: v.meaning for v in problem.formulation.variables}
    decisions = []
    for at, column in enumerate(model.column_names):
        base, _, members = column.partition("[")
        said = f"{meanings.get(base, base)}: {members.rstrip(']')}" if members else meanings[base]
        whole = bool(model.integer[at])
        decisions.append({"name": names[at], "meaning": said, "whole": whole})
    limits = [
        limit for at in range(len(model.row_lower)) for limit in _limit(problem, model, at, names)
    ]
    if any(model.lower != 0) or any(model.upper != float("inf")):
        return None  # a bound would be a limit whose words are not known
    goal = problem.formulation.objective
    worth = _sum(list(zip(model.cost.tolist(), names, strict=True)), model.offset)
    return {
        "decisions": decisions,
        "amounts": [{"name": "worth", "expression": worth}],
        "objective": {"text": goal.text, "sense": goal.sense.value, "expression": "worth"},
        "limits": limits,
    }


def _limit(
    problem: Problem, model: LinearModel, at: int, names: Sequence[str]
) -> list[dict[str, str]]:
    inside = slice(int(model.starts[at]), int(model.starts[at + 1]))
    terms = [
        (float(f), names[int(c)])
        for c, f in zip(model.columns[inside], model.coefficients[inside], strict=True)
    ]
    low, high = float(model.row_lower[at]), float(model.row_upper[at])
    said = {"text": _words(problem, model.row_names[at])}
    left = _sum(terms, 0.0)
    if low == high:
        return [{**said, "expression": f"{left} == {number(low)}"}]
    ends = (("<=", high), (">=", low))
    return [{**said, "expression": f"{left} {o} {number(v)}"} for o, v in ends if abs(v) < 1e300]


def _words(problem: Problem, row: str) -> str:
    """The sentence that states a row: of those for its limit the one that names its members."""
    base, _, inside = row.partition("[")
    members = [m for m in inside.rstrip("]").split(",") if m]
    first = next((c.text for c in problem.formulation.constraints if c.name == base), "")
    key = next((s.key for s in problem.told.sentences if s.text.startswith(first)), "")
    said = [s.text for s in problem.told.sentences if s.key == key]
    return next((t for t in said if all(m in t for m in members)), first)


def _sum(terms: Sequence[tuple[float, str]], offset: float) -> str:
    text = ""
    for factor, name in terms:
        if factor:
            size = name if abs(factor) == 1 else f"{number(abs(factor))}*{name}"
            text += f" {'-' if factor < 0 else '+'} {size}" if text else ("-" * (factor < 0) + size)
    if offset or not text:
        text += f" + {number(offset)}" if text else number(offset)
    return text


def _name(column: str) -> str:
    """`make[Stuhl]` as a name of the schema: `make_stuhl`."""
    plain = unicodedata.normalize("NFKD", column).encode("ascii", "ignore").decode()
    return re.sub(r"\W+", "_", plain.lower()).strip("_")
