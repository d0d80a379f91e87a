"""Parts of reply schemas that leave nothing open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def record(fields: Mapping[str, Any]) -> dict[str, Any]:
    """An object that has all of these fields and no other."""
    return {
        "type": "object",
        "properties": dict(fields),
        "required": list(fields),
        "additionalProperties": False,
    }


def array(items: Mapping[str, Any], least: int, most: int | None) -> dict[str, Any]:
    """A list of at least and, unless None, at most so many items."""
    limit = {} if most is None else {"maxItems": most}
    return {"type": "array", "minItems": least, **limit, "items": dict(items)}


def records(count: int, fields: Mapping[str, Any]) -> dict[str, Any]:
    """A list of exactly `count` records: the answers to as many closed questions."""
    return array(record(fields), count, count)
