"""What a measurement adds up to, as JSON: the same bytes whenever the same replies are replayed."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from optwright.benchmarks.record import Record
from optwright.benchmarks.scoring import HEADLINE
from optwright.benchmarks.store import StoredRun, TaskShown
from optwright.benchmarks.system import Claim, Stage
from optwright.benchmarks.totals import totals

RIGHT = "right"
NO_LABEL = "no usable label"


def summary(run: StoredRun) -> dict[str, Any]:
    """The totals, what a right answer cost, how attempts ended, and a row for each of them."""
    return {
        "setup": run.setup.model_dump(mode="json"),
        "facts": dict(sorted(run.facts.items())),
        **totals(run),
        "tokens_a_right_answer": tokens_a_right_answer(run),
        "endings": dict(sorted(endings(run).items())),
        "rows": [_row(task, record) for task, record in pairs(run)],
    }


def to_json(run: StoredRun) -> str:
    """`summary.json`, to the byte."""
    return json.dumps(summary(run), indent=1, allow_nan=False) + "\n"


def pairs(run: StoredRun) -> list[tuple[TaskShown, Record]]:
    """Each attempt with its problem, in order."""
    tasks = {task.id: task for task in run.tasks}
    return [(tasks[record.task], record) for record in run.records]


def endings(run: StoredRun) -> Counter[str]:
    """How many attempts ended how."""
    return Counter(map(ending, run.records))


def ending(record: Record) -> str:
    """How an attempt ended, in the words that reports count."""
    if HEADLINE not in record.scores:
        return NO_LABEL
    if record.scores[HEADLINE]:
        return RIGHT
    attempt = record.attempt
    if attempt.status is Claim.NONE:
        return f"no answer: {(attempt.failed_at or Stage.CODE).value}"
    if attempt.verified:
        return "wrong and verified"
    return "wrong and flagged" if attempt.failed_at else "wrong"


def tokens_a_right_answer(run: StoredRun) -> float | None:
    """All tokens that were read and written, over the right answers."""
    right = sum(record.scores.get(HEADLINE, False) for record in run.records)
    return round(sum(r.cost.tokens for r in run.records) / right, 1) if right else None


def _row(task: TaskShown, record: Record) -> dict[str, Any]:
    attempt = record.attempt
    return {
        "task": task.id,
        "sample": record.sample,
        "label": task.label,
        "status": attempt.status.value,
        "objective": attempt.objective,
        "verified": attempt.verified,
        "ending": ending(record),
        "failed_at": attempt.failed_at.value if attempt.failed_at else None,
        "scores": record.scores,
        "flags": list(record.flags),
        "calls": record.cost.calls,
        "tokens": record.cost.tokens,
        "seconds": record.cost.seconds,
        "cost_usd": record.cost.cost_usd,
        "why": attempt.why,
        "evidence": list(attempt.evidence),
    }
