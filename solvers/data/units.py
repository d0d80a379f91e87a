"""Units of a formulation: whether what is added or compared is in the same unit.

Numbers are not converted anywhere, so hours and minutes do not add up any more than hours and
dollars do. Only what is stated is judged: a literal, and whatever has no unit, fits everything.
Words that measure nothing ("loaf", "truck", "day") are things that are counted; models mix them
freely (trucks + vans <= 10, hours per day), so they never make two units differ.

The vocabulary is small and our own on purpose. Registries of physical units know prefixes and
trades: they read "units" as micronits, "cars" as centiares and "bars" as a pressure.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from optwright.errors import FormulationError
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.formulation import Diagnostic, Formulation, Kind, Severity

Powers = frozenset[tuple[str, Fraction]]


@dataclass(frozen=True)
class Unit:
    """`scale` times powers of base units; `text` is how a reader knows it."""

    text: str = ""
    scale: float = 1.0
    powers: Powers = frozenset()

    def __mul__(self, other: Unit) -> Unit:
        powers = dict(self.powers)
        for base, power in other.powers:
            powers[base] = powers.get(base, Fraction(0)) + power
        kept = frozenset((base, power) for base, power in powers.items() if power)
        text = f"{self.text} * {other.text}" if self.text and other.text else ""
        return Unit(text or self.text or other.text, self.scale * other.scale, kept)

    def __pow__(self, exponent: Fraction) -> Unit:
        text = self.text
        if text and exponent != 1:
            text = f"1/({text})" if exponent == -1 else f"({text})^{exponent}"
        powers = frozenset((base, power * exponent) for base, power in self.powers)
        return Unit(text, self.scale ** float(exponent), powers if exponent else frozenset())

    def fits(self, other: Unit) -> bool:
        """Whether numbers in these units may be added as they are."""
        return self.powers == other.powers and math.isclose(self.scale, other.scale, rel_tol=1e-6)

    def difference(self, other: Unit) -> str:
        """Why they do not fit, as the end of a sentence."""
        if self.powers != other.powers:
            return "which measure different things"
        ratio = max(self.scale / other.scale, other.scale / self.scale)
        return f"which differ by a factor of {ratio:g}"


_TABLE: tuple[tuple[str, float, Mapping[str, int]], ...] = (
    ("second sec s", 1, {"s": 1}),
    ("minute min", 60, {"s": 1}),
    ("hour hr h manhour", 3600, {"s": 1}),
    ("milligram mg", 1e-6, {"kg": 1}),
    ("gram g", 1e-3, {"kg": 1}),
    ("kilogram kilo kg", 1, {"kg": 1}),
    ("tonne ton t", 1000, {"kg": 1}),  # which ton is not ours to guess; the data has to agree
    ("pound lb", 0.45359237, {"kg": 1}),
    ("ounce oz", 0.028349523, {"kg": 1}),
    ("millimetre millimeter mm", 1e-3, {"m": 1}),
    ("centimetre centimeter cm", 1e-2, {"m": 1}),
    ("metre meter m", 1, {"m": 1}),
    ("kilometre kilometer km", 1000, {"m": 1}),
    ("mile mi", 1609.344, {"m": 1}),
    ("foot feet ft", 0.3048, {"m": 1}),
    ("inch inche", 0.0254, {"m": 1}),
    ("millilitre milliliter ml", 1e-6, {"m": 3}),
    ("litre liter l", 1e-3, {"m": 3}),
    ("gallon gal", 3.785411784e-3, {"m": 3}),
    ("acre", 4046.8564, {"m": 2}),
    ("hectare ha", 10_000, {"m": 2}),
    ("kilowatthour kwh", 1e3, {"Wh": 1}),
    ("megawatthour mwh", 1e6, {"Wh": 1}),
    ("kilowatt kw", 1e3 / 3600, {"Wh": 1, "s": -1}),
    ("megawatt mw", 1e6 / 3600, {"Wh": 1, "s": -1}),
    ("calorie kilocalorie kcal cal", 1, {"kcal": 1}),  # labels call a kilocalorie a calorie
    ("dollar usd us$ $", 1, {"USD": 1}),
    ("cent", 0.01, {"USD": 1}),
    ("euro eur €", 1, {"EUR": 1}),
    ("gbp £", 1, {"GBP": 1}),
    ("yen jpy ¥", 1, {"JPY": 1}),
    ("yuan cny rmb", 1, {"CNY": 1}),
    ("rupee inr ₹", 1, {"INR": 1}),
    ("hundred", 100, {}),
    ("thousand k", 1e3, {}),
    ("million", 1e6, {}),
    ("billion", 1e9, {}),
)
_UNITS = {
    word: Unit(scale=scale, powers=frozenset((b, Fraction(p)) for b, p in powers.items()))
    for words, scale, powers in _TABLE
    for word in words.split()
}
_THING = Unit()
_SQUARES = {"square": 2, "sq": 2, "cubic": 3, "cu": 3}
_WORD = re.compile(
    r"(?:(?P<prefix>square|sq|cubic|cu)\.?\s+)?(?P<word>us\$|[^\W\d_]+|[$€£¥₹%])"
    r"(?:(?:\^|\*\*)?(?P<power>-?\d))?"
)


_IN_BRACKETS = re.compile(r"[(\[]([^()\[\]]+)[)\]]\s*$")
_AMBIGUOUS = frozenset("min t s h m g l k mi ha cal sec cent hundred thousand million".split())
"""Words that end a column's name and mostly mean something else: `cost_min`, `x_t`."""


