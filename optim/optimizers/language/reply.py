"""Reading what an optimizer model proposes. The only place that knows a reply is JSON.

A reply is foreign text: a refusal, an essay with two answers, numbers out of bounds. Either it
holds exactly one set of values that fits the parameters, or it is a `ReplyError` that says why
not, in words that go back to the model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NoReturn

from optwright.errors import InputError, ReplyError
from optwright.optim.parameters import ParameterSpace
from optwright.optim.trial import JSON, Values, as_json
from optwright.serving.replies import extract_json

_THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
LONGEST_REPLY = 100_000  # characters; what is longer was not meant to be read
MOST_FAILURES = 50  # braces that open no object, before the rest is left alone


def read_values(text: str, space: ParameterSpace, base: Values) -> dict[str, JSON]:
    """The values a reply proposes; parameters it does not name keep their value in `base`."""
    proposed = _only_one(text, space)
    unknown = sorted(set(proposed) - set(space.names))
    if unknown:
        raise _unusable(text, f"there are no parameters {unknown}; there are {list(space.names)}")
    try:
        values = as_json(space.check({**base, **proposed}))
    except InputError as error:
        raise _unusable(text, str(error)) from error
    if broken := space.broken(values):
        raise _unusable(text, broken)
    return values


def _only_one(text: str, space: ParameterSpace) -> Mapping[str, JSON]:
    """The one proposal in the text; the same one twice counts once."""
    spoken = _THINKING.sub("", text[:LONGEST_REPLY])
    objects = list(_objects(spoken)) or [_repaired(spoken, text)]
    found = {json.dumps(p, sort_keys=True): p for p in _proposals(objects, space)}
    if not found:
        raise _unusable(text, f"no JSON object with any of {list(space.names)} was found")
    if len(found) > 1:
        raise _unusable(text, f"{len(found)} different answers were given; give one")
    return next(iter(found.values()))


def _proposals(
    objects: Iterable[Mapping[str, JSON]], space: ParameterSpace
) -> Iterator[Mapping[str, JSON]]:
    """Those of the objects that are a proposal, or hold one under `values`."""
    for data in objects:
        inner = data.get("values")
        proposal = inner if isinstance(inner, Mapping) and "values" not in space else data
        if any(name in space for name in proposal):
            yield proposal


def _objects(text: str) -> Iterator[Mapping[str, JSON]]:
    """The outermost JSON objects in running text, in order."""
    # strict=False: models often put line breaks into strings as they are.
    decoder = json.JSONDecoder(strict=False, parse_constant=_no_constant)
    place, failures = text.find("{"), 0
    while place >= 0 and failures < MOST_FAILURES:
        try:
            data, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            end, failures = place + 1, failures + 1
        else:
            if isinstance(data, Mapping):
                yield data
        place = text.find("{", end)


def _repaired(spoken: str, text: str) -> Mapping[str, JSON]:
    """The one object of a reply in which none is sound."""
    try:
        return extract_json(spoken)
    except ReplyError as error:
        raise _unusable(text, str(error)) from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _unusable(text: str, why: str) -> ReplyError:
    return ReplyError(f"the reply is not usable: {why}", reply=text)
