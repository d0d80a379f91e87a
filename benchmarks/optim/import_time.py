"""How long the loop takes to import, in fresh processes, without a model client.

python -m optwright.benchmarks.optim.import_time [--runs 9]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from statistics import median

from optwright.benchmarks.optim.rows import print_table, write_row

_SCRIPT = """
import json, sys, time
started, cpu = time.perf_counter(), time.process_time()
import optwright.optim.api
heavy = [m for m in ("numpy", "scipy", "optuna", "cma", "openai", "httpx", "litellm", "pydantic",
                     "xllamacpp", "pyomo") if m in sys.modules]
json.dump([time.perf_counter() - started, time.process_time() - cpu, heavy], sys.stdout)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    started = time.perf_counter()
    found = [_import() for _ in range(runs)]
    wall, cpu = [row[0] for row in found], [row[1] for row in found]
    heavy = sorted({name for row in found for name in row[2]})
    result = {"wall_s": wall, "cpu_s": cpu, "heavy_modules": heavy}
    write_row("import_time", result, seeds=[], seconds=time.perf_counter() - started)
    rows = [(f"{min(wall):.3f}", f"{median(wall):.3f}", f"{median(cpu):.3f}", heavy or "none")]
    print_table(("least, s", "median, s", "median of the processor, s", "heavy modules"), rows)


def _import() -> tuple[float, float, list[str]]:
    command = [sys.executable, "-c", _SCRIPT]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    wall, cpu, heavy = json.loads(done.stdout)
    return wall, cpu, heavy


if __name__ == "__main__":
    main()
