"""Measuring: every task is tried, every attempt that ends is kept, and a later start goes on.

Several attempts are under way at a time, each a coroutine, by the same core as `solve_many`
(`agents.batch.side_by_side`): a measurement tries any system, again after trouble and elsewhere
too, so it takes the core and not `solve_many` itself. One process holds the folder. What stops
a measurement - an endpoint that is gone, a budget that is spent, Ctrl-C, a kill - loses nothing:
records are on the disk, replies in the ledger.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from optwright.agents.batch import side_by_side, under_way
from optwright.benchmarks.attempt import AttemptResult, is_lasting, make_attempt
from optwright.benchmarks.record import Record
from optwright.benchmarks.scoring import HEADLINE, flags, score
from optwright.benchmarks.store import Setup, Store
from optwright.benchmarks.system import Claim, System
from optwright.benchmarks.task import Assignment, Task
from optwright.errors import OptwrightError
from optwright.serving.budget import Account
from optwright.serving.chat import ChatModel

MOST_TROUBLES = 3
"""Attempts with trouble in a row after which nothing else is begun."""


class ProgressListener(Protocol):
    """Someone who is told how far a measurement is."""

    def began(self, task: Task, sample: int) -> None: ...

    def ended(self, tally: Tally, record: Record, wall_s: float) -> None: ...


class Silent:
    """Nobody."""

    def began(self, task: Task, sample: int) -> None:
        """An attempt begins."""

    def ended(self, tally: Tally, record: Record, wall_s: float) -> None:
        """An attempt is kept."""


class Executor(Protocol):
    """Where attempts are made: here, or on other machines. Labels do not go there."""

    async def attempt(self, assignment: Assignment, sample: int) -> AttemptResult: ...

    async def aclose(self) -> None: ...


@dataclass
class Tally:
    """How far a measurement is. `right` counts by the headline rule, `scored` what has a label."""

    planned: int
    done: int = 0
    scored: int = 0
    right: int = 0
    tokens: int = 0
    paid_s: float = 0.0

    def add(self, record: Record) -> None:
        self.done += 1
        self.scored += HEADLINE in record.scores
        self.right += record.scores.get(HEADLINE, False)
        self.tokens += record.cost.tokens
        self.paid_s += record.cost.seconds


@dataclass
class Here:
    """Attempts made in this process."""

    system: System
    setup: Setup
    model: ChatModel
    purse: Funds

    async def attempt(self, assignment: Assignment, sample: int) -> AttemptResult:
        return await make_attempt(
            self.system, assignment, sample, self.setup, self.model, paid=self.purse.keep
        )

    async def aclose(self) -> None:
        """Nothing was opened."""


class Funds:
    """What is spent of the budget of all, written down whenever it changes."""

    def __init__(self, account: Account, store: Store) -> None:
        self.account = account
        self.store = store
        self._kept = account.spent

    def keep(self) -> None:
        if self.account.spent != self._kept:
            self._kept = self.account.spent
            self.store.keep_spent(self._kept)


@dataclass
class Measurement:
    """Tasks in their order, how often each is tried, and where. `stopped` says why it ended
    early."""

    store: Store
    system: str
    tasks: Sequence[Task]
    samples: int
    executor: Executor
    jobs: int = 1
    told: ProgressListener = field(default_factory=Silent)
    stopped: OptwrightError | None = None

    def __post_init__(self) -> None:
        self.tally = Tally(len(self.tasks) * self.samples)
        self._troubles = 0
        self._waiting: deque[tuple[Task, int]] = deque()

    async def run(self) -> Tally:
        """Make every attempt that is not kept yet, `jobs` at a time."""
        self.store.expect(self.tasks)
        self._waiting.extend(self._missing())
        _widen(self.jobs)
        await side_by_side(
            self._waiting, self._try, self.jobs, stopped=lambda: self.stopped is not None
        )
        return self.tally

    def _missing(self) -> Iterable[tuple[Task, int]]:
        """The attempts to make: first samples first, so that a stop leaves whole columns."""
        kept = {(r.task, r.sample): r for r in self.store.read().records}
        for sample in range(self.samples):
            for task in self.tasks:
                if (record := kept.get((task.id, sample))) is not None:
                    self.tally.add(record)
                else:
                    yield task, sample

    async def _try(self, waiting: tuple[Task, int]) -> None:
        task, sample = waiting
        self.told.began(task, sample)
        try:
            tried = await self.executor.attempt(task.assignment, sample)
            self._end(task, sample, tried)
        except OptwrightError as error:  # of the store, or of the machines attempts run on
            self.stopped = self.stopped or error

    def _end(self, task: Task, sample: int, tried: AttemptResult) -> None:
        if (trouble := self._trouble(tried)) is not None:
            self._troubles += 1
            if is_lasting(trouble) or self._troubles >= MOST_TROUBLES:
                self.stopped = self.stopped or trouble
            else:
                self._waiting.append((task, sample))
            return
        self._troubles = 0
        record = scored(task, sample, tried, self.system)
        self.store.keep(record, tried.wall_s, tried.replayed)
        self.tally.add(record)
        self.told.ended(self.tally, record, tried.wall_s)

    def _trouble(self, tried: AttemptResult) -> OptwrightError | None:
        """What the system is not to blame for. While the model has refused whatever it was asked,
        that is not about a problem: a name or a key is wrong, or the account is empty."""
        unanswered = tried.attempt.status is Claim.NONE and not tried.cost.calls
        return tried.infrastructure_error or (
            tried.refused if unanswered and not self.tally.tokens else None
        )


def scored(task: Task, sample: int, tried: AttemptResult, system: str) -> Record:
    """The record of an attempt: here, and only here, it meets the label."""
    return Record(
        task=task.id,
        sample=sample,
        system=system,
        attempt=tried.attempt,
        cost=tried.cost,
        calls=tried.calls,
        scores=score(tried.attempt, task),
        flags=flags(tried.attempt, task),
    )


def _widen(jobs: int) -> None:
    """Room for the threads of as many attempts: a loop's own pool is sized for its processors."""
    pool = ThreadPoolExecutor(max_workers=2 * under_way(jobs) + 4, thread_name_prefix="attempt")
    asyncio.get_running_loop().set_default_executor(pool)
