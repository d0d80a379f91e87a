"""Whether a reply keeps to the JSON schema it was asked for, whatever the endpoint promised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optwright.errors import ReplyError
from optwright.serving.replies import extract_json


def follows(schema: Mapping[str, Any], text: str) -> bool:
    """Whether the JSON object in a reply is valid under `schema`; a reply without one is not."""
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships none

    try:
        found = extract_json(text)
    except ReplyError:
        return False
    return bool(Draft202012Validator(dict(schema)).is_valid(found))


def serves(schema: Mapping[str, Any], text: str) -> bool:
    """Whether a reply can be about what was asked: it holds a JSON object with one at least of the
    names that the schema demands."""
    try:
        found = extract_json(text)
    except ReplyError:
        return False
    demanded = schema.get("required") or list(schema.get("properties", ()))
    return not demanded or any(name in found for name in demanded)
