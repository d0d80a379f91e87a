"""The pages of a session as HTML. Templates escape everything; what is marked as safe here was made
by the report's own writers, which escape too."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from optwright.agents.chat.questions import Answers
from optwright.agents.chat.reply import Option, Question, Reply, ReplyKind, Series
from optwright.agents.chat.store import Turn
from optwright.agents.render import number
from optwright.cli.chat.conversation import larger_would_help
from optwright.cli.chat.slash import COMMANDS
from optwright.reporting import SUFFIXES
from optwright.reporting.facts import flowing, gather
from optwright.reporting.page import answer, body
from optwright.solvers.data.table import Table, key_text
from optwright.solvers.export import FORMATS
from optwright.solvers.export.html import rows
from optwright.web.curves import curve
from optwright.web.desk import Desk
from optwright.web.events import state
from optwright.web.prose import blocks
from optwright.web.uploads import MOST_BYTES
from optwright.web.versions import Versions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optwright.web.versions import VersionComparison
    from optwright.web.view import View

MOST_TURNS = 60  # shown at once; the earlier ones on request
FIRST_ROWS = 20
MOST_COLUMNS = 30


@dataclass(frozen=True)
class Answering:
    """An option of a question as a button: what it shows, and the turn that chooses it."""

    option: Option
    said: str
    stands: bool


class Pages:
    """Writes the pages of one session."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._versions = Versions(desk.session)
        self._answers: dict[int, Markup] = {}
        self._environment = Environment(
            loader=PackageLoader("optwright.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            number=_number, blocks=blocks, curve=_curve, flowing=flowing
        )

    # Pages

    def conversation(self, *, whole: bool = False) -> str:
        """What was said and what came of it, the last turns first to be seen."""
        # Before the turns: what comes in between is then shown again, and not missed.
        news = self._desk.news
        turns = self._view.turns
        shown = turns if whole else turns[-MOST_TURNS:]
        hidden = len(turns) - len(shown)
        return self._written(
            "conversation.html", news=news, shown=shown, hidden=hidden, commands=COMMANDS
        )

    def model(self) -> str:
        """The model in words and mathematics, and what is assumed."""
        solution = self._view.solution
        shown = []
        if solution is not None and solution.formulation is not None:
            shown = [(row, Markup(row.formula)) for row in rows(solution.formulation)]
        return self._written("model.html", rows=shown)

    def versions(self, compared: VersionComparison | None = None, fault: str = "") -> str:
        """Every version, and some of them side by side."""
        lines = self._versions.lines(self._view)
        return self._written("versions.html", lines=lines, compared=compared, fault=fault)

    def compared(self, wanted: list[str]) -> str:
        """The versions with some side by side; raises `InputError` for ones that cannot be."""
        return self.versions(self._versions.compared(self._view, wanted))

    def data(self) -> str:
        """The first rows of every table, and the way to bring others."""
        tables = [
            (table, table.columns[:MOST_COLUMNS], list(_first(table)))
            for table in self._view.tables.values()
        ]
        return self._written("data.html", tables=tables, most=MOST_BYTES // 2**20)

    def report(self) -> str:
        """The report, as it can also be taken away."""
        view = self._view
        told = ""
        if view.solution is not None:
            told = Markup(body(gather(view.solution, view.problem)))
        return self._written("report.html", told=told, formats=FORMATS, suffixes=SUFFIXES)

    def message(self, title: str, text: str, hint: str = "") -> str:
        """A page that says one thing."""
        return self._written("message.html", title=title, text=text, hint=hint)

    def _written(self, template: str, **values: Any) -> str:
        return self._environment.get_template(template).render(
            view=self._view,
            name=self._desk.name,
            note=self._desk.note,
            state=state(self._desk),
            page=template.removesuffix(".html"),
            pages=self,
            **values,
        )

    @property
    def _view(self) -> View:
        return self._desk.view

    # Parts of them

    def begun(self, turn: Turn) -> Markup | None:
        """The answer that began the conversation, with its pictures; None for any other turn."""
        reply = turn.reply
        if reply.kind is not ReplyKind.SOLVED or not reply.version or self._view.problem is None:
            return None
        if reply.version not in self._answers:
            solution = self._desk.session.solution_of(reply.version)
            facts = gather(solution, self._view.problem, ranging=False)
            self._answers[reply.version] = Markup(answer(facts))
        return self._answers[reply.version]

    def helped(self, reply: Reply) -> str:
        """What to say of a reply of the embedded model that a larger one might do better."""
        return larger_would_help(reply) if self._desk.small else ""

    def answering(self, question: Question) -> list[Answering]:
        """The options of a question as buttons, where it waits for an answer."""
        if self._view.pending is None or question.id != self._view.pending.id:
            return []
        answers = Answers(question)
        return [
            Answering(
                option,
                option.label if answers.read(option.label) == option else str(at),
                at - 1 == question.default,
            )
            for at, option in enumerate(question.options, 1)
        ]

    @cached_property
    def style(self) -> str:
        """The report's own rules, which every page builds on."""
        from optwright.reporting.style import PAGE

        return PAGE


def _number(cell: str | float | None) -> str:
    return "" if cell is None else cell if isinstance(cell, str) else number(cell)


def _curve(series: Series) -> Markup:
    return Markup(curve(series))


def _first(table: Table) -> Iterator[list[str]]:
    columns = table.columns[:MOST_COLUMNS]
    for at in range(min(FIRST_ROWS, len(table))):
        yield [key_text(column.cells[at]) for column in columns]
