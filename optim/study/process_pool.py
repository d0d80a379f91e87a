"""Evaluations in processes of their own, for programs that hold the interpreter, crash or hang.

A template process is forked once, before the run has threads or files; each worker is forked from
it and has the program as the user's code made it, closures included. A worker that outstays its
time is killed with all it started. Linux and macOS only.

This keeps accidents away, not attacks: code that is not trusted belongs in the sandbox.
"""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import mkdtemp
from typing import Any, NoReturn, Protocol

from optwright.optim.study.task import Example, Task
from optwright.optim.study.workers import Arrived, Batch, Job, JobResult, counted, timed_out
from optwright.optim.trial import Evaluation, Values
from optwright.serving.budget import Account, Amount, Budget, Hold
from optwright.serving.spending import spending
from optwright.serving.sync import run

ORPHAN_CHECK_S = 1.0


@dataclass(frozen=True, slots=True)
class Order:
    """A job as it goes to a worker: examples are known there by their keys."""

    place: int
    values: Values
    example: str
    budget: Budget


@dataclass(frozen=True, slots=True)
class Ask:
    """A worker's question to the account of the run: `reserve`, `settle` or `unspent`."""

    what: str
    amount: Amount = field(default_factory=Amount)
    hold: int = 0


class Line(Protocol):
    """A worker's end of its conversation with the run: a `Connection`, or like one."""

    def send(self, obj: Any, /) -> None: ...

    def recv(self) -> Any: ...


class Processes:
    """At most `count` worker processes; `timeout_s` for one run, None for no limit.

    Make it before anything that must not be inherited is opened. `examples` are all that jobs will
    ever name. Calls of the program's models are paid by `account`, which is set before the first
    run.
    """

    account: Account

    def __init__(
        self, task: Task, examples: Sequence[Example], count: int, timeout_s: float | None
    ) -> None:
        self._count, self._timeout_s = count, timeout_s
        folder = Path(mkdtemp(prefix="optwright-"))
        self._listener = Listener(str(folder / "workers"), "AF_UNIX", backlog=64)
        self._folder = folder
        known = {example.key: example for example in examples}
        self._template = _fork_template(task, known, str(folder / "workers"), self._listener)
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        self._opening = threading.Lock()

    def run(self, jobs: Sequence[Job]) -> Iterator[JobResult]:
        # The clock is watched where the process can be killed, so the batch needs none.
        yield from Batch(self._start, jobs, self._count, None).results()

    def close(self) -> None:
        """End all workers; those still running are killed."""
        with suppress(Empty):
            while True:
                self._idle.get_nowait().kill()
        os.close(self._template)
        self._listener.close()
        with suppress(OSError):
            self._folder.rmdir()

    def _start(self, place: int, job: Job, arrived: SimpleQueue[Arrived]) -> None:
        threading.Thread(
            target=self._work, args=(place, job, arrived), name=f"worker-{place}", daemon=True
        ).start()

    def _work(self, place: int, job: Job, arrived: SimpleQueue[Arrived]) -> None:
        try:
            worker = self._worker()
            order = Order(place, job.values, job.example.key, self.account.budget)
            result = worker.do(order, job, self.account, self._timeout_s)
            if worker.alive:
                self._idle.put(worker)
            arrived.put((place, result, time.monotonic()))
        except BaseException as error:  # noqa: BLE001  # raised again where results are read
            arrived.put((place, error, time.monotonic()))

    def _worker(self) -> _Worker:
        with suppress(Empty):
            return self._idle.get_nowait()
        with self._opening:
            os.write(self._template, b"+")
            connection = self._listener.accept()
        return _Worker(connection, connection.recv())


