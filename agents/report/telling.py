"""A problem before it is solved, as notebooks show it: words, and the first rows of its tables."""

from __future__ import annotations

from html import escape

from optwright.agents.problem import Problem
from optwright.agents.report.text import escaped
from optwright.solvers.data.table import Table, key_text

FIRST_ROWS = 5
_MOST_COLUMNS = 12


def html(problem: Problem) -> str:
    text = f"<div style='white-space:pre-wrap'>{escape(problem.text.strip())}</div>"
    return text + "".join(map(_table_html, problem.tables.values()))


def markdown(problem: Problem) -> str:
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
