"""Solving in a process that can be killed.

A solver's own time limit is a wish: HiGHS has been seen to ignore it, and to hang while reading a
file. Here a child process does the work, and when it has not answered a second after the limit it
is killed and the outcome says so. Children stay warm and are used again. They get none of our
environment that could hold a secret. Requests are pickled - they come from us - but answers are
JSON with arrays of numbers beside it, so a child that foreign LP text has got the better of can
lie, and nothing else. Arrays go both ways as they lie in memory.

What this does not guard: memory, and files a solver writes.

Every solve goes this way, small ones too: next to a warm child an in-process solve saves about
half a millisecond (0.9 against 1.5 ms for a program of two whole numbers and three rows), and a
cold start costs what importing HiGHS here would (0.17 against 0.14 s).
"""

from __future__ import annotations

import atexit
import os
import pickle
import selectors
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import IO, TYPE_CHECKING, Any

from optwright import errors, platforms
from optwright.solvers.backends import lp_text
from optwright.solvers.backends.incumbents import Incumbents, Judge, judge_linear
from optwright.solvers.backends.progress import Listener, SolverEvent
from optwright.solvers.backends.protocol import FromArrays
from optwright.solvers.backends.worker_child import (
    ANSWER_S,
    LENGTH,
    LOAD_PYOMO,
    Buffer,
    Job,
    RangingJob,
    ReadJob,
    ScheduleJob,
    ShortlistJob,
    SolveJob,
    WarmJob,
    outcome_from_json,
    parts_of,
    unpack_answer,
    write_frame,
)
from optwright.solvers.model.linear_model import LinearModel
from optwright.solvers.model.outcome import (
    DEFAULT_OPTIONS,
    Outcome,
    Progress,
    SolveOptions,
    Status,
)

if TYPE_CHECKING:
    from optwright.solvers.backends.protocol import Solvable
    from optwright.solvers.backends.schedule import Schedule
    from optwright.solvers.model.linear_model import Floats