def parse_unit(text: str) -> Unit | None:
    """Read a unit as people write it: `USD/kg`, `hours per week`, `kg of flour`, `m^2`.

    Words that measure nothing count as 1. None for no text.
    """
    plain = text.lower().replace("²", "2").replace("³", "3")
    over, *under = re.split(r"/|\bper\b", re.sub(r"[()]", " ", plain))
    if not text.strip():
        return None
    unit = _factor(over)
    for factor in under:
        unit = unit * _factor(factor) ** Fraction(-1)
    return Unit(text.strip(), unit.scale, unit.powers)


def _factor(text: str) -> Unit:
    """A product of words; what follows `of` says what is measured, not how."""
    measured = re.split(r"\bof\b", text)[0]
    number = re.match(r"\s*(\d+(?:\.\d+)?)\b", measured)
    unit = Unit(scale=float(number[1])) if number and float(number[1]) else _THING
    for found in _WORD.finditer(measured):
        power = int(found["power"] or _SQUARES.get(found["prefix"] or "", 1))
        unit = unit * _known(found["word"]) ** Fraction(power)
    return unit


def _known(word: str) -> Unit:
    singular = word if word == "has" else word.removesuffix("s")  # it has hectares, and is none
    return _UNITS.get(word) or _UNITS.get(singular, _THING)


def unknown_words(text: str) -> frozenset[str]:
    """The words of a unit that measure nothing known here: `{"loaf"}` of `USD/loaf`."""
    plain = re.split(r"\bof\b", text.lower().replace("²", "2").replace("³", "3"))[0]
    words = {found["word"] for found in _WORD.finditer(plain)} - {"per"}
    return frozenset(w for w in words if w not in _UNITS and w.removesuffix("s") not in _UNITS)


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


def header_base(name: str) -> str:
    """What a column's name says besides its unit, in small letters.

    >>> header_base("Capacity (kg)"), header_base("capacity_tons"), header_base("capacity")
    ('capacity', 'capacity', 'capacity')
    """
    unit = header_unit(name)
    if unit and _IN_BRACKETS.search(name):
        name = _IN_BRACKETS.sub("", name)
        unit = ""
    words = re.split(r"[\s_]+", name.strip().lower())
    return " ".join(words[: len(words) - len(unit.split())])


def is_measure(word: str) -> bool:
    """Whether a word measures something: `kg` and `hours` do, `boxes` and `thousand` do not."""
    return bool(_known(word.lower()).powers)


def unit_with(unit: str, factor: float) -> str:
    """The name of the unit that is `factor` of another one; empty if it has none.

    >>> unit_with("hours", 1 / 60), unit_with("hours", 1 / 7)
    ('minutes', '')
    """
    known = parse_unit(unit)
    if known is None:
        return ""
    wanted = Unit(scale=known.scale * factor, powers=known.powers)
    names = (row[0].split()[0] for row in _TABLE if _UNITS[row[0].split()[0]].fits(wanted))
    return next((f"{name}s" for name in names), "")


