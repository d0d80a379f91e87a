"""Fits what confidence rests on, from measurements that were made before.

    python -m optwright.benchmarks.plan_questions --out plans.jsonl
    python -m optwright.benchmarks.kept_drafts --data DIR --out drafts.jsonl
    python -m optwright.benchmarks.calibration --plans plans.jsonl --drafts drafts.jsonl --write

Prior, words and agreement come from kept drafts of the embedded model, what readers' answers are
worth from right models and mutants. The reliability table says how the product of these does on the
kept drafts: how many of those with a confidence in each band are right.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import click

KEPT = Path(__file__).resolve().parents[1] / "agents/checks/confidence.json"
THRESHOLD = 0.85
"""Two forms that agree, with nothing against them, reach it (69 of 74 were right); nothing weaker
that was counted does."""

Rows = Sequence[dict[str, Any]]


def fitted(plans: Rows, drafts: Rows) -> dict[str, Any]:
    """The file that `optwright.agents.checks.confidence` reads."""
    right = sum(d["is_right"] for d in drafts)
    return {
        "made_by": [
            "python -m optwright.benchmarks.plan_questions --out plans.jsonl",
            "python -m optwright.benchmarks.kept_drafts --data DIR --out drafts.jsonl",
            "python -m optwright.benchmarks.calibration --plans plans.jsonl --drafts drafts.jsonl "
            "--write",
        ],
        "prior": [right, len(drafts) - right],
        "threshold": THRESHOLD,
        "signals": {
            "clean": _of_drafts(drafts, lambda d: d["is_clean"]),
            "flagged": _of_drafts(drafts, lambda d: not d["is_clean"]),
            "agree": _of_drafts(drafts, lambda d: d["agree"] > 0),
            "alone": _of_drafts(drafts, lambda d: d["agree"] == 0),
            "held": _of_plans(plans, "perfect"),
            "held: three plans": _of_plans(plans, "three"),
            "held at the edge": _of_plans(plans, "edge"),
        },
    }


def _of_drafts(drafts: Rows, shows: Callable[[dict[str, Any]], bool]) -> dict[str, list[int]]:
    return _counted((d["is_right"], shows(d)) for d in drafts)


def _of_plans(plans: Rows, reader: str) -> dict[str, list[int]]:
    asked = [p for p in plans if p[reader] != "not asked"]
    return _counted((not p["mistake"], p[reader] == "held") for p in asked)


def _counted(pairs: Iterable[tuple[bool, bool]]) -> dict[str, list[int]]:
    found = list(pairs)
    right = [shown for is_right, shown in found if is_right]
    wrong = [shown for is_right, shown in found if not is_right]
    return {"right": [sum(right), len(right)], "wrong": [sum(wrong), len(wrong)]}


def reliability(drafts: Rows) -> str:
    """Kept drafts by their confidence without a reader: said, and right."""
    from optwright.agents.checks.confidence import Signals, confidence

    groups: dict[float, list[bool]] = {}
    for d in drafts:
        signals = Signals(d["is_clean"], d["agree"] + 1, 2)
        groups.setdefault(confidence(signals).value, []).append(d["is_right"])
    lines = ["| confidence | drafts | right |", "| --- | --- | --- |"]
    lines += [
        f"| {value:.0%} | {len(found)} | {sum(found)} ({sum(found) / len(found):.0%}) |"
        for value, found in sorted(groups.items())
    ]
    return "\n".join(lines)


@click.command()
@click.option("--plans", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--drafts", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--write", is_flag=True)
def main(plans: Path, drafts: Path, write: bool) -> None:
    """Fit confidence."""
    read = [
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for path in (plans, drafts)
    ]
    content = json.dumps(fitted(*read), indent=1) + "\n"
    if write:
        KEPT.write_text(content, encoding="utf-8")
    click.echo(content)
    click.echo(reliability(read[1]))


if __name__ == "__main__":
    main()
