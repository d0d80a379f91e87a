"""Reading `--belief`: what a person believes about the best value of a parameter."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from optwright.errors import InputError
from optwright.optim.beliefs import Belief, Near
from optwright.optim.parameters import Choice, Integer, Real, Tunable

BELIEVED = 10.0  # the weight of an option that is named, beside 1 for each other


def read_beliefs(texts: Sequence[str], parameters: Iterable[Tunable[Any]]) -> dict[str, Belief]:
    """Beliefs by the name of their parameter. Raises `InputError` for what cannot be read."""
    known = {parameter.name: parameter for parameter in parameters}
    found: dict[str, Belief] = {}
    for text in texts:
        name, equals, said = text.partition("=")
        if not equals or name not in known:
            raise InputError(
                f"belief {text!r} names no parameter", hint=f"there are {', '.join(known)}"
            )
        found[name] = _read(known[name], said)
    return found


def _read(parameter: Tunable[Any], said: str) -> Belief:
    if isinstance(parameter, Choice):
        option = next((o for o in parameter.options if said in (str(o), json.dumps(o))), said)
        weights = {known: BELIEVED if known is option else 1.0 for known in parameter.options}
        parameter.check(option)
        return weights
    at, _, within = said.partition("~")
    try:
        return Near(float(at), float(within))
    except ValueError:
        hint = (
            "such as rate=0.1~0.05" if isinstance(parameter, Real | Integer) else "no belief fits"
        )
        raise InputError(f"belief {parameter.name}={said} is not AT~WITHIN", hint=hint) from None
