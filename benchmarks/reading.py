"""How long it takes to read a long CSV file, in seconds of the processor, beside pandas.

python -m optwright.benchmarks.reading --rows 500000
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
from collections.abc import Callable
from pathlib import Path

from optwright.printing import visible


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lanes.csv"
        _write(path, given.rows)
        ours, theirs = [], []
        for _ in range(given.repeats):
            ours.append(_cpu_s(lambda: _load(path)))
            theirs.append(_cpu_s(lambda: _pandas(path)))
    # The first of each also loads its library.
    line = f"optwright {min(ours):.2f} s, pandas {min(theirs):.2f} s of the processor"
    print(visible(f"{given.rows:,} rows: {line}, {min(ours) / min(theirs):.1f} times"))  # noqa: T201


def _write(path: Path, rows: int) -> None:
    made = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        file.write("site,customer,cost,amount\n")
        for _ in range(rows):
            site, customer = made.randrange(400), made.randrange(5000)
            cost, amount = made.random() * 100, made.randrange(1000)
            file.write(f"site{site},customer {customer},{cost:.2f},{amount}\n")


def _load(path: Path) -> None:
    from optwright.solvers.data.tables import load

    load([path])


def _pandas(path: Path) -> None:
    import pandas

    pandas.read_csv(path)


def _cpu_s(work: Callable[[], None]) -> float:
    before = resource.getrusage(resource.RUSAGE_SELF)
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
