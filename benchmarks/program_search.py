"""Program search on the examples, with edits alone: what it finds on instances it never saw.

Run it with `python -m optwright.benchmarks.program_search EXAMPLE EVALUATIONS SEED...` in a
checkout, where EXAMPLE is bin_packing, update_rule or black_box. A line of JSON for what is to be
beaten, then one for each seed. `circles` takes neither: it replays the replies of the example.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace
from typing import Any

import numpy as np

from optwright.optim.program.api import Evolved, evolve
from optwright.serving.budget import Budget
from optwright.serving.scripted import read_script
from optwright.solvers.sandbox import Limits

FOLDER = Path(__file__).resolve().parents[1] / "examples" / "evolve"
CASCADE = {"bin_packing": (1,), "black_box": (2,)}
ADAM_RATES = (0.003, 0.01, 0.03, 0.1, 0.3)


def best_fit(rules: SimpleNamespace) -> dict[str, float]:
    """Best fit on the same instances, as minus the percentage over the least."""
    parts = {"train": rules.TRAIN, "test": rules.TEST}
    return {n: -float(np.mean([rules.best_fit_over(e) for e in es])) for n, es in parts.items()}


def differential_evolution(rules: SimpleNamespace) -> dict[str, float]:
    parts = {"train": rules.TRAIN, "test": rules.TEST}
    return {n: rules.of_rule(rules.differential_evolution, es) for n, es in parts.items()}


def adam(rules: SimpleNamespace) -> dict[str, float]:
    """Adam, with the best of five rates for each task."""
    program: dict[str, Any] = {}
    exec((FOLDER / "update_rule.py").read_text(encoding="utf-8"), program)

    def trained(one: dict[str, Any], lr: float) -> float:
        w = one["w"]
        m, v = np.zeros_like(w), np.zeros_like(w)
        for number in range(rules.STEPS):
            batch = one["batches"][number]
            g = program["network_gradient"](w, one["x"][batch], one["y"][batch], one["sizes"])
            rate = lr * 0.5 * (1 + np.cos(np.pi * number / rules.STEPS))
            w, m, v = rules.adam(w, g, m, v, rate, number)
        return float(rules.loss(one, w))

    def best(groups: list[list[dict[str, Any]]]) -> float:
        tasks = [one for group in groups for one in group]
        return -float(np.mean([min(trained(one, lr) for lr in ADAM_RATES) for one in tasks]))

    return {"train": best(rules.TRAIN), "test": best(rules.TEST)}


RIVALS: dict[str, Callable[[SimpleNamespace], dict[str, float]]] = {
    "bin_packing": best_fit,
    "update_rule": adam,
    "black_box": differential_evolution,
}


def searched(name: str, rules: SimpleNamespace, evaluations: int, seed: int) -> Evolved:
    with tempfile.TemporaryDirectory(prefix="optwright-") as folder:
        return evolve(
            FOLDER / f"{name}.py",
            rules.evaluate,
            train=rules.TRAIN,
            test=rules.TEST,
            cascade=CASCADE.get(name, ()),
            optimizer="editing",
            functions=rules.FUNCTIONS,
            vocabulary=rules.VOCABULARY,
            budget=Budget(evaluations=evaluations),
            seed=seed,
            workers=2,
            run_dir=Path(folder) / "run",
        )


def packed_circles(rules: SimpleNamespace) -> Evolved:
    with tempfile.TemporaryDirectory(prefix="optwright-") as folder:
        return evolve(
            FOLDER / "circles.py",
            rules.evaluate,
            goal=rules.GOAL,
            functions=rules.FUNCTIONS,
            preload=rules.PRELOAD,
            optimizer="best-of-n",
            model=read_script(FOLDER / "circles_replies.json"),
            budget=Budget(evaluations=31, calls=30),
            limits=Limits(wall_s=400.0),
            stop_at=2.6358,
            run_dir=Path(folder) / "run",
        )


def told(found: Evolved, **more: Any) -> None:
    row = {
        **more,
        "first": found.first_score,
        "train": found.score,
        "test": None if found.test is None else found.test.mean,
        "programs": len(found.trials),
        "seconds": round(found.seconds, 1),
        "best": found.program.partition("START\n")[2].partition("# EVOLVE")[0],
    }
    sys.stdout.write(f"{json.dumps(row)}\n")
    sys.stdout.flush()


def main() -> None:
    name, *rest = sys.argv[1:]
    rules = SimpleNamespace(**run_path(str(FOLDER / f"{name}_harness.py")))
    if name == "circles":
        told(packed_circles(rules))
        return
    rival = RIVALS[name]
    sys.stdout.write(f"{json.dumps({'rival': rival.__name__, **rival(rules)})}\n")
    for seed in rest[1:]:
        told(searched(name, rules, int(rest[0]), int(seed)), seed=int(seed))


if __name__ == "__main__":
    main()
