"""The shapes of replies that a server may be asked to keep to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _array(items: Mapping[str, Any], least: int, most: int) -> dict[str, Any]:
    return {"type": "array", "minItems": least, "maxItems": most, "items": items}


# Lengths of strings stay open: a grammar of bounded repetitions takes llama.cpp seconds to build.
_TEXT = {"type": "string"}
_WORD = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}
_NAME = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]*$"}
_NAMES = _array(_NAME, 0, 4)
_SENSE = {"enum": ["minimize", "maximize"]}
_OBJECTIVE = _object(text=_TEXT, sense=_SENSE, expression=_TEXT)

DRAFT_SCHEMA: Mapping[str, Any] = _object(
    decisions=_array(_object(name=_WORD, meaning=_TEXT, whole={"type": "boolean"}), 1, 12),
    amounts=_array(_object(name=_WORD, expression=_TEXT), 1, 12),
    objective=_OBJECTIVE,
    limits=_array(_object(text=_TEXT, expression=_TEXT), 0, 14),
)
"""A problem in words alone: no sets, every number in an expression."""

_COLUMN = _object(table=_TEXT, keys=_array(_TEXT, 0, 4), value=_TEXT)

TABLES_SCHEMA: Mapping[str, Any] = _object(
    sets=_array(_object(name=_NAME, column=_object(table=_TEXT, value=_TEXT)), 0, 8),
    parameters=_array(_object(name=_NAME, indices=_NAMES, column=_COLUMN), 0, 16),
    decisions=_array(
        _object(
            name=_NAME,
            indices=_NAMES,
            meaning=_TEXT,
            whole={"type": "boolean"},
            yes_or_no={"type": "boolean"},
        ),
        1,
        8,
    ),
    objective=_OBJECTIVE,
    limits=_array(_object(text=_TEXT, forall=_TEXT, expression=_TEXT), 0, 16),
)
"""A problem with tables: sets and parameters are columns, limits hold for all of a set."""

LIMIT_SCHEMA: Mapping[str, Any] = _object(expression=_TEXT)
