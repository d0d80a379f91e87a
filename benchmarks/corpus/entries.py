"""Entries of the corpus: a problem in words, its tables, a right reply, and the optimum.

`formulation` is what optwright's reader makes of the reply; `as_written` reads the same reply
without that reader, part by part, so that the two can be held against each other.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from optwright.agents.replies import read_formulation
from optwright.errors import InputError
from optwright.solvers.data.table import Table
from optwright.solvers.data.tables import load
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.formulation import Formulation

HERE = Path(__file__).resolve().parent
_KEYS = ("id", "family", "source", "text", "tables", "reply", "status", "optimum")


@dataclass(frozen=True)
class Entry:
    """One problem. `optimum` is None until `--fill` has written it, and where there is none."""

    id: str
    family: str
    source: str
    text: str
    tables: Mapping[str, str]
    """CSV text by table name."""
    reply: Mapping[str, Any]
    status: str
    optimum: float | None
    file: str = ""

    @cached_property
    def data(self) -> dict[str, Table]:
        """The tables as typed columns."""
        return load({name: _columns(text) for name, text in self.tables.items()})

    @cached_property
    def formulation(self) -> Formulation:
        """The reply as optwright reads it; `ReplyError` where it cannot."""
        return read_formulation(json.dumps(self.reply))

    @property
    def quotes(self) -> Iterator[str]:
        """The words of the problem that the objective and each limit claim to state."""
        yield self.reply["objective"].get("text", "")
        yield from (limit.get("text", "") for limit in self.reply.get("limits", ()))


@dataclass(frozen=True)
class AsWritten:
    """The comparisons and the objective of a reply, its amounts put in as trees."""

    objective: ex.Expr
    limits: tuple[tuple[ex.Comparison, ex.Forall], ...]


def as_written(reply: Mapping[str, Any]) -> AsWritten:
    """The reply's expressions as the language reads them, with nothing in between."""
    amounts = {a["name"]: ex.parse(a["expression"]) for a in reply.get("amounts", ())}
    limits = [
        (_settled(comparison, amounts), ex.parse_forall(limit.get("forall", "")))
        for limit in reply.get("limits", ())
        for comparison in ex.parse_comparison(limit["expression"])
    ]
    objective = _settled(ex.parse(reply["objective"]["expression"]), amounts)
    return AsWritten(objective, tuple(limits))


def as_read(formulation: Formulation) -> AsWritten:
    """The same of a formulation."""
    limits = [
        (comparison, ex.parse_forall(constraint.forall))
        for constraint in formulation.constraints
        for comparison in ex.parse_comparison(constraint.expression)
    ]
    return AsWritten(ex.parse(formulation.objective.expression), tuple(limits))


def _settled(node: Any, amounts: Mapping[str, ex.Expr]) -> Any:
    """The node with amounts in the place of their names, its sums flat as the language has them."""
    text = ex.to_text(_put(node, amounts))
    return ex.parse_comparison(text)[0] if isinstance(node, ex.Comparison) else ex.parse(text)


def _put(node: Any, amounts: Mapping[str, ex.Expr]) -> Any:
    match node:
        case ex.Ref(name, ()) if name in amounts:
            return _put(amounts[name], amounts)
        case ex.Negate(operand):
            return ex.Negate(_put(operand, amounts))
        case ex.Add(terms):
            return ex.Add(tuple(_put(t, amounts) for t in terms))
        case ex.Binary(operator, left, right):
            return ex.Binary(operator, _put(left, amounts), _put(right, amounts))
        case ex.Comparison(operator, left, right):
            return ex.Comparison(operator, _put(left, amounts), _put(right, amounts))
        case ex.Call(function, arguments):
            return ex.Call(function, tuple(_put(a, amounts) for a in arguments))
        case ex.Aggregate(_, body, _):
            return replace(node, body=_put(body, amounts))
        case _:
            return node


def read_entries(paths: Iterable[Path] | None = None) -> list[Entry]:
    """Every entry of the given files, or of all `right_*.jsonl` beside this module, in order.

    `InputError` names the line that is no entry.
    """
    chosen = sorted(HERE.glob("right_*.jsonl")) if paths is None else list(paths)
    if not chosen:
        raise InputError("the corpus is not here", hint="run it from a checkout of optwright")
    return [entry for path in chosen for entry in _of_file(path)]


def _of_file(path: Path) -> Iterator[Entry]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            content = json.loads(line)
            yield Entry(**{key: content[key] for key in _KEYS}, file=path.name)
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path.name}, line {number}, is no entry: {error!r}") from error


def write_entries(path: Path, entries: Sequence[Entry]) -> None:
    """Write entries as one file, one a line."""
    lines = [
        json.dumps({key: getattr(entry, key) for key in _KEYS}, ensure_ascii=False) + "\n"
        for entry in entries
    ]
    path.write_text("".join(lines), encoding="utf-8")


def _columns(text: str) -> dict[str, list[Any]]:
    """Columns of cells by name; a cell that Python reads as a number is one."""
    rows = list(csv.DictReader(io.StringIO(text)))
    return {name: [_cell(row[name]) for row in rows] for name in (rows[0] if rows else ())}


def _cell(text: str) -> str | int | float | None:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text or None
