"""Ten hard mixed-integer programs, made by seed: the search of `alns` against plain HiGHS.

    python -m optwright.benchmarks.hard_milps --seconds 60 --out hard.jsonl
    python -m optwright.benchmarks.hard_milps --out hard.jsonl --report

The first solves what is not in the file yet, the second prints the table. The measure is the primal
integral: the gap between the best point so far and the best that any of the runs in the file has
come to, as a mean over the time, 1 while there is no point. `--clock cpu` counts the processor's
seconds of the solving process and not the wall's, so that what else the machine does weighs less.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np

from optwright.solvers.backends import highs, progress
from optwright.solvers.model.linear_model import LinearModel
from optwright.solvers.model.outcome import SolveOptions

CLOCKS: dict[str, Callable[[], float]] = {"wall": perf_counter, "cpu": process_time}
Entries = list[tuple[int, float]]


@dataclass
class Build:
    """A model column by column and row by row."""

    cost: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    integer: list[bool] = field(default_factory=list)
    rows: list[tuple[Entries, float, float]] = field(default_factory=list)

    def column(self, cost: float, upper: float = 1.0, *, integer: bool = True) -> int:
        self.cost.append(float(cost))
        self.upper.append(float(upper))
        self.integer.append(integer)
        return len(self.cost) - 1

    def row(self, entries: Entries, low: float = -np.inf, high: float = np.inf) -> None:
        self.rows.append((entries, low, high))

    def model(self, *, maximize: bool = False) -> LinearModel:
        counts = [len(entries) for entries, _, _ in self.rows]
        return LinearModel(
            maximize=maximize,
            offset=0.0,
            cost=np.array(self.cost),
            lower=np.zeros(len(self.cost)),
            upper=np.array(self.upper),
            integer=np.array(self.integer),
            row_lower=np.array([low for _, low, _ in self.rows]),
            row_upper=np.array([high for _, _, high in self.rows]),
            starts=np.cumsum([0, *counts], dtype=np.int32),
            columns=np.array([j for e, _, _ in self.rows for j, _ in e], dtype=np.int32),
            coefficients=np.array([a for e, _, _ in self.rows for _, a in e], dtype=np.float64),
            column_names=[f"x{j}" for j in range(len(self.cost))],
            row_names=[f"r{i}" for i in range(len(self.rows))],
        )


def lot_sizing(seed: int, items: int = 30, periods: int = 30) -> LinearModel:
    """Several items share a capacity in each period; a set-up costs money and time."""
    draw, made = np.random.default_rng(seed), Build()
    demand = draw.integers(20, 100, (items, periods)) * (draw.random((items, periods)) < 0.8)
    setup_time = draw.integers(5, 15, items)
    capacity = 1.15 * (demand.sum() / periods + setup_time.sum() * 0.6)
    uses = dict[int, Entries]()
    for i in range(items):
        hold, setup = draw.uniform(0.5, 2.0), draw.uniform(100, 400)
        stock: int | None = None
        for t in range(periods):
            rest = float(demand[i, t:].sum())
            make = made.column(0.0, rest, integer=False)
            on = made.column(setup)
            kept = made.column(hold, rest, integer=False)
            before = [] if stock is None else [(stock, 1.0)]
            made.row([*before, (make, 1.0), (kept, -1.0)], demand[i, t], demand[i, t])
            made.row([(make, 1.0), (on, -min(rest, capacity))], high=0.0)
            uses.setdefault(t, []).extend([(make, 1.0), (on, float(setup_time[i]))])
            stock = kept
    for entries in uses.values():
        made.row(entries, high=float(capacity))
    return made.model()


def set_cover(seed: int, rows: int = 500, columns: int = 1000) -> LinearModel:
    draw, made = np.random.default_rng(seed), Build()
    for _ in range(columns):
        made.column(float(draw.integers(1, 100)))
    for _ in range(rows):
        count = max(int(draw.binomial(columns, 0.05)), 2)
        made.row([(int(j), 1.0) for j in draw.choice(columns, count, replace=False)], low=1.0)
    return made.model()


def assignment(seed: int, agents: int = 20, jobs: int = 100) -> LinearModel:
    """Generalized assignment of type E: cheap where it takes much."""
    draw, made = np.random.default_rng(seed), Build()
    takes = 1 - 10 * np.log(draw.uniform(1e-9, 1, (agents, jobs)))
    costs = 1000 / takes - 10 * draw.uniform(0, 1, (agents, jobs))
    x = [[made.column(costs[a, j]) for j in range(jobs)] for a in range(agents)]
    for j in range(jobs):
        made.row([(x[a][j], 1.0) for a in range(agents)], 1.0, 1.0)
    for a in range(agents):
        most = max(0.8 * takes[a].sum() / agents, takes[a].max())
        made.row([(x[a][j], float(takes[a, j])) for j in range(jobs)], high=float(most))
    return made.model()


def vehicle_routing(seed: int, customers: int = 25, vehicles: int = 5) -> LinearModel:
    """Capacitated routing, loads along the routes (Miller, Tucker and Zemlin)."""
    draw, made = np.random.default_rng(seed), Build()
    places = draw.uniform(0, 100, (customers + 1, 2))
    load = draw.integers(5, 25, customers + 1)
    capacity = float(np.ceil(1.1 * load[1:].sum() / vehicles))
    far = np.hypot(*(places[:, None, :] - places[None, :, :]).transpose(2, 0, 1))
    nodes = range(customers + 1)
    x = {(i, j): made.column(far[i, j]) for i in nodes for j in nodes if i != j}
    u = {i: made.column(0.0, capacity, integer=False) for i in nodes if i}
    for i, loaded in u.items():
        made.row([(x[i, j], 1.0) for j in nodes if j != i], 1.0, 1.0)
        made.row([(x[j, i], 1.0) for j in nodes if j != i], 1.0, 1.0)
        made.row([(loaded, 1.0)], low=float(load[i]))
    made.row([(x[0, j], 1.0) for j in nodes if j], high=float(vehicles))
    for (i, before), (j, after) in itertools.permutations(u.items(), 2):
        row = [(before, 1.0), (after, -1.0), (x[i, j], capacity)]
        made.row(row, high=capacity - float(load[j]))
    return made.model()


def bin_packing(seed: int, items: int = 60, bins: int = 30) -> LinearModel:
    draw, made = np.random.default_rng(seed), Build()
    size = draw.integers(20, 70, items)
    used = [made.column(1.0 + 1e-3 * b) for b in range(bins)]
    x = [[made.column(0.0) for _ in range(bins)] for _ in range(items)]
    for i in range(items):
        made.row([(x[i][b], 1.0) for b in range(bins)], 1.0, 1.0)
    for b in range(bins):
        filled = [(x[i][b], float(size[i])) for i in range(items)]
        made.row([*filled, (used[b], -100.0)], high=0.0)
    return made.model()


def knapsacks(seed: int, rows: int = 30, columns: int = 250) -> LinearModel:
    """A knapsack with many limits (Chu and Beasley): weights and values go together."""
    draw, made = np.random.default_rng(seed), Build()
    weight = draw.integers(1, 1000, (rows, columns))
    for j in range(columns):
        made.column(weight[:, j].mean() + 500 * draw.random())
    for i in range(rows):
        entries = [(j, float(weight[i, j])) for j in range(columns)]
        made.row(entries, high=float(weight[i].sum() // 4))
    return made.model(maximize=True)


def facilities(seed: int, sites: int = 50, customers: int = 100) -> LinearModel:
    """Capacitated location, each customer served by one site."""
    draw, made = np.random.default_rng(seed), Build()
    place, home = draw.uniform(0, 1, (sites, 2)), draw.uniform(0, 1, (customers, 2))
    need = draw.integers(5, 35, customers)
    room = draw.integers(10, 160, sites) * need.sum() * 3 // draw.integers(10, 160, sites).sum()
    far = np.hypot(*(place[:, None, :] - home[None, :, :]).transpose(2, 0, 1))
    build = [made.column(draw.uniform(100, 110) * np.sqrt(max(room[s], 1))) for s in range(sites)]
    x = [[made.column(10 * far[s, c] * need[c]) for c in range(customers)] for s in range(sites)]
    for c in range(customers):
        made.row([(x[s][c], 1.0) for s in range(sites)], 1.0, 1.0)
    for s in range(sites):
        served = [(x[s][c], float(need[c])) for c in range(customers)]
        made.row([*served, (build[s], -float(room[s]))], high=0.0)
    return made.model()


def independent_set(seed: int, nodes: int = 300, share: float = 0.05) -> LinearModel:
    draw, made = np.random.default_rng(seed), Build()
    for _ in range(nodes):
        made.column(float(draw.integers(1, 100)))
    for i in range(nodes):
        for j in range(i + 1, nodes):
            if draw.random() < share:
                made.row([(i, 1.0), (j, 1.0)], high=1.0)
    return made.model(maximize=True)


def network_design(seed: int, nodes: int = 20, arcs: int = 120, goods: int = 20) -> LinearModel:
    """Fixed costs for arcs that several commodities share."""
    draw, made = np.random.default_rng(seed), Build()
    links = {(i, (i + 1) % nodes) for i in range(nodes)}
    links |= {((i + 1) % nodes, i) for i in range(nodes)}
    while len(links) < arcs:
        i, j = draw.integers(0, nodes, 2).tolist()
        if i != j:
            links.add((i, j))
    ends = [draw.choice(nodes, 2, replace=False).tolist() for _ in range(goods)]
    need = draw.integers(5, 20, goods)
    room = float(need.sum()) * 0.4
    balance = {(k, n): Entries() for k in range(goods) for n in range(nodes)}
    for i, j in sorted(links):
        on = made.column(draw.uniform(50, 200))
        shared = Entries()
        for k in range(goods):
            flow = made.column(draw.uniform(1, 5), float(need[k]), integer=False)
            balance[k, i].append((flow, 1.0))
            balance[k, j].append((flow, -1.0))
            made.row([(flow, 1.0), (on, -float(need[k]))], high=0.0)
            shared.append((flow, 1.0))
        made.row([*shared, (on, -room)], high=0.0)
    for (k, n), entries in balance.items():
        net = float(need[k]) * ((n == ends[k][0]) - (n == ends[k][1]))
        made.row(entries, net, net)
    return made.model()


def job_shop(seed: int, jobs: int = 10, machines: int = 10) -> LinearModel:
    """Disjunctions with large numbers, the end of the last step minimized."""
    draw, made = np.random.default_rng(seed), Build()
    minutes = draw.integers(5, 99, (jobs, machines))
    order = np.array([draw.permutation(machines) for _ in range(jobs)])
    late = float(minutes.sum())
    end = made.column(1.0, late, integer=False)
    start = [[made.column(0.0, late, integer=False) for _ in range(machines)] for _ in range(jobs)]
    on = dict[int, list[tuple[int, int]]]()
    for j in range(jobs):
        for k in range(machines):
            on.setdefault(int(order[j, k]), []).append((start[j][k], int(minutes[j, k])))
            after = end if k == machines - 1 else start[j][k + 1]
            made.row([(after, 1.0), (start[j][k], -1.0)], low=float(minutes[j, k]))
    for steps in on.values():
        for a, (one, takes) in enumerate(steps):
            for other, lasts in steps[a + 1 :]:
                first = made.column(0.0)
                made.row([(other, 1.0), (one, -1.0), (first, -late)], low=float(takes) - late)
                made.row([(one, 1.0), (other, -1.0), (first, late)], low=float(lasts))
    return made.model()


INSTANCES: dict[str, Callable[[int], LinearModel]] = {
    "lot_sizing": lot_sizing,
    "set_cover": set_cover,
    "assignment": assignment,
    "vehicle_routing": vehicle_routing,
    "bin_packing": bin_packing,
    "knapsacks": knapsacks,
    "facilities": facilities,
    "independent_set": independent_set,
    "network_design": network_design,
    "job_shop": job_shop,
}


def solved(name: str, solver: str, seed: int, seconds: float, clock: str) -> dict[str, Any]:
    """One run in this process, with every better point and when it came."""
    model, now = INSTANCES[name](seed), CLOCKS[clock]
    began, wall, load = now(), perf_counter(), os.getloadavg()[0]
    points = list[tuple[float, float]]()

    def heard(told: progress.SolverEvent) -> None:
        if told.kind == "point" and told.objective is not None:
            points.append((now() - began, told.objective))

    engine, _, settings = solver.partition(":")
    extra = dict(part.split("=") for part in filter(None, settings.split(";")))
    options = SolveOptions(time_limit_s=seconds, seed=seed, engine=extra)
    with progress.listened_by(heard):
        if engine == "alns":
            from optwright.solvers.backends.alns.engine import Alns
            from optwright.solvers.backends.protocol import FromArrays

            patience_s = 1.5 if clock == "wall" else 60.0  # the processor may be far away
            outcome = Alns(now, patience_s).solve(FromArrays(model), options)
        else:
            outcome = _plain(model, options, now, began + seconds)
    return {
        "instance": name,
        "solver": solver,
        "seed": seed,
        "seconds": seconds,
        "clock": clock,
        "status": outcome.status.value,
        "objective": outcome.objective,
        "bound": outcome.bound,
        "maximize": model.maximize,
        "points": [[round(t, 3), value] for t, value in points],
        "took_s": round(now() - began, 2),
        "wall_s": round(perf_counter() - wall, 2),
        "load": [round(load, 1), round(os.getloadavg()[0], 1)],
        "said": outcome.message,
        "engine": outcome.solver,
    }


def _plain(model: LinearModel, options: SolveOptions, now: Callable[[], float], ends: float) -> Any:
    """HiGHS, stopped by the clock of the measurement."""
    limit = options.time_limit_s if now is perf_counter else 1000 * options.time_limit_s
    steered = progress.Control(lambda: now() < ends, lambda: None)
    with progress.controlled_by(steered):
        return highs.solve_arrays(
            model,
            SolveOptions(time_limit_s=limit, seed=options.seed, engine=options.engine),
        )


def integral(row: Mapping[str, Any], best: float) -> float:
    """The mean gap over the time of a run, 1 while it has no point."""
    at, gap, area = 0.0, 1.0, 0.0
    for seconds, value in row["points"]:
        until = min(seconds, row["seconds"])
        area += gap * (until - at)
        at = until
        size = max(abs(value), abs(best), 1e-9)
        gap = min(gap, abs(value - best) / size if value * best >= 0 else 1.0)
    seconds = float(row["seconds"])
    return (area + gap * max(seconds - at, 0.0)) / seconds


def report(rows: Iterable[Mapping[str, Any]]) -> str:
    """A table: for each instance the integral of every solver, and its ratio to plain HiGHS."""
    found: dict[tuple[str, int], dict[str, Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault((row["instance"], row["seed"]), {})[row["solver"]] = row
    solvers = list(dict.fromkeys(solver for runs in found.values() for solver in runs))
    lines = ["| instance | " + " | ".join(f"{s}: integral, objective" for s in solvers) + " |"]
    lines.append("| --- |" + " --- |" * len(solvers))
    ratios: dict[str, list[float]] = {solver: [] for solver in solvers}
    for (name, seed), runs in found.items():
        values = [r["objective"] for r in runs.values() if r["objective"] is not None]
        if not values:
            continue
        best = max(values) if next(iter(runs.values()))["maximize"] else min(values)
        cells = []
        plain = integral(runs["highs"], best) if "highs" in runs else None
        for solver in solvers:
            if solver not in runs:
                cells.append("-")
                continue
            area = integral(runs[solver], best)
            value = runs[solver]["objective"]
            cells.append(f"{area:.3f}, {'none' if value is None else f'{value:.7g}'}")
            if plain is not None:
                ratios[solver].append((area + 1e-4) / (plain + 1e-4))
        lines.append(f"| {name} {seed} | " + " | ".join(cells) + " |")
    for solver, ratio in ratios.items():
        if ratio and solver != "highs":
            better = sum(r < 1 for r in ratio)
            lines.append(
                f"{solver}: median ratio {median(ratio):.2f}, better on {better} of {len(ratio)}"
            )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="optwright.benchmarks.hard_milps")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--solvers", default="highs,alns")
    parser.add_argument("--instances", default=",".join(INSTANCES))
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--one", action="store_true", help="solve one here and print its row")
    given = parser.parse_args(arguments)
    if given.report:
        print(report(_rows(given.out)))  # noqa: T201  (this is the report)
        return
    wanted = [
        (name, solver, int(seed))
        for name in given.instances.split(",")
        for solver in given.solvers.split(",")
        for seed in given.seeds.split(",")
    ]
    if given.one:
        (one,) = wanted
        row = solved(*one, given.seconds, given.clock)
        print(json.dumps(row))  # noqa: T201  (what the process that asked reads)
        return
    there = {(r["instance"], r["solver"], r["seed"], r["seconds"], r["clock"])
             for r in _rows(given.out)}  # fmt: skip
    for name, solver, seed in wanted:
        if (name, solver, seed, given.seconds, given.clock) in there:
            continue
        command = [sys.executable, "-m", "optwright.benchmarks.hard_milps", "--one", "--out", "-",
                   "--seconds", str(given.seconds), "--clock", given.clock, "--instances", name,
                   "--solvers", solver, "--seeds", str(seed)]  # fmt: skip
        ended = subprocess.run(command, check=True, capture_output=True, text=True)
        printed = ended.stdout.splitlines()[-1] + "\n"  # HiGHS says first that it runs
        with given.out.open("a", encoding="utf-8") as out:
            out.write(printed)
        row = json.loads(printed)
        told = f"{name} {solver} {seed}: {row['objective']} ({row['wall_s']} s)"
        print(told, flush=True)  # noqa: T201  (how far it is)


def _rows(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()
