"""Batches by epsilon-shotgun (De Ath et al. 2020): a first point, and the others around it.

The first is the one with the lowest expected loss, or now and then any; the others are drawn
around it, as far as the loss could still be the best one if it changed as fast as it does there.
"""

from __future__ import annotations

import numpy as np

from optwright.optim.optimizers.numeric.ego import Ego, Flags, Models
from optwright.optim.optimizers.numeric.gaussian import Array
from optwright.optim.trial import Suggestion

EPSILON = 0.1
LIKELY = np.log(0.5)  # of the chance of no failure, that the first one has to have
STEEPEST_OF = 100  # points around the first, where slopes are looked at
WIDEST = 0.5
TRIES = 20  # draws for each of the others


class Shotgun(Ego):
    """`ego` alone is a batch of one; with several proposals at once, a shot around one point."""

    name = "shotgun"

    def proposed(self, n: int, rows: Array, losses: Array, failed: Flags) -> list[Suggestion]:
        models = self.models(rows, losses, failed)
        if n == 1 or models.losses is None:
            return super().proposed(n, rows, losses, failed)
        roll = self.dice.roll()
        if roll.random() < EPSILON:
            first = self.cube.anywhere(1, roll)[0]
            candidate = self.fresh(first)
        elif (promising := self.best_of(models, rows, losses, failed)) is not None:
            first, candidate = promising
        else:
            first, candidate = rows[int(np.argmin(np.where(failed, np.inf, losses)))], None
        found = [] if candidate is None else [candidate]
        spread = self._spread(models, first)
        for row in self.cube.near(first, TRIES * n, roll, spread):
            if len(found) < n and (candidate := self.fresh(row)) is not None:
                found.append(candidate)
        return found

    def promise(self, models: Models, rows: Array) -> Array:
        """The lower the expected loss the better, where it is likely not to fail."""
        if models.losses is None or self.beliefs:
            return super().promise(models, rows)
        lacks = np.minimum(models.log_sound(rows) - LIKELY, 0.0)
        promised: Array = 1e3 * lacks - models.losses.predict(rows)[0]
        return promised

    def _spread(self, models: Models, first: Array) -> float:
        """How far from the first one the best loss may lie."""
        assert models.losses is not None  # the caller looked
        mean, deviation = (float(v[0]) for v in models.losses.predict(first[None]))
        roll = self.dice.roll()
        around = self.cube.near(
            first, STEEPEST_OF, roll, min(1.0, float(models.losses.lengths.min()))
        )
        steepest = float(np.linalg.norm(models.losses.slopes(around), axis=1).max())
        return min(WIDEST, (abs(models.lowest - mean) + deviation) / max(steepest, 1e-9))