class _Worker:
    """One worker process, as the run sees it."""

    def __init__(self, connection: Connection[Any, Any], process: int) -> None:
        self._connection, self._process = connection, process
        self.alive = True

    def do(
        self, order: Order, job: Job, account: Account, timeout_s: float | None
    ) -> JobResult | BaseException:
        """Have one job done; a worker that is late or dies is a failed evaluation."""
        holds: dict[int, Hold] = {}
        deadline = inf if timeout_s is None else time.monotonic() + timeout_s
        try:
            self._connection.send(order)
            while self._connection.poll(_left(deadline)):
                message = self._connection.recv()
                if not isinstance(message, Ask):
                    return message  # type: ignore[no-any-return]  # what the worker sends
                self._connection.send(answer_ask(message, account, holds))
        except (EOFError, OSError):
            self.kill()
            return JobResult(order.place, _died(job))
        finally:
            for hold in holds.values():
                hold.settle(hold.amount)  # it may have been billed
        self.kill()
        assert timeout_s is not None  # an endless poll does not come back empty
        return JobResult(order.place, timed_out(job, timeout_s))

    def kill(self) -> None:
        """End the process and all it started."""
        self.alive = False
        with suppress(OSError):
            os.killpg(self._process, signal.SIGKILL)
        self._connection.close()


def _left(deadline: float) -> float | None:
    return None if deadline == inf else max(0.0, deadline - time.monotonic())


def _died(job: Job) -> Evaluation:
    return Evaluation(-inf, "the process of this run died", example=job.example.key)


def answer_ask(ask: Ask, account: Account, holds: dict[int, Hold]) -> object:
    """Do with the account what a worker asks for; errors go back as values."""
    if ask.what == "unspent":
        return account.unspent()
    if ask.what == "settle":
        holds.pop(ask.hold).settle(ask.amount)
        return None
    try:
        hold = run(account.reserve_or_wait(ask.amount))
    except Exception as error:  # noqa: BLE001  # raised again in the worker
        return error
    number = id(hold)
    holds[number] = hold
    return number


class FarAccount(Account):
    """The account of the run, seen from a worker process."""

    def __init__(self, budget: Budget, connection: Line) -> None:
        super().__init__(budget)
        self._connection, self._talking = connection, threading.Lock()

    def unspent(self) -> Budget:
        left: Budget = self._ask(Ask("unspent"))
        return left

    async def reserve_or_wait(self, amount: Amount) -> Hold:
        return _FarHold(self, amount, self._ask(Ask("reserve", amount)))

    def settle_far(self, hold: int, spent: Amount) -> None:
        self._ask(Ask("settle", spent, hold))

    def _ask(self, ask: Ask) -> Any:  # what `answer_ask` sends
        with self._talking:
            self._connection.send(ask)
            answer = self._connection.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer


class _FarHold(Hold):
    def __init__(self, account: FarAccount, amount: Amount, number: int) -> None:
        super().__init__(account, amount)
        self._far, self._number, self._open = account, number, True

    def settle(self, spent: Amount) -> None:
        if self._open:
            self._open = False
            self._far.settle_far(self._number, spent)


def _fork_template(
    task: Task, examples: Mapping[str, Example], address: str, listener: Listener
) -> int:
    """Fork the process that workers are forked from; return the pipe that orders one."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # Python 3.12 warns of forking with threads. The child only forks again, and its
        # children start threads of their own.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child:
        os.close(reading)
        return writing
    os.close(writing)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the workers
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run, which then closes this
    while os.read(reading, 1):
        if os.fork() == 0:
            os.close(reading)
            _serve(task, examples, address)
    os._exit(0)


def _serve(task: Task, examples: Mapping[str, Example], address: str) -> NoReturn:
    """Be a worker: do jobs until the run is gone."""
    try:
        os.setsid()  # a group of its own, so that all it starts can be killed with it
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
        connection = Client(address, "AF_UNIX")
        connection.send(os.getpid())
        while True:
            order: Order = connection.recv()
            connection.send(_done(task, order, examples[order.example], connection))
    except (EOFError, OSError):
        os._exit(0)
    finally:
        os._exit(1)  # never back into the code that made the template


def _done(
    task: Task, order: Order, example: Example, connection: Connection[Any, Any]
) -> JobResult | BaseException:
    job = Job(order.values, example)
    try:
        with spending(FarAccount(order.budget, connection)):
            return counted(task.run, order.place, job)
    except BaseException as error:  # noqa: BLE001  # raised again in the run
        return error


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(ORPHAN_CHECK_S)
    os._exit(0)
