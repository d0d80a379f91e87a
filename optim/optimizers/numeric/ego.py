"""Efficient global optimization: where a Gaussian process expects the most improvement.

What fails is modelled as well: improvement counts as much as it is likely not to fail (constrained
EGO, Schonlau et al. 1998; failures are yes or no here, so a process on those, read as chances).
Beliefs of a person weigh on the choice with an exponent that falls with what was seen (Hvarfner et
al. 2022), and nothing weighs less than `beliefs.LEAST`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from math import log, pi

import numpy as np
from numpy.typing import NDArray

from optwright.errors import ExtraMissing
from optwright.optim.optimizer import Setting
from optwright.optim.optimizers.numeric.gaussian import (
    Array,
    GaussianProcess,
    conditioned,
    expected,
    fitted,
)
from optwright.optim.optimizers.numeric.mixed_cube import MixedCube
from optwright.optim.optimizers.numeric.one_core import on_one_core
from optwright.optim.optimizers.numeric.searcher import Searcher
from optwright.optim.trial import JSON, Suggestion, Trial

Flags = NDArray[np.bool_]

BELIEF = 10.0  # tries after which a belief counts once
FIRST_TRIES = 5  # that are drawn before there is a model
MOST_TOLD = 200  # tries a process is conditioned on: half of them the best, half the latest
REFIT = 1.15  # by how much they have grown when lengths are fitted anew
POOL, AROUND, ROUNDS = 400, 150, 3  # rows drawn anywhere, and around the best of them
_UNSURE = 0.5  # deviation of a label, of -1 for a failure and 1 otherwise; 0.15 found less at edges


@dataclass(frozen=True)
class Models:
    """A process of losses, None where nothing worked, and one of failures, None where none
    failed. `lowest` is the lowest loss, as the process has it."""

    losses: GaussianProcess | None
    sound: GaussianProcess | None
    lowest: float

    def log_gain(self, rows: Array) -> Array:
        """Log of the expected improvement, times the chance of no failure."""
        chance = self.log_sound(rows)
        if self.losses is None:
            # Nothing that worked is known: go where it may work and least is known.
            return chance if self.sound is None else chance + np.log(self.sound.predict(rows)[1])
        mean, deviation = self.losses.predict(rows)
        return log_improvement(self.lowest, mean, deviation) + chance

    def log_sound(self, rows: Array) -> Array:
        """Log of the chance of no failure."""
        if self.sound is None:
            return np.zeros(len(rows))
        from scipy.special import log_ndtr

        mean, deviation = self.sound.predict(rows)
        chance: Array = log_ndtr(mean / np.sqrt(_UNSURE**2 + deviation**2))
        return chance


class Ego(Searcher):
    """Numbers and choices are searched; orders, words and code stay as the leader has them.

    Several proposals at once are made one after the other, each as if the ones before had come out
    as expected. Its state is the lengths of its two processes and at how many tries they were
    fitted.
    """

    name = "ego"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        if find_spec("scipy") is None:
            raise ExtraMissing("scipy", "search")
        self.cube = MixedCube(setting.space)
        self.beliefs = setting.beliefs
        self._theta: dict[str, Array] = {}
        self._fitted_at: dict[str, int] = {}

    def state(self) -> JSON:
        theta = {name: found.tolist() for name, found in self._theta.items()}
        return {**super().state(), "theta": theta, "fitted_at": dict(self._fitted_at)}

    def restore(self, state: JSON, trials: Sequence[Trial]) -> None:
        super().restore(state, trials)
        self._theta = {name: np.array(found) for name, found in state["theta"].items()}
        self._fitted_at = dict(state["fitted_at"])

    def ask(self, n: int = 1) -> list[Suggestion]:
        if len(self.told) < self._first_tries:
            return self._drawn(n)
        import_module("scipy.optimize")  # its BLAS shall be there before cores are counted
        rows = np.array([self.cube.row(told.values) for told in self.told])
        failed = np.array([told.failed for told in self.told])
        losses = np.array([told.loss for told in self.told])
        with on_one_core():
            return self.proposed(n, rows, losses, failed)

    def proposed(self, n: int, rows: Array, losses: Array, failed: Flags) -> list[Suggestion]:
        """Up to `n` candidates, from what is known of rows."""
        found: list[Suggestion] = []
        for _ in range(n):
            models = self.models(rows, losses, failed)
            promising = self.best_of(models, rows, losses, failed)
            if promising is None:
                break
            row, candidate = promising
            found.append(candidate)
            rows, failed = np.vstack([rows, row]), np.append(failed, False)
            losses = np.append(losses, self._believed(models, row, losses))
        return found

    @property
    def _first_tries(self) -> int:
        return max(FIRST_TRIES, len(self.cube) + 2)

    def models(self, rows: Array, losses: Array, failed: Flags) -> Models:
        """What two processes make of what is known."""
        sound = None
        if failed.any():
            kept = _kept(np.where(failed, 1.0, 0.0))
            sound = self._process("sound", rows[kept], np.where(failed[kept], -1.0, 1.0))
        rows, losses = rows[~failed], losses[~failed]
        if len(losses) < 2:
            return Models(None, sound, 0.0)
        kept = _kept(losses)
        flat = flattened(losses)[kept]
        return Models(self._process("losses", rows[kept], flat), sound, float(flat.min()))

    def _process(self, name: str, rows: Array, values: Array) -> GaussianProcess:
        groups = self.cube.groups
        theta = self._theta.get(name, expected(groups))
        if len(rows) >= REFIT * self._fitted_at.get(name, 0):
            theta = self._theta[name] = fitted(rows, values, groups, theta)
            self._fitted_at[name] = len(rows)
        return conditioned(rows, values, groups, theta)

    def best_of(
        self, models: Models, rows: Array, losses: Array, failed: Flags
    ) -> tuple[Array, Suggestion] | None:
        """The row that promises most among many, and its candidate; None where all were tried."""
        roll = self.dice.roll()
        pool = self.cube.anywhere(POOL, roll)
        starts = rows[np.argsort(np.where(failed, np.inf, losses), kind="stable")[:3]]
        pool = np.vstack([pool, *(self.cube.near(row, AROUND, roll) for row in starts)])
        if self.beliefs:
            believed = self.cube.row(self.beliefs.best(self.space, self.base))
            pool = np.vstack([pool, believed, self.cube.near(believed, AROUND, roll)])
        promise = self.promise(models, pool)
        for _ in range(ROUNDS):
            leaders = pool[np.argsort(-promise, kind="stable")[:2]]
            more = np.vstack([self.cube.near(row, AROUND, roll) for row in leaders])
            pool = np.vstack([pool, more])
            promise = np.append(promise, self.promise(models, more))
        for place in np.argsort(-promise, kind="stable"):
            if (candidate := self.fresh(pool[place])) is not None:
                return pool[place], candidate
        return None

    def promise(self, models: Models, rows: Array) -> Array:
        """Log of the expected gain, weighed by what is believed."""
        gain = models.log_gain(rows)
        if not self.beliefs:
            return gain
        weights = self.beliefs.weight(self.space, self.cube.columns(rows))
        return gain + BELIEF / max(1, len(self.told)) * np.log(weights)

    def fresh(self, row: Array) -> Suggestion | None:
        """The candidate of a row, counted as tried; None where it was."""
        values = self.cube.values(row, self.base)
        if not self.is_new(values):
            return None
        self.take(values)
        return self.candidate(values)

    def _drawn(self, n: int) -> list[Suggestion]:
        """Candidates before there is a model: what is believed most first, then at random, by what
        is believed."""
        found: list[Suggestion] = []
        if self.beliefs:
            best = self.fresh(self.cube.row(self.beliefs.best(self.space, self.base)))
            found += [] if best is None else [best]
        for _ in range(50 * n):
            if len(found) >= n:
                break
            roll = self.dice.roll()
            row = self.cube.anywhere(1, roll)[0]
            if roll.random() > self.beliefs.weight(self.space, self.cube.columns(row[None]))[0]:
                continue
            if (candidate := self.fresh(row)) is not None:
                found.append(candidate)
        return found[:n]

    def _believed(self, models: Models, row: Array, losses: Array) -> float:
        """A loss as it is expected, on the scale of losses: the nearest that was seen."""
        if models.losses is None:
            return float(np.nanmin(losses))
        usable = np.sort(losses[np.isfinite(losses)])
        expected_flat = float(models.losses.predict(row[None])[0][0])
        place = int(np.searchsorted(flattened(usable), expected_flat))
        return float(usable[min(place, len(usable) - 1)])


def flattened(losses: Array) -> Array:
    """Losses with what is far above the lowest one pressed together: as they are up to the middle
    one, as their logarithms beyond, so that a few huge ones do not hide all differences below."""
    lowest = float(losses.min())
    scale = float(np.median(losses)) - lowest
    return np.log1p((losses - lowest) / scale) if scale > 0.0 else losses - lowest


def log_improvement(lowest: float, mean: Array, deviation: Array) -> Array:
    """Log of the expected improvement below `lowest` of values with that mean and deviation."""
    from scipy.special import ndtr

    z = (lowest - mean) / deviation
    with np.errstate(divide="ignore", invalid="ignore"):
        near = np.log(np.exp(-0.5 * z * z) / np.sqrt(2 * pi) + z * ndtr(z))
        far = -0.5 * z * z - 0.5 * log(2 * pi) - 2.0 * np.log(np.abs(z))
    value: Array = np.where(z > -6.0, near, far) + np.log(deviation)
    return value


def _kept(losses: Array) -> NDArray[np.intp]:
    """Places of the tries to look at, in their order: all, or half the best and half the latest."""
    if len(losses) <= MOST_TOLD:
        return np.arange(len(losses))
    half = MOST_TOLD // 2
    best = np.argsort(losses, kind="stable")[:half]
    return np.unique([*best, *range(len(losses) - half, len(losses))])
