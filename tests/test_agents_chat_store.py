"""What a conversation keeps of its versions."""

from __future__ import annotations

from pathlib import Path

from optwright.agents.chat.store import Store, Version
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.model.formulation import Formulation, Objective, Sense, Variable

TWO_GOALS = Formulation(
    variables=(Variable(name="x", upper=4), Variable(name="y", upper=4)),
    objective=Objective(sense=Sense.MAXIMIZE, expression="x", name="first", priority=1),
    further_objectives=(
        Objective(sense=Sense.MINIMIZE, expression="y - x / 2", name="second", priority=2),
    ),
)


def test_what_each_objective_came_to_is_kept(tmp_path: Path) -> None:
    program = Program(TWO_GOALS)
    outcome = solve(program)
    store = Store(tmp_path)
    store.put_version(Version(id=1, parent=0, title="as told"), program, outcome)
    again = store.outcome(1)
    store.close()
    assert [part.name for part in outcome.reached] == ["first", "second"]
    assert again.reached == outcome.reached
    assert dict(again.values) == dict(outcome.values)
