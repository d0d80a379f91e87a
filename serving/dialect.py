"""How one OpenAI-compatible endpoint wants to be asked: the same request, in the words it accepts.

Endpoints differ in which parameters they know. Each is asked in full first; when it refuses a
parameter by name, that one is said differently or left out from then on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from optwright.serving.chat import ChatRequest
from optwright.serving.completion import clean

# Ways to ask for JSON, best first; the last two also show the schema in the prompt.
_SCHEMA, _OBJECT, _WORDS = "json_schema", "json_object", "words"
_WORSE = {_SCHEMA: _OBJECT, _OBJECT: _WORDS}
NOTHING: Mapping[str, Any] = MappingProxyType({})
# Python's own JSON separators. Free whitespace costs half the tokens again, and greedy decoding
# loses its way in it.
_AS_PYTHON = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
_ABOUT_FORMAT = ("response_format", "json_schema", "json_object", "schema", "guided", "grammar")


class Dialect:
    """What one endpoint has been found to accept."""

    def __init__(self, cap: str, *, schema_in_words: bool = False) -> None:
        self._cap = cap
        self._format = _WORDS if schema_in_words else _SCHEMA
        self._dropped: set[str] = set()

    def say(
        self, model: str, request: ChatRequest, besides: Mapping[str, Any] = NOTHING
    ) -> dict[str, Any]:
        """The JSON to send, with parameters `besides` those of the request."""
        said: dict[str, Any] = {
            "model": model,
            "messages": [{"role": m.role, "content": clean(m.content)} for m in request.messages],
            "temperature": request.temperature,
            "seed": request.draw_seed,
            "reasoning_effort": request.effort,
            self._cap: request.max_tokens,
            **besides,
        }
        if request.schema is not None:
            said |= self._schema(request.schema, said["messages"])
        if "stream" in self._dropped:
            said.pop("stream_options", None)
        return {
            name: value
            for name, value in said.items()
            if value is not None and name not in self._dropped
        }

    def forget(self, name: str) -> None:
        """Leave a parameter out from now on."""
        self._dropped.add(name)

    def learn(self, status: int | None, refused: str, sent: Mapping[str, Any]) -> bool:
        """Change what is said after a refusal; whether there is anything new to try."""
        if status not in (400, 422):
            return False
        if self._cap in refused and self._cap == "max_tokens" and "max_completion" in refused:
            self._cap = "max_completion_tokens"
            return True
        for name in ("stream", "seed", "temperature", "reasoning_effort"):
            if name in refused and name in sent:
                self.forget(name)
                return True
        return "response_format" in sent and self._say_format_differently(refused)

    def _say_format_differently(self, refused: str) -> bool:
        if not any(word in refused for word in _ABOUT_FORMAT):
            return False
        self._format = _WORSE[self._format]
        return True

    def _schema(self, schema: Mapping[str, Any], messages: list[dict[str, str]]) -> dict[str, Any]:
        if self._format == _SCHEMA:
            wrapped = {"name": "reply", "schema": dict(schema), "strict": _is_closed(schema)}
            return {"response_format": {"type": "json_schema", "json_schema": wrapped}}
        messages[-1]["content"] += (
            "\n\nReply with one JSON object that follows this JSON schema:\n"
            + json.dumps(dict(schema))
        )
        return {"response_format": {"type": "json_object"}} if self._format == _OBJECT else {}


def _is_closed(schema: object) -> bool:
    """Whether every object names all its properties as required and allows no other: what
    OpenAI demands of a schema it is to follow strictly."""
    if isinstance(schema, list):
        return all(_is_closed(part) for part in schema)
    if not isinstance(schema, Mapping):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        names = set(schema.get("properties", {}))
        closed = schema.get("additionalProperties") is False
        if not closed or set(schema.get("required", ())) != names:
            return False
    return all(_is_closed(part) for part in schema.values())


def spaced(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema, for an engine that knows llguidance's options: replies then have blanks where
    Python's `json.dumps` puts them, as worked examples do."""
    return {**schema, "x-guidance": _AS_PYTHON}
