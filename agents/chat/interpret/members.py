"""The members of a model's sets, as people name them in a sentence."""

from __future__ import annotations

import calendar
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from optwright.agents.chat.interpret.words import STOP, stems
from optwright.agents.text.wording import stem
from optwright.solvers.backends.program import Program
from optwright.solvers.edit.references import formulation_of
from optwright.solvers.model.formulation import Variable

MOST_MEMBERS = 20_000  # members of sets that are looked for in a turn

_NUMBERED = re.compile(r"(?:([a-z]+)\s+|\[\s*)(-?\d+)\b(?(1)|\s*\])")
_PLACED = re.compile(r"\bin\s+(-?\d+)\b(?!\s*%)")


SHORT = 3  # letters of the name of a day or a month that stand for it


def _spelled_out(low: str) -> tuple[str, ...]:
    """The day or month that a short name stands for, also when it comes again and again."""
    for name in (*calendar.day_name, *calendar.month_name):
        if name and name[:SHORT].lower() == low != name.lower():
            return name.lower(), f"{name.lower()}s"
    return ()


class Members:
    """The members of one program's sets."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._model = formulation_of(program)

    @cached_property
    def texts(self) -> dict[str, Sequence[str]]:
        return {name: over.texts for name, over in self._program.instance.sets.items()}

    @cached_property
    def positions(self) -> dict[str, Mapping[str, int]]:
        return {name: over.positions for name, over in self._program.instance.sets.items()}

    @cached_property
    def by_lower_case(self) -> dict[str, str]:
        """Members that are words, by their lower case; ones that mean a word of ours are left
        out."""
        everyone = itertools.chain.from_iterable(self.texts.values())
        texts = itertools.islice(dict.fromkeys(everyone), MOST_MEMBERS)
        return {
            t.lower(): t for t in texts if not t.lstrip("-").isdigit() and t.lower() not in STOP
        }

    def named(self, text: str) -> list[str]:
        """Members of sets that are named, in the order they are said; a number is one only
        behind the name of its set, as in `week 3`, in brackets, or in `demand in 3 is 20`."""
        return [member for _, _, member in self.places(text)]

    def names_at(self, text: str, place: int) -> bool:
        """Whether what stands at a place of the text is a part of a member's name."""
        return any(start <= place < end for start, end, _ in self.places(text))

    def places(self, text: str) -> list[tuple[int, int, str]]:
        found = list[tuple[int, int, str]]()
        lowered = text.lower()
        for low, member in self._spoken(lowered):
            for match in re.finditer(rf"(?<!\w){re.escape(low)}(?!\w)", lowered):
                inside = any(s < match.end() and match.start() < e for s, e, _ in found)
                if not inside:
                    found.append((match.start(), match.end(), member))
        found += self._numbered(lowered)
        return sorted(found)

    def _spoken(self, lowered: str) -> Iterator[tuple[str, str]]:
        """Members that could be in the text, the longest first; `Tuesdays` is the member Tue."""
        likely = [(low, m) for low, m in self.by_lower_case.items() if low in lowered]
        spelled_out = (full for low, _ in likely for full in _spelled_out(low))
        likely += [
            (full, self.by_lower_case[full[:SHORT]])
            for full in spelled_out
            if full in lowered and full not in self.by_lower_case
        ]
        yield from sorted(likely, key=lambda pair: -len(pair[0]))

    def _numbered(self, lowered: str) -> Iterator[tuple[int, int, str]]:
        found = dict[int, tuple[int, int, str]]()
        for index_set in self._model.sets:
            known, words = self.positions[index_set.name], self.set_words[index_set.name]
            for match in _NUMBERED.finditer(lowered):
                if match[2] in known and (match[1] is None or stem(match[1]) in words):
                    found[match.start(2)] = match.start(), match.end(), match[2]
            for match in _PLACED.finditer(lowered):
                if match[1] in known:
                    found.setdefault(match.start(1), (*match.span(), match[1]))
        yield from found.values()

    @cached_property
    def set_words(self) -> dict[str, frozenset[str]]:
        """The words that mean a member of each set: its name, meaning and column."""
        told = {}
        for over in self._model.sets:
            column = over.column.value if over.column is not None else ""
            told[over.name] = frozenset(stems(f"{over.name} {over.meaning} {column}"))
        return told

    def without(self, text: str) -> str:
        """The text without the members it names."""
        for start, end, _ in reversed(self.places(text)):
            text = f"{text[:start]} {text[end:]}"
        return text

    def fixed(
        self, variable: Variable, members: Sequence[str], text: str
    ) -> tuple[str | None, ...] | None:
        """Which index each named member is; None if one of them is none of the variable's."""
        fixed: list[str | None] = [None] * len(variable.indices)
        for member in members:
            places = [
                at
                for at, over in enumerate(variable.indices)
                if fixed[at] is None and member in self.positions[over]
            ]
            if not places:
                return None
            is_goal = re.search(rf"\b(?:to|into|in|at)\s+{re.escape(member)}\b", text, re.I)
            fixed[places[-1] if is_goal else places[0]] = member
        return tuple(fixed)

    def groups(self, text: str, variable: Variable) -> list[int]:
        """The indices of a decision that the words go through one by one: `from each mill`."""
        found = []
        for match in re.finditer(r"\b(?:each|every|per|any|single)\s+([a-z_]+)", text.lower()):
            for at, over in enumerate(variable.indices):
                if stem(match[1]) in self.set_words[over]:
                    found.append(at)
        return found
