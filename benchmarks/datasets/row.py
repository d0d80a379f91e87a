"""Rows as they are after reading, whatever form they came in, and the one place that knows it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import md5, sha256
from pathlib import Path
from typing import Any

from optwright.benchmarks.datasets.parameters import told_parameters
from optwright.benchmarks.task import Label, Task

LARGEST_LABEL = 1e18  # one published label is 4.08e35; nobody can come within 1e-6 of it
_NOTHING = ("", "none", "null")
_NUMBER = re.compile(
    r"[+-]?(\d+\.?\d*|[1-9]\d{0,2}(,\d{3})+(\.\d*)?|\.\d+)(e[+-]?\d+)?",
    re.ASCII | re.IGNORECASE,
)
"""Commas stand between thousands only: whether 12,5 is 12.5 or 125 is not ours to say."""
_AGREEMENT = re.compile(r"\d{1,9}/\d{1,9}", re.ASCII)
_MOST_SHOWN = 40  # characters of an answer in a sentence
_LONGEST_NAME = 255  # bytes; what file systems take
_MOST_NAME = 40  # characters of a name in a file name: in UTF-8 up to 160 of 255 bytes


class UnreadableError(Exception):
    """A row is not one; the text says why."""


@dataclass(frozen=True)
class Row:
    """A problem of a data set. `files` are CSV texts by file name; `raw` is the row as it was."""

    id: str
    question: str
    label: Label
    files: Mapping[str, str] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def label_is_too_large(self) -> bool:
        """Whether a number is given that is left out as a label, for nobody can confirm it."""
        answer = self.raw.get("answer")
        given = answer is not None and str(answer).strip().lower() not in _NOTHING
        return self.label is None and given

    @property
    def order(self) -> str:
        """What rows are sorted by: an order that no file's author and none of us has chosen."""
        asked = str(self.raw.get("question", self.question))
        return md5(asked.encode("utf-8"), usedforsecurity=False).hexdigest()

    def task(self, dataset: str, folder: Path, place: int = 0) -> Task:
        """The task, with its tables written as CSV files into `folder` where it has any."""
        paths = []
        for name, text in self.files.items():
            path = folder / folder_name(self.id) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            paths.append(path)
        return Task(self.id, dataset, self.question, self.label, tuple(paths), self.raw, place)


def read_row(raw: Mapping[str, Any]) -> Row:
    """Read one row of the normalised form: `id`, `question`, `answer`, and where the source has
    them `params` and `data`. Raises `UnreadableError`."""
    question = raw.get("question")
    if not isinstance(question, str) or not question.strip():
        raise UnreadableError("it has no question")
    _check_reference(raw.get("reference") or {})
    try:
        told, files = _with_data(question, raw)
    except RecursionError:
        raise UnreadableError("its params are nested too deeply") from None
    given = "" if raw.get("id") is None else str(raw["id"])
    _check_file_names(files)
    _check_characters({"id": given, "question": question, "params or data": told, **files})
    row = Row(given, told, read_label(raw["answer"]), files, raw)
    return row if given else replace(row, id=row.order[:12])


def read_label(answer: object) -> Label:
    """A label from what a source writes: a number, its text, a status, or nothing usable."""
    if answer is None:
        return None
    number = answer
    if isinstance(answer, str):
        text = answer.strip().lower()
        if text in ("infeasible", "unbounded"):
            return "infeasible" if text == "infeasible" else "unbounded"
        if text in _NOTHING:
            return None
        number = _number(answer.strip())
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise _no_label(answer, "is no number and no status")
    try:
        label = float(number)
    except OverflowError:
        label = math.inf
    if not math.isfinite(label):
        raise _no_label(answer, "is not a finite number")
    return label if abs(label) < LARGEST_LABEL else None


def folder_name(id: str) -> str:
    """A name for the folder of a row's files that no other row has; an ordinary id is its own.

    >>> folder_name("prob_1"), folder_name("prob/1")
    ('prob_1', 'prob_1~9b8d395c697780c7')
    """
    plain = safe_name(id)
    if plain == id and id.isascii():  # letters of one look may be of two kinds
        return id
    # No id is plain that has a ~, so what is changed is never like one that is left as it is.
    return f"{plain[:_MOST_NAME]}~{sha256(id.encode()).hexdigest()[:16]}"


def safe_name(text: str) -> str:
    """`text` as the name of a file.

    >>> safe_name("prob/1: a")
    'prob_1__a'
    """
    return re.sub(r"[^\w.-]", "_", text)[:80].lstrip(".") or "_"


def _number(text: str) -> float:
    if _NUMBER.fullmatch(text) is None:
        clue = "; a comma is read between thousands, as in 12,500" if "," in text else ""
        raise _no_label(text, f"is no number and no status{clue}")
    return float(text.replace(",", ""))


