"""Rows as they are after reading, whatever form they came in, and the one place that knows it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import md5
from pathlib import Path
from typing import Any

from optwright.benchmarks.datasets.parameters import told_parameters
from optwright.benchmarks.task import Label, Task

LARGEST_LABEL = 1e18  # one published label is 4.08e35; nobody can come within 1e-6 of it


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
    def order(self) -> str:
        """What rows are sorted by: an order that no file's author and none of us has chosen."""
        asked = str(self.raw.get("question", self.question))
        return md5(asked.encode("utf-8"), usedforsecurity=False).hexdigest()

    def task(self, dataset: str, folder: Path, place: int = 0) -> Task:
        """The task, with its tables written as CSV files into `folder` where it has any."""
        paths = []
        for name, text in self.files.items():
            path = folder / safe_name(self.id) / name
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
    told, files = _with_data(question, raw)
    row = Row("", told, read_label(raw["answer"]), files, raw)
    given = raw.get("id")
    return replace(row, id=row.order[:12] if given in (None, "") else str(given))


def read_label(answer: object) -> Label:
    """A label from what a source writes: a number, its text, a status, or nothing usable."""
    if answer is None:
        return None
    if isinstance(answer, str):
        text = answer.strip().lower()
        if text in ("infeasible", "unbounded"):
            return "infeasible" if text == "infeasible" else "unbounded"
        if text in ("", "none", "null", "nan"):
            return None
        answer = _number(answer)
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        raise UnreadableError(f"its answer {str(answer)[:40]!r} is no number and no status")
    label = float(answer)
    if not math.isfinite(label):
        raise UnreadableError(f"its answer {answer!r} is not finite")
    return label if abs(label) < LARGEST_LABEL else None


def safe_name(text: str) -> str:
    """`text` as the name of a file.

    >>> safe_name("prob/1: a")
    'prob_1__a'
    """
    return re.sub(r"[^\w.-]", "_", text)[:80].lstrip(".") or "_"


def _number(text: str) -> float:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        raise UnreadableError(f"its answer {text[:40]!r} is no number and no status") from None


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
    schema = data.get("schema") or {}
    described = [_described(entry) for entry in schema.values()]
    tables = {safe_name(Path(name).name): text for name, text in data.get("files", {}).items()}
    return "\n\n".join(filter(None, [filled, told, "\n".join(described)])), {**files, **tables}


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


def _described(entry: Mapping[str, Any]) -> str:
    """What the source says about a table; its sample rows are left out, the file has them."""
    words = str(entry.get("description", "")).partition("Data format:")[0].strip()
    return f"Table {Path(str(entry.get('path', ''))).name}: {words}"
