"""What-if on solved linear programs of 10,000 decisions: from the words of a turn to the answer.

    python -m optwright.benchmarks.whatif

No language model is called. The session is kept on the disk as a user's is, so each turn includes
reading it, joining and lowering the changed model, solving it, the comparison, and writing the
version and the checkpoint. Two models: a transport problem, which is quickly solved, and a
production plan over periods with stock, whose simplex takes longer.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

from optwright.agents.chat.reply import ReplyKind
from optwright.agents.chat.session import ChatSession, Settings
from optwright.agents.problem import Problem
from optwright.agents.solution import Solution
from optwright.solvers.data.table import Table, from_columns
from optwright.solvers.model.formulation import (
    Column,
    Constraint,
    Formulation,
    IndexSet,
    Objective,
    Parameter,
    Sense,
    Variable,
)
from optwright.solvers.model.outcome import Status

ROUNDS = 15
TURNS = {
    "transport": (
        "what if demand rises by {0} %",
        "what if the supply of p7 is {0}",
        "why nothing sent from p3 to t9",
    ),
    "production": (
        "what if the hours are {0} % lower",
        "what if demand rises by {0} %",
        "what if we have 4{0} more hours",
    ),
}


def transport() -> tuple[Problem, Formulation]:
    """100 plants, 100 towns, 10,000 routes."""
    draw = np.random.default_rng(0)
    plants, towns = [f"p{i}" for i in range(100)], [f"t{j}" for j in range(100)]
    costs = draw.uniform(1, 10, 10_000).round(2).tolist()
    tables = {
        "routes": _table("routes", plants, towns, costs),
        "plants": from_columns("plants", {"plant": plants, "tons": _whole(draw, 50, 150)}),
        "towns": from_columns("towns", {"town": towns, "tons": _whole(draw, 20, 70)}),
    }
    model = Formulation(
        sets=(_members("plants", "plant"), _members("towns", "town")),
        parameters=(
            Parameter(name="cost", indices=("plants", "towns"),
                      column=Column(table="routes", value="value", keys=("a", "b"))),
            Parameter(name="supply", indices=("plants",),
                      column=Column(table="plants", value="tons", keys=("plant",))),
            Parameter(name="demand", indices=("towns",),
                      column=Column(table="towns", value="tons", keys=("town",))),
        ),
        variables=(Variable(name="sent", indices=("plants", "towns"), meaning="tons sent"),),
        objective=Objective(
            sense=Sense.MINIMIZE,
            expression="sum(cost[i, j] * sent[i, j] for i in plants for j in towns)",
        ),
        constraints=(
            Constraint(name="within_supply", forall="i in plants",
                       expression="sum(sent[i, j] for j in towns) <= supply[i]"),
            Constraint(name="meet_demand", forall="j in towns",
                       expression="sum(sent[i, j] for i in plants) >= demand[j]"),
        ),
    )  # fmt: skip
    return Problem("Send tons from plants to towns at the lowest cost.", tables), model


def production() -> tuple[Problem, Formulation]:
    """100 products over 50 periods, made and stored: 10,000 decisions, 5,100 rows."""
    draw = np.random.default_rng(1)
    products, periods = [f"a{i}" for i in range(100)], list(range(1, 51))
    wanted = draw.integers(0, 60, 5_000).tolist()
    hours = dict(zip(products, draw.uniform(0.5, 2, 100).round(2).tolist(), strict=True))
    costs = dict(zip(products, draw.uniform(3, 9, 100).round(2).tolist(), strict=True))
    model = Formulation(
        sets=(IndexSet(name="products", members=tuple(products)),
              IndexSet(name="periods", members=tuple(periods))),
        parameters=(
            Parameter(name="demand", indices=("products", "periods"),
                      column=Column(table="orders", value="value", keys=("a", "b"))),
            Parameter(name="needs", indices=("products",), values=hours, meaning="hours a piece"),
            Parameter(name="price", indices=("products",), values=costs, meaning="cost a piece"),
        ),
        variables=(
            Variable(name="made", indices=("products", "periods"), meaning="pieces made"),
            Variable(name="stock", indices=("products", "periods"), meaning="pieces stored"),
        ),
        objective=Objective(
            sense=Sense.MINIMIZE,
            expression="sum((1 + t / 50) * price[i] * made[i, t] + 0.1 * stock[i, t]"
                       " for i in products for t in periods)",
        ),
        constraints=(
            Constraint(name="first", forall="i in products",
                       expression="made[i, 1] == demand[i, 1] + stock[i, 1]"),
            Constraint(name="balance", forall="i in products, t in periods if t > 1",
                       expression="stock[i, t - 1] + made[i, t] == demand[i, t] + stock[i, t]"),
            Constraint(name="capacity", forall="t in periods", text="4200 hours in each period",
                       expression="sum(needs[i] * made[i, t] for i in products) <= 4200"),
        ),
    )  # fmt: skip
    orders = _table("orders", products, list(map(str, periods)), wanted)
    return Problem("Meet the orders of each period at the lowest cost.", {"orders": orders}), model


def measure(name: str, problem: Problem, model: Formulation, folder: Path) -> list[str]:
    """One line for each kind of turn."""
    lines = []
    with ChatSession(folder / name, Settings(model=None)) as session:
        solved = Solution(status=Status.OPTIMAL, verified=True, formulation=model)
        session.adopt(problem, solved)
        assert session.outcome is not None
        assert session.outcome.status is Status.OPTIMAL
        assert len(session.outcome.values) == 10_000
        for turn in TURNS[name]:
            times = []
            for round_ in range(ROUNDS):
                said = turn.format(1 + round_ / 4)
                started = perf_counter()
                reply = session.turn(said)
                times.append(perf_counter() - started)
                assert reply.kind is ReplyKind.ANSWER, reply.text
                assert reply.calls == 0
            times.sort()
            lines.append(
                f"{name}, {turn.format('N')!r}: median {statistics.median(times):.3f} s, "
                f"worst of {ROUNDS} {times[-1]:.3f} s"
            )
    return lines


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, made in (("transport", transport), ("production", production)):
            for line in measure(name, *made(), Path(folder)):
                sys.stdout.write(line + "\n")


def _table(name: str, rows: list[str], columns: list[str], values: list[float]) -> Table:
    pairs = [(a, b) for a in rows for b in columns]
    cells: dict[str, Sequence[object]] = {
        "a": [a for a, _ in pairs],
        "b": [b for _, b in pairs],
        "value": values,
    }
    return from_columns(name, cells)


def _whole(draw: np.random.Generator, low: int, high: int) -> list[int]:
    found: list[int] = draw.integers(low, high, 100).tolist()
    return found


def _members(name: str, head: str) -> IndexSet:
    return IndexSet(name=name, column=Column(table=name, value=head))


if __name__ == "__main__":
    main()
