"""Expressions as models write them, turned into expressions of the language.

Every repair here changes notation only (`3x`, `5,000`, `=<`, `40%`, two limits joined by `&&`),
never meaning: what the text says is the critic's matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from optwright.errors import FormulationError

_NOTATION = (
    (re.compile(r"\\(?:leq?|le)\b|≤|=<|⩽"), "<="),
    (re.compile(r"\\(?:geq?|ge)\b|≥|=>|⩾"), ">="),
    (re.compile(r"\\(?:times|cdot)\b|×|·|∗"), "*"),
    (re.compile(r"−|–"), "-"),
    (re.compile(r"÷"), "/"),
    (re.compile(r"\^"), "**"),
    (re.compile(r"[$€£]"), ""),
    (re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))"), ""),
    (re.compile(r"(\d+(?:\.\d+)?)\s*%"), r"(\1/100)"),
    (re.compile(r"<(?![=])"), "<="),
    (re.compile(r"(?<![-=<>])>(?![=])"), ">="),
    (re.compile(r"(?<![<>=!])=(?!=)"), "=="),
)
# A digit run that is its own token, then a name or bracket: 3x, 2(a + b), 0.5 cups.
_PRODUCT = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s*(?=[A-Za-z_(])(?!\s*(?:for|if|in|and|or)\b)")
_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_JOINT = re.compile(r"&&?|;|\n|\band\b", re.IGNORECASE)
_RELATION = re.compile(r"<=|>=|==")
_MOST_EXPANDED = 20_000


def tidy(expression: str) -> str:
    """Clean one expression's notation.

    >>> tidy("3x + 2 (y+z) =< 5,000")
    '3*x + 2*(y+z) <= 5000'
    """
    for pattern, replacement in _NOTATION:
        expression = pattern.sub(replacement, expression)
    return _PRODUCT.sub(r"\1*", expression).strip().rstrip(".,")


def split(expression: str) -> tuple[str, ...]:
    """The comparisons in what was written as one: joined by `and`, `&&`, `;` or a comma.

    >>> split("x >= 3, y >= 4")
    ('x >= 3', 'y >= 4')
    """
    if "for" in expression.split():  # sums keep their conditions: sum(... if a and b)
        return (expression,)
    parts = (part for joint in _JOINT.split(expression) for part in _at_commas(joint))
    return tuple(part.strip() for part in parts if part.strip())


def written_out(amounts: Mapping[str, str]) -> dict[str, str]:
    """Every amount in terms of decisions alone. Amounts that are defined by each other, or that
    grow beyond what a formulation may hold, are a `FormulationError`."""
    done: dict[str, str] = {}
    # Each pass writes out the amounts whose parts are done; a circle never gets its turn.
    while len(done) < len(amounts):
        ready = [
            name
            for name, expression in amounts.items()
            if name not in done and not (_names(expression) & amounts.keys()) - done.keys()
        ]
        if not ready:
            left = sorted(amounts.keys() - done.keys())
            raise FormulationError(f"the amounts {left[:4]} are defined by each other")
        for name in ready:
            done[name] = expand(amounts[name], done)
    return done


def expand(expression: str, amounts: Mapping[str, str]) -> str:
    """Put amounts that are written out in the place of their names.

    >>> expand("3*cost >= 5", {"cost": "2*x + y"})
    '3*(2*x + y) >= 5'
    """
    size = len(expression) + sum(len(amounts.get(n, "")) for n in _NAME.findall(expression))
    if size > _MOST_EXPANDED:
        raise FormulationError(
            f"{expression[:40]!r} has {size:,} characters with its amounts written out; "
            f"at most {_MOST_EXPANDED:,} are read"
        )
    return _NAME.sub(lambda m: f"({amounts[m[0]]})" if m[0] in amounts else m[0], expression)


def _names(expression: str) -> set[str]:
    return set(_NAME.findall(expression))


def rename(expression: str, names: Mapping[str, str]) -> str:
    """Replace names that had to change to be identifiers; longer names first."""
    for old in sorted(names, key=len, reverse=True):
        if old != names[old]:
            expression = re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", names[old], expression)
    return expression


def identifier(name: str) -> str:
    """The nearest thing to `name` that is a name of the language.

    >>> identifier("Type-II ambulances (large)")
    'Type_II_ambulances_large'
    """
    word = re.sub(r"\W+", "_", name.strip(), flags=re.ASCII).strip("_")[:48]
    return word if word and not word[0].isdigit() else f"x_{word}".rstrip("_")


def definition(expression: str) -> str:
    """What an amount is worth: the side of `loaves = 90*van + 12*bike` that is a sum."""
    sides = _RELATION.split(tidy(expression))
    return sides[-1].strip() if len(sides) == 2 else sides[0].strip()


def _at_commas(text: str) -> list[str]:
    """Split at commas outside brackets, if every part is a comparison of its own."""
    parts, level, start = [], 0, 0
    for at, character in enumerate(text):
        level += (character in "([") - (character in ")]")
        if character == "," and level == 0:
            parts.append(text[start:at])
            start = at + 1
    parts.append(text[start:])
    return parts if all(_RELATION.search(part) for part in parts) else [text]
