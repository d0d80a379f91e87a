"""Prompts as Markdown files, and the one loader that reads and fills them.

A prompt file opens with front matter between `---` lines (`name`, `blanks`, `parent`), then the
text; `{blank}` marks a blank, any other brace stands for itself, so JSON needs no escapes. A prompt
may hold several turns: a line `## system`, `## user` or `## assistant` opens one; text before the
first such line is a system turn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Literal, cast

from optwright.errors import InputError

Role = Literal["system", "user", "assistant"]
Turn = tuple[Role, str]

_BLANK = re.compile(r"\{([a-z_]+)\}")
_TURN = re.compile(r"^## (system|user|assistant)[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt file. `turns` are (role, template); `blanks` must all be filled."""

    name: str
    blanks: frozenset[str]
    parent: str
    turns: tuple[Turn, ...]

    def fill(self, **values: str) -> tuple[Turn, ...]:
        """Return (role, text) turns; a missing or surplus blank is an `InputError`."""
        missing, surplus = self.blanks - values.keys(), values.keys() - self.blanks
        if missing or surplus:
            raise InputError(
                f"prompt {self.name!r}: missing blanks {sorted(missing)}, "
                f"unknown blanks {sorted(surplus)}"
            )
        return tuple(
            (role, _BLANK.sub(lambda blank: values[blank[1]], template))
            for role, template in self.turns
        )

    @property
    def system(self) -> str:
        """The template of its system turn; empty where it has none."""
        return next((template for role, template in self.turns if role == "system"), "")

    @property
    def request(self) -> str:
        """The template of its last turn, which asks."""
        return self.turns[-1][1]

    @property
    def examples(self) -> tuple[tuple[Turn, Turn], ...]:
        """Its worked examples: pairs of a user turn and the reply to it, before the last turn."""
        inner = [turn for turn in self.turns[:-1] if turn[0] != "system"]
        return tuple(zip(inner[::2], inner[1::2], strict=True))

    def changed(
        self,
        *,
        system: str | None = None,
        request: str | None = None,
        examples: Sequence[int] | None = None,
    ) -> Prompt:
        """This prompt with another system turn, another last turn, or some of its worked examples,
        by their places from 0 on. It keeps its blanks: a text that drops one, or has another, is
        an `InputError`, and so is an example that is not there."""
        kept = self.examples
        if examples is not None:
            if unknown := [place for place in examples if not 0 <= place < len(kept)]:
                raise InputError(f"prompt {self.name!r} has no worked example {unknown[0]}; "
                                 f"it has {len(kept)}")  # fmt: skip
            kept = tuple(kept[place] for place in examples)
        told = self.system if system is None else system
        asked = self.request if request is None else request
        opening: tuple[Turn, ...] = (("system", told),) if told else ()
        pairs = tuple(turn for pair in kept for turn in pair)
        turns = (*opening, *pairs, (self.turns[-1][0], asked))
        used = {blank for _, template in turns for blank in _BLANK.findall(template)}
        if used != self.blanks:
            raise InputError(
                f"prompt {self.name!r} has the blanks {sorted(self.blanks)}, and the changed one "
                f"{sorted(used)}",
                hint="a blank is a name in braces; other braces hold anything but small letters",
            )
        return replace(self, turns=turns, parent=self.name)


Prompts = Callable[[str], Prompt]
"""Where a role has its prompts from, by name: `load`, or a profile with its own."""


@cache
def load(name: str) -> Prompt:
    """Read the prompt `name` that ships with optwright."""
    file = files(__package__).joinpath(f"{name}.md")
    if not file.is_file():
        known = sorted(f.name[:-3] for f in files(__package__).iterdir() if f.name.endswith(".md"))
        raise InputError(f"no prompt named {name!r}; there are {known}")
    return parse(file.read_text(encoding="utf-8"))


def parse(text: str) -> Prompt:
    """Read the text of a prompt file; blanks that are named and not used, or used and not named,
    are an `InputError`."""
    head, _, body = text.removeprefix("---\n").partition("\n---\n")
    if not text.startswith("---\n") or not body:
        raise InputError("a prompt file opens with front matter between two '---' lines")
    fields = dict(_field(line) for line in head.splitlines() if line.strip())
    turns = tuple(_turns(body))
    used = {blank for _, template in turns for blank in _BLANK.findall(template)}
    named = frozenset(re.findall(r"\w+", fields.get("blanks", "")))
    if used != named:
        raise InputError(
            f"prompt {fields.get('name')!r} names blanks {sorted(named)} and uses {sorted(used)}"
        )
    return Prompt(fields.get("name", ""), named, fields.get("parent", ""), turns)


def _field(line: str) -> tuple[str, str]:
    key, _, value = line.partition(":")
    return key.strip(), value.strip()


def _turns(body: str) -> Iterable[Turn]:
    parts = _TURN.split(body)
    if parts[0].strip():
        yield "system", parts[0].strip()
    for role, text in zip(parts[1::2], parts[2::2], strict=True):
        yield cast(Role, role), text.strip()  # the pattern matches these words alone
