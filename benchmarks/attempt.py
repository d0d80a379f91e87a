"""One attempt of a system at a problem: its kit, its limits, and what is kept of it.

A system cannot hide what it asked: the models here trace every call. And it is not blamed for what
it cannot help: a dead endpoint, a full disk or an empty purse is an `infrastructure_error`, and an
attempt with one is no result.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from pydantic import ValidationError

from optwright.benchmarks.record import Call, Cost, Record
from optwright.benchmarks.store import Setup
from optwright.benchmarks.system import Attempt, Kit, Stage, System
from optwright.benchmarks.task import Assignment
from optwright.errors import (
    BudgetExceeded,
    DeadlineExceeded,
    EndpointError,
    InputError,
    ModelError,
    ModelUnavailable,
    OptwrightError,
    ReplayMiss,
    SolverMissing,
    StorageError,
    Unavailable,
)
from optwright.serving.budget import Account, Budget
from optwright.serving.chat import NOTHING_USED, ChatModel, ChatReply, ChatRequest, Usage
from optwright.serving.events import Announced
from optwright.serving.metered import Metered

_REFUSED_TO_ALL = frozenset({401, 402, 403, 404})
"""What an endpoint says of us, not of a request."""
_BUSY = frozenset({408, 409, 425, 429})


@dataclass(frozen=True)
class AttemptResult:
    """What an attempt came to. With `infrastructure_error` it is to be made again."""

    attempt: Attempt
    cost: Cost = Cost()  # noqa: RUF009  (frozen, so sharing it is safe)
    calls: tuple[Call, ...] = ()
    wall_s: float = 0.0
    replayed: int = 0
    infrastructure_error: OptwrightError | None = None
    refused: EndpointError | None = None
    """What the model last said against a request, if it did."""


@dataclass
class ErrorTrackingModel:
    """The model under test. `infrastructure_error` is the first error that no system is to blame
    for, `refused` the last one that may be about what a system asked."""

    model: ChatModel
    paid: Callable[[], None]
    """Told after every call, answered or not."""
    infrastructure_error: OptwrightError | None = None
    refused: EndpointError | None = None

    @property
    def name(self) -> str:
        return self.model.name

    async def complete(self, request: ChatRequest) -> ChatReply:
        try:
            return await self.model.complete(request)
        except OptwrightError as error:
            if is_infrastructure_error(error):
                self.infrastructure_error = self.infrastructure_error or error
            elif isinstance(error, EndpointError):
                self.refused = error
            raise
        finally:
            self.paid()

    async def aclose(self) -> None:
        """It belongs to the runner."""


def is_infrastructure_error(error: OptwrightError) -> bool:
    """Whether asking later may go better: everything but a request that was understood and
    refused, or a reply that cannot be read."""
    if isinstance(error, EndpointError) and error.status is not None:
        return error.status >= 500 or error.status in _REFUSED_TO_ALL | _BUSY
    return isinstance(
        error,
        EndpointError | DeadlineExceeded | ReplayMiss | Unavailable | BudgetExceeded | StorageError,
    )


def is_lasting(error: OptwrightError) -> bool:
    """Whether an infrastructure error stays: then nothing else is begun."""
    if isinstance(error, EndpointError):
        return error.status in _REFUSED_TO_ALL
    return not isinstance(error, DeadlineExceeded)


Flight = tuple[asyncio.AbstractEventLoop, "asyncio.Task[Any]"]


def _flight() -> Flight:
    task = asyncio.current_task()
    assert task is not None
    return asyncio.get_running_loop(), task


@dataclass
class Traced:
    """A model that remembers its calls, in the order they began."""

    model: ChatModel
    calls: list[Call] = field(default_factory=list)
    usage: Usage = NOTHING_USED
    replayed: int = 0
    _flying: set[Flight] = field(default_factory=set)
    _closed: bool = False

    @property
    def name(self) -> str:
        return self.model.name

    async def complete(self, request: ChatRequest) -> ChatReply:
        if self._closed:
            raise ModelUnavailable("the attempt that asks is over")
        flight = _flight()
        self._flying.add(flight)
        try:
            return await self._complete(request)
        finally:
            self._flying.discard(flight)

    def close(self) -> None:
        """End what the attempt left running: it must not spend any more."""
        self._closed = True
        for loop, task in list(self._flying):
            if not loop.is_closed():
                loop.call_soon_threadsafe(task.cancel)

    async def _complete(self, request: ChatRequest) -> ChatReply:
        asked = next((m.content for m in reversed(request.messages) if m.role == "user"), "")
        call = Call(role=_writable(request.role), asked=_writable(asked), replied="")
        place = len(self.calls)
        self.calls.append(call)
        try:
            reply = await self.model.complete(request)
        except OptwrightError as error:
            said = _writable(f"{type(error).__name__}: {error}")
            self.calls[place] = call.model_copy(update={"error": said})
            raise
        self.calls[place] = call.model_copy(update=_answered(reply))
        self.usage += reply.usage
        self.replayed += reply.replayed
        return reply

    async def aclose(self) -> None:
        """It belongs to the runner."""

    @property
    def seconds(self) -> float:
        """Seconds that were paid for: the clock of the problem's budget, the same in a replay."""
        return self.usage.seconds

    @property
    def cost(self) -> Cost:
        return Cost(
            calls=self.usage.calls,
            prompt_tokens=self.usage.prompt_tokens,
            completion_tokens=self.usage.completion_tokens,
            seconds=round(self.usage.seconds, 3),
            cost_usd=self.usage.cost_usd,
        )


