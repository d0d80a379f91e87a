"""What a measurement adds up to, as JSON: the same bytes whenever the same replies are replayed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from optwright.benchmarks.intervals import Share, share
from optwright.benchmarks.record import Record
from optwright.benchmarks.samples import majority, pass_at
from optwright.benchmarks.scoring import HEADLINE, RULES
from optwright.benchmarks.store import Run, TaskShown
from optwright.benchmarks.system import Claim, Stage

RIGHT = "right"
NO_LABEL = "no usable label"


def summary(run: Run) -> dict[str, Any]:
    """Accuracy by every rule with its interval, costs, kinds of failure, and a row per problem.

    Accuracy counts the first attempt at each problem; of several attempts, `pass_at` and
    `majority` tell more. Problems without a usable label are left out of it, not of the costs.
    """
    firsts = first_attempts(run)
    samples = min(Counter(r.task for r in run.records).values(), default=0)
    return {
        **run.setup.model_dump(mode="json"),
        "problems": len(firsts),
        "missing": len(run.tasks) - len(firsts),
        "samples": samples,
        "accuracy": {rule: _share(accuracy(firsts, rule)) for rule in RULES},
        "agreed": {
            rule: _share(accuracy((r for r in firsts if "agreed" in r.flags), rule))
            for rule in ("strict", HEADLINE)
        },
        "lp_milp": {
            "problems": sum("lp_milp" in r.flags for r in firsts),
            "answered_the_other_way": sum("other_reading" in r.flags for r in firsts),
        },
        "verified": _verified(firsts),
        **(_several(run, samples) if samples > 1 else {}),
        "cost": cost(run),
        "endings": dict(sorted(Counter(map(ending, firsts)).items())),
        "rows": [_row(task, record) for task, record in pairs(run)],
        "facts": dict(sorted(run.facts.items())),
    }


def to_json(run: Run) -> str:
    """`summary.json`, to the byte."""
    return json.dumps(summary(run), indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def first_attempts(run: Run) -> list[Record]:
    """The record of sample 0 of each problem that was tried, in order."""
    return [record for record in run.records if record.sample == 0]


def pairs(run: Run) -> list[tuple[TaskShown, Record]]:
    """Each problem that was tried with its first attempt, in order."""
    tasks = {task.id: task for task in run.tasks}
    return [(tasks[record.task], record) for record in first_attempts(run)]


def accuracy(records: Iterable[Record], rule: str = HEADLINE) -> Share:
    """Right answers by a rule, among records with a usable label."""
    scored = [record.scores[rule] for record in records if rule in record.scores]
    return share(sum(scored), len(scored))


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
    return "wrong, and flagged" if attempt.failed_at else "wrong"


def cost(run: Run) -> dict[str, Any]:
    """What all attempts cost when they were paid for, in all, a problem, and a right answer."""
    records = run.records
    tokens = sum(record.cost.tokens for record in records)
    known = [record.cost.cost_usd for record in records if record.cost.cost_usd is not None]
    right = sum(record.scores.get(HEADLINE, False) for record in records)
    problems = max(1, len(records))
    completion = sum(record.cost.completion_tokens for record in records)
    seconds = sum(record.cost.seconds for record in records)
    calls = sum(record.cost.calls for record in records)
    return {
        "calls": calls,
        "prompt_tokens": tokens - completion,
        "completion_tokens": completion,
        "tokens": tokens,
        "seconds": round(seconds, 1),
        "cost_usd": round(sum(known), 6) if known else None,
        "calls_a_problem": round(calls / problems, 2),
        "tokens_a_problem": round(tokens / problems, 1),
        "completion_tokens_a_problem": round(completion / problems, 1),
        "seconds_a_problem": round(seconds / problems, 1),
        "tokens_a_right_answer": round(tokens / right, 1) if right else None,
    }


def _share(found: Share) -> dict[str, Any]:
    return {
        "right": found.right,
        "of": found.of,
        "share": round(found.share, 4),
        "low": round(found.low, 4),
        "high": round(found.high, 4),
    }


def _verified(records: Sequence[Record]) -> dict[str, int]:
    """How many answers the system stands behind, and how many of those are right."""
    verified = [record for record in records if record.attempt.verified]
    scored = [record for record in verified if HEADLINE in record.scores]
    return {
        "answers": len(verified),
        "with_label": len(scored),
        "right": sum(record.scores[HEADLINE] for record in scored),
    }


def _several(run: Run, samples: int) -> dict[str, Any]:
    """Of several attempts at a problem: the chance that one of k is right, and what most say."""
    of_task: dict[str, list[Record]] = {}
    for record in run.records:
        if HEADLINE in record.scores:
            of_task.setdefault(record.task, []).append(record)
    tried = [records for records in of_task.values() if len(records) >= samples]
    if not tried:
        return {}
    chosen = [majority(records) for records in tried]
    voted = sum(record is not None and record.scores[HEADLINE] for record in chosen)
    return {
        "pass_at": {
            str(k): round(sum(pass_at(k, r, HEADLINE) for r in tried) / len(tried), 4)
            for k in range(1, samples + 1)
        },
        "majority": _share(share(voted, len(tried))),
    }


def _row(task: TaskShown, record: Record) -> dict[str, Any]:
    attempt = record.attempt
    return {
        "task": task.id,
        "label": task.label,
        "status": attempt.status.value,
        "objective": attempt.objective,
        "verified": attempt.verified,
        "ending": ending(record),
        "failed_at": attempt.failed_at.value if attempt.failed_at else None,
        "right": record.scores,
        "flags": list(record.flags),
        "calls": record.cost.calls,
        "tokens": record.cost.tokens,
        "seconds": record.cost.seconds,
    }
