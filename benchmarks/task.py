"""A problem of a data set, with what the scorer knows and with only what a system may know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Label = float | Literal["infeasible", "unbounded"] | None
"""What a data set says the answer is; None where it has no usable label."""


@dataclass(frozen=True)
class Assignment:
    """What a system under test gets to see: words and the tables that go with them."""

    id: str
    dataset: str
    question: str
    files: tuple[Path, ...] = ()
    """CSV files with the row's tables and parameters; most data sets have none."""

    @property
    def names(self) -> tuple[str, ...]:
        """The files' names, which are safe to show."""
        return tuple(file.name for file in self.files)


@dataclass(frozen=True)
class Task:
    """One row of a data set. `row` is the row as it was read, label and reference included."""

    id: str
    dataset: str
    question: str
    label: Label
    files: tuple[Path, ...] = ()
    row: Mapping[str, Any] = field(default_factory=dict, repr=False)
    place: int = 0
    """Its place in the data set, in order of md5(question)."""

    @property
    def assignment(self) -> Assignment:
        """The task without everything that would give its answer away."""
        return Assignment(self.id, self.dataset, self.question, self.files)
