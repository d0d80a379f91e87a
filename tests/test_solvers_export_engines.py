"""Files of 30 models, read by four engines: HiGHS, SCIP, and the programs of CBC and GLPK."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import highspy
import pytest

from optwright.solvers.backends.lp_text import NEGATED
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.export import export
from optwright.solvers.model.formulation import Formulation

Parts = dict[str, Any]

NAMED: dict[str, Parts] = {
    "maximization": {
        "variables": [{"name": "x", "domain": "integer"}, {"name": "y"}],
        "objective": {"sense": "maximize", "expression": "3 * x + 2 * y"},
        "constraints": [{"name": "a", "expression": "x + y <= 4.5"}],
    },
    "constant": {
        "variables": [{"name": "x"}, {"name": "y"}],
        "objective": {"sense": "minimize", "expression": "3 * x + 2 * y + 10"},
        "constraints": [{"name": "a", "expression": "x + y >= 4.5"}],
    },
    "negative constant of a maximization": {
        "variables": [{"name": "x"}, {"name": "y"}],
        "objective": {"sense": "maximize", "expression": "3 * x + 2 * y - 7"},
        "constraints": [{"name": "a", "expression": "x + y <= 4.5"}],
    },
    "free and negative limits": {
        "variables": [{"name": "x", "lower": None}, {"name": "y", "lower": -5, "upper": -1}],
        "objective": {"sense": "minimize", "expression": "x - y"},
        "constraints": [{"name": "a", "expression": "x + y >= -4"}],
    },
    "a name that is a word of LP": {
        "variables": [{"name": "x"}, {"name": "free"}, {"name": "st"}, {"name": "e1"}],
        "objective": {"sense": "minimize", "expression": "x - 2 * free - st - e1"},
        "constraints": [{"name": "bounds", "expression": "2 <= x + free + st + 2 * e1 <= 4"}],
    },
    "no rows": {
        "variables": [{"name": "x", "lower": None, "upper": -3}],
        "objective": {"sense": "maximize", "expression": "x"},
    },
    "yes and no": {
        "variables": [{"name": "a", "domain": "binary"}, {"name": "b", "domain": "binary"}],
        "objective": {"sense": "maximize", "expression": "2 * a + b"},
        "constraints": [{"name": "one", "expression": "a + b <= 1"}],
    },
    "an integer between fractions": {
        "variables": [{"name": "x", "domain": "integer", "lower": -7.5, "upper": 3.5}],
        "objective": {"sense": "minimize", "expression": "x"},
    },
    "a constant alone": {
        "variables": [{"name": "x", "upper": 3}],
        "objective": {"sense": "minimize", "expression": "0 * x + 5"},
        "constraints": [{"name": "a", "expression": "x >= 1"}],
    },
    "members with blanks and accents": {
        "sets": [{"name": "T", "members": ["São Paulo", "New York", "5 %"]}],
        "variables": [{"name": "ship", "indices": ["T"], "upper": 8}],
        "objective": {"sense": "maximize", "expression": "sum(ship[t] for t in T) - 3"},
        "constraints": [{"name": "all", "expression": "sum(ship[t] for t in T) <= 20"}],
    },
    "names beyond 255 characters": {
        "sets": [{"name": "I", "members": ["a" * 300, "a" * 301]}],
        "variables": [{"name": "x", "indices": ["I"], "upper": 4}],
        "objective": {"sense": "maximize", "expression": "sum(x[i] for i in I)"},
        "constraints": [{"name": "c", "expression": "sum(x[i] for i in I) <= 7"}],
    },
    "an empty row and no objective": {
        "variables": [{"name": "x", "upper": 4}],
        "objective": {"sense": "minimize", "expression": "0"},
        "constraints": [
            {"name": "c", "expression": "0 * x <= 3"},
            {"name": "d", "expression": "x >= 1"},
        ],
    },
    "rows with two limits, equal and not": {
        "variables": [{"name": "x", "upper": 4}, {"name": "y"}],
        "objective": {"sense": "maximize", "expression": "2 * x + y"},
        "constraints": [
            {"name": "c", "expression": "5 <= x + y <= 5"},
            {"name": "d", "expression": "-2 <= x - y <= 2.5"},
        ],
    },
    "whole numbers beyond 32 bits": {
        "variables": [
            {"name": "x", "domain": "integer", "lower": -5000000000, "upper": 3000000000},
            {"name": "y", "domain": "integer", "lower": None},
        ],
        "objective": {"sense": "maximize", "expression": "x - y"},
        "constraints": [
            {"name": "d", "expression": "y >= -4000000000"},
            {"name": "e", "expression": "x <= 2999999999"},
        ],
    },
    "a special ordered set": {
        "sets": [{"name": "I", "members": ["a", "b", "c"]}],
        "variables": [{"name": "x", "indices": ["I"], "upper": 4}],
        "objective": {"sense": "maximize", "expression": "sum(x[i] for i in I) + x['b']"},
        "constraints": [{"name": "one", "expression": "sos1(x[i] for i in I)"}],
    },
    "an indicator": {
        "variables": [{"name": "b", "domain": "binary"}, {"name": "x", "upper": 9}],
        "objective": {"sense": "maximize", "expression": "x + 5 * b"},
        "constraints": [{"name": "i", "expression": "implies(b == 1, x <= 5)"}],
    },
}


def drawn(seed: int) -> Parts:
    """A small program with an optimum: limits on every side of every decision."""
    random = Random(seed)
    names = [f"x{k}" for k in range(random.randint(2, 5))]
    variables = []
    for name in names:
        low = random.choice([0, -3, -7.5, 2])
        kind = random.choice(["continuous", "integer"])
        variables.append({"name": name, "domain": kind, "lower": low, "upper": low + 9})

    def total() -> str:
        return " + ".join(f"{random.randint(-6, 9)} * {name}" for name in names)

    rows = [
        {"name": f"r{k}", "expression": f"{total()} <= {random.randint(20, 60)}"} for k in (1, 2)
    ]
    sense = random.choice(["minimize", "maximize"])
    constant = random.choice([0, 12.5, -4])
    return {
        "variables": variables,
        "objective": {"sense": sense, "expression": f"{total()} + {constant}"},
        "constraints": rows,
    }


MODELS = NAMED | {f"drawn {seed}": drawn(seed) for seed in range(14)}


def by_highs(path: Path) -> float:
    engine = highspy.Highs()
    engine.setOptionValue("output_flag", False)
    engine.setOptionValue("mip_rel_gap", 0.0)
    assert engine.readModel(str(path)) == highspy.HighsStatus.kOk
    engine.run()
    return float(engine.getObjectiveValue())


def by_scip(path: Path) -> float:
    import pyscipopt

    model = pyscipopt.Model()
    model.hideOutput()
    model.readProblem(str(path))
    model.optimize()
    return float(model.getObjVal())


def by_cbc(path: Path) -> float:
    solution = path.with_suffix(".cbc")
    run(["cbc", str(path), "ratio", "0", "solve", "solution", str(solution), "quit"])
    return value_in(solution, r"objective value\s+(\S+)")


def by_glpk(path: Path) -> float:
    solution = path.with_suffix(".glpk")
    reads = "--lp" if path.suffix == ".lp" else "--freemps"
    run(["glpsol", reads, str(path), "-o", str(solution)])
    return value_in(solution, r"Objective:\s+\S+ = (\S+)")


def run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def value_in(path: Path, pattern: str) -> float:
    found = re.search(pattern, path.read_text())
    assert found, path.read_text()
    return float(found[1])


ENGINES: dict[str, tuple[str | None, Callable[[Path], float]]] = {
    "HiGHS": (None, by_highs),
    "SCIP": (None, by_scip),
    "CBC": ("cbc", by_cbc),
    "GLPK": ("glpsol", by_glpk),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("fmt", ["lp", "mps"])
def test_thirty_files_have_the_same_optimum_in_every_engine(
    fmt: str, engine: str, tmp_path: Path
) -> None:
    command, optimum = ENGINES[engine]
    if command is not None and shutil.which(command) is None:
        pytest.skip(f"{command} is not installed (Debian: apt install coinor-cbc glpk-utils)")
    wrong = {}
    for number, (name, parts) in enumerate(MODELS.items()):
        program = Program(Formulation.model_validate(parts))
        want = solve(program).objective
        assert want is not None
        path = tmp_path / f"model{number}.{fmt}"
        path.write_text(text := export(program, fmt))
        found = optimum(path) * (-1 if NEGATED in text else 1)
        if found != pytest.approx(want, abs=1e-5):
            wrong[name] = (want, found)
    assert len(MODELS) == 30
    assert wrong == {}
