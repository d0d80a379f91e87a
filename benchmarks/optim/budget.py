"""Asked and spent: how many evaluations a run makes for the number it was allowed.

Every call of the program is counted in the program itself, with eight workers and a scripted
model that proposes something new each time; GEPA spends 62, 136, 192, 319 and 505 for the same.

    python -m optwright.benchmarks.optim.budget
"""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path

from optwright.benchmarks.optim.rows import print_table, write_row
from optwright.optim.api import optimize
from optwright.optim.parameters import Text
from optwright.serving.budget import Budget
from optwright.serving.scripted import ScriptedModel

ASKED = (60, 100, 150, 300, 500)
WORKERS = 8


def spent(asked: int, directory: Path) -> tuple[int, int]:
    """Calls made and calls reported."""
    words = Text("words", "attempt 0")
    lock, calls = threading.Lock(), [0]

    def program(number: int) -> float:
        with lock:
            calls[0] += 1
        return (hash_of(words.value) * number % 7) / 7

    found = optimize(
        program,
        train=range(100),
        metric=lambda example, output: output,
        parameters=[words],
        optimizer="opro",
        model=ScriptedModel(lambda r: f'{{"values": {{"words": "attempt {r.sample}"}}}}'),
        budget=Budget(evaluations=asked),
        workers=WORKERS,
        run_dir=directory / str(asked),
    )
    return calls[0], found.evaluations


def hash_of(text: str) -> int:
    return sum(text.encode())


def main() -> None:
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        found = {asked: spent(asked, Path(folder)) for asked in ASKED}
    result = {"workers": WORKERS, "asked_made_reported": [[a, *found[a]] for a in ASKED]}
    write_row("budget", result, seeds=[0], seconds=time.perf_counter() - started)
    print_table(("asked", "calls made", "calls reported"), [(a, *found[a]) for a in ASKED])


if __name__ == "__main__":
    main()
