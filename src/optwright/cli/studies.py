"""Runs that optimize parameters, as `optwright runs` and `optwright tune` show them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optwright.cli.session import emit, title
from optwright.optim.phrasing import (
    counted,
    said_amount,
    said_decisions,
    said_evidence,
    said_interval,
    said_looks,
    said_scores,
)

if TYPE_CHECKING:
    from optwright.optim.study.provenance import RunView
    from optwright.optim.study.runs import Change


def show_study(directory: Path, *, as_json: bool) -> None:
    """Print a run for a person or for a program."""
    from optwright.optim.study.provenance import show

    run = show(directory)
    emit(json.dumps(study_json(run), indent=2) if as_json else "\n".join(_told(run)))


def study_line(directory: Path) -> str:
    """Name, state, score and subject on one line."""
    from optwright.errors import StorageError
    from optwright.optim.study.provenance import show

    try:
        run = show(directory)
    except StorageError:
        return f"{directory.name}  damaged"
    score = "" if run.score is None else f"{_score(run):.6g}"
    decided = said_decisions(run.changes, minimizes=run.minimizes)
    by = run.description.get("optimizer", "")
    what = f"{run.subject}, by {by}, {decided}"
    return f"{run.name}  {run.state:<9} {score:>12}  {what}"


def study_json(run: RunView) -> dict[str, Any]:
    """Everything about a run but its trials."""
    result = run.result or {}
    return {
        "run": run.name,
        "kind": "tune",
        "state": run.state,
        "began": run.began,
        "subject": run.subject,
        "optimizer": run.description.get("optimizer"),
        "stopped": result.get("stopped"),
        "values": dict(run.chosen),
        "score": None if run.score is None else _score(run),
        "interval": run.estimate("score"),
        "gain": run.estimate("gain"),
        "acceptance": run.description.get("acceptance"),
        "prospect": run.prospect or None,
        "best_unproven": result.get("unproven"),
        "trials": len(run.trials),
        "changes": [change.to_json() for change in run.changes],
        "replies": run.replies and asdict(run.replies),
        "spent": {**asdict(run.spent), "seconds": run.seconds},
        "directory": str(run.directory),
    }


def _score(run: RunView) -> float:
    """The estimate on examples that no proposer saw, where there is one."""
    estimate = run.estimate("score")
    if estimate is not None:
        return float(estimate["mean"])
    return run.score if run.score is not None else float("nan")


def _told(run: RunView) -> Iterator[str]:
    result = run.result or {}
    ended = f" ({result['stopped']})" if result.get("stopped") and run.state == "finished" else ""
    began = "" if run.began is None else f", began {_when(run.began)}"
    yield f"run {run.name}: {run.state}{ended}{began}"
    yield f"{run.subject}, optimized by {run.description.get('optimizer', '')}"
    yield from ("", title("values"), *_values(run))
    yield from ("", title("score"), *_scores(run))
    yield from ("", title("changes"), *_changes(run))
    yield from ("", title("cost"), f"  {said_amount(run.spent)}, {run.seconds:.1f} s")
    if replies := run.replies:
        yield f"  {replies.usable} of {replies.asked} replies of the model were usable"


def _when(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))


def _values(run: RunView) -> Iterator[str]:
    for name, value in run.chosen.items():
        if isinstance(value, str):
            head, *rest = value.splitlines() or [""]
            yield f"  {name}: {head}"
            yield from (f"  {' ' * len(name)}  {line}" for line in rest)
        else:
            yield f"  {name}: {json.dumps(value, ensure_ascii=False)}"


def _scores(run: RunView) -> Iterator[str]:
    score, gain = run.estimate("score"), run.estimate("gain")
    if score is not None:
        yield f"  {said_interval(score)} {said_looks(run.looks)}"
        if gain is not None:
            yield f"  gain over the first values: {said_interval(gain)}"
    elif run.score is None:
        yield "  none yet"
    elif run.minimizes:
        yield f"  {run.score:.6g} (lower is better)"
    else:
        yield f"  {run.score:.6g}, on the examples that chose the values, which flatters them"
    if run.is_greedy:
        yield "  accept=greedy: every better mean was taken, nothing was tested for luck"
    if run.prospect:
        yield f"  before the start: {run.prospect}"
    if (unproven := run.unproven) is not None:
        yield f"  best unproven, trial {unproven.trial}: {unproven}"
        yield f"    {json.dumps(dict(unproven.values), ensure_ascii=False)}"


def _changes(run: RunView) -> Iterator[str]:
    decided = said_decisions(run.changes, minimizes=run.minimizes)
    yield f"  {decided}, in {counted(len(run.trials), 'trial')}"
    for change in run.changes:
        if change.accepted and change.parent is not None:
            yield from _change(change, run)


def _change(change: Change, run: RunView) -> Iterator[str]:
    from optwright.optim.study.provenance import diff_values

    by = f"trial {change.trial} by {change.origin}, " if change.is_proposal else ""
    scores = said_scores(change, -1 if run.minimizes else 1)
    in_use = " (in use)" if change is run.current else ""
    yield ""
    yield f"  version {change.number}{in_use}: {by}{scores}, {change.reason}"
    if evidence := said_evidence(change):
        yield f"    {evidence}"
    if change.note:
        yield f"    proposed because: {' '.join(change.note.split())}"
    yield from (f"    {line}" for line in diff_values(change.before, change.after).splitlines())
    yield f"    cost since the last decision: {said_amount(change.cost)}"
