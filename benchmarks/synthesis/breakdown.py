"""What a measurement on made problems adds up to, by family, style, language, and kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from optwright.benchmarks.record import Record
from optwright.benchmarks.scoring import HEADLINE
from optwright.benchmarks.store import StoredRun
from optwright.benchmarks.synthesis.certificates import same
from optwright.benchmarks.system import Claim

_BY = ("family", "style", "language", "where")


def behaviour(record: Record, row: Mapping[str, Any]) -> str:
    """What a system did with a problem that was incomplete, contradictory or ambiguous on purpose:
    `asked`, `said so` (that nothing keeps all limits), `one reading` of two, `answered`, or `no
    answer`. The first two are right, each for its kind; a reading is half of it."""
    attempt = record.attempt
    if any(step.get("questions") for step in attempt.trace):
        return "asked"
    if attempt.status is Claim.INFEASIBLE:
        return "said so"
    if attempt.status is Claim.NONE:
        return "no answer"
    readings = row.get("readings") or ()
    if any(same(attempt.objective, reading, 1e-5) for reading in readings):
        return "one reading"
    return "answered"


def as_asked(kind: str, what: str) -> bool:
    """Whether it is the right thing to do with a problem of that kind."""
    return what == ("said so" if kind == "contradictory" else "asked")


def parts(run: StoredRun, rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Right and scored by every part, and what was done with problems that are not right."""
    found: dict[str, Any] = {}
    for name in _BY:
        counts: dict[str, list[int]] = {}
        for record in run.records:
            if HEADLINE in record.scores and record.task in rows:
                one = counts.setdefault(str(rows[record.task][name]), [0, 0])
                one[0] += record.scores[HEADLINE]
                one[1] += 1
        found[name] = {k: {"right": r, "scored": n} for k, (r, n) in sorted(counts.items())}
    done: dict[str, Counter[str]] = {}
    for record in run.records:
        row = rows.get(record.task, {})
        if row.get("kind", "right") != "right":
            done.setdefault(row["kind"], Counter())[behaviour(record, row)] += 1
    found["behaviour"] = {kind: dict(counts) for kind, counts in sorted(done.items())}
    return {"parts": found}


def render(run: StoredRun, rows: Mapping[str, Mapping[str, Any]]) -> str:
    """The parts as lines for a terminal."""
    told = parts(run, rows)["parts"]
    lines = []
    for name in _BY:
        if len(told[name]) > 1:
            lines.append(f"  by {name}:")
            lines += [f"    {k:<24} {v['right']} of {v['scored']}" for k, v in told[name].items()]
    for kind, counts in told["behaviour"].items():
        what = ", ".join(f"{n} {w}" for w, n in counts.items())
        right = sum(n for w, n in counts.items() if as_asked(kind, w))
        lines.append(f"  {kind}: {right} of {sum(counts.values())} as asked ({what})")
    return "\n".join(lines)
