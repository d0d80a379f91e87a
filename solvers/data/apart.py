"""Reading tables that somebody else sent in a process of their own, which may take so much memory
and time and is killed when whoever waits for it leaves.

Openpyxl, DuckDB and NumPy read a hostile file there. What comes back is JSON, so a child that a
file has got the better of can lie about cells, and nothing else.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from optwright.errors import DataError, InputError
from optwright.solvers.data.bounded_child import OutOfTime, bounded_child, limit_myself
from optwright.solvers.data.reading.contents import Sheet, from_json, to_json
from optwright.solvers.data.table import Table
from optwright.solvers.data.table_json import table_from_json, table_to_json
from optwright.solvers.data.tables import contents_of, load

MOST_S = 120.0
MOST_MEMORY = 4 * 2**30
_OWN_FAULT = 1  # as Python ends of an exception
_NO_MEMORY = 2
_CHILD = "from optwright.solvers.data.apart import serve; serve()"


@dataclass(frozen=True)
class Apart:
    """Tables by name, and what each file holds besides, in the order of the files."""

    tables: dict[str, Table]
    contents: tuple[tuple[Sheet, ...], ...] = ()


def read_apart(
    paths: Sequence[Path],
    said: Mapping[str, Sequence[str]] | None = None,
    *,
    with_contents: bool = False,
    most_s: float = MOST_S,
    most_memory: int = MOST_MEMORY,
) -> Apart:
    """What `tables.load` and `tables.contents_of` give for files and what was said of them, read by
    a child that may take `most_s` seconds and `most_memory` bytes. Raises `InputError` for files
    that cannot be read, or not within that."""
    lines = {file: list(told) for file, told in (said or {}).items()}
    order = json.dumps(
        {
            "paths": list(map(str, paths)),
            "said": lines,
            "contents": with_contents,
            "seconds": most_s,
            "memory": most_memory,
        }
    )
    try:
        with bounded_child(["-c", _CHILD], seconds=most_s, order=order.encode()) as ended:
            written = ended.output.read()
    except OutOfTime:
        raise _too_much(most_s, most_memory) from None
    if ended.status == _OWN_FAULT:
        raise RuntimeError(f"reading {[path.name for path in paths]} ended in an error of ours")
    try:
        answer = json.loads(written)
    except ValueError:  # it was ended before it had said all
        raise _too_much(most_s, most_memory) from None
    if "error" in answer:
        raise DataError(answer["error"], hint=answer["hint"])
    tables = {name: table_from_json(name, content) for name, content in answer["tables"].items()}
    return Apart(tables, tuple(map(from_json, answer["contents"])))


def serve() -> None:
    """Read the files named on standard input and write their tables, or why not, as JSON."""
    order = json.load(sys.stdin)
    limit_myself(memory=order["memory"], cpu_s=int(order["seconds"]) + 1)
    try:
        tables = load(order["paths"], order["said"])
        held = [to_json(contents_of(Path(p))) for p in order["paths"] if order["contents"]]
        told = {name: table_to_json(table) for name, table in tables.items()}
        answer = json.dumps({"tables": told, "contents": held})
    except (MemoryError, ImportError):  # a library that no memory is left for cannot be imported
        sys.exit(_NO_MEMORY)
    except InputError as error:
        answer = json.dumps({"error": str(error), "hint": error.hint})
    sys.stdout.write(answer)


def _too_much(most_s: float, most_memory: int) -> DataError:
    return DataError(
        f"the files take more than {most_s:g} s or {most_memory / 2**30:g} GiB to read",
        hint="keep the rows and columns the problem needs, or send them as CSV",
    )
