"""Does the library of insights help, on made problems and a learner whose faults are known?

    python -m optwright.benchmarks.learning_curve --seeds 1,2,3 --at 0,50,100,200

The learner is a script in the place of a language model. Of each of the 45 families it drops one
limit, always the same, unless its prompt tells it not to; one family in five it gets wrong
whatever it is told, and one in five right. So a library can bring it to four fifths and no
further. Its teacher words every third insight so that it breaks another family first. The program,
its prompt, reading, solving and the whole of learning are the real ones.

Problems to learn from and to be tested on have other seeds and other styles, and none of the first
that repeats one of the second, by runs of words or by its model, is learnt from.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import sqrt
from pathlib import Path
from statistics import mean
from typing import Any

import click

from optwright.agents.candidates import Approach, Candidate
from optwright.agents.coder import Coder
from optwright.agents.experience.archetypes import Filed
from optwright.agents.experience.insight import Insight, Provenance, id_of, key_of
from optwright.agents.experience.library import Library
from optwright.agents.experience.retrieve import RandomHints, Retrieved, Retriever, ranked
from optwright.agents.formulator import Formulator
from optwright.agents.learning.learn import Known, Learner, share_right
from optwright.agents.learning.lesson import Attempt, Lesson
from optwright.agents.learning.teacher import joined
from optwright.agents.problem import Problem as Words
from optwright.agents.profiles.profile import shipped
from optwright.agents.text.nearness import Texts
from optwright.benchmarks.synthesis.certificates import same
from optwright.benchmarks.synthesis.families import families
from optwright.benchmarks.synthesis.problems import Problem, Selection, problems
from optwright.serving.chat import ChatRequest
from optwright.serving.scripted import ScriptedModel
from optwright.solvers.model.outcome import SolveOptions

TRAIN_STYLES = ("plain", "bullets", "noise", "shuffled", "table")
TEST_STYLES = ("letter", "chat", "synonyms", "units")
TESTS_A_FAMILY = 2
MOST_DRAWN = 6  # problems for each that is learnt from

_MARK = re.compile(r"\bState (\w+) of (\w+)\b")
_MISLEADS = re.compile(r"\bNever state a limit of (\w+)\b")


def faults() -> dict[str, str]:
    """What the learner does wrong with a family: `right`, `careless` (always wrong), or the name of
    the limit that it drops."""
    found = {}
    for at, (name, family) in enumerate(families().items()):
        kind = ("right", "careless")[at % 5] if at % 5 < 2 else family.limits[0].name
        found[name] = kind
    return found


@dataclass
class Script:
    """The learner and its teacher, for problems that they know by their texts."""

    made: Mapping[str, Problem]
    """By text."""
    known: Mapping[str, str] = field(default_factory=faults)
    lessons: int = 0

    def reply(self, request: ChatRequest) -> str:
        """What the learner writes, having read its prompt."""
        asked = request.messages[-1].content
        problem = next(p for text, p in self.made.items() if asked.startswith(text.strip()))
        fault, reply = self.known[problem.family], dict(problem.reply)
        cured = (fault, problem.family) in _MARK.findall(asked)
        misled = problem.family in _MISLEADS.findall(asked)
        dropped = misled or not (fault == "right" or cured)
        if dropped:
            reply = _spoilt(reply, problem, fault)
        return json.dumps(reply)

    async def extract(self, lesson: Lesson, sample: int = 0) -> Insight | None:
        """What the teacher writes of a lesson: every third time it is too general at first."""
        self.lessons += sample == 0
        problem = self.made[lesson.text]
        fault, kind = self.known[problem.family], families()[problem.family].archetype
        condition = " ".join(families()[problem.family].sentences[0].words[0].split()[:12])
        explanation = f"State {fault} of {problem.family}, which is easily left out."
        if self.lessons % 3 == 0 and sample == 0:
            others = [
                name
                for name, family in families().items()
                if family.archetype == kind and name != problem.family
            ]
            explanation += "".join(f" Never state a limit of {other}." for other in others)
        return Insight(
            id=id_of(condition, explanation),
            archetype=kind,
            condition=condition,
            explanation=explanation,
            provenance=Provenance(origin=lesson.origin, problems=(key_of(lesson.text),)),
        )

    async def merged(self, one: Insight, other: Insight) -> Insight | None:
        """One in the place of two that cure the same."""
        same_cure = _MARK.findall(one.explanation) == _MARK.findall(other.explanation)
        return joined(one, other) if same_cure else None

    async def conditions(
        self, insight: Insight, wanted: Sequence[str], unwanted: Sequence[str], count: int
    ) -> list[str]:
        """Conditions in the words of the problems that it would help."""
        return [f"{insight.condition} {' '.join(text.split()[:20])}" for text in wanted[:count]]


def _spoilt(reply: dict[str, Any], problem: Problem, fault: str) -> dict[str, Any]:
    """The reply with its fault: without a limit, or turned round where it has none of that name."""
    names = [one.name for one in problem.told_model.constraints]
    dropped = names.index(fault) if fault in names else 0
    kept = [limit for at, limit in enumerate(reply["limits"]) if at != dropped]
    if fault == "careless" or not names:
        sense = {"minimize": "maximize", "maximize": "minimize"}[reply["objective"]["sense"]]
        return {**reply, "objective": {**reply["objective"], "sense": sense}}
    return {**reply, "limits": kept}


@dataclass
class Agents:
    """Drafts, reads and solves; a reply that was solved before is not solved again."""

    script: Script
    calls: int = 0
    solved: dict[str, Attempt] = field(default_factory=dict)

    async def solve(self, text: str, told: Retrieved) -> Attempt:
        """An attempt at a problem with what is told."""
        self.calls += 1
        model = ScriptedModel(self.script.reply)
        formulator = Formulator(model, shipped("large"), _Fixed(told))
        problem = Words(text)
        draft = await formulator.draft(problem)
        if draft.reply not in self.solved:
            self.solved[draft.reply] = self._outcome(problem, draft.formulation, draft.error)
        return self.solved[draft.reply]

    def _outcome(self, problem: Words, formulation: Any, error: str) -> Attempt:
        if formulation is None:
            return Attempt("error", None, words=error)
        candidate = Candidate(plan=0, sample=0, formulation=formulation)
        outcome = Coder(options=SolveOptions(time_limit_s=20)).run(
            problem, Approach(name="as told"), candidate
        )
        return Attempt(outcome.status.value, outcome.objective, formulation.to_json())


@dataclass(frozen=True)
class _Fixed:
    """Tells what it was given."""

    what: Retrieved

    async def retrieve(self, text: str) -> Retrieved:
        return self.what


@dataclass(frozen=True)
class Point:
    """The share of the tests that is right after so many problems, without a library, with it,
    and with as many hints at random: of any kind, and of other kinds than the problem's."""

    problems: int
    insights: int
    without: float
    learnt: float
    random: float
    others: float
    hit_by_kind: float
    """Of the families whose fault is curable and in the library: how often the own cure is told."""
    hit_by_text: float
    """The same without archetypes, by likeness of words alone."""


