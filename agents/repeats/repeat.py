"""What an answer says of the model it took over and of the plan before it, as plain types."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict

from optwright.solvers.model.outcome import Status


class Moved(BaseModel):
    """One decision that differs from the plan before; None where there was or is no such one."""

    model_config = ConfigDict(frozen=True)

    name: str
    before: float | None
    now: float | None

    @property
    def distance(self) -> float:
        """How far it moved; one that is new or gone counts as 0 on the other side."""
        return abs((self.now or 0.0) - (self.before or 0.0))


class Repeat(BaseModel):
    """Where a model comes from that was solved with new tables, and what is different since.

    `model_verified` is about the model with the tables of its own run. Nothing here was verified
    on the new ones.
    """

    model_config = ConfigDict(frozen=True)

    model_of: str = ""
    """The run whose model it is; empty for a solution that was handed over."""
    model_verified: bool
    model_reason: str = ""
    """Why the model was verified when it was made, or why not."""
    compared_with: str = ""
    """The run whose plan came before; that of the model itself until it was repeated."""
    status_before: Status
    objective_before: float | None = None
    objective_now: float | None = None
    """What the new plan comes to by the objective of the model, also where it stays near the plan
    before; None without a plan, and where the model seeks several things."""
    least_change: float | None = None
    """None: the best plan was sought. 0: the plan nearest to the one before; a share above 0: the
    nearest of those that give up at most that share of the best objective."""
    changes: tuple[str, ...] = ()
    """What differs between the tables, as far as the model reads them."""
    kept: tuple[str, ...] = ()
    """Tables that were not given again: those of the run before are used."""
    drafts: int = 0
    """How many independent drafts, beside the model, agreed when it was made and were solved with
    these tables too."""
    disagree: tuple[str, ...] = ()
    """What those of them came to that do not agree with these tables."""
    moved: tuple[Moved, ...] = ()
    """Decisions that differ, the largest move first."""
    decisions: int = 0
    """How many decisions there are in either plan."""

    @property
    def is_trusted(self) -> bool:
        """Whether the model was verified, and no draft that agreed with it then speaks against it
        with these tables."""
        return self.model_verified and not self.disagree

    @property
    def origin(self) -> str:
        """`run 20260101-120000-abc123`, or what it is instead."""
        return f"run {self.model_of}" if self.model_of else "the solution given"

    def with_plan(self, before: dict[str, float], now: dict[str, float]) -> Self:
        """The same with what differs between two plans."""
        names = dict.fromkeys((*before, *now))
        moved = [
            Moved(name=name, before=before.get(name), now=now.get(name))
            for name in names
            if not _is_same(before.get(name), now.get(name))
        ]
        moved.sort(key=lambda one: -one.distance)
        return self.model_copy(update={"moved": tuple(moved), "decisions": len(names)})


def _is_same(before: float | None, now: float | None) -> bool:
    if before is None or now is None:
        # A decision of 0 that is new or gone changes no plan.
        return abs((before or 0.0) + (now or 0.0)) <= 1e-6
    return abs(before - now) <= 1e-6 * max(1.0, abs(before), abs(now))
