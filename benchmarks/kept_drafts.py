"""Every draft that was kept of the embedded model, fed to the pipeline as a draft, without repair.

    python -m optwright.benchmarks.kept_drafts --data DIR

`results/kept_drafts.jsonl.xz` holds the replies of the measurements that version 0.1.0 published,
with the SHA-256 of each question instead of its text; the texts come from the data sets in DIR.
Nothing is asked of a model. Printed are, for each set: the first drafts that are right as written,
the problems of which some kept draft is right (the bound of any choice among them), those that are
answered right, and what is called verified; then what the proposals would have done.
"""

from __future__ import annotations

import json
import lzma
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import isclose
from pathlib import Path
from typing import Any

import click

from optwright.agents.candidates import Approach, Candidate
from optwright.agents.coder import Coder
from optwright.agents.critic import Critic
from optwright.agents.problem import Problem
from optwright.agents.repair.alternatives import Alternative, alternatives
from optwright.agents.repair.propose import propose
from optwright.agents.replies import read_formulation
from optwright.agents.verifier import Decision, Verifier
from optwright.benchmarks.packing import question_hash
from optwright.errors import ReplyError
from optwright.solvers.model.outcome import Status

KEPT = Path(__file__).parent / "results" / "kept_drafts.jsonl.xz"
_PLAN = Approach(name="as told")
_CODER = Coder()
_CRITIC = Critic()


@dataclass(frozen=True)
class Kept:
    """A problem with its label (a number, `infeasible` or `unbounded`) and the kept replies."""

    dataset: str
    label: str
    problem: Problem
    replies: tuple[str, ...]

    @cached_property
    def drafts(self) -> tuple[Candidate, ...]:
        """The replies as they were written, solved and judged."""
        return tuple(self._draft(sample, reply) for sample, reply in enumerate(self.replies))

    def _draft(self, sample: int, reply: str) -> Candidate:
        try:
            drawn = Candidate(plan=0, sample=sample, formulation=read_formulation(reply))
        except ReplyError as error:
            drawn = Candidate(plan=0, sample=sample, error=str(error))
        if drawn.formulation is not None:
            outcome = _CODER.run(self.problem, _PLAN, drawn)
            drawn = drawn.model_copy(update={"outcome": outcome})
        return drawn.model_copy(update={"findings": _CRITIC.judge(self.problem, drawn)})

    @cached_property
    def decision(self) -> Decision:
        """What the drafts come to, drawn one after the other until it is enough."""
        for drawn in range(1, len(self.drafts) + 1):
            decision = Verifier().decide(self.drafts[:drawn])
            if decision.enough:
                break
        return decision

    @property
    def proposed(self) -> tuple[Alternative, ...]:
        """What the words suggest for the draft that is answered with."""
        chosen = self.decision.candidate
        if chosen is None or chosen.formulation is None or chosen.outcome is None:
            return ()
        return alternatives(
            _CODER.program(self.problem, chosen),
            chosen.outcome,
            propose(self.problem.text, chosen.formulation, {}),
            lambda changed: _CODER.solve(_PLAN, changed),
        )

    def is_right(self, found: Candidate | Alternative | None) -> bool:
        """Whether a result is the label's, to a thousandth."""
        if found is None:
            return False
        if self.label in ("infeasible", "unbounded"):
            return found.status.value.startswith(self.label)
        if found.status is not Status.OPTIMAL or found.objective is None:
            return False
        return isclose(found.objective, float(self.label), rel_tol=1e-3, abs_tol=1e-3)


def read_kept(data: Path) -> Iterator[Kept]:
    """The kept problems whose texts are in the data sets of a folder, those with a label."""
    texts: dict[str, str] = {}
    for path in sorted(data.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            question = json.loads(line).get("question")
            if question:
                texts.setdefault(question_hash(question), question)
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    with lzma.open(KEPT, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            groups.setdefault((row["set"], row["task"]), []).append(row)
    for (dataset, _), rows in groups.items():
        text = texts.get(rows[0]["question_sha256"])
        if text is not None and rows[0]["label"] is not None:
            replies = tuple(row["reply"] for row in rows)
            yield Kept(dataset, rows[0]["label"], Problem(text), replies)


def _table(kept: list[Kept]) -> Iterator[str]:
    head = ("set", "problems", "drafts", "first right", "some right", "answered right", "verified",
            "right")  # fmt: skip
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for name in dict.fromkeys(k.dataset for k in kept):
        own = [k for k in kept if k.dataset == name]
        verified = [k for k in own if k.decision.verified]
        figures = (
            len(own),
            sum(len(k.drafts) for k in own),
            sum(k.is_right(k.drafts[0]) for k in own),
            sum(any(map(k.is_right, k.drafts)) for k in own),
            sum(k.is_right(k.decision.candidate) for k in own),
            len(verified),
            sum(k.is_right(k.decision.candidate) for k in verified),
        )
        yield f"| {name} | {' | '.join(map(str, figures))} |"


def _proposals(kept: list[Kept]) -> Iterator[str]:
    yield "| rule | answer was | changes it | to the label |"
    yield "| --- | --- | --- | --- |"
    counts: Counter[tuple[str, str]] = Counter()
    helped: Counter[tuple[str, str]] = Counter()
    for k in kept:
        was = "right" if k.is_right(k.decision.candidate) else "wrong"
        for alternative in k.proposed:
            if alternative.moves:
                counts[alternative.rule, was] += 1
                helped[alternative.rule, was] += k.is_right(alternative)
    for (rule, was), count in sorted(counts.items()):
        yield f"| {rule} | {was} | {count} | {helped[rule, was]} |"


@click.command()
@click.option("--data", required=True, type=click.Path(path_type=Path, exists=True))
def main(data: Path) -> None:
    """Print what the kept drafts come to."""
    kept = list(read_kept(data))
    click.echo("\n".join([*_table(kept), "", *_proposals(kept)]))


if __name__ == "__main__":
    main()
