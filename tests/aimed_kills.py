"""Forks commands that are to be killed at a point: `python aimed_kills.py` reads a job a line.

A job is JSON: `kind` (`cli`, `page` or `mcp`), `words` (arguments of `optwright`), `stdin`, `out`
(a file for what it prints) and `kill_at`. Points are counted as they are met: every statement
that writes to a SQLite file, where the kill comes before it is carried out, and every call of a
model, where it comes while the reply is on its way. The kill with SIGKILL comes at point
`kill_at`; with 0 none does. For each job a line comes back: the exit status, or minus the signal,
and how many points were met.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
import threading
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "COMMIT")
_IN_FLIGHT_S = 0.02  # less than a reply takes


class Points:
    """Counts the points of a process, and kills it at one of them."""

    def __init__(self, kill_at: int, count: int) -> None:
        self.met, self.kill_at, self.count = 0, kill_at, count
        self._lock = threading.Lock()

    def meet(self) -> bool:
        with self._lock:
            self.met += 1
            os.pwrite(self.count, f"{self.met:>9}".encode(), 0)
            return self.met == self.kill_at

    def statement(self, said: str) -> None:
        if said.lstrip().upper().startswith(_WRITES) and self.meet():
            os.kill(os.getpid(), signal.SIGKILL)

    def call(self) -> None:
        if self.meet():
            threading.Timer(_IN_FLIGHT_S, os.kill, (os.getpid(), signal.SIGKILL)).start()


def aim(points: Points) -> None:
    """Have connections and models of this process meet the points."""
    from optwright.serving.openai_client import OpenAIModel

    connect, ask = sqlite3.connect, OpenAIModel._ask

    def watched(*arguments: Any, **settings: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **settings)
        connection.set_trace_callback(points.statement)
        return connection

    async def asked(self: Any, *arguments: Any) -> Any:
        points.call()
        return await ask(self, *arguments)

    sqlite3.connect = watched  # type: ignore[assignment]  # as nobody but us would
    OpenAIModel._ask = asked  # type: ignore[method-assign, assignment]  # as nobody but us would


def work(job: dict[str, Any], count: int) -> int:
    aim(Points(job["kill_at"], count))
    from optwright.cli import run

    out = os.open(job["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)
    read, write = os.pipe()
    os.write(write, job["stdin"].encode())
    os.close(write)
    os.dup2(read, 0)
    if job["kind"] == "page":
        return page(job)
    if job["kind"] == "mcp":
        return mcp(job)
    return run(job["words"])


def page(job: dict[str, Any]) -> int:
    """A session in the browser, whose turns are left as its forms leave them."""
    from optwright.cli.chat.opening import Wanted, opened
    from optwright.web.desk import Desk

    names = Wanted.__dataclass_fields__
    plain: dict[str, Any] = {"data": (), "budget": "", "solver": "auto", "ledger": "record"}
    places = {name: Path(job["options"][name]) for name in ("session_dir", "run_dir")}
    given = dict.fromkeys(names) | {"last": False} | plain | job["options"] | places
    wanted = Wanted(**given)
    with opened(wanted) as start:
        desk = Desk(start.chat, start.name)
        turns = job["stdin"].splitlines()[len(desk.view.turns) :]
        for turn in turns:
            desk.say(turn)
            desk._jobs.put(None)  # `run` returns when it is done
            desk.run()
    return 0


def mcp(job: dict[str, Any]) -> int:
    """A call of a tool, as the server makes it on a thread for what a client sends."""
    from optwright.doors.operations import operations
    from optwright.doors.tools import call

    given = job["options"]
    tools = operations(None, given["model"], Path(given["ledger"]))
    print(call(tools, "model_problem", {"problem": job["stdin"]})["status"])  # noqa: T201 -- its output
    return 0


def main() -> None:
    for heavy in ("langgraph.graph", "langgraph.checkpoint.sqlite", "openai", "optwright.web.desk",
                  "optwright.cli.solve", "optwright.cli.tune", "optwright.cli.evolve",
                  "optwright.agents.runs.directory", "optwright.benchmarks.measuring",
                  "optwright.optim.api", "optwright.doors.operations"):  # fmt: skip
        import_module(heavy)
    for line in sys.stdin:
        count = os.memfd_create("points")
        if not (pid := os.fork()):
            status = 1
            try:
                status = work(json.loads(line), count)
            except BaseException:  # noqa: BLE001 -- told, and the fork ends
                traceback.print_exc()
            finally:
                os._exit(status)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        sys.stdout.write(f"{status} {int(os.pread(count, 9, 0) or b'0')}\n")
        sys.stdout.flush()
        os.close(count)


if __name__ == "__main__":
    main()
