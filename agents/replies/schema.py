"""The shapes of replies that a server may be asked to keep to, derived from the formulation's own.

`language` is all that a formulation can say; `selection` the flat part of it that a profile picks
for a small model. What a formulation learns to say is in both without a line here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cache
from typing import Any

from optwright.errors import InputError
from optwright.serving.schemas import TEXT, array, record
from optwright.solvers.model.formulation import json_schema

QUOTE = "quote"
"""The words of the problem that a part of a reply comes from: `text` or `source` of that part."""

FLAT = {"decisions": "variables", "limits": "constraints", "amounts": "expressions"}
"""What a flat reply calls parts of a formulation."""

LEFT_OPEN = {
    "questions": "what the answer needs and the text leaves out",
    "cannot_state": "constructs of the problem that this language has no words for",
}
"""Lists of sentences that may stand in the place of a program."""

REFUSAL = "not_a_problem"
"""Says why there is nothing to decide in a text."""

_QUOTED = ("text", "source")
_FOLDED = frozenset({*_QUOTED, "lower_expression", "upper_expression", "tuples", "kind", "texts"})
"""Fields that a reply has no need of: other fields of it are read into them."""

# What `solvers.model.inline` reads beyond the types that it makes of it.
_WIDER: Mapping[tuple[str, str], Any] = {
    ("Parameter", "values"): {"type": ["number", "string", "boolean", "array", "object"]},
    ("Variable", "lower"): {"type": ["number", "string", "null"]},
    ("Variable", "upper"): {"type": ["number", "string", "null"]},
    ("Goal", "target"): {"type": ["number", "string"]},
    ("IndexSet", "members"): {
        "type": "array",
        "items": {"type": ["string", "integer", "array"]},
    },
}


@cache
def language() -> Mapping[str, Any]:
    """The schema of a reply that may say all that a formulation can, with a quote for each part,
    or in its place what the text leaves open, what cannot be stated, or why there
    is no problem."""
    schema = _bare(deepcopy(json_schema()))
    parts = schema["$defs"]
    for name, part in parts.items():
        _as_replied(name, part)
    _as_replied("Formulation", schema)
    properties = schema["properties"]
    del properties["version"], properties["title"], properties[QUOTE]
    for name in LEFT_OPEN:
        properties[name] = {"type": "array", "items": TEXT}
    properties[REFUSAL] = TEXT
    schema["required"] = []
    del schema["type"], schema["anyOf"]
    return {"type": "object", **schema, "additionalProperties": False}


def _as_replied(name: str, part: dict[str, Any]) -> None:
    fields = part.get("properties")
    if fields is None:
        return
    is_quoted = any(field in fields for field in _QUOTED)
    for field in _FOLDED & fields.keys():
        del fields[field]
    for field in fields:
        fields[field] = _WIDER.get((name, field), fields[field])
    if is_quoted or name == "Formulation":
        fields[QUOTE] = TEXT


def _bare(schema: Any) -> Any:
    """A schema without what is only for people: titles, descriptions and defaults."""
    if isinstance(schema, list):
        return [_bare(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _bare(part) for name, part in value.items()}
        if key in ("properties", "$defs")
        else _bare(value)
        for key, value in schema.items()
        if key not in ("title", "description", "default", "maxLength")
    }


def selection(
    picked: Mapping[str, Sequence[str]], most: Mapping[str, int], names: str = ""
) -> Mapping[str, Any]:
    """The schema of a flat reply that holds the `picked` fields of each part, every one of them
    required, with at most `most` entries of a part or a field (`limits`, `decisions.indices`).

    `names` is the pattern that names keep to. Raises `InputError` for a field that no formulation
    has."""
    return record({part: _part(part, fields, most, names) for part, fields in picked.items()})


def _part(part: str, fields: Sequence[str], most: Mapping[str, int], names: str) -> Any:
    one = record({field: _field(part, field, most, names) for field in fields})
    if _kept(part).get("type") != "array":
        return one
    least = 1 if part in ("decisions", "variables", "amounts") else 0
    return array(one, least, most.get(part))


def _field(part: str, field: str, most: Mapping[str, int], names: str) -> Any:
    path = f"{part}.{field}"
    known = _fields(part)
    if field in _FLAT_FIELDS:
        return _FLAT_FIELDS[field]
    if field not in known:
        raise InputError(
            f"a profile picks {path!r}; there are {', '.join(sorted({*known, *_FLAT_FIELDS}))}"
        )
    found = known[field]
    if field == "name":
        return {"type": "string", "pattern": names} if names else found
    if field == "indices":
        return array({"type": "string", "pattern": names} if names else TEXT, 0, most.get(path))
    if field == "column":
        return _column(part, most)
    return _without_reference(found)


def _column(part: str, most: Mapping[str, int]) -> Any:
    """A column of a flat reply: its table, its keys for a parameter, and the values."""
    keys = array(TEXT, 0, most.get(f"{part}.column.keys"))
    return record(
        {"table": TEXT} | ({"keys": keys} if part == "parameters" else {}) | {"value": TEXT}
    )


# Lengths of strings stay open: a grammar of bounded repetitions takes llama.cpp seconds to build.
_FLAT_FIELDS: Mapping[str, Any] = {
    "text": TEXT,
    "whole": {"type": "boolean"},
    "yes_or_no": {"type": "boolean"},
}
"""Fields of flat replies that a formulation says in other words: its quote, and its domain."""


def _kept(part: str) -> Mapping[str, Any]:
    """What the language's schema says of a part, by the name that flat replies have for it."""
    properties = language()["properties"]
    name = FLAT.get(part, part)
    if name not in properties:
        raise InputError(f"a profile picks {part!r}; there are {', '.join(properties)}")
    found: Mapping[str, Any] = properties[name]
    return found


def _fields(part: str) -> Mapping[str, Any]:
    reference = next(_references(_kept(part)), "")
    found: Mapping[str, Any] = language()["$defs"].get(reference, {}).get("properties", {})
    return found


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            if key == "$ref":
                yield value.rpartition("/")[2]
            else:
                yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _without_reference(field: Mapping[str, Any]) -> Mapping[str, Any]:
    """A field with the enumeration that it refers to in its place."""
    if "$ref" not in field:
        return field
    found: Mapping[str, Any] = language()["$defs"][field["$ref"].rpartition("/")[2]]
    return {"enum": list(found["enum"])} if "enum" in found else found


LIMIT_SCHEMA: Mapping[str, Any] = record({"expression": TEXT})
