"""Figures as tables: what columns there are, the CSV text, and the model that reads them."""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optwright.benchmarks.synthesis.data import Data, Key
from optwright.benchmarks.synthesis.phrases import MESSY, TABLE_HEADS
from optwright.benchmarks.synthesis.quantities import UNITS, digits
from optwright.benchmarks.synthesis.styles import Manner, Where
from optwright.solvers.model.formulation import Formulation


@dataclass(frozen=True)
class Sheet:
    """Numbers with the same keys. `heads` are the names of the key columns, `columns` the heads of
    the numbers by their names."""

    name: str
    over: tuple[str, ...]
    heads: tuple[str, ...]
    columns: Mapping[str, str]

    @property
    def is_matrix(self) -> bool:
        """Whether a wide table has one column for each member of the second set."""
        return len(self.over) == 2 and len(self.heads) == 2 and len(self.columns) == 1


def sheets(
    data: Data, names: Sequence[str], labels: Mapping[str, tuple[str, ...]], language: int
) -> list[Sheet]:
    """The tables that hold the numbers called `names`: one for each combination of sets, and for
    two sets one for each kind of number, so that it can be a matrix."""
    grouped: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for name in names:
        over = data.values[name].over
        pairs = any(data.sets[s] and isinstance(data.sets[s][0], tuple) for s in over)
        apart = name if len(over) == 2 and not pairs else ""
        grouped.setdefault((over, apart), []).append(name)
    made = []
    for (over, apart), group in grouped.items():
        heads = tuple(h.strip() for s in over for h in labels[s][language].split(","))
        title = _slug("_".join((labels[apart][language],) if apart else heads))
        made.append(Sheet(title, over, heads, {n: labels[n][language] for n in group}))
    return made


def rows(sheet: Sheet, data: Data) -> Iterator[tuple[Key, dict[str, float]]]:
    """Keys in order, with the number of each column."""
    first = next(iter(sheet.columns))
    for key in data.values[first].cells:
        yield key, {name: data.values[name].cells[key] for name in sheet.columns}


def csv_text(
    sheet: Sheet, data: Data, manner: Manner, rng: random.Random, units: Mapping[str, str]
) -> str:
    """The table as text of a CSV file."""
    where, language = manner.where, manner.language
    if where is Where.MESSY:
        return _messy(sheet, data, language, rng, units)
    if where is Where.WIDE and sheet.is_matrix:
        return _written(_matrix(sheet, data))
    if where is Where.LONG and len(sheet.columns) > 1:
        item, value = TABLE_HEADS[language]
        lines: list[list[Any]] = [[*sheet.heads, item, value]]
        for key, numbers in rows(sheet, data):
            lines += [[*key, sheet.columns[n], _plain(v)] for n, v in numbers.items()]
        return _written(lines)
    lines = [[*sheet.heads, *sheet.columns.values()]]
    lines += [[*key, *map(_plain, numbers.values())] for key, numbers in rows(sheet, data)]
    return _written(lines)


def _matrix(sheet: Sheet, data: Data) -> list[list[Any]]:
    (name,) = sheet.columns
    cells = data.values[name].cells
    across = list(dict.fromkeys(key[1] for key in cells))
    down = list(dict.fromkeys(key[0] for key in cells))
    return [
        [sheet.heads[0], *across],
        *([one, *(_plain(cells[one, other]) for other in across)] for one in down),
    ]


def _messy(sheet: Sheet, data: Data, language: int, rng: random.Random,
           units: Mapping[str, str]) -> str:  # fmt: skip
    """A heading, units in the heads, numbers as people group them, a gap, totals, a footnote."""
    title, total, note = (t.replace("{n2}", str(rng.randint(2, 9))) for t in MESSY[language])
    heads = [*sheet.heads]
    for name, head in sheet.columns.items():
        unit = UNITS[units[name]].many[language] if name in units else ""
        heads.append(f"{head} [{unit}]" if unit else f" {head} ")
    width = len(heads)
    body = [
        [*(f"{k} " if rng.random() < 0.3 else str(k) for k in key),
         *(digits(v, language) for v in numbers.values())]
        for key, numbers in rows(sheet, data)
    ]  # fmt: skip
    gap = [""] * width
    sums = [digits(sum(data.column(name)), language) for name in sheet.columns]
    lines = [[title], gap, heads, *body]
    lines.insert(3 + rng.randint(1, max(1, len(body) - 1)), gap)
    lines += [[total, *[""] * (len(sheet.heads) - 1), *sums], gap, [note]]
    return _written([[*line, *[""] * (width - len(line))] for line in lines], ";")


def with_columns(formulation: Formulation, made: Sequence[Sheet], where: Where,
                 language: int) -> Formulation:  # fmt: skip
    """The model reading its numbers from tables; a sheet as people have it has no columns to read,
    so its numbers stay in the model."""
    if where not in (Where.LONG, Where.WIDE):
        return formulation
    columns: dict[str, dict[str, Any]] = {}
    members: dict[str, dict[str, Any]] = {}
    for sheet in made:
        for name, head in sheet.columns.items():
            columns[name] = _column(sheet, name, head, where, language)
        if len(sheet.over) == 1:
            keys = list(sheet.heads)
            column = {"table": sheet.name} | (
                {"value": keys[0]} if len(keys) == 1 else {"keys": keys}
            )
            members.setdefault(sheet.over[0], column)
    content = formulation.model_dump(mode="json", exclude_defaults=True)
    for one in content["parameters"]:
        if one["name"] in columns:
            del one["values"]
            one["column"] = columns[one["name"]]
    for one in content.get("sets", ()):
        if one["name"] in members and not any(isinstance(m, int) for m in one.get("members", ())):
            one.pop("members", None)
            one.pop("tuples", None)
            one["column"] = members[one["name"]]
    return Formulation.model_validate(content)


def _column(sheet: Sheet, name: str, head: str, where: Where, language: int) -> dict[str, Any]:
    if where is Where.WIDE and sheet.is_matrix:
        return {"table": sheet.name, "keys": [sheet.heads[0]], "heads": True}
    keys = list(sheet.heads)
    if where is Where.LONG and len(sheet.columns) > 1:
        item, value = TABLE_HEADS[language]
        return {"table": sheet.name, "keys": keys, "value": value, "where": {item: head}}
    return {"table": sheet.name, "keys": keys, "value": head}


def _written(lines: Sequence[Sequence[Any]], mark: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=mark, lineterminator="\n").writerows(lines)
    return out.getvalue()


def _plain(value: float) -> str:
    return digits(value, 0, grouped=False)


def _slug(text: str) -> str:
    return re.sub(r"\W+", "_", text).strip("_").lower()
