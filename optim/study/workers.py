"""Running many evaluations side by side, each for at most so long.

A thread that outstays its time cannot be ended from outside: its result is a failure, the thread
is left behind, and another takes its place. Where that matters, `Processes` ends the process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from math import inf
from queue import Empty, SimpleQueue
from typing import Protocol

from optwright.optim.study.task import Example, Task
from optwright.optim.trial import Evaluation, Values
from optwright.serving.budget import Amount
from optwright.serving.events import CallEnded, Event, listening, report


@dataclass(frozen=True, slots=True)
class Job:
    """One run to be made: values on an example."""

    values: Values
    example: Example


@dataclass(frozen=True, slots=True)
class JobResult:
    """A job that ended: its place, its result, and what its model calls cost."""

    place: int
    evaluation: Evaluation
    cost: Amount = field(default_factory=Amount)


class Workers(Protocol):
    """Runs jobs and yields each result as it arrives.

    An error that the task lets through is raised once no other job is running.
    """

    def run(self, jobs: Sequence[Job]) -> Iterator[JobResult]: ...

    def close(self) -> None: ...


Arrived = tuple[int, JobResult | BaseException, float]
"""A place, what came of its job, and when, by the monotonic clock."""

_BEGIN_S = 1.0


class Threads:
    """At most `count` daemon threads; `timeout_s` for one run, None for no limit."""

    def __init__(self, task: Task, count: int, timeout_s: float | None) -> None:
        self._task, self._count, self._timeout_s = task, count, timeout_s

    def run(self, jobs: Sequence[Job]) -> Iterator[JobResult]:
        yield from Batch(self._start, jobs, self._count, self._timeout_s).results()

    def close(self) -> None:
        """Nothing is left running but what timed out."""

    def _start(self, place: int, job: Job, arrived: SimpleQueue[Arrived]) -> None:
        begun, context = threading.Event(), copy_context()

        def work() -> None:
            begun.set()
            result = _result(context, self._task, place, job)
            arrived.put((place, result, time.monotonic()))

        threading.Thread(target=work, name=f"evaluation-{place}", daemon=True).start()
        # Two threads that begin at once under a debugger or coverage can die of it (Python 3.11).
        begun.wait(_BEGIN_S)


def _result(context: Context, task: Task, place: int, job: Job) -> JobResult | BaseException:
    try:
        return context.run(counted, task.run, place, job)
    except BaseException as error:  # noqa: BLE001  # raised again where results are read
        return error


def counted(run: Callable[[Values, Example], Evaluation], place: int, job: Job) -> JobResult:
    """Run a job and add up the calls of the models it asked."""
    costs: list[Amount] = []
    outside = copy_context()

    def note(event: Event) -> None:
        outside.run(report, event)  # whoever listened before still hears of it
        if isinstance(event, CallEnded) and not event.replayed:
            usage = event.usage
            costs.append(Amount(usage.calls, usage.tokens, usage.cost_usd or 0.0))

    with listening(note):
        evaluation = run(job.values, job.example)
    return JobResult(place, evaluation, sum(costs, Amount()))


class Batch:
    """The bookkeeping of one `run`: which jobs wait, run, are done, or took too long."""

    def __init__(
        self,
        start: Callable[[int, Job, SimpleQueue[Arrived]], None],
        jobs: Sequence[Job],
        count: int,
        timeout_s: float | None,
    ) -> None:
        self._start, self._jobs, self._count, self._timeout_s = start, jobs, count, timeout_s
        self._arrived: SimpleQueue[Arrived] = SimpleQueue()
        self._deadlines: dict[int, float] = {}
        self._next = 0
        self._error: BaseException | None = None

    def results(self) -> Iterator[JobResult]:
        while self._fill() or self._deadlines:
            yield from self._arrivals()
        if self._error is not None:
            raise self._error

    def _fill(self) -> bool:
        """Start what there is room for; nothing more after an error."""
        while (
            self._error is None
            and self._next < len(self._jobs)
            and len(self._deadlines) < self._count
        ):
            place, self._next = self._next, self._next + 1
            limit = inf if self._timeout_s is None else self._timeout_s
            self._deadlines[place] = time.monotonic() + limit
            self._start(place, self._jobs[place], self._arrived)
        return bool(self._deadlines)

    def _arrivals(self) -> Iterator[JobResult]:
        first = min(self._deadlines.values())
        try:
            wait = None if first == inf else max(0.0, first - time.monotonic())
            place, result, when = self._arrived.get(timeout=wait)
        except Empty:
            yield from self._late()
            return
        if when > self._deadlines.get(place, -inf):
            yield from self._late()  # it came after its time, however late it is looked at
            return
        del self._deadlines[place]
        if isinstance(result, BaseException):
            self._error = self._error or result
        else:
            yield result

    def _late(self) -> Iterator[JobResult]:
        now = time.monotonic()
        for place in [p for p, deadline in self._deadlines.items() if deadline <= now]:
            del self._deadlines[place]
            assert self._timeout_s is not None  # or no deadline would pass
            yield JobResult(place, timed_out(self._jobs[place], self._timeout_s))


def timed_out(job: Job, timeout_s: float) -> Evaluation:
    text = f"no result after {timeout_s:g} s"
    return Evaluation(-inf, text, example=job.example.key, seconds=timeout_s)
