"""Forks runs that are to be killed: `python killable_runs.py` reads a job a line, prints its pid.

A job is JSON: `runs` (a directory), `run` (the name of one to resume, or empty to begin one),
`task` (for a new one) and `file_bytes` (how large a file may become, as if the disk were full then;
0 for no limit). A fork that comes to an end leaves `PID.json` in the directory of the runs: the
solution, or the error. One that is killed leaves nothing. Forking saves the second that importing
takes.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from optwright.agents.runs.directory import Runs
from optwright.agents.runs.task import Task
from optwright.errors import OptwrightError


def main() -> None:
    for heavy in ("langgraph.graph", "langgraph.checkpoint.sqlite", "openai"):
        import_module(heavy)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            work(json.loads(line))
            os._exit(0)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def work(job: dict[str, Any]) -> None:
    runs = Runs(Path(job["runs"]))
    unlimited = resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_FSIZE, (job["file_bytes"] or unlimited, unlimited))
    began = time.monotonic()
    try:
        ended = solved(runs, job)
    except OptwrightError as error:
        ended = {"error": type(error).__name__, "message": str(error)}
    resource.setrlimit(resource.RLIMIT_FSIZE, (unlimited, unlimited))
    ended["seconds"] = time.monotonic() - began
    draft = runs.directory / f"{os.getpid()}.draft"
    draft.write_text(json.dumps(ended), encoding="utf-8")
    draft.rename(draft.with_suffix(".json"))


def solved(runs: Runs, job: dict[str, Any]) -> dict[str, Any]:
    task = job["run"] or Task.model_validate(job["task"])
    run = runs.resume(task) if isinstance(task, str) else runs.begin(task)
    with run:
        return {"solution": run.work().model_dump(mode="json")}


if __name__ == "__main__":
    main()
