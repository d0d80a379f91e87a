"""Doubts that the solver raises: what a change would do to the plan there is.

People ask for what is not so. A limit that the plan keeps already, whose words do not say which way
it points, may have been read the wrong way round; and of a change that leaves no solution nobody
knows whether it was meant before it was said.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose

from optwright.agents.chat.intents import Change
from optwright.agents.chat.whatif.scenario import Scenario
from optwright.agents.text.wording import plain_way
from optwright.solvers.edit.operations import AddConstraint, Assume, ChangeConstraint
from optwright.solvers.model.outcome import Status


def effect_doubts(said: str, change: Change, base: Scenario, after: Scenario) -> Iterator[str]:
    """What is odd about what comes of a change, a sentence each. That there is no solution any more
    is an answer to "what if", and a reason to ask before it is so for good."""
    if base.objective is None:
        return
    if after.outcome.status is Status.INFEASIBLE:
        if not change.trial:
            yield "with it there is no solution any more"
        return
    edits = [edit for edit in change.edits if not isinstance(edit, Assume)]
    only_limits = all(isinstance(edit, AddConstraint | ChangeConstraint) for edit in edits)
    if not only_limits or plain_way(said) is not None:
        return
    if after.objective is not None and isclose(base.objective, after.objective, rel_tol=1e-9):
        yield "it would change nothing today: the plan keeps it already, or another as good does"
