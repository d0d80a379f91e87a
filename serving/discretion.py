"""A model that is not told some names: pseudonyms stand for them in what it reads, and are undone
in what it writes.

Names are exchanged in the texts themselves, on their way out, so that whoever writes a prompt need
not think of it, and neither ledger nor endpoint ever holds a name.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from optwright.serving.chat import ChatModel, ChatReply, ChatRequest, Message

_LONG = 5  # characters: shorter names are found as they are spelled, and as whole words
_STEM = 16  # characters of a name that tell it, where a message cuts it off
_IDENTIFIER = r"[^\W_]*_\w*"
_BEYOND = re.compile(r"_.*\\ |\\ .*_")  # a name of which an identifier is a part
_TEXTS = frozenset(("const", "default", "description", "enum", "examples", "title"))
"""What of a JSON schema is not its own vocabulary."""


class Discreet:
    """`model`, asked with a pseudonym in the place of each of `names`, which maps names to what
    they are names of ("city"). Pseudonyms are such as `city_3`, the same in every request.

    A name is found at the beginning of a word ("Zürich's", "Zürichs") and in parts of an identifier
    (`from_zürich`), cut off after 16 characters, in other capitals, composed or decomposed, with
    JSON's escapes; one of up to four characters only as it is spelled. Schemas are searched too.

    The system's message and what stands before the first message with `begins` in it (rules and
    worked examples of ours) are sent as they are. Names of one character are no names.
    """

    def __init__(self, model: ChatModel, names: Mapping[str, str], begins: str = "") -> None:
        self.model = model
        pseudonyms = _pseudonyms(names, begins)
        self._names = {pseudonym: name for name, pseudonym in pseudonyms.items()}
        self._forms = _Forms.of(pseudonyms)
        self._begins = begins
        labels = {pseudonym.rpartition("_")[0] for pseudonym in self._names}
        self._undone = re.compile(rf"(?i:{_either(labels)})_\d+(?!\d)") if labels else None

    @property
    def name(self) -> str:
        return self.model.name

    async def complete(self, request: ChatRequest) -> ChatReply:
        messages, words = request.messages, dict[str, str]()
        first = next((i for i, m in enumerate(messages) if self._begins in m.content), 0)
        sent = [m if i < first else self._said(m, words) for i, m in enumerate(messages)]
        schema = None if request.schema is None else self._asked(request.schema, words)
        reply = await self.model.complete(replace(request, messages=tuple(sent), schema=schema))
        text = self._shown(reply.text, words, is_json=schema is not None)
        return replace(reply, text=text)

    async def aclose(self) -> None:
        await self.model.aclose()

    def _said(self, message: Message, words: dict[str, str]) -> Message:
        if message.role == "system":
            return message
        return replace(message, content=self._hidden(message.content, words))

    def _asked(self, part: Any, words: dict[str, str], *, is_text: bool = False) -> Any:
        """A part of a schema without names."""
        if isinstance(part, Mapping):
            return {k: self._asked(v, words, is_text=k in _TEXTS) for k, v in part.items()}
        if isinstance(part, list):
            return [self._asked(each, words, is_text=is_text) for each in part]
        if not isinstance(part, str) or not is_text:
            return part
        hidden = self._hidden(part, words)
        if hidden != part:
            words[hidden] = part  # as it stands there, whatever its capitals
        return hidden

    def _hidden(self, text: str, words: dict[str, str]) -> str:
        """The text with pseudonyms; `words` takes up the identifiers that are different now."""
        found = self._forms.within(text)
        return text if found is None else found.hidden(text, words)

    def _shown(self, text: str, words: Mapping[str, str], *, is_json: bool) -> str:
        if words:
            spelled = re.compile(rf"(?<!\w)(?:{_either(words)})(?!\w)")
            text = spelled.sub(lambda match: words[match.group()], text)

        def name(found: re.Match[str]) -> str:
            real = self._names.get(found.group().lower())
            if real is None or _goes_on(text[: found.start()][-1:]):
                return found.group()
            return _escaped(real) if is_json else real

        return text if self._undone is None else self._undone.sub(name, text)


class _Found:
    """The forms of names that a text holds: those with capitals of their own, and (`folded`) those
    in lower case that are found in any."""

    def __init__(self, exact: Mapping[str, str], folded: Mapping[str, str]) -> None:
        self._pseudonyms = {**exact, **folded}
        forms = sorted(folded, key=len, reverse=True)
        parts = [f"(?i:{_bounded(form, is_long=True)})" for form in forms]
        forms = sorted(exact, key=len, reverse=True)
        parts += [_bounded(form, is_long=False) for form in forms]
        names = "|".join(parts)
        self._name = re.compile(names)
        # An identifier is taken as a whole, so that it can be undone as a whole.
        self._either = re.compile("|".join([*filter(_BEYOND.search, parts), _IDENTIFIER, names]))

    def hidden(self, text: str, words: dict[str, str]) -> str:
        def exchanged(match: re.Match[str]) -> str:
            said = match.group()
            if (pseudonym := self._pseudonym(said)) is not None:
                return pseudonym
            hidden = self._name.sub(lambda m: self._pseudonym(m.group()) or m.group(), said)
            if hidden != said:
                words[hidden] = said
            return hidden

        return self._either.sub(exchanged, text)

    def _pseudonym(self, form: str) -> str | None:
        return self._pseudonyms.get(form) or self._pseudonyms.get(form.lower())


@dataclass(frozen=True)
class _Forms:
    """Everything that stands for a name in a text, and the pseudonym for each."""

    exact: Mapping[str, str]
    folded: Mapping[str, str]
    """Of names of at least `_LONG` characters, in lower case."""
    stems: Mapping[str, list[str]]
    """The folded ones of more than `_STEM` characters, by their first ones."""

    @classmethod
    def of(cls, pseudonyms: Mapping[str, str]) -> _Forms:
        exact: dict[str, str] = {}
        folded: dict[str, str] = {}
        stems: dict[str, list[str]] = {}
        for name, pseudonym in pseudonyms.items():
            for form in _spellings(name):
                if len(name) < _LONG:
                    exact.setdefault(form, pseudonym)
                elif folded.setdefault(form.lower(), pseudonym) == pseudonym and len(form) > _STEM:
                    stems.setdefault(form.lower()[:_STEM], []).append(form.lower())
        return cls(exact, folded, stems)

    def within(self, text: str) -> _Found | None:
        """Those that stand in a text; None where none do."""
        lower = text.lower()
        exact = {form: pseudonym for form, pseudonym in self.exact.items() if form in text}
        folded = {form: pseudonym for form, pseudonym in self.folded.items() if form in lower}
        for stem, forms in self.stems.items():
            if stem in lower:
                for form in forms:
                    for cut in _cuts(form, stem, lower):
                        folded.setdefault(cut, self.folded[form])
        return _Found(exact, folded) if exact or folded else None


def _spellings(name: str) -> Iterator[str]:
    """A name as it is, in one line, composed and decomposed, and inside a text of JSON."""
    forms = [name, " ".join(name.split())]
    forms += [unicodedata.normalize(kind, form) for kind in ("NFC", "NFD") for form in forms]
    for form in filter(None, dict.fromkeys(forms)):
        yield from dict.fromkeys((form, _escaped(form), json.dumps(form)[1:-1]))


def _cuts(form: str, stem: str, text: str) -> Iterator[str]:
    """How far a text says a name that it begins to say."""
    at = text.find(stem)
    while at >= 0:
        end = len(stem)
        while end < len(form) and text[at + end : at + end + 1] == form[end]:
            end += 1
        yield form[:end]
        at = text.find(stem, at + 1)


def _bounded(form: str, *, is_long: bool) -> str:
    """A pattern for a form that begins a word, and ends one where it is short: "May" is no part
    of "Mayor". Scripts that put no blanks between words have no such bounds."""
    begins = "" if _is_unspaced(form[0]) else r"(?<![^\W_])"
    ends = "" if is_long or _is_unspaced(form[-1]) else r"(?![^\W_])"
    return f"{begins}{re.escape(form)}{ends}"


def _is_unspaced(character: str) -> bool:
    return unicodedata.category(character) == "Lo"


def _goes_on(before: str) -> bool:
    """Whether a word that follows this character goes on from it."""
    return bool(before) and (before.isalnum() or before == "_") and not _is_unspaced(before)


def _either(texts: Iterable[str]) -> str:
    return "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True))


def _escaped(name: str) -> str:
    """A name as it stands inside a text of JSON."""
    return json.dumps(name, ensure_ascii=False)[1:-1]


def _pseudonyms(names: Mapping[str, str], text: str) -> dict[str, str]:
    """A pseudonym for each name, none of which is a name itself or stands in the text."""
    taken, count = set(names), dict.fromkeys(names.values(), 0)
    labels = {kind: _label(kind, names) for kind in count}
    found: dict[str, str] = {}
    for name, kind in names.items():
        if len(name) < 2 or not any(c.isalpha() for c in name):
            continue
        label = labels[kind]
        while True:
            count[kind] += 1
            pseudonym = f"{label}_{count[kind]}"
            if pseudonym not in taken and pseudonym not in text:
                break
        taken.add(pseudonym)
        found[name] = pseudonym
    return found


def _label(kind: str, names: Mapping[str, str]) -> str:
    """What pseudonyms of a kind begin with; not a word that says a name itself."""
    label = re.sub(r"\W+", "_", kind).strip("_").lower()
    plain = label.replace("_", " ")
    tells = any(len(name) >= _LONG and name.lower() in (plain, *plain.split()) for name in names)
    return "name" if tells or not label else label


def unmentioned(names: Mapping[str, str], text: str) -> dict[str, str]:
    """Those of `names` that do not stand, in whatever capitals, in a text that is sent as it is."""
    lower = text.lower()
    return {name: kind for name, kind in names.items() if name.lower() not in lower}
