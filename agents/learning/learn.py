"""Keeps an insight only if it proves itself, merges those that say the same, refines conditions,
and retires what is of no use.

After AlphaOPT (2025), with what its authors and others found wanting mended: it learns without
answers as well, no kept insight breaks a problem that was right, and what nobody uses goes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from optwright.agents.experience.archetypes import Likeness
from optwright.agents.experience.insight import Insight, key_of
from optwright.agents.experience.library import Library
from optwright.agents.experience.retrieve import Hints, Retrieved, Retriever
from optwright.agents.learning.lesson import Attempt, Check, Lesson, of_answer
from optwright.agents.learning.teacher import Teacher

TRIES = 3  # of wording an insight
VARIANTS = 5  # of a condition
ALIKE = 0.5  # from this likeness of words on a teacher is asked whether two insights say the same
IDLE = 100  # problems after which an insight that was never retrieved is retired


@dataclass(frozen=True)
class Known:
    """A problem and how to tell that an attempt at it is right; `wanted` is its answer in words."""

    text: str
    wanted: float | str
    is_right: Check


Solve = Callable[[str, Retrieved], Awaitable[Attempt]]
"""Agents at work on a problem, with what they are told."""


@dataclass
class Report:
    """What came of learning: counts, the insights that were kept, and why others were not."""

    problems: int = 0
    right: int = 0
    kept: int = 0
    merged: int = 0
    refined: int = 0
    retired: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    solved: int = 0
    """Attempts that were made in all."""

    def refuse(self, why: str) -> None:
        self.refused[why] = self.refused.get(why, 0) + 1

    def __str__(self) -> str:
        refused = "".join(f"; {n} {why}" for why, n in sorted(self.refused.items()))
        return (
            f"{self.problems} problems, {self.right} right at once; {self.kept} insights kept, "
            f"{self.merged} merged, {self.refined} refined, {self.retired} retired{refused}; "
            f"{self.solved} attempts"
        )


@dataclass
class Learner:
    """Learns from problems one after the other. `solve` works on a problem with what it is told,
    `teacher` words insights, `retriever` finds them."""

    library: Library
    solve: Solve
    teacher: Teacher
    retriever: Retriever
    report: Report = field(default_factory=Report)
    _right: dict[str, Known] = field(default_factory=dict)
    """Problems that are right as things stand, which no insight may break."""
    _wrong: dict[str, Known] = field(default_factory=dict)
    _met: int = 0

    async def study(self, problems: Iterable[Known]) -> Report:
        """Work through problems whose answers are known; only failures teach. What is retrieved
        and helps or hurts is counted, so that the useless can go."""
        for known in problems:
            self._met += 1
            self.report.problems += 1
            self.library.learnt_from(known.text)
            told = await self.retriever.retrieve(known.text)
            attempt = await self._attempt(known.text, told)
            is_right = known.is_right(attempt)
            is_right = await self._count(known, told, is_right)
            if is_right:
                self.report.right += 1
                self._right[key_of(known.text)] = known
                continue
            lesson = of_answer(known.text, known.wanted, attempt, known.is_right)
            kept = await self.learn(lesson)
            (self._right if kept else self._wrong)[key_of(known.text)] = known
        return self.report

    async def learn(self, lesson: Lesson) -> Insight | None:
        """The insight that a lesson gives, kept in the library; None where none proved itself."""
        self.library.learnt_from(lesson.text)
        for sample in range(TRIES):
            insight = await self.teacher.extract(lesson, sample)
            if insight is None:
                self.report.refuse("not readable")
                continue
            why, proven = await self._proven(lesson, insight)
            if proven is None:
                self.report.refuse(why)
                continue
            self.library.keep([proven])
            self.report.kept += 1
            await self._merge_into(proven)
            return proven
        return None

    async def _proven(self, lesson: Lesson, insight: Insight) -> tuple[str, Insight | None]:
        """The insight with its evidence, or why it is not kept: its own problem must retrieve it
        and then be right, and every right problem that retrieves it must stay right."""
        trial = self.retriever.with_more(insight, without=(insight.id,))
        told = await trial.retrieve(lesson.text)
        if insight.id not in told.ids:
            return "not retrieved by its own problem", None
        if not lesson.is_right(await self._attempt(lesson.text, told)):
            return "does not solve its own problem", None
        kept = await self._unbroken(trial, insight.id)
        if kept is None:
            return "breaks a problem that was right", None
        evidence = insight.evidence.model_copy(
            update={"solved": (key_of(lesson.text),), "kept": kept}
        )
        return "", insight.model_copy(update={"evidence": evidence})

    async def _unbroken(self, trial: Retriever, id_: str) -> tuple[str, ...] | None:
        """The right problems that retrieve an insight and stay right; None where one does not."""
        kept: list[str] = []
        for key, known in self._right.items():
            told = await trial.retrieve(known.text)
            if id_ not in told.ids:
                continue
            if not known.is_right(await self._attempt(known.text, told)):
                return None
            kept.append(key)
        return tuple(kept)

    async def _merge_into(self, new: Insight) -> None:
        """Put one in the place of two that say the same, if it does for the problems of both what
        they did."""
        others = [i for i in self.library.insights if i.archetype == new.archetype and i != new]
        if not others:
            return
        likeness = Likeness({i.id: i.words for i in [*others, new]}).of(new.words)
        nearest = max(others, key=lambda i: likeness[i.id])
        if likeness[nearest.id] < ALIKE:
            return
        merged = await self.teacher.merged(nearest, new)
        if merged is None:
            return
        trial = self.retriever.with_more(merged, without=(nearest.id, new.id))
        proven = {**self._right, **self._wrong}
        for key in merged.evidence.solved:
            if (known := proven.get(key)) is None:
                continue  # of an earlier session; its text alone tells no right answer
            told = await trial.retrieve(known.text)
            if not known.is_right(await self._attempt(known.text, told)):
                return
        if await self._unbroken(trial, merged.id) is None:
            return
        self.library.keep([merged], instead_of=(nearest.id, new.id))
        self.report.merged += 1

    async def refine(self) -> None:
        """Reword conditions of insights that were found where they hurt, or not found where they
        would have helped; a wording is taken only if the published score rises."""
        for insight in self.library.insights:
            reached = await self._reached(insight)
            if not (reached.negative or reached.unretrieved):
                continue
            await self._refined(insight, reached)

    async def _refined(self, insight: Insight, reached: Reached) -> None:
        known = {**self._right, **self._wrong}
        texts = {key: known[key].text for key in reached.all}
        wanted = [texts[key] for key in (*reached.positive, *reached.unretrieved)]
        unwanted = [texts[key] for key in reached.negative]
        best, best_score = None, await self._score(insight, reached, texts)
        for condition in await self.teacher.conditions(insight, wanted, unwanted, VARIANTS):
            variant = insight.model_copy(update={"condition": condition})
            score = await self._score(variant, reached, texts)
            if score > best_score:
                best, best_score = variant, score
        trial = None if best is None else self.retriever.with_more(best, without=(insight.id,))
        if best is None or trial is None or await self._unbroken(trial, best.id) is None:
            return
        self.library.keep([best])
        self.report.refined += 1

    async def _reached(self, insight: Insight) -> Reached:
        """Where an insight is found and helps, where it is found and the problem is right without
        it, and where it is not found and would help."""
        reached = Reached()
        without = self.retriever.with_more(without=(insight.id,))
        for key, known in {**self._right, **self._wrong}.items():
            told = await self.retriever.retrieve(known.text)
            if insight.id in told.ids:
                if known.is_right(await self._attempt(known.text, told)):
                    reached.positive.append(key)
                elif known.is_right(
                    await self._attempt(known.text, await without.retrieve(known.text))
                ):
                    reached.negative.append(key)
            elif key in self._wrong:
                injected = Retrieved((insight.id,), text=insight.told)
                if known.is_right(await self._attempt(known.text, injected)):
                    reached.unretrieved.append(key)
        return reached

    async def _score(self, variant: Insight, reached: Reached, texts: dict[str, str]) -> float:
        """The published score of a condition: the share of problems for which it is found where
        it helps and not where it hurts."""
        trial = self.retriever.with_more(variant, without=(variant.id,))
        found = {
            key: variant.id in (await trial.retrieve(texts[key])).ids
            for key in dict.fromkeys(reached.all)
        }
        return p_score(reached, found)

    async def _count(self, known: Known, told: Retrieved, is_right: bool) -> bool:
        """Note what was retrieved, and whether that helped. A problem that is wrong with what it
        was told and right without is broken by it: what broke it is retired, and the problem is
        right again."""
        for id_ in told.ids:
            self._note(id_, retrieved=1, helped=is_right)
        if is_right or not told.ids:
            return is_right
        if not known.is_right(await self._attempt(known.text, Retrieved())):
            return False
        for id_ in told.ids:
            alone = Retrieved((id_,), text=self.library.insight(id_).told)
            if not known.is_right(await self._attempt(known.text, alone)):
                self._note(id_, hurt=1)
                self.library.retire(id_, f"it broke a problem ({key_of(known.text)})")
                self.report.retired += 1
        again = await self.retriever.retrieve(known.text)
        return known.is_right(await self._attempt(known.text, again))

    def _note(self, id_: str, **more: int) -> None:
        insight = self.library.insight(id_)
        counts = {name: getattr(insight.evidence, name) + n for name, n in more.items()}
        evidence = insight.evidence.model_copy(update=counts)
        self.library.keep([insight.model_copy(update={"evidence": evidence})])

    def retire(self, idle_after: int = IDLE) -> list[Insight]:
        """Retire insights that hurt more often than they helped, and those that nobody retrieved
        in so many problems."""
        gone = []
        for insight in self.library.insights:
            evidence = insight.evidence
            if evidence.hurt > evidence.helped:
                gone.append(self.library.retire(insight.id, "it hurt more often than it helped"))
            elif not evidence.retrieved and self._met >= idle_after:
                reason = f"nobody retrieved it in {self._met} problems"
                gone.append(self.library.retire(insight.id, reason))
        self.report.retired += len(gone)
        return gone

    async def _attempt(self, text: str, told: Retrieved) -> Attempt:
        self.report.solved += 1
        return await self.solve(text, told)


@dataclass
class Reached:
    """Keys of problems, by what an insight is to them."""

    positive: list[str] = field(default_factory=list)
    negative: list[str] = field(default_factory=list)
    unretrieved: list[str] = field(default_factory=list)

    @property
    def all(self) -> list[str]:
        return [*self.positive, *self.negative, *self.unretrieved]


def p_score(reached: Reached, found: dict[str, bool]) -> float:
    """The share of kept positives, corrected negatives and recovered unretrieved ones.

    >>> p_score(Reached(["a", "b"], ["c"], ["d"]), {"a": True, "b": False, "c": False, "d": True})
    0.75
    """
    right = sum(found[key] for key in (*reached.positive, *reached.unretrieved))
    right += sum(not found[key] for key in reached.negative)
    return right / len(reached.all) if reached.all else 0.0


async def share_right(problems: Sequence[Known], solve: Solve, hints: Hints | None) -> float:
    """The share of problems that are right with what `hints` tell, or with nothing."""
    right = 0
    for known in problems:
        told = Retrieved() if hints is None else await hints.retrieve(known.text)
        right += known.is_right(await solve(known.text, told))
    return right / len(problems)
