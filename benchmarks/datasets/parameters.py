"""Parameters that a source keeps apart from its text: numbers go into the text, lists into CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

INDEX_NAMES = ("i", "j", "k", "l", "m")


def told_parameters(params: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Sentences that give the single values and describe the tables, and the tables as CSV texts.

    A list becomes a table with a column `i` that counts its entries from 1 and a column of its own
    name; nested lists have `i`, `j`, ... A value may come as `{"value", "description"}`.
    """
    lines, files = [], {}
    for name, given in params.items():
        value, words = _unwrapped(given)
        if isinstance(value, list):
            files[f"{_column(name)}.csv"] = _csv(name, value)
            columns = ", ".join([*INDEX_NAMES[: _depth(value)], _column(name)])
            lines.append(f"Table {_column(name)}.csv (columns {columns}){_said(words)}")
        else:
            lines.append(f"{name} = {value}{_said(words)}")
    return "\n".join(lines), files


def _unwrapped(given: object) -> tuple[Any, str]:
    if isinstance(given, Mapping) and "value" in given:
        return given["value"], str(given.get("description", ""))
    return given, ""


def _said(words: str) -> str:
    return f": {words}" if words else ""


def _csv(name: str, value: list[Any]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*INDEX_NAMES[: _depth(value)], _column(name)])
    writer.writerows(_entries(value))
    return text.getvalue()


def _entries(value: Any) -> Iterator[list[Any]]:
    """Each innermost entry after its positions, counted from 1."""
    for position, entry in enumerate(value, start=1):
        if isinstance(entry, list):
            yield from ([position, *rest] for rest in _entries(entry))
        else:
            yield [position, entry]


def _depth(value: Any) -> int:
    if not isinstance(value, list):
        return 0
    return 1 + max(map(_depth, value), default=0)


def _column(name: str) -> str:
    return re.sub(r"\W", "_", name)
