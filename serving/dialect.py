"""How one endpoint wants to be asked: the same request, in the words it accepts.

Endpoints differ in which parameters and roles they know, and say so in words of their own. Each is
asked in full first; what it refuses is said differently or left out from then on (`refused` says
how refusals are read), and what it does with a schema is seen from its replies.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any

from optwright.serving.chat import ChatReply, ChatRequest, Finish
from optwright.serving.completion import clean
from optwright.serving.refused import Lesson
from optwright.serving.validation import follows, serves

# Ways to ask for JSON, best first; the last two also show the schema in the prompt.
SCHEMA, OBJECT, WORDS = "json_schema", "json_object", "words"
PROBE = "probe"
"""The role of a request that tries whether a schema binds."""
_WORSE = {SCHEMA: OBJECT, OBJECT: WORDS}
NOTHING: Mapping[str, Any] = MappingProxyType({})
# Python's own JSON separators. Free whitespace costs half the tokens again, and greedy decoding
# loses its way in it.
_AS_PYTHON = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
OPTIONAL = ("reasoning_effort", "seed", "stream_options", "temperature")
"""Parameters that may be missing, the first to go first."""


@dataclass
class Known:
    """What an endpoint was found to accept; JSON can hold it.

    `cap` names the parameter for the most tokens and `most` is the largest it takes. `system` is
    the role of instructions, `user` where they have to stand in the first question. `streaming` is
    True where replies are to be had only in pieces. `constrains` says whether a schema that was
    sent has bound replies (None: not seen yet), `probed` whether it was tried on purpose.
    """

    cap: str = "max_tokens"
    most: int | None = None
    format: str = SCHEMA
    system: str = "system"
    streaming: bool | None = None
    constrains: bool | None = None
    probed: bool = False
    dropped: list[str] = field(default_factory=list)
    besides: dict[str, Any] = field(default_factory=dict)
    """Parameters that it demands."""
    efforts: dict[str, str] = field(default_factory=dict)
    """What is said in place of an effort that it does not know."""

    def sentences(self) -> list[str]:
        """What was learnt, a sentence each."""
        ways = {
            SCHEMA: "is sent the JSON schema of a reply",
            OBJECT: "is asked for JSON, with the schema in the prompt",
            WORDS: "is shown the schema in the prompt, and nothing else",
        }
        said = [ways[self.format]]
        if self.constrains is not None:
            said.append(f"its replies {'keep' if self.constrains else 'do NOT keep'} to the schema")
        if self.system != "system":
            where = "a turn of the user" if self.system == "user" else f"the role {self.system!r}"
            said.append(f"reads instructions in {where}")
        if self.most is not None:
            said.append(f"writes at most {self.most:,} tokens")
        if self.streaming:
            said.append("answers in pieces only")
        said += [f"takes no {name}" for name in self.dropped]
        said += [f"is told {name}={value}" for name, value in self.besides.items()]
        said += [f"takes effort {b!r} for {a!r}" for a, b in self.efforts.items()]
        return said

    @property
    def streams(self) -> bool | None:
        """Whether replies are to be had in pieces only, or (False) in one piece only."""
        return False if "stream" in self.dropped else self.streaming

    def say(
        self, model: str, request: ChatRequest, besides: Mapping[str, Any] = NOTHING
    ) -> dict[str, Any]:
        """The JSON to send, with parameters `besides` those of the request."""
        most = request.max_tokens if self.most is None else min(self.most, request.max_tokens)
        said: dict[str, Any] = {
            "model": model,
            "messages": _turns(request, self.system),
            "temperature": request.temperature,
            "seed": request.draw_seed,
            "reasoning_effort": self.efforts.get(request.effort or "", request.effort),
            self.cap: most,
            **besides,
            **self.besides,
        }
        if request.schema is not None:
            said |= self._schema(request.schema, said["messages"])
        if "stream" in self.dropped:
            said.pop("stream_options", None)
        _illustrate(said["messages"], request)
        return {k: v for k, v in said.items() if v is not None and k not in self.dropped}

    def _schema(self, schema: Mapping[str, Any], messages: list[dict[str, Any]]) -> dict[str, Any]:
        if self.format != SCHEMA or self.constrains is False:
            messages[-1]["content"] += (
                "\n\nReply with one JSON object that follows this JSON schema:\n"
                + json.dumps(dict(schema))
            )
        if self.format == SCHEMA:
            strict = _is_closed(schema)
            wrapped = {"name": "reply", "schema": dict(schema), "strict": strict}
            return {"response_format": {"type": "json_schema", "json_schema": wrapped}}
        return {"response_format": {"type": "json_object"}} if self.format == OBJECT else {}


def read_known(data: Mapping[str, Any]) -> Known:
    """Inverse of `asdict`; TypeError or ValueError where it is not what that wrote."""
    known = Known(**{f.name: data[f.name] for f in fields(Known) if f.name in data})
    if known.format not in (SCHEMA, OBJECT, WORDS) or not isinstance(known.dropped, list):
        raise ValueError("these are no facts of an endpoint")
    return known


class Dialect:
    """What one endpoint has been found to accept, and how requests are said to it."""

    def __init__(self, cap: str, *, schema_in_words: bool = False) -> None:
        self.known = Known(cap=cap, format=WORDS if schema_in_words else SCHEMA)
        self.has_bound = False
        """Whether a request with a schema has come back with a reply."""
        self.taken: set[tuple[object, ...]] = set()
        self.hopeless: set[tuple[object, ...]] = set()
        """Forms of requests that were taken, and those that no plainer one helped."""
        self.failure = ""
        """What the endpoint said when it failed for no reason last."""

    def forget(self, name: str) -> None:
        """Leave a parameter out from now on."""
        if name not in self.known.dropped:
            self.known.dropped.append(name)

    def heard(self, request: ChatRequest, reply: ChatReply) -> bool:
        """See from a reply whether the endpoint keeps to schemas: one that does not is shown them
        in the prompt as well. False where that should be asked anew: the reply is about something
        else, and the schema was not shown."""
        if request.schema is None or reply.finish is not Finish.STOP:
            return True
        known = self.known
        self.has_bound = self.has_bound or known.format == SCHEMA
        if known.format != SCHEMA or follows(request.schema, reply.text):
            return True
        was_shown, known.constrains = known.constrains is False, False
        return was_shown or request.role == PROBE or serves(request.schema, reply.text)

    def without_constraint(self) -> None:
        """Send no schema from now on, but show it in the prompt."""
        self.known = replace(self.known, format=WORDS)

    def to_json(self) -> dict[str, Any]:
        return asdict(self.known)

    def take(self, learnt: Lesson, sent: Mapping[str, Any]) -> None:
        """Change what is said after a refusal of what was `sent`."""
        known = self.known
        match learnt.about:
            case "parameters":
                self._say_less(sent)
            case "format":
                self._say_plainly(sent, words=learnt.value == WORDS)
            case "cap":
                known.cap = str(learnt.value)
            case "most":
                known.most = int(learnt.value)
            case "system":
                known.system = str(learnt.value)
            case "streaming":
                known.streaming = True
            case "effort":
                known.efforts[str(sent["reasoning_effort"])] = str(learnt.value)
            case "thinking":
                known.besides["enable_thinking"] = False
            case "stream_options" if not known.streaming:
                self.forget("stream")  # it may count what it sends in one piece
            case name:
                self.forget(name)

    def _say_less(self, sent: Mapping[str, Any]) -> None:
        """Leave out the least needed of what may be left out."""
        if "response_format" in sent:
            self._say_plainly(sent)
        elif found := [name for name in OPTIONAL if name in sent]:
            self.forget(found[0])

    def _say_plainly(self, sent: Mapping[str, Any], *, words: bool = False) -> None:
        """Ask for JSON in a way that is worse than the one that was sent. Somebody else may have
        been refused the same meanwhile."""
        was = sent.get("response_format", NOTHING).get("type", WORDS)
        if words or self.known.format == was:
            self.known.format = WORDS if words else _WORSE.get(was, WORDS)


def _turns(request: ChatRequest, system: str) -> list[dict[str, Any]]:
    """The messages with instructions in the role the endpoint knows, or before the first question;
    then no two turns of one role follow each other, which such templates do not take either."""
    said: list[dict[str, Any]] = [
        {"role": m.role, "content": clean(m.content)} for m in request.messages
    ]
    if system != "user":
        return [t | {"role": system} if t["role"] == "system" else t for t in said]
    turns: list[dict[str, Any]] = []
    for turn in said:
        role = "user" if turn["role"] == "system" else turn["role"]
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += "\n\n" + turn["content"]
        else:
            turns.append(turn | {"role": role})
    return turns


def _illustrate(turns: list[dict[str, Any]], request: ChatRequest) -> None:
    """Add pictures where the words stand that they belong to. Turns may have been joined."""
    for message in request.messages:
        if message.images:
            words = clean(message.content)
            turn = next(t for t in turns if words in _words_of(t))
            parts = turn["content"]
            if isinstance(parts, str):
                parts = [{"type": "text", "text": parts}]
            turn["content"] = parts + [
                {"type": "image_url", "image_url": {"url": image.url}} for image in message.images
            ]


def _words_of(turn: Mapping[str, Any]) -> str:
    content = turn["content"]
    return content if isinstance(content, str) else str(content[0]["text"])


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
