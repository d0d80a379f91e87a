"""A run that can be killed anywhere: `python resumable_run.py DIRECTORY DIE_AFTER DELAY_S`.

It optimizes words and a number with a scripted model, writes a line to DIRECTORY/calls for every
evaluation and every model call that begins, and kills itself with SIGKILL `DELAY_S` after the
event number `DIE_AFTER` (0 is never). At its end it prints what it found as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from hashlib import sha256
from itertools import count
from pathlib import Path

from optwright.optim.api import optimize
from optwright.optim.parameters import Real, Text
from optwright.serving.budget import Budget
from optwright.serving.chat import ChatRequest
from optwright.testing import ScriptedModel

DIRECTORY, DIE_AFTER, DELAY_S = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
WORDS = [
    "add",
    "sum",
    "carry",
    "check",
    "digits",
    "twice",
    "slowly",
    "units",
    "first",
    "last",
    "column",
    "borrow",
]

instruction = Text("instruction", "Answer.")
rate = Real("rate", 0.2, low=0.0, high=1.0)
_lock = threading.Lock()
_events = count(1)


def chance(*parts: object) -> float:
    """A number from 0 to 1 that is the same in every process."""
    return int(sha256(repr(parts).encode()).hexdigest()[:8], 16) / 2**32


def event(what: str) -> None:
    with _lock:
        with (DIRECTORY / "calls").open("a") as file:
            file.write(what + "\n")
        if next(_events) == DIE_AFTER:
            threading.Thread(target=die, daemon=True).start()


def die() -> None:
    time.sleep(DELAY_S)
    os.kill(os.getpid(), signal.SIGKILL)


def solve(question: int) -> float:
    event(f"run {rate.value!r} {instruction.value!r} {question}")
    time.sleep(0.001)
    skill = (
        0.3 + 0.05 * len(set(instruction.value.split()) & set(WORDS)) - abs(rate.value - 0.7) / 3
    )
    return float(chance(question, instruction.value, round(rate.value, 3)) < skill)


def score(question: int, output: float) -> tuple[float, str]:
    return output, "right" if output else f"question {question} is wrong"


def write(request: ChatRequest) -> str:
    event("ask")
    draw = chance(request.messages[-1].content, request.sample)
    if draw < 0.2:
        return "I'm sorry, I cannot."
    words = [word for word in WORDS if chance(draw, word) < 0.5]
    return json.dumps({"values": {"instruction": " ".join(words), "rate": round(draw, 2)}})


if __name__ == "__main__":
    found = optimize(
        solve,
        train=range(120),
        metric=score,
        parameters=[instruction, rate],
        optimizer="portfolio",
        model=ScriptedModel(write),
        budget=Budget(evaluations=500, calls=30, tokens=50_000),
        seed=3,
        workers=4,
        run_dir=DIRECTORY / "run",
    )
    sys.stdout.write(
        json.dumps(
            {
                "values": found.values,
                "score": found.score,
                "evaluations": found.evaluations,
                "calls": found.spent.calls,
                "tokens": found.spent.tokens,
                "trials": [t.to_json() for t in found.trials],
                "changes": [c.to_json() for c in found.changes],
                "replies": [found.replies.asked, found.replies.usable] if found.replies else None,
            }
        )
    )
