"""How well a reader tells right drafts from wrong ones by plans of them, on rows of data sets.

    python -m optwright.benchmarks.plan_readers ask REPLIES... --data DIR --out QUESTIONS --key FILE
    python -m optwright.benchmarks.plan_readers score QUESTIONS --key FILE --reader ann --reader ben

A file of replies is called `SET.jsonl` or `SET.anything.jsonl`; each line has the `id` of a row and
a `reply` that drafts a model of it. Of each row whose draft comes to the label, `ask` takes by a
coin the draft itself or one mutant of it with another answer (`corpus/mutants.py`, the nine classes
in turn), makes the plan questions as a solve does, and writes what a reader is sent, and nothing
else, to `part1.jsonl`, ... A reader answers each line by a line of `part1.NAME.jsonl`: the `id`,
and what a model is asked to reply. What the drafts are stands in the key, which no reader may see.

`score` hands the answers to the reader of plans as a model's replies, quotes and all, and lets the
verifier decide over each draft.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel, ConfigDict

from optwright.agents.candidates import Candidate
from optwright.agents.checks.plan_check import PlanCheck, judged
from optwright.agents.checks.plans.examine import State
from optwright.agents.checks.plans.generate import inquiry
from optwright.agents.checks.plans.inquiry import Expected, Inquiry
from optwright.agents.checks.plans.question import FAULTLESS, Question
from optwright.agents.checks.readers import wording
from optwright.agents.checks.readers.model import ModelReader
from optwright.agents.critic import Critic
from optwright.agents.problem import Problem
from optwright.agents.verifier import Verifier
from optwright.benchmarks.corpus.entries import Entry
from optwright.benchmarks.corpus.mistakes import Kind
from optwright.benchmarks.corpus.mutants import differing
from optwright.benchmarks.datasets.row import read_row
from optwright.benchmarks.scoring import rounded
from optwright.benchmarks.task import Task
from optwright.benchmarks.totals import Share
from optwright.errors import InputError, OptwrightError
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.registry import open_solver
from optwright.solvers.data.table import Table
from optwright.solvers.data.tables import load
from optwright.solvers.model.formulation import Formulation, Sense
from optwright.solvers.model.outcome import Outcome, SolveOptions, Status
from optwright.testing import ScriptedModel

SOLVING = SolveOptions(time_limit_s=20.0)
SHOWN_MISMATCHES = 3


@dataclass(frozen=True)
class RowEntry(Entry):
    """A row with a right reply, as the makers of mutants want it; its tables are read already."""

    read: Mapping[str, Table] = field(default_factory=dict)

    @property
    def data(self) -> dict[str, Table]:
        return dict(self.read)


class Asked(BaseModel):
    """One line of the key: a draft, and the plan questions about it. `mistake` is the class of a
    mutant, empty for a right draft."""

    model_config = ConfigDict(frozen=True)

    id: str
    row: str
    mistake: str
    change: str
    candidate: Candidate
    told: str
    sense: Sense
    expected: tuple[Expected, ...]
    unasked: tuple[str, ...]

    @property
    def inquiry(self) -> Inquiry:
        """The questions, the tables in the text as a reader sees them."""
        plans = tuple(e.plan for e in self.expected)
        return Inquiry(Question(self.told, {}, (), plans), self.sense, self.expected, self.unasked)


@dataclass(frozen=True)
class Judged:
    """What became of one draft: what the plans came to, and whether it is verified."""

    asked: Asked
    check: PlanCheck
    verified: bool


@click.group()
def main() -> None:
    """Measure readers of plans on rows of data sets."""


@main.command()
@click.argument("replies", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--data", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of questions.")
@click.option("--key", required=True, type=click.Path(path_type=Path), help="Which draft is what.")
@click.option("--seed", default=0, show_default=True)
@click.option("--part", "size", default=25, show_default=True, help="Questions a file.")
@click.option("--seconds", default=3.0, show_default=True, help="Of solving for one question.")
def ask(  # noqa: PLR0917  (click passes them by name)
    replies: tuple[Path, ...],
    data: Path,
    out: Path,
    key: Path,
    seed: int,
    size: int,
    seconds: float,
) -> None:
    """Write questions about right drafts and mutants."""
    entries = [entry for path in replies for entry in right_entries(path, data)]
    random.Random(seed).shuffle(entries)
    out.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    with key.open("w", encoding="utf-8") as file:
        for asked, request in questions(entries, seed, seconds):
            file.write(asked.model_dump_json() + "\n")
            lines += [request] if request else []
    for number, start in enumerate(range(0, len(lines), size), start=1):
        part = lines[start : start + size]
        (out / f"part{number}.jsonl").write_text("".join(part), encoding="utf-8")
    click.echo(f"{len(entries)} rows with a right draft, {len(lines)} of them in {out.name}")


def right_entries(path: Path, data: Path) -> Iterator[RowEntry]:
    """The rows of a file of replies whose draft comes to the row's label."""
    name = path.name.partition(".")[0]
    rows = {str(raw["id"]): raw for raw in _lines(data / f"{name}.jsonl")}
    for line in _lines(path):
        reply = line["reply"]
        reply = json.loads(reply) if isinstance(reply, str) else reply
        entry = _entry(name, rows[str(line["id"])], reply)
        if entry is not None:
            yield entry


