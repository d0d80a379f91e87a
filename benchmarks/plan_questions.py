"""What plan questions find, measured on the corpus with readers that are no language models.

    python -m optwright.benchmarks.plan_questions --out rows.jsonl      # right models and mutants
    python -m optwright.benchmarks.plan_questions --right               # right models alone
    python -m optwright.benchmarks.plan_questions --cases tests/cases/right_models.jsonl
    python -m optwright.benchmarks.plan_questions gate                  # write the stored questions

Three readers answer: one that knows the right model (`perfect`), the same asked three plans alone
(`three`), and one just good enough to pass the gate (`edge`): wrong by chance on 5 % of the plans,
and misled with the draft on 30 % of those that the draft misreads.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import click

from optwright.agents.checks.plans.examine import State, compare
from optwright.agents.checks.plans.generate import inquiry
from optwright.agents.checks.plans.inquiry import Expected, Inquiry, Kind
from optwright.agents.checks.plans.perfect import PerfectReader
from optwright.agents.checks.plans.question import Answer, Asks, Reading, Verdict
from optwright.agents.checks.readers.gate import (
    MOST_SHARED,
    MOST_WRONG,
    GateCase,
    Known,
    case_to_json,
)
from optwright.benchmarks.corpus.entries import Entry, read_entries
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.model.formulation import Formulation

if TYPE_CHECKING:
    from optwright.benchmarks.corpus.mutants import Mutant

GATE = Path(__file__).resolve().parents[1] / "agents/checks/readers/gate.jsonl"
GATE_RIGHT, GATE_WRONG = 12, 16


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One draft: the right model of an entry (no `mistake`) or a mutant, and what each reader's
    answers come to."""

    entry: str
    mistake: str
    status: str
    perfect: State
    three: State
    edge: State
    questions: int
    solves: int
    seconds: float
    unasked: tuple[str, ...]


def examined(
    entry: Entry, draft: Formulation, mistake: str = "", status: str | None = None
) -> QuestionRow:
    """Ask about one draft of an entry; `status` is what it solves to, its entry's by default."""
    made = inquiry(entry.text, draft, entry.data)
    if not made.expected:  # it is not linear, so its best plan is needed
        best = solve(Program(draft, entry.data)).values
        made = inquiry(entry.text, draft, entry.data, best=best)
    reader = PerfectReader(entry.formulation, tables=entry.data)
    reading = reader.read(made.question) if made.expected else Reading()

    def state(asked: Inquiry, given: Reading) -> State:
        if not asked.expected:
            return State.NOT_ASKED
        return compare(asked, given, arithmetic=reader.arithmetic).state

    edge = at_the_edge(made, reading, random.Random(f"{entry.id}/{mistake}"))
    return QuestionRow(
        entry.id,
        mistake,
        status or entry.status,
        state(made, reading),
        state(made.few(3), reading),
        state(made, edge),
        len(made.expected),
        made.solves,
        made.seconds,
        made.unasked,
    )


def at_the_edge(made: Inquiry, reading: Reading, rng: random.Random) -> Reading:
    """The reading with as many errors as the gate lets pass."""
    by_plan = {answer.plan: answer for answer in reading.answers}
    answers = []
    for expected in made.expected:
        answer = by_plan[expected.plan.number]
        misread = compare(replace(made, expected=(expected,)), reading, arithmetic=1e-5).mismatches
        if misread and rng.random() < MOST_SHARED:
            answer = _as_drafted(expected)
        elif rng.random() < MOST_WRONG:
            answer = _wrong(answer)
        answers.append(answer)
    return Reading(tuple(answers), reading.sense)


def _as_drafted(expected: Expected) -> Answer:
    return Answer(expected.plan.number, expected.verdict, value=expected.value)


def _wrong(answer: Answer) -> Answer:
    if answer.value is not None:
        return replace(answer, value=1.5 * answer.value + 1)
    other = {Verdict.ALLOWED: Verdict.NOT_ALLOWED, Verdict.NOT_ALLOWED: Verdict.ALLOWED}
    return replace(answer, verdict=other.get(answer.verdict, answer.verdict))


def rows(entries: Sequence[Entry], *, mutants: bool = True, seed: int = 0) -> Iterator[QuestionRow]:
    """Every right model, then every mutant that solves to another status or optimum."""
    for entry in entries:
        yield examined(entry, entry.formulation)
    if not mutants:
        return
    from optwright.benchmarks.corpus.mutants import mutants as made

    for mutant in made(entries, seed):
        if mutant.differs:
            yield examined(mutant.of, mutant.formulation, mutant.kind.value, mutant.status)


