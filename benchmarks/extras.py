"""How large each extra is, and how long what it brings takes to import.

    python -m optwright.benchmarks.extras [--write docs/platforms.md]

Looks at what is installed in this environment, which `pip install -e '.[dev]'` made: the packages
that an extra asks for with all that they ask for, and their files. An extra that is not installed
here is left out. Imports are timed by the processor, in new processes.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

IMPORTS = {
    "": ("optwright", "optwright.cli", "pyomo.environ", "highspy", "pyscipopt"),
    "local": ("xllamacpp",),
    "litellm": ("litellm",),
    "search": ("cma", "optuna", "scipy.optimize"),
    "data": ("polars", "duckdb", "psycopg", "pint"),
    "cpsat": ("ortools.sat.python.cp_model",),
    "ui": ("starlette.applications", "uvicorn", "jinja2"),
    "mcp": ("mcp.server.mcpserver",),
    "notebook": ("IPython.core.interactiveshell",),
    "all": (),
}
_TIMED = "import time; t = time.process_time(); import {0}; print(time.process_time() - t)"
BEGIN, END = "<!-- extras: begin -->", "<!-- extras: end -->"


def main(words: list[str]) -> int:
    """Measure, print, and with --write FILE put the table between its marks there."""
    base = needed("")
    lines = ["| extra | MB | packages | import, s |", "| --- | --- | --- | --- |"]
    for extra, modules in IMPORTS.items():
        try:
            more = needed(extra) - base if extra else base
        except PackageNotFoundError as error:
            sys.stderr.write(f"{extra}: {error.name} is not installed here\n")
            continue
        size = sum(map(bytes_of, more)) / 2**20
        told = "; ".join(f"`{module}` {seconds(module):.2f}" for module in modules)
        plus, name = ("+", f"`{extra}`") if extra else ("", "none")
        lines.append(f"| {name} | {plus}{size:.0f} | {plus}{len(more)} | {told} |")
    table = "\n".join(lines)
    sys.stdout.write(table + "\n")
    if "--write" in words:
        target = Path(words[words.index("--write") + 1])
        text = target.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN)
        _, after = rest.split(END)
        target.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")
    return 0


def needed(extra: str) -> frozenset[str]:
    """The packages that optwright with this extra is installed with, itself left out. Raises
    `PackageNotFoundError`."""
    found: set[tuple[str, str]] = set()
    pending = [("optwright", ""), ("optwright", extra)]
    while pending:
        one = pending.pop()
        if one not in found:
            found.add(one)
            pending += _asked_by(*one)
    return frozenset(name for name, _ in found if name != "optwright")


def _asked_by(name: str, extra: str) -> Iterator[tuple[str, str]]:
    for line in distribution(name).requires or ():
        asked = Requirement(line)
        if asked.marker is None or asked.marker.evaluate({"extra": extra}):
            place = asked.name.lower().replace("_", "-")
            yield from ((place, wanted) for wanted in ("", *asked.extras))


def bytes_of(name: str) -> int:
    """What a package's files take on the disk, compiled modules too."""
    package: Distribution = distribution(name)
    paths = (Path(str(file.locate())) for file in package.files or ())
    return sum(path.stat().st_size for path in paths if path.is_file())


def seconds(module: str) -> float:
    """Processor time of importing a module in a new process."""
    command = [sys.executable, "-W", "ignore", "-c", _TIMED.format(module)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