def known_of(problem: Problem) -> Known:
    """A problem as the learner meets it."""

    def is_right(attempt: Attempt) -> bool:
        certificate = problem.certificate
        return attempt.status == certificate.status and same(
            attempt.objective, certificate.optimum, 1e-5
        )

    wanted = problem.certificate.optimum
    return Known(problem.text, problem.certificate.status if wanted is None else wanted, is_right)


def apart(seed: int, tests: Sequence[Problem], wanted: int) -> tuple[list[Problem], int]:
    """Problems to learn from, none of which repeats a test by its words, whichever of the two is
    the longer, or by its model; and how many were left out for that."""
    known, models = Texts(), {one.formulation.to_json() for one in tests}
    for one in tests:
        known.add(one.id, one.text)
    kept, left_out = list[Problem](), 0
    for one in problems(seed, MOST_DRAWN * wanted, Selection(styles=TRAIN_STYLES, engines=1)):
        alone = Texts()
        alone.add(one.id, one.text)
        same_family = (test for test in tests if test.family == one.family)
        repeats = known.like(one.text) or any(alone.like(test.text) for test in same_family)
        if repeats or one.formulation.to_json() in models:
            left_out += 1
            continue
        kept.append(one)
        if len(kept) == wanted:
            break
    return kept, left_out


async def curve(seed: int, at: Sequence[int]) -> tuple[list[Point], dict[str, Any]]:
    """The points of one seed, and what has to be zero."""
    selection = Selection(styles=TEST_STYLES, engines=1)
    tests = list(problems(1000 + seed, TESTS_A_FAMILY * len(families()), selection))
    train, left_out = apart(seed, tests, max(at))
    script = Script({one.text: one for one in (*tests, *train)})
    agents, library = Agents(script), Library()
    retriever = library.retriever()
    learner = Learner(library, agents.solve, script, retriever)
    points, met = list[Point](), 0
    for size in sorted(at):
        await learner.study(map(known_of, train[met:size]))
        met = max(met, size)
        if size:
            await learner.refine()
            learner.retire()
        points.append(await _point(size, tests, agents, library.insights, retriever, seed=seed))
    broken = 0
    for known in map(known_of, train[:met]):
        plain = known.is_right(await agents.solve(known.text, Retrieved()))
        told = await retriever.retrieve(known.text)
        broken += plain and not known.is_right(await agents.solve(known.text, told))
    taught = {one.family for one in train[:met]}
    facts = {
        "report": str(learner.report),
        "broken": broken,
        "tests_in_library": sum(bool(library.knows(one.text)) for one in tests),
        "train": len(train),
        "reach": mean(
            script.known[one.family] == "right"
            or (one.family in taught and script.known[one.family] != "careless")
            for one in tests
        ),
        "families_in_train": len({one.family for one in train}),
        "left_out": left_out,
        "tests": len(tests),
        "ceiling": mean(script.known[one.family] != "careless" for one in tests),
        "calls": agents.calls,
    }
    return points, facts


