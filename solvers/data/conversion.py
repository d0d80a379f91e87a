"""Factors between units.

The vocabulary of `units` comes first; what it does not know is left to pint, if that is installed
(`optwright[data]`), and asked only here: loading it takes a second, and it reads "bars" of
chocolate as a pressure, so it never judges a formulation.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from optwright.solvers.data.units import parse_unit, unknown_words


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
