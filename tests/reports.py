"""Solved problems of three kinds for tests of reports: amounts, flows with tables, a schedule."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from optwright.agents.problem import Problem
from optwright.agents.solution import Evidence, Solution, Spent
from optwright.agents.solving import solve
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.protocol import FromArrays
from optwright.solvers.backends.worker import Killable
from optwright.solvers.model.formulation import (
    Constraint,
    Domain,
    Formulation,
    IndexSet,
    Objective,
    Parameter,
    Sense,
    Variable,
)
from optwright.solvers.model.outcome import SolveOptions
from optwright.testing import ScriptedModel

ROOT = Path(__file__).parents[1]
Solved = tuple[Problem, Solution]

_HOURS = {
    "frame": {"bench": 3.0, "booth": 1.0},
    "paint": {"bench": 1.0, "booth": 4.0},
    "wheels": {"bench": 2.0, "booth": 2.0},
    "test": {"bench": 2.0, "booth": 3.0},
}
_APART = "no machine does two jobs at once"
WORKSHOP = Formulation(
    sets=(
        IndexSet(name="J", members=tuple(_HOURS), meaning="jobs"),
        IndexSet(name="K", members=("bench", "booth"), meaning="machines"),
    ),
    parameters=(
        Parameter(
            name="hours",
            indices=("J", "K"),
            values=_HOURS,
            unit="hours",
            meaning="how long a job takes on a machine",
        ),
    ),
    variables=(
        Variable(name="start", indices=("J", "K"), unit="hours", meaning="when a job starts"),
        Variable(name="before", indices=("J", "J"), domain=Domain.BINARY, meaning="comes first"),
        Variable(name="finish", unit="hours", meaning="when everything is done"),
    ),
    objective=Objective(sense=Sense.MINIMIZE, expression="finish", unit="hours"),
    constraints=(
        Constraint(
            name="order",
            forall="j in J",
            expression="start[j, 'bench'] + hours[j, 'bench'] <= start[j, 'booth']",
            text="Every job goes over the bench first",
        ),
        Constraint(
            name="done",
            forall="j in J",
            expression="start[j, 'booth'] + hours[j, 'booth'] <= finish",
        ),
        Constraint(
            name="one",
            forall="i in J, j in J, k in K if i < j",
            expression="start[i, k] + hours[i, k] <= start[j, k] + 40*(1 - before[i, j])",
            text=_APART,
        ),
        Constraint(
            name="other",
            forall="i in J, j in J, k in K if i < j",
            expression="start[j, k] + hours[j, k] <= start[i, k] + 40*before[i, j]",
            text=_APART,
        ),
    ),
)
WORKSHOP_TEXT = (
    "A workshop has four jobs: frame, paint, wheels and test. Every job goes over the bench first "
    f"and then into the booth, and {_APART}. On the bench the jobs take 3, 1, 2 and 2 hours, in "
    "the booth 1, 4, 2 and 3 hours. Plan the jobs so that everything is done as early as possible."
)


@cache
def candy() -> Solved:
    """Two amounts, three limits, no tables; as the recorded replies of a small model say."""
    return _recorded("candy")


@cache
def flour() -> Solved:
    """Flows between two kinds of places, from three tables."""
    return _recorded("flour", "mills", "bakeries", "routes")


@cache
def workshop() -> Solved:
    """Four jobs on two machines: a schedule of 11 hours."""
    return Problem(WORKSHOP_TEXT), solved(WORKSHOP)


def solved(model: Formulation) -> Solution:
    """What a run would give back for a formulation without tables."""
    arrays = Program(model).arrays
    assert arrays is not None
    outcome = Killable("highs").solve(FromArrays(arrays), SolveOptions(time_limit_s=20))
    rows = {name: {"slack": slack} for name, slack in outcome.slacks.items()}
    for name, dual in outcome.duals.items():
        rows[name]["dual"] = dual
    return Solution(
        status=outcome.status,
        verified=True,
        objective=outcome.objective,
        variables=dict(outcome.values),
        formulation=model,
        evidence=(Evidence(supports=True, kind="solver", text=f"{outcome.solver}: optimal"),),
        sensitivity=rows,
        usage=Spent(calls=2, prompt_tokens=900, completion_tokens=300, seconds=1.5),
        run="20260101-120000-abcdef",
    )


def _recorded(name: str, *tables: str) -> Solved:
    examples = ROOT / "examples"
    problem = Problem.read(str(examples / f"{name}.txt"), [examples / f"{t}.csv" for t in tables])
    replies = json.loads((ROOT / "tests" / "recordings" / f"{name}.json").read_text("utf-8"))
    return problem, solve(problem, model=ScriptedModel(*replies))
