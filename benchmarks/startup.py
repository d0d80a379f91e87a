"""How long optwright takes to start: medians of ten fresh processes.

    python benchmarks/startup.py [--runs N] [--imports]

Each process is new and its bytecode is compiled. Wall time counts; CPU time beside it tells a
slow program from a busy machine. `--imports` also lists what takes longest to
import, from `-X importtime`.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
from statistics import median
from time import perf_counter

REACH_S = {
    "python -c pass": None,
    "import optwright": 0.15,
    "optwright --help": 0.3,
    "optwright solve --help": 0.3,
}
_COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import optwright": ["-c", "import optwright"],
    "optwright --help": ["-m", "optwright", "--help"],
    "optwright solve --help": ["-m", "optwright", "solve", "--help"],
}


def seconds(arguments: list[str]) -> tuple[float, float]:
    """Wall and CPU time of one Python process."""
    before, started = os.times(), perf_counter()
    subprocess.run([sys.executable, "-P", *arguments], check=True, stdout=subprocess.DEVNULL)
    wall, after = perf_counter() - started, os.times()
    used = after.children_user + after.children_system
    return wall, used - before.children_user - before.children_system


def slowest_imports(count: int) -> list[tuple[float, str]]:
    """Milliseconds and names of the modules that `optwright --help` takes longest to import."""
    done = subprocess.run(
        [sys.executable, "-P", "-X", "importtime", "-m", "optwright", "--help"],
        check=True,
        capture_output=True,
        text=True,
    )
    rows = re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)", done.stderr)
    return sorted(((int(us) / 1000, name) for us, name in rows), reverse=True)[:count]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, usage=argparse.SUPPRESS)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--imports", action="store_true")
    options = parser.parse_args()
    write = sys.stdout.write
    write(f"Python {platform.python_version()}, {platform.machine()}, {options.runs} runs each\n")
    for name, arguments in _COMMANDS.items():
        seconds(arguments)
        taken = [seconds(arguments) for _ in range(options.runs)]
        wall, cpu = (median(column) for column in zip(*taken, strict=True))
        reach = f"   reach {REACH_S[name]} s" if REACH_S[name] else ""
        write(f"{name:<24} {wall:6.3f} s wall {cpu:6.3f} s CPU{reach}\n")
    if options.imports:
        for milliseconds, name in slowest_imports(12):
            write(f"{milliseconds:8.1f} ms  {name}\n")


if __name__ == "__main__":
    main()
