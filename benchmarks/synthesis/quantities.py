"""Numbers as people write them, in three languages, and how to read them back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from optwright.errors import Unavailable

MARKS = ((",", "."), (".", ","), (".", ","))
"""Between thousands and before decimals, by language."""


@dataclass(frozen=True)
class Unit:
    """One and several of it, by language."""

    one: tuple[str, str, str]
    many: tuple[str, str, str]


UNITS: Mapping[str, Unit] = {
    "h": Unit(("hour", "Stunde", "hora"), ("hours", "Stunden", "horas")),
    "min": Unit(("minute", "Minute", "minuto"), ("minutes", "Minuten", "minutos")),
    "d": Unit(("day", "Tag", "día"), ("days", "Tage", "días")),
    "wk": Unit(("week", "Woche", "semana"), ("weeks", "Wochen", "semanas")),
    "kg": Unit(("kg",) * 3, ("kg",) * 3),
    "g": Unit(("g",) * 3, ("g",) * 3),
    "t": Unit(("tonne", "Tonne", "tonelada"), ("tonnes", "Tonnen", "toneladas")),
    "km": Unit(("km",) * 3, ("km",) * 3),
    "m": Unit(("m",) * 3, ("m",) * 3),
    "cm": Unit(("cm",) * 3, ("cm",) * 3),
    "l": Unit(("litre", "Liter", "litro"), ("litres", "Liter", "litros")),
    "kwh": Unit(("kWh",) * 3, ("kWh",) * 3),
    "eur": Unit(("euro", "Euro", "euro"), ("euros", "Euro", "euros")),
    "pc": Unit(("piece", "Stück", "unidad"), ("pieces", "Stück", "unidades")),
    "pct": Unit(("%",) * 3, ("%",) * 3),
}

SMALLER: Mapping[str, tuple[str, float]] = {
    "h": ("min", 60.0),
    "wk": ("d", 7.0),
    "t": ("kg", 1000.0),
    "kg": ("g", 1000.0),
    "km": ("m", 1000.0),
    "m": ("cm", 100.0),
}
"""What the style with mixed units writes instead, and how many of it one is."""

_DIGITS = re.compile(r"\d[\d.,]*\d|\d")


def digits(value: float, language: int, *, grouped: bool = True) -> str:
    """The number in digits: 1,250.5 in English, 1.250,5 in German and Spanish.

    >>> digits(1250.5, 0), digits(1250.5, 1), digits(-3, 0)
    ('1,250.5', '1.250,5', '-3')
    """
    text = f"{value:,.10f}".rstrip("0").rstrip(".")
    if not grouped:
        text = text.replace(",", "")
    thousands, decimal = MARKS[language]
    return text.translate(str.maketrans(",.", thousands + decimal))


def read_digits(text: str, language: int) -> float:
    """What `digits` wrote."""
    thousands, decimal = MARKS[language]
    return float(text.replace(thousands, "").replace(decimal, "."))


def in_words(value: float, language: int) -> str:
    """The number in words; in digits where words would have to bend with what follows (ein Tag,
    veintiún días) or nobody would say them."""
    whole = float(value).is_integer()
    bends = value % 10 == 1 or (language == 2 and not whole) or 200 <= value < 1000
    if (bends if language else value == 1) or value > 99_999 or (not whole and value * 10 % 1):
        return digits(value, language)
    try:
        from num2words import num2words
    except ImportError as error:
        raise Unavailable(
            "numbers cannot be written as words: num2words is not installed",
            hint="pip install 'optwright[synth]'",
        ) from error
    lang = ("en", "de", "es")[language]
    return str(num2words(int(value) if whole else value, lang=lang)).replace(",", "")


def with_unit(shown: str, value: float, unit: str, language: int) -> str:
    """A written number with its unit.

    >>> with_unit("3", 3, "h", 0), with_unit("1", 1, "h", 1)
    ('3 hours', '1 Stunde')
    """
    if not unit:
        return shown
    names = UNITS[unit]
    return f"{shown} {(names.one if value == 1 else names.many)[language]}"


def numbers_read(text: str, language: int) -> set[float]:
    """Every number that stands in a text in digits."""
    found = set[float]()
    for match in _DIGITS.findall(text):
        try:
            found.add(read_digits(match, language))
        except ValueError:
            continue
    return found


def holds(text: str, value: float, unit: str, language: int) -> bool:
    """Whether a text says a number: in digits, in words, or in the smaller unit."""
    read = numbers_read(text, language)
    if any(abs(value - other) <= 1e-9 * max(1.0, abs(value)) for other in read):
        return True
    if unit in SMALLER and any(
        abs(value * SMALLER[unit][1] - o) <= 1e-6 * max(1.0, o) for o in read
    ):
        return True
    return in_words(value, language).casefold() in text.casefold()
