"""What tests of points on their way share: hard models, and who watches a solve."""

from __future__ import annotations

from typing import Any

import numpy as np

from optwright.solvers.backends import worker
from optwright.solvers.model.linear_model import LinearModel
from optwright.solvers.model.outcome import Progress


def hard(columns: int, rows: int, idle: int, seed: int) -> LinearModel:
    """A knapsack of several resources, with columns that are in no row."""
    pick = np.random.default_rng(seed)
    weights = pick.integers(1, 60, (rows, columns)).astype(float)
    width = columns + idle
    return LinearModel(
        maximize=True,
        offset=7.0,
        cost=np.concatenate([pick.integers(1, 50, columns), np.zeros(idle)]).astype(float),
        lower=np.zeros(width),
        upper=np.ones(width),
        integer=np.ones(width, dtype=bool),
        row_lower=np.full(rows, -np.inf),
        row_upper=np.floor(weights.sum(1) / 3),
        starts=np.arange(0, rows * columns + 1, columns, dtype=np.int32),
        columns=np.tile(np.arange(columns, dtype=np.int32), rows),
        coefficients=weights.ravel(),
        column_names=[f"x[{j}]" for j in range(width)],
        row_names=[f"use[{i}]" for i in range(rows)],
    )


class Watch:
    """Remembers what was told, and does something at the first point."""

    def __init__(self, act: Any = None) -> None:
        self.best: float | None = None
        self._act = act

    def __call__(self, progress: Progress) -> None:
        if progress.objective is not None:
            first = self.best is None
            self.best = progress.objective
            if first and self._act is not None:
                self._act()


def workers_asked(monkeypatch: Any) -> list[worker.Worker]:
    """A list that grows by each worker that is asked something."""
    found: list[worker.Worker] = []
    ask = worker.Worker.ask

    def noted(self: worker.Worker, *arguments: Any) -> Any:
        found.append(self)
        return ask(self, *arguments)

    monkeypatch.setattr(worker.Worker, "ask", noted)
    return found
