"""Made problems for others: entries of the corpus of checks, training rows, worked examples."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optwright.agents.problem import Problem as Told
from optwright.benchmarks.corpus.entries import Entry
from optwright.benchmarks.synthesis.flat import flat_reply
from optwright.benchmarks.synthesis.problems import Kind, Problem, tables_of
from optwright.benchmarks.synthesis.styles import Where
from optwright.prompts import load

_WORD = re.compile(r"[^\W\d_]+")


def entry(problem: Problem) -> Entry:
    """A problem as an entry of the corpus of right formulations."""
    tables = problem.told.tables if problem.where in (Where.LONG, Where.WIDE) else {}
    return Entry(
        id=problem.id,
        family=problem.family,
        source="made",
        text=problem.text,
        tables=tables,
        reply=problem.reply,
        status=problem.certificate.status,
        optimum=problem.certificate.optimum,
    )


def right(problems: Iterable[Problem]) -> Iterator[Problem]:
    """The problems that can be solved from what a formulator sees: right ones, their figures in
    the text or in a table that is one."""
    return (p for p in problems if p.kind is Kind.RIGHT and p.where is not Where.MESSY)


def training_row(problem: Problem) -> dict[str, Any]:
    """A chat of three turns: what the formulator is told in general, the problem, the right reply.
    A text alone is answered flat where the schema has room for that, like the served model's."""
    tabular = bool(problem.told.tables)
    prompt = load("formulator_tables" if tabular else "formulator")
    told = Told(problem.text, tables_of(problem.told) if tabular else {}).shown_text
    reply = (None if tabular else flat_reply(problem)) or problem.reply
    turns = (prompt.turns[0], ("user", told), ("assistant", json.dumps(reply, ensure_ascii=False)))
    return {
        "id": problem.id,
        "family": problem.family,
        "messages": [{"role": role, "content": content} for role, content in turns],
    }


@dataclass(frozen=True)
class Example:
    """A problem and its right reply, as a prompt shows them."""

    id: str
    text: str
    reply: str


def examples(problems: Iterable[Problem]) -> list[Example]:
    """The problems in words alone that have a flat reply."""
    found = []
    for problem in problems:
        reply = None if problem.told.tables else flat_reply(problem)
        if reply is not None:
            text = json.dumps(reply, ensure_ascii=False)
            found.append(Example(problem.id, problem.text, text))
    return found


def nearest(text: str, pool: Sequence[Example], count: int = 2) -> list[Example]:
    """The examples most like a text, best first: by their words, rare ones counting more."""
    bags = [Counter(_words(e.text)) for e in pool]
    holders = Counter(word for bag in bags for word in bag)
    rare = {word: math.log((1 + len(pool)) / n) for word, n in holders.items()}
    wanted = Counter(_words(text))
    scored = [(_cosine(wanted, bag, rare), -at) for at, bag in enumerate(bags)]
    best = sorted(range(len(pool)), key=lambda at: scored[at], reverse=True)
    return [pool[at] for at in best[:count]]


def _cosine(one: Mapping[str, int], other: Mapping[str, int], rare: Mapping[str, float]) -> float:
    shared = sum(n * other[w] * rare[w] ** 2 for w, n in one.items() if w in other)
    sizes = [
        math.sqrt(sum((n * rare.get(w, 0.0)) ** 2 for w, n in bag.items())) for bag in (one, other)
    ]
    return shared / (sizes[0] * sizes[1]) if all(sizes) else 0.0


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
