"""Measurements as one Markdown table: a line for each system, grouped by data set."""

from __future__ import annotations

from collections.abc import Sequence

from optwright.benchmarks.report_page import labels
from optwright.benchmarks.report_summary import endings, tokens_a_right_answer
from optwright.benchmarks.scoring import HEADLINE
from optwright.benchmarks.store import StoredRun
from optwright.benchmarks.totals import share
from optwright.errors import InputError

HEADS = (
    "data set", "system", "problems", f"right ({HEADLINE})", "right (strict)",
    "verified, of which right", "calls", "tokens", "tokens a right answer", "s", "no answer",
)  # fmt: skip


def markdown(runs: Sequence[StoredRun]) -> str:
    """The table; calls, tokens (read and written) and seconds are means of a problem."""
    if not runs:
        raise InputError("there is no measurement to report")
    lines: list[Sequence[str]] = [HEADS, ["---"] * len(HEADS)]
    for problems in dict.fromkeys(run.measured_on for run in runs):
        group = [run for run in runs if run.measured_on == problems]
        lines += [_row(name, run) for name, run in zip(labels(group), group, strict=True)]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def _row(name: str, run: StoredRun) -> list[str]:
    records = run.records
    n = max(1, len(records))
    of_right = tokens_a_right_answer(run)
    verified = tuple(r for r in records if r.attempt.verified)
    right = sum(r.scores.get(HEADLINE, False) for r in verified)
    silent = sum(count for kind, count in endings(run).items() if kind.startswith("no answer"))
    return [
        run.measured_on,
        name,
        str(len({r.task for r in records})),
        str(share(records, HEADLINE)),
        str(share(records, "strict")),
        f"{len(verified)}, {right}",
        f"{sum(r.cost.calls for r in records) / n:.1f}",
        f"{sum(r.cost.tokens for r in records) / n:,.0f}",
        "-" if of_right is None else f"{of_right:,.0f}",
        f"{sum(r.cost.seconds for r in records) / n:,.0f}",
        str(silent),
    ]


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
