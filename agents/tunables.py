"""What of the agents an optimizer may change: their prompts, worked examples, tries and steps.

A tunable is named after its role: `formulator.system` is what the formulator is told,
`steps.order` what comes after a draft was judged. All of them come out of a profile, and values
of them make another one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from pydantic import ValidationError

from optwright.agents.profiles.profile import ChangedPrompt, FlatReply, Origin, Profile
from optwright.agents.scheduler import RULES
from optwright.errors import InputError
from optwright.optim.parameters import Choice, Integer, Permutation, Real, Text, Tunable
from optwright.optim.subsets import Demos, Subset

DEFAULT = ("formulator.*",)
"""What is tuned where nobody says otherwise."""

_SWITCHES = ("opinion", "code", "feedback", "debate")
_COUNTS = {"drafts": (1, 8), "agreement": (1, 4), "repairs": (0, 1), "plans": (1, 4)}
_ROLES_PROMPTS = ("planner", "coder", "critic")
_SPARE = ("text", "meaning")
"""Fields of a reply without which a program is the same: what a part states or means in words."""
_FORM = "{input}\n-> {output}"


@dataclass(frozen=True)
class Tunables:
    """The parameters of some agents and the profile that they come from."""

    profile: Profile
    parameters: tuple[Tunable[Any], ...]

    @classmethod
    def of(cls, profile: Profile, names: Sequence[str] = DEFAULT) -> Tunables:
        """Those whose names match one of `names` (`*` stands for anything). `InputError` where a
        name matches none."""
        every = {parameter.name: parameter for parameter in _all(profile)}
        for pattern in names:
            if not any(fnmatchcase(name, pattern) for name in every):
                raise InputError(
                    f"the agents have nothing to tune that is called {pattern!r}",
                    hint=f"there are {', '.join(every)}",
                )
        chosen = [p for n, p in every.items() if any(fnmatchcase(n, one) for one in names)]
        return cls(profile, tuple(chosen))

    def profile_of(self, values: Mapping[str, Any], origin: Origin | None = None) -> Profile:
        """The profile with these values. `InputError` for values that do not go together, such as
        a prompt without one of its blanks."""
        settings = self.profile.formulator
        formulator: dict[str, Any] = {}
        effort: dict[str, Any] = {}
        library: dict[str, Any] = {}
        prompts = {n: c.model_dump(exclude_none=True) for n, c in self.profile.prompts.items()}
        for name, value in values.items():
            role, _, what = name.partition(".")
            if role == "steps":
                effort[what] = value
            elif role == "reply":
                part = f"{what.removesuffix('fields')}reply"
                formulator[part] = _with_fields(getattr(settings, part), value)
            elif role == "library":
                library[what] = value
            elif name == "formulator.temperature":
                formulator["temperature"] = value
            elif role == "formulator":
                prompt, part = _of_formulator(what, self.profile)
                prompts.setdefault(prompt, {})[part] = value
            else:
                prompts.setdefault(role, {})[what] = value
        changed = self.profile.model_dump()
        changed["formulator"] = settings.model_dump() | formulator
        changed["effort"] = self.profile.effort.model_dump() | effort
        changed["library"] = self.profile.library.model_dump() | library
        changed["prompts"] = {n: _translated(n, self.profile, c) for n, c in prompts.items()}
        if origin is not None:
            changed["origin"] = origin.model_dump()
        try:
            return Profile.model_validate(changed)
        except ValidationError as error:
            said = error.errors(include_url=False, include_input=False)[0]["msg"]
            raise InputError(said.removeprefix("Value error, ")) from error

    def fit(self, values: Mapping[str, Any]) -> str | None:
        """Words where values do not go together; a constraint for `optimize`."""
        if values.get("steps.agreement", 1) > values.get("steps.drafts", 8):
            return "more drafts shall agree than are drawn"
        try:
            self.profile_of(values)
        except InputError as error:
            return str(error)
        return None


def _translated(name: str, profile: Profile, change: Mapping[str, Any]) -> dict[str, Any]:
    """A changed prompt; examples are chosen among those that the profile shows already."""
    was = profile.prompts.get(name, ChangedPrompt()).examples
    if was is None or change.get("examples") is None or change["examples"] == was:
        return dict(change)
    return {**change, "examples": tuple(was[place] for place in change["examples"])}


def _of_formulator(what: str, profile: Profile) -> tuple[str, str]:
    """The prompt of the formulator that a tunable is about, and the part of it."""
    settings = profile.formulator
    if what == "repair":
        return settings.repair_prompt, "request"
    if what.startswith("tables_"):
        return settings.tables_prompt, what.removeprefix("tables_")
    return settings.prompt, what


def _all(profile: Profile) -> Iterator[Tunable[Any]]:
    settings = profile.formulator
    yield from _of_prompt("formulator.", settings.prompt, profile)
    if settings.tables_prompt != settings.prompt:
        yield from _of_prompt("formulator.tables_", settings.tables_prompt, profile)
    if settings.repair_prompt:
        yield Text("formulator.repair", profile.prompt(settings.repair_prompt).request)
    yield Real("formulator.temperature", settings.temperature, 0.0, 1.5)
    for role in _ROLES_PROMPTS:
        yield Text(f"{role}.system", profile.prompt(role).system)
    yield from _of_reply("reply.", settings.reply)
    yield from _of_reply("reply.tables_", settings.tables_reply)
    yield Integer("library.insights", profile.library.insights, 0, max(6, profile.library.insights))
    yield Choice("library.page", profile.library.page, [False, True])
    effort = profile.effort
    for name, (low, high) in _COUNTS.items():
        value = getattr(effort, name)
        yield Integer(f"steps.{name}", value, low, max(high, value))
    for name in _SWITCHES:
        yield Choice(f"steps.{name}", getattr(effort, name), [False, True])
    yield Permutation("steps.order", list(effort.order))
    yield Choice("steps.scheduler", effort.scheduler, RULES)


def _of_reply(prefix: str, reply: FlatReply | None) -> Iterator[Tunable[Any]]:
    """The fields of a reply that a program can do without."""
    spare = [] if reply is None else _spare(reply)
    if spare:
        yield Subset(f"{prefix}fields", spare, spare)


def _spare(reply: FlatReply) -> list[str]:
    return [
        f"{part}.{field}"
        for part, fields in reply.parts.items()
        for field in fields
        if field in _SPARE and len(fields) > 1
    ]


def _with_fields(reply: FlatReply, kept: Sequence[str]) -> dict[str, Any]:
    """A reply without the spare fields that are not `kept`."""
    gone = set(_spare(reply)) - set(kept)
    parts = {
        part: [field for field in fields if f"{part}.{field}" not in gone]
        for part, fields in reply.parts.items()
    }
    return {**reply.model_dump(), "parts": parts}


def _of_prompt(prefix: str, name: str, profile: Profile) -> Iterator[Tunable[Any]]:
    prompt = profile.prompt(name)
    yield Text(f"{prefix}system", prompt.system)
    pool = [(user, reply) for (_, user), (_, reply) in prompt.examples]
    if pool:
        places = list(range(len(pool)))
        yield Demos(f"{prefix}examples", pool, places, most=len(pool), form=_FORM)
