"""What is wrong with a value that is no part of a formulation, in our words, not pydantic's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from optwright.solvers.model.json_places import Path
from optwright.solvers.model.places import Place

MOST_TOLD = 5

_PLAIN_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not a field of it",
    "string_pattern_mismatch": "is not a name (letters, digits and _, no digit first)",
    "string_too_long": "is too long",
    "string_too_short": "is empty",
    "string_type": "is not a text",
    "float_type": "is not a number",
    "float_parsing": "is not a number",
    "finite_number": "is not a finite number",
    "bool_type": "is not true or false",
    "bool_parsing": "is not true or false",
    "tuple_type": "is not a list",
    "list_type": "is not a list",
    "too_short": "is empty",
    "model_type": "is not an object",
    "model_attributes_type": "is not an object",
    "dict_type": "is not an object",
    "int_type": "is not a whole number",
    "int_parsing": "is not a whole number",
    "int_from_float": "is not a whole number",
    "recursion_loop": "holds itself",
}
_WITH_NUMBER = {
    "greater_than_equal": ("ge", "is below {}"),
    "greater_than": ("gt", "is not above {}"),
    "less_than_equal": ("le", "is above {}"),
    "less_than": ("lt", "is not below {}"),
}
_CHOICES = frozenset({"enum", "literal_error"})
_UNION_PARTS = frozenset(
    {"str", "int", "float", "dict[str,nullable]", "function-before[normalized]"}
)
_IS_UNION = ("function-", "tagged-union", "nullable[", "list[", "tuple[", "dict[", "union[", "lax-")


class Misfit(ValueError):
    """What does not fit about one part, where a check of the whole finds it."""

    def __init__(self, message: str, path: Path) -> None:
        super().__init__(message)
        self.path = path


def complaints(
    error: ValidationError, place_of: Callable[[Path], Place | None] = lambda _: None
) -> str:
    """`objective.expression is missing; ...`, the first five, each with its place where `place_of`
    finds one."""
    told = list[str]()
    for path, words in _by_path(error).items():
        said = (
            f"{'.'.join(map(str, path))} {_either(words.said)}" if words.is_named else words.said[0]
        )
        place = place_of(path)
        told.append(f"{said} ({place})" if place else said)
    more = f"; and {len(told) - MOST_TOLD} more" if len(told) > MOST_TOLD else ""
    return "; ".join(told[:MOST_TOLD]) + more


def misfits(error: ValidationError) -> tuple[Path, ...]:
    """Where each of the first five things stands that is told."""
    return tuple(path for path in _by_path(error) if path)[:MOST_TOLD]


@dataclass(slots=True)
class _Words:
    """What is said of one value, after its path or in a sentence of its own."""

    is_named: bool
    said: list[str]


def _by_path(error: ValidationError) -> dict[Path, _Words]:
    by_path: dict[Path, _Words] = {}
    for found in error.errors(include_url=False):
        path = tuple(part for part in found["loc"] if not _is_of_union(part))
        cause = (found.get("ctx") or {}).get("error")
        is_named = found["type"] != "value_error" or bool(path)
        if isinstance(cause, Misfit):
            path, is_named = (*path, *cause.path), False
        if not path and is_named:
            path = ("the formulation",)
        words = by_path.setdefault(path, _Words(is_named, []))
        words.said += [said] if (said := _words(found)) not in words.said else []
    return {
        path: words
        for path, words in by_path.items()
        if not any(len(other) > len(path) > 0 and other[: len(path)] == path for other in by_path)
    }


def _either(words: list[str]) -> str:
    """What is said of one value that was tried as several things."""
    if {"is not a number", "is not an object"} <= set(words):
        return "is neither a number nor numbers by member"
    if {"is not a text", "is not an object"} <= set(words):
        return "is neither a text nor texts by member"
    return " and ".join(words)


def _words(error: Any) -> str:
    kind, context = error["type"], error.get("ctx") or {}
    if kind in _PLAIN_WORDS:
        return _PLAIN_WORDS[kind]
    if kind in _WITH_NUMBER:
        limit, words = _WITH_NUMBER[kind]
        return words.format(f"{context.get(limit)}")
    if kind in _CHOICES:
        return f"is {error['input']!r:.60}; it is one of {context.get('expected')}"
    if kind == "value_error":
        return str(error["msg"]).removeprefix("Value error, ")
    return "does not fit"


def _is_of_union(part: Any) -> bool:
    """Whether a step of the place only says which way of reading a value was tried."""
    return isinstance(part, str) and (part in _UNION_PARTS or part.startswith(_IS_UNION))
