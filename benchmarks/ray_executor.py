"""Attempts on the machines of a Ray cluster; the only module that knows Ray.

Systems run in workers. The model, the ledger, the budget and the records stay here, in the one
process that holds the folder: a worker that wants a reply asks for it, and gets what is paid for
and kept here first. So a worker that dies takes nothing with it but its own work: the attempt is
begun again on another, and finds its replies in the ledger.

An attempt's tables travel as texts, and its label does not.
"""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from optwright.benchmarks.attempt import AttemptResult, make_attempt
from optwright.benchmarks.runner import Funds
from optwright.benchmarks.store import Setup
from optwright.benchmarks.task import Assignment
from optwright.errors import ExtraMissing, OptwrightError, Unavailable
from optwright.serving.chat import ChatModel, ChatReply, ChatRequest

MOST_DEATHS = 3
"""Workers that may die over one attempt before the measurement is stopped: it may be its fault."""


@dataclass(frozen=True)
class Ask:
    """A worker wants a reply."""

    number: int
    request: ChatRequest


@dataclass(frozen=True)
class Answer:
    """What a worker is told: a reply, or the error that came instead."""

    reply: ChatReply | None = None
    error: OptwrightError | None = None


async def open_ray(setup: Setup, model: ChatModel, purse: Funds, jobs: int) -> OnRay:
    """Join the cluster that RAY_ADDRESS names, or start one on this machine, with a worker for
    each processor but no more than `jobs`. Raises `ExtraMissing` and `Unavailable`."""
    try:
        import ray
    except ImportError as error:
        raise ExtraMissing("ray", "ray") from error
    began = not ray.is_initialized()
    try:
        if began:
            ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
        resources = ray.cluster_resources()  # type: ignore[no-untyped-call]  # Ray left it so
        processors = int(resources.get("CPU", 1))
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise Unavailable(
            f"no Ray cluster could be joined or started: {error}",
            hint="look at RAY_ADDRESS, or leave out --executor ray",
        ) from error
    workers = [_Place(_worker(setup)) for _ in range(max(1, min(jobs, processors)))]
    return OnRay(setup, model, purse, workers, began)


@dataclass
class OnRay:
    """Attempts in workers, the least busy one first."""

    setup: Setup
    model: ChatModel
    purse: Funds
    places: list[_Place]
    began: bool
    """Whether the cluster is ours to stop."""
    deaths: int = 0
    _answering: set[asyncio.Future[None]] = field(default_factory=set)

    async def attempt(self, assignment: Assignment, sample: int) -> AttemptResult:
        from ray.exceptions import RayActorError

        sent = _Sent.of(assignment)
        for _ in range(MOST_DEATHS):
            place = min(self.places, key=lambda p: p.busy)
            worker = place.worker
            place.busy += 1
            try:
                return await self._converse(worker, sent, sample)
            except RayActorError:
                self.deaths += 1
                if place.worker is worker:  # another attempt may have seen it die first
                    place.worker = _worker(self.setup)
            finally:
                place.busy -= 1
        raise Unavailable(
            f"{MOST_DEATHS} workers died over problem {assignment.id!r}",
            hint="the system may need more memory than they have",
        )

    async def aclose(self) -> None:
        import ray

        for place in self.places:
            ray.kill(place.worker)
        if self.began:
            ray.shutdown()

    async def _converse(self, worker: Any, sent: _Sent, sample: int) -> AttemptResult:
        """Begin an attempt in a worker and answer what it asks until it is over."""
        name = await worker.begin.remote(pickle.dumps((sent, sample)))
        while True:
            said = pickle.loads(await worker.listen.remote(name))
            if isinstance(said, AttemptResult):
                return said
            # Not waited for here: a system may ask for several replies at a time.
            answering = asyncio.ensure_future(self._answer(worker, name, said))
            self._answering.add(answering)
            answering.add_done_callback(self._answering.discard)

    async def _answer(self, worker: Any, name: str, ask: Ask) -> None:
        from ray.exceptions import RayActorError

        try:
            answer = Answer(await self.model.complete(ask.request))
        except OptwrightError as error:
            answer = Answer(error=error)
        finally:
            self.purse.keep()
        with suppress(RayActorError):  # it died meanwhile; the reply is in the ledger
            await worker.answer.remote(name, ask.number, pickle.dumps(answer))


