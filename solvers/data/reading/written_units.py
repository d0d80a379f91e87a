"""Units that are known for sure, where a table has them apart from their number."""

from __future__ import annotations

from functools import lru_cache

from optwright.solvers.data.units import parse_unit, unknown_words

_LONGEST_WORD = 8  # of what a rate is for: `t/day`, `EUR/Stk`


@lru_cache(maxsize=10_000)
def is_unit(text: str) -> bool:
    """Whether a text is a unit of our vocabulary, or an amount in one for each of something.

    >>> is_unit("kg"), is_unit("EUR/t"), is_unit("t/d"), is_unit("%")
    (True, True, True, True)
    >>> is_unit("plan"), is_unit("~5")
    (False, False)
    """
    if text == "%":
        return True
    top, slash, bottom = text.partition("/")
    if slash and len(bottom) <= _LONGEST_WORD and bottom.isalpha() and "/" not in top:
        return is_unit(top)
    if not any(c.isalpha() or c in "%€$£" for c in text) or any(c.isdigit() for c in text):
        return False
    return parse_unit(text) is not None and not unknown_words(text)
