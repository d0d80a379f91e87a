"""Lowering and solving a formulation that is already in memory, in a process that is warm.

python -m optwright.benchmarks.warm_solve
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from time import perf_counter

from optwright.agents.replies import read_formulation
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.registry import open_solver
from optwright.solvers.backends.solver import solve
from optwright.solvers.model.outcome import Outcome, Status

CANDY = """{"decisions": [{"name": "regular", "whole": true}, {"name": "gift", "whole": true}],
"amounts": [{"name": "profit", "expression": "6*regular + 9*gift"}],
"objective": {"sense": "maximize", "expression": "profit"},
"limits": [{"text": "chocolate", "expression": "200*regular + 150*gift <= 12000"},
{"text": "toffee", "expression": "100*regular + 300*gift <= 15000"},
{"text": "regular boxes", "expression": "regular >= 20"}]}"""
RUNS = 50


def main() -> None:
    """Print the median, the 95th percentile and the best of `RUNS` runs, in milliseconds."""
    formulation = read_formulation(CANDY)
    ways: dict[str, Callable[[], Outcome]] = {
        "in this process": lambda: open_solver("highs").solve(Program(formulation)),
        "in a killable child, as optwright does": lambda: solve(Program(formulation)),
    }
    for name, way in ways.items():
        assert way().status is Status.OPTIMAL  # also warms it up
        times = []
        for _ in range(RUNS):
            started = perf_counter()
            way()
            times.append((perf_counter() - started) * 1000)
        times.sort()
        sys.stdout.write(
            f"{name}: median {statistics.median(times):.1f} ms, "
            f"p95 {times[int(0.95 * RUNS)]:.1f} ms, best {times[0]:.1f} ms\n"
        )


if __name__ == "__main__":
    main()
