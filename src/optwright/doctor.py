"""What this machine has of what optwright can use, and what to do about the rest.

Looks and changes nothing: no download, no call to a model, no run. The sandbox is also attacked,
with the programs of `solvers/sandbox/attacks`: what holds them holds, and what does not is said.
"""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from optwright import platforms
from optwright.errors import OptwrightError

if TYPE_CHECKING:
    from optwright.solvers.sandbox.probes import Examination

MODEL_MEMORY_BYTES = 2 * 10**9  # the embedded model with one context of 8,192 tokens, rounded up
RUN_BYTES = 10**9  # runs are small; a disk with less will soon be full of something else
_GB = 1e9


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `needed` says whether nothing works without it; `todo` is empty where
    there is nothing to do."""

    name: str
    ok: bool
    found: str
    todo: str = ""
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was looked at, and what the sandbox is worth here."""

    checks: tuple[Check, ...]
    sandbox: Examination

    @property
    def is_usable(self) -> bool:
        """Whether nothing is missing that everything needs, and no attack got through."""
        return all(c.ok or not c.needed for c in self.checks) and not self.sandbox.open


def examine(runs: Path, *, attack: bool = True) -> Findings:
    """Look at everything; `runs` is where runs are kept. `attack` runs the attacks on the sandbox
    as well, about ten seconds."""
    from optwright.solvers.sandbox import probes

    sandbox = probes.examine(attack=attack)
    room = _disk("runs", runs, RUN_BYTES)
    parts = (_machine(), _models(), _data(), _solvers(), _layers(sandbox), _attacks(sandbox))
    checks = (*chain.from_iterable(parts), room)
    return Findings(checks, sandbox)


def _machine() -> Iterator[Check]:
    from optwright.serving.cores import physical_cores

    yield Check("python", True, f"{platform.python_version()} on {platform.platform()}")
    yield Check(
        "cores", True, f"{physical_cores()} for the embedded model, {os.cpu_count()} in all"
    )
    free = platforms.available_memory()
    if free is None:
        yield Check("memory", True, "not known on this system")
        return
    enough = free >= MODEL_MEMORY_BYTES
    todo = "" if enough else "close something, or use a model elsewhere with --model"
    needs = f"the embedded model needs {MODEL_MEMORY_BYTES / _GB:.0f} GB"
    yield Check("memory", enough, f"{free / _GB:.1f} GB available; {needs}", todo)


def _models() -> Iterator[Check]:
    yield _package("embedded model's runtime", "xllamacpp", "local")
    yield from _embedded()
    yield _package("models through LiteLLM", "litellm", "litellm")
    key = bool(os.environ.get("OPENAI_API_KEY"))
    found = "is set" if key else "is not set; only --model openai/NAME needs it"
    yield Check("OPENAI_API_KEY", True, found)


def _embedded() -> Iterator[Check]:
    from optwright.serving.local.store import EMBEDDED, cache_path, installed_model

    try:
        place = installed_model()
    except OptwrightError as error:
        yield Check("embedded model", False, str(error), "correct OPTWRIGHT_MODEL, or unset it")
        return
    if place is not None:
        yield Check("embedded model", True, str(place))
        return
    size = f"{EMBEDDED.size / _GB:.2f} GB"
    todo = f"nothing: {size} are downloaded at its first use; or set OPTWRIGHT_MODEL to a copy"
    yield Check("embedded model", False, "not on this machine", todo)
    yield _disk("model cache", cache_path("models"), EMBEDDED.size)


def _data() -> Iterator[Check]:
    """What reads data beyond files of text and SQLite, prints reports and shows conversations."""
    from optwright.reporting.pdf import find_browser

    yield _package("tables from Parquet and DuckDB", "duckdb", "data")
    yield _package("tables from PostgreSQL", "psycopg", "data")
    try:
        yield Check("reports in PDF", True, find_browser())
    except OptwrightError as error:
        yield Check("reports in PDF", False, "no browser that prints", error.hint)
    yield _package("conversations in a browser", "starlette", "ui")


def _solvers() -> Iterator[Check]:
    from optwright.solvers.backends.pyomo_engines import installed

    names = installed()
    highs = "highs" in names
    todo = "" if highs else "pip install highspy"
    yield Check("solver highs", highs, _version("highspy"), todo, needed=True)
    scip = "scip" in names
    todo = "" if scip else "for nonlinear models: pip install pyscipopt"
    yield Check("solver scip", scip, _version("pyscipopt"), todo)
    yield _package("solver cpsat, for schedules", "ortools", "cpsat")
    if others := sorted(set(names) - {"highs", "scip"}):
        yield Check("other solvers", True, ", ".join(others))


def _layers(sandbox: Examination) -> Iterator[Check]:
    for layer, missing in sandbox.layers.items():
        todo = "" if not missing else "only generated code (--code) needs it; see SECURITY.md"
        yield Check(f"sandbox {layer}", not missing, missing or "available", todo)
    if sandbox.level is None:
        missing = "auto refuses to run generated code here"
        yield Check(
            "sandbox level", False, missing, "--sandbox process runs it with your files open"
        )
    else:
        yield Check("sandbox level", True, str(sandbox.level))


def _attacks(sandbox: Examination) -> Iterator[Check]:
    for probe in sandbox.open:
        found = f"{probe.tries}: {', '.join(probe.harm)}"
        todo = "do not use --code, and please report it as SECURITY.md says"
        yield Check(f"attack {probe.name}", False, found, todo, needed=True)
    if sandbox.probes:
        held = len(sandbox.probes) - len(sandbox.open)
        seconds = sum(probe.seconds for probe in sandbox.probes)
        found = f"{held} of {len(sandbox.probes)} held, in {seconds:.0f} s"
        yield Check("sandbox attacks", not sandbox.open, found)


def _package(name: str, package: str, extra: str) -> Check:
    there = find_spec(package) is not None
    return Check(
        name, there, _version(package), "" if there else f"pip install 'optwright[{extra}]'"
    )


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} is not installed"


def _disk(name: str, place: Path, need: int) -> Check:
    """Room on the disk that `place` is or would be on."""
    there = next(p for p in (place, *place.absolute().parents) if p.exists())
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        return Check(name, False, f"{place}: {error.strerror}", "name another place")
    writable = os.access(there, os.W_OK)
    found = f"{place}, {free / _GB:.1f} GB free" + ("" if writable else ", not writable")
    enough = writable and free >= need
    return Check(name, enough, found, "" if enough else f"make {need / _GB:.1f} GB free there")
