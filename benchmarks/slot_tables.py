"""What slot tables find: filled by right models, with errors, and by people.

    python -m optwright.benchmarks.slot_tables                 # the corpus and its mutants
    python -m optwright.benchmarks.slot_tables --data DIR      # kept drafts, tables by people

On the corpus a right model fills the tables, so no row there is a statement about a language model.
With DIR, tables are made of the annotations of the NL4Opt competition, which people wrote without
any draft before them: of each number the terms and the limit that it is of. They are held against
the kept drafts of the embedded model on the same texts.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations
from pathlib import Path
from random import Random
from typing import Any

import click

from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.plans.question import Decision
from optwright.agents.checks.slots.check import SlotCheck, stands_for
from optwright.agents.checks.slots.knowing import KnowingAnnotator
from optwright.agents.checks.slots.table import (
    Annotator,
    Direction,
    Role,
    Slot,
    SlotQuestion,
    SlotTable,
)
from optwright.agents.text.quantities import Quantity, quantities
from optwright.agents.text.wording import stem
from optwright.benchmarks.corpus.entries import Entry, read_entries
from optwright.benchmarks.corpus.mistakes import Kind
from optwright.benchmarks.corpus.mutants import mutants
from optwright.benchmarks.kept_drafts import Kept, read_kept
from optwright.benchmarks.packing import question_hash
from optwright.solvers.model.formulation import Formulation

Raw = Mapping[str, Any]


@dataclass(frozen=True)
class ErringAnnotator:
    """Fills a table as another one does, and gets a share of its slots wrong by chance: another
    decision, or another role."""

    known: Annotator
    wrong: float
    dice: Random
    name: str = "errs by chance"

    def fill(self, question: SlotQuestion) -> SlotTable:
        table = self.known.fill(question)
        all_of_them = sorted(frozenset().union(*(s.decisions | s.of for s in table.slots)))
        return SlotTable(tuple(self._erring(slot, all_of_them) for slot in table.slots))

    def _erring(self, slot: Slot, decisions: Sequence[str]) -> Slot:
        if slot.role is Role.OTHER or self.dice.random() >= self.wrong:
            return slot
        others = [d for d in decisions if d not in slot.decisions]
        if others and self.dice.random() < 0.5:
            return replace(slot, decisions=frozenset({self.dice.choice(others)}))
        role = self.dice.choice([r for r in Role if r is not slot.role])
        return replace(slot, role=role, toward=None)


@dataclass
class Measured:
    """Right models flagged, and mutants with another optimum caught, by class."""

    right: int = 0
    flagged: int = 0
    wrong: Counter[Kind] = field(default_factory=Counter)
    caught: Counter[Kind] = field(default_factory=Counter)

    @property
    def recall(self) -> float:
        return self.caught.total() / max(self.wrong.total(), 1)


WRONG = {"a right model": 0.0, "2 % of slots wrong": 0.02, "5 % of slots wrong": 0.05}


def on_corpus(entries: Sequence[Entry], seed: int) -> dict[str, Measured]:
    """Counts by who fills the tables."""
    found = {who: Measured() for who in WRONG}
    knowing = {entry.id: KnowingAnnotator(entry.formulation, entry.data) for entry in entries}

    def says(who: str, entry: Entry, draft: Formulation, luck: str) -> bool:
        annotator: Annotator = knowing[entry.id]
        if WRONG[who]:
            annotator = ErringAnnotator(annotator, WRONG[who], Random(f"{who}/{luck}"))
        context = CheckContext(entry.text, draft, entry.data)
        return bool(SlotCheck(annotator).findings(context))

    for entry in entries:
        for who, tally in found.items():
            tally.right += 1
            tally.flagged += says(who, entry, entry.formulation, entry.id)
    for mutant in mutants(entries, seed):
        for who, tally in found.items() if mutant.differs else ():
            tally.wrong[mutant.kind] += 1
            tally.caught[mutant.kind] += says(who, mutant.of, mutant.formulation, mutant.id)
    return found


def table(found: Mapping[str, Measured]) -> str:
    """The measurement as Markdown."""
    one = next(iter(found.values()))
    heads = ["tables by", "right flagged", *Kind, "recall"]
    totals = ["", f"of {one.right}", *(f"of {one.wrong[k]}" for k in Kind),
              f"of {one.wrong.total()}"]  # fmt: skip
    rows = [
        [who, str(m.flagged), *(str(m.caught[k]) for k in Kind), f"{m.recall:.3f}"]
        for who, m in found.items()
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in [heads, ["---"] * len(heads), totals,
                                                            *rows])  # fmt: skip


# Tables by people


@dataclass(frozen=True)
class _Stated:
    """What an annotation says of one number."""

    value: float
    role: Role
    names: tuple[str, ...]
    direction: Direction = Direction.NONE
    of: tuple[str, ...] = ()
    limit: float | None = None


@dataclass(frozen=True)
class CompetitionAnnotator:
    """Fills tables from an annotation of the NL4Opt competition."""

    annotation: Raw
    name: str = "annotators of the competition"

    def fill(self, question: SlotQuestion) -> SlotTable:
        decisions = _decisions(self.annotation["vars"], question.decisions)
        if decisions is None:
            return SlotTable(tuple(map(Slot, question.numbers)))
        stated = list(_stated(self.annotation, decisions))
        slots = tuple(_slot(n, question.numbers, stated) for n in question.numbers)
        return SlotTable(tuple(_toward(s, slots, stated) for s in slots))


def _decisions(names: Sequence[str], decisions: Sequence[Decision]) -> dict[str, str] | None:
    """The draft's decision for each thing of an annotation; None where that is not clear."""
    if len(names) != len(decisions) or len(names) > 6:
        return None
    words = {d.name: _words(f"{d.name.replace('_', ' ')} {d.meaning}") for d in decisions}

    def likeness(order: Sequence[Decision]) -> int:
        return sum(len(_words(n) & words[d.name]) for n, d in zip(names, order, strict=True))

    ranked = sorted(permutations(decisions), key=likeness, reverse=True)
    if len(ranked) > 1 and likeness(ranked[0]) == likeness(ranked[1]):
        return None
    pairs = zip(names, ranked[0], strict=True)
    return {name: d.name for name, d in pairs}


