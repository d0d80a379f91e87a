"""How many replies of an optimizer's model could be used: the first thing to look at when a run
does not improve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from optwright.optim.optimizer import Optimizer


@dataclass(slots=True)
class Replies:
    """How many replies a model gave and how many of them could be used."""

    asked: int = 0
    usable: int = 0

    @property
    def rate(self) -> float | None:
        return self.usable / self.asked if self.asked else None

    def __add__(self, other: Replies) -> Replies:
        return Replies(self.asked + other.asked, self.usable + other.usable)


@runtime_checkable
class Asking(Protocol):
    """An optimizer that asks a language model."""

    @property
    def replies(self) -> Replies: ...


def replies_of(optimizer: Optimizer) -> Replies | None:
    """What came of the replies so far; None for an optimizer that asks nobody."""
    return optimizer.replies if isinstance(optimizer, Asking) else None