GRACE_S = 1.0  # what a solver may take beyond its limit to notice it and to say what it has
START_S = 60.0  # a child imports numpy and HiGHS first; on a busy machine that takes seconds
MAX_IDLE = 2
TELL_POINTS = ("highs", "scip", "cpsat", "alns")
"""Solvers that tell each better point when they find it, so that a kill keeps it."""
MAX_ANSWER = 2**30
MAX_PARTS = 1000
PASSED_ON = frozenset(
    {"HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "SYSTEMROOT", "TMPDIR"}
)
"""Environment a child gets, besides what names a licence file: no keys, no tokens."""

_CHILD = "from optwright.solvers.backends.worker_child import serve; serve()"


@dataclass(frozen=True, slots=True)
class Killable:
    """The solver of that name, in a child process that is killed when it outstays its limit.

    A model with arrays is sent as those, so its data is joined and its errors arise here; LP text
    and models that are not linear are read and built in the child. What speaks of intervals goes to
    CP-SAT as it is, where that is asked for, or `auto` finds it installed; where CP-SAT cannot
    take it, `auto` goes on with another solver.
    """

    name: str = "auto"
    on_progress: Callable[[Progress], None] | None = None
    """Told each better point and each better bound, in the thread that solves."""

    def solve(self, model: Solvable, options: SolveOptions = DEFAULT_OPTIONS) -> Outcome:
        schedule = _schedule(model) if self.name in ("auto", "cpsat") else None
        if schedule is None:
            return _with_advice(self._solved(model, options), model)
        job = ScheduleJob(schedule, options, options.time_limit_s + GRACE_S)
        judge = partial(judge_linear, schedule.linear, schedule.broken_by)
        outcome = self._outcome(job, schedule.linear, options, judge)
        if self.name == "cpsat":
            return outcome
        if outcome.status is not Status.ERROR:
            said = "cpsat, because the model has intervals"
            return replace(outcome, message="; ".join(filter(None, (said, outcome.message))))
        left_s = max(options.time_limit_s - outcome.seconds, 0.1)
        other = self._solved(model, replace(options, time_limit_s=left_s))
        said = "; ".join(filter(None, (other.message, outcome.message)))
        return replace(other, message=said, seconds=other.seconds + outcome.seconds)

    def _solved(self, model: Solvable, options: SolveOptions) -> Outcome:
        linear = model.arrays
        sent = model if linear is None else FromArrays(linear)
        job = SolveJob(sent, self.name, options, options.time_limit_s + GRACE_S)
        return self._outcome(job, linear, options, partial(_judge_of, model))

    def _outcome(
        self,
        job: Job,
        linear: LinearModel | None,
        options: SolveOptions,
        judge: Callable[[], Judge],
    ) -> Outcome:
        """What the job came to; where it came to no end, the best point it told on the way that
        what `judge` gives lets pass."""
        started = perf_counter()
        incumbents = Incumbents(self.on_progress)
        interrupted = False
        try:
            ended = outcome_from_json(_ask(job, incumbents.on_event), linear)
            if ended.status not in (Status.TIME_LIMIT, Status.ERROR):
                return ended
        except _OverdueError:
            message = f"killed: the solver did not keep its limit of {options.time_limit_s:g} s"
            ended = Outcome(Status.TIME_LIMIT, solver=self.name, message=self._tells_late(message))
        except _DiedError as death:
            message = self._tells_late(str(death))
            ended = Outcome(Status.ERROR, solver=self.name, message=message)
        except KeyboardInterrupt:
            if not incumbents.has_point:
                raise
            interrupted = True
            ended = Outcome(Status.TIME_LIMIT, solver=self.name, message="stopped by you")
        best = None
        if incumbents.has_point:
            best = incumbents.outcome(judge())
        if interrupted and best is None:
            raise KeyboardInterrupt
        if best is not None:
            said = f"{ended.message}; the best point it had is kept"
            ended = replace(best, solver=ended.solver, message=said, interrupted=interrupted)
        return replace(ended, seconds=perf_counter() - started)

    def _tells_late(self, message: str) -> str:
        """The message, saying that there was no point to keep where the solver tells none."""
        if self.name in ("auto", *TELL_POINTS):
            return message
        return f"{message}; {self.name} tells no point before it ends, so none could be kept"


def _judge_of(model: Solvable) -> Judge:
    """What a point is held against here; LP text and Pyomo only the child has read so far."""
    if model.arrays is not None:
        return judge_linear(model.arrays)
    if model.lp_text is None:
        from optwright.solvers.backends.pyomo_solver import judge_nonlinear

        return judge_nonlinear(model.pyomo())
    try:
        return judge_linear(read_lp(model.lp_text))
    except errors.FormulationError:
        return lambda _: None


def _with_advice(outcome: Outcome, model: Solvable) -> Outcome:
    """The outcome, saying what CP-SAT would have done for it where that is not installed."""
    from optwright.solvers.backends import cpsat
    from optwright.solvers.backends.program import Program

    said = cpsat.advice(model) if isinstance(model, Program) else ()
    return replace(outcome, message="; ".join(filter(None, (outcome.message, *said))))


def _schedule(model: Solvable) -> Schedule | None:
    """The model with its intervals, where it has any and CP-SAT is installed."""
    from optwright.solvers.backends import cpsat
    from optwright.solvers.backends.program import Program

    return model.schedule if isinstance(model, Program) and cpsat.is_installed() else None


def read_lp(text: str, limit_s: float = 10.0, suffix: str = ".lp") -> LinearModel:
    """LP text (or `.mps`) as arrays, read in a child; `FormulationError` where it cannot be, or not
    in time."""
    lp_text.check(text)
    what = f"{suffix.removeprefix('.').upper()} text"
    try:
        return LinearModel(**_ask(ReadJob(text, limit_s, suffix)))
    except _OverdueError as error:
        raise errors.FormulationError(f"reading the {what} took over {limit_s:g} s") from error
    except _DiedError as error:
        raise errors.FormulationError(f"reading the {what} failed: {error}") from error


def shortlist(model: LinearModel, limit_s: float) -> tuple[set[int], set[int], set[int]]:
    """Rows, columns with their lower and columns with their upper limit that HiGHS has in conflict.

    Empty where it finds none, or not in time.
    """
    try:
        answer = _ask(ShortlistJob(model, limit_s))
    except (_OverdueError, _DiedError):
        return set(), set(), set()
    return set(answer["rows"]), set(answer["lower"]), set(answer["upper"])


def solve_warm(
    model: LinearModel, options: SolveOptions, basis: tuple[list[int], list[int]] | None = None
) -> tuple[Outcome, tuple[list[int], list[int]] | None]:
    """`highs.solve_from` in a child that is killed when it outstays its limit."""
    started = perf_counter()
    try:
        answer = _ask(WarmJob(model, options, basis, options.time_limit_s + GRACE_S))
        kept = answer["basis"]
        return outcome_from_json(answer["outcome"], model), None if kept is None else tuple(kept)
    except _OverdueError:
        status = Status.TIME_LIMIT
        message = f"killed: the solver did not keep its limit of {options.time_limit_s:g} s"
    except _DiedError as death:
        status, message = Status.ERROR, str(death)
    seconds = perf_counter() - started
    return Outcome(status, seconds=seconds, solver="highs", message=message), None


def ranging(model: LinearModel, limit_s: float) -> dict[str, Floats]:
    """`highs.ranging` in a child; empty where there is none, or not in time."""
    try:
        answer: dict[str, Floats] = _ask(RangingJob(model, limit_s))
    except (_OverdueError, _DiedError):
        return {}
    return answer


def run_job(job: Job) -> Any:
    """What a job of another module answers; None where the child was killed or died."""
    try:
        return _ask(job)
    except (_OverdueError, _DiedError):
        return None


class _OverdueError(Exception):
    """No answer came in time."""


class _DiedError(Exception):
    """The child ended instead of answering, or what it was asked failed."""


def _nobody(event: SolverEvent) -> None:
    """Listens to nothing."""


class Worker:
    """One child process, ready for jobs once this returns."""

    def __init__(self) -> None:
        self._has_pyomo = False
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by kill)
        self._process = subprocess.Popen(
            [sys.executable, "-s", "-P", "-c", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env={name: value for name, value in os.environ.items() if _may_pass(name)},
            **platforms.own_group(),  # a kill then also reaches what a solver has started
        )
        try:
            self._read(perf_counter() + START_S)
        except (_OverdueError, _DiedError) as error:
            self.kill()
            raise errors.Unavailable(f"the solver process did not start: {error}") from error

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def cpu_seconds(self) -> float:
        """Processor time used so far; 0 where the system does not say."""
        return platforms.cpu_seconds(self._process.pid) or 0.0

    def ask(self, job: Job, on_event: Listener = _nobody) -> dict[str, Any]:
        """The child's answer; `_OverdueError` after the job's limit, `_DiedError` without one.
        `on_event` is called with what a solver reports on its way. Once it has returned, the limit
        is kept and reading and sending the answer has a time of its own."""
        request, arrays = _pickled(job)
        if job.needs_pyomo and not self._has_pyomo:
            self._send(LOAD_PYOMO)
            self._read(perf_counter() + START_S)
            self._has_pyomo = True
        deadline = limit = perf_counter() + job.limit_s
        self._send(request, arrays)
        while True:
            received = self._read(deadline)
            try:
                answer = unpack_answer(received)
                event = SolverEvent(**answer["event"]) if "event" in answer else None
            except (ValueError, TypeError, IndexError, RecursionError) as error:
                said = f"the solver process answered what cannot be read: {error}"
                raise _DiedError(said) from error
            if event is None:
                return answer
            deadline = limit + ANSWER_S if event.kind == "returned" else limit
            on_event(event)

    def kill(self) -> None:
        platforms.kill_with_children(self._process.pid)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._stderr):
            if pipe is not None:
                with suppress(BrokenPipeError):  # a request the child never took
                    pipe.close()

    def _send(self, request: bytes, arrays: Sequence[Buffer] = ()) -> None:
        assert self._process.stdin is not None
        try:
            write_frame(self._process.stdin, request, arrays)
        except BrokenPipeError:
            raise _DiedError(self._last_words()) from None

    def _read(self, deadline: float) -> list[memoryview]:
        head = self._read_bytes(2 * LENGTH.size, deadline)
        (count,), (length,) = LENGTH.iter_unpack(head)
        if length > MAX_ANSWER or count > MAX_PARTS:
            raise _DiedError(f"the solver process announced an answer of {length} bytes")
        sizes = [s for (s,) in LENGTH.iter_unpack(self._read_bytes(count * LENGTH.size, deadline))]
        return parts_of(self._read_bytes(length, deadline), sizes)

    def _read_bytes(self, size: int, deadline: float) -> bytearray:
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        received, place = bytearray(size), 0
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while place < size:
                left_s = deadline - perf_counter()
                if left_s <= 0 or not selector.select(left_s):
                    raise _OverdueError
                count = os.readv(pipe, [memoryview(received)[place : place + 2**20]])
                if not count:
                    raise _DiedError(self._last_words())
                place += count
        return received

    def _last_words(self) -> str:
        code = self._process.wait()
        self._stderr.seek(0)
        lines = self._stderr.read().decode(errors="replace").strip().splitlines()
        said = f": {lines[-1]}" if lines else ""
        return f"the solver process ended with exit status {code}{said}"


