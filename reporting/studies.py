"""A run as one HTML file: what it found and at what cost, how it converged, and why each change
went in. The file refers to nothing outside itself."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from optwright.errors import InputError, StorageError
from optwright.optim.pareto import mean_scores, pareto_front
from optwright.optim.phrasing import (
    counted,
    said_amount,
    said_decisions,
    said_evidence,
    said_looks,
    said_scores,
)
from optwright.optim.study.provenance import Difference, RunView, differences, show
from optwright.optim.study.runs import Change
from optwright.optim.trial import JSON, Trial, Values
from optwright.printing import unsteered
from optwright.reporting.charts.convergence import convergence

FEEDBACK_CHARS = 4000

_STYLE = """
:root { color-scheme: light dark; --line: #8885; --soft: #8881; --good: #1a7f37; --bad: #b42318;
  --mark: #2563eb; --add: #1a7f3722; --cut: #b4231822 }
@media (prefers-color-scheme: dark) { :root { --good: #4ac26b; --bad: #ff7b72; --mark: #6ea8fe } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem; margin-bottom: 0 } h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem }
h3 { font-size: .95rem; margin: 1rem 0 .3rem } p { margin: .3rem 0 }
.tiles { display: flex; flex-wrap: wrap; gap: .8rem; margin: 1.2rem 0 }
.tile { border: 1px solid var(--line); border-radius: 8px; padding: .6rem 1rem; flex: 1 1 11rem }
.tile b { display: block; font-size: 1.5rem; font-weight: 600 }
.scroll { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-size: 14px }
td, th { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; overflow-wrap: anywhere } th { font-weight: 600 }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--soft); padding: .6rem .8rem;
  border-radius: 6px; font-size: 13px; margin: .3rem 0 } pre span { display: block }
pre .add { background: var(--add) } pre .cut { background: var(--cut) }
.good { color: var(--good) } .bad { color: var(--bad) } .faint { opacity: .7 }
svg { display: block; overflow: visible }
svg text { font: 12px system-ui, sans-serif; fill: currentColor }
.grid { stroke: var(--line); stroke-width: 1 } .dot { fill: currentColor; fill-opacity: .35 }
.line { stroke: var(--mark); stroke-linecap: round }
.version { fill: var(--mark) } svg text.name { fill: var(--mark); font-weight: 600 }
.faint.small { font-size: 13px } svg text.failed { fill: var(--bad); font-weight: 700 }
.unseen { fill: transparent }
details { border: 1px solid var(--line); border-radius: 8px; padding: .5rem 1rem; margin: .6rem 0 }
details details { border: 0; padding: 0 } summary { cursor: pointer }
"""


def write_report(directory: Path, file: Path) -> None:
    """Write the report of the run in `directory` as HTML; a directory without one, or a file that
    is to be of another kind, is an `InputError`."""
    if file.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"the report of an optimization is HTML, not {file.name!r}")
    page = report(show(directory))
    try:
        file.write_text(unsteered(page), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{str(file)!r} cannot be written: {error.strerror}") from error


def report(run: RunView) -> str:
    """The whole page."""
    title = f"{run.subject}, optimized by {run.description.get('optimizer', '')}"
    body = "\n".join(
        [
            f"<h1>{escape(title)}</h1>",
            f'<p class="faint">{escape(_origin(run))}</p>',
            _tiles(run),
            _proof(run),
            "<h2>Convergence</h2>",
            convergence(run.trials, run.changes, sign=-1 if run.minimizes else 1),
            "<h2>From the first values to those in use</h2>",
            _differences(run.first, run.chosen) or "<p>The first values are in use.</p>",
            _front(run.trials),
            _changes(run),
            _trials(run),
        ]
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>{body}</body></html>\n"
    )


def _origin(run: RunView) -> str:
    """Which run this is, and how it ended."""
    ended = (run.result or {}).get("stopped")
    parts = [
        f"run {run.name}",
        "" if run.began is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(run.began)),
        f"seed {run.description.get('seed', '')}",
        f"ended by: {ended}" if ended and run.state == "finished" else run.state,
    ]
    return ", ".join(part for part in parts if part)


def _tiles(run: RunView) -> str:
    replies = run.replies
    usable = f"{replies.usable} of {replies.asked} replies usable" if replies else ""
    gain = run.estimate("gain")
    tiles = [
        _score_tile(run),
        "" if gain is None else _tile(f"{gain['mean']:+.3f}", "gain over the first values", gain),
        _tile(
            str(len(run.trials)), f"trials, {said_decisions(run.changes, minimizes=run.minimizes)}"
        ),
        _tile(f"{run.seconds:.0f} s", ", ".join(filter(None, (said_amount(run.spent), usable)))),
    ]
    return f'<div class="tiles">{"".join(tiles)}</div>'


def _proof(run: RunView) -> str:
    """What could be proven, and what was not."""
    lines = []
    if run.is_greedy:
        lines.append("accept=greedy: every better mean was taken, nothing was tested for luck.")
    if run.prospect:
        lines.append(f"Before the start: {run.prospect}.")
    parts = [f"<p>{escape(line)}</p>" for line in lines]
    if (unproven := run.unproven) is not None:
        parts.append(f"<p>Best unproven, trial {unproven.trial}: {escape(str(unproven))}.</p>")
        parts.append(_differences(run.chosen, unproven.values))
    return "".join(parts)


def _score_tile(run: RunView) -> str:
    estimate = run.estimate("score")
    if estimate is not None:
        count = counted(estimate["count"], "example")
        name = f"score on {count} {said_looks(run.looks)}"
        return _tile(f"{estimate['mean']:.3f}", name, estimate)
    if run.score is None:
        return _tile("none", "score yet")
    how = "lowest value" if run.minimizes else "score on the examples that chose it"
    return _tile(f"{run.score:.6g}", how)


def _tile(value: str, name: str, interval: JSON = None) -> str:
    ends = ""
    if interval is not None:
        confidence = f"{100 * interval['confidence']:.0f} % interval"
        ends = f"<br>{confidence} {interval['low']:.3f} to {interval['high']:.3f}"
    about = f'<span class="faint">{escape(name)}{ends}</span>'
    return f'<div class="tile"><b>{escape(value)}</b>{about}</div>'


def _front(trials: Sequence[Trial]) -> str:
    front = pareto_front(trials)
    if not front:
        return ""
    names = sorted({name for trial in front for name in mean_scores(trial)})
    rows = [
        (str(t.number), *(f"{mean_scores(t).get(name, float('nan')):.4g}" for name in names))
        for t in front
    ]
    return "<h2>Pareto front</h2>" + _table(("trial", *names), rows)


def _changes(run: RunView) -> str:
    decided = [change for change in run.changes if change.parent is not None]
    parts = [_change(change, run) for change in decided]
    return "<h2>Decisions</h2>" + (
        "".join(parts) or "<p>Nothing was proposed that came so far.</p>"
    )


def _change(change: Change, run: RunView) -> str:
    state, kind = ("accepted", "good") if change.accepted else ("refused", "bad")
    by = f"trial {change.trial} by {change.origin}" if change.is_proposal else "by hand"
    scores = said_scores(change, -1 if run.minimizes else 1).replace("->", "→")
    head = f"{change.number}: {by}, {scores}, {change.reason}"
    parts = [
        f"<p>{escape(said_evidence(change))}</p>",
        _differences(change.before, change.after),
        _pre("Why it was proposed", change.note),
        _pre("What was said about the version before", change.feedback[:FEEDBACK_CHARS]),
        _minibatch(change),
        f'<p class="faint">cost since the last decision: {said_amount(change.cost)}</p>',
    ]
    opened = " open" if change.accepted and not run.minimizes else ""
    summary = f'<summary><b class="{kind}">{state}</b> {escape(head)}</summary>'
    return f"<details{opened}>{summary}{''.join(parts)}</details>"


def _minibatch(change: Change) -> str:
    """The training examples that made the proposal worth a test."""
    seen = (change.evidence or {}).get("minibatch")
    if not seen:
        return ""
    rows = [(e["example"], _number(e["before"]), _number(e["after"])) for e in seen]
    table = _table(("training example", "before", "after"), rows)
    return f"<details><summary>{counted(len(rows), 'training example')}</summary>{table}</details>"


def _trials(run: RunView) -> str:
    sign = -1 if run.minimizes else 1
    rows = [
        (
            str(t.number),
            t.candidate.origin,
            "failed" if t.failed else f"{sign * t.score:.6g}",
            ", ".join(map(str, t.candidate.parents)),
            _short(json.dumps(dict(t.values), ensure_ascii=False)),
        )
        for t in run.trials
    ]
    table = _table(("trial", "by", "score", "from", "values"), rows)
    return f"<h2>Trials</h2><details><summary>All {len(rows)}</summary>{table}</details>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f'<div class="scroll"><table><tr>{top}</tr>{body}</table></div>'


def _differences(before: Values, after: Values) -> str:
    return "".join(map(_difference, differences(before, after)))


def _difference(found: Difference) -> str:
    """A heading and the lines of a text, or one line for anything else."""
    if not found.is_text:
        return f"<pre>{escape(found.text().replace(' -> ', ' → ', 1))}</pre>"
    # The first three lines of a unified diff say what the heading does.
    lines = "".join(map(_diff_line, found.text().splitlines()[3:]))
    return f"<h3>{escape(found.name)}</h3><pre>{lines}</pre>"


def _diff_line(line: str) -> str:
    kind = {"+": ' class="add"', "-": ' class="cut"'}.get(line[:1], "")
    return f"<span{kind}>{escape(line)}</span>"


def _pre(title: str, text: str) -> str:
    return f"<h3>{title}</h3><pre>{escape(text)}</pre>" if text else ""


def _number(score: float | None) -> str:
    return "failed" if score is None else f"{score:.4g}"


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}..."
