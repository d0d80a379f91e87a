"""Twenty kinds of problems, a page of hints for each, and which of them a text is of.

An archetype's page is a file in `hints/`: what it is, the sets it usually has, mistakes that are
made again and again, the idiom in the language of formulations, and an example that solves.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from math import log, sqrt

from pydantic import BaseModel, ValidationError

from optwright.agents.text.wording import stem
from optwright.errors import InputError, ReplyError
from optwright.prompts import load
from optwright.serving.chat import ChatModel, ChatRequest, conversation
from optwright.serving.replies import extract_json, whole_text
from optwright.serving.schemas import record

_HEADING = re.compile(r"^## (\w+)[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Archetype:
    """One kind of problems. `program` is the reply that states `problem`, `answer` its optimum."""

    name: str
    title: str
    what: str
    sets: str
    mistakes: str
    idiom: str
    problem: str
    program: str
    answer: float

    @property
    def told(self) -> str:
        """The hints as a formulator reads them."""
        return (
            f"This looks like: {self.title.lower()}. {self.what}\nUsual sets: {self.sets}\n"
            f"Usual mistakes:\n{self.mistakes}\nIdiom: {self.idiom}"
        )


@cache
def archetypes() -> Mapping[str, Archetype]:
    """All of them by name, in order of names."""
    pages = sorted(files(__package__).joinpath("hints").iterdir(), key=lambda page: page.name)
    read = [_read(page.read_text("utf-8")) for page in pages if page.name.endswith(".md")]
    return {one.name: one for one in read}


def archetype(name: str) -> Archetype:
    """The one of that name; `InputError` says which there are."""
    known = archetypes()
    if name not in known:
        raise InputError(f"there is no archetype {name!r}", hint=f"there are {', '.join(known)}")
    return known[name]


def _read(text: str) -> Archetype:
    head, _, body = text.removeprefix("---\n").partition("\n---\n")
    facts = dict(line.split(": ", 1) for line in head.splitlines())
    what, *pieces = _HEADING.split(body)
    parts = {name: said.strip() for name, said in zip(pieces[::2], pieces[1::2], strict=True)}
    return Archetype(
        name=facts["name"],
        title=facts["title"],
        answer=float(facts["answer"]),
        what=what.strip(),
        **parts,
    )


class Likeness:
    """How alike texts are: words weigh by how few of the known texts have them."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        counts = {name: Counter(words(text)) for name, text in texts.items()}
        holders = Counter(word for count in counts.values() for word in count)
        self._weight = {word: log((1 + len(texts)) / n) + 0.1 for word, n in holders.items()}
        self._vectors = {name: self._vector(count) for name, count in counts.items()}

    def of(self, text: str) -> dict[str, float]:
        """The likeness of a text to each known one, from 0 to 1."""
        mine = self._vector(Counter(words(text)))
        return {
            name: sum(value * other.get(word, 0.0) for word, value in mine.items())
            for name, other in self._vectors.items()
        }

    def _vector(self, count: Counter[str]) -> dict[str, float]:
        vector = {w: (1 + log(n)) * self._weight[w] for w, n in count.items() if w in self._weight}
        length = sqrt(sum(v * v for v in vector.values())) or 1.0
        return {word: value / length for word, value in vector.items()}


def words(text: str) -> list[str]:
    """The stems of the words of a text, short ones left out."""
    return [stem(word) for word in re.findall(r"[^\W\d_]{3,}", text.lower())]


@cache
def _of_pages() -> Likeness:
    return Likeness(
        {
            page.name: " ".join(
                (page.title, page.what, page.sets, page.mistakes, page.idiom, page.problem)
            )
            for page in archetypes().values()
        }
    )


Filed = tuple[tuple[str, str], ...]
"""Texts of problems that are known, each with the archetype that it is filed under."""


class ByWords:
    """Which archetypes a text is of, by the words that it shares with their pages and with the
    problems that are filed under them."""

    async def names(self, text: str, filed: Filed = (), most: int = 2) -> list[str]:
        """The archetypes, the likeliest first."""
        likeness = dict(_of_pages().of(text))
        if filed:
            for at, value in _of_filed(filed).of(text).items():
                name = filed[int(at)][0]
                likeness[name] = max(likeness.get(name, 0.0), value)
        return sorted(likeness, key=lambda name: (-likeness[name], name))[:most]


@lru_cache(maxsize=8)
def _of_filed(filed: Filed) -> Likeness:
    return Likeness({str(at): told for at, (_, told) in enumerate(filed)})


class _Named(BaseModel):
    archetypes: list[str]


@dataclass(frozen=True)
class ByModel:
    """Which archetypes a text is of, by a model that reads a line about each; by words where its
    reply cannot be read."""

    model: ChatModel
    otherwise: ByWords = field(default_factory=ByWords)
    _known: dict[str, list[str]] = field(default_factory=dict, compare=False)

    async def names(self, text: str, filed: Filed = (), most: int = 2) -> list[str]:
        """The archetypes, the likeliest first; the same text is asked about once."""
        if text not in self._known:
            self._known[text] = await self._asked(text, filed, most)
        return self._known[text][:most]

    async def _asked(self, text: str, filed: Filed, most: int) -> list[str]:
        listed = "\n".join(f"{one.name}: {one.what}" for one in archetypes().values())
        items = {"type": "array", "items": {"enum": list(archetypes())}, "minItems": 1}
        schema = record({"archetypes": items | {"maxItems": most}})
        turns = load("experience_archetype").fill(archetypes=listed, problem=text)
        reply = await self.model.complete(
            ChatRequest(conversation(turns), schema=schema, max_tokens=200, role="librarian")
        )
        try:
            named = _Named.model_validate(extract_json(whole_text(reply))).archetypes
        except (ReplyError, ValidationError):
            named = []
        known = [name for name in dict.fromkeys(named) if name in archetypes()]
        return known[:most] or await self.otherwise.names(text, filed, most)
