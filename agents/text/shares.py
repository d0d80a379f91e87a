"""What a share is a share of: the decisions themselves, or what they carry, hold or serve.

"At least 30 % of the trips must be by air" counts trips. "At least 30 % of the loaves must go by
bike" counts loaves, and how many of them a tour takes stands in another limit or in the objective.
Only sentences of this plain form are read; of others nothing is known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from optwright.agents.text.wording import stem

_BEFORE = "the|all|its|their|our|these|those|total|overall|entire|whole|daily|weekly|monthly|yearly"
_VERB = "must|should|shall|may|can|could|will|are|is|be|need|needs|has|have|go|goes|come|comes"
_DONE = "made|produced|delivered|transported|carried|moved|shipped|sold|served|treated|visited"
_OF = re.compile(
    rf"(?:%|per\s?cent)\s+of\s+(?:(?:{_BEFORE}|number|amount|of)\s+)*(?P<thing>[A-Za-z]+)"
    rf"(?:\s+of\s+(?:the\s+)?(?P<kind>[A-Za-z]+))?\s+(?:(?:{_DONE})\s+)?(?:{_VERB})\b",
    re.IGNORECASE,
)
_UNITS = frozenset(
    "ton tonne kg kilogram gram pound ounce liter litre gallon meter metre mile foot unit "
    "hour minute second day week month".split()
)
# What money and time say of a thing is not how much of it there is.
_NOT_BEFORE = frozenset(
    "cost price profit revenue return income earning expense loss time dollar euro pound cent "
    "hour minute second day week month rate share percent for on to by with per from of and".split()
)
_NOT_BEHIND = _NOT_BEFORE - {"for", "to", "by"}
_AMOUNT = re.compile(
    r"(?:(?<![$€£\d.,%])\d[\d.,]*|\b(?:total\s+)?(?:number|amount)\s+of|\btotal)\s+(?=[A-Za-z])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Thing:
    """What a share is taken of, without the endings of number: `ton` of `candle`."""

    name: str
    kind: str = ""


def thing_of(words: str) -> Thing | None:
    """What `words` take a share of, where they say it in the plain form.

    >>> thing_of("at least 30% of tons of candles must go by air")
    Thing(name='ton', kind='candle')
    """
    found = _OF.search(words)
    return None if found is None else Thing(stem(found["thing"]), stem(found["kind"] or ""))


def measured(
    thing: Thing, decisions: Set[str], places: Iterable[tuple[str, Mapping[str, float]]]
) -> Mapping[str, float] | None:
    """How much of a thing each decision counts for; None where it counts for one, or where that is
    not known.

    `decisions` are the words that mean decisions, without their endings. `places` are sums of the
    formulation, each with the words it states, as in `("at least 200 tons", {"air": 3.0, ...})`.

    >>> trips = [("at least 200 tons of candles", {"freight": 5.0, "air": 3.0})]
    >>> measured(Thing("candle"), {"trip", "air", "freight"}, trips)
    {'freight': 5.0, 'air': 3.0}
    >>> measured(Thing("trip"), {"trip", "air", "freight"}, trips)
    """
    if {thing.name, thing.kind} & decisions:
        return None
    found = [
        weights
        for told, weights in places
        if len(weights) > 1 and min(weights.values()) > 0 and _states(told, thing)
    ]
    if not found or any(other != found[0] for other in found[1:]):
        return None
    return found[0] if len(set(found[0].values())) > 1 else None


def _states(told: str, thing: Thing) -> bool:
    """Whether words state an amount of a thing: "1500 fresh loaves", "200 tons of candles".

    Of a unit alone ("200 tons") nobody knows what it measures.
    """
    wanted = thing.kind if thing.name in _UNITS else thing.name
    if not wanted:
        return False
    for amount in _AMOUNT.finditer(told):
        following = [stem(w) for w in re.findall(r"[A-Za-z]+", told[amount.end() :])[:4]]
        if following[1:2] == ["of"] and following[0] not in _NOT_BEFORE:
            following = following[2:]  # of a container or unit: "tons of", "boxes of"
        elif following[1:2] == [wanted] and following[0] not in _NOT_BEFORE:
            following = following[1:] if not following[0].endswith("ing") else []
        if following[:1] == [wanted] and not set(following[1:2]) & _NOT_BEHIND:
            return True
    return False
