"""Numbers as people write them: `1,200`, `1.500,25`, `25 %`, `$900.50`, `(300)`, `3k`, `2 1/2`.

A numeral is taken apart without deciding what its points and commas mean; that is decided for a
whole file (`Convention`), since one file is written by one hand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

MISSING = frozenset(
    "- -- --- – — . .. … ? n/a na #n/a n.a. n.a nan null none nil #null! #div/0! #ref! #name? "
    "#value! #num! #n/v #nv #wert! #bezug! (null) <na> k.a. k.a".split()
)
"""What stands in a column of numbers for no number; in a column of texts it is a text."""

_SPACES = " \u00a0\u2009\u202f"
_CURRENCIES = (
    r"USD|EUR|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|HUF|CAD|AUD|NZD|BRL|MXN|ZAR|US\$|R\$|kr\.?"
    r"|zł|Kč|Ft|Fr\."
)
_SYMBOLS = "$€£¥₹₽₩₺₴₫₪฿₱₦¢"
_SIGN = "[-+\u2212\u2013]"
_NUMERAL = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>{_SIGN})?\s*(?P<before>{_CURRENCIES}|[{_SYMBOLS}])?\s*"
    rf"(?P<inner>{_SIGN})?\s*(?P<digits>\d[\d.,'’{_SPACES}]*|[.,]\d+)(?P<power>[eE][-+]?\d+)?"
    rf"\s*(?P<scale>k|K|M|Mio\.?|mio\.?|Mrd\.?|bn)?(?P<per>\s*[%‰])?"
    rf"\s*(?P<after>{_CURRENCIES}|[{_SYMBOLS}])?\s*(?P<trailing>-)?\s*(?P<close>\))?"
)
_SCALES = {"k": 1e3, "K": 1e3, "M": 1e6, "mio": 1e6, "mrd": 1e9, "bn": 1e9}
_FRACTION = re.compile(
    rf"(?P<sign>{_SIGN})?\s*(?:(?P<whole>\d{{1,6}})[ \u00a0]+)?"
    r"(?P<top>\d{1,3})/(?P<bottom>\d{1,3})"
)
_VULGAR = re.compile(
    rf"(?P<sign>{_SIGN})?\s*(?P<whole>\d{{1,6}})?\s*(?P<part>[¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])"
)
_WITH_UNIT = re.compile(r"(.*?[\d%)])\s*([^\W\d_°µ²³/]?[^\d\s.,()%$€£]{0,11})")
MOST_CHARACTERS = 60  # of a numeral


class Mark(Enum):
    """What a numeral says about how decimals are written in its file."""

    NOTHING = auto()
    POINT = auto()
    COMMA = auto()
    POINT_OR_THOUSANDS = auto()
    """`1.500`: a decimal point, or a mark between thousands."""
    COMMA_OR_THOUSANDS = auto()


@dataclass(frozen=True, slots=True)
class Numeral:
    """A text taken apart. `digits` keep their points and commas; `factor` is what everything
    around them amounts to (sign, percent, thousands); `value` is set where nothing is left open."""

    digits: str
    factor: float
    mark: Mark
    is_percent: bool = False
    currency: str = ""
    scale: str = ""
    is_fraction: bool = False
    value: int | float | None = None

    def number(self, decimal: str) -> int | float:
        """The number it is where decimals are written with a point or with a comma."""
        if self.value is not None:
            return self.value
        text = _without_spaces(self.digits)
        if self.mark in (Mark.POINT, Mark.COMMA):
            decimal = "." if self.mark is Mark.POINT else ","
        other = "," if decimal == "." else "."
        if text.count(decimal) > 1:  # these can only be thousands
            text = text.replace(decimal, "")
        text = text.replace(other, "").replace(decimal, ".")
        found: int | float
        try:
            found = int(text)
        except ValueError:
            found = float(text)
        if self.factor == 1:
            return found
        product = found * self.factor
        # 7 % is 0.07, not 0.07000000000000001.
        product = float(f"{product:.15g}")
        whole = isinstance(found, int) and self.factor == int(self.factor)
        return int(product) if whole else product


@lru_cache(maxsize=200_000)
def parse(text: str) -> Numeral | None:
    """A text as a numeral, or None for anything else, codes such as `007` and `1_000` included."""
    text = text.strip()
    if not text or len(text) > MOST_CHARACTERS:
        return None
    if not any(map(str.isdigit, text)) and not _VULGAR.fullmatch(text):
        return None
    return _plain(text) or _fraction(text)


def scale_of(scale: str) -> float:
    """What `k`, `M`, `bn`, `Mio.` behind a number multiply it by.

    >>> scale_of("k"), scale_of("Mio."), scale_of("")
    (1000.0, 1000000.0, 1.0)
    """
    return _SCALES.get(scale, _SCALES.get(scale.lower().rstrip("."), 1.0))


def is_missing(text: str) -> bool:
    """Whether a text stands for no number."""
    return text.strip().casefold() in MISSING


def split_unit(text: str) -> tuple[str, str]:
    """`12 kg` as `12` and `kg`; any other text and nothing."""
    found = _WITH_UNIT.fullmatch(text.strip())
    if found is None or not found[2] or parse(found[1]) is None:
        return text, ""
    return found[1], found[2]


def _plain(text: str) -> Numeral | None:
    found = _NUMERAL.fullmatch(text)
    if found is None or bool(found["open"]) != bool(found["close"]):
        return None
    digits = found["digits"].rstrip(_SPACES)
    mark = _mark(digits)
    if mark is None or _is_code(digits):
        return None
    negatives = sum(bool(found[g]) for g in ("open", "trailing"))
    negatives += sum(found[g] not in (None, "+") for g in ("sign", "inner"))
    signs = sum(bool(found[g]) for g in ("sign", "inner", "trailing", "open"))
    if signs > 1 or (found["before"] and found["after"]):
        return None
    percent = (found["per"] or "").strip()
    factor = -1.0 if negatives else 1.0
    factor *= {"%": 0.01, "‰": 0.001}.get(percent, 1.0)
    scale = found["scale"] or ""
    factor *= scale_of(scale)
    currency = found["before"] or found["after"] or ""
    if found["power"]:
        try:
            factor = float(f"{factor:g}") * 10.0 ** int(found["power"][1:][:4])
        except OverflowError:  # 1e999 is no number that a computer holds
            return None
    return Numeral(digits, factor, mark, bool(percent), currency, scale)


def _fraction(text: str) -> Numeral | None:
    if found := _VULGAR.fullmatch(text):
        value = int(found["whole"] or 0) + unicodedata.numeric(found["part"])
    elif (found := _FRACTION.fullmatch(text)) and int(found["bottom"]):
        value = int(found["whole"] or 0) + int(found["top"]) / int(found["bottom"])
    else:
        return None
    value = -value if found["sign"] not in (None, "+") else value
    return Numeral(text, 1.0, Mark.NOTHING, is_fraction=True, value=value)


def _is_code(digits: str) -> bool:
    """Texts of digits that are names: `007`, `00.5`."""
    return len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()


def _mark(digits: str) -> Mark | None:
    """What a numeral says of decimals, or None where its marks make no number."""
    text = digits.rstrip(".") if digits.count(".") == 1 and digits.endswith(".") else digits
    if text != digits:
        return None  # `3.` counts something
    spaced = re.search(rf"['’{_SPACES}]", text)
    if spaced:
        parts = re.split(rf"['’{_SPACES}]", text)
        last = re.split(r"[.,]", parts[-1])
        if not (1 <= len(parts[0]) <= 3 and all(len(p) == 3 and p.isdigit() for p in parts[1:-1])):
            return None
        if len(last[0]) != 3 or len(last) > 2 or not parts[0].isdigit():
            return None
        if len(last) == 1:
            return Mark.NOTHING
        return Mark.POINT if "." in parts[-1] else Mark.COMMA
    points, commas = text.count("."), text.count(",")
    if not points and not commas:
        return Mark.NOTHING
    if points and commas:
        decimal = "." if text.rindex(".") > text.rindex(",") else ","
        other = "," if decimal == "." else "."
        if text.count(decimal) != 1 or not _are_thousands(text.partition(decimal)[0], other):
            return None
        return Mark.POINT if decimal == "." else Mark.COMMA
    sign = "." if points else ","
    if points + commas > 1:
        if not _are_thousands(text, sign):
            return None
        return Mark.COMMA if sign == "." else Mark.POINT
    before, _, after = text.partition(sign)
    decided = Mark.POINT if sign == "." else Mark.COMMA
    if len(after) == 3 and 1 <= len(before) <= 3 and before != "0":
        return Mark.POINT_OR_THOUSANDS if sign == "." else Mark.COMMA_OR_THOUSANDS
    return decided if after or before else None


def _are_thousands(text: str, sign: str) -> bool:
    """Groups of three, or as in India of two and at the end of three."""
    first, *groups = text.split(sign)
    if not first.isdigit() or not groups or not all(g.isdigit() for g in groups):
        return False
    by_three = len(first) <= 3 and all(len(g) == 3 for g in groups)
    by_two = len(first) <= 2 and len(groups[-1]) == 3 and all(len(g) == 2 for g in groups[:-1])
    return by_three or (by_two and sign == ",")


def _without_spaces(text: str) -> str:
    return re.sub(rf"['’{_SPACES}]", "", text)


@dataclass(frozen=True, slots=True)
class Evidence:
    """How often the numerals of some cells can only be read one way, and which are open."""

    point: int = 0
    comma: int = 0
    open_points: tuple[str, ...] = ()
    open_commas: tuple[str, ...] = ()

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(
            self.point + other.point,
            self.comma + other.comma,
            self.open_points + other.open_points,
            self.open_commas + other.open_commas,
        )


def evidence(numerals: Iterable[Numeral]) -> Evidence:
    """What some numerals say about how decimals are written."""
    point = comma = 0
    points, commas = list[str](), list[str]()
    for numeral in numerals:
        match numeral.mark:
            case Mark.POINT:
                point += 1
            case Mark.COMMA:
                comma += 1
            case Mark.POINT_OR_THOUSANDS:
                points.append(numeral.digits)
            case Mark.COMMA_OR_THOUSANDS:
                commas.append(numeral.digits)
    return Evidence(point, comma, tuple(points), tuple(commas))
