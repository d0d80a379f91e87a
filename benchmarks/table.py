"""`optwright bench table`: the published table, from the packs that lie beside the code.

It is read from the records; two looks make sure that these say what the replies say. Without the
data sets every answer is built, solved and scored again (`rebuilt`); with them every system is run
again on the kept replies (`replayed`), and nothing may differ.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from optwright.agents.problem import Problem
from optwright.benchmarks import datasets
from optwright.benchmarks.attempt import make_attempt
from optwright.benchmarks.opening import open_system
from optwright.benchmarks.packing import LEDGERS, Pack, question_hash, read_pack
from optwright.benchmarks.programs import CLAIMS, OPTIONS, build
from optwright.benchmarks.record import Record
from optwright.benchmarks.scoring import VALIDATOR, flags, score
from optwright.benchmarks.store import StoredRun
from optwright.benchmarks.system import Attempt, Claim
from optwright.benchmarks.task import Label, Task
from optwright.errors import InputError
from optwright.serving.recorded import Replayed
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Outcome

JOBS = 4


@dataclass(frozen=True)
class Difference:
    """A record that does not come out again."""

    system: str
    task: str
    why: str

    def __str__(self) -> str:
        return f"{self.system} on {self.task}: {self.why}"


def published(folder: Path | None = None) -> list[Pack]:
    """The packs in a folder, in order of their names; `InputError` where there are none."""
    folder = folder or LEDGERS
    packs = [read_pack(path) for path in sorted(folder.glob("*.jsonl.xz"))]
    if not packs:
        raise InputError(
            f"there are no measurements in {str(folder)!r}",
            hint="they come with the repository: name its folder with --ledgers benchmarks/ledgers",
        )
    return packs


def published_runs(packs: Sequence[Pack]) -> list[StoredRun]:
    """All measurements: data sets and systems in order of their names, optwright first."""
    runs = [run for pack in packs for run in pack.runs]
    return sorted(runs, key=lambda r: (r.setup.dataset, r.setup.skip, r.setup.system != "optwright",
                                       r.setup.system, r.setup.model))  # fmt: skip


def rebuilt(packs: Sequence[Pack]) -> Iterator[Difference]:
    """Build and solve every answer again, from its formulation or its program alone, and score
    it."""
    for run in published_runs(packs):
        labels = {task.id: task.label for task in run.tasks}
        for record in run.records:
            why = "" if record.attempt.status is Claim.NONE else _unlike(record.attempt)
            why = why or _misjudged(record, labels[record.task])
            if why:
                yield Difference(run.setup.system, record.task, why)


def _misjudged(record: Record, label: Label) -> str:
    """How the scores differ when the answer is scored again; empty where they do not. A pack has
    no words, and a whole label may be a rounded one by its words: either reading will do."""
    if VALIDATOR in record.scores:
        return ""  # a pack has nothing that a validator could be asked
    readings = [
        score(record.attempt, Task(record.task, "", words, label))
        for words in ("", "Round to the nearest whole number.")
    ]
    return "" if record.scores in readings else f"it is scored otherwise by the label {label!r}"


def _unlike(attempt: Attempt) -> str:
    """How the answer differs when it is solved again; empty where it does not."""
    outcome = _solved(attempt)
    claim = Claim.NONE if outcome is None else CLAIMS.get(outcome.status, Claim.NONE)
    found = outcome.objective if outcome is not None and claim is Claim.OPTIMAL else None
    if claim is attempt.status and _same(found, attempt.objective):
        return ""
    return f"{_said(attempt.status, attempt.objective)} comes out as {_said(claim, found)}"


def _same(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is b
    return abs(a - b) <= 1e-6 * max(1.0, abs(a), abs(b))


def _said(claim: Claim, objective: float | None) -> str:
    return claim.value if objective is None else repr(objective)


def _solved(attempt: Attempt) -> Outcome | None:
    if attempt.code:
        problem = Problem(
            "Which of 2 choices is best?"
        )  # programs of problems in words take no data
        return build(problem, f"```python\n{attempt.code}\n```").outcome
    if attempt.formulation is None:
        return None
    return solve(Program(Formulation.model_validate(attempt.formulation)), options=OPTIONS)


def read_tasks(packs: Sequence[Pack], data: Path, folder: Path) -> dict[str, Task]:
    """The packs' tasks by id, read from the folder `data`; tables are written into `folder`."""
    runs = published_runs(packs)
    wanted = {task.id for run in runs for task in run.tasks}
    return {
        row.id: row.task(name, folder)
        for name in dict.fromkeys(run.setup.dataset for run in runs)
        for row in datasets.load(name, data).rows
        if row.id in wanted
    }


async def replayed(packs: Sequence[Pack], tasks: Mapping[str, Task]) -> list[Difference]:
    """Run every system again on the kept replies, on the tasks that are given by their ids."""
    places = asyncio.Semaphore(JOBS)

    async def one(pack: Pack, run: StoredRun, record: Record) -> list[Difference]:
        async with places:
            task = tasks.get(record.task)
            if task is None:
                return [Difference(run.setup.system, record.task, "the data set does not have it")]
            return await _replayed(pack, run, record, task)

    jobs = [one(pack, run, record) for pack in packs for run in pack.runs for record in run.records]
    return [difference for found in await asyncio.gather(*jobs) for difference in found]


async def _replayed(pack: Pack, run: StoredRun, record: Record, task: Task) -> list[Difference]:
    setup = run.setup
    if question_hash(task.question) != pack.hashes[task.id]:
        return [Difference(setup.system, task.id, "the data set asks another question")]
    tried = await make_attempt(
        open_system(setup.system), task.assignment, record.sample, setup, Replayed(pack)
    )
    if tried.infrastructure_error is not None:
        return [Difference(setup.system, task.id, str(tried.infrastructure_error))]
    kept, found = record.attempt, tried.attempt
    if not (_outcome(kept) == _outcome(found) and _same(kept.objective, found.objective)):
        before, after = (_said(x.status, x.objective) for x in (kept, found))
        return [Difference(setup.system, task.id, f"{before} comes out as {after}")]
    if record.cost != tried.cost:
        return [Difference(setup.system, task.id, f"it costs {tried.cost}, not {record.cost}")]
    if record.scores != score(kept, task) or record.flags != flags(kept, task):
        return [Difference(setup.system, task.id, f"it is scored otherwise by {task.label!r}")]
    return []


def _outcome(attempt: Attempt) -> tuple[object, ...]:
    """What must not change; words of a solver's log may, with its version."""
    return attempt.status, attempt.verified, attempt.failed_at
