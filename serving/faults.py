"""What an endpoint's refusal means: which error it is, whether to come back, and when."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from optwright.errors import EndpointError, ModelUnavailable
from optwright.serving.redact import redact
from optwright.serving.refused import Refused, read_refused

_PASSING = {408, 409, 425, 429, 500, 502, 503, 504}
_OF_GATEWAYS = range(520, 600)  # numbers of their own for a server behind them that fails
_SHOWN = 300  # characters of a foreign message worth showing

_MESSAGES = ("error", "errors", "message", "detail", "msg", "base_resp", "status_msg")
_BASE_URL = "check the base URL; OpenAI-compatible ones usually end in /v1"
_HINTS = {
    400: "the endpoint cannot read this request; see what it says",
    401: "check the API key; a key for this host is named with key_env (docs/serving.md)",
    402: "the account has no credit left",
    403: "this key may not use this model",
    405: _BASE_URL,
    407: "a proxy stands before it and wants to know who asks; see HTTPS_PROXY and NO_PROXY",
    410: "it is gone for good; name another model (--model)",
    413: "the prompt is too long for this model; shorten the problem or its tables",
}


class EndpointRefusal(EndpointError):
    """A refusal, with what it says about how to ask."""

    refused: Refused


class UnknownToEndpoint(ModelUnavailable):
    """A refusal that is about the model's name, or the address, unless it says otherwise."""

    refused: Refused


def refusal(
    model: str, status: int, headers: Mapping[str, str], body: bytes | str
) -> EndpointRefusal | UnknownToEndpoint:
    """The error for an HTTP status that is not success."""
    refused = read_refused(status, body)
    error = _refusal(model, status, headers, excerpt(body), refused)
    error.refused = refused
    return error


def _refusal(
    model: str, status: int, headers: Mapping[str, str], said: str, refused: Refused
) -> EndpointRefusal | UnknownToEndpoint:
    if status == 404:
        return UnknownToEndpoint(
            f"the endpoint of {model!r} does not know it (404): {said}",
            hint="check the model's name, and the base URL (most end in /v1)",
        )
    if 300 <= status < 400:
        to = excerpt(headers.get("location", "")) or "nowhere"
        return EndpointRefusal(
            f"the endpoint of {model!r} answered {status} and leads to {to!r}; no key follows it",
            status=status,
            hint=_BASE_URL,
        )
    return EndpointRefusal(
        f"the endpoint of {model!r} answered {status}: {said or 'without a word'}",
        status=status,
        retryable=(status in _PASSING or status in _OF_GATEWAYS) and not refused.is_used_up,
        retry_after_s=None if refused.is_used_up else retry_after(headers),
        hint=_hint(status, refused),
    )


def _hint(status: int, refused: Refused) -> str | None:
    if refused.is_used_up:
        return _HINTS[402]
    if refused.is_filtered:
        return "its content filter refuses the text; say it differently, or use another model"
    return _HINTS[413] if refused.is_too_long else _HINTS.get(status)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds an endpoint asks to wait, from `Retry-After-Ms` or either form of `Retry-After`."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    if value is None or (seconds := _number(value)) is not None:
        return None if value is None else seconds
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def excerpt(body: bytes | str) -> str:
    """The message inside an error body, on one line, short and without secrets."""
    text = body.decode("utf-8", errors="replace") if isinstance(body, bytes) else body
    text = redact(error_message(_json(text)) or re.sub(r"<[^<>]*>", " ", text[:4096]))
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}..."


def causes(error: BaseException | None) -> list[BaseException]:
    """An error and what led to it, outermost first."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain


def error_message(data: object) -> str:
    """The text of the usual error objects, or "" where there is none."""
    for _ in range(6):  # {"error": {"message": "..."}} and the like; deeper is somebody's joke
        if isinstance(data, list) and data:
            data = data[0]
        if not isinstance(data, Mapping):
            return ""
        data = next((data[k] for k in _MESSAGES if data.get(k)), None)
        if isinstance(data, str):
            return data
    return ""


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value is not None else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
