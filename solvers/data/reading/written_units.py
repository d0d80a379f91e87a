"""Units that are known for sure, where a table has them apart from their number."""

from __future__ import annotations

from functools import lru_cache

from optwright.solvers.data.units import parse_unit, unknown_words


@lru_cache(maxsize=10_000)
def is_unit(text: str) -> bool:
    """Whether a text is a unit of our vocabulary.

    >>> is_unit("kg"), is_unit("EUR/t"), is_unit("plan"), is_unit("~5")
    (True, True, False, False)
    """
    if not any(c.isalpha() or c in "%€$£" for c in text) or any(c.isdigit() for c in text):
        return False
    return parse_unit(text) is not None and not unknown_words(text)
