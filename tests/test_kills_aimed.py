"""Kills aimed at a call in flight or at a write, over every command that pays: nothing that was
kept is lost, nothing kept is paid for again, nothing is damaged.

Of the tools of `mcp` and `rest` one pays, `model_problem`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from optwright.serving.ledger import Ledger
from tests.bench_problems import write_problems
from tests.drafts import CANDY, CANDY_DRAFT, CHOCOLATE, reworded

SCRIPT = Path(__file__).with_name("aimed_kills.py")
REPLY_S = 0.05
KINDS = ("solve", "tune", "evolve", "bench", "chat", "page", "mcp")
ORDINARY = 3
"""Kills of each kind in the ordinary suite, but one of `mcp`; 34 of each in the marked one."""

Key = tuple[str, int]
PROGRAM = """
import optwright as ow

instruction = ow.Text("instruction", "Answer.")


def shout(word):
    return word.upper() if "upper" in instruction.value else word


def metric(example, output):
    return float(output.isupper()), "it should be loud"
"""
EVOLVED = "# EVOLVE-BLOCK-START\ndef line(x):\n    return 1.0 * x\n# EVOLVE-BLOCK-END\n"
HARNESS = """
GOAL = "Be near 3 x + 2."
FUNCTIONS = ("line",)
TRAIN = [0.0, 1.0, 2.0]


def evaluate(program, x):
    return -abs(program.line(x) - (3.0 * x + 2.0))
"""


@dataclass
class Shop:
    """Sells replies to all kinds of questions, and remembers what it sold."""

    url: str = ""
    sold: list[Key] = field(default_factory=list)

    def reply(self, body: dict[str, Any]) -> str:
        asked, seed = body["messages"][-1]["content"], body.get("seed", 0)
        self.sold.append((asked, seed))
        time.sleep(REPLY_S)
        if asked.startswith("Maximize the profit of shop"):
            return "1"
        text = " ".join(str(turn["content"]) for turn in body["messages"])
        if "def line" in text:
            return f"```python\ndef line(x):\n    return {1 + seed % 7 / 2} * x\n```"
        if "instruction" in text and "chocolate" not in text:
            values = {"instruction": f"Write in upper case, {seed}."}
            return json.dumps({"reason": "louder", "values": values})
        drafted = json.loads(reworded(CANDY_DRAFT, f"({seed})"))
        expression = f"regular <= {60 + seed % 1000}"
        drafted["limits"].append({"text": CHOCOLATE[0], "expression": expression})
        return json.dumps(drafted)


@contextmanager
def open_shop() -> Iterator[Shop]:
    shop = Shop()

    class Till(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            reply = shop.reply(json.loads(self.rfile.read(length)))
            said = {"message": {"role": "assistant", "content": reply}, "finish_reason": "stop"}
            usage = {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}
            body = json.dumps({"choices": [{"index": 0, **said}], "usage": usage}).encode()
            try:
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:  # it was killed meanwhile
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Till) as server:
        shop.url = f"http://127.0.0.1:{server.server_port}/v1"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield shop
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Forks:
    process: subprocess.Popen[str]

    def run(self, **job: Any) -> tuple[int, int]:
        """How a job ended and how many points it met."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        status, met = self.process.stdout.readline().split()
        return int(status), int(met)