def _entry(dataset: str, raw: Mapping[str, Any], reply: Mapping[str, Any]) -> RowEntry | None:
    """The row with its draft solved; None where that cannot be read, or does not come to the
    label."""
    row = read_row(raw)
    try:
        with tempfile.TemporaryDirectory() as folder:
            task = row.task(dataset, Path(folder))
            tables = load(list(task.files))
        text = row.question + "\n"
        entry = RowEntry(row.id, dataset, dataset, text, {}, reply, "", None, read=tables)
        outcome = _solved(entry.formulation, entry.data)
    except OptwrightError as error:
        click.echo(f"{row.id}: {error}", err=True)
        return None
    if not _is_right(outcome, task):
        return None
    status, optimum = outcome.status.value, outcome.objective
    return RowEntry(row.id, dataset, dataset, text, {}, reply, status, optimum, read=tables)


def _is_right(outcome: Outcome, task: Task) -> bool:
    if isinstance(task.label, str):
        return outcome.status.value == task.label
    if outcome.status is not Status.OPTIMAL or outcome.objective is None or task.label is None:
        return False
    return rounded(outcome.objective, task.label, task)


def questions(
    entries: Sequence[RowEntry], seed: int, seconds: float
) -> Iterator[tuple[Asked, str]]:
    """One draft of each entry, with the line that a reader gets; an empty one where there is
    nothing to ask or the reader may not see enough to judge."""
    made: Counter[Kind] = Counter()
    for entry in entries:
        rng = random.Random(f"{seed}/{entry.id}")
        draft, mistake, change = entry.formulation, "", ""
        if rng.random() < 0.5:
            order = sorted(rng.sample(list(Kind), len(Kind)), key=made.__getitem__)
            found = (differing(entry, kind, rng) for kind in order)
            mutant = next((m for m in found if m is not None), None)
            if mutant is None:
                continue  # no mistake in it changes the answer
            made[mutant.kind] += 1
            draft, mistake, change = mutant.formulation, mutant.kind.value, mutant.change
        name = sha256(f"{seed}/{entry.id}/{mistake}".encode()).hexdigest()[:8]
        asked, request = _asked(name, entry, draft, seconds)
        yield asked.model_copy(update={"mistake": mistake, "change": change}), request


def _asked(name: str, entry: RowEntry, draft: Formulation, seconds: float) -> tuple[Asked, str]:
    problem = Problem(entry.text, entry.data)
    outcome = _solved(draft, entry.data)
    candidate = Candidate(plan=0, sample=0, formulation=draft, outcome=outcome)
    findings = Critic().judge(problem, candidate)
    made = inquiry(problem.text, draft, problem.tables, best=outcome.values, seconds=seconds)
    reader = ModelReader(ScriptedModel())
    blind = reader.blind_to(made.question)
    asked = Asked(
        id=name,
        row=entry.id,
        mistake="",
        change="",
        candidate=candidate.model_copy(update={"findings": findings}),
        told=wording.problem(made.question),
        sense=made.sense,
        expected=() if blind else made.expected,
        unasked=(*made.unasked, *([blind] if blind else [])),
    )
    if not asked.expected:
        return asked, ""
    system, user = reader.request(made.question).messages
    line = {"id": name, "system": system.content, "user": user.content}
    return asked, json.dumps(line, ensure_ascii=False) + "\n"


def _solved(formulation: Formulation, tables: Mapping[str, Table]) -> Outcome:
    return open_solver("auto").solve(Program(formulation, tables), SOLVING).plain()


@main.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.option("--key", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--reader", "readers", multiple=True, required=True, metavar="NAME",
              help="Whose answers lie in part*.NAME.jsonl. Repeatable.")  # fmt: skip
