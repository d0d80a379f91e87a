"""Fits what confidence rests on, and says how it does on answers that were left out.

    python -m optwright.benchmarks.plan_questions --out plans.jsonl
    python -m optwright.benchmarks.draft_signals --data DIR --out drafts.jsonl \
        --answers answers.jsonl
    python -m optwright.benchmarks.calibration --plans plans.jsonl --drafts drafts.jsonl \
        --answers answers.jsonl --write --picture coverage.svg

Answers of the embedded model are counted by what is known of them, a problem once in each kind; a
reader's word by right models and mutants of the corpus. A share is the mean of its Beta
distribution, drawn to the share of all answers with the weight of two. The threshold is the lowest
confidence from which on 95 % of the answers are right, with nobody reading and with each of three
readers, and no kind of answer among them is demonstrably worse; each answer is judged by what was
counted without its problem.
Coverage, precision and what is refused are told together.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import floor
from pathlib import Path
from typing import Any

import click

from optwright.agents.checks.confidence import Signals, confidence
from optwright.benchmarks.coverage_picture import Curve, Point, picture
from optwright.benchmarks.totals import Share

KEPT = Path(__file__).resolve().parents[1] / "agents/checks/confidence.json"
PRECISION = 0.95
WEIGHT = 2.0
"""Of the share of all answers among those of one kind, so that one answer alone decides little."""
READERS = ("perfect", "three", "edge")

Lines = Sequence[Mapping[str, Any]]


def fitted(plans: Lines, answers: Lines) -> dict[str, Any]:
    """What `optwright.agents.checks.confidence` reads, but for the threshold."""
    return {
        "kinds": kinds(answers),
        "reader": {
            "held": _of_plans(plans, "perfect"),
            "held: three plans": _of_plans(plans, "three"),
            "held at the edge": _of_plans(plans, "edge"),
        },
    }


def kinds(answers: Lines) -> dict[str, dict[str, float]]:
    """Answers by what is known of them: how many were right, the share and its interval."""
    found: dict[tuple[str, str], bool] = {}
    for answer in answers:
        if answer["signals"] is not None:
            found[Signals(**answer["signals"]).kind, answer["problem"]] = answer["is_right"]
    mean = sum(found.values()) / len(found)
    return {name: _beta([r for (k, _), r in found.items() if k == name], mean) for name in _KINDS}


_KINDS = [
    Signals(clean=clean, forms=forms, drawn=drawn).kind
    for forms, drawn in ((1, 1), (1, 2), (2, 2), (3, 3))
    for clean in (True, False)
]


def _beta(found: Sequence[bool], mean: float) -> dict[str, float]:
    from scipy.stats import beta

    right, of = sum(found), len(found)
    a, b = right + WEIGHT * mean, of - right + WEIGHT * (1 - mean)
    low, high = beta.ppf([0.025, 0.975], a, b)
    shares = {"value": a / (a + b), "low": float(low), "high": float(high)}
    return {"right": right, "of": of, **{name: round(v, 4) for name, v in shares.items()}}


def _of_plans(plans: Lines, reader: str) -> dict[str, list[int]]:
    """How many right and wrong models a reader's answers hold, of those that it was asked about."""
    asked = [p for p in plans if p[reader] != "not asked"]
    return {
        name: [sum(p[reader] == "held" for p in own), len(own)]
        for name, own in (
            ("right", [p for p in asked if not p["mistake"]]),
            ("wrong", [p for p in asked if p["mistake"]]),
        )
    }


# How it does on answers that were left out


@dataclass(frozen=True, slots=True)
class Predicted:
    """What would be said of an answer by what was counted without its problem."""

    kind: str
    value: float
    is_right: bool
    refuted: bool = False


def left_out(
    plans: Lines, drafts: Lines, answers: Lines, reader: str = ""
) -> tuple[list[Predicted], int]:
    """The last answer of each problem with its confidence, by what the other problems came to, and
    how many problems there are. With a `reader`, those alone that a right draft can read."""
    states = {(d["problem"], d["form"]): d["states"] for d in drafts}
    readers = fitted(plans, answers)["reader"]
    told, problems = [], 0
    for problem, own in groupby(answers, key=lambda a: a["problem"]):
        last = list(own)[-1]
        state = (states.get((problem, last["form"])) or {}).get(reader) if reader else None
        if reader and state is None:
            continue
        problems += 1
        if last["signals"] is None:
            continue
        known = Signals(**last["signals"]).model_copy(update=_read(reader, state))
        others = [a for a in answers if a["problem"] != problem]
        said = confidence(known, {"kinds": kinds(others), "reader": readers})
        kind = f"{known.kind}, {'held' if known.held else state or 'not read'}"
        told.append(Predicted(kind, said.value, last["is_right"], known.refuted))
    return told, problems


