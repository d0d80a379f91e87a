"""What an endpoint's refusal says about how to ask it.

Refusals name a parameter in a field of its own, in a path, or somewhere in a sentence that no
standard writes. What is looked for are the names of what was sent, which are identifiers, and a
few topics (roles, thinking, caps); a guess that is wrong costs one more refusal, never a reply.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optwright.serving.settings import EFFORTS

_LEARNABLE = (400, 404, 405, 406, 409, 415, 422, 424, 500, 501)
_UNLEARNABLE = (401, 407)
"""All others teach something only where they name a parameter that was sent."""
_ABOUT_FORMAT = re.compile(
    r"response_format|json[_ ]schema|json[_ ]object|json[_ ]mode|structured[_ ]outputs?|\bschema\b|"
    r"guided|grammar|additionalproperties|strict"
)
_ABOUT_SYSTEM = re.compile(
    r"\b(?:system|developer)\W{0,3}[^.]{0,24}\b(?:role|instruction|message|prompt|turn)|"
    r"\brole\b[^.]{0,60}\b(?:system|developer)\b|roles must alternate|"
    r"\brole\b.{0,40}\bone of\W+user\b|"
    r"only (?:the )?\W?user\W? and \W?(?:assistant|model)\W? roles"
)
_WANTS_DEVELOPER = re.compile(r"(?:use|replace\w*|with|instead|be)\W+(?:\w+\W+){0,3}developer")
_ABOUT_PROMPT = re.compile(r"\binputs?\b|\bprompt\b|\bmessages\b")
_UNKNOWN = re.compile(
    r"not supported|unsupported|unknown|unrecognized|deprecated|extra|instead|not permitted"
)
_ABOUT_CAP = re.compile(
    r"max_?(?:completion_|new_|output_)?tokens|generation length|context (?:length|window|size)|"
    r"max_model_len|(?:completion|output|requested)(?: [\d,]+)? tokens|available context|n_ctx"
)
_ONLY_IN_PIECES = re.compile(
    r"only (?:supports? stream|.{0,20}server-sent events)|stream ?= ?true|"
    r"stream(?:ing)? (?:mode )?(?:is|must be) (?:set to )?(?:required|true|enabled)|"
    r"enable the stream parameter|streaming is (?:strongly )?(?:recommended|required)|"
    r"non-?stream"
)
_ABOUT_PARAMETERS = re.compile(
    r"\bparameters\b|unknown (?:field|name|parameter)|extra (?:inputs|fields)|unrecognized request"
)
_USED_UP = re.compile(
    r"insufficient_quota|current quota|billing|credit balance|no credits?\b|arrear"
)
_FILTERED = re.compile(r"content[_ ].{0,20}(?:filter|policy|management)|content_filter|flagged")
_TOO_LONG = re.compile(
    r"context (?:length|window|size)|prompt is too long|too many (?:input )?tokens|maximum context|"
    r"(?:input|prompt).{0,30}too long|context size|inputs?\W* tokens \+ \W*max_new_tokens"
)
_DEAD_ENGINE = re.compile(r"engine[ _]?(?:core|dead|loop|process)|enginedeaderror|engine is dead")
_NAMES_UNKNOWN = re.compile(
    r"(?:unknown|unrecognized|unexpected|unsupported|extraneous)\b[^.:`'\"\[]{0,40}[`'\"\[](\w+)"
)
_NUMBER = re.compile(r"(?<![\d.])\d{1,3}(?:,\d{3})+(?![\d.])|(?<![\w.])\d+(?!\.?\d)")
_NAMED = ("stream_options", "seed", "temperature", "reasoning_effort", "stream", "enable_thinking")
_LEAST = 256  # tokens: less is no reply
_MOST_TEXT = 4096


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal: its HTTP status, all its words in lower case, and the parameter it names in a
    field of its own, if it does."""

    status: int
    words: str
    param: str = ""

    @property
    def is_used_up(self) -> bool:
        """Whether it says that there is no money, or quota, left."""
        return self.status in (400, 402, 403, 429) and _USED_UP.search(self.words) is not None

    @property
    def is_filtered(self) -> bool:
        """Whether a filter of contents refused it."""
        return self.status in (400, 403, 422) and _FILTERED.search(self.words) is not None

    @property
    def is_too_long(self) -> bool:
        """Whether the prompt alone is more than the model reads."""
        return self.status == 413 or (
            self.status in (400, 422) and _TOO_LONG.search(self.words) is not None
        )

    @property
    def tells_of_a_dead_engine(self) -> bool:
        """Whether the server still answers, and what calculates for it is gone."""
        return self.status >= 500 and _DEAD_ENGINE.search(self.words) is not None

    @property
    def gives_no_reason(self) -> bool:
        """Whether it may be about anything."""
        reasons = (self.is_used_up, self.is_filtered, self.is_too_long)
        return self.status in (400, 422) and not any(reasons)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What to say differently: `about` one of format, cap, most, system, streaming, thinking,
    effort, parameters, or the name of a parameter to leave out."""

    about: str
    value: str | int = ""


def read_refused(status: int, body: bytes | str) -> Refused:
    """Read the body of a refusal, whatever it is."""
    text = body.decode("utf-8", errors="replace") if isinstance(body, bytes) else body
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return Refused(status, text[:_MOST_TEXT].lower())
    words = " ".join(_strings(data, 6))[:_MOST_TEXT]
    return Refused(status, words.lower(), _param(data).lower())


def lesson(
    refused: Refused, sent: Mapping[str, Any], cap: str, dropped: Sequence[str] = ()
) -> Lesson | None:
    """What a refusal of what was `sent` teaches, or None; `cap` is the name of the parameter for
    the most tokens, `dropped` was refused before."""
    words, param = refused.words, refused.param
    if refused.status in _UNLEARNABLE or refused.status < 400:
        return None
    if refused.status not in _LEARNABLE:
        if (found := _of_cap(words, param, sent, cap, is_bare=False)) is not None:
            return found
        return _of_minute(words, sent.get(cap, 0)) or _of_name(words, param, sent)
    if param == "stream" and "stream" not in {*sent, *dropped}:
        return Lesson("streaming")
    if (unknown := _NAMES_UNKNOWN.search(words)) and unknown.group(1) in {*_NAMED} & sent.keys():
        # Some list after it all that they do know.
        return _of_name(words, unknown.group(1), sent)
    if (found := _of_system(words, param, sent)) is not None:
        return found
    if (found := _of_thinking(words, sent, dropped)) is not None:
        return found
    if "stream" not in {*sent, *dropped} and _ONLY_IN_PIECES.search(words):
        return Lesson("streaming")
    if (found := _of_cap(words, param, sent, cap)) is not None:
        return found
    if (found := _of_name(words, param, sent)) is not None:
        return found
    if _ABOUT_PARAMETERS.search(words):
        return Lesson("parameters")
    return None


def _of_system(words: str, param: str, sent: Mapping[str, Any]) -> Lesson | None:
    roles = {turn["role"] for turn in sent["messages"]}
    instructed = roles & {"system", "developer"}
    if not instructed or not (_ABOUT_SYSTEM.search(words) or _is_role(param)):
        return None
    if "system" in instructed and _WANTS_DEVELOPER.search(words):
        return Lesson("system", "developer")
    return Lesson("system", "user")


def _is_role(param: str) -> bool:
    return param.startswith("messages") and param.endswith("role")


def _of_thinking(words: str, sent: Mapping[str, Any], dropped: Sequence[str]) -> Lesson | None:
    if "think" not in words:
        return None
    if "response_format" in sent and ("json" in words or _ABOUT_FORMAT.search(words)):
        return Lesson("format", "words")
    if "stream" in words or "enable_thinking" in words:
        if "stream" not in {*sent, *dropped}:
            return Lesson("streaming")
        if "enable_thinking" not in sent:
            return Lesson("thinking")
    return None


def _of_cap(
    words: str, param: str, sent: Mapping[str, Any], cap: str, *, is_bare: bool = True
) -> Lesson | None:
    """What is said about the cap; without `is_bare` it has to be named, or to say its number."""
    if cap not in sent:
        return None
    asked = int(sent[cap])
    names_it = re.search(rf"(?<![\d.,]){asked}(?![\d.,]\d)", words)  # the number that was asked for
    if not (_ABOUT_CAP.search(words) or _ABOUT_CAP.search(param) or names_it):
        return None
    if not is_bare and not (names_it or cap in (param, *re.findall(r"\w+", words))):
        return None
    numbers = _numbers(words)
    other = other_cap(cap)
    is_other = re.search(rf"\b{other}\b", words) is not None
    unknown = _UNKNOWN.search(words) or is_other
    if unknown and (is_other or (param or cap) == cap) and not any(n > _LEAST for n in numbers):
        return Lesson("cap", other) if is_other or cap != "max_tokens" else Lesson(cap)
    for total in numbers:
        for limit in numbers:
            prompt = total - asked
            if prompt in numbers and prompt < limit < total:
                return _most(limit - prompt, asked)
    others = [n for n in numbers if n != asked]
    if len(others) == 2 and _ABOUT_PROMPT.search(words):  # the context, and what the prompt takes
        return _most(others[1] - others[0], asked)
    below = [n for n in numbers if _LEAST <= n < asked]
    return _most(below[-1] if below else asked // 2, asked)


def other_cap(cap: str) -> str:
    """The other name of the parameter for the most tokens."""
    return "max_completion_tokens" if cap == "max_tokens" else "max_tokens"


def _of_minute(words: str, asked: int) -> Lesson | None:
    """Of a limit on what goes in a minute: what it is, and what the prompt and the cap come to,
    which is more than the limit."""
    *below, requested = _numbers(words) or [0]
    if below and 0 < asked <= requested <= 2 * asked:
        return _most(below[-1] - (requested - asked), asked)
    return None


def _numbers(words: str) -> list[int]:
    """The whole numbers in a refusal, in order of size."""
    return sorted({int(n.replace(",", "")) for n in _NUMBER.findall(words)})


def _most(most: int, asked: int) -> Lesson | None:
    return Lesson("most", most) if min(_LEAST, asked) <= most < asked else None


def _of_name(words: str, param: str, sent: Mapping[str, Any]) -> Lesson | None:
    top = re.split(r"[.\[]", param)[0]
    is_about_format = top == "response_format" or (top not in sent and _ABOUT_FORMAT.search(words))
    if is_about_format and "response_format" in sent:
        return Lesson("format")
    for name in (top, *_NAMED):
        if name not in _NAMED:
            continue
        if name in sent and (top == name or re.search(rf"\b{name}\b", words)):
            return _of_effort(words, sent) if name == "reasoning_effort" else Lesson(name)
    if "reasoning_effort" in sent and re.search(r"reasoning[ .]effort|\breasoning\b", words):
        return _of_effort(words, sent)
    return None


def _of_effort(words: str, sent: Mapping[str, Any]) -> Lesson:
    """The nearest effort that a refusal names, where it names some."""
    wanted = str(sent["reasoning_effort"])
    quoted = set(re.findall(r"['\"`]([a-z]+)['\"`]", words)) & set(EFFORTS) - {wanted}
    if not quoted or wanted not in EFFORTS:
        return Lesson("reasoning_effort")
    place = EFFORTS.index(wanted)
    return Lesson("effort", min(quoted, key=lambda e: (abs(EFFORTS.index(e) - place), e)))


def _param(data: object) -> str:
    """The parameter that an error object names, also as FastAPI's path to it."""
    if isinstance(data, list):
        return next(filter(None, map(_param, data[:4])), "")
    if not isinstance(data, Mapping):
        return ""
    if isinstance(found := data.get("param"), str):
        return found
    params = data.get("params")
    if isinstance(params, Mapping) and isinstance(found := params.get("additionalProperty"), str):
        return found
    if isinstance(path := data.get("loc"), list):
        return ".".join(str(part) for part in path if part != "body")
    inner = (data.get(name) for name in ("error", "detail", "errors", "details"))
    return next(filter(None, map(_param, inner)), "")


def _strings(data: object, depth: int) -> Iterator[str]:
    """All texts of a JSON value, also those inside texts that are JSON themselves."""
    if isinstance(data, str):
        yield data
    elif depth and isinstance(data, Mapping):
        for value in data.values():
            yield from _strings(value, depth - 1)
    elif depth and isinstance(data, list):
        for value in data:
            yield from _strings(value, depth - 1)