def unit_findings(formulation: Formulation) -> tuple[Diagnostic, ...]:
    """Where a formulation adds or compares what its stated units keep apart, as warnings.

    Expressions that cannot be read are left to `checks.check`.
    """
    judge = _Judge(formulation)
    return tuple(dict.fromkeys(judge.run()))


class _Judge:
    def __init__(self, formulation: Formulation) -> None:
        self._formulation = formulation
        self._units = {
            **{p.name: parse_unit(p.unit) for p in formulation.parameters},
            **{v.name: parse_unit(v.unit) for v in formulation.variables},
        }
        self._element = ""
        self._found: list[Diagnostic] = []

    def run(self) -> Iterator[Diagnostic]:
        self._columns()
        self._objective()
        for constraint in self._formulation.constraints:
            self._element = constraint.name
            for comparison in _readable(constraint.expression):
                self._agree((comparison.left, comparison.right), "compares")
        yield from self._found

    def _columns(self) -> None:
        """Parameters that are in another unit than their column says: kilograms, read as tons."""
        for given in self._formulation.parameters:
            said = header_unit(given.column.value) if given.column is not None else ""
            column, wanted = parse_unit(said), parse_unit(given.unit)
            if column and wanted and column.powers == wanted.powers and not column.fits(wanted):
                self._element = given.name
                self._tell(f"is in {given.unit}, and its column says {said}", wanted, column)

    def _objective(self) -> None:
        self._element = "objective"
        stated = self._formulation.objective
        try:
            unit = self._unit(ex.parse(stated.expression))
        except FormulationError:
            return
        wanted = parse_unit(stated.unit)
        if unit and wanted and not unit.fits(wanted):
            self._tell(f"is stated in {wanted.text} and adds up {unit.text}", unit, wanted)

    def _tell(self, words: str, one: Unit, other: Unit) -> None:
        message = f"{self._element!r} {words}, {one.difference(other)}"
        self._found.append(Diagnostic(Severity.WARNING, Kind.UNITS, self._element, message))

    def _unit(self, node: ex.Expr) -> Unit | None:
        """The unit of an expression, or None where nothing is known of it."""
        match node:
            case ex.Ref(name):
                return self._units.get(name)
            case ex.Negate(operand) | ex.Aggregate(_, operand):
                return self._unit(operand)
            case ex.Add(terms):
                return self._agree(terms, "adds")
            case ex.Binary():
                return self._binary(node)
            case ex.Call("abs" | "min" | "max", arguments):
                return self._agree(arguments, "takes together")
            case ex.Call("sqrt", (operand,)):
                unit = self._unit(operand)
                return None if unit is None else unit ** Fraction(1, 2)
            case ex.Call(function, arguments) if function != "len":
                self._agree(arguments, "takes together")
                return None
            case _:
                return None

    def _binary(self, node: ex.Binary) -> Unit | None:
        left, right = self._unit(node.left), self._unit(node.right)
        match node.operator, node.right:
            case "**", ex.Number(power) if left is not None and power.is_integer():
                return left ** Fraction(int(power))
            case "*", _ if left is not None and right is not None:
                return left * right
            case "/", _ if left is not None and right is not None:
                return left * right ** Fraction(-1)
            case _:
                return None

    def _agree(self, nodes: tuple[ex.Expr, ...], verb: str) -> Unit | None:
        """The unit the nodes have in common; one that differs is told, and then none is known."""
        units = [(node, unit) for node in nodes if (unit := self._unit(node)) is not None]
        if not units:
            return None
        first, wanted = units[0]
        for node, unit in units[1:]:
            if not unit.fits(wanted):
                words = f"{verb} {_shown(first, wanted)} and {_shown(node, unit)}"
                self._tell(words, wanted, unit)
                return None
        return wanted


def _readable(expression: str) -> tuple[ex.Comparison, ...]:
    try:
        return ex.parse_comparison(expression)
    except FormulationError:
        return ()


def _shown(node: ex.Expr, unit: Unit) -> str:
    text = ex.to_text(node)
    return f"{text if len(text) <= 60 else text[:57] + '...'!r} ({unit.text or 'no unit'})"
