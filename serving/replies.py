"""Finding the JSON object in a reply: between words, inside a fence, slightly damaged.

What the object means is read by whoever asked for it; this is the step before. A reply that ended
for its length should not come here: it may look whole and lack its last entries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from html import unescape
from itertools import islice
from typing import Any

from optwright.errors import ReplyError
from optwright.serving.chat import ChatReply, Finish
from optwright.serving.lenient import DECODER, read_object
from optwright.serving.thoughts import said_after_thoughts

MOST_CHARACTERS = 100_000
MOST_MARKS = 10_000  # brackets and quotation marks
DEEPEST = 48
_SPANS = 20  # braces in prose come in ones and twos
_SHOWN = 2_000
_QUOTED = 200  # characters of a refusal that a message shows

_STEP = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\Z)|[{}\[\]]', re.DOTALL)
_FENCED = re.compile(r"^[ \t]*```json[ \t]*\n(.*?)(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE)
_CURLY = str.maketrans("\u201c\u201d\u201e", '"' * 3)
_NARROW = {"\uff1a": ":", "\uff0c": ","}
_WIDE = re.compile(r'(?<=["\d}\]])[\uff1a\uff0c](?=\s*["\d{\[\-])')
_LIKELY = re.compile(r"\{\s{0,40}[\"']")
_LONE_SURROGATE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|"
    r"(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)


def whole_text(reply: ChatReply) -> str:
    """The text of a reply that the model ended itself; a `ReplyError` says why another is none."""
    if reply.finish is Finish.STOP:
        return reply.text
    if reply.finish is Finish.REFUSAL:
        said = " ".join(reply.text.split())[:_QUOTED]
        raise ReplyError(
            "the model refused to answer" + (f": {said!r}" if said else ""),
            reply=reply.text[:_SHOWN],
            hint="another model may answer; name it with --model",
        )
    raise ReplyError(cut_off(reply), reply=reply.text[:_SHOWN])


def cut_off(reply: ChatReply) -> str:
    """Why a reply ended too early and what to raise, in a sentence."""
    tokens = f"{reply.usage.completion_tokens:,}"
    if reply.cut_by_budget:
        return (
            f"the budget left the reply {tokens} tokens and it needed more; raise tokens= or usd= "
            "in --budget"
        )
    if reply.capped:
        return (
            f"the reply was cut off: the endpoint allows no more than its {tokens} tokens; lower "
            "--reasoning-effort, or use a model that may write more"
        )
    if 2 * reply.usage.thought_tokens >= reply.usage.completion_tokens or not reply.text.strip():
        return (
            f"the model spent its {tokens} tokens thinking; raise --max-tokens or lower "
            "--reasoning-effort"
        )
    return f"the reply was cut off after {tokens} tokens; raise --max-tokens"


def extract_json(text: str) -> dict[str, Any]:
    """Return the outermost JSON object of a reply; `ReplyError` when there is none.

    There may be words, code fences or thoughts (`serving.thoughts`) around it; of several objects
    the one in the only fence of JSON counts, or else the first sound one that is not empty. Small
    damage is repaired, see `serving.lenient`; NaN and infinite numbers are damage that is not.
    A reply with more than `MOST_CHARACTERS`, more than `MOST_MARKS`, or deeper than `DEEPEST` is
    refused.
    """
    if len(text) > MOST_CHARACTERS:
        raise _error(f"the reply has {len(text)} characters, more than {MOST_CHARACTERS}", text)
    said = _LONE_SURROGATE.sub(r"\\ufffd", _plain(_of_fence(said_after_thoughts(text))))
    if sum(map(said.count, '{}[]"')) > MOST_MARKS:
        raise _error(f"the reply has more than {MOST_MARKS} brackets and quotation marks", text)
    spans = list(islice(_objects(said), _SPANS))
    if not spans:
        raise _error("the reply holds no JSON object", text)
    empty = False
    for read in (_strict, read_object):
        for span in spans:
            if _depth(span) > DEEPEST:
                raise _error(f"the reply nests deeper than {DEEPEST} brackets", text)
            try:
                if found := read(span):
                    return found
                empty = True
            except ValueError as error:
                reason = str(error)
    if empty:
        return {}
    raise _error(f"the reply holds no JSON object that can be read: {reason}", text)


def _of_fence(text: str) -> str:
    """What stands in the one fence that says it holds JSON, where words come first: objects among
    those words were thoughts."""
    if text.lstrip().startswith("{"):
        return text
    fenced = _FENCED.findall(text)
    return fenced[0] if len(fenced) == 1 and "{" in fenced[0] else text


def _plain(text: str) -> str:
    """A text in which JSON's own marks are plain, where it has none: one that is a text of JSON
    itself, with HTML's entities, with quotes of typography, or with marks of full width."""
    bare = text.strip()
    if bare.startswith('"{') and bare.endswith('}"'):
        with suppress(ValueError):
            return str(DECODER.decode(bare))
    if bare.startswith('{\\"') and bare.endswith("}"):  # the same without quotes around it
        with suppress(ValueError):
            return str(DECODER.decode(f'"{bare}"'))
    if '"' not in text and "&quot;" in text:
        text = unescape(text)
    if '"' not in text:
        text = text.translate(_CURLY)
    return _WIDE.sub(lambda mark: _NARROW[mark.group()], text) if _WIDE.search(text) else text


def _objects(text: str) -> Iterator[str]:
    """Yield the outermost `{...}`s, and what follows the first brace that looks like JSON."""
    first = text.find("{")
    yield from _outermost(text, first)
    likely = _LIKELY.search(text)
    if likely is not None and likely.start() != first:
        yield from islice(_outermost(text, likely.start()), 1)


def _outermost(text: str, start: int) -> Iterator[str]:
    """Yield every `{...}` from the one at `start`; one that never closes reaches to the end."""
    while start >= 0:
        end = _end(text, start)
        yield text[start:end]
        start = text.find("{", end)


def _end(text: str, start: int) -> int:
    """Where the bracket at `start` is closed; brackets inside texts do not count."""
    depth = 0
    for step in _STEP.finditer(text, start):
        mark = step.group()[0]
        depth += (mark in "{[") - (mark in "}]")
        if depth == 0 and mark != '"':
            return step.end()
    return len(text)


def _strict(text: str) -> dict[str, Any]:
    found: dict[str, Any] = DECODER.decode(text)
    return found


def _depth(text: str) -> int:
    """How deep brackets nest, those inside texts counted too: too high refuses, never overflows."""
    depth = deepest = 0
    for bracket in re.findall(r"[{}\[\]]", text):
        depth = max(0, depth + (1 if bracket in "{[" else -1))
        deepest = max(deepest, depth)
    return deepest


def _error(message: str, text: str) -> ReplyError:
    return ReplyError(
        message,
        reply=text[:_SHOWN],
        hint="the model was asked for one JSON object and nothing else",
    )
