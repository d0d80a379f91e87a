"""What a reply holds, part by part, under the names that the formulation has for them.

Flat names (`decisions`, `limits`, `whole`, `text`), the words that models have for domains, senses
and missing bounds, and quotes are told apart here once. What a part says is not looked at, and what
nobody knows is kept in `unread`, so that nothing is dropped in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from optwright.agents.replies.schema import FLAT, LEFT_OPEN, QUOTE, REFUSAL
from optwright.errors import ReplyError
from optwright.serving.replies import extract_json
from optwright.solvers.model.formulation import Domain, Formulation, Sense
from optwright.solvers.model.inline import objectives

Part = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """A reply as it was written. `program` has the parts of a formulation (none: there is no
    program), `amounts` are expressions that are written out where they are used."""

    program: Mapping[str, Any]
    amounts: tuple[Part, ...] = ()
    questions: tuple[str, ...] = ()
    cannot_state: tuple[str, ...] = ()
    refusal: str = ""
    unread: tuple[str, ...] = ()
    explanations: tuple[Part, ...] = ()
    removed: tuple[str, ...] = ()
    text: str = field(default="", compare=False)

    @property
    def has_program(self) -> bool:
        return bool(self.program.get("variables"))


def read_reply(text: str) -> Reply:
    """Read a reply's JSON; `ReplyError` says what it is instead."""
    try:
        content = extract_json(text)
    except RecursionError as error:
        raise ReplyError("the reply nests too deep to be a formulation", reply=text) from error
    if not isinstance(content, dict):
        raise ReplyError("the formulation of the reply is no JSON object", reply=text)
    try:
        return _reply(objectives(_unwrapped(content)), text)
    except ValueError as error:
        raise ReplyError(str(error), reply=text) from error


_WRAPPERS = ("formulation", "program", "model")


def _unwrapped(content: Part) -> Part:
    """A program that stands in an object of its own, beside questions or explanations."""
    for wrapper in _WRAPPERS:
        inner = content.get(wrapper)
        if isinstance(inner, dict):
            return {k: v for k, v in content.items() if k != wrapper} | inner
    return content


def _reply(content: Part, text: str) -> Reply:
    unread: list[str] = []
    program: Part = {}
    amounts: list[Part] = []
    for written, value in content.items():
        name = FLAT.get(written, written)
        if value is None or written in _BESIDE:
            continue
        if written == "amounts":
            amounts = [dict(part) for part in _objects(written, value)]
        elif name not in Formulation.model_fields:
            if _says_something(value):
                unread.append(written)
        elif _is_of_parts(name):
            parts = [_part(name, part, unread) for part in _objects(written, value)]
            program[name] = [*program.get(name, ()), *parts]
        elif isinstance(value, dict) and _part_type(name) is not None:
            program[name] = _part(name, value, unread)
        else:
            program[name] = value
    return Reply(
        program=program,
        amounts=tuple(amounts),
        **{name: _sentences(content.get(name)) for name in LEFT_OPEN},
        refusal=str(content.get(REFUSAL) or ""),
        unread=tuple(dict.fromkeys(unread)),
        explanations=tuple(_objects("explanations", content.get("explanations") or [])),
        removed=_sentences(content.get("remove")),
        text=text,
    )


_BESIDE = frozenset({*LEFT_OPEN, REFUSAL, "explanations", "remove", "version", "title"})
_THOUGHTS = frozenset({"reasoning", "thoughts", "note", "notes", "comment", "comments"})
"""Where models write to themselves; a formulation has no place for it, and nothing is lost."""


def _says_something(value: Any) -> bool:
    return value not in ("", [], {}, False)


def _objects(name: str, value: Any) -> list[Part]:
    if not isinstance(value, list | tuple) or not all(isinstance(part, dict) for part in value):
        raise ValueError(f"the formulation's {name} does not fit: it is not a list of objects")
    return list(value)


def _sentences(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    return tuple(said for one in listed if one and (said := str(one).strip()))


def _annotated(name: str) -> Iterator[Any]:
    annotation = Formulation.model_fields[name].annotation
    yield annotation
    yield from getattr(annotation, "__args__", ())


def _part_type(name: str) -> type[BaseModel] | None:
    found = (t for t in _annotated(name) if isinstance(t, type) and issubclass(t, BaseModel))
    return next(found, None)


def _is_of_parts(name: str) -> bool:
    """Whether a field of the formulation is a list of parts."""
    annotation = Formulation.model_fields[name].annotation
    return _part_type(name) is not None and getattr(annotation, "__origin__", None) is tuple


_OTHER_NAMES: Mapping[str, str] = {
    "description": "meaning",
    "sets": "indices",
    "lb": "lower",
    "ub": "upper",
    "lower_bound": "lower",
    "upper_bound": "upper",
    "for_all": "forall",
    "type": "domain",
    "value": "values",
    "pairs": "members",
}
"""What models call fields of a part that has no field of that name."""

_SAME_FOR_NONE = frozenset({"lower", "upper"})
"""Fields in which nothing is something: there is no bound."""


def _part(kind: str, written: Part, unread: list[str]) -> Part:
    """One part with the formulation's names for its fields."""
    part_type = _part_type(kind)
    assert part_type is not None
    known = part_type.model_fields
    part: Part = {}
    for key, value in written.items():
        name = key if key in known or key not in _OTHER_NAMES else _OTHER_NAMES[key]
        if value is None and name not in _SAME_FOR_NONE:
            continue
        if name in (QUOTE, "text", "source"):
            place = "text" if "text" in known else "source"
            part[place] = value if value or place not in part else part[place]
        elif name in known:
            part[name] = value
        elif name not in _READ_HERE | _THOUGHTS and _says_something(value):
            unread.append(f"{kind}.{key}")
    if "domain" in known:
        part = _with_domain(part, written)
    if "sense" in part:
        part["sense"] = _sense(part["sense"])
    return part


_READ_HERE = frozenset({"whole", "yes_or_no", "text", "source", QUOTE})
_TRUTH = TypeAdapter(bool)


def _with_domain(part: Part, written: Part) -> Part:
    """A decision with its domain in the formulation's word. `Integer`, `int`, `bool` are read;
    words such as `nonnegative` say nothing of it, and `free` is a sign."""
    word = str(part.pop("domain", "")).strip().lower()
    if word.startswith(("bin", "bool")) or _is_true(written, "yes_or_no"):
        part["domain"] = Domain.BINARY
    elif word.startswith("int") or _is_true(written, "whole"):
        part["domain"] = Domain.INTEGER
    if word in _FREE and "lower" not in part:
        part["lower"] = None
    for side in ("lower", "upper"):
        if isinstance(part.get(side), str) and part[side].strip().lower() in _ENDLESS:
            part[side] = None
    return part


_FREE = frozenset({"free", "unrestricted", "real", "reals"})
_ENDLESS = frozenset({"inf", "+inf", "-inf", "infinity", "+infinity", "-infinity", "none", ""})


def _is_true(written: Part, key: str) -> bool:
    value = written.get(key)
    if value is None:
        return False
    try:
        return _TRUTH.validate_python(value)
    except ValidationError:
        raise ValueError(
            f"the formulation's {key} does not fit: {str(value)[:40]!r} is not true or false"
        ) from None


def _sense(word: Any) -> Sense:
    said = str(word).strip().lower()
    if said.startswith("max"):
        return Sense.MAXIMIZE
    if said.startswith("min"):
        return Sense.MINIMIZE
    raise ValueError(f"the objective's sense is {said[:40]!r}; it is maximize or minimize")
