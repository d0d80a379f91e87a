"""What is known of each kept draft of the embedded model: what plans of it say, and agreement.

    python -m optwright.benchmarks.draft_signals --data DIR --out drafts.jsonl

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

from optwright.agents.candidates import Candidate, independent, supporters
from optwright.agents.checks.equivalence import names_between
from optwright.agents.checks.plans.examine import State, compare
from optwright.agents.checks.plans.generate import inquiry
from optwright.agents.checks.plans.inquiry import Inquiry
from optwright.agents.checks.plans.perfect import PerfectReader
from optwright.agents.checks.plans.question import Reading
from optwright.agents.verifier import Verifier
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
class Row:
    """One distinct draft of a problem. `answered` is true of the one that the problem is answered
    with, when `drawn` forms were drawn and `forms` of them came to its result."""

    dataset: str
    problem: str
    is_right: bool
    is_clean: bool
    status: str
    answered: bool
    forms: int
    drawn: int
    states: States


def rows(kept: Kept, number: int) -> Iterator[Row]:
    """The distinct drafts of a problem that were solved."""
    drawn = _drawn(kept)
    chosen = Verifier().decide(drawn).candidate
    right = [d for d in kept.drafts if kept.is_right(d) and d.formulation is not None]
    seen: set[str] = set()
    for draft in kept.drafts:
        if draft.formulation is None or not draft.is_conclusive or draft.form_key in seen:
            continue
        seen.add(draft.form_key)
        is_answer = chosen is not None and draft.form_key == chosen.form_key
        among = drawn if is_answer else kept.drafts
        yield Row(
            kept.dataset,
            f"{kept.dataset} {number}",
            kept.is_right(draft),
            draft.is_clean,
            draft.status.value,
            is_answer,
            independent(supporters(draft, among)),
            independent(among),
            _read(kept, draft, right),
        )


def _drawn(kept: Kept) -> tuple[Candidate, ...]:
    """The drafts until it was enough."""
    for count in range(1, len(kept.drafts) + 1):
        drawn = kept.drafts[:count]
        if Verifier().decide(drawn).enough:
            return drawn
    return kept.drafts


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


def summary(found: Sequence[Row]) -> str:
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
def main(data: Path, out: Path | None) -> None:
    """Measure plan questions and agreement on the kept drafts."""
    found = [row for number, kept in enumerate(read_kept(data)) for row in rows(kept, number)]
    if out is not None:
        out.write_text("".join(json.dumps(asdict(r)) + "\n" for r in found), encoding="utf-8")
    click.echo(summary(found))


if __name__ == "__main__":
    main()
