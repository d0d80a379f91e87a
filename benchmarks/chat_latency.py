"""From Enter to the first visible change: `optwright chat` on a real pseudo terminal.

    python -m optwright.benchmarks.chat_latency --rounds 10

A process of its own types turns of several kinds and reads what the terminal would show; a letter
that was not typed is a change, a control sequence or a blank is none. The model is an endpoint
that answers after a fixed time, so that whatever is seen before it has answered is ours. A session
with 10,000 decisions is reopened from the disk. One row of JSON per kind is printed and appended
to `results/chat_latency.jsonl`: seconds to the first change and to the next prompt.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import pexpect

from optwright.agents.chat.session import ChatSession, Settings
from optwright.agents.chat.store import Sessions
from optwright.agents.solution import Solution
from optwright.benchmarks.optim.rows import commit
from optwright.benchmarks.simulated import endpoint
from optwright.benchmarks.whatif import transport
from optwright.solvers.model.outcome import Status

RESULTS = Path(__file__).resolve().parent / "results" / "chat_latency.jsonl"
PATIENCE_S = 60
TYPING_S = 0.3  # until what was typed stands there
PROMPT, ENTERED = "\x1b[?2004h", "\x1b[?2004l"  # marking of pasted text goes on, and off
_STEERING = r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b[^\[\]]|[\x00-\x1a\x20]"
VISIBLE = re.compile(rf"\A(?:{_STEERING})*[^\x00-\x20]")
PROBLEM = (
    "A candy store packs regular boxes and gift boxes. A regular box takes 200 grams of chocolate "
    "and earns a profit of $6. A gift box takes 150 grams of chocolate and earns a profit of $9. "
    "The store has 12000 grams of chocolate. At most 40 gift boxes can be sold. How many boxes of "
    "each kind should be packed to maximize the profit?"
)
DRAFT = json.dumps(
    {
        "decisions": [
            {"name": "regular", "meaning": "number of regular boxes", "whole": True},
            {"name": "gift", "meaning": "number of gift boxes", "whole": True},
        ],
        "amounts": [],
        "objective": {
            "text": "maximize the profit", "sense": "maximize", "expression": "6*regular + 9*gift",
        },
        "limits": [
            {"text": "12000 grams of chocolate", "expression": "200*regular + 150*gift <= 12000"},
            {"text": "At most 40 gift boxes can be sold", "expression": "gift <= 40"},
        ],
    }
)  # fmt: skip
READING = '{"action": "percent", "target": "", "value": -20}'
SMALL = (
    "what if chocolate is 2{0} % lower",
    "sweep chocolate from 8{0}00 to 16000",
    "/limits",
    "/help",
    "/report {folder}/{0}.html",
)
LARGE = (
    "what if demand rises by {0} %",
    "why nothing sent from p3 to t9",
    "sweep supply of p7 from 60 to 6{0}",
    "/help",
    "/export lp={folder}/{0}.lp",
)


@dataclass(frozen=True)
class Seen:
    """Seconds from Enter to the first visible change, and to the prompt for the next turn."""

    first_s: float
    ready_s: float


class Terminal:
    """A pseudo terminal of 80 columns in which `optwright chat` runs; `opened` is how it began."""

    def __init__(self, folder: Path, *options: str) -> None:
        began = perf_counter()
        self._screen: pexpect.spawn[str] = pexpect.spawn(
            sys.executable,
            ["-P", "-m", "optwright", "chat", *options],
            encoding="utf-8",
            dimensions=(40, 80),
            timeout=PATIENCE_S,
            env={**os.environ, **_places(folder), "TERM": "xterm-256color"},
        )
        self._screen.delaybeforesend = None
        self.opened = self._seen(began)

    def turn(self, said: str) -> Seen:
        """Type a turn, wait until it stands there, and press Enter."""
        self._screen.send(said)
        self._screen.expect(pexpect.TIMEOUT, timeout=TYPING_S)
        began = perf_counter()
        self._screen.send("\r")
        self._screen.expect_exact(ENTERED)
        return self._seen(began)

    def close(self) -> None:
        self._screen.close(force=True)

    def _seen(self, began: float) -> Seen:
        self._screen.expect(VISIBLE)
        first_s = perf_counter() - began
        self._screen.expect_exact(PROMPT)
        return Seen(first_s, perf_counter() - began)


def _places(folder: Path) -> dict[str, str]:
    return {
        "OPTWRIGHT_RUNS": str(folder / "runs"),
        "OPTWRIGHT_SESSIONS": str(folder / "sessions"),
        "PROMPT_TOOLKIT_NO_CPR": "1",
    }


Taken = Iterator[tuple[str, Seen]]
"""A kind of turn, and what was seen of one."""


def told(folder: Path, model: str) -> Taken:
    """A problem is told right after the start; the agents ask the model twice."""
    with closing(Terminal(folder, "--model", model, "--ledger", "off")) as terminal:
        yield "start, empty session", terminal.opened
        yield "first turn after the start: a problem", terminal.turn(PROBLEM)


def talked(folder: Path, model: str, turns: Sequence[str], rounds: int) -> Taken:
    """What-if and questions about a model, none of which asks the language model."""
    with closing(Terminal(folder, "--session", "candy", "--model", model)) as terminal:
        terminal.turn(PROBLEM)
        for said in turns:
            for round_ in range(rounds):
                yield said, terminal.turn(said.format(round_, folder=folder))


def read_by_model(folder: Path, model: str, rounds: int) -> Taken:
    """Turns that no rule reads."""
    with closing(Terminal(folder, "--session", "candy", "--model", model)) as terminal:
        for round_ in range(rounds):
            said = f"the cocoa harvest failed once more, the {round_}th time in a row"
            yield "a turn that the model reads", terminal.turn(said)


def reopened(folder: Path, turns: Sequence[str], rounds: int) -> Taken:
    """A session with 10,000 decisions, from the disk."""
    for round_ in range(rounds):
        with closing(Terminal(folder, "--session", "transport")) as terminal:
            yield "start, 10,000 decisions", terminal.opened
            said = turns[0].format(5 + round_)
            yield f"10,000, first turn after the start: {turns[0]}", terminal.turn(said)
    with closing(Terminal(folder, "--session", "transport")) as terminal:
        for said in turns:
            for round_ in range(rounds):
                yield f"10,000: {said}", terminal.turn(said.format(1 + round_, folder=folder))


def measure(folder: Path, latency_s: float, rounds: int) -> dict[str, list[Seen]]:
    """Everything that was seen, by kind of turn."""
    problem, model = transport()
    with ChatSession(Sessions(folder / "sessions").path("transport"), Settings(model=None)) as talk:
        talk.adopt(problem, Solution(status=Status.OPTIMAL, verified=True, formulation=model))
    found: dict[str, list[Seen]] = {}
    with endpoint(latency_s, text=DRAFT) as drafts, endpoint(latency_s, text=READING) as reads:
        for taken in (
            *(told(folder, f"drafts@{drafts}") for _ in range(rounds)),
            talked(folder, f"drafts@{drafts}", SMALL, rounds),
            read_by_model(folder, f"reads@{reads}", rounds),
            reopened(folder, LARGE, rounds),
        ):
            for kind, seen in taken:
                found.setdefault(kind, []).append(seen)
    return found


def row(kind: str, seen: Sequence[Seen], latency_s: float) -> dict[str, object]:
    """What is kept of one kind of turn."""
    first, ready = [s.first_s for s in seen], [s.ready_s for s in seen]
    return {
        "benchmark": "chat_latency",
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "commit": commit(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.release()}",
        "load": [round(load, 1) for load in os.getloadavg()],
        "nice": os.nice(0),
        "model_latency_s": latency_s,
        "turn": kind,
        "count": len(seen),
        "first_median_s": round(statistics.median(first), 3),
        "first_worst_s": round(max(first), 3),
        "ready_median_s": round(statistics.median(ready), 3),
        "ready_worst_s": round(max(ready), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--latency", type=float, default=1.0, help="seconds the model takes")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, RESULTS.open("a", encoding="utf-8") as file:
        for kind, seen in measure(Path(folder), given.latency, given.rounds).items():
            text = json.dumps(row(kind, seen, given.latency))
            sys.stdout.write(f"{text}\n")
            file.write(f"{text}\n")


if __name__ == "__main__":
    main()
