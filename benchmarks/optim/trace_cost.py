"""What tracing costs: building a chain of `+ 1`, going back over it, and what is kept afterwards.

Times are of the processor, which other programs on the machine do not add to. Every length is
measured in fresh processes, so that its memory is its own.

    python -m optwright.benchmarks.optim.trace_cost [--repeats 5]
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import time
from pathlib import Path

from optwright.benchmarks.optim.rows import print_table, write_row

LENGTHS = (1_000, 10_000, 100_000, 1_000_000)
_PAGE = 4096  # bytes; what /proc counts in on Linux


def measure(length: int) -> dict[str, float]:
    """Build and go back once in this process; seconds and bytes, per operation where named so."""
    from optwright.optim.parameters import Real
    from optwright.optim.trace import backward

    x = Real("x", 1.0, low=0.0, high=10.0)
    backward(x + 1).render()  # what is loaded at first use does not belong to the chain
    gc.collect()
    empty, objects = _memory(), len(gc.get_objects())
    start = time.process_time()
    y = x
    for _ in range(length):
        y = y + 1
    built = time.process_time()
    memory, with_chain = _memory(), len(gc.get_objects())
    trace = backward(y, "should be larger", score=-3.0)
    back = time.process_time()
    text = trace.render(tokens=500)
    rendered = time.process_time()
    del trace
    gc.collect()
    kept = len(gc.get_objects()) - with_chain
    del y
    gc.collect()
    return {
        "operations": length,
        "build_us_per_op": (built - start) / length * 1e6,
        "build_bytes_per_op": (memory - empty) / length,
        "backward_ms": (back - built) * 1e3,
        "render_ms": (rendered - back) * 1e3,
        "rendered_chars": len(text),
        "objects_kept_by_backward": kept,
        "objects_kept_in_the_end": len(gc.get_objects()) - objects,
    }


def _memory() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


def row(length: int, repeats: int) -> dict[str, float]:
    """The fastest and leanest of `repeats` fresh processes, figure by figure."""
    command = [sys.executable, "-m", __spec__.name, "--one", str(length)]
    runs = [
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        for _ in range(repeats)
    ]
    return {name: round(min(run[name] for run in runs), 3) for name in runs[0]}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--repeats", type=int, default=5)
    arguments.add_argument("--one", type=int, help="measure this length in this process")
    given = arguments.parse_args()
    if given.one:
        print(json.dumps(measure(given.one)))  # noqa: T201  # read by the process above
        return
    started = time.perf_counter()
    rows = [row(length, given.repeats) for length in LENGTHS]
    seconds = time.perf_counter() - started
    write_row("trace_cost", {"fastest_of": given.repeats, "rows": rows}, seeds=(), seconds=seconds)
    print_table(list(rows[0]), [list(found.values()) for found in rows])


if __name__ == "__main__":
    main()