def _read(reader: str, state: str | None) -> dict[str, Any]:
    errs = {"wrong": 0.05, "shared": 0.3} if reader == "edge" else {}
    return {
        "held": state == "held", "refuted": state == "refuted", "few": reader == "three", **errs
    }  # fmt: skip


def curve(told: Sequence[Predicted], problems: int) -> list[Point]:
    """Coverage and precision with each kind of answer more, the surest first."""
    points: list[Point] = []
    kept: list[Predicted] = []
    for own in _by_kind(told):
        kept += own
        points.append(Point(_mean(own), len(own), len(kept), _right(kept), problems))
    return points


def _by_kind(told: Sequence[Predicted]) -> list[list[Predicted]]:
    kinds = {t.kind: [o for o in told if o.kind == t.kind] for t in told}
    return sorted(kinds.values(), key=_mean, reverse=True)


def _mean(told: Sequence[Predicted]) -> float:
    return sum(t.value for t in told) / len(told)


def chosen(found: Sequence[Sequence[Predicted]]) -> float:
    """The lowest confidence from which on 95 % are right, whoever reads, and of no kind of answer
    demonstrably fewer; 1 where there is none."""
    least = 1.0
    kept: list[list[Predicted]] = [[] for _ in found]
    kinds = [(at, own) for at, told in enumerate(found) for own in _by_kind(told)]
    for at, own in sorted(kinds, key=lambda kind: -_mean(kind[1])):
        kept[at] += own
        enough = (_right(kept[at]).value or 0.0) >= PRECISION
        if not enough or _right(own).interval[1] < PRECISION:
            return least
        least = floor(100 * _mean(own)) / 100  # rounded down: a problem more moves it a little
    return least


def _right(told: Sequence[Predicted]) -> Share:
    return Share(sum(t.is_right for t in told), len(told))


def bands(told: Sequence[Predicted]) -> Iterator[str]:
    """What confidence says, and what was counted, as Markdown."""
    yield "| confidence | answers | right |"
    yield "| --- | --- | --- |"
    ends = (0.0, 0.25, 0.5, 0.75, 0.9, 1.01)
    for low, high in pairwise(ends):
        own = [t for t in told if low <= t.value < high]
        if own:
            said = sum(t.value for t in own) / len(own)
            right = sum(t.is_right for t in own)
            yield f"| {said:.0%} (mean) | {len(own)} | {right} ({right / len(own):.0%}) |"


def table(curves: Sequence[Curve]) -> Iterator[str]:
    """The curves as Markdown."""
    yield (
        "| reader | refused, of these right | confidence from | answers more | verified | coverage "
        "| right | precision (95 %) |"
    )
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for one in curves:
        for p in one.points:
            low, high = p.precision.interval
            yield (
                f"| {one.name} | {one.refused.scored}, {one.refused.right} | {p.value:.1%} | "
                f"{p.more} | {p.verified} of {p.problems} | "
                f"{p.coverage:.0%} | {p.precision.right} | {p.precision.value:.1%} "
                f"({low:.0%} to {high:.0%}) |"
            )


@click.command()
@click.option("--plans", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--drafts", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--answers", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--picture", "to", type=click.Path(path_type=Path), help="write the curves as SVG")
@click.option("--write", is_flag=True, help="keep what was counted, and the threshold")
def main(plans: Path, drafts: Path, answers: Path, to: Path | None, *, write: bool) -> None:
    """Fit confidence."""
    read = _lines(plans), _lines(drafts), _lines(answers)
    names = ("nobody", "without errors", "without errors, three plans", "at the gate's edge")
    found = [left_out(*read, reader) for reader in ("", *READERS)]
    curves = [_curve(name, *one) for name, one in zip(names, found, strict=True)]
    threshold = chosen([told for told, _ in found])
    content = {"made_by": _COMMANDS, "threshold": threshold, **fitted(read[0], read[2])}
    if write:
        KEPT.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    if to is not None:
        to.write_text(picture(curves), encoding="utf-8")
    click.echo(
        "\n".join([*bands(found[0][0]), "", *table(curves), "", f"threshold {threshold:.4f}"])
    )


def _lines(path: Path) -> Lines:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _curve(name: str, told: Sequence[Predicted], problems: int) -> Curve:
    refused = [t.is_right for t in told if t.refuted]
    return Curve(name, tuple(curve(told, problems)), Share(sum(refused), len(refused)))


_COMMANDS = [
    line.strip()
    for line in (__doc__ or "").replace("\\\n", "").splitlines()
    if line.strip().startswith("python -m")
]


if __name__ == "__main__":
    main()
