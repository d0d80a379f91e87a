"""How long large models take to build, in CPU seconds beside the solver's own interface and peers.

    python -m optwright.benchmarks.scale [--json] [--case NAME] [--repeat 3] [--no-peers]
                                          [--skip BUILDER]

The transport problem has 1000 plants and 500 towns: 500,000 columns and a million nonzeros. Every
builder gets the same numbers, in memory as columns or as a dict of dicts, and ends in a HiGHS that
has the model loaded; nobody solves. `raw` hands the arrays themselves to highspy. Times are CPU
seconds of this process and its solver processes (median of the repeats), peers run between ours.
Needs `linopy` for that peer; a peer that is not installed is left out.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from time import process_time
from typing import Any

import numpy as np

PLANTS, TOWNS = 1000, 500
LANES, SIDE = 200_000, 4_000
SLOW = 5.0  # CPU seconds
Timed = Callable[[], object]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--case", choices=CASES, action="append", help="only this; may be repeated")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, the median counts")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--skip", action="append", default=[], help="a builder, as in pyomo")
    asked = parser.parse_args(arguments)
    with _stdout_to_stderr():
        found = {
            name: measured(
                {n: build for n, build in case(not asked.no_peers).items() if n not in asked.skip},
                asked.repeat,
            )
            for name, case in CASES.items()
            if name in (asked.case or CASES.keys() - ONLY_BY_NAME)
        }
    told: dict[str, Any] = {"cpu_seconds": found}
    if raw := found.get("transport", {}).get("raw"):
        ratios = {n: s / raw for n, s in found["transport"].items() if n != "raw"}
        told = {"ratio_to_raw": ratios, **told}
    if asked.json:
        print(json.dumps(told, indent=2))  # noqa: T201  (this is the report)
        return
    for case_name, seconds in found.items():
        for builder, spent in seconds.items():
            print(f"{case_name:12} {builder:8} {spent:8.3f} s")  # noqa: T201  (the report)


@contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """HiGHS greets on standard output, below Python; the report is to stand there alone."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def measured(builders: Mapping[str, Timed], repeat: int) -> dict[str, float]:
    """The median CPU seconds of each builder, run in turns; a slow one runs once."""
    spent: dict[str, list[float]] = {name: [] for name in builders}
    for _ in range(repeat):
        for name, build in builders.items():
            if max(spent[name], default=0.0) > SLOW:
                continue
            gc.collect()
            started = _spent()
            built = build()
            spent[name].append(_spent() - started)
            del built
    return {name: statistics.median(seconds) for name, seconds in spent.items()}


def _spent() -> float:
    """CPU seconds of this process and of those it keeps for solving."""
    from optwright.solvers.backends import worker

    return process_time() + worker.idle_cpu_seconds()


# Transport


def transport(peers: bool) -> dict[str, Timed]:
    """1000 x 500, a million nonzeros: supplies, demands, and a cost for every lane."""
    generator = np.random.default_rng(0)
    cost = generator.uniform(1, 9, (PLANTS, TOWNS)).round(3)
    supply = np.full(PLANTS, 600.0)
    demand = np.full(TOWNS, 1000.0)
    plants, towns = np.arange(PLANTS), np.arange(TOWNS)
    columns = {
        "lanes": {
            "plant": np.repeat(plants, TOWNS),
            "town": np.tile(towns, PLANTS),
            "cost": cost.ravel(),
        },
        "plants": {"plant": plants, "supply": supply},
        "towns": {"town": towns, "demand": demand},
    }
    nested = {
        "cost": {
            str(i): {str(j): c for j, c in enumerate(row)} for i, row in enumerate(cost.tolist())
        },
        "supply": {str(i): 600.0 for i in range(PLANTS)},
        "demand": {str(j): 1000.0 for j in range(TOWNS)},
    }
    builders: dict[str, Timed] = {
        "raw": lambda: _raw_transport(cost, supply, demand),
        "memory": lambda: _loaded(_transport_model(_from_tables), columns),
        "dict": lambda: _loaded(
            _transport_model(lambda name, indices: {"values": nested[name]}), {}
        ),
    }
    if peers and find_spec("linopy") is not None:
        builders["linopy"] = lambda: _linopy_transport(cost, supply, demand)
    if peers:
        builders["pyomo"] = lambda: _pyomo_transport(cost, supply, demand)
    for build in builders.values():
        if build is not builders.get("pyomo"):
            build()  # imports and first calls are nobody's time here
    return builders


