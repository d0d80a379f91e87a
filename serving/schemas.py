"""JSON schemas of replies that leave nothing open: what a request asks of a model's answer.

The order of keys stays as it is: a recorded reply is found by the text of its request's schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

TEXT: dict[str, Any] = {"type": "string"}


def record(fields: Mapping[str, Any], required: Iterable[str] | None = None) -> dict[str, Any]:
    """An object that has these fields and no other; all of them, or those that are `required`."""
    return {
        "type": "object",
        "properties": dict(fields),
        "required": list(fields if required is None else required),
        "additionalProperties": False,
    }


def array(items: Mapping[str, Any], least: int = 0, most: int | None = None) -> dict[str, Any]:
    """A list of at least and, unless None, at most so many items."""
    limit = {} if most is None else {"maxItems": most}
    return {"type": "array", "minItems": least, **limit, "items": dict(items)}


def records(count: int, fields: Mapping[str, Any]) -> dict[str, Any]:
    """A list of exactly `count` records: the answers to as many closed questions."""
    return array(record(fields), count, count)