def _words(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in text.lower().replace("-", " ").split())


def _stated(annotation: Raw, decisions: Mapping[str, str]) -> Iterator[_Stated]:
    whole = tuple(decisions.values())

    def name(thing: str) -> tuple[str, ...]:
        shared = {d: len(_words(n) & _words(thing)) for n, d in decisions.items()}
        most = max(shared.values())
        found = tuple(d for d, count in shared.items() if count == most)
        return found if most and len(found) == 1 else ()

    for thing, written in (annotation["obj_declaration"].get("terms") or {}).items():
        for value in _values(written):
            yield _Stated(value, Role.WORTH, name(thing))
    for rule in annotation["const_declarations"]:
        way = _WAYS.get(rule.get("operator", ""), Direction.NONE)
        limit = next(iter(_values(rule.get("limit", ""))), None)
        if rule["type"] == "linear":
            for thing, written in rule["terms"].items():
                for value in _values(written):
                    yield _Stated(value, Role.USE, name(thing), limit=limit)
        if rule["type"] == "xby":
            for value in _values(rule["param"]):
                yield _Stated(value, Role.SHARE, name(rule["x_var"]), way, name(rule["y_var"]))
        if limit is None:
            continue
        if rule["type"] == "ratio":
            yield _Stated(limit, Role.SHARE, name(rule["var"]), way, whole)
        elif rule["type"] in ("upperbound", "lowerbound"):
            yield _Stated(limit, Role.LIMIT, name(rule["var"]), way)
        else:
            yield _Stated(limit, Role.LIMIT, whole if rule["type"] == "sum" else (), way)


_WAYS = {"LESS_OR_EQUAL": Direction.MOST, "GREATER_OR_EQUAL": Direction.LEAST}


def _values(written: str) -> list[float]:
    return [q.value for q in quantities(str(written))][:1]


