"""What `minimize` and `optimize` return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optwright.optim import saved
from optwright.optim.acceptance.confidence import Interval
from optwright.optim.acceptance.prospect import Prospect, Unproven
from optwright.optim.optimizers.language.replies import Replies
from optwright.optim.study.runs import Change
from optwright.optim.trial import Trial
from optwright.serving.budget import Amount


@dataclass(frozen=True, slots=True)
class Minimum:
    """What `minimize` found. `score` is the lowest value of the function, `inf` if every call
    failed; `evaluations` counts the calls. `trials` are all points in the order they were tried,
    with their scores negated: higher is better in there."""

    values: Mapping[str, Any]
    score: float
    evaluations: int
    trials: tuple[Trial, ...]
    changes: tuple[Change, ...]
    spent: Amount
    seconds: float
    stopped: str
    """Why it ended: budget, good enough, no progress, or nothing left to propose."""
    run: str | None
    replies: Replies | None
    """Of the optimizer's model; None where none was asked."""


@dataclass(frozen=True, slots=True)
class Optimum:
    """What `optimize` found.

    `score` is the mean score of `values` on examples that no proposer saw, and `interval` holds the
    true one with 95 % confidence; `gain` is by how much they beat the first values there. Where
    those examples decided as well, both are corrected for it. Where no test was possible, `score`
    is what the values got while they were chosen, which flatters them, and `interval` is None.
    `accepted` are the changes that led to `values`, none of them if nothing proved better;
    `changes` also has those that were refused or taken back. `prospect` is what was said before the
    start about what can be proven, `best_unproven` the best of what was not accepted and seems
    better than `values`.
    """

    values: Mapping[str, Any]
    score: float
    interval: Interval | None
    gain: Interval | None
    accepted: tuple[Change, ...]
    changes: tuple[Change, ...]
    trials: tuple[Trial, ...]
    evaluations: int
    spent: Amount
    seconds: float
    stopped: str
    """Why it ended: budget, good enough, no progress, or nothing left to propose."""
    run: str
    directory: Path
    replies: Replies | None
    """Of the optimizer's model; None where none was asked."""
    prospect: Prospect | None = None
    best_unproven: Unproven | None = None
    parameters: tuple[Mapping[str, Any], ...] = ()
    """The parameters with their limits and first values, as JSON."""

    def save(self, file: str | Path) -> None:
        """Write the values and where they are from; `load_values` gives them to parameters."""
        saved.save(self, file)

    def write_prompts(self, folder: str | Path) -> list[Path]:
        """Write texts and code as files that name their parent, this run and its score."""
        return saved.write_prompts(self, folder)
