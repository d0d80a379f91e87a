"""Answers of generated code, taken home: its Pyomo, and the model it handed out as LP and MPS."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optwright.agents.effort import Effort
from optwright.agents.generated_model import export, named
from optwright.agents.problem import Problem
from optwright.agents.runs.directory import Runs
from optwright.agents.runs.task import Task
from optwright.agents.solution import Solution
from optwright.cli import exports
from optwright.errors import FormulationError
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.worker import Killable
from optwright.solvers.model.outcome import Status
from optwright.solvers.sandbox.probes import available_layers
from tests.drafts import CANDY, CANDY_OPTIMUM, scripted

pytestmark = pytest.mark.skipif(
    any(available_layers()[layer] for layer in ("landlock", "seccomp")),
    reason="this machine has no Landlock or no seccomp",
)
CODE = """```python
import pyomo.environ as pyo
model = pyo.ConcreteModel()
earns, takes = {"regular box": 6, "gift box": 9}, {"regular box": 200, "gift box": 150}
model.pack = pyo.Var(earns, domain=pyo.NonNegativeIntegers)
model.profit = pyo.Objective(
    expr=sum(earns[k] * model.pack[k] for k in earns), sense=pyo.maximize
)
model.chocolate = pyo.Constraint(expr=sum(takes[k] * model.pack[k] for k in takes) <= 12000)
model.gifts = pyo.Constraint(expr=model.pack["gift box"] <= 40)
```"""


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Solution:
    """An answer that code gave, read back from its run."""
    folder = tmp_path_factory.mktemp("code")
    plans = json.dumps({"plans": [{"name": "in Pyomo", "route": "code", "advice": ""}]})
    model = scripted(folder, [plans, "no formulation", CODE])
    task = Task(
        problem=CANDY, model=model, effort=Effort(drafts=2, agreement=1, plans=2, code=True)
    )
    with Runs(folder / "runs").begin(task) as run:
        run.work()
    solution = Runs(folder / "runs").summary(run.name).solution
    assert solution is not None
    assert solution.formulation is None
    assert solution.objective == CANDY_OPTIMUM
    return solution


def test_lp_and_mps_hold_the_model_that_was_solved_under_its_own_names(
    solved: Solution, tmp_path: Path
) -> None:
    wanted = [(fmt, str(tmp_path / fmt)) for fmt in ("lp", "mps", "pyomo")]
    exports.write(solved, Problem(CANDY), wanted)
    lp, mps, pyomo = (Path(path).read_text(encoding="utf-8") for _, path in wanted)
    assert "pack(regular_box)" in lp
    assert "pack(regular_box)" in mps
    outcome = Killable().solve(Program.from_lp(lp))
    assert outcome.status is Status.OPTIMAL
    assert outcome.objective == CANDY_OPTIMUM
    assert outcome.values == {"pack[regular_box]": 30.0, "pack[gift_box]": 40.0}
    assert pyomo == solved.code
    assert "import pyomo.environ as pyo" in pyomo


def test_what_needs_a_formulation_says_so(solved: Solution) -> None:
    with pytest.raises(FormulationError, match="cannot be written as latex"):
        export(solved, "latex")


def test_the_codes_word_on_names_cannot_change_the_model() -> None:
    text = "max\nx1:\n+2 x2\n+3 x3\ns.t.\nc_u_x4_:\n+1 x2\n+1 x3\n<= 4\nend\n"
    names = {"max": "min", "x2": "same", "x3": "same", "st": "end", "c_u_x4_": "room", "2": "9"}
    assert named(text, names) == text.replace("c_u_x4_", "room")
