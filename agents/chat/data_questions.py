"""What tables leave open, asked in a conversation, and tables read again as the answers say.

A file keeps its own corrections (`plan.xlsx.toml`); what is said in a conversation comes on top of
them and is not written beside the file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from optwright.agents.chat.reply import Option, Question
from optwright.errors import DataError, InputError
from optwright.solvers.data.reading.corrections import corrections_of
from optwright.solvers.data.table import Question as OpenReading
from optwright.solvers.data.table import Table
from optwright.solvers.data.tables import questions

Settings = Mapping[str, Sequence[str]]
"""Lines of corrections by the correction file they would stand in, `""` for the only file."""
ReadAgain = Callable[[Settings], Mapping[str, Table]]

PREFIX = "table: "
MOST_ROWS = 5_000
"""Larger tables are not read once for each answer to show what it leads to."""
_TAKEN = " (taken for now)"
_SETTING = re.compile(r"[A-Za-z_][\w.\"-]*\s*=")


@dataclass
class Brought:
    """Tables as they were brought last, how they are read again, and what was said of them."""

    tables: Mapping[str, Table] = field(default_factory=dict)
    again: ReadAgain | None = None
    said: dict[str, list[str]] = field(default_factory=dict)

    def read(self, file: str, line: str) -> Mapping[str, Table]:
        """The tables with one more line of corrections; raises `DataError` for one that does not
        fit, and leaves all as it was."""
        if self.again is None:
            raise DataError("the file is not at hand any more", hint=_write_into(file, line))
        said = self.with_line(file, line)
        found = self.again(said)
        self.said, self.tables = said, found
        return found

    def with_line(self, file: str, line: str) -> dict[str, list[str]]:
        """What was said of the tables, and this line of corrections too."""
        return {**self.said, file: [*self.said.get(file, ()), line]}


def is_about_tables(question: Question | None) -> bool:
    """Whether an open question is about how a table is read."""
    return question is not None and question.id.startswith(PREFIX)


def without_questions(tables: Mapping[str, Table]) -> dict[str, Table]:
    """The tables without what they leave open, which is asked for itself."""
    return {name: replace(table, questions=()) for name, table in tables.items()}


def first_question(tables: Mapping[str, Table], brought: Brought) -> Question | None:
    """The first of what the tables leave open, with what each answer leads to."""
    found = questions(tables.values())
    if not found:
        return None
    first, more = found[0], len(found) - 1
    readings = [_read(first, place, brought) for place in range(len(first.answers))]
    options = tuple(
        Option(label=answer.meaning.removesuffix(_TAKEN), consequence=told)
        for answer, told in zip(first.answers, _told(first, readings), strict=True)
    )
    text = first.text if first.text.endswith("?") else f"{first.text}?"
    text += f" ({more} more to come)" if more else ""
    return Question(id=f"{PREFIX}{first.text}", text=text, options=options, default=0)


def answered(
    tables: Mapping[str, Table], brought: Brought, question: Question, option: Option
) -> Mapping[str, Table]:
    """The tables read as an answer says. Raises `InputError` where they cannot be."""
    asked = next(
        (q for q in questions(tables.values()) if f"{PREFIX}{q.text}" == question.id), None
    )
    if asked is None:
        raise InputError("that is not open any more")
    place = question.options.index(option)
    setting = asked.line(asked.answers[place].setting)
    if setting and brought.again is not None:
        return brought.read(asked.file, setting)
    if place:
        raise InputError(
            "the table cannot be read again: its file is not at hand any more",
            hint=_write_into(asked.file, setting) if setting else asked.answers[place].meaning,
        )  # fmt: skip
    return {
        name: replace(t, questions=tuple(q for q in t.questions if q.text != asked.text))
        for name, t in tables.items()
    }


def _write_into(file: str, line: str) -> str:
    """What to do with a line of corrections where the table's file is not at hand."""
    return f"write {line} into {file or 'its .toml'} and bring it again"


def setting_said(said: str) -> str:
    """A turn that is a line of corrections (`tables.plan.header_rows = 2`); empty for others."""
    if not _SETTING.match(said.strip()):
        return ""
    try:
        corrections_of(tomllib.loads(said.strip()), "the turn")
    except (tomllib.TOMLDecodeError, DataError):
        return ""
    return said.strip()


def _read(question: OpenReading, place: int, brought: Brought) -> Mapping[str, Table] | str:
    """The tables as one answer reads them, or why they cannot be; nothing where nobody can say."""
    setting = question.line(question.answers[place].setting)
    small = sum(map(len, brought.tables.values())) <= MOST_ROWS
    if brought.again is None or not setting or not small:
        return {}
    try:
        return brought.again(brought.with_line(question.file, setting))
    except InputError as error:
        return f"cannot be: {error}"


def _told(question: OpenReading, readings: Sequence[Mapping[str, Table] | str]) -> Iterator[str]:
    """What each reading comes to: the first row in which they differ, or how many rows it has."""
    tables = [r for r in readings if isinstance(r, Mapping) and r]
    names = (
        [question.table] if question.table else list(dict.fromkeys(n for r in tables for n in r))
    )
    for reading in readings:
        if isinstance(reading, str):
            yield reading
            continue
        shown = (name for name in names if name in reading)
        others = [r for r in tables if r is not reading]
        yield next(
            (told for name in shown if (told := _difference(name, reading[name], others))), ""
        )


def _difference(name: str, table: Table, others: Sequence[Mapping[str, Table]]) -> str:
    told = [o[name] for o in others if name in o]
    rows = list(table.rows)
    heads = [column.name for column in table.columns]
    if not told:
        return ""
    for at, row in enumerate(rows):
        if any(list(o.rows)[at : at + 1] != [row] for o in told):
            cells = ", ".join(f"{head} {'-' if cell is None else cell}"
                              for head, cell in zip(heads, row, strict=True))  # fmt: skip
            count = f"{len(rows)} rows; " if any(len(o) != len(rows) for o in told) else ""
            return f"{count}row {table.row_numbers[at]} is {cells}"[:120]
    return f"{len(rows)} rows" if any(len(o) != len(rows) for o in told) else ""
