"""The shape of an acceptance rule: what it asks to be run, and the verdict it comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

JSON = Any
Pair = tuple[float, float]
"""Scores of the incumbent and of the candidate on one example; `-inf` for a run that failed."""


@dataclass(frozen=True, slots=True)
class Draw:
    """One run to make: of the candidate, or else of the incumbent, on an example. `repeat` tells
    fresh runs of one side on one example apart; what ran before is not run again."""

    example: str
    candidate: bool
    repeat: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a comparison ended, and on what evidence.

    `gain` is the mean difference over the examples, candidate minus incumbent, and `groups` that
    of every group of examples. `evidence` is the e-value for the claim, `needed` what it took to
    accept, `examples` and `runs` how much was looked at. `claim` names what was shown: `mean`,
    `most`, `mean or most` (one of them, where only both together are enough), `these`, or nothing.
    `won` and `lost` count examples; `mean_loss` and `worst` are the average and the largest loss
    among those lost, as positive numbers.
    """

    accepted: bool
    reason: str
    gain: float
    evidence: float
    needed: float
    examples: int
    runs: int
    groups: Mapping[str, float] = field(default_factory=dict)
    claim: str = ""
    won: int = 0
    lost: int = 0
    mean_loss: float = 0.0
    worst: float = 0.0

    def to_json(self) -> dict[str, JSON]:
        return asdict(self)


class Comparer(Protocol):
    """One candidate against one incumbent. Run what `wanted` asks for, `report` the scores, and
    repeat until there is a `verdict`; `wanted` is empty from then on."""

    verdict: Verdict | None

    @property
    def wanted(self) -> Sequence[Draw]: ...

    def report(self, scores: Sequence[float]) -> None:
        """Take the scores of the draws wanted, in their order; a failed run is `-inf`."""

    def stop(self, reason: str) -> Verdict:
        """End here, because nothing more can be spent; what is known decides."""


class Acceptance(Protocol):
    """A rule for when a change is accepted. `state` is JSON; `restore` continues from it."""

    def screen(self, pairs: Sequence[Pair], more: bool) -> bool | None:
        """Whether a candidate is worth a comparison, by its scores on training examples next to the
        incumbent's; None asks for further examples, where there are `more`."""

    def compare(
        self,
        examples: Sequence[str],
        groups: Mapping[str, str],
        learnt: Sequence[Pair] = (),
        *,
        last: bool = False,
    ) -> Comparer | None:
        """Open the comparison of the next candidate on these examples; `groups` names the group
        of an example, where it has one, and `learnt` are the scores of both in training.

        None puts the candidate off: the best of those put off is compared at the end of the run,
        with `last`, and that is always opened.
        """

    def state(self) -> JSON: ...

    def restore(self, state: JSON) -> None: ...


def losses(differences: Sequence[float]) -> dict[str, Any]:
    """The fields of a `Verdict` about examples won and lost, from differences candidate minus
    incumbent."""
    lost = [-d for d in differences if d < 0.0]
    return {
        "won": sum(d > 0.0 for d in differences),
        "lost": len(lost),
        "mean_loss": sum(lost) / len(lost) if lost else 0.0,
        "worst": max(lost, default=0.0),
    }
