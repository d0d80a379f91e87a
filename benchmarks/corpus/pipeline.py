"""The corpus through `solve`: right and wrong replies, repeated or in other words.

A reply that is repeated is one form, and one form verifies nothing. A model that writes the same
thing in other words, other names, another order and another scale has not looked twice either,
unless drafts of it were counted; as such a model the second round is played.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from optwright.agents.effort import Effort
from optwright.agents.problem import Problem
from optwright.agents.solving import solve
from optwright.benchmarks.corpus.entries import Entry
from optwright.benchmarks.corpus.mutants import Mutant
from optwright.benchmarks.corpus.validate import same
from optwright.errors import OptwrightError
from optwright.serving.chat import ChatRequest
from optwright.serving.scripted import ScriptedModel
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import SolveOptions

Reply = Mapping[str, Any]
UNCOUNTED = "corpus/uncounted"
"""A name of a model of which no drafts were counted."""
_OPTIONS = SolveOptions(time_limit_s=10.0)
_EFFORT = Effort(drafts=3, agreement=2)  # whatever the profile of a model says


@dataclass
class Tally:
    """How replies ended. `verified` of them, and `faults`: what came out otherwise than as it was
    written."""

    replies: int = 0
    as_written: int = 0
    verified: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.as_written} of {self.replies} as written, {self.verified} verified"


def run(written: Iterable[tuple[str, Entry, Reply, str, float | None]], *, reworded: bool) -> Tally:
    """Solve each entry with a reply whose status and optimum are known."""
    tally = Tally()
    for name, entry, reply, status, optimum in written:
        tally.replies += 1
        model = ScriptedModel(_script(reply, reworded=reworded), name=UNCOUNTED)
        try:
            problem = Problem(entry.text, entry.data)
            found = solve(problem, model=model, options=_OPTIONS, effort=_EFFORT)
        except OptwrightError as error:
            tally.faults.append(f"{name}: {error}")
            continue
        tally.verified += found.verified
        if found.status.value == status and (optimum is None or same(found.objective, optimum)):
            tally.as_written += 1
        else:
            tally.faults.append(f"{name}: {found.status} {found.objective}, not {status} {optimum}")
    return tally


def right(entries: Iterable[Entry]) -> Iterator[tuple[str, Entry, Reply, str, float | None]]:
    """Every entry with its own reply."""
    for entry in entries:
        yield entry.id, entry, entry.reply, entry.status, entry.optimum


def wrong(mutants: Iterable[Mutant]) -> Iterator[tuple[str, Entry, Reply, str, float | None]]:
    """Every entry with the mutants of it that have another answer."""
    for mutant in mutants:
        if mutant.differs:
            reply = reply_of(mutant.formulation)
            yield mutant.id, mutant.of, reply, mutant.status, mutant.optimum


def reply_of(formulation: Formulation) -> Reply:
    """A formulation as a formulator replies it."""
    content = formulation.model_dump(mode="json", exclude_defaults=True)
    decisions = [
        {**decision, "lower": variable.lower, "upper": variable.upper,
         "domain": variable.domain.value}
        for decision, variable in zip(content["variables"], formulation.variables, strict=True)
    ]  # fmt: skip
    objective = {"sense": formulation.objective.sense.value, "text": formulation.objective.text,
                 "expression": formulation.objective.expression}  # fmt: skip
    limits = [
        {"text": c.text, "expression": c.expression, "forall": c.forall}
        for c in formulation.constraints
    ]
    kept = {k: v for k, v in content.items() if k in ("sets", "parameters", "assumptions")}
    return {**kept, "decisions": decisions, "objective": objective, "limits": limits}


def in_other_words(reply: Reply, sample: int) -> Reply:
    """The same reply with other meanings, with decisions and limits in another order."""
    decisions = [{**d, "meaning": f"{d.get('meaning', '')} ({sample})"} for d in reply["decisions"]]
    return {**reply, "decisions": decisions[::-1], "limits": reply.get("limits", [])[::-1]}


def _script(reply: Reply, *, reworded: bool) -> Callable[[ChatRequest], str]:
    def written(request: ChatRequest) -> str:
        again = reworded and request.sample
        return json.dumps(in_other_words(reply, request.sample) if again else reply)

    return written


def told(rounds: Mapping[str, Tally]) -> str:
    """The rounds as Markdown, and every fault."""
    lines = ["| replies | number | as written | verified |", "| --- | --- | --- | --- |"]
    for name, t in rounds.items():
        lines.append(f"| {name} | {t.replies} | {t.as_written} | {t.verified} |")
    faults = Counter(fault for t in rounds.values() for fault in t.faults)
    return "\n".join([*lines, *(f"fault: {fault}" for fault in faults)])
