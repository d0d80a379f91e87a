"""What notebooks show: a solution as the answer of its report, a problem as its words and the first
rows of its tables."""

from __future__ import annotations

from html import escape

from optwright.agents.problem import Problem
from optwright.agents.solution import Solution
from optwright.notebooks import Displayed, DisplayedAsMathematics, Renderer
from optwright.reporting.facts import gather
from optwright.reporting.page import notebook
from optwright.reporting.text import document, escaped
from optwright.solvers.data.table import Table, key_text
from optwright.solvers.export.html import fragment
from optwright.solvers.export.latex import mathematics
from optwright.solvers.model.formulation import Formulation

FIRST_ROWS = 5
_MOST_COLUMNS = 12


class _Renderer:
    """Implements `notebooks.Renderer`; a value of another type is a mistake in the program."""

    def html(self, value: Displayed) -> str:
        if isinstance(value, Solution):
            return notebook(gather(value, ranging=False))
        if isinstance(value, Formulation):
            return fragment(value)
        assert isinstance(value, Problem), f"nothing draws {type(value).__name__}"
        return _problem_html(value)

    def markdown(self, value: Displayed) -> str:
        if isinstance(value, Solution):
            return document(gather(value, ranging=False))
        if isinstance(value, Formulation):
            return f"$$\n{mathematics(value).replace('align*', 'aligned')}\n$$"
        assert isinstance(value, Problem), f"nothing draws {type(value).__name__}"
        return _problem_markdown(value)

    def latex(self, value: DisplayedAsMathematics) -> str:
        assert isinstance(value, Formulation), f"nothing draws {type(value).__name__}"
        return mathematics(value)


RENDERER: Renderer = _Renderer()


def _problem_html(problem: Problem) -> str:
    text = f"<div style='white-space:pre-wrap'>{escape(problem.text.strip())}</div>"
    return text + "".join(map(_table_html, problem.tables.values()))


def _problem_markdown(problem: Problem) -> str:
    words = "\n".join(f"> {escaped(line)}" for line in problem.text.strip().splitlines())
    return "\n\n".join([words, *map(_table_markdown, problem.tables.values())]) + "\n"


def _table_html(table: Table) -> str:
    head = "".join(f"<th>{escape(column.name)}</th>" for column in table.columns[:_MOST_COLUMNS])
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in _first(table)
    )
    caption = f"<caption>{escape(_said(table))}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _table_markdown(table: Table) -> str:
    columns = table.columns[:_MOST_COLUMNS]
    lines = [[escaped(column.name) for column in columns], ["---"] * len(columns)]
    lines += [[escaped(cell) for cell in row] for row in _first(table)]
    shown = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"**{escaped(_said(table))}**\n\n{shown}"


def _said(table: Table) -> str:
    more = f", the first {FIRST_ROWS}" if len(table) > FIRST_ROWS else ""
    return f"{table.name}: {len(table):,} rows{more}"


def _first(table: Table) -> list[list[str]]:
    columns = table.columns[:_MOST_COLUMNS]
    return [[key_text(c.cells[at]) for c in columns] for at in range(min(FIRST_ROWS, len(table)))]
