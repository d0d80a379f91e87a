"""A run as one HTML file: what it found and at what cost, how it converged, and why each change
went in. The file refers to nothing outside itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from optwright.errors import InputError, StorageError
from optwright.optim.pareto import mean_scores, pareto_front
from optwright.optim.provenance import RunView, diff_values, show
from optwright.optim.runs import Change
from optwright.optim.trial import JSON, Trial
from optwright.serving.budget import Amount

WIDTH, HEIGHT, EDGE = 720, 260, 46

_STYLE = """
:root { color-scheme: light dark; --line: #8886; --good: #1a7f37; --bad: #b42318; --mark: #2563eb }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .25rem .6rem;
  border-bottom: 1px solid var(--line); vertical-align: top }
pre { white-space: pre-wrap; background: #8881; padding: .6rem; border-radius: 6px;
  font-size: 13px }
.add { color: var(--good) } .cut { color: var(--bad) } .faint { opacity: .7 }
svg text { font: 12px system-ui, sans-serif; fill: currentColor }
details { margin: .4rem 0 } summary { cursor: pointer }
"""


def write_report(directory: Path, file: Path) -> None:
    """Write the report of the run in `directory` as HTML; a directory without one, or a file that
    is to be of another kind, is an `InputError`."""
    if file.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"the report of an optimization is HTML, not {file.name!r}")
    page = report(show(directory))
    try:
        file.write_text(page, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{str(file)!r} cannot be written: {error.strerror}") from error


def report(run: RunView) -> str:
    """The whole page."""
    title = f"{run.subject} ({run.name})"
    body = "\n".join(
        [
            f"<h1>{escape(title)}</h1>",
            _summary(run),
            "<h2>Convergence</h2>",
            convergence(run.trials),
            _front(run.trials),
            "<h2>From the first values to the chosen ones</h2>",
            _diff(diff_values(run.first, run.chosen, "first", "chosen")),
            "<h2>Changes</h2>",
            *(_change(change) for change in run.changes if change.parent is not None),
            "<h2>Trials</h2>",
            _trials(run.trials),
        ]
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>{body}</body></html>\n"
    )


def _summary(run: RunView) -> str:
    result = run.result or {}
    rows = [
        ("optimizer", str(run.description.get("optimizer", ""))),
        ("seed", str(run.description.get("seed", ""))),
        ("ended", str(result.get("stopped", "not yet"))),
        ("score on held-back examples", _interval(run.estimate("score"))),
        ("gain over the first values", _interval(run.estimate("gain"))),
        ("trials", str(len(run.trials))),
        ("spent", f"{_amount(run.spent)}, {run.seconds:.0f} s"),
    ]
    return _table((), [(name, value) for name, value in rows if value])


def convergence(trials: Sequence[Trial]) -> str:
    """The score of every trial as a dot and the best so far as a line, in SVG."""
    usable = [(trial.number, trial.score) for trial in trials if not trial.failed]
    if not usable:
        return '<p class="faint">No trial has a score yet.</p>'
    low, high = min(s for _, s in usable), max(s for _, s in usable)
    last = max(1, usable[-1][0])

    def place(number: int, score: float) -> tuple[float, float]:
        height = (score - low) / (high - low) if high > low else 0.5
        across = EDGE + (WIDTH - 2 * EDGE) * number / last
        return across, HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * height

    dots = "".join(_dot(*place(n, s), f"trial {n}: {s:.6g}") for n, s in usable)
    steps, best = [], usable[0][1]
    for number, score in usable:
        x, before = place(number, best)
        best = max(best, score)
        steps += [f"{x:.1f},{before:.1f}", f"{x:.1f},{place(number, best)[1]:.1f}"]
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="score by trial">'
        f'<polyline points="{" ".join(steps)}" fill="none" stroke="var(--mark)" '
        f'stroke-width="2"/>{dots}'
        f'<text x="4" y="{EDGE - 12}">{high:.6g}</text>'
        f'<text x="4" y="{HEIGHT - EDGE + 16}">{low:.6g}</text>'
        f'<text x="{WIDTH / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle">trial</text></svg>'
    )


def _dot(x: float, y: float, title: str) -> str:
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="currentColor" fill-opacity=".45">'
        f"<title>{escape(title)}</title></circle>"
    )


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


def _change(change: Change) -> str:
    state = "accepted" if change.accepted else "refused"
    scores = f"{_number(change.score_before)} &rarr; {_number(change.score_after)}"
    head = (
        f'<b class="{"add" if change.accepted else "cut"}">{state}</b> '
        f"change {change.number}: trial {change.trial} by {escape(change.origin)}, "
        f"{escape(change.reason)} ({scores})"
    )
    parts = [
        _diff(diff_values(change.before, change.after)),
        _pre("Why it was proposed", change.note),
        _pre("Feedback on what it replaces", change.feedback[:4000]),
        _pre("Evidence", json.dumps(change.evidence, indent=1) if change.evidence else ""),
        f'<p class="faint">cost since the last decision: {_amount(change.cost)}</p>',
    ]
    opened = " open" if change.accepted else ""
    return f"<details{opened}><summary>{head}</summary>{''.join(parts)}</details>"


def _trials(trials: Sequence[Trial]) -> str:
    rows = [
        (
            str(t.number),
            t.candidate.origin,
            "failed" if t.failed else f"{t.score:.6g}",
            ", ".join(map(str, t.candidate.parents)),
            _short(json.dumps(dict(t.values), ensure_ascii=False)),
        )
        for t in trials
    ]
    return _table(("trial", "by", "score", "from", "values"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table>{f'<tr>{top}</tr>' if top else ''}{body}</table>"


def _diff(text: str) -> str:
    lines = "\n".join(map(_diff_line, text.splitlines()))
    return f"<pre>{lines or 'no difference'}</pre>"


def _diff_line(line: str) -> str:
    kind = {"+": "add", "-": "cut"}.get(line[:1])
    return f'<span class="{kind}">{escape(line)}</span>' if kind else escape(line)


def _pre(title: str, text: str) -> str:
    return f'<p class="faint">{title}</p><pre>{escape(text)}</pre>' if text else ""


def _interval(estimate: JSON) -> str:
    if estimate is None:
        return ""
    ends = f"{estimate['low']:.3f} to {estimate['high']:.3f}"
    return f"{estimate['mean']:.3f}, {100 * estimate['confidence']:.0f} % interval {ends}"


def _amount(amount: Amount) -> str:
    parts = [f"{amount.evaluations} evaluations"] if amount.evaluations else []
    parts += [f"{amount.calls} calls, {amount.tokens} tokens"] if amount.calls else []
    parts += [f"{amount.usd:.4f} USD"] if amount.usd else []
    return ", ".join(parts) or "nothing"


def _number(score: float | None) -> str:
    return "failed" if score is None else f"{score:.4g}"


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}..."
