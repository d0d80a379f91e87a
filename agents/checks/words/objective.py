"""The objective against the words that ask for it: which way, and of what."""

from __future__ import annotations

import re
from collections.abc import Iterator

from optwright.agents.checks.context import CheckContext
from optwright.agents.findings import Fault, Finding
from optwright.agents.text.wording import mentions
from optwright.solvers.model.formulation import Sense

_MAXIMIZE = re.compile(r"\bmaximi[sz]\w+|\b(?:as (?:much|many) as possible|most profit\w*)\b", re.I)
_MINIMIZE = re.compile(
    r"\bminimi[sz]\w+|\b(?:lowest|cheapest|as (?:little|few) as possible)\b", re.I
)


def objective(context: CheckContext) -> Iterator[Finding]:
    """An objective of all decisions where its words name one alone."""
    named = named_objective(context)
    if named is not None:
        yield Finding(
            Fault.RELATION,
            f"{context.formulation.objective.text!r} names {named!r} alone, and the objective is "
            f"{context.formulation.objective.expression!r}",
            "objective",
            context.formulation.objective.text,
        )


def named_objective(context: CheckContext) -> str | None:
    """The one decision that "minimize the number of bikes" names, where the objective adds up
    all decisions instead."""
    head = re.search(
        r"\b(?:number|amount) of ((?:[\w-]+\s*){1,4})", context.formulation.objective.text
    )
    if head is None or len(context.names) < 2:
        return None
    # By its name, not by words of its meaning: "the number of stores" is all kinds of stores.
    named = {
        i for _, i in mentions(head[1], [re.findall(r"[a-z]+", n.lower()) for n in context.names])
    }
    if len(named) != 1 or re.search(r"\b(?:and|or)\b", head[1]):
        return None
    squeezed = re.sub(r"[()\s]", "", context.formulation.objective.expression)
    if sorted(squeezed.split("+")) != sorted(context.names):
        return None
    return context.names[named.pop()]


def sense(context: CheckContext) -> Iterator[Finding]:
    """An objective that goes the other way than the text asks."""
    stated = stated_sense(context.text)
    if stated is not None and stated is not context.formulation.objective.sense:
        yield Finding(
            Fault.SENSE,
            f"the text asks to {stated.value}, and the objective is to "
            f"{context.formulation.objective.sense.value}",
            "objective",
        )


def stated_sense(text: str) -> Sense | None:
    """What the text asks for, if it uses the words of one sense only."""
    up, down = _MAXIMIZE.search(text), _MINIMIZE.search(text)
    if bool(up) == bool(down):
        return None
    return Sense.MAXIMIZE if up else Sense.MINIMIZE
