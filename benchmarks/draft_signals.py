"""What is known of each kept draft of the embedded model: what plans of it say, and agreement.

    python -m optwright.benchmarks.draft_signals --data DIR --out drafts.jsonl \
        --answers answers.jsonl

Nothing is asked of a model. Who reads a draft's plans is a right draft of the same problem, whose
decisions are matched by name; a draft without one is left out of what the questions catch, and
stays in what agreement is worth. `calibration` fits confidence to the rows written here.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from optwright.agents.candidates import Candidate
from optwright.agents.checks.confidence import Signals
from optwright.agents.checks.equivalence import names_between
from optwright.agents.checks.plans.examine import State, compare
from optwright.agents.checks.plans.generate import inquiry
from optwright.agents.checks.plans.inquiry import Inquiry
from optwright.agents.checks.plans.perfect import PerfectReader
from optwright.agents.checks.plans.question import Reading
from optwright.agents.verifier import NOBODY_ASKED, Verifier, signals
from optwright.benchmarks.kept_drafts import Kept, read_kept
from optwright.benchmarks.plan_questions import at_the_edge


@dataclass(frozen=True, slots=True)
class States:
    """What a reader's answers come to: one without errors, the same asked three plans, and one at
    the edge of the gate; None where no right draft is there to read by."""

    perfect: State | None = None
    three: State | None = None
    edge: State | None = None
    questions: int = 0
    solves: int = 0
    seconds: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One distinct draft of a problem."""

    dataset: str
    problem: str
    form: str
    is_right: bool
    is_clean: bool
    status: str
    states: States


@dataclass(frozen=True, slots=True)
class Answered:
    """What a problem would be answered with after so many drafts; `last` where no other is wanted
    or there is none. `form` is None without an answer."""

    dataset: str
    problem: str
    drafts: int
    last: bool
    form: str | None = None
    is_right: bool = False
    verified: bool = False
    signals: Signals | None = None


def rows(kept: Kept, name: str) -> Iterator[DraftRow]:
    """The distinct drafts of a problem that were solved."""
    right = [d for d in kept.drafts if kept.is_right(d) and d.formulation is not None]
    seen: set[str] = set()
    for draft in kept.drafts:
        if draft.formulation is None or not draft.is_conclusive or draft.form_key in seen:
            continue
        seen.add(draft.form_key)
        yield DraftRow(
            kept.dataset,
            name,
            draft.form_key,
            kept.is_right(draft),
            draft.is_clean,
            draft.status.value,
            _read(kept, draft, right),
        )


def answers(kept: Kept, name: str) -> Iterator[Answered]:
    """What a problem would be answered with after each draft, until it is enough."""
    for count in range(1, len(kept.drafts) + 1):
        drawn = kept.drafts[:count]
        decision = Verifier().decide(drawn)
        chosen = decision.candidate
        last = decision.enough or count == len(kept.drafts)
        if chosen is None or not chosen.is_conclusive:
            yield Answered(kept.dataset, name, count, last)
        else:
            known = signals(chosen, drawn, NOBODY_ASKED)
            right = kept.is_right(chosen)
            yield Answered(
                kept.dataset, name, count, last, chosen.form_key, right, decision.verified, known
            )
        if last:
            return


def _read(kept: Kept, draft: Candidate, right: Sequence[Candidate]) -> States:
    """The plans as a right draft reads them: another one than the draft itself, if there is one."""
    assert draft.formulation is not None
    others = [d for d in right if d.form_key != draft.form_key] or right
    for other in others:
        assert other.formulation is not None
        names = names_between(draft.formulation, other.formulation)
        if names is None:
            continue
        best = draft.outcome.values if draft.outcome else {}
        made = inquiry(kept.problem.text, draft.formulation, best=best)
        if not made.expected:
            return States(State.NOT_ASKED, State.NOT_ASKED, State.NOT_ASKED,
                          why="; ".join(made.unasked))  # fmt: skip
        reading = PerfectReader(other.formulation, names).read(made.question)
        return _states(made, reading, random.Random(f"{kept.dataset}/{draft.form_key}"))
    return States()


def _states(made: Inquiry, reading: Reading, rng: random.Random) -> States:
    examined = compare(made, reading, arithmetic=1e-5)
    said = [m.text for m in examined.mismatches] or list(examined.unanswered)
    return States(
        examined.state,
        compare(made.few(3), reading, arithmetic=1e-5).state,
        compare(made, at_the_edge(made, reading, rng), arithmetic=1e-5).state,
        len(made.expected),
        made.solves,
        made.seconds,
        said[0] if said else "",
    )


def summary(found: Sequence[DraftRow]) -> str:
    """What the questions catch, as Markdown."""
    lines = [
        "| drafts | number | with a right draft | refuted | asked in part | not asked | held | "
        "held: three plans | held: reader at the gate's edge |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    order = (State.REFUTED, State.IN_PART, State.NOT_ASKED, State.HELD)
    for right in (True, False):
        own = [r for r in found if r.is_right is right]
        read = [r.states for r in own if r.states.perfect is not None]
        states = Counter(s.perfect for s in read)
        counts = " | ".join(str(states[s]) for s in order)
        three = sum(s.three is State.HELD for s in read)
        edge = sum(s.edge is State.HELD for s in read)
        name = "right by the label" if right else "wrong"
        lines.append(f"| {name} | {len(own)} | {len(read)} | {counts} | {three} | {edge} |")
    return "\n".join(lines)


@click.command()
@click.option("--data", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="write one line a draft")
@click.option("--answers", "to", type=click.Path(path_type=Path), help="write one line an answer")
def main(data: Path, out: Path | None, to: Path | None) -> None:
    """Measure plan questions and agreement on the kept drafts."""
    kept = [(k, f"{k.dataset} {number}") for number, k in enumerate(read_kept(data))]
    if to is not None:
        given = [a for k, name in kept for a in answers(k, name)]
        to.write_text("".join(f"{_line(a)}\n" for a in given), encoding="utf-8")
    found = [row for k, name in kept for row in rows(k, name)]
    if out is not None:
        out.write_text("".join(f"{_line(r)}\n" for r in found), encoding="utf-8")
    click.echo(summary(found))


def _line(row: DraftRow | Answered) -> str:
    return json.dumps(asdict(row), default=lambda model: model.model_dump())


if __name__ == "__main__":
    main()
