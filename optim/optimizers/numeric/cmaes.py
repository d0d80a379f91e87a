"""CMA-ES (Hansen 2016) from the `cma` package; the only module that knows it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from math import isfinite
from types import ModuleType
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from optwright.errors import ExtraMissing
from optwright.optim.optimizer import Setting
from optwright.optim.optimizers.numeric.coding import Coding
from optwright.optim.optimizers.numeric.searcher import Searcher
from optwright.optim.trial import JSON, Suggestion, Trial

FIRST_SIGMA = 0.3  # of the unit cube, as the package recommends


class CmaEs(Searcher):
    """Samples generations of points; whole numbers are rounded, other parameters stay.

    It starts where the leader is when it is first asked, and hears only of its own points. While
    a generation is out it proposes nothing beyond it. Its state is the losses of past generations:
    restoring samples them again with the same randomness.
    """

    name = "cmaes"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.coding = Coding(setting.space)
        self._start: list[float] | None = None
        self._past: list[list[float]] = []
        self._losses: dict[int, float] = {}
        self._handed = 0
        self._strategy: Any = None
        self._points: list[NDArray[np.float64]] = []

    def ask(self, n: int = 1) -> list[Suggestion]:
        if self._start is None:
            self._start = list(self.coding.point(self.base))
        if self._strategy is None:
            self._open()
        out = range(self._handed, min(self._handed + n, len(self._points)))
        self._handed += len(out)
        return [self._candidate(i) for i in out]

    def tell(self, trials: Sequence[Trial]) -> None:
        super().tell(trials)
        for trial in trials:
            if trial.candidate.origin == self.name:
                self._losses[int(trial.candidate.note)] = -trial.score
        if self._strategy is not None and len(self._losses) == len(self._points):
            self._end_generation([self._losses[i] for i in range(len(self._points))])

    def state(self) -> JSON:
        own = {
            "start": self._start,
            "past": [_finite_or_none(losses) for losses in self._past],
            "losses": [[i, *_finite_or_none([loss])] for i, loss in sorted(self._losses.items())],
            "handed": self._handed,
        }
        return {**super().state(), **own}

    def restore(self, state: JSON, trials: Sequence[Trial]) -> None:
        super().restore(state, trials)
        self._start = state["start"]
        self._past = []
        if self._start is not None:
            self._open()
            for losses in state["past"]:
                self._end_generation([_or_inf(loss) for loss in losses])
        self._losses = {i: _or_inf(loss) for i, loss in state["losses"]}
        self._handed = state["handed"]

    def _candidate(self, i: int) -> Suggestion:
        # The note carries the place in the generation, which the trial brings back.
        return self.candidate(self.coding.values(self._points[i].tolist(), self.base), str(i))

    def _open(self) -> None:
        """Start the strategy, with randomness of its own instead of numpy's global one."""
        random = np.random.Generator(np.random.PCG64(self.dice.seed))
        options = {
            "bounds": [0.0, 1.0],
            "randn": lambda *shape: random.standard_normal(shape),
            "seed": np.nan,
            "verbose": -9,
            "verb_log": 0,
        }
        if len(self.coding) == 1:
            # cma 4.5 fails when it has to hold back the spread of its only coordinate.
            options["maxstd"] = np.inf
        assert self._start is not None  # asked or restored before
        strategy = _cma().CMAEvolutionStrategy(self._start, FIRST_SIGMA, options)
        self._strategy, self._points = strategy, strategy.ask()

    def _end_generation(self, losses: list[float]) -> None:
        worst = max((loss for loss in losses if isfinite(loss)), default=0.0)
        ranked = [loss if isfinite(loss) else worst + 1.0 for loss in losses]
        self._past.append(losses)
        self._strategy.tell(self._points, ranked)
        self._points = self._strategy.ask()
        self._losses, self._handed = {}, 0


def _cma() -> ModuleType:
    with warnings.catch_warnings():
        # It warns on import when matplotlib is absent; nothing here plots.
        warnings.simplefilter("ignore")
        try:
            import cma  # it ships no types
        except ImportError:
            raise ExtraMissing("cma", "search") from None
    return cast("ModuleType", cma)


def _finite_or_none(losses: Sequence[float]) -> list[float | None]:
    return [loss if isfinite(loss) else None for loss in losses]


def _or_inf(loss: float | None) -> float:
    return float("inf") if loss is None else loss
