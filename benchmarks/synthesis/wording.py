"""Telling a problem: its sentences with their numbers in place, in a style and a language.

Every number that is written is kept as a `Mention` with the place where it stands, so that
`acceptance` can read the text back and compare.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from optwright.benchmarks.synthesis.data import Data, Key, Member
from optwright.benchmarks.synthesis.family import Family, Say
from optwright.benchmarks.synthesis.phrases import (
    AND,
    CHAT,
    IN_PROSE,
    IN_TABLE,
    LETTER,
    REMARKS,
    SYNONYMS,
    UNKNOWN,
)
from optwright.benchmarks.synthesis.quantities import SMALLER, digits, in_words, with_unit
from optwright.benchmarks.synthesis.styles import Layout, Manner, Style, Where
from optwright.benchmarks.synthesis.tables import Sheet, csv_text, rows, sheets
from optwright.benchmarks.synthesis.templates import Choice, Loop, Part, Place, parse, places

_MOST_IN_SMALLER = 1_000_000


@dataclass(frozen=True)
class Mention:
    """A number of the data as a text or a table writes it. `times` of what is written are one of
    the number (60 where hours are told in minutes); `start` is where `shown` stands."""

    name: str
    key: Key
    value: float
    shown: str
    start: int
    times: float = 1.0
    unit: str = ""


@dataclass(frozen=True)
class Sentence:
    """A sentence as it stands in the text; `key` is what it says, `noise` for remarks."""

    key: str
    text: str
    mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True)
class WrittenProblem:
    """A problem in words. Mentions of `sentences` start in the sentence, `at` has where each
    sentence starts in `text`."""

    text: str
    sentences: tuple[Sentence, ...]
    at: tuple[int, ...]
    tables: Mapping[str, str] = field(default_factory=dict)
    sheets: tuple[Sheet, ...] = ()


@dataclass
class _Teller:
    family: Family
    data: Data
    style: Style
    language: int
    rng: random.Random
    unknown: frozenset[str] = frozenset()

    def sentences(self, say: Say) -> Iterator[Sentence]:
        """What a family says, once or once for each member."""
        parts = parse(say.words[self.language], SYNONYMS[self.language])
        if not say.each:
            yield self._sentence(say.key, parts, {})
            return
        names, _, over = say.each.partition(" in ")
        for at in self._members(tuple(n.strip() for n in names.split(",")), over.strip(), {}):
            yield self._sentence(say.key, parts, at)

    def _sentence(self, key: str, parts: Sequence[Part], at: Mapping[str, Member]) -> Sentence:
        text, mentions = self._written(parts, at)
        return Sentence(key, text[:1].upper() + text[1:], tuple(mentions))

    def _members(
        self, names: tuple[str, ...], over: str, at: Mapping[str, Member]
    ) -> Iterator[dict[str, Member]]:
        """The members of a set by the names of a loop; of pairs only those that fit `at`."""
        for member in self.data.sets[over]:
            members = member if isinstance(member, tuple) else (member,)
            found = dict(zip(names, members, strict=True))
            if all(at.get(name, part) == part for name, part in found.items()):
                yield found

    def _written(
        self, parts: Sequence[Part], at: Mapping[str, Member]
    ) -> tuple[str, list[Mention]]:
        text, mentions = "", list[Mention]()
        for part in parts:
            said, found = self._part(part, at)
            mentions += [replace(m, start=m.start + len(text)) for m in found]
            text += said
        return text, mentions

    def _part(self, part: Part, at: Mapping[str, Member]) -> tuple[str, list[Mention]]:
        match part:
            case Place(name, (), _) if name in at:
                return str(at[name]), []
            case Place():
                return self._number(part, at)
            case Choice(options):
                pick = self.rng.choice(options[1:]) if self.style.synonyms else options[0]
                return pick, []
            case Loop(names, over, semicolons, body):
                said = [
                    self._written(body, {**at, **more}) for more in self._members(names, over, at)
                ]
                return _listed(said, "; " if semicolons else ", ", AND[self.language])
            case _:
                return part.text, []

    def _number(self, place: Place, at: Mapping[str, Member]) -> tuple[str, list[Mention]]:
        key = tuple(at[i] if i in at else _member(i) for i in place.indices)
        value = self.data.values[place.name].cells[key]
        if place.name in self.unknown:
            return with_unit(UNKNOWN[self.language], 2, place.unit, self.language), []
        unit, times = place.unit, 100.0 if place.unit == "pct" else 1.0
        smaller, factor = SMALLER.get(unit, ("", 1.0))
        if smaller and self.style.smaller_units and 0 < value * factor <= _MOST_IN_SMALLER \
                and self.rng.random() < 0.6:  # fmt: skip
            unit, times = smaller, factor
        told = round(value * times, 9)
        write = in_words if self.style.number_words and unit != "pct" else digits
        shown = write(told, self.language)
        mention = Mention(place.name, key, value, shown, 0, times, unit)
        return with_unit(shown, told, unit, self.language), [mention]


def tell(
    family: Family,
    data: Data,
    manner: Manner,
    rng: random.Random,
    *,
    sayings: Sequence[Say] = (),
    unknown: frozenset[str] = frozenset(),
) -> WrittenProblem:
    """The problem in words. `sayings` take the place of the family's sentences; numbers called
    `unknown` are told as still to come."""
    style, language, where = manner.style, manner.language, manner.where
    teller = _Teller(family, data, style, language, rng, unknown)
    said: list[Sentence] = []
    kept: list[Sheet] = []
    for say in sayings or family.sentences:
        names = [p.name for p in places(parse(say.words[language], SYNONYMS[language]))
                 if p.name in data.values]  # fmt: skip
        # A single number has no row to stand in.
        lies = names and all(data.values[name].over for name in names)
        if say.is_data and lies and (where is not Where.TEXT or style.table):
            made = sheets(data, list(dict.fromkeys(names)), family.labels, language)
            kept += made
            if where is Where.TEXT:
                said += [_in_prose(say.key, sheet, data, language) for sheet in made]
            else:
                said += [_in_table(say.key, sheet, language) for sheet in made]
        else:
            said += teller.sentences(say)
    if style.shuffled:
        head, *tail = said
        rng.shuffle(tail)
        said = [head, *tail]
    if style.noise:
        for remark in rng.sample(REMARKS[language], 2):
            said.insert(rng.randint(1, len(said)), Sentence("noise", _filled(remark, rng)))
    tables = {}
    if where is not Where.TEXT:
        tables = {s.name: csv_text(s, data, manner, rng, family.units) for s in kept}
    return _laid_out(said, manner, rng, tables, tuple(kept))


def _laid_out(
    said: Sequence[Sentence],
    manner: Manner,
    rng: random.Random,
    tables: Mapping[str, str],
    kept: tuple[Sheet, ...],
) -> WrittenProblem:
    language = manner.language
    before, after, between, mark = "", "", " ", ""
    match manner.style.layout:
        case Layout.LETTER:
            greeting, request, closing = LETTER[language]
            before, after = f"{greeting}\n\n", f" {request}\n\n{closing}"
        case Layout.CHAT:
            hello, thanks = rng.choice(CHAT[language])
            before, after, between = f"{hello}\n", f"\n{thanks}", "\n"
            said = [replace(s, text=s.text.rstrip(".")) for s in said]
        case Layout.BULLETS:
            between, mark = "\n", "- "
    text, at = before, list[int]()
    for place, sentence in enumerate(said):
        if place:
            text += "\n" if "\n" in sentence.text or text.endswith("|") else between
        text += mark if place else ""
        at.append(len(text))
        text += sentence.text
    return WrittenProblem(text + after, tuple(said), tuple(at), tables, kept)


def _in_table(key: str, sheet: Sheet, language: int) -> Sentence:
    columns = _listed([(c, []) for c in sheet.columns.values()], ", ", AND[language])[0]
    keys = _listed([(h, []) for h in sheet.heads], ", ", AND[language])[0]
    told = IN_TABLE[language].format(table=sheet.name, columns=columns, keys=keys)
    return Sentence(key, told)


def _in_prose(key: str, sheet: Sheet, data: Data, language: int) -> Sentence:
    """The table as lines of the text itself, cells apart with bars."""
    heads = [*sheet.heads, *sheet.columns.values()]
    text = f"{IN_PROSE[language]}\n| {' | '.join(heads)} |\n|{' --- |' * len(heads)}"
    mentions = []
    for members, numbers in rows(sheet, data):
        text += f"\n| {' | '.join(map(str, members))} |"
        for name, value in numbers.items():
            shown = digits(value, language)
            mentions.append(Mention(name, members, value, shown, len(text) + 1))
            text += f" {shown} |"
    return Sentence(key, text, tuple(mentions))


def _listed(
    said: Sequence[tuple[str, list[Mention]]], between: str, last: str
) -> tuple[str, list[Mention]]:
    text, mentions = "", list[Mention]()
    for at, (part, found) in enumerate(said):
        if at:
            text += last if at == len(said) - 1 and between == ", " else between
        mentions += [replace(m, start=m.start + len(text)) for m in found]
        text += part
    return text, mentions


def _member(text: str) -> Member:
    return int(text) if text.isdigit() else text


def _filled(remark: str, rng: random.Random) -> str:
    ranges = {"{n1900}": (1900, 1999), "{n100}": (100, 999), "{n10}": (10, 99), "{n2}": (2, 9)}
    for mark, (low, high) in ranges.items():
        remark = remark.replace(mark, str(rng.randint(low, high)))
    return remark
