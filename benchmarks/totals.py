"""What a measurement adds up to, for the terminal; `report` draws the pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

from optwright.benchmarks.record import Record
from optwright.benchmarks.samples import majority, pass_at
from optwright.benchmarks.scoring import HEADLINE
from optwright.benchmarks.store import StoredRun

_Z = 1.959963984540054  # two-sided 95 %
_LINE = 160


@dataclass(frozen=True)
class Share:
    """`right` of `scored` attempts, with a 95 % interval by Wilson's score.

    `problems` is how many problems they were made at, by default as many: several samples of one
    problem are no independent evidence, and an interval counts them as one."""

    right: int
    scored: int
    problems: int = -1

    def __post_init__(self) -> None:
        if self.problems < 0:
            object.__setattr__(self, "problems", self.scored)

    @property
    def value(self) -> float | None:
        return self.right / self.scored if self.scored else None

    @property
    def interval(self) -> tuple[float, float]:
        if not self.scored:
            return 0.0, 1.0
        p, n = self.right / self.scored, self.problems
        center = p + _Z * _Z / (2 * n)
        spread = _Z * sqrt(p * (1 - p) / n + _Z * _Z / (4 * n * n))
        scale = 1 + _Z * _Z / n
        # All or none are right: the end is exact, and floats must not say otherwise.
        low = 0.0 if self.right == 0 else (center - spread) / scale
        high = 1.0 if self.right == self.scored else (center + spread) / scale
        return low, high

    def __str__(self) -> str:
        if self.value is None:
            return "none scored"
        low, high = (100 * end for end in self.interval)
        return f"{self.right} of {self.scored} ({100 * self.value:.1f} %, {low:.0f} to {high:.0f})"


def share(records: tuple[Record, ...], rule: str) -> Share:
    """How many of the records with a label are right by a rule."""
    scored = [r for r in records if rule in r.scores]
    return Share(sum(r.scores[rule] for r in scored), len(scored), len({r.task for r in scored}))


def totals(run: StoredRun) -> dict[str, Any]:
    """Sums of a measurement as JSON; the same for the same records."""
    records = run.records
    rules = {name: share(records, name) for name in _rules(records)}
    found: dict[str, Any] = {
        "dataset": run.setup.dataset,
        "measured_on": run.measured_on,
        "system": run.setup.system,
        "model": run.setup.model,
        "tasks": len(run.tasks),
        "attempts": len(records),
        "accuracy": {
            name: {**asdict(s), "share": s.value, "interval": list(s.interval)}
            for name, s in rules.items()
        },
        "agreed_labels": asdict(share(tuple(r for r in records if "agreed" in r.flags), HEADLINE)),
        "verified": sum(r.attempt.verified for r in records),
        "verified_right": sum(r.attempt.verified and _right(r) for r in records),
        "failed_at": _failures(records),
        "calls": sum(r.cost.calls for r in records),
        "prompt_tokens": sum(r.cost.prompt_tokens for r in records),
        "completion_tokens": sum(r.cost.completion_tokens for r in records),
        "paid_seconds": round(sum(r.cost.seconds for r in records), 3),
        "cost_usd": dollars(records),
    }
    samples = 1 + max((r.sample for r in records), default=0)
    return found | (_over_samples(records, samples) if samples > 1 else {})


def render(run: StoredRun) -> str:
    """The sums for a person."""
    sums, records = totals(run), run.records
    if not records:
        return "nothing was measured yet"
    rules = [*dict.fromkeys([HEADLINE, "strict", run.setup.rule])]
    n = len(records)
    lines = [
        f"{run.setup.system} on {run.measured_on} with {run.setup.model}: {n} attempts at "
        f"{sums['tasks']} problems",
        *(f"  right ({rule} rule): {share(records, rule)}" for rule in rules),
        f"  verified: {sums['verified']}, of which right {sums['verified_right']}",
        f"  a problem: {sums['calls'] / n:.1f} calls, {sums['prompt_tokens'] / n:.0f} tokens read, "
        f"{sums['completion_tokens'] / n:.0f} written, {sums['paid_seconds'] / n:.1f} s"
        + (f", ${sums['cost_usd'] / n:.4f}" if sums["cost_usd"] else ""),
    ]
    if sums["failed_at"]:
        kinds = ", ".join(f"{stage} {count}" for stage, count in sums["failed_at"].items())
        lines.append(f"  wrong or without an answer, by where it failed: {kinds}")
        lines += [f"  most often: {shown(why)} ({n} times)" for why, n in _reasons(records)]
    if "majority" in sums:
        lines.append(f"  majority of samples: {Share(**sums['majority'])}")
        lines += [f"  {name}: {100 * value:.1f} %" for name, value in sums["pass_at"].items()]
    return "\n".join(lines)


def dollars(records: Sequence[Record]) -> float | None:
    """What the replies cost; None where that of any is not known."""
    costs = [r.cost.cost_usd for r in records if r.cost.calls]
    known = [cost for cost in costs if cost is not None]
    return round(sum(known), 6) if known and len(known) == len(costs) else None


def shown(why: str) -> str:
    """A sentence of a system's as one line for a terminal, without what could steer it.

    >>> shown("it said\\x1b[2J\\nno")
    'it said[2J no'
    """
    line = "".join(c for c in " ".join(why.split()) if c.isprintable())
    return line if len(line) <= _LINE else f"{line[: _LINE - 3]}..."


def _over_samples(records: tuple[Record, ...], samples: int) -> dict[str, Any]:
    """pass@k and the vote of the majority, over tasks whose samples are all there."""
    by_task: dict[str, list[Record]] = {}
    for record in records:
        if HEADLINE in record.scores:
            by_task.setdefault(record.task, []).append(record)
    whole = [group for group in by_task.values() if len(group) == samples]
    chosen = [majority(group) for group in whole]
    right = sum(r is not None and _right(r) for r in chosen)
    return {
        "majority": asdict(Share(right, len(whole))),
        "pass_at": {
            f"pass@{k}": sum(pass_at(k, group, HEADLINE) for group in whole) / len(whole)
            for k in range(1, samples + 1)
        }
        if whole
        else {},
    }


def _failures(records: tuple[Record, ...]) -> dict[str, int]:
    """Where attempts that are not right failed, most frequent first; `wrong` where the system saw
    no fault."""
    wrong = (r for r in records if r.scores and not _right(r))
    stages = (r.attempt.failed_at.value if r.attempt.failed_at else "wrong" for r in wrong)
    return dict(sorted(Counter(stages).items(), key=lambda item: (-item[1], item[0])))


def _reasons(records: tuple[Record, ...]) -> list[tuple[str, int]]:
    """The most frequent sentence on why an attempt failed, if one came more than once."""
    said = Counter(r.attempt.why for r in records if r.attempt.why and not _right(r))
    return [found for found in said.most_common(1) if found[1] > 1]


def _rules(records: tuple[Record, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for r in records for name in r.scores))


def _right(record: Record) -> bool:
    return record.scores.get(HEADLINE, False)
