"""Reading what `optwright tune` works on: a program file and a file of examples.

The program is the user's own and is imported like any module. It is not sandboxed.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from optwright.errors import InputError
from optwright.optim.parameters import Tunable


@dataclass(frozen=True, slots=True)
class TunedProgram:
    """What a module gave: the program, its metric, and the parameters to change."""

    call: Callable[..., Any]
    metric: Callable[[Any, Any], Any]
    parameters: tuple[Tunable[Any], ...]


def load_program(path: Path, name: str, metric: str, parameters: tuple[str, ...]) -> TunedProgram:
    """Import the file and find what is named in it; anything missing is an `InputError`."""
    module = import_file(path)
    return TunedProgram(
        _function(module, name), _function(module, metric), _parameters(module, parameters)
    )


def import_file(path: Path) -> ModuleType:
    """The module in this file, as `python FILE.py` would find it. Raises `InputError`."""
    spec = spec_from_file_location(path.stem, path) if path.is_file() else None
    if spec is None or spec.loader is None:
        raise InputError(f"there is no Python file {str(path)!r}", hint="write it FILE.py:NAME")
    module = module_from_spec(spec)
    # As `python FILE.py` does, so that the program finds the modules beside it.
    sys.path.insert(0, str(path.parent))
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # any fault of the user's code
        what = f"{type(error).__name__}: {error}"
        message = f"{path.name} cannot be imported: {what}"
        raise InputError(message, hint="--verbose shows where") from error
    return module


def _function(module: ModuleType, name: str) -> Callable[..., Any]:
    found = getattr(module, name, None)
    if not callable(found):
        own = [
            n for n, v in vars(module).items() if getattr(v, "__module__", "") == module.__name__
        ]
        known = ", ".join(n for n in own if callable(getattr(module, n)) and not n.startswith("_"))
        raise InputError(
            f"{module.__name__}.py has no function {name!r}",
            hint=f"it has {known}" if known else "functions must be at its top level",
        )
    return found  # type: ignore[no-any-return]  # it is callable


def _parameters(module: ModuleType, names: tuple[str, ...]) -> tuple[Tunable[Any], ...]:
    known = {v.name: v for v in vars(module).values() if isinstance(v, Tunable)}
    if not known:
        raise InputError(
            f"{module.__name__}.py has no parameters",
            hint='define them at its top level: instruction = ow.Text("instruction", "...")',
        )
    for name in names:
        if name not in known:
            message = f"{module.__name__}.py has no parameter {name!r}"
            raise InputError(message, hint=f"it has {', '.join(known)}")
    return tuple(known[name] for name in names or known)


def read_examples(path: Path) -> list[Any]:
    """The examples of a JSON, JSON lines, CSV or TSV file.

    A list of two in JSON becomes a pair (input, answer). Columns of a CSV file are arguments by
    name; one in which every cell is a number in JSON's notation holds numbers, so `007` stays text.
    """
    readers = {".jsonl": _lines, ".ndjson": _lines, ".json": _array, ".csv": _rows, ".tsv": _rows}
    read = readers.get(path.suffix.lower())
    if read is None:
        raise InputError(f"{path.name!r} is none of {', '.join(readers)}")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            examples = list(read(path, file))
    except OSError as error:
        raise InputError(f"cannot read {str(path)!r}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name!r} is not text in UTF-8 (byte {error.start})") from error
    if not examples:
        raise InputError(f"{path.name!r} holds no examples")
    return examples


def _lines(path: Path, lines: Iterable[str]) -> Iterator[Any]:
    for number, text in enumerate(lines, 1):
        if text.strip():
            yield _paired(_json(text, f"{path.name}, line {number}"))


def _array(path: Path, lines: Iterable[str]) -> Iterator[Any]:
    found = _json("".join(lines), path.name)
    if not isinstance(found, list):
        raise InputError(f"{path.name!r} is not a JSON list of examples")
    yield from map(_paired, found)


def _paired(example: Any) -> Any:  # JSON
    return tuple(example) if isinstance(example, list) and len(example) == 2 else example


def _json(text: str, where: str) -> Any:
    def refused(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not a number in JSON")

    try:
        return json.loads(text, parse_constant=refused)
    except ValueError as error:
        raise InputError(f"{where} is not JSON: {error}") from error


def _rows(path: Path, lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    table = list(csv.reader(lines, delimiter="\t" if path.suffix.lower() == ".tsv" else ","))
    head, rows = (table[0], table[1:]) if table else ([], [])
    if len(set(head)) != len(head) or not all(head):
        raise InputError(f"the columns of {path.name!r} need names of their own: {head!r}")
    for number, row in enumerate(rows, 2):
        if row and len(row) != len(head):
            raise InputError(
                f"{path.name}, row {number} has {len(row)} cells for {len(head)} columns"
            )
    filled = [row for row in rows if row]
    columns = [_column([row[place] for row in filled]) for place in range(len(head))]
    for cells in zip(*columns, strict=True):
        yield dict(zip(head, cells, strict=True))


def _column(cells: list[str]) -> list[Any]:
    """The cells as numbers, if all of them are."""
    try:
        numbers = [json.loads(cell) for cell in cells]
    except ValueError:
        return list(cells)
    return numbers if all(type(n) in (int, float) for n in numbers) else list(cells)
