"""A table on its way from the grid of a sheet to a `Table`."""

from __future__ import annotations

from dataclasses import dataclass, field

from optwright.solvers.data.reading.blocks import Block
from optwright.solvers.data.reading.corrections import TableCorrection
from optwright.solvers.data.reading.grid import Grid, Raw
from optwright.solvers.data.reading.heads import Body
from optwright.solvers.data.table import Across, Answer, Question

MOST_KEYS = 10_000  # of a table that heads are compared with


@dataclass
class Draft:
    """A table on its way: its columns as they stand there, and what is said of it. `values` are
    the places of columns below a head that may be a member of an index."""

    name: str
    grid: Grid
    block: Block
    body: Body
    correction: TableCorrection
    names: list[str] = field(default_factory=list)
    cells: list[list[Raw]] = field(default_factory=list)
    row_numbers: list[int] = field(default_factory=list)
    across: Across | None = None
    understood: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    def ask(self, text: str, *answers: tuple[str, str]) -> None:
        told = tuple(Answer(setting, meaning) for setting, meaning in answers)
        self.questions.append(Question(text, told, table=self.name))
