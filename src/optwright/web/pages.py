"""The pages of a session as HTML. Templates escape everything; what is marked as safe here was made
by the report's own writers, which escape too."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from optwright.agents.chat.questions import Answers
from optwright.agents.chat.reply import Option, Question, Reply, ReplyKind, Series
from optwright.agents.chat.store import Turn
from optwright.agents.render import number
from optwright.agents.text.wording import sentences
from optwright.cli.chat.conversation import larger_would_help
from optwright.cli.chat.slash import COMMANDS
from optwright.reporting import SUFFIXES
from optwright.reporting.facts import flowing, gather
from optwright.reporting.page import answer, body
from optwright.solvers.data.table import Table, TableColumn, key_text
from optwright.solvers.export import FORMATS
from optwright.solvers.export.html import rows
from optwright.web import models
from optwright.web.curves import curve
from optwright.web.desk import Desk
from optwright.web.events import state
from optwright.web.examples import EXAMPLES
from optwright.web.prose import blocks
from optwright.web.tables import MOST_COLUMNS, ROWS, Files
from optwright.web.uploads import MOST_BYTES
from optwright.web.versions import Versions

if TYPE_CHECKING:
    from optwright.web.versions import VersionComparison
    from optwright.web.view import View

MOST_TURNS = 60  # shown at once; the earlier ones on request

chosen_theme: ContextVar[str] = ContextVar("chosen_theme", default="")
"""What the browser that asks was told to keep: `light`, `dark`, or nothing."""


@dataclass(frozen=True)
class ShownTable:
    """Some rows of a table, each with its place; `toml` is its correction file, None where the
    file is not here."""

    table: Table
    columns: Sequence[TableColumn]
    rows: Sequence[tuple[int, list[str]]]
    start: int
    toml: str | None

    @property
    def onward(self) -> int | None:
        """Where the next rows begin."""
        end = self.start + len(self.rows)
        return end if end < len(self.table) else None

    @property
    def back(self) -> int | None:
        return max(0, self.start - ROWS) if self.start else None


@dataclass(frozen=True)
class Answering:
    """An option of a question as a button: what it shows, and the turn that chooses it."""

    option: Option
    said: str
    stands: bool


class Pages:
    """Writes the pages of one session."""

    def __init__(self, desk: Desk, files: Files) -> None:
        self._desk, self._files = desk, files
        self._of = desk.session
        self._known = Versions(desk.session)
        self._drawn: dict[int, Markup] = {}
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

    @property
    def _versions(self) -> Versions:
        self._follow()
        return self._known

    @property
    def _answers(self) -> dict[int, Markup]:
        self._follow()
        return self._drawn

    def _follow(self) -> None:
        """Forget what was looked up in a session that is not the desk's any more."""
        if self._of is not self._desk.session:
            self._of = self._desk.session
            self._known, self._drawn = Versions(self._of), {}

    # Pages

    def settings(self) -> str:
        """The model in use and what it took, the sessions there are, and the theme."""
        return self._written("settings.html", known=list(models.known(self.model_name)))

    def conversation(self, *, whole: bool = False) -> str:
        """What was said and what came of it, the last turns first to be seen."""
        # Before the turns: what comes in between is then shown again, and not missed.
        news = self._desk.news
        turns = self._view.turns
        shown = turns if whole else turns[-MOST_TURNS:]
        hidden = len(turns) - len(shown)
        return self._written(
            "conversation.html", news=news, shown=shown, hidden=hidden, commands=COMMANDS,
            examples=EXAMPLES,
            most=MOST_BYTES // 2**20,
        )  # fmt: skip

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

    def data(self, name: str | None = None, first: str | None = None) -> str:
        """Every table with its first rows, how it was read, and the way to bring others; of table
        `name` the rows from `first` on."""
        shown = []
        for table in self._view.tables.values():
            start = int(first) if table.name == name and first and first.isdecimal() else 0
            start = min(start, max(0, len(table) - 1))
            shown.append(self._shown(table, start))
        return self._written(
            "data.html", tables=shown, most=MOST_BYTES // 2**20, choices=self._files.choices()
        )

    def _shown(self, table: Table, start: int) -> ShownTable:
        columns = table.columns[:MOST_COLUMNS]
        rows = [
            (at, [key_text(column.cells[at]) for column in columns])
            for at in range(start, min(start + ROWS, len(table)))
        ]
        known = table.name in self._files.of
        toml = self._files.correction(self._files.path(table.name)) if known else None
        return ShownTable(table, columns, rows, start, toml)

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
            theme=chosen_theme.get(),
            model=self.model_name,
            spent=self._desk.session.spent,
            sessions=self._sessions(),
            **values,
        )

    @property
    def model_name(self) -> str:
        """The model in use, as it is named."""
        model = self._desk.session.settings.model
        return model if isinstance(model, str) else "" if model is None else model.name

    def _sessions(self) -> list[str]:
        """The sessions one may go over to, the one used last first."""
        if self._desk.sessions is None:
            return []
        return [n for n in reversed(self._desk.sessions.names()) if n != self._desk.name]

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

    def waits(self, question: Question) -> bool:
        """Whether a question waits for its answer."""
        return self._view.pending is not None and question.id == self._view.pending.id

    def beside(self) -> list[ShownTable]:
        """The tables of the problem, to be read beside a plan."""
        return [self._shown(table, 0) for table in self._view.tables.values()]

    def sentences(self) -> tuple[str, ...]:
        """What the problem says, one sentence each, to quote from."""
        return () if self._view.problem is None else sentences(self._view.problem.text)

    def answering(self, question: Question) -> list[Answering]:
        """The options of a question as buttons, where it waits for an answer."""
        if not self.waits(question):
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
        from optwright.reporting.style import PAGE, THEMES

        return f"{PAGE}\n{THEMES}"


def _number(cell: str | float | None) -> str:
    return "" if cell is None else cell if isinstance(cell, str) else number(cell)


def _curve(series: Series) -> Markup:
    return Markup(curve(series))
