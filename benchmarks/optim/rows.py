"""Rows of evidence: one JSON line per result, with what is needed to get it again."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROWS = Path(__file__).resolve().parent / "rows"
_PACKAGES = ("optwright", "numpy", "cma", "optuna", "uxsim")


def write_row(
    benchmark: str, result: dict[str, Any], *, seeds: Sequence[int], seconds: float
) -> None:
    """Append a result to `rows/BENCHMARK.jsonl`."""
    row = {
        "benchmark": benchmark,
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "commit": commit(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "python": platform.python_version(),
        "versions": {name: found for name in _PACKAGES if (found := _version(name))},
        "seeds": list(seeds),
        "seconds": round(seconds, 2),
        **result,
    }
    ROWS.mkdir(exist_ok=True)
    with (ROWS / f"{benchmark}.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")


def commit() -> str:
    """The commit measured, with a mark when the code differs from it."""
    here = Path(__file__).resolve().parent

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=here, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    measured = (":/optim", ":/benchmarks", ":/serving", ":!/benchmarks/optim/rows")
    changed = git("status", "--porcelain", "--untracked-files=no", "--", *measured)
    return git("rev-parse", "--short", "HEAD") + ("+changes" if changed else "")


def print_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table in Markdown."""
    for cells in (head, ["---"] * len(head), *rows):
        print("| " + " | ".join(map(str, cells)) + " |", flush=True)  # noqa: T201  # its purpose


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
