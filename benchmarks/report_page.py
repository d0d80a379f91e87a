"""A benchmark report as one HTML page: how right, how sure, at what cost, how it failed, and each
problem with what every system made of it. It needs no network, and no script to be read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

from optwright.benchmarks.comparing import paired
from optwright.benchmarks.record import Call, Record
from optwright.benchmarks.report_charts import Point, bars, plane
from optwright.benchmarks.report_markup import Markup, page, table, tag
from optwright.benchmarks.report_style import SCRIPT, STYLE
from optwright.benchmarks.report_summary import (
    RIGHT,
    ending,
    endings,
    tokens_a_right_answer,
)
from optwright.benchmarks.scoring import HEADLINE
from optwright.benchmarks.store import StoredRun, TaskShown
from optwright.benchmarks.totals import Share, dollars, share
from optwright.errors import InputError

MOST_SHOWN = 20_000  # characters of one reply or program


def html(runs: Sequence[StoredRun]) -> str:
    """The page of these measurements, grouped by what they were measured on; the same bytes for the
    same records."""
    if not runs:
        raise InputError("there is no measurement to report")
    blocks = list(dict.fromkeys(run.measured_on for run in runs))
    title = f"Benchmark: {', '.join(blocks)}"
    sections = [_block(name, [r for r in runs if r.measured_on == name]) for name in blocks]
    return page(title, STYLE, SCRIPT, tag("h1", title), *sections)


def labels(runs: Sequence[StoredRun]) -> list[str]:
    """What to call each run: its system, and its model or number where that is not enough."""
    plain = [run.setup.system for run in runs]
    if len(set(plain)) == len(plain):
        return plain
    longer = [f"{run.setup.system} ({run.setup.model})" for run in runs]
    if len(set(longer)) == len(longer):
        return longer
    return [f"{name} #{number}" for number, name in enumerate(longer, start=1)]


def _block(problems: str, runs: Sequence[StoredRun]) -> Markup:
    names = labels(runs)
    points = [
        Point(n, share(r.records, HEADLINE), _mean_tokens(r))
        for n, r in zip(names, runs, strict=True)
    ]
    return tag(
        "section",
        tag("h2", problems),
        tag("p", _measured(runs), class_="faint"),
        bars(points),
        _accuracy(names, runs),
        _comparisons(names, runs),
        tag("h3", "Accuracy against tokens"),
        plane(points),
        _costs(names, runs),
        _endings(names, runs),
        _problems(names, runs),
    )


def _measured(runs: Sequence[StoredRun]) -> str:
    models = ", ".join(dict.fromkeys(run.setup.model for run in runs))
    budgets = ", ".join(dict.fromkeys(run.setup.budget or "none" for run in runs))
    seeds = ", ".join(dict.fromkeys(str(run.setup.seed) for run in runs))
    problems = max(len({r.task for r in run.records}) for run in runs)
    return (
        f"{problems} problems in order of md5(question). Model: {models}. "
        f"Budget a problem: {budgets}. Seed: {seeds}. Answers are compared with labels by the rule "
        f"“{HEADLINE}” unless another is named; intervals are 95 % (Wilson)."
    )


def _accuracy(names: Sequence[str], runs: Sequence[StoredRun]) -> Markup:
    rules = list(dict.fromkeys([HEADLINE, "strict", *(run.setup.rule for run in runs)]))
    rows = []
    for name, run in zip(names, runs, strict=True):
        agreed = tuple(r for r in run.records if "agreed" in r.flags)
        verified = tuple(r for r in run.records if r.attempt.verified)
        found = [_written(share(run.records, rule)) for rule in rules]
        more = [_written(share(agreed, HEADLINE)), _written(share(verified, HEADLINE))]
        rows.append([tag("b", name), *found, *more])
    heads = ["system", *rules, "labels that agree", "answers it verified"]
    return table(heads, rows, class_="accuracy")


def _written(found: Share) -> str:
    """A share whose interval stays on one line where its cell is narrow."""
    counts, bracket, interval = str(found).partition(" (")
    return counts + bracket + interval.replace(" ", "\N{NO-BREAK SPACE}")


def _comparisons(names: Sequence[str], runs: Sequence[StoredRun]) -> Markup:
    """Each pair of systems on the problems both tried."""
    rows = []
    for (one, a), (two, b) in combinations(zip(names, runs, strict=True), 2):
        try:
            c = paired(a, b).comparison
        except InputError:  # nothing in common is nothing to compare
            continue
        points = f"{100 * c.difference:+.1f} ({100 * c.low:+.1f} to {100 * c.high:+.1f})"
        apart = f"{c.only_first} : {c.only_second}"
        rows.append([f"{one} against {two}", str(c.of), points, apart, f"{c.p_value:.3g}"])
    if not rows:
        return Markup("")
    heads = ["pair", "problems", "difference in points (95 %, bootstrap)",
             "right alone", "p (McNemar)"]  # fmt: skip
    return tag("div", tag("h3", "Pair by pair"), table(heads, rows, class_="pairs"))


def _costs(names: Sequence[str], runs: Sequence[StoredRun]) -> Markup:
    rows = []
    for name, run in zip(names, runs, strict=True):
        n = max(1, len(run.records))
        of_right = tokens_a_right_answer(run)
        rows.append(
            [
                name,
                f"{sum(r.cost.calls for r in run.records) / n:.1f}",
                f"{sum(r.cost.prompt_tokens for r in run.records) / n:,.0f}",
                f"{sum(r.cost.completion_tokens for r in run.records) / n:,.0f}",
                f"{sum(r.cost.seconds for r in run.records) / n:,.1f}",
                "-" if (paid := dollars(run.records)) is None else f"{paid / n:.4f}",
                "-" if of_right is None else f"{of_right:,.0f}",
            ]
        )
    heads = ["a problem", "calls", "tokens read", "tokens written", "seconds", "$",
             "tokens a right answer"]  # fmt: skip
    return table(heads, rows, class_="costs")


def _endings(names: Sequence[str], runs: Sequence[StoredRun]) -> Markup:
    counted = [endings(run) for run in runs]
    kinds = sorted(set().union(*counted), key=lambda kind: (kind != RIGHT, kind))
    rows = [
        [tag("span", kind, class_=_tone(kind)), *(str(found[kind]) for found in counted)]
        for kind in kinds
    ]
    return tag("div", tag("h3", "How attempts ended"), table(["", *names], rows, class_="endings"))


def _problems(names: Sequence[str], runs: Sequence[StoredRun]) -> Markup:
    tasks = {task.id: task for run in runs for task in run.tasks}
    tried = {record.task for run in runs for record in run.records}
    ordered = sorted((tasks[t] for t in tried), key=lambda task: (task.place, task.id))
    kinds = sorted({ending(record) for run in runs for record in run.records})
    made = [_problem(task, names, runs) for task in ordered]
    return tag("div", tag("h3", "Problem by problem"), _filters(kinds), made)


def _filters(kinds: Iterable[str]) -> Markup:
    choices = [tag("option", "however they ended", value="")]
    choices += [tag("option", kind, value=kind) for kind in kinds]
    return tag(
        "form",
        tag("input", type="search", name="words", placeholder="find words", aria_label="words"),
        tag("select", choices, name="ending", aria_label="ending"),
        tag("output"),
        class_="filters",
    )


def _problem(task: TaskShown, names: Sequence[str], runs: Sequence[StoredRun]) -> Markup:
    attempts = [
        (name, record)
        for name, run in zip(names, runs, strict=True)
        for record in run.records
        if record.task == task.id
    ]
    found = Counter(ending(record) for _, record in attempts)
    badges = [
        tag("span", f"{name}: {_answer(record)}", class_=f"badge {_tone(ending(record))}")
        for name, record in attempts
    ]
    return tag(
        "details",
        tag("summary", tag("b", task.id), f" label {_shown(task.label)}", *badges),
        tag("p", task.question or "The text is not kept here; see the data set."),
        [_attempt(name, record) for name, record in attempts],
        class_="problem",
        id=task.id,
        data_endings="|".join(sorted(found)),
    )


def _attempt(name: str, record: Record) -> Markup:
    attempt = record.attempt
    head = f"{name}: {ending(record)}, answer {_answer(record)}"
    if record.sample:
        head = f"{head} (attempt {record.sample + 1})"
    parts = [
        _pre("why", attempt.why),
        _list("evidence", attempt.evidence),
        _pre("formulation", _json(attempt.formulation)),
        _pre("code", attempt.code),
        _steps(attempt.trace),
        [_call(number, call) for number, call in enumerate(record.calls, start=1)],
    ]
    rules = ", ".join(rule for rule, is_right in record.scores.items() if is_right) or "none"
    cost = record.cost
    line = (
        f"Right by: {rules}. {cost.calls} calls, {cost.prompt_tokens:,} tokens read, "
        f"{cost.completion_tokens:,} written, {cost.seconds:,.1f} s."
    )
    flags = f" Label: {', '.join(record.flags)}." if record.flags else ""
    summary = tag("summary", tag("span", head, class_=_tone(ending(record))))
    return tag("details", summary, tag("p", line + flags, class_="faint"), parts)


def _steps(trace: Sequence[dict[str, Any]]) -> list[Markup]:
    return [_fold(str(step.get("step", "step")), _step(step)) for step in trace]


def _step(step: dict[str, Any]) -> str:
    """A step as text: its words and programs as they are, the rest as JSON."""
    lines = []
    for key, value in step.items():
        if key == "step" or value in (None, "", [], {}):
            continue
        text = value if isinstance(value, str) else _json(value)
        lines.append(f"{key}: {text}" if "\n" not in text else f"{key}:\n{text}")
    return "\n".join(lines)


def _call(number: int, call: Call) -> Markup:
    tokens = f"{call.prompt_tokens:,} + {call.completion_tokens:,} tokens"
    head = f"call {number}: {call.role or 'model'} ({tokens}, {call.seconds:,.1f} s)"
    said = call.error or call.replied
    asked = [tag("p", "asked", class_="faint"), tag("pre", _cut(call.asked))] if call.asked else []
    return tag(
        "details",
        tag("summary", head),
        asked,
        tag("p", "replied", class_="faint"),
        tag("pre", _cut(said)),
    )


def _fold(name: str, text: str) -> Markup:
    return tag("details", tag("summary", name), tag("pre", _cut(text)))


def _pre(name: str, text: str) -> list[Markup]:
    return [tag("h3", name), tag("pre", _cut(text))] if text else []


def _list(name: str, sentences: Sequence[str]) -> list[Markup]:
    if not sentences:
        return []
    return [tag("h3", name), tag("ul", [tag("li", sentence) for sentence in sentences])]


def _json(value: object) -> str:
    return "" if value is None else json.dumps(value, indent=1, ensure_ascii=False)


def _cut(text: str) -> str:
    if len(text) <= MOST_SHOWN:
        return text
    return f"{text[:MOST_SHOWN]}\n... and {len(text) - MOST_SHOWN:,} characters more"


def _answer(record: Record) -> str:
    attempt = record.attempt
    return attempt.status.value if attempt.objective is None else f"{attempt.objective:.10g}"


def _shown(label: object) -> str:
    if label is None:
        return "none"
    return f"{label:.10g}" if isinstance(label, float) else str(label)


def _tone(kind: str) -> str:
    if kind == RIGHT:
        return "right"
    return "faint" if kind.startswith("no usable") else "wrong"


def _mean_tokens(run: StoredRun) -> float:
    return sum(r.cost.tokens for r in run.records) / max(1, len(run.records))
