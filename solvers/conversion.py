"""Factors between units, and the unit that a column's name states.

The vocabulary of `units` comes first; what it does not know is left to pint, if that is installed
(`optwright[data]`), and asked only here: loading it takes a second, and it reads "bars" of
chocolate as a pressure, so it never judges a formulation.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from optwright.solvers.units import parse_unit, unknown_words

_IN_BRACKETS = re.compile(r"[(\[]([^()\[\]]+)[)\]]\s*$")
_AMBIGUOUS = frozenset("min t s h m g l k mi ha cal sec cent hundred thousand million".split())
"""Words that end a column's name and mostly mean something else: `cost_min`, `x_t`."""


def conversion(source: str, target: str) -> float | None:
    """What a number in `source` is multiplied by to be in `target`; None where the two do not
    measure the same, are not known, or differ by more than a factor (degrees).

    >>> conversion("kg", "tons"), conversion("USD/kg", "hours")
    (0.001, None)
    """
    one, other = parse_unit(source), parse_unit(target)
    if one is None or other is None:
        return None
    strange = unknown_words(source), unknown_words(target)
    if strange[0] == strange[1]:
        return one.scale / other.scale if one.powers == other.powers else None
    return _by_pint(source, target)


def header_unit(name: str) -> str:
    """The unit that a column's name ends with, in brackets or as words; empty if it has none.

    >>> header_unit("capacity_tons"), header_unit("power (kPa)"), header_unit("dollars_per_ton")
    ('tons', 'kPa', 'dollars per ton')
    """
    if bracketed := _IN_BRACKETS.search(name):
        return bracketed[1].strip()
    words = re.split(r"[\s_]+", name)
    if words[-1].lower() in _AMBIGUOUS or unknown_words(words[-1]):
        return ""
    if len(words) > 2 and words[-2].lower() == "per" and not unknown_words(words[-3]):
        return " ".join(words[-3:])
    return "" if len(words) > 1 and words[-2].lower() == "per" else words[-1]


def _by_pint(source: str, target: str) -> float | None:
    registry = _registry()
    if registry is None:
        return None
    from pint.errors import PintError

    try:
        one, other = (registry.parse_units(re.sub(r"\bper\b", "/", u)) for u in (source, target))
        factor = registry.Quantity(1.0, one).to(other).magnitude
        doubled = registry.Quantity(2.0, one).to(other).magnitude
    except (PintError, ValueError, TypeError, AttributeError, AssertionError):
        return None  # its parser reads any text, and fails in as many ways
    return float(factor) if abs(doubled - 2 * factor) <= 1e-9 * abs(factor) else None


@lru_cache(maxsize=1)
def _registry() -> Any:
    if find_spec("pint") is None:
        return None
    from pint import UnitRegistry

    return UnitRegistry()