def summary(measured: Iterable[QuestionRow]) -> str:
    """Counts by class as Markdown, and what asking costs."""
    found = list(measured)
    lines = [
        "| drafts | number | refuted | asked in part | not asked | held | held: three plans | "
        "held: reader at the gate's edge |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    kinds = dict.fromkeys(row.mistake for row in found)
    lines += [_line(kind or "right", [r for r in found if r.mistake == kind]) for kind in kinds]
    wrong = [r for r in found if r.mistake]
    for status in ("infeasible", "unbounded"):
        own = [r for r in wrong if r.status == status]
        lines += [_line(f"of these {status}", own)] if own else []
    lines.append(_line("all mutants", wrong))
    seconds = sorted(row.seconds for row in found)
    late = seconds[int(0.95 * len(seconds))]
    questions = median(row.questions for row in found)
    lines.append("")
    lines.append(
        f"{questions:g} questions and {median(r.solves for r in found):g} solves (medians); "
        f"{1e3 * median(seconds):.0f} ms, 95th percentile {1e3 * late:.0f} ms"
    )
    return "\n".join(lines)


def read_cases(path: Path) -> list[Entry]:
    """Right models with their problems, one JSON object a line."""
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [Entry(**{"family": "", "source": "", **line}) for line in lines]


def _line(name: str, found: Sequence[QuestionRow]) -> str:
    perfect = Counter(row.perfect for row in found)
    order = (State.REFUTED, State.IN_PART, State.NOT_ASKED, State.HELD)
    three = sum(row.three is State.HELD for row in found)
    edge = sum(row.edge is State.HELD for row in found)
    counts = [str(perfect[state]) for state in order]
    return f"| {name} | {len(found)} | {' | '.join(counts)} | {three} | {edge} |"


# The stored questions


def gate_cases(entries: Sequence[Entry], seed: int = 0) -> Iterator[tuple[GateCase, Entry]]:
    """Questions about right models, and about mutants that a plan refutes, no two of one entry."""
    from optwright.benchmarks.corpus.mutants import mutants as made

    rng = random.Random(seed)
    short = [e for e in entries if len(e.text) < 900 and e.optimum is not None and e.text.isascii()]
    rng.shuffle(short)
    right = ((entry, entry.formulation, "") for entry in short[:60])
    yield from _taken(right, GATE_RIGHT)
    wrong = (
        (mutant.of, mutant.formulation, mutant.kind.value)
        for entry in short[60:]
        for mutant in _one(list(made([entry], seed)), rng)
        if mutant.differs and mutant.optimum is not None
    )
    yield from _taken(wrong, GATE_WRONG)


def _one(found: list[Mutant], rng: random.Random) -> list[Mutant]:
    return [rng.choice(found)] if found else []


def _taken(
    drafts: Iterable[tuple[Entry, Formulation, str]], most: int
) -> Iterator[tuple[GateCase, Entry]]:
    taken = 0
    for entry, draft, mistake in drafts:
        if taken == most:
            return
        case = _case(entry, draft, mistake)
        if case is not None:
            taken += 1
            yield case, entry


def _case(entry: Entry, draft: Formulation, mistake: str) -> GateCase | None:
    """The stored question about a draft, if all its plans have a right answer, and a wrong draft
    misreads one of them."""
    made = inquiry(entry.text, draft, entry.data)
    reading = PerfectReader(entry.formulation, tables=entry.data).read(made.question)
    known = []
    for number, expected in enumerate(made.expected, start=1):
        answer = reading.of(expected.plan)
        truth = answer.value if expected.plan.asks is Asks.VALUE else answer.verdict
        if truth is None or truth is Verdict.CANNOT_TELL:
            return None
        said = expected.value if expected.kind is Kind.VALUE else expected.verdict
        assert said is not None
        known.append(Known(replace(expected.plan, number=number), truth, said))
    if not known or any(k.is_misread for k in known) is not bool(mistake):
        return None
    name = f"{entry.id}/{mistake}" if mistake else entry.id
    return GateCase(name, made.question, entry.formulation.objective.sense, tuple(known))


@click.group(invoke_without_command=True)
@click.option("--right", is_flag=True, help="right models alone")
@click.option("--part", default=1, help="of the entries, every which")
@click.option("--cases", type=click.Path(exists=True, path_type=Path), help="instead of the corpus")
@click.option("--out", type=click.Path(path_type=Path), help="write one line a draft")
@click.pass_context
def main(
    context: click.Context, right: bool, part: int, cases: Path | None, out: Path | None
) -> None:
    """Measure plan questions on the corpus, or on right models in a file of theirs."""
    if context.invoked_subcommand is not None:
        return
    entries = read_entries() if cases is None else read_cases(cases)
    measured = []
    for row in rows(entries[::part], mutants=not right):
        measured.append(row)
        if out is not None:
            with out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(row)) + "\n")
    click.echo(summary(measured))


@main.command("gate")
def write_gate() -> None:
    """Write the stored questions of the gate anew."""
    made = [
        json.dumps(case_to_json(case, entry.tables), ensure_ascii=False)
        for case, entry in gate_cases(read_entries())
    ]
    GATE.write_text("\n".join(made) + "\n", encoding="utf-8")
    click.echo(f"{len(made)} cases in {GATE.name}")


if __name__ == "__main__":
    main()
