"""gepa, DSPy (MIPROv2, GEPA), Trace and TextGrad beside `optimize`, on the same scripted proposals.

The peers run in an environment of their own, whose Python is the first argument:

    uv venv peers && uv pip install -p peers/bin/python gepa dspy optuna trace-opt textgrad
    python -m optwright.benchmarks.optim.peers peers/bin/python [--seeds 10]

`peer_runs` has the program and what each case is. Every run gets the same number of examples and,
where the peer takes one, the same budget of metric calls. Said of each: how often it returned the
best values where every example rises, how often something else than the start where nothing is
better, how often it ended where some proposals raise, and what it asked.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from optwright.benchmarks.optim.peer_runs import PEERS, STEPS, Case, score
from optwright.benchmarks.optim.rows import print_table, write_row
from optwright.errors import OptwrightError
from optwright.optim.api import optimize
from optwright.optim.parameters import Text
from optwright.serving.budget import Budget
from optwright.serving.scripted import ScriptedModel

COUNT, BUDGET = 20, 200
PATIENCE_S = 900  # for all runs of one peer


def plan(seeds: int) -> list[dict[str, Any]]:
    """The runs that every peer makes: luck on every seed, the others once."""
    each = {"count": COUNT, "budget": BUDGET}
    once = [{"kind": kind, "seed": 0, **each} for kind in ("rise", "raises")]
    return once + [{"kind": "luck", "seed": seed, **each} for seed in range(seeds)]


def ours(case: Case) -> dict[str, Any]:
    """The same run through `optimize`."""
    text = Text("text", "step 0")
    began, returned, error, found = time.perf_counter(), None, "", None

    def metric(example: int, output: str) -> float:
        case.metric_calls += 1
        return score(case.kind, case.seed, example, int(output.split()[1]))

    with tempfile.TemporaryDirectory() as folder:
        try:
            found = optimize(
                lambda question: f"{text}",
                range(case.count),
                metric,
                [text],
                optimizer="opro",
                model=ScriptedModel(lambda r: json.dumps({"values": {"text": case.proposal()}})),
                budget=Budget(evaluations=case.budget),
                seed=case.seed,
                run_dir=folder,
            )
            returned = int(found.values["text"].split()[1])
        except OptwrightError as fault:
            error = f"{type(fault).__name__}: {fault}"[:200]
    unproven = found.best_unproven if found else None
    return {
        "peer": "optwright",
        "case": case.kind,
        "seed": case.seed,
        "returned": returned,
        "metric_calls": case.metric_calls,
        "model_calls": case.model_calls,
        "error": error,
        "seconds": round(time.perf_counter() - began, 2),
        "unproven": unproven and int(unproven.values["text"].split()[1]),
    }


def theirs(python: str, name: str, runs: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows of one peer, as far as it came."""
    script = Path(__file__).with_name("peer_runs.py")
    try:
        done = subprocess.run(
            [python, str(script), name, json.dumps(runs)],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        said = done.stdout
    except subprocess.TimeoutExpired as late:
        said = (late.stdout or b"").decode()
    yield from (json.loads(line) for line in said.splitlines())


def row(name: str, rows: Sequence[dict[str, Any]]) -> list[object]:
    def of(kind: str) -> list[dict[str, Any]]:
        return [r for r in rows if r["case"] == kind]

    luck = of("luck")
    fooled = sum(r["returned"] not in (0, None) for r in luck)
    broke = [r["error"].partition(":")[0] or f"step {r['returned']}" for r in of("raises")]
    rise = ["broke" if r["error"] else f"step {r['returned']}" for r in of("rise")]
    calls = [r["metric_calls"] for r in rows if not r["error"]]
    return [
        name,
        ", ".join(rise) or "did not end",
        f"{fooled} of {len(luck)}",
        ", ".join(broke) or "did not end",
        f"{median(calls):.0f} ({max(calls)})" if calls else "-",
        f"{median(r['model_calls'] for r in rows):.0f}" if rows else "-",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("python", help="the Python of an environment with the peers")
    parser.add_argument("--seeds", type=int, default=10)
    arguments = parser.parse_args()
    runs, began = plan(arguments.seeds), time.perf_counter()
    found = {"optwright": [ours(Case(**one)) for one in runs]}
    for name in PEERS:
        found[name] = list(theirs(arguments.python, name, runs))
        sys.stderr.write(f"{name}: {len(found[name])} of {len(runs)} runs\n")
    seconds = time.perf_counter() - began
    print_table(
        [
            "",
            f"all examples rise (best is step {STEPS})",
            "luck: returned no start",
            "proposals that raise",
            f"metric calls of {BUDGET}: median (most)",
            "model calls",
        ],
        [row(name, rows) for name, rows in found.items()],
    )
    write_row("peers", found, seeds=range(arguments.seeds), seconds=seconds)


if __name__ == "__main__":
    main()