def _transport_model(given: Callable[[str, list[str]], dict[str, Any]]) -> dict[str, Any]:
    return {
        "sets": [
            {"name": "I", "expression": f"0..{PLANTS - 1}"},
            {"name": "J", "expression": f"0..{TOWNS - 1}"},
        ],
        "parameters": [
            {"name": name, "indices": indices, **given(name, indices)}
            for name, indices in (("cost", ["I", "J"]), ("supply", ["I"]), ("demand", ["J"]))
        ],
        "variables": [{"name": "ship", "indices": ["I", "J"]}],
        "objective": {
            "sense": "minimize",
            "expression": "sum(cost[i, j] * ship[i, j] for i in I for j in J)",
        },
        "constraints": [
            {
                "name": "out",
                "expression": "sum(ship[i, j] for j in J) <= supply[i]",
                "forall": "i in I",
            },
            {
                "name": "in",
                "expression": "sum(ship[i, j] for i in I) >= demand[j]",
                "forall": "j in J",
            },
        ],
    }


def _from_tables(name: str, indices: list[str]) -> dict[str, Any]:
    table = {"cost": "lanes", "supply": "plants", "demand": "towns"}[name]
    keys = ["plant" if index == "I" else "town" for index in indices]
    return {"column": {"table": table, "value": name, "keys": keys}}


def _loaded(model: Mapping[str, Any], columns: Mapping[str, Mapping[str, Any]]) -> object:
    """Our way: tables, formulation, checks, arrays, scaling, HiGHS."""
    from optwright.solvers.backends.highs import load
    from optwright.solvers.backends.program import Program
    from optwright.solvers.backends.scaling import Scaling, too_wide
    from optwright.solvers.data.table import from_columns
    from optwright.solvers.model.formulation import Formulation
    from optwright.solvers.model.outcome import DEFAULT_OPTIONS

    tables = {name: from_columns(name, given) for name, given in columns.items()}
    arrays = Program(Formulation.model_validate(model), tables).arrays
    assert arrays is not None
    scaled = Scaling.of(arrays).apply(arrays)
    assert too_wide(arrays, scaled) is None
    return load(scaled, DEFAULT_OPTIONS), arrays


def _raw_transport(cost: Any, supply: Any, demand: Any) -> object:
    n = PLANTS * TOWNS
    index = np.arange(n, dtype=np.int32).reshape(PLANTS, TOWNS)
    columns = np.concatenate([index.ravel(), index.T.ravel()])
    starts = np.concatenate([np.arange(0, n, TOWNS), n + np.arange(0, n + 1, PLANTS)])
    low = np.concatenate([np.full(PLANTS, -np.inf), demand])
    high = np.concatenate([supply, np.full(TOWNS, np.inf)])
    return _raw(cost.ravel(), low, high, starts.astype(np.int32), columns, np.ones(2 * n))


def _raw(  # noqa: PLR0917  (what highspy takes)
    cost: Any, low: Any, high: Any, starts: Any, columns: Any, values: Any
) -> object:
    import highspy

    engine = highspy.Highs()
    engine.setOptionValue("output_flag", False)
    engine.passModel(
        len(cost),
        len(low),
        len(values),
        int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMinimize),
        0.0,
        cost,
        np.zeros(len(cost)),
        np.full(len(cost), np.inf),
        low,
        high,
        starts,
        columns,
        values,
        np.zeros(len(cost), dtype=np.int32),
    )
    return engine


