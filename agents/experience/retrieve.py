"""What a formulator is told before it begins: by the kind of the problem first, then by words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Protocol

from optwright.agents.experience.archetypes import ByWords, Filed, Likeness, archetypes
from optwright.agents.experience.insight import Insight

MOST = 3
"""Insights that are told at once."""
KINDS = 2
"""Archetypes that are looked under."""


@dataclass(frozen=True)
class Retrieved:
    """What was retrieved for a problem: the ids of insights, the archetype whose page is told
    (empty for none), and the text for the prompt."""

    ids: tuple[str, ...] = ()
    archetype: str = ""
    text: str = ""


NOTHING = Retrieved()


class Hints(Protocol):
    """Whoever knows what to tell about a problem."""

    async def retrieve(self, text: str) -> Retrieved: ...


class Classifier(Protocol):
    """Whoever says which archetypes a text is of."""

    async def names(self, text: str, filed: Filed = (), most: int = KINDS) -> list[str]: ...


Insights = Callable[[], Sequence[Insight]]


@dataclass
class Retriever:
    """Insights under the archetypes of a problem, those first whose condition shares most with
    its text, and the page of the likeliest archetype where `pages` are wanted."""

    insights: Insights
    problems: Mapping[str, str] = field(default_factory=dict)
    """Texts that insights are from, by their key: a problem is filed under the archetype of its
    insights, and one that is like it is looked for there."""
    classifier: Classifier = field(default_factory=ByWords)
    most: int = MOST
    pages: bool = True

    async def retrieve(self, text: str) -> Retrieved:
        """What to tell."""
        insights = self.insights()
        filed = tuple(
            (one.archetype, self.problems[key])
            for one in insights
            for key in one.provenance.problems
            if key in self.problems
        )
        names = await self.classifier.names(text, filed, KINDS)
        chosen = ranked(text, [i for i in insights if i.archetype in names], self.most)
        return as_told(chosen, names[0] if self.pages and names else "")

    def with_more(self, *more: Insight, without: Sequence[str] = ()) -> Retriever:
        """The same with further insights and without some."""
        gone = set(without)

        def all_of_them() -> Sequence[Insight]:
            return [*(i for i in self.insights() if i.id not in gone), *more]

        return replace(self, insights=all_of_them)


@dataclass
class RandomHints:
    """As many insights and pages as `Retriever` tells, drawn at random: the control."""

    insights: Insights
    seed: int = 0
    most: int = MOST
    pages: bool = True
    not_of: Classifier | None = None
    """Where given, nothing is told of the kinds that it names for a problem."""

    async def retrieve(self, text: str) -> Retrieved:
        """What was drawn; the same for the same text and insights."""
        kinds = [] if self.not_of is None else await self.not_of.names(text, most=KINDS)
        dice = Random(f"{self.seed}/{text}")
        known = [one for one in self.insights() if one.archetype not in kinds]
        chosen = dice.sample(known, min(self.most, len(known)))
        pages = sorted(set(archetypes()) - set(kinds))
        return as_told(chosen, dice.choice(pages) if self.pages else "")


def ranked(text: str, insights: Sequence[Insight], most: int) -> list[Insight]:
    """The insights whose words are most like a text, the likest first."""
    likeness = Likeness({one.id: one.words for one in insights}).of(text)
    order = sorted(insights, key=lambda one: (-likeness[one.id], one.id))
    return order[:most]


def as_told(insights: Sequence[Insight], page: str = "") -> Retrieved:
    """Insights and a page as one text; nothing where there are neither."""
    parts = [archetypes()[page].told] if page else []
    if insights:
        learnt = "\n".join(f"- {one.told}" for one in insights)
        parts.append(f"Learnt from problems of this kind:\n{learnt}")
    if not parts:
        return NOTHING
    text = "\n\n".join(["What may help, where it fits the text above:", *parts])
    return Retrieved(tuple(one.id for one in insights), page, text)
