"""The schema of a reply that answers a number of closed questions, one record each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def records(count: int, fields: Mapping[str, Any]) -> dict[str, Any]:
    """A list of exactly `count` records with these fields and no other."""
    return {
        "type": "array",
        "minItems": count,
        "maxItems": count,
        "items": record(fields),
    }


def record(fields: Mapping[str, Any]) -> dict[str, Any]:
    """An object that has all of these fields and no other."""
    return {
        "type": "object",
        "properties": dict(fields),
        "required": list(fields),
        "additionalProperties": False,
    }