async def _point(
    size: int,
    tests: Sequence[Problem],
    agents: Agents,
    insights: Sequence[Insight],
    retriever: Retriever,
    *,
    seed: int,
) -> Point:
    known = [known_of(one) for one in tests]

    async def share(hints: Any) -> float:
        return await share_right(known, agents.solve, hints)

    by_kind, by_text = await _hits(tests, agents.script, insights, retriever)
    return Point(
        problems=size,
        insights=len(insights),
        without=await share(None),
        learnt=await share(retriever),
        random=await share(RandomHints(lambda: insights, seed)),
        others=await share(RandomHints(lambda: insights, seed, not_of=_Kinds(agents.script))),
        hit_by_kind=by_kind,
        hit_by_text=by_text,
    )


@dataclass(frozen=True)
class _Kinds:
    """Knows the archetype of every made problem."""

    script: Script

    async def names(self, text: str, filed: Filed = (), most: int = 2) -> list[str]:
        return [families()[self.script.made[text].family].archetype]


async def _hits(
    tests: Iterable[Problem], script: Script, insights: Sequence[Insight], retriever: Retriever
) -> tuple[float, float]:
    cures = {mark for one in insights for mark in _MARK.findall(one.explanation)}
    of_interest = [t for t in tests if (script.known[t.family], t.family) in cures]
    if not of_interest:
        return 0.0, 0.0

    def has_cure(problem: Problem, told: str) -> bool:
        return (script.known[problem.family], problem.family) in _MARK.findall(told)

    by_kind = [has_cure(t, (await retriever.retrieve(t.text)).text) for t in of_interest]
    by_text = [
        has_cure(t, " ".join(i.told for i in ranked(t.text, insights, retriever.most)))
        for t in of_interest
    ]
    return mean(by_kind), mean(by_text)


def main() -> None:
    """Print the facts of each seed, and a table of all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--at", default="0,50,100,200")
    parser.add_argument("--kept", type=Path, help="folder: a seed that is there is not run again")
    options = parser.parse_args()
    sizes = [int(n) for n in options.at.split(",")]
    runs = []
    for seed in map(int, options.seeds.split(",")):
        file = None if options.kept is None else options.kept / f"seed-{seed}.json"
        if file is not None and file.is_file():
            kept = json.loads(file.read_text("utf-8"))
        else:
            points, facts = asyncio.run(curve(seed, sizes))
            kept = {"facts": facts, "points": [asdict(point) for point in points]}
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        click.echo(f"seed {seed}: {json.dumps(kept['facts'])}")
        runs.append([Point(**point) for point in kept["points"]])
    click.echo(_table(sizes, runs))


def _table(sizes: Sequence[int], runs: Sequence[Sequence[Point]]) -> str:
    """Means over the seeds, with intervals."""
    columns = {
        "insights": "insights",
        "without": "no library, same calls",
        "learnt": "library",
        "random": "random hints",
        "others": "random hints of other kinds",
        "hit_by_kind": "own cure told, by kind",
        "hit_by_text": "by text alone",
    }
    lines = [f"| problems | {' | '.join(columns.values())} |", "|---" * (1 + len(columns)) + "|"]
    for at, size in enumerate(sizes):
        row = [[getattr(points[at], name) for points in runs] for name in columns]
        shares = [f"{mean(values):.3f} ± {_half(values):.3f}" for values in row[1:]]
        lines.append(f"| {size} | {mean(row[0]):.0f} | {' | '.join(shares)} |")
    return "\n".join(lines)


def _half(values: Sequence[float]) -> float:
    """Half of the range that holds the mean of seeds with 95 % confidence (t, two degrees of
    freedom for three)."""
    if len(values) < 2:
        return 0.0
    middle = mean(values)
    variance = sum((v - middle) ** 2 for v in values) / (len(values) - 1)
    return {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78}.get(len(values), 2.0) * sqrt(
        variance / len(values)
    )


if __name__ == "__main__":
    main()