def _slot(number: Quantity, numbers: Sequence[Quantity], stated: Sequence[_Stated]) -> Slot:
    """The slot of a number: open where the annotation says nothing or two kinds of things of its
    value, or the text has it more often than the annotation."""
    said = [s for s in stated if stands_for(number, s.value)]
    equals = [n for n in numbers if stands_for(number, n.value)]
    if (
        len({s.role for s in said}) != 1
        or len(equals) > len(said)
        or not all(s.names or s.role is Role.LIMIT for s in said)
    ):
        return Slot(number)
    chosen = said if len(equals) == 1 else [said[equals.index(number)]]
    names = frozenset().union(*(s.names for s in chosen))
    ways = {s.direction for s in chosen}
    way = next(iter(ways)) if len(ways) == 1 else Direction.NONE
    of = frozenset().union(*(s.of for s in chosen))
    if chosen[0].role is Role.LIMIT and len(chosen) > 1:
        return Slot(number)  # two limits of one number
    return Slot(number, chosen[0].role, names, way, of=of)


def _toward(slot: Slot, slots: Sequence[Slot], stated: Sequence[_Stated]) -> Slot:
    limits = {s.limit for s in stated if s.role is Role.USE and stands_for(slot.number, s.value)}
    if slot.role is not Role.USE or len(limits) != 1 or None in limits:
        return slot
    (limit,) = limits
    assert limit is not None
    at = [i for i, s in enumerate(slots) if s.role is Role.LIMIT and stands_for(s.number, limit)]
    return replace(slot, toward=at[0]) if len(at) == 1 else slot


def on_kept(kept: Iterable[Kept], annotations: Mapping[str, Raw]) -> dict[bool, list[int]]:
    """Of right and of wrong drafts as written: how many there are, how many could be compared
    (the table is not all open), and how many are flagged. Of one text equal drafts count once."""
    counts = {True: [0, 0, 0], False: [0, 0, 0]}
    for one in kept:
        annotation = annotations.get(question_hash(one.problem.text))
        seen: set[str] = set()
        for drawn in one.drafts if annotation is not None else ():
            if drawn.formulation is None or not drawn.is_conclusive or drawn.form in seen:
                continue
            seen.add(drawn.form)
            annotator = _Remembering(CompetitionAnnotator(annotation or {}))
            found = SlotCheck(annotator).findings(CheckContext(one.problem.text, drawn.formulation))
            tally = counts[one.is_right(drawn)]
            tally[0] += 1
            tally[1] += any(slot.role is not Role.OTHER for slot in annotator.filled)
            tally[2] += bool(found)
    return counts


@dataclass
class _Remembering:
    """An annotator that keeps what it filled last."""

    known: Annotator
    name: str = "annotators"
    filled: tuple[Slot, ...] = ()

    def fill(self, question: SlotQuestion) -> SlotTable:
        table = self.known.fill(question)
        self.filled = table.slots
        return table


def read_annotations(data: Path) -> dict[str, Raw]:
    """The annotations of NL4OPT.jsonl in DIR, by the hash of their text."""
    rows = map(json.loads, (data / "NL4OPT.jsonl").read_text("utf-8").splitlines())
    key = "nl4opt_competition_annotation"
    named = ((row["question"], row["reference"].get(key)) for row in rows)
    return {question_hash(text): found for text, found in named if found}


@click.command()
@click.option("--seed", default=0, show_default=True, help="which mistakes are drawn")
@click.option("--every", default=1, show_default=True, help="only every so many entries")
@click.option("--data", type=click.Path(path_type=Path, exists=True), help="kept drafts instead")
def main(seed: int, every: int, data: Path | None) -> None:
    """Measure slot tables on the corpus, or on kept drafts with tables that people wrote."""
    if data is None:
        click.echo(table(on_corpus(read_entries()[::every], seed)))
        return
    counts = on_kept(read_kept(data), read_annotations(data))
    for is_right, (drafts, compared, flagged) in counts.items():
        what = "right" if is_right else "wrong"
        click.echo(f"{what} drafts: {drafts}, compared {compared}, flagged {flagged}")


if __name__ == "__main__":
    main()
