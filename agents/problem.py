"""A problem as it is told: words, and the tables that go with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from optwright.errors import InputError
from optwright.solvers.data.table import Table

MOST_CHARACTERS = 20_000  # about 5,000 tokens; a longer text belongs into tables

_ASKS = re.compile(
    r"\?|\b(?:maximi[sz]\w*|minimi[sz]\w*|optimi[sz]\w*|optim\w+|\w{3,}est|most|best|"
    r"least(?<!at least)|as (?:[\w-]+ ){1,6}as possible|profit\w*|reduce|increase|improve|earn|"
    r"save|objective|goal|should|"
    r"how (?:many|much)|determine|decide|choose|plan|schedule|assign|find|allocate)\b",
    re.IGNORECASE,
)
_ENGLISH = frozenset("the of and to a is are in for each per at can must with be how".split())


@dataclass(frozen=True)
class Problem:
    """Words and tables. `InputError` for what cannot be a problem: nothing, nonsense, a book, or
    a text that asks for nothing."""

    text: str
    tables: Mapping[str, Table] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise InputError("the problem is empty", hint="say what can be chosen, what limits it "
                             "and what should become large or small")  # fmt: skip
        if len(self.text) > MOST_CHARACTERS:
            raise InputError(
                f"the problem has {len(self.text):,} characters; at most {MOST_CHARACTERS:,} can "
                "be read",
                hint="put long lists of numbers into tables and pass them with --data FILE",
            )
        if not re.search(r"[^\W\d_]{2,}", self.text):
            raise InputError(f"the problem {self.text[:40]!r} holds no words")
        if self.reads_as_english and not _ASKS.search(self.text):
            raise InputError(
                "the problem does not say what should become large or small",
                hint="add the objective, such as 'maximize the profit' or 'at the lowest cost'",
            )

    @classmethod
    def read(cls, source: str, data: Iterable[str | Path] = ()) -> Problem:
        """From text or the path of a text file, with data: files (CSV, JSON, Excel, Parquet) and
        databases by their URL."""
        from optwright.solvers.data.tables import load

        return cls(_text(source), load(list(data)) if data else {})

    def _repr_html_(self) -> str:
        from optwright.agents.report.telling import html  # it reads problems

        return html(self)

    def _repr_markdown_(self) -> str:
        from optwright.agents.report.telling import markdown

        return markdown(self)

    @property
    def reads_as_english(self) -> bool:
        """Whether the checks of words apply. Short texts pass with two function words."""
        words = re.findall(r"[a-z]+", self.text.lower())
        known = sum(w in _ENGLISH for w in words)
        return known >= 2 and known >= 0.12 * len(words)

    @property
    def told(self) -> str:
        """The text, and for each table its columns and a few rows, as a prompt shows them."""
        previews = [table.preview() for table in self.tables.values()]
        return "\n\n".join([self.text.strip(), *previews])


def _text(source: str) -> str:
    """The text itself, or what the file of that name holds."""
    if "\n" in source or len(source) > 255:
        return source
    path = Path(source)
    try:
        if not path.is_file():
            _refuse_missing(source)
            return source
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"the problem file {source!r} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"the problem file {source!r} is not text in UTF-8 (byte {error.start})"
        ) from error


def _refuse_missing(source: str) -> None:
    """A single word that looks like a path is a file that is not there, not a problem."""
    if re.fullmatch(r"\S+\.(?:txt|md|json)", source) or re.fullmatch(r"[\w.~-]*/\S+", source):
        if Path(source).is_dir():
            raise InputError(f"{source!r} is a directory, and a problem is a text or a file")
        raise InputError(f"there is no file {source!r}")
