"""False alarms and catches of the judge of closed questions, with judges whose faults are known.

    python -m optwright.benchmarks.judges

A scripted judge knows the right model of each problem of the corpus and answers the request that a
language model would be sent; its reply goes the way of every reply. The perfect one makes no
mistake, so what it is short of is the form's fault: a quote that is not found, a part that cannot
be asked about. Others err by chance, share the draft's misreadings, approve of everything, or quote
what the problem does not say. No row is a statement about a language model.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

import click

from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.judge import JudgeCheck, Verdict, is_quote, parts_of
from optwright.agents.findings import Fault
from optwright.benchmarks.corpus.entries import Entry, read_entries
from optwright.benchmarks.corpus.mistakes import Kind
from optwright.benchmarks.corpus.mutants import Mutant, mutants
from optwright.serving.chat import ChatRequest
from optwright.serving.scripted import ScriptedModel
from optwright.solvers.model.formulation import Formulation

_NAME = re.compile(r"[^\W\d]\w*")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_RELATION = re.compile(r"[<>=]=|minimize|maximize")


@dataclass(frozen=True)
class KnowingJudge:
    """Knows the right model. `wrong` is the share of parts that it gets wrong by chance, `shared`
    that of the draft's faults that it does not see either; `approves` says yes to everything,
    `invents` quotes words that no problem has."""

    name: str
    wrong: float = 0.0
    shared: float = 0.0
    approves: bool = False
    invents: bool = False

    def reply(self, request: ChatRequest, entry: Entry, draft: Formulation, dice: Random) -> str:
        """What it answers about a draft of the entry's problem."""
        right = _Parts(entry.formulation, entry)
        judged = []
        for number, part in enumerate(parts_of(draft), start=1):
            verdict = right.verdict(part.element, _keys(draft)[part.element])
            judged.append(
                {
                    "part": number,
                    "quote": "as nobody has said" if self.invents else right.quote(part.element),
                    "verdict": self._erring(verdict, dice).value,
                }
            )
        here = {part.element for part in parts_of(draft)}
        missing = [right.quote(element) for element in right.keys if element not in here]
        kept = [] if self.approves else [m for m in missing if not self._overlooks(dice)]
        return json.dumps({"parts": judged, "missing": kept})

    def _erring(self, verdict: Verdict, dice: Random) -> Verdict:
        if self.approves:
            return Verdict.STATED
        if verdict is not Verdict.STATED:
            return Verdict.STATED if self._overlooks(dice) else verdict
        return Verdict.NUMBER if dice.random() < self.wrong else verdict

    def _overlooks(self, dice: Random) -> bool:
        return dice.random() < self.wrong + self.shared


JUDGES = (
    KnowingJudge("perfect"),
    KnowingJudge("2 % wrong by chance", wrong=0.02),
    KnowingJudge("5 % wrong by chance", wrong=0.05),
    KnowingJudge("30 % of faults shared", shared=0.30),
    KnowingJudge("5 % wrong, 30 % shared", wrong=0.05, shared=0.30),
    KnowingJudge("approves of everything", approves=True),
    KnowingJudge("quotes what nobody said", invents=True),
)


