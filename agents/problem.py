"""A problem as it is told: words, and the tables that go with them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from optwright.agents.sharing import SAMPLE_ROWS, Share
from optwright.agents.text.quantities import quantities
from optwright.errors import InputError
from optwright.notebooks import Displayed
from optwright.solvers.data.table import Data, Table

MOST_CHARACTERS = 20_000  # about 5,000 tokens; a longer text belongs into tables
SPEAKS_FOR_ITSELF = 40
"""Words from which on a text without any number may be a problem all the same."""

SPEAKS_FOR_ITSELF_ELSEWHERE = 20
"""The same in a language whose words for numbers are not read."""

_SHOWN = 60  # characters of a refused text
_ENGLISH_ALONE = frozenset(
    "the and are each must with how it that this than from they there what which between most "
    "least".split()
)
_ENGLISH = _ENGLISH_ALONE | frozenset(
    "of to a is in for per at can be if have by we you more but out only".split()
)
"""Function words; those of the second line other languages have too."""


@dataclass(frozen=True)
class Problem(Displayed):
    """Words and tables. `InputError` for what cannot be a problem: nothing, nonsense, a book, or
    a few words without any number."""

    text: str
    tables: Mapping[str, Table] = field(default_factory=dict)
    share: Share = Share.ROWS
    """What of the tables a model is shown."""

    def __post_init__(self) -> None:
        check(self.text, has_tables=bool(self.tables))

    @classmethod
    def read(cls, source: str, data: Data = ()) -> Problem:
        """From text or the path of a text file, with data: files (CSV, JSON, Excel, Parquet),
        databases by their URL, data frames, and whatever else `Data` names."""
        from optwright.solvers.data.tables import load

        return cls(_text(source), load(data))

    @property
    def reads_as_english(self) -> bool:
        """Whether the checks of words apply. Short texts pass with two function words."""
        return _reads_as_english(self.text)

    @property
    def shown_text(self) -> str:
        """The text, and of each table what `share` says, as a prompt shows them."""
        rows = SAMPLE_ROWS if self.share is Share.ROWS else 0
        shown = () if self.share is Share.NONE else self.tables.values()
        previews = [table.preview(rows) for table in shown]
        return "\n\n".join([self.text.strip(), *previews])


def check(text: str, *, has_tables: bool) -> None:
    """Raise `InputError` for a text that cannot be a problem, with tables or without."""
    if not text.strip():
        raise InputError("the problem is empty", hint="say what can be chosen, what limits it "
                         "and what should become large or small")  # fmt: skip
    if len(text) > MOST_CHARACTERS:
        raise InputError(
            f"the problem has {len(text):,} characters; at most {MOST_CHARACTERS:,} can be read",
            hint="put long lists of numbers into tables and pass them with --data FILE",
        )
    if not re.search(r"[^\W\d_]{2,}", text):
        raise InputError(f"the problem {text[:40]!r} holds no words")
    if not has_tables and not _counts(text):
        raise InputError(
            f"there is nothing to optimize in {_shortened(text)!r}: it holds no number, "
            "and no table came with it",
            hint="say what can be chosen, what limits it and what should become large or small",
        )


def read_text(source: str, *, has_tables: bool = False) -> str:
    """The text itself, or what the file of that name holds. Raises `InputError` for a file that
    cannot be read and a text that cannot be a problem."""
    text = _text(source)
    check(text, has_tables=has_tables)
    return text


_APART = re.compile(
    r"<[^<>\n]*>|\${1,2}(?!\d)[^$\n]+\${1,2}"  # markup, formulas
    r"|^[ \t]*(?:[*\u2022-]|\d+[.)])\s.*$"  # entries of lists
    r"|^.*(?:\|.*\||&.*\\\\).*$"  # rows of tables
    r"|^[^\w\n]*(?:\w+[^\w\n]+){0,3}\w*[^\w\n]*$",  # few words: headings, names with numbers
    re.MULTILINE,
)
_LEAST_PROSE = 8
"""Words from which on what stands beside lists and tables says which language a text is in."""


def _reads_as_english(text: str) -> bool:
    """Whether its sentences do, whatever it lists beside them: names and units of measure are alike
    in many languages."""
    prose = _APART.sub(" ", text)
    if len(re.findall(r"[^\W\d_]+", prose)) >= _LEAST_PROSE and _is_english(prose):
        return True
    return _is_english(text)


def _is_english(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+", text.lower())  # of any script
    known = [w for w in words if w in _ENGLISH]
    # Two different ones, one of them English alone: formulas of any language name an a, and
    # Italian has an in, a per and an a.
    is_english = len(set(known)) >= 2 and not _ENGLISH_ALONE.isdisjoint(known)
    return is_english and len(known) >= 0.12 * len(words)


def _counts(text: str) -> bool:
    """Whether a text in whatever language could hold a problem: it has a numeral of some script,
    a number in English words, or is too long for small talk. Every problem without tables counts
    something; what a text asks for is left to whoever reads it."""
    if any(unicodedata.numeric(character, None) is not None for character in text):
        return True
    spelled = any(q.value not in (0.0, 1.0) for q in quantities(text))
    enough = SPEAKS_FOR_ITSELF if _reads_as_english(text) else SPEAKS_FOR_ITSELF_ELSEWHERE
    return spelled or len(text.split()) >= enough


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _SHOWN else f"{words[: _SHOWN - 3]}..."


def _text(source: str) -> str:
    """The text itself, or what the file of that name holds."""
    if not isinstance(source, str):
        raise InputError(
            f"a problem is a text, and {type(source).__name__} is none",
            hint="give the words, the path of a text file as a text, or a Problem",
        )
    if "\n" in source or len(source.encode()) > 255:  # bytes: a longer name is none of a file
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
