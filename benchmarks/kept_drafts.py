"""Plan questions and agreement on the kept drafts of the embedded model; no model is run.

    python -m optwright.benchmarks.kept_drafts --data DIR --out rows.jsonl

Every reply in the published ledgers that reads as a formulation is solved as it was written and
scored by its problem's label. Who reads its plans is a right draft of the same problem, so a row
without one is left out of what the questions catch (and stays in what agreement is worth).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from optwright.agents.checks.equivalence import differences, names_between
from optwright.agents.checks.plans.examine import State, compare
from optwright.agents.checks.plans.generate import inquiry
from optwright.agents.checks.plans.perfect import PerfectReader
from optwright.agents.evidence.case import Case
from optwright.agents.evidence.checks import findings
from optwright.agents.replies import read_formulation
from optwright.benchmarks.packing import LEDGERS, read_pack
from optwright.benchmarks.table import read_tasks
from optwright.benchmarks.task import Task
from optwright.errors import OptwrightError
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Status

CLOSE = 1e-6


@dataclass(frozen=True)
class Draft:
    """One reply as it was written."""

    task: str
    formulation: Formulation
    objective: float | None
    is_right: bool
    is_clean: bool

    @property
    def form(self) -> str:
        return "".join(self.formulation.to_json(indent=None).lower().split())


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of one draft. `agree` is how many other forms of the same problem came to its
    optimum, `equivalent` how many of these say the same of its plans; `perfect` is None where no
    right draft of the problem is there to read its plans."""

    task: str
    is_right: bool
    is_clean: bool
    agree: int
    equivalent: int
    perfect: State | None
    why: str


def drafts(pack: Path, tasks: Sequence[Task]) -> Iterator[Draft]:
    """The replies of a pack that read as formulations, each with the task whose words it quotes."""
    seen: set[tuple[str, str]] = set()
    for reply in read_pack(pack).replies.values():
        try:
            formulation = read_formulation(reply.text)
            task = _task_of(formulation, tasks)
            if task is None:
                continue
            outcome = solve(Program(formulation))
        except OptwrightError:
            continue
        clean = not findings(Case(task.question, formulation))
        right = outcome.status is Status.OPTIMAL and _is_label(outcome.objective, task)
        draft = Draft(task.id, formulation, outcome.objective, right, clean)
        if (task.id, draft.form) not in seen:
            seen.add((task.id, draft.form))
            yield draft


def _is_label(objective: float | None, task: Task) -> bool:
    if objective is None or not isinstance(task.label, float | int):
        return False
    return abs(objective - task.label) <= CLOSE * max(1.0, abs(task.label))


def _task_of(formulation: Formulation, tasks: Sequence[Task]) -> Task | None:
    """The task in which most of the words stand that the reply quotes; all but one must."""
    quotes = [c.text for c in formulation.constraints] + [formulation.objective.text]
    quotes = [_plain(q) for q in quotes if len(q) > 8]
    counts = {t.id: sum(q in _plain(t.question) for q in quotes) for t in tasks}
    best = max(tasks, key=lambda t: counts[t.id])
    return best if quotes and counts[best.id] >= max(len(quotes) - 1, 1) else None


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def rows(found: Sequence[Draft], tasks: Mapping[str, Task]) -> Iterator[Row]:
    """Every draft with what agreement and a right draft's reading say of it."""
    by_task: dict[str, list[Draft]] = defaultdict(list)
    for draft in found:
        by_task[draft.task].append(draft)
    for own in by_task.values():
        right = [d for d in own if d.is_right]
        for draft in own:
            text = tasks[draft.task].question
            agree = [
                other
                for other in own
                if other is not draft and _same(other.objective, draft.objective)
            ]
            equivalent = sum(
                differences(text, draft.formulation, other.formulation) == () for other in agree
            )
            state, why = _read(draft, right, tasks[draft.task])
            yield Row(
                draft.task, draft.is_right, draft.is_clean, len(agree), equivalent, state, why
            )


def _same(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and abs(one - other) <= CLOSE * max(1.0, abs(one))


def _read(draft: Draft, right: Sequence[Draft], task: Task) -> tuple[State | None, str]:
    """What the plans come to when a right draft reads them: another one than the draft itself,
    where there is one."""
    others = [d for d in right if d is not draft]
    readers = [(d, names_between(draft.formulation, d.formulation)) for d in others or right]
    known = [(d, names) for d, names in readers if names is not None]
    if not known:
        return None, ""
    reader, names = known[0]
    made = inquiry(task.question, draft.formulation)
    if not made.expected:
        return State.NOT_ASKED, "; ".join(made.unasked)
    reading = PerfectReader(reader.formulation, names).read(made.question)
    examined = compare(made, reading, arithmetic=1e-5)
    said = [m.text for m in examined.mismatches] or list(examined.unanswered)
    return examined.state, said[0] if said else ""


def summary(found: Sequence[Row]) -> str:
    """Counts as Markdown: what the questions catch, and what agreement is worth."""
    read = [r for r in found if r.perfect is not None]
    lines = ["| drafts | number | refuted | asked in part | not asked | held |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    for right in (True, False):
        states = Counter(r.perfect for r in read if r.is_right is right)
        order = (State.REFUTED, State.IN_PART, State.NOT_ASKED, State.HELD)
        counts = " | ".join(str(states[s]) for s in order)
        lines.append(f"| {'right' if right else 'wrong'} | {states.total()} | {counts} |")
    lines += ["", "| rule | drafts | right |", "| --- | --- | --- |"]
    rules: dict[str, Callable[[Row], bool]] = {
        "any": lambda r: True,
        "clean": lambda r: r.is_clean,
        "another form agrees": lambda r: r.agree > 0,
        "another form agrees, clean": lambda r: r.agree > 0 and r.is_clean,
        "another form is equivalent": lambda r: r.equivalent > 0,
        "another form is equivalent, clean": lambda r: r.equivalent > 0 and r.is_clean,
        "held": lambda r: r.perfect is State.HELD,
    }
    for name, rule in rules.items():
        kept = [r for r in found if rule(r)]
        lines.append(f"| {name} | {len(kept)} | {sum(r.is_right for r in kept)} |")
    return "\n".join(lines)


@click.command()
@click.option("--pack", "packs", multiple=True, type=click.Path(exists=True, path_type=Path))
@click.option("--data", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="write one line a draft")
def main(packs: tuple[Path, ...], data: Path, out: Path | None) -> None:
    """Measure plan questions and agreement on kept drafts."""
    chosen = packs or (LEDGERS / "optwright.jsonl.xz",)
    with TemporaryDirectory() as folder:
        tasks = read_tasks([read_pack(path) for path in chosen], data, Path(folder))
    found = [draft for path in chosen for draft in drafts(path, list(tasks.values()))]
    measured = list(rows(found, tasks))
    if out is not None:
        out.write_text("".join(json.dumps(asdict(r)) + "\n" for r in measured), encoding="utf-8")
    click.echo(summary(measured))


if __name__ == "__main__":
    main()
