"""How long an offline replay of a finished measurement takes, and whether it says the same.

    python -m optwright.benchmarks.replay_speed --problems 500 --system direct

Every problem is the same small one for another shop, and every reply the same good one: a
formulation for `optwright`, a program for `direct`. They come from an endpoint on this machine the
first time and from the ledger the second; drafting, checking, the sandbox and the solver work both
times.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from optwright.benchmarks.measuring import Order, facts, measure, read_data
from optwright.benchmarks.report_summary import to_json
from optwright.benchmarks.simulated import endpoint
from optwright.benchmarks.store import read_run
from optwright.serving.recorded import Mode

PROBLEM = (
    "Shop {name} packs regular boxes and gift boxes. A regular box takes 200 grams of chocolate "
    "and 100 grams of toffee and earns a profit of $6. A gift box takes 150 grams of chocolate "
    "and 300 grams of toffee and earns a profit of $9. The store has 12000 grams of chocolate and "
    "15000 grams of toffee. How many boxes of each kind should be packed to maximize the profit?"
)
OPTIMUM = 540

FORMULATION = {
    "decisions": [
        {"name": "regular", "meaning": "number of regular boxes", "whole": True},
        {"name": "gift", "meaning": "number of gift boxes", "whole": True},
    ],
    "amounts": [
        {"name": "chocolate", "expression": "200*regular + 150*gift"},
        {"name": "toffee", "expression": "100*regular + 300*gift"},
        {"name": "profit", "expression": "6*regular + 9*gift"},
    ],
    "objective": {"text": "maximize the profit", "sense": "maximize", "expression": "profit"},
    "limits": [
        {"text": "12000 grams of chocolate", "expression": "chocolate <= 12000"},
        {"text": "15000 grams of toffee", "expression": "toffee <= 15000"},
    ],
}
PROGRAM = """```python
import pyomo.environ as pyo

model = pyo.ConcreteModel()
model.regular = pyo.Var(domain=pyo.NonNegativeIntegers)
model.gift = pyo.Var(domain=pyo.NonNegativeIntegers)
model.profit = pyo.Objective(expr=6 * model.regular + 9 * model.gift, sense=pyo.maximize)
model.chocolate = pyo.Constraint(expr=200 * model.regular + 150 * model.gift <= 12000)
model.toffee = pyo.Constraint(expr=100 * model.regular + 300 * model.gift <= 15000)
```"""
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def shop(number: int) -> str:
    """A name without digits: a number that no limit uses would be a fault of the formulation."""
    return "".join(LETTERS[number // 26**place % 26] for place in (2, 1, 0)).title()


REPLIES = {"optwright": json.dumps(FORMULATION), "direct": PROGRAM}


def replay(problems: int, system: str, jobs: int) -> dict[str, object]:
    """Measure, replay into a fresh folder, compare the reports byte for byte."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "shops.jsonl"
        rows = (
            {"id": str(n), "question": PROBLEM.format(name=shop(n)), "answer": OPTIMUM}
            for n in range(problems)
        )
        data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        with endpoint(0.0, text=REPLIES[system]) as url:
            order = Order(
                str(data),
                system=system,
                model=f"simulated@{url}",
                out=Path(folder) / "first",
                jobs=jobs,
            )
            asyncio.run(measure(order, read_data(order)))
        again = replace(
            order,
            out=Path(folder) / "second",
            replies=order.directory / "ledger.sqlite",
            mode=Mode.REPLAY,
        )
        started = perf_counter()
        asyncio.run(measure(again, read_data(again)))
        replayed = read_run(again.directory)
        report = to_json(replayed)
        seconds = perf_counter() - started
        run = read_run(order.directory)
        # Somebody may commit to the checkout between the two; that is no difference in them.
        same = to_json(run) == to_json(replace(replayed, facts=run.facts))
    return {
        "problems": problems,
        "system": system,
        "replay_s": round(seconds, 2),
        "right": sum(record.scores["strict"] for record in run.records),
        "same_report": same,
        "bytes": len(report),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=500)
    parser.add_argument("--system", default="direct", choices=sorted(REPLIES))
    parser.add_argument("--jobs", type=int, default=8)
    given = parser.parse_args()
    row = {**facts(), **replay(given.problems, given.system, given.jobs)}
    sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