@dataclass
class Bench:
    """One kind of work in a folder of its own, begun and gone on with as a user would."""

    kind: str
    home: Path
    shop: Shop
    forks: Forks

    def __post_init__(self) -> None:
        self.home.mkdir()
        self.runs = self.home / "runs"
        (self.home / "program.py").write_text(PROGRAM, encoding="utf-8")
        rows = "".join(f"word{n}\n" for n in range(40))
        (self.home / "words.csv").write_text("word\n" + rows, encoding="utf-8")
        (self.home / "line.py").write_text(EVOLVED, encoding="utf-8")
        (self.home / "harness.py").write_text(HARNESS, encoding="utf-8")
        write_problems(self.home, 6)

    def go(self, kill_at: int = 0) -> tuple[int, int]:
        job: dict[str, Any] = {"kind": "cli", "stdin": "", "out": str(self.home / "out")}
        if self.kind in ("chat", "page"):
            job["stdin"] = f"{CANDY}\nthe chocolate limit is 15000\n".replace("\n\n", "\n")
        if self.kind == "page":
            job["kind"] = "page"
            places = {"session_dir": f"{self.home}/sessions", "run_dir": str(self.runs)}
            job["options"] = places | {"model": self.model, "profile": "small", "name": "plan"}
        if self.kind == "mcp":
            job |= {"kind": "mcp", "stdin": CANDY}
            job["options"] = {"model": self.model, "ledger": str(self.runs / "ledger.sqlite")}
        return self.forks.run(**job, words=self.words(), kill_at=kill_at)

    @property
    def model(self) -> str:
        return f"m@{self.shop.url}"

    def words(self) -> list[str]:
        home, model = self.home, ["--model", self.model]
        place = ["--run-dir", str(self.runs)]
        if self.kind in ("solve", "tune", "evolve") and (begun := self.begun()):
            return ["runs", "resume", begun, *place]
        match self.kind:
            case "solve":
                drafts = ["--profile", "small", "--drafts", "4", "--agreement", "4"]
                return ["solve", CANDY, *model, *place, *drafts]
            case "tune":
                return ["tune", f"{home}/program.py:shout", "--train", f"{home}/words.csv",
                        "--parameters", "instruction", "--optimizer", "opro", *model, *place,
                        "--budget", "evaluations=150,calls=4"]  # fmt: skip
            case "evolve":
                files = [f"{home}/line.py", "--harness", f"{home}/harness.py"]
                limits = ["--optimizer", "rewriting", "--budget", "evaluations=9,calls=6"]
                return ["evolve", *files, *model, *limits, *place]
            case "bench":
                system = "optwright.benchmarks.harness_overhead:one_call"
                return ["bench", f"{home}/shops.jsonl", "--system", system, *model, "--jobs", "2",
                        "--out", f"{home}/out-of-bench"]  # fmt: skip
        session = ["--session", "plan", "--session-dir", f"{home}/sessions"]
        return ["chat", "--plain", *session, "--profile", "small", *model, *place]

    def begun(self) -> str:
        """The run there is, if one has begun."""
        files = [*self.runs.glob("*/run.sqlite"), *self.runs.glob("*/study.sqlite")]
        return str(files[0].parent) if self.kind != "solve" and files else (
            files[0].parent.name if files else ""
        )  # fmt: skip

    def kept(self) -> set[Key]:
        """The requests whose replies are kept."""
        found: set[Key] = set()
        for path in (*self.home.rglob("ledger.sqlite"), *self.home.rglob("replies.sqlite")):
            with Ledger(path) as ledger:
                assert (ledger.damaged, ledger.rebuilt) == (0, 0)
                for record in ledger.records():
                    found.add((record.request.messages[-1].content, record.request.draw_seed or 0))
        return found


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    home = tmp_path_factory.mktemp("home")
    places = {name: str(home / name.lower()) for name in ("OPTWRIGHT_RUNS", "OPTWRIGHT_SESSIONS")}
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            **places,
            "OPTWRIGHT_ENDPOINTS": "",
            "PYTHONPATH": str(SCRIPT.parents[1]),
        },
    )
    with process:
        yield Forks(process)
        assert process.stdin is not None
        process.stdin.close()


def killed(whole: Bench, home: Path, kill_at: int, status: int) -> None:
    """Do what was done whole anew, kill it at a point, go on to the end, and look."""
    with open_shop() as shop:
        bench = Bench(whole.kind, home, shop, whole.forks)
        ended, _ = bench.go(kill_at)
        if ended != -9:  # the points are not the same in number each time
            assert ended == status, (home / "out").read_text(encoding="utf-8")
            return
        kept, before = bench.kept(), len(shop.sold)
        ended, _ = bench.go()
        said = (home / "out").read_text(encoding="utf-8")
        assert ended == status, said
        assert "damaged" not in said
        assert not set(shop.sold[before:]) & kept, "paid twice"
        assert kept <= bench.kept(), "lost"


@pytest.mark.parametrize("kind", KINDS)
def test_kills_aimed_at_calls_and_writes(kind: str, tmp_path: Path, forks: Forks) -> None:
    aimed(kind, 1 if kind == "mcp" else ORDINARY, tmp_path, forks)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_many_kills_aimed_at_calls_and_writes(kind: str, tmp_path: Path, forks: Forks) -> None:
    aimed(kind, 34, tmp_path, forks)


def aimed(kind: str, kills: int, tmp_path: Path, forks: Forks) -> None:
    if kind == "mcp":
        pytest.importorskip("mcp")
    with open_shop() as shop:
        whole = Bench(kind, tmp_path / "whole", shop, forks)
        status, points = whole.go()
        assert status in (0, 1, 10), (whole.home / "out").read_text(encoding="utf-8")
        assert points > 1, "nothing was written or asked"
        assert whole.kept(), "nothing was paid for"
    kills = min(kills, points)
    for kill in range(kills):
        kill_at = 1 + int((kill + 0.5) / kills * points)
        killed(whole, tmp_path / f"killed-{kill}", kill_at, status)


BEGINS = """
import os, sys
from pathlib import Path

import langgraph.checkpoint.sqlite, langgraph.graph
from optwright.agents.chat.session import ChatSession, Settings
from tests.aimed_kills import Points, aim

home, killed = Path(sys.argv[1]), 0
for point in range(1, 200):
    if not (child := os.fork()):
        aim(Points(point, os.memfd_create("points")))
        with ChatSession(home / str(point), Settings(model=None)):
            os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        break
    killed += 1
    with ChatSession(home / str(point), Settings(model=None)) as session:
        assert session.turn("help").text
        assert [turn.said for turn in session.turns] == ["help"]
print(killed)
"""


def test_a_session_whose_beginning_was_killed_begins_anew(tmp_path: Path) -> None:
    """Killed at every write: half of a first state made every later start an error."""
    root = str(SCRIPT.parents[1])
    words = [sys.executable, "-c", BEGINS, str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=root)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 10
