"""The recipes of CONTRIBUTING: the one file of each is found, and works."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, MutableSequence
from importlib import import_module
from pathlib import Path

import pytest

from optwright.agents.chat.extensions import intents
from optwright.agents.chat.interpret.commands import command
from optwright.agents.chat.phrasing import help_text
from optwright.agents.chat.whatif.scenario import WhatIf
from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.rules import rules
from optwright.benchmarks import datasets
from optwright.benchmarks.synthesis.families import families
from optwright.optim.api import minimize
from optwright.optim.parameters import Real
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.protocol import FromArrays
from optwright.solvers.backends.registry import demand_solver, open_solver
from optwright.solvers.model.formulation import Formulation, Objective, Sense, Variable
from optwright.solvers.model.linear_model import linear_model

ROOT = Path(__file__).parents[1]
RECIPES = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
Follow = Callable[[str, str], None]


def recipe(path: str) -> str:
    """The file of a recipe as it stands there."""
    found = re.search(rf"^`{re.escape(path)}`.*?```python\n(.*?)```", RECIPES, re.M | re.S)
    assert found is not None, path
    return found[1]


@pytest.fixture
def follow(tmp_path: Path) -> Iterator[Follow]:
    """Put a file into a folder of the package, for the length of a test."""
    changed = list[tuple[MutableSequence[str], str]]()
    before = set(sys.modules)

    def put(path: str, content: str) -> None:
        package = import_module(f"optwright.{path.rpartition('/')[0].replace('/', '.')}")
        folder = tmp_path / path.rpartition("/")[0]
        folder.mkdir(parents=True)
        (tmp_path / path).write_text(content, encoding="utf-8")
        package.__path__.append(str(folder))
        changed.append((package.__path__, str(folder)))

    known = (rules, intents, families)
    for cached in known:
        cached.cache_clear()
    yield put
    for where, folder in changed:
        where.remove(folder)
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
    for cached in known:
        cached.cache_clear()


def model(objective: str) -> Formulation:
    return Formulation(
        variables=(Variable(name="cakes", upper=4), Variable(name="pies", upper=3)),
        objective=Objective(sense=Sense.MAXIMIZE, expression=objective),
    )


def test_a_check_is_a_file(follow: Follow) -> None:
    path = "agents/checks/rules/constant_objective.py"
    follow(path, recipe(path))
    (check,) = (rule.CHECK for rule in rules() if rule.CHECK.name == "constant_objective")
    assert not list(check.findings(CheckContext("", model("2 * cakes + pies"))))
    assert [found.element for found in check.findings(CheckContext("", model("7")))] == [
        "objective"
    ]


def test_an_engine_is_a_file(follow: Follow) -> None:
    follow("solvers/backends/mine.py", recipe("solvers/backends/mine.py"))
    demand_solver("mine")
    linear = linear_model({"x": 1.0}, {"least": ({"x": 1.0}, ">=", 3.0)})
    assert open_solver("mine").solve(FromArrays(linear)).objective == 3.0


def test_an_intent_is_a_file(follow: Follow) -> None:
    path = "agents/chat/extensions/most_used.py"
    follow(path, recipe(path))
    asked = command("what do we make most of")
    assert asked is not None
    assert asked.kind == "extended"
    scenario = WhatIf().scenario("now", Program(model("2 * cakes + pies")))
    assert intents()[asked.name].answer(scenario, asked.arguments) == "Most of all cakes: 4."
    assert "what do we make most of" in help_text(intent.example for intent in intents().values())


def test_the_size_of_a_model_is_an_intent() -> None:
    asked = command("how big is the model")
    assert asked is not None
    assert asked.kind == "extended"
    scenario = WhatIf().scenario("now", Program(model("2 * cakes + pies")))
    assert intents()[asked.name].answer(scenario, ()) == "The model has 2 decisions, and 0 limits."


def test_an_optimizer_is_a_file(follow: Follow) -> None:
    text = (ROOT / "docs" / "optimizing.md").read_text("utf-8")
    found = re.search(r"## An optimizer of your own.*?```python\n(.*?)```", text, re.S)
    assert found is not None
    follow(
        "optim/contrib/jitter.py",
        found[1].partition("\nbest_of_mine")[0] + "\nOPTIMIZER = Jitter\n",
    )
    best = minimize(
        lambda x: (x - 1) ** 2,
        [Real("x", 4.0, -5.0, 5.0)],
        budget="evaluations=30",
        optimizer="jitter",
    )
    assert best.score < 9.0


def test_a_data_set_is_a_file(follow: Follow) -> None:
    path = "benchmarks/datasets/puzzles.py"
    follow(path, recipe(path))
    assert datasets.known()["puzzles"].title == "Puzzles"


def test_a_family_is_a_file(follow: Follow) -> None:
    near = (ROOT / "benchmarks" / "synthesis" / "families" / "knapsack.py").read_text("utf-8")
    follow("benchmarks/synthesis/families/rucksack.py", near.replace('"knapsack"', '"rucksack"'))
    assert families()["rucksack"].name == "rucksack"


def test_the_tour_names_files_that_are_there_and_each_leads_to_the_next() -> None:
    """From `solve` to the process that solves, each file is one that an earlier one imports."""
    tour = RECIPES.partition("## A tour")[2].partition("## Recipes")[0]
    for path in re.findall(r"`((?:src|agents|solvers)/[\w/.]+\.py)`", tour):
        assert (ROOT / path).is_file(), path
    steps = re.findall(r"^\d+\. `([\w/]+)\.py`", tour, re.M)
    assert len(steps) == 10
    for at, path in enumerate(steps[1:-1], start=1):
        before = "".join((ROOT / f"{one}.py").read_text("utf-8") for one in steps[:at])
        assert f"optwright.{path.replace('/', '.')}" in before, path
