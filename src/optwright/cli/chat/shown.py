"""How replies look: plain lines of at most 80 columns, with colour only where a terminal has it.

`plain` says everything in sentences, for screen readers and pipes: a row of a table is a line that
names its columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from optwright.agents.render import number
from optwright.cli.session import written
from optwright.printing import visible

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from optwright.agents.chat.reply import Grid, Question, Reply, Series
    from optwright.solvers.edit.difference import Difference

WIDTH = 80
_BAR = 24  # columns of the longest bar of a curve


@dataclass
class Screen:
    """Where a conversation is written."""

    plain: bool
    console: Console = field(init=False)

    def __post_init__(self) -> None:
        self.console = Console(highlight=False, markup=False, emoji=False)
        self.console.width = min(WIDTH, self.console.width)
        if self.plain:
            self.console.no_color = True

    def say(self, text: str, style: str = "", *, wrap: bool = True) -> None:
        """Write lines; what could steer a terminal is left out. Without `wrap` a line that is to
        be copied, such as a path, stays one."""
        self._print(Text(printable(text), style=style), soft_wrap=not wrap)

    def _print(self, *shown: RenderableType, soft_wrap: bool = False) -> None:
        with written():
            self.console.print(*shown, soft_wrap=soft_wrap)

    def reply(self, reply: Reply) -> None:
        """Write everything a turn gave back, in the order it is meant to be read."""
        if reply.text:
            self.say(reply.text)
        self._differences(reply.diff)
        for grid in reply.tables:
            self._grid(grid)
        for series in reply.series:
            self._series(series)
        for question in reply.questions:
            self.question(question)

    def question(self, question: Question) -> None:
        """Write a question and its answers; a plan to judge as a table, and before the first one
        the words that it is judged by."""
        if (plan := question.plan) is not None:
            if plan.problem:
                self.say("\nTHE PROBLEM", "bold")
                self.say(plan.problem)
            self._grid(plan.grid())
            for note in plan.notes:
                self.say(note)
        self.say("\n" + "\n".join(question.lines()), "bold")

    def _differences(self, differences: Sequence[Difference]) -> None:
        from optwright.solvers.edit.difference import render

        for line in render(differences, self.console.width):
            self.say(line, {"-": "red", "+": "green"}.get(line.lstrip()[:1], ""))

    def _grid(self, grid: Grid) -> None:
        rows = [[_cell(cell) for cell in row] for row in grid.rows]
        if self.plain:
            self._spoken(grid.title, grid.head, rows)
            return
        table = _table(grid.title)
        for at, head in enumerate(grid.head):
            numbers = any(isinstance(row[at], float) for row in grid.rows)
            table.add_column(printable(head), justify="right" if numbers else "left")
        for row in rows:
            table.add_row(*row)
        self._print()
        self._print(table)

    def _series(self, series: Series) -> None:
        """A curve as rows with bars; a bar starts at the least value, not at nothing."""
        known = [y for _, y in series.points if y is not None]
        if self.plain or not known:
            rows = [[_cell(x), _cell(y) or "no solution"] for x, y in series.points]
            self._spoken(series.title, (series.x, series.y), rows)
            return
        table = _table(series.title)
        table.add_column(printable(series.x), justify="right")
        table.add_column(printable(series.y), justify="right")
        table.add_column("")
        for x, y in series.points:
            bar = "" if y is None else _bar(y, min(known), max(known))
            table.add_row(_cell(x), "no solution" if y is None else _cell(y), bar)
        self._print()
        self._print(table)

    def _spoken(self, title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        self.say(f"\n{title}")
        for row in rows:
            named = [
                f"{h} {cell}" if h else cell for h, cell in zip(head, row, strict=True) if cell
            ]
            self.say(f"  {', '.join(named)}")


def printable(text: str) -> str:
    """The text as a terminal can be shown it: no name or cell steers it."""
    return visible(text)


def _table(title: str) -> Table:
    from rich import box
    from rich.table import Table

    return Table(title=printable(title), title_justify="left", title_style="bold", box=box.SIMPLE)


def _cell(cell: str | float | None) -> str:
    if cell is None:
        return ""
    return printable(cell) if isinstance(cell, str) else number(cell)


def _bar(y: float, low: float, high: float) -> str:
    share = (y - low) / (high - low) if high > low else 1.0
    return "█" * round(_BAR * share) or "▏"
