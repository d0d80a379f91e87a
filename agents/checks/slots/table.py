"""What a slot table says of the numbers of a text, and who fills one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from optwright.agents.checks.plans.question import Decision
from optwright.agents.text.quantities import Quantity
from optwright.solvers.data.table import Table


class Role(StrEnum):
    """What a number of the text is there for."""

    WORTH = "worth of one"
    """What one unit of a decision adds to the amount that is to become large or small."""
    USE = "use of one"
    """What one unit of a decision takes or gives of something that is limited."""
    LIMIT = "limit"
    """What decisions together, or what they use, may be at most, at least or exactly."""
    SHARE = "share"
    """The part that decisions have to have, or may have, of a total of decisions."""
    OTHER = "other"
    """None of these, or not sure."""


class Direction(StrEnum):
    MOST = "at most"
    LEAST = "at least"
    EXACT = "exactly"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """One number of the text. `decisions` are those it belongs to, by name or element; of a share,
    those that have the part, and `of` those of the total. `toward` is the place in the table of the
    limit that a use counts toward, from 0 on."""

    number: Quantity
    role: Role = Role.OTHER
    decisions: frozenset[str] = frozenset()
    direction: Direction = Direction.NONE
    toward: int | None = None
    of: frozenset[str] = frozenset()


@dataclass(frozen=True)
class SlotTable:
    """The slots of a text, in the order of its numbers; `problem` says why there are none."""

    slots: tuple[Slot, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SlotQuestion:
    """What whoever fills a table is shown: words, tables, decisions and the numbers found in the
    words; nothing of a draft's objective or constraints."""

    text: str
    decisions: tuple[Decision, ...]
    numbers: tuple[Quantity, ...]
    tables: Mapping[str, Table] = field(default_factory=dict)
    shown_text: str = ""
    """What a model may be shown of words and tables; without it the words alone."""


class Annotator(Protocol):
    """Fills slot tables. It raises what calling a model raises."""

    @property
    def name(self) -> str: ...

    def fill(self, question: SlotQuestion) -> SlotTable: ...