@click.option("--mismatches", is_flag=True, help="Show what was judged otherwise, with the key.")
def score(folder: Path, key: Path, readers: tuple[str, ...], mismatches: bool) -> None:
    """Say which drafts were verified and which were refuted."""
    drafts = [Asked.model_validate(line) for line in _lines(key)]
    alone = {name: [verdict(d, answers(folder, name)) for d in drafts] for name in readers}
    rows = dict(alone)
    if len(readers) > 1:
        rows["all of them"] = [together(of_one) for of_one in zip(*alone.values(), strict=True)]
    click.echo(table(rows))
    for name, found in rows.items():
        click.echo(f"\n{name}, by class\n\n{by_class(found)}")
    if mismatches:
        for name, found in alone.items():
            click.echo("\n".join(["", *told(name, found)]))


def answers(folder: Path, reader: str) -> dict[str, str]:
    """A reader's replies by question. `InputError` where there are none."""
    paths = sorted(folder.glob(f"part*.{reader}.jsonl"))
    if not paths:
        raise InputError(f"nobody called {reader!r} has answered in {str(folder)!r}")
    return {line["id"]: json.dumps(line) for path in paths for line in _lines(path)}


def verdict(asked: Asked, replies: Mapping[str, str]) -> Judged:
    """A draft after a reply about its plans; without one nobody was asked."""
    check = PlanCheck(unanswered=asked.unasked, form=asked.candidate.form_key)
    if asked.id in replies and asked.expected:
        model = ScriptedModel(replies[asked.id])
        reader = ModelReader(model, reliability=FAULTLESS)
        check = judged(asked.inquiry, reader, form=asked.candidate.form_key)
    decision = Verifier().decide([asked.candidate], [check])
    return Judged(asked, check, decision.verified)


def together(of_one: Sequence[Judged]) -> Judged:
    """What several readers say of one draft: it is verified if each of them verifies it, and
    refuted if one of them refutes it."""
    refuted = next((j for j in of_one if j.check.refutes), None)
    verified = all(j.verified for j in of_one)
    least = next((j for j in of_one if not j.verified), of_one[0])
    chosen = refuted or least
    return Judged(chosen.asked, chosen.check, verified)


def table(rows: Mapping[str, Sequence[Judged]]) -> str:
    """Each reader's line: right drafts and mutants verified and refuted; coverage and precision of
    what is verified."""
    lines = ["| reader | right drafts | verified | refuted | in part | not asked | mutants | "
             "verified | refuted | in part | not asked | verified in all | of these right (95 %) |",
             f"|{' --- |' * 13}"]  # fmt: skip
    for name, found in rows.items():
        right = [j for j in found if not j.asked.mistake]
        wrong = [j for j in found if j.asked.mistake]
        counts = " | ".join(map(str, (*_counts(right), *_counts(wrong))))
        verified = [j for j in found if j.verified]
        precision = Share(sum(not j.asked.mistake for j in verified), len(verified))
        lines.append(f"| {name} | {counts} | {Share(len(verified), len(found))} | {precision} |")
    return "\n".join(lines)


def _counts(found: Sequence[Judged]) -> tuple[int, ...]:
    """All, verified, refuted, asked in part (what holds and is not believed among it), not
    asked."""
    verified = sum(j.verified for j in found)
    refuted = sum(j.check.refutes for j in found)
    unasked = sum(j.check.state is State.NOT_ASKED for j in found)
    return len(found), verified, refuted, len(found) - verified - refuted - unasked, unasked


def by_class(found: Sequence[Judged]) -> str:
    """Mutants by the mistake in them."""
    lines = ["| mistake | mutants | verified | refuted | in part | not asked |", f"|{' --- |' * 6}"]
    for kind in Kind:
        own = [j for j in found if j.asked.mistake == kind.value]
        lines.append(f"| {kind} | {' | '.join(map(str, _counts(own)))} |")
    return "\n".join(lines)


def told(reader: str, found: Iterable[Judged]) -> Iterator[str]:
    """What a reader judged otherwise than a right draft, and mutants that it did not refute."""
    for judged_one in found:
        asked, check = judged_one.asked, judged_one.check
        if bool(asked.mistake) is not check.refutes:
            why = check.mismatches if check.refutes else check.unanswered
            what = f"{asked.mistake}: {asked.change}" if asked.mistake else "right"
            yield f"{reader} {asked.id} {asked.row} ({what}): {check.state}"
            yield from (f"    {text}" for text in why[:SHOWN_MISMATCHES])


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


if __name__ == "__main__":
    main()
