"""How large the model is: `how big is the model`."""

from __future__ import annotations

import re

from optwright.agents.chat.extensions import Intent
from optwright.agents.chat.whatif.scenario import Scenario
from optwright.errors import InputError


def answer(scenario: Scenario, _: tuple[str, ...]) -> str:
    """Numbers of decisions, whole ones among them, and limits, as a solver is given them."""
    arrays = scenario.program.arrays
    if arrays is None:
        raise InputError("the model is not linear; its rows are not counted")
    whole = int(arrays.integer.sum())
    among = f", {whole:,} of them whole numbers" if whole else ""
    limits = len(arrays.row_lower)
    return f"The model has {len(arrays.cost):,} decisions{among}, and {limits:,} limits."


INTENT = Intent(
    re.compile(
        r"how (?:big|large) is (?:the|this|my) (?:model|program|problem)|(?:show )?(?:the )?size"
        r"(?: of (?:the|this|my) (?:model|program|problem))?",
        re.IGNORECASE,
    ),
    answer,
    example="how big is the model",
)
