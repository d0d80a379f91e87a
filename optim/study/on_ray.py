"""Evaluations on the machines of a Ray cluster; the only module of the loop that knows Ray.

The run, its records and its account stay here. A worker gets the task once and one evaluation at a
time; a program's model calls are paid here before they are made. A worker that dies takes nothing
with it but the evaluation it was at, which is begun again on another.
"""

from __future__ import annotations

import logging
import os
import queue
import sys
import sysconfig
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from math import inf
from types import ModuleType
from typing import Any

from optwright.errors import ExtraMissing, Unavailable
from optwright.optim.study.process_pool import Ask, FarAccount, Order, answer_ask
from optwright.optim.study.task import Example, Task
from optwright.optim.study.workers import Arrived, Batch, Job, JobResult, counted, timed_out
from optwright.optim.trial import Evaluation
from optwright.serving.budget import Account, Hold
from optwright.serving.spending import spending

MOST_DEATHS = 3
"""Workers that may die over one evaluation before it counts as failed: it may be its fault."""
START_S = 120.0  # a new worker imports what the task needs


class RayWorkers:
    """At most `count` workers, but no more than the cluster has processors; `timeout_s` for one
    run, None for no limit. It joins the cluster that RAY_ADDRESS names, or starts one here.

    The task travels by value, with the modules of the user that it uses. Calls of the program's
    models are paid by `account`, which is set before the first run. Raises `ExtraMissing` and
    `Unavailable`.
    """

    account: Account

    def __init__(
        self, task: Task, examples: Sequence[Example], count: int, timeout_s: float | None
    ) -> None:
        self._ray = _ray()
        self.began = _join(self._ray)
        self._timeout_s = timeout_s
        processors = int(self._ray.cluster_resources().get("CPU", 1))
        self._count = max(1, min(count, processors))
        self._sent = _packed(task, {example.key: example for example in examples})
        self.places: queue.SimpleQueue[Any] = queue.SimpleQueue()
        actors = [self._worker() for _ in range(self._count)]
        self._ray.get([actor.process.remote() for actor in actors])
        for actor in actors:
            self.places.put(actor)
        self.deaths = 0

    def run(self, jobs: Sequence[Job]) -> Iterator[JobResult]:
        # The clock is watched where the worker can be ended, so the batch needs none.
        yield from Batch(self._start, jobs, self._count, None).results()

    def close(self) -> None:
        """End all workers, and the cluster where it was begun here."""
        with suppress(queue.Empty):
            while True:
                self._ray.kill(self.places.get_nowait())
        if self.began:
            self._ray.shutdown()

    def _worker(self) -> Any:
        actor = self._ray.remote(_Worker).options(num_cpus=1, max_concurrency=4)
        return actor.remote(self._sent)

    def _start(self, place: int, job: Job, arrived: queue.SimpleQueue[Arrived]) -> None:
        threading.Thread(
            target=self._work, args=(place, job, arrived), name=f"ray-{place}", daemon=True
        ).start()

    def _work(self, place: int, job: Job, arrived: queue.SimpleQueue[Arrived]) -> None:
        try:
            result = self._tried(
                Order(place, job.values, job.example.key, self.account.budget), job
            )
        except BaseException as error:  # noqa: BLE001  # raised again where results are read
            result = error
        arrived.put((place, result, time.monotonic()))

    def _tried(self, order: Order, job: Job) -> JobResult | BaseException:
        from ray.exceptions import GetTimeoutError, RayActorError

        for _ in range(MOST_DEATHS):
            actor = self.places.get()
            try:
                return self._converse(actor, order)
            except GetTimeoutError:
                self._ray.kill(actor)
                actor = self._worker()
                assert self._timeout_s is not None  # or it would wait for ever
                return JobResult(order.place, timed_out(job, self._timeout_s))
            except RayActorError:
                self.deaths += 1
                actor = self._worker()
            finally:
                self.places.put(actor)
        text = f"{MOST_DEATHS} workers died over this run"
        return JobResult(order.place, Evaluation(-inf, text, example=job.example.key))

    def _converse(self, actor: Any, order: Order) -> JobResult | BaseException:
        """Have one evaluation made, and pay for what it asks to be paid."""
        ray, holds = self._ray, dict[int, Hold]()
        deadline = inf if self._timeout_s is None else time.monotonic() + self._timeout_s
        try:
            ray.get(actor.begin.remote(order), timeout=START_S)
            while True:
                left = None if deadline == inf else max(0.0, deadline - time.monotonic())
                said = ray.get(actor.listen.remote(), timeout=left)
                if not isinstance(said, Ask):
                    return said  # type: ignore[no-any-return]  # what the worker sends
                ray.get(actor.answer.remote(answer_ask(said, self.account, holds)))
        finally:
            for hold in holds.values():
                hold.settle(hold.amount)  # it may have been billed


class _Worker:
    """What runs in a worker's process: one evaluation at a time, and what it says."""

    def __init__(self, sent: bytes) -> None:
        import ray.cloudpickle as pickle

        self._task: Task
        self._examples: Mapping[str, Example]
        self._task, self._examples = pickle.loads(sent)
        self._line = _Line()

    def process(self) -> int:
        """The id of this process."""
        return os.getpid()

    def begin(self, order: Order) -> None:
        """Begin an evaluation; `listen` hears of it."""
        threading.Thread(target=self._evaluate, args=(order,), daemon=True).start()

    def listen(self) -> Any:
        """What the evaluation says next: what is to be paid, or what it came to."""
        return self._line.said.get()

    def answer(self, answer: Any) -> None:
        self._line.heard.put(answer)

    def _evaluate(self, order: Order) -> None:
        job = Job(order.values, self._examples[order.example])
        try:
            with spending(FarAccount(order.budget, self._line)):
                self._line.said.put(counted(self._task.run, order.place, job))
        except BaseException as error:  # noqa: BLE001  # raised again in the run
            self._line.said.put(error)


class _Line:
    """The worker's end of a conversation about money."""

    def __init__(self) -> None:
        self.said: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.heard: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def send(self, ask: Any) -> None:
        self.said.put(ask)

    def recv(self) -> Any:
        return self.heard.get()


def _ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise ExtraMissing("ray", "ray") from error
    return ray


def _join(ray: Any) -> bool:
    """Whether the cluster was begun here."""
    if ray.is_initialized():
        return False
    try:
        ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    except Exception as error:  # Ray raises a bare one where its processes do not come up
        raise Unavailable(
            f"no Ray cluster could be joined or started: {error}",
            hint="look at RAY_ADDRESS, or leave out --executor ray",
        ) from error
    return True


def _packed(task: Task, examples: Mapping[str, Example]) -> bytes:
    """The task and its examples by value. Modules of the user are not there on other machines,
    and a parameter that a worker imported for itself would not be the one the task changes."""
    pickle: Any = import_module("ray.cloudpickle")
    own = [module for module in list(sys.modules.values()) if _is_the_users(module)]
    for module in own:
        pickle.register_pickle_by_value(module)
    try:
        packed: bytes = pickle.dumps((task, examples))
    finally:
        for module in own:
            pickle.unregister_pickle_by_value(module)
    return packed


_LIBRARIES = tuple(
    sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")
)


def _is_the_users(module: ModuleType) -> bool:
    file = getattr(module, "__file__", None) or ""
    name = module.__name__
    return (
        bool(file)
        and not (
            file.startswith(_LIBRARIES) or name == "optwright" or name.startswith("optwright.")
        )
        and name != "__main__"
    )