def _linopy_transport(cost: Any, supply: Any, demand: Any) -> object:
    import linopy
    import xarray

    model = linopy.Model()
    coords = [np.arange(PLANTS), np.arange(TOWNS)]
    ship = model.add_variables(lower=0, coords=coords, dims=["i", "j"], name="ship")
    model.add_constraints(ship.sum("j") <= xarray.DataArray(supply, dims=["i"], coords=[coords[0]]))
    model.add_constraints(ship.sum("i") >= xarray.DataArray(demand, dims=["j"], coords=[coords[1]]))
    prices = xarray.DataArray(cost, dims=["i", "j"], coords=coords)
    model.add_objective((prices * ship).sum())
    return linopy.io.to_highspy(model)


def _pyomo_transport(cost: Any, supply: Any, demand: Any) -> object:
    import pyomo.environ as pyo
    from pyomo.contrib.appsi.solvers import Highs

    model = pyo.ConcreteModel()
    model.I, model.J = pyo.RangeSet(0, PLANTS - 1), pyo.RangeSet(0, TOWNS - 1)
    model.ship = pyo.Var(model.I, model.J, domain=pyo.NonNegativeReals)
    prices = cost.tolist()
    model.cost = pyo.Objective(
        expr=pyo.quicksum(prices[i][j] * model.ship[i, j] for i in model.I for j in model.J)
    )
    model.out = pyo.Constraint(
        model.I, rule=lambda m, i: pyo.quicksum(m.ship[i, j] for j in m.J) <= float(supply[i])
    )
    model.into = pyo.Constraint(
        model.J, rule=lambda m, j: pyo.quicksum(m.ship[i, j] for i in m.I) >= float(demand[j])
    )
    engine = Highs()
    engine.set_instance(model)
    return engine


# Other shapes


def lanes(_: bool) -> dict[str, Timed]:
    """200,000 lanes of 4,000 x 4,000: a set of pairs and what leaves and enters each place."""
    generator = np.random.default_rng(0)
    flat = np.sort(generator.choice(SIDE * SIDE, LANES, replace=False))
    start, end = np.divmod(flat, SIDE)
    cost = generator.uniform(1, 9, LANES).round(3)
    columns = {"lanes": {"a": start, "b": end, "cost": cost}}
    model = {
        "sets": [
            {"name": "L", "column": {"table": "lanes", "keys": ["a", "b"]}},
            {"name": "A", "expression": f"0..{SIDE - 1}"},
        ],
        "parameters": [
            {
                "name": "cost",
                "indices": ["L"],
                "column": {"table": "lanes", "value": "cost", "keys": ["a", "b"]},
            }
        ],
        "variables": [{"name": "x", "indices": ["L"]}],
        "objective": {
            "sense": "minimize",
            "expression": "sum(cost[i, j] * x[i, j] for (i, j) in L)",
        },
        "constraints": [
            {
                "name": "out",
                "expression": "sum(x[i, j] for (i, j) in L if i == k) <= 9",
                "forall": "k in A",
            },
            {
                "name": "in",
                "expression": "sum(x[i, j] for (i, j) in L if j == k) >= 1",
                "forall": "k in A",
            },
        ],
    }
    order = np.argsort(end, kind="stable").astype(np.int32)
    starts = np.concatenate(
        [
            np.searchsorted(start, np.arange(SIDE)),
            LANES + np.searchsorted(end[order], np.arange(SIDE + 1)),
        ]
    ).astype(np.int32)
    low = np.concatenate([np.full(SIDE, -np.inf), np.ones(SIDE)])
    high = np.concatenate([np.full(SIDE, 9.0), np.full(SIDE, np.inf)])

    def raw() -> object:
        columns = np.concatenate([np.arange(LANES, dtype=np.int32), order])
        return _raw(cost, low, high, starts, columns, np.ones(2 * LANES))

    return {"raw": raw, "memory": lambda: _loaded(model, columns)}


def lags(_: bool) -> dict[str, Timed]:
    """1,000 stocks over 365 days, each the one of the day before and what is made and used."""
    model = {
        "sets": [{"name": "P", "expression": "1..1000"}, {"name": "T", "expression": "1..365"}],
        "variables": [{"name": "s", "indices": ["P", "T"]}, {"name": "m", "indices": ["P", "T"]}],
        "objective": {"sense": "minimize", "expression": "sum(m[p, t] for p in P for t in T)"},
        "constraints": [
            {
                "name": "c",
                "expression": "s[p, t] == s[p, t-1] + m[p, t] - 1",
                "forall": "p in P, t in T if t > 1",
            }
        ],
    }
    return {"memory": lambda: _loaded(model, {})}


