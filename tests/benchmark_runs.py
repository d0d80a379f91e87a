"""Measurements made up for tests of reports."""

from __future__ import annotations

from collections.abc import Sequence

from optwright.benchmarks.record import Call, Cost, Record
from optwright.benchmarks.store import Setup, StoredRun, TaskShown
from optwright.benchmarks.system import Attempt, Claim, Stage

LABEL = 30.0


def attempt(*, right: bool, verified: bool = False) -> Attempt:
    return Attempt(
        status=Claim.OPTIMAL,
        objective=LABEL if right else LABEL + 7,
        verified=verified,
        code="model = pyo.ConcreteModel()",
        formulation={"objective": "3 chairs"},
        evidence=("highs: optimal",),
        trace=({"step": "draft 1", "said": "optimal", "code": "model = 1"},),
    )


def record(
    task: str, system: str, answer: Attempt, *, sample: int = 0, tokens: int = 1000
) -> Record:
    is_right = answer.objective == LABEL
    return Record(
        task=task,
        sample=sample,
        system=system,
        attempt=answer,
        cost=Cost(calls=2, prompt_tokens=tokens - 100, completion_tokens=100, seconds=12.5),
        calls=(Call(role="coder", asked="Write it.", replied="```python\nmodel = 1\n```"),),
        scores={"strict": is_right, "rounded": is_right, "sirl": is_right},
        flags=("agreed",),
    )


def run(
    system: str,
    answers: Sequence[bool | None],
    *,
    dataset: str = "chairs",
    question: str = "How many chairs earn the most?",
    tokens: int = 1000,
    model: str = "local",
    before: int = 0,
) -> StoredRun:
    """A run of a system: right, wrong, or (None) without an answer, one problem each, `before`
    problems of the data set left out."""
    nothing = Attempt(failed_at=Stage.CODE, why="The program fails.")
    ids = [f"{dataset}-{number}" for number in range(before, before + len(answers))]
    return StoredRun(
        Setup(
            dataset=dataset,
            system=system,
            model=model,
            rule="sirl",
            budget="tokens=20000",
            skip=before,
        ),
        {"commit": "abc1234"},
        tuple(TaskShown(i, place, question, LABEL) for place, i in enumerate(ids, start=before)),
        tuple(
            record(i, system, nothing if right is None else attempt(right=right), tokens=tokens)
            for i, right in zip(ids, answers, strict=True)
        ),
    )