@dataclass
class _Place:
    worker: Any
    busy: int = 0


@dataclass(frozen=True)
class _Sent:
    """An assignment as it travels: its tables as texts."""

    assignment: Assignment
    texts: dict[str, str]

    @classmethod
    def of(cls, assignment: Assignment) -> _Sent:
        texts = {file.name: file.read_text(encoding="utf-8") for file in assignment.files}
        return cls(replace(assignment, files=()), texts)

    def unpacked(self, folder: Path) -> Assignment:
        files = tuple(folder / name for name in self.texts)
        for file in files:
            file.write_text(self.texts[file.name], encoding="utf-8")
        return replace(self.assignment, files=files)


class Worker:
    """What runs in a worker's process: several attempts, each with a queue of what it says."""

    def __init__(self, setup: Setup) -> None:
        from optwright.benchmarks.opening import open_system

        self._setup = setup
        self._system = open_system(setup.system)
        self._models: dict[str, _Distant] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def process(self) -> int:
        """The id of this process."""
        return os.getpid()

    async def begin(self, sent: bytes) -> str:
        """Begin an attempt; returns its name."""
        packed, sample = pickle.loads(sent)
        name = f"{packed.assignment.id}/{sample}/{len(self._models)}"
        model = self._models[name] = _Distant()
        task = asyncio.ensure_future(self._attempt(model, packed, sample))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return name

    async def listen(self, name: str) -> bytes:
        """What the attempt says next: what it asks, or what it came to."""
        said = await self._models[name].said.get()
        if isinstance(said, AttemptResult):
            self._models[name].said = asyncio.Queue()
        return pickle.dumps(said)

    async def answer(self, name: str, number: int, answer: bytes) -> None:
        """Hand over a reply."""
        self._models[name].answered(number, pickle.loads(answer))

    async def _attempt(self, model: _Distant, packed: _Sent, sample: int) -> None:
        with tempfile.TemporaryDirectory(prefix="optwright-") as folder:
            assignment = packed.unpacked(Path(folder))
            tried = await make_attempt(self._system, assignment, sample, self._setup, model)
        await model.said.put(tried)


@dataclass
class _Distant:
    """The model under test, seen from a worker: it asks and waits. Any thread may ask."""

    name: str = "distant"
    said: asyncio.Queue[Ask | AttemptResult] = field(default_factory=asyncio.Queue)
    _waiting: dict[int, asyncio.Future[Answer]] = field(default_factory=dict)
    _asked: int = 0

    def __post_init__(self) -> None:
        self._home = asyncio.get_running_loop()

    async def complete(self, request: ChatRequest) -> ChatReply:
        asking = asyncio.run_coroutine_threadsafe(self._ask(request), self._home)
        answer = await asyncio.wrap_future(asking)
        if answer.error is not None:
            raise answer.error
        assert answer.reply is not None
        return answer.reply

    async def aclose(self) -> None:
        """It belongs to the process that measures."""

    def answered(self, number: int, answer: Answer) -> None:
        waiting = self._waiting.pop(number)
        if not waiting.done():
            waiting.set_result(answer)

    async def _ask(self, request: ChatRequest) -> Answer:
        self._asked += 1
        number = self._asked
        waiting: asyncio.Future[Answer] = self._home.create_future()
        self._waiting[number] = waiting
        await self.said.put(Ask(number, request))
        return await waiting


def _worker(setup: Setup) -> Any:
    """A new worker somewhere in the cluster."""
    import ray

    actor: Any = ray.remote(Worker)
    return actor.options(num_cpus=1, max_concurrency=1000).remote(setup)