def cumulated(_: bool) -> dict[str, Timed]:
    """Sums up to each of 4,000 periods: 8 million nonzeros."""
    model = {
        "sets": [{"name": "T", "expression": "1..4000"}],
        "variables": [{"name": "x", "indices": ["T"]}],
        "objective": {"sense": "minimize", "expression": "sum(x[t] for t in T)"},
        "constraints": [
            {
                "name": "c",
                "expression": "sum(x[u] for u in T if u <= t) >= t",
                "forall": "t in T",
            }
        ],
    }
    return {"memory": lambda: _loaded(model, {})}


def pairs(_: bool) -> dict[str, Timed]:
    """One row for each of 12.5 million pairs of 5,000. Only asked for by name: it takes 3 GB."""
    model = {
        "sets": [{"name": "I", "expression": "1..5000"}],
        "variables": [{"name": "x", "indices": ["I"]}],
        "objective": {"sense": "maximize", "expression": "sum(x[i] for i in I)"},
        "constraints": [
            {
                "name": "apart",
                "expression": "x[i] + x[j] <= 1",
                "forall": "i in I, j in I if i < j",
            }
        ],
    }
    return {"memory": lambda: _loaded(model, {})}


def answered(_: bool) -> dict[str, Timed]:
    """What is asked of a model of 400,000 columns beyond loading and running it: the way to the
    solver's process and back, checks of the answer, and one value by name.

    `raw` loads and runs the arrays here; what the process uses is counted with `solve`.
    """
    from optwright.solvers.backends import worker
    from optwright.solvers.backends.highs import load
    from optwright.solvers.backends.program import Program
    from optwright.solvers.backends.solver import solve
    from optwright.solvers.model.formulation import Formulation
    from optwright.solvers.model.outcome import DEFAULT_OPTIONS

    stated = Formulation.model_validate(
        {
            "sets": [{"name": "I", "expression": "1..800"}, {"name": "J", "expression": "1..500"}],
            "variables": [{"name": "x", "indices": ["I", "J"], "lower": 1}],
            "objective": {"sense": "minimize", "expression": "sum(x[i, j] for i in I for j in J)"},
            "constraints": [
                {
                    "name": "enough",
                    "expression": "sum(x[i, j] for j in J) >= 100",
                    "forall": "i in I",
                }
            ],
        }
    )
    program = Program(stated)
    arrays = program.arrays
    assert arrays is not None

    def raw() -> object:
        engine = load(arrays, DEFAULT_OPTIONS)
        engine.run()
        return engine

    def solved() -> object:
        outcome = solve(program)
        assert outcome.values["x[7,7]"] == 1
        return outcome

    worker.stop()
    solved()  # the process starts here; its processor time is read where it ends
    return {"raw": raw, "solve": solved}


def inline(_: bool) -> dict[str, Timed]:
    """The check of a parameter with 20,000 values written out."""
    from optwright.solvers.language.checks import check
    from optwright.solvers.model.formulation import Formulation

    members = [f"m{k}" for k in range(20_000)]
    stated = Formulation.model_validate(
        {
            "sets": [{"name": "I", "members": members}],
            "parameters": [{"name": "p", "indices": ["I"], "values": dict.fromkeys(members, 1.0)}],
            "variables": [{"name": "x", "indices": ["I"]}],
            "objective": {"sense": "minimize", "expression": "sum(p[i] * x[i] for i in I)"},
        }
    )
    return {"check": lambda: check(stated)}


CASES: dict[str, Callable[[bool], dict[str, Timed]]] = {
    "transport": transport,
    "lanes": lanes,
    "lags": lags,
    "cumulated": cumulated,
    "answered": answered,
    "inline": inline,
    "pairs": pairs,
}
ONLY_BY_NAME = frozenset({"pairs"})

if __name__ == "__main__":
    main(sys.argv[1:])