def _no_label(answer: object, why: str) -> UnreadableError:
    text = str(answer)
    more = "..." if len(text) > _MOST_SHOWN else ""
    return UnreadableError(f"its answer {text[:_MOST_SHOWN]!r}{more} {why}")


def _check_reference(reference: object) -> None:
    """Raise where the flags of a record could not be worked out, after the attempt was paid for."""
    if not isinstance(reference, Mapping):
        raise UnreadableError("its reference is not a JSON object")
    solved = reference.get("annotation_solve") or {}
    if not isinstance(solved, Mapping):
        raise UnreadableError("the annotation_solve of its reference is not a JSON object")
    for name in ("lp", "ilp"):
        if not _is_optimum(solved.get(name)):
            raise UnreadableError(f"the {name} of its annotation_solve is not a finite number")
    agreement = reference.get("label_agreement")
    if agreement is not None and not _AGREEMENT.fullmatch(str(agreement)):
        raise UnreadableError(f"its label_agreement {str(agreement)[:_MOST_SHOWN]!r} is not K/N")


def _is_optimum(value: object) -> bool:
    """Whether it is a number, or words on why there is none."""
    try:
        return value is None or isinstance(value, str) or math.isfinite(value)  # type: ignore[arg-type]  # what is no number raises
    except (TypeError, OverflowError):
        return False


def _check_characters(texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        try:
            f"{name}{text}".encode()
        except UnicodeEncodeError as error:
            half = error.object[error.start]
            raise UnreadableError(f"its {name!r} holds half a character, {half!r}") from None


def _check_file_names(files: Mapping[str, str]) -> None:
    for name in files:
        if len(name.encode("utf-8", "replace")) > _LONGEST_NAME:
            raise UnreadableError(f"the name of its table {name[:_MOST_SHOWN]!r}... is too long")


def _with_data(question: str, raw: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The text with its parameters filled in, and its tables as CSV.

    A text that holds all its numbers is left alone: `data` or an abstract text says that it does
    not. In NLP4LP `params` repeat numbers of the text, so they are no data.
    """
    params, data = raw.get("params") or {}, raw.get("data") or {}
    if not isinstance(params, Mapping) or not isinstance(data, Mapping):
        raise UnreadableError("its params or data are not JSON objects")
    if not data and not raw.get("is_abstract"):
        return question, {}
    filled, rest = fill_placeholders(question, params)
    told, files = told_parameters(rest)
    described = "\n".join(_described(name, entry) for name, entry in _part(data, "schema").items())
    for name, text in _part(data, "files").items():
        table = safe_name(Path(name).name)
        if not isinstance(text, str):
            raise UnreadableError(f"its table {name!r} is not a text")
        if table.endswith(".json"):
            words, tables = told_parameters(_instance(name, text))
            told, files = "\n\n".join(filter(None, [told, words])), {**files, **tables}
            continue
        if table in files:
            raise UnreadableError(f"two of its tables are called {table!r}")
        files[table] = text
    return "\n\n".join(filter(None, [filled, told, described])), files


def _instance(name: str, text: str) -> Mapping[str, Any]:
    """A whole instance that lies in one JSON file, as parameters."""
    try:
        content = json.loads(text)
    except ValueError as error:
        raise UnreadableError(f"its {name!r} is not JSON: {error}") from None
    if not isinstance(content, Mapping):
        raise UnreadableError(f"its {name!r} is not a JSON object")
    return content


def _part(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """`files` or `schema` of a row's data; empty where it has none."""
    part = data.get(name)
    if part is None:
        return {}
    if not isinstance(part, Mapping):
        raise UnreadableError(f"its data.{name} is not a JSON object")
    return part


def fill_placeholders(question: str, params: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The text with `{name}` replaced by scalars of that name, and the parameters not used so."""
    scalars = {k: v for k, v in params.items() if isinstance(v, str | int | float)}
    used: set[str] = set()

    def value(match: re.Match[str]) -> str:
        if match[1] not in scalars:
            return match[0]
        used.add(match[1])
        return str(scalars[match[1]])

    filled = re.sub(r"\{(\w+)\}", value, question)
    return filled, {name: value for name, value in params.items() if name not in used}


def _described(name: str, entry: object) -> str:
    """What the source says about a table; its sample rows are left out, the file has them."""
    if not isinstance(entry, Mapping):
        raise UnreadableError(f"what its schema says about {name!r} is not a JSON object")
    words = str(entry.get("description", "")).partition("Data format:")[0].strip()
    return f"Table {Path(str(entry.get('path', ''))).name}: {words}"