_lock = threading.Lock()
_idle: list[Worker] = []


def _ask(job: Job, on_event: Listener = _nobody) -> Any:
    with _borrowed() as worker:
        answer = worker.ask(job, on_event)
    if "error" in answer:
        raise _relayed(**answer["error"])
    if "failed" in answer:
        raise _DiedError(answer["failed"])
    return answer["result"]


@contextmanager
def _borrowed() -> Iterator[Worker]:
    """A worker nobody else has; it is kept for the next job unless this one went wrong."""
    worker = _from_idle() or Worker()
    try:
        yield worker
    except BaseException:  # an interrupt too: the child would answer the next job with this one
        worker.kill()
        raise
    with _lock:
        if len(_idle) < MAX_IDLE:
            _idle.append(worker)
            return
    worker.kill()


def _from_idle() -> Worker | None:
    while True:
        with _lock:
            if not _idle:
                return None
            worker = _idle.pop()
        if worker.alive:
            return worker
        worker.kill()


def idle_cpu_seconds() -> float:
    """The processor time that the idle children have used, to a hundredth of a second."""
    with _lock:
        return sum(worker.cpu_seconds for worker in _idle)


@atexit.register
def stop() -> None:
    """End the idle children; the next job starts a new one."""
    with _lock:
        workers = [*_idle]
        _idle.clear()
    for worker in workers:
        worker.kill()


# A forked child of ours must not talk to, or end, the workers of its parent.
platforms.in_forked_children(_idle.clear)


def _may_pass(name: str) -> bool:
    return name in PASSED_ON or "LICENSE" in name.upper()


def _pickled(job: Job) -> tuple[bytes, list[Buffer]]:
    """The job, and its arrays as they lie in memory."""
    arrays = list[pickle.PickleBuffer]()
    try:
        request = pickle.dumps(job, protocol=5, buffer_callback=arrays.append)
        return request, [array.raw() for array in arrays]
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise errors.FormulationError(
            f"the model cannot be sent to the solver process: {error}",
            hint="models built with lambdas or local functions can only be solved in-process",
        ) from error


def _relayed(name: str, message: str, hint: str) -> errors.OptwrightError:
    """The error the child raised, raised again here."""
    kind = getattr(errors, name, None)
    if not (isinstance(kind, type) and issubclass(kind, errors.OptwrightError)):
        kind = errors.OptwrightError
    error = kind.__new__(kind)
    errors.OptwrightError.__init__(error, message, hint=hint)
    return error
