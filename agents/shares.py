"""What a share is a share of: the decisions themselves, or what they carry, hold or serve.

"At least 30 % of the trips must be by air" counts trips. "At least 30 % of the tons must go by air"
counts tons, and how many tons a trip takes stands in another limit or in the objective.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set

from optwright.agents.wording import stem

_PART = r"(?:%|per\s?cent|percentage|half|thirds?|quarters?|fourths?|fifths?)"
_OF = re.compile(
    rf"{_PART}\s+of\s+(?:(?:the|all|its|their|total|overall|entire|whole|number|amount|of)\s+)*"
    r"(?P<thing>[A-Za-z]+)",
    re.IGNORECASE,
)
_FEW_WORDS = r"(?:(?!(?:for|on|to|by|with|per|from)\b)[A-Za-z]+\s+){0,2}?"
_AMOUNT = r"(?:(?<![$€£\d.,])\d[\d.,]*|\b(?:number|amount|total)(?:\s+of)?)"


def measured(
    words: str, decisions: Set[str], places: Iterable[tuple[str, Mapping[str, float]]]
) -> Mapping[str, float] | None:
    """How much of what `words` take a share of each decision counts for; None where a decision
    counts for one.

    `decisions` are the words that mean decisions, without their endings. `places` are sums of the
    formulation, each with the words it states, as in `("at least 200 tons", {"air": 3.0, ...})`.

    >>> trips = [("at least 200 tons of candles", {"freight": 5.0, "air": 3.0})]
    >>> measured("at least 30% of tons must go by air", {"trip", "air", "freight"}, trips)
    {'freight': 5.0, 'air': 3.0}
    >>> measured("at least 30% of the trips must be by air", {"trip", "air", "freight"}, trips)
    """
    share = _OF.search(words)
    if share is None or stem(share["thing"]) in decisions:
        return None
    thing = rf"{re.escape(stem(share['thing']))}(?:s|es)?\b"
    amount = re.compile(rf"{_AMOUNT}\s+{_FEW_WORDS}{thing}", re.IGNORECASE)
    found = [
        weights
        for told, weights in places
        if told != words and len(weights) > 1 and min(weights.values()) > 0 and amount.search(told)
    ]
    if not found or any(other != found[0] for other in found[1:]):
        return None
    return found[0] if len(set(found[0].values())) > 1 else None