def _keys(formulation: Formulation) -> Mapping[str, str]:
    """Each part with all that it depends on by name, so that a wrong number in a parameter is one
    in every part that uses it."""
    named = {
        part.name: part.model_dump_json(exclude_defaults=True, exclude={"source", "meaning"})
        for field_name in ("sets", "parameters", "expressions")
        for part in getattr(formulation, field_name)
    }

    def depends(text: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
        new = (set(_NAME.findall(text)) & set(named)) - seen
        for name in new:
            seen = depends(named[name], seen | {name})
        return seen

    return {
        part.element: "\n".join([part.shown, *sorted(named[n] for n in depends(part.shown))])
        for part in parts_of(formulation)
    }


@dataclass(frozen=True)
class _Parts:
    """The parts of a right model, and the words that they rest on."""

    formulation: Formulation
    entry: Entry

    @property
    def keys(self) -> Mapping[str, str]:
        return _keys(self.formulation)

    def verdict(self, element: str, key: str) -> Verdict:
        right = self.keys.get(element)
        if key in self.keys.values():
            return Verdict.STATED
        if right is None:
            return Verdict.UNSAID
        if _NUMBER.sub("#", right) == _NUMBER.sub("#", key):
            return Verdict.NUMBER
        if _RELATION.sub("?", right) == _RELATION.sub("?", key):
            return Verdict.DIRECTION
        return Verdict.DECISION

    def quote(self, element: str) -> str:
        """The words that the corpus quotes, or the first of the problem where it quotes none."""
        whole = self.formulation
        said = {c.name: c.text for c in whole.constraints} | {"objective": whole.objective.text}
        words = said.get(element, "")
        context = CheckContext(self.entry.text, whole, self.entry.data)
        return words if is_quote(words, context) else " ".join(self.entry.text.split()[:8])


@dataclass
class Measured:
    """What came of one judge: right models flagged and not judged, mutants caught, by class."""

    right: int = 0
    flagged: int = 0
    open_right: int = 0
    wrong: Counter[Kind] = field(default_factory=Counter)
    caught: Counter[Kind] = field(default_factory=Counter)

    @property
    def recall(self) -> float:
        return self.caught.total() / max(self.wrong.total(), 1)

    @property
    def precision(self) -> float | None:
        """At one wrong model in two; None for a judge that flags nothing."""
        alarms = self.flagged / max(self.right, 1)
        return self.recall / (self.recall + alarms) if self.recall + alarms else None


def measure(
    judges: Sequence[KnowingJudge], entries: Sequence[Entry], wrong: Iterable[Mutant]
) -> dict[str, Measured]:
    """Ask every judge about every right model and every mutant with another optimum."""
    found = {judge.name: Measured() for judge in judges}
    for entry in entries:
        for judge in judges:
            faults = _said(judge, entry, entry.formulation, entry.id)
            tally = found[judge.name]
            tally.right += 1
            tally.flagged += Fault.OPINION in faults
            tally.open_right += Fault.NOT_JUDGED in faults
    for mutant in wrong:
        if not mutant.differs:
            continue
        for judge in judges:
            faults = _said(judge, mutant.of, mutant.formulation, mutant.id)
            found[judge.name].wrong[mutant.kind] += 1
            found[judge.name].caught[mutant.kind] += Fault.OPINION in faults
    return found


def _said(judge: KnowingJudge, entry: Entry, draft: Formulation, luck: str) -> set[Fault]:
    dice = Random(f"{judge.name}/{luck}")
    model = ScriptedModel(lambda request: judge.reply(request, entry, draft, dice))
    check = JudgeCheck(model)
    return {f.fault for f in check.findings(CheckContext(entry.text, draft, entry.data))}


def table(found: Mapping[str, Measured]) -> str:
    """The measurement as Markdown."""
    one = next(iter(found.values()))
    heads = ["judge", "right flagged", "right not judged", *Kind, "recall", "precision"]
    totals = ["", f"of {one.right}", f"of {one.right}", *(f"of {one.wrong[k]}" for k in Kind)]
    totals += [f"of {one.wrong.total()}", "at 1 : 1"]
    rows = [
        [
            name,
            str(m.flagged),
            str(m.open_right),
            *(str(m.caught[kind]) for kind in Kind),
            f"{m.recall:.3f}",
            "-" if m.precision is None else f"{m.precision:.2f}",
        ]
        for name, m in found.items()
    ]
    lines = [heads, ["---"] * len(heads), totals, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@click.command()
@click.option("--seed", default=0, show_default=True, help="which mistakes are drawn")
@click.option("--every", default=1, show_default=True, help="only every so many entries")
def main(seed: int, every: int) -> None:
    """Measure judges whose faults are known on the corpus."""
    entries = read_entries()[::every]
    context = [CheckContext(e.text, e.formulation, e.data) for e in entries]
    quotes = [(c, row.text) for c in context for row in c.formulation.constraints if row.text]
    stand = sum(is_quote(words, c) for c, words in quotes)
    click.echo(
        f"{stand} of {len(quotes)} quotes of right models are taken for words of the problem\n"
    )
    click.echo(table(measure(JUDGES, entries, mutants(entries, seed))))


if __name__ == "__main__":
    main()
