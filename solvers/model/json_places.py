"""Where in the JSON of a formulation something stands: a name, a bound, a value of a parameter.

A path leads there from the whole: `("parameters", "cost", "values", "Lyon", "Metz")`. A step into a
list is a place in it, or the name of what is listed. What the JSON writes in another form than the
formulation has it (values as a list, pairs as one key) is found as far as the path goes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from optwright.solvers.model.places import Place

Path = tuple[str | int, ...]

_BLANKS = " \t\r\n"
_DECODER = json.JSONDecoder()
# What a field of a formulation may be called in JSON, beside its own name.
_ALSO = {
    "texts": ("values",),
    "default_text": ("default",),
    "tuples": ("members", "pairs"),
    "members": ("pairs",),
    "lower_expression": ("lower",),
    "upper_expression": ("upper",),
}


class JsonText:
    """The JSON text of a formulation, read once for all that is looked for in it."""

    def __init__(self, text: str, data: Any = None) -> None:
        self._text = text
        self._data = json.loads(text) if data is None else data

    def place_of(self, path: Path) -> Place | None:
        """Where a path leads, or the last step of it that is there; None where not even the first
        is. Of what an object holds the key is shown too, and alone where much stands under it."""
        steps = [*steps_of(self._data, path)]
        return _walk(self._text, steps) if steps else None


def steps_of(data: Any, path: Path) -> Iterator[str | int]:
    """The path as the JSON has it, up to the last step that is there."""
    path = _of_objectives(data, path)
    while path:
        step, *rest = path
        if isinstance(data, list):
            at = _position(data, step)
            if at is None:
                return
            data, path = data[at], tuple(rest)
            yield at
        elif isinstance(data, dict):
            key, taken = _key(data, path)
            if key is None and "," in str(step):  # a member of a set of tuples, by its parts
                path = (*str(step).split(","), *rest)
                continue
            if key is None:
                return
            data, path = data[key], path[taken:]
            yield key
        else:
            return


def _of_objectives(data: Any, path: Path) -> Path:
    """One objective stands by itself or as the first of a list, and scenarios may be a list."""
    if not isinstance(data, dict) or not path:
        return path
    first, *rest = path
    if first == "further_objectives" and rest and isinstance(rest[0], int):
        first, rest = "objective", [rest[0] + 1, *rest[1:]]
    elif first == "objective":
        rest = [0, *rest]
    if first == "objective":
        key = "objective" if data.get("objective") else "objectives"
        return (key, *(rest if isinstance(data.get(key), list) else rest[1:]))
    if first == "scenarios" and isinstance(data.get("scenarios"), list) and rest[:1] == ["cases"]:
        return ("scenarios", *rest[1:])
    return path


def _position(listed: list[Any], step: str | int) -> int | None:
    if isinstance(step, int):
        return step if step < len(listed) else None
    named = (
        at for at, part in enumerate(listed) if isinstance(part, dict) and part.get("name") == step
    )
    return next(named, None)


def _key(data: dict[str, Any], path: Path) -> tuple[str | None, int]:
    """The key of an object for the next step, or for several at once: `"Lyon, Metz"`."""
    step = str(path[0])
    for name in (step, *_ALSO.get(step, ())):
        if name in data:
            return name, 1
    wanted = [str(part) for part in path]
    for key in data:
        parts = [part.strip() for part in key.strip("()").split(",")]
        if parts == wanted[: len(parts)]:
            return key, len(parts)
    return None, 0


def _walk(text: str, steps: list[str | int]) -> Place:
    at, begin, shown = _after(text, 0), 0, 0
    for step in steps:
        if isinstance(step, int):
            for _ in range(step + 1):
                begin = _after(text, at + 1)  # past the bracket or the comma
                _, end = _DECODER.raw_decode(text, begin)
                at = _after(text, end)
            at, shown = begin, end if text[begin] not in "{[" else begin + 1
        else:
            begin, key_end, at = _entry(text, at, step)
            _, end = _DECODER.raw_decode(text, at)
            shown = end if text[at] not in "{[" else key_end
    return Place(text, begin, shown)


def _entry(text: str, at: int, wanted: str) -> tuple[int, int, int]:
    """Where the key begins and ends, and where its value begins: the last of them, as JSON is
    read."""
    found = None
    while text[at] != "}":
        begin = _after(text, at + 1)
        key, key_end = _DECODER.raw_decode(text, begin)
        value = _after(text, _after(text, key_end) + 1)  # past the colon
        if key == wanted:
            found = begin, key_end, value
        _, end = _DECODER.raw_decode(text, value)
        at = _after(text, end)
    assert found is not None
    return found


def _after(text: str, at: int) -> int:
    """The first place from there on that is not blank."""
    while text[at : at + 1] in _BLANKS and at < len(text):
        at += 1
    return at
