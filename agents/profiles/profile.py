"""What a profile says, where it is read from, and which one a model's name asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from optwright.agents.findings import Fault
from optwright.agents.replies.schema import selection
from optwright.errors import InputError
from optwright.prompts import Prompt, load
from optwright.serving.settings import split
from optwright.serving.toml import read_toml

NAMES = ("small", "large")
"""The profiles that ship with optwright; a model gets the first that knows its name."""

_BILLIONS = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)b(?![a-z\d])", re.IGNORECASE)


AfterDraft = Literal["repair", "debate", "draft"]
ORDER: tuple[AfterDraft, ...] = ("repair", "debate", "draft")
"""After a draft was judged: show its model what was found, have two that disagree hear of each
other, draw another one."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Models(_Part):
    """Which models it is for: patterns of names, or sizes that names give (`-1.5b`)."""

    names: tuple[str, ...] = ()
    most_billions: float | None = None


class Tries(_Part):
    """How much is tried where nobody says otherwise; `repairs` is how many times a draft goes back
    to its model with what was found. The others are as in `Effort`: which steps there are."""

    drafts: int = Field(default=1, ge=1)
    agreement: int = Field(default=1, ge=1)
    repairs: int = Field(default=0, ge=0)
    plans: int = Field(default=1, ge=1)
    opinion: bool = False
    code: bool = False
    feedback: bool = False
    debate: bool = False
    slots: bool = False
    order: tuple[AfterDraft, ...] = ORDER
    """What comes after a draft was judged: the first of these that there is something to do for."""
    scheduler: Literal["ucb", "in_turn", "greedy", "thompson"] = "ucb"
    """Which plan is worked on next."""

    @field_validator("order")
    @classmethod
    def _has_each_once(cls, order: tuple[AfterDraft, ...]) -> tuple[AfterDraft, ...]:
        if sorted(order) != sorted(ORDER):
            raise ValueError(f"holds {', '.join(ORDER)}, each once")
        return order


class FlatReply(_Part):
    """The part of the language that a reply is kept to: fields of each part, the most entries of a
    part or field, and the pattern of names."""

    parts: Mapping[str, tuple[str, ...]]
    most: Mapping[str, int] = {}
    names: str = ""

    @property
    def schema_of_it(self) -> Mapping[str, Any]:
        return selection(self.parts, self.most, self.names)


class FormulatorSettings(_Part):
    """How the formulator asks. Without a `reply`, any JSON object may come back: the prompt says
    what belongs into it."""

    prompt: str
    tables_prompt: str
    repair_prompt: str = ""
    reply: FlatReply | None = None
    tables_reply: FlatReply | None = None
    max_tokens: int = Field(default=2000, ge=1)
    temperature: float = Field(default=0.7, ge=0)
    swap_examples: bool = False
    most_examples: int | None = Field(default=None, ge=1)
    other_words: bool = False

    def schema_for(self, *, tables: bool) -> Mapping[str, Any]:
        reply = self.tables_reply if tables else self.reply
        return ANY_OBJECT if reply is None else reply.schema_of_it


ANY_OBJECT: Mapping[str, Any] = {"type": "object"}
"""A schema that binds a server to JSON and costs no prompt a token."""


class RepairSettings(_Part):
    """The findings that a model is asked about again."""

    faults: frozenset[Fault] = frozenset()


class LibrarySettings(_Part):
    """What of a library of insights is told, where one is given: how many at once, and whether the
    page of the likeliest kind of problem goes with them."""

    insights: int = Field(default=3, ge=0)
    page: bool = True


class ChangedPrompt(_Part):
    """What of a prompt that ships is another one here: its system turn, its last turn, or which of
    its worked examples are shown, by their places from 0 on."""

    system: str | None = None
    request: str | None = None
    examples: tuple[int, ...] | None = None


class Origin(_Part):
    """Where a profile is from that an optimizer wrote: the one it began with, the run, and what
    speaks for it."""

    parent: str
    run: str
    evidence: str = ""


class Profile(_Part):
    """How much help a language model gets."""

    name: str
    origin: Origin | None = None
    models: Models = Models()
    effort: Tries = Tries()
    formulator: FormulatorSettings
    repair: RepairSettings = RepairSettings()
    library: LibrarySettings = LibrarySettings()
    reads_turns: bool = False
    """Whether a conversation gives it whole turns to read. Of others it is asked about single
    changes, and each of its readings waits for a yes."""
    prompts: Mapping[str, ChangedPrompt] = {}
    """Prompts that are other ones here, by the name of what they change."""

    @model_validator(mode="after")
    def _prompts_can_be_read(self) -> Profile:
        for name in self.prompts:
            try:
                self.prompt(name)
            except InputError as error:
                raise ValueError(str(error)) from error
        return self

    def prompt(self, name: str) -> Prompt:
        """The prompt of that name, as this profile has it."""
        shipped_one, change = load(name), self.prompts.get(name)
        if change is None:
            return shipped_one
        return shipped_one.changed(
            system=change.system, request=change.request, examples=change.examples
        )

    def knows(self, model: str) -> bool:
        """Whether it is for the model of that name, as given to `open_model`."""
        target = split(model)[0].partition("@http")[0]
        if any(fnmatchcase(target, pattern) for pattern in self.models.names):
            return True
        sizes = [float(size) for size in _BILLIONS.findall(target)]
        most = self.models.most_billions
        return most is not None and bool(sizes) and max(sizes) <= most


def is_guessed(profile: Profile, model: str) -> bool:
    """Whether nothing in a model's name asks for the profile: it is the one for all others."""
    target = split(model)[0].partition("@http")[0]
    named = [pattern for pattern in profile.models.names if pattern != "*"]
    return not any(fnmatchcase(target, pattern) for pattern in named)


def read_profile(text: str, where: str = "a profile") -> Profile:
    """Read a profile's TOML; `InputError` names the setting that does not fit."""
    try:
        return Profile.model_validate(read_toml(text))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise InputError(f"{where}: {place}: {first['msg']}") from error
    except ValueError as error:
        raise InputError(f"{where} is not TOML: {error}") from error


@cache
def shipped(name: str) -> Profile:
    """One of `NAMES`."""
    text = files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return read_profile(text, f"profile {name!r}")


def profile_for(model: str, wanted: str | Path | None = None) -> Profile:
    """The profile that is `wanted`: a name or the path of a file, or else the one for a model of
    that name. Raises `InputError` for a profile that is not there or cannot be read."""
    if wanted is None:
        return next(p for p in _shipped() if p.knows(model))
    if str(wanted) in NAMES:
        return shipped(str(wanted))
    path = Path(wanted)
    try:
        return read_profile(path.read_text(encoding="utf-8"), f"profile {str(path)!r}")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"the profile {str(wanted)!r} cannot be read: {error}",
            hint=f"name one of {', '.join(NAMES)}, or a TOML file",
        ) from error


def _shipped() -> Iterator[Profile]:
    return map(shipped, NAMES)