async def make_attempt(
    system: System,
    assignment: Assignment,
    sample: int,
    setup: Setup,
    model: ChatModel,
    *,
    paid: Callable[[], None] = lambda: None,
) -> AttemptResult:
    """Have a system try a problem within the limits of `setup`. Never raises what a system does
    wrong: that is an attempt which says so."""
    watched = ErrorTrackingModel(model, paid)
    traced = Traced(watched)
    account = Account(Budget.parse(setup.budget), clock=lambda: traced.seconds)
    if account.budget != Budget():
        # Outside the ledger: a replayed reply counts as it did when it was paid for.
        traced.model = Metered(watched, account)
    started = perf_counter()
    directory = Path(tempfile.gettempdir()) / f"optwright-{secrets.token_hex(8)}"
    kit = Kit(Announced(traced), account, directory, setup.seed, sample, setup.options)
    try:
        attempt = _kept(await _limited(system, assignment, kit, setup.timeout_s))
    finally:
        traced.close()
        if directory.exists():
            shutil.rmtree(directory, ignore_errors=True)
    return AttemptResult(
        attempt,
        traced.cost,
        tuple(traced.calls),
        perf_counter() - started,
        traced.replayed,
        watched.infrastructure_error,
        watched.refused,
    )


async def _limited(system: System, assignment: Assignment, kit: Kit, timeout_s: float) -> Attempt:
    try:
        async with asyncio.timeout(timeout_s) as limit:
            return await system.solve(assignment, kit)
    except OptwrightError as error:
        return failed(error)
    except asyncio.CancelledError as error:
        if (task := asyncio.current_task()) is not None and task.cancelling():
            raise
        return _crashed(error)  # it waited for a task of its own that was cancelled
    except (Exception, SystemExit) as error:  # noqa: BLE001  (a system may be anybody's code)
        if isinstance(error, TimeoutError) and limit.expired():
            return Attempt(failed_at=Stage.BUDGET, why=f"it gave no answer in {timeout_s:g} s")
        return _crashed(error)


def _kept(attempt: Attempt) -> Attempt:
    """The attempt as it is read back from its record; one that says so where a system answered
    what no record can hold: half a character, an object of Python, lists in lists without end."""
    record = Record(task="", sample=0, system="", attempt=attempt)
    try:
        text = record.model_dump_json()
        json.loads(text)  # reports write the trace again, and Python writes no longer numbers
        return Record.model_validate_json(text).attempt
    except ValidationError as error:
        why = error.errors()[0]["msg"]
    except ValueError as error:
        why = str(error).removeprefix("Error serializing to JSON: ")
    why = f"its answer cannot be written as JSON: {_writable(why)}"
    return Attempt(failed_at=Stage.CODE, why=why)


def failed(error: OptwrightError) -> Attempt:
    """The attempt that ended in an error of ours."""
    if isinstance(error, BudgetExceeded):
        stage = Stage.BUDGET
    elif isinstance(error, ModelError | ModelUnavailable):
        stage = Stage.MODEL
    elif isinstance(error, SolverMissing):
        stage = Stage.SOLVER
    elif isinstance(error, InputError):
        stage = Stage.FORMULATION
    else:
        stage = Stage.CODE
    return Attempt(failed_at=stage, why=_writable(str(error)))


def _crashed(error: BaseException) -> Attempt:
    what = "".join(traceback.format_exception_only(error)).strip()
    frames = traceback.format_tb(error.__traceback__)[-3:]
    return Attempt(
        failed_at=Stage.CODE,
        why=_writable(f"the system crashed: {what}"),
        trace=({"step": "crash", "traceback": "".join(frames)},),
    )


def _writable(text: str) -> str:
    """`text` with halves of characters, which no file can hold, as their numbers.

    >>> _writable("half \\ud83d")
    'half \\\\ud83d'
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _answered(reply: ChatReply) -> dict[str, object]:
    return {
        "replied": _writable(reply.text),
        "finish": reply.finish.value,
        "prompt_tokens": reply.usage.prompt_tokens,
        "completion_tokens": reply.usage.completion_tokens,
        "seconds": round(reply.usage.seconds, 3),
    }
