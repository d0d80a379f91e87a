"""The child's side of `worker`: take a job, do it, answer in JSON, wait for the next.

Arrays go beside the JSON, as they lie in memory; of an answer nothing else but numbers is read."""

from __future__ import annotations

import json
import os
import pickle
import struct
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from time import perf_counter
from typing import IO, TYPE_CHECKING, Any, ClassVar, Protocol

from optwright import platforms
from optwright.errors import OptwrightError
from optwright.solvers.backends.progress import SolverEvent, listened_by
from optwright.solvers.model.outcome import Outcome, SolveOptions

if TYPE_CHECKING:
    from optwright.solvers.backends.protocol import Solvable
    from optwright.solvers.backends.schedule import Schedule
    from optwright.solvers.model.linear_model import LinearModel

_ALARM = platforms.Alarm()
LENGTH = struct.Struct(">Q")
READY = b"ready"
ANSWER_S = 60.0  # what reading a solver's answer, checking and sending it may take
LOAD_PYOMO = b"load pyomo"  # a request of its own, so that importing is not charged to a job
ORPHAN_S = 5.0  # a job still running this long after its parent should have killed it dies alone


class Job(Protocol):
    """Something a child can be asked."""

    @property
    def limit_s(self) -> float:
        """When the parent stops waiting."""
        ...

    @property
    def needs_pyomo(self) -> bool: ...

    def run(self) -> dict[str, Any]:
        """The answer, as JSON can hold it."""
        ...


@dataclass(frozen=True, slots=True)
class SolveJob:
    """Solve a model with the solver of that name; LP text is read here first."""

    model: Solvable
    solver: str
    options: SolveOptions
    limit_s: float

    @property
    def needs_pyomo(self) -> bool:
        from optwright.solvers.backends.registry import own_engine

        linear = self.model.arrays is not None or self.model.lp_text is not None  # most likely
        return not (linear and (self.solver == "auto" or own_engine(self.solver)))

    def run(self) -> dict[str, Any]:
        from optwright.solvers.backends import lp_text
        from optwright.solvers.backends.registry import open_solver

        started = perf_counter()
        text = self.model.lp_text
        model = self.model if text is None else lp_text.model(text)
        spent_s = perf_counter() - started
        options = replace(self.options, time_limit_s=max(self.options.time_limit_s - spent_s, 0.1))
        outcome = open_solver(self.solver).solve(model, options)
        outcome = replace(outcome, seconds=perf_counter() - started)
        return outcome_to_json(outcome, self.model.arrays)


@dataclass(frozen=True, slots=True)
class ScheduleJob:
    """Solve a model with its statements about intervals, with CP-SAT."""

    schedule: Schedule
    options: SolveOptions
    limit_s: float
    needs_pyomo: ClassVar[bool] = False

    def run(self) -> dict[str, Any]:
        from optwright.solvers.backends.cpsat import solve_schedule

        outcome = solve_schedule(self.schedule, self.options)
        return outcome_to_json(outcome, self.schedule.linear)


@dataclass(frozen=True, slots=True)
class ReadJob:
    """Read LP text into arrays."""

    text: str
    limit_s: float
    suffix: str = ".lp"
    needs_pyomo: ClassVar[bool] = False

    def run(self) -> dict[str, Any]:
        from optwright.solvers.backends.lp_text import parse

        model = parse(self.text, self.suffix)
        return {part.name: getattr(model, part.name) for part in fields(model)}


@dataclass(frozen=True, slots=True)
class ShortlistJob:
    """Ask HiGHS which rows and limits of an infeasible linear model are in conflict."""

    model: LinearModel
    limit_s: float
    needs_pyomo: ClassVar[bool] = False

    def run(self) -> dict[str, Any]:
        from optwright.solvers.backends.highs import conflict

        rows, lower, upper = conflict(self.model, SolveOptions(time_limit_s=self.limit_s))
        return {"rows": rows, "lower": lower, "upper": upper}


@dataclass(frozen=True, slots=True)
class RangingJob:
    """Solve a linear model without integers and say how far its numbers may move."""

    model: LinearModel
    limit_s: float
    needs_pyomo: ClassVar[bool] = False

    def run(self) -> dict[str, Any]:
        from optwright.solvers.backends.highs import ranging

        return dict(ranging(self.model, SolveOptions(time_limit_s=self.limit_s)))


@dataclass(frozen=True, slots=True)
class WarmJob:
    """Solve a linear model with HiGHS, beginning where one that is much like it ended."""

    model: LinearModel
    options: SolveOptions
    basis: tuple[list[int], list[int]] | None
    limit_s: float
    needs_pyomo: ClassVar[bool] = False

    def run(self) -> dict[str, Any]:
        from optwright.solvers.backends.highs import solve_from

        outcome, basis = solve_from(self.model, self.options, self.basis)
        return {"outcome": outcome_to_json(outcome, self.model), "basis": basis}


_BY_COLUMN = ("values", "reduced_costs")
_BY_ROW = ("duals", "slacks")
FEW = 1000  # numbers; a mapping of fewer is sent with its names


def outcome_to_json(outcome: Outcome, model: LinearModel | None) -> dict[str, Any]:
    """An outcome as an answer can hold it. Of a model that both sides have, long mappings are sent
    as their numbers in the order of its columns or rows, NaN where there is none."""
    from optwright.solvers.model.named_numbers import numbers_of

    # Not `asdict`, which copies every value of every mapping.
    told = {part.name: getattr(outcome, part.name) for part in fields(outcome)}
    few = model is None or max(len(model.column_names), len(model.row_names)) < FEW
    for part in (*_BY_COLUMN, *_BY_ROW):
        if model is None or few or not told[part]:
            told[part] = dict(told[part])
        else:
            names = model.column_names if part in _BY_COLUMN else model.row_names
            told[part] = numbers_of(told[part], names)
    return told


def outcome_from_json(answer: dict[str, Any], model: LinearModel | None = None) -> Outcome:
    """What `outcome_to_json` wrote; `model` is the one it was given."""
    from optwright.solvers.model.named_numbers import NamedNumbers
    from optwright.solvers.model.outcome import Status

    # A child is given one objective, so what several came to is never its to say.
    read = {**answer, "status": Status(answer["status"]), "reached": (), "interrupted": False}
    for part in (*_BY_COLUMN, *_BY_ROW):
        if not isinstance(read.get(part, {}), dict) and model is not None:
            names = model.column_names if part in _BY_COLUMN else model.row_names
            read[part] = NamedNumbers(names, read[part])
    return Outcome(**read)


# Messages: a text or a pickle, and the arrays that belong to it, one after the other.

_ALIGNED = 16  # arrays begin at such places, so that they can be used where they lie
Buffer = bytes | bytearray | memoryview


def write_frame(pipe: IO[bytes], payload: Buffer, beside: Sequence[Buffer] = ()) -> None:
    """One message: its parts with the length of each, none of them copied."""
    parts = [_bytes_of(part) for part in (payload, *beside)]
    head = b"".join(LENGTH.pack(len(part)) for part in parts)
    total = sum(len(part) + _padding(len(part)) for part in parts)
    pipe.write(LENGTH.pack(len(parts)) + LENGTH.pack(total) + head)
    for part in parts:
        pipe.write(part)
        pipe.write(bytes(_padding(len(part))))
    pipe.flush()


def parts_of(received: bytearray, sizes: Sequence[int]) -> list[memoryview]:
    """The parts of a message that has them one after the other."""
    whole, at, parts = memoryview(received), 0, list[memoryview]()
    for size in sizes:
        parts.append(whole[at : at + size])
        at += size + _padding(size)
    return parts


def _bytes_of(part: Buffer) -> memoryview:
    view = memoryview(part)
    return view.cast("B") if view.nbytes else memoryview(b"")  # an empty one cannot be cast


def _padding(size: int) -> int:
    return -size % _ALIGNED


def read_frame(pipe: IO[bytes]) -> list[memoryview] | None:
    """The next message, or None when the other side has closed the pipe."""
    head = pipe.read(2 * LENGTH.size)
    if len(head) < 2 * LENGTH.size:
        return None
    (count,), (total,) = LENGTH.unpack(head[: LENGTH.size]), LENGTH.unpack(head[LENGTH.size :])
    sizes = [size for (size,) in LENGTH.iter_unpack(pipe.read(count * LENGTH.size))]
    received = bytearray(total)
    pipe.readinto(received)  # type: ignore[attr-defined]  # a buffered reader has it, and fills it
    return parts_of(received, sizes)


def pack_answer(answer: dict[str, Any]) -> tuple[bytes, list[Buffer]]:
    """An answer as JSON, and the arrays in it."""
    import numpy as np

    arrays = list[Buffer]()

    def beside(value: Any) -> dict[str, Any]:
        if not isinstance(value, np.ndarray):
            raise TypeError(f"an answer cannot hold a {type(value).__name__}")
        arrays.append(np.ascontiguousarray(value).data)
        return {"array": len(arrays), "dtype": value.dtype.str}

    def plain(value: Any) -> Any:
        return list(value) if isinstance(value, Sequence) else beside(value)

    return json.dumps(answer, default=plain).encode(), arrays


def unpack_answer(parts: Sequence[memoryview]) -> dict[str, Any]:
    """What `pack_answer` packed; arrays hold numbers, whatever their type is said to be."""
    import numpy as np

    def read(found: dict[str, Any]) -> Any:
        if found.keys() != {"array", "dtype"}:
            return found
        dtype = np.dtype(found["dtype"])
        if dtype.kind not in "iufb":
            raise ValueError(f"an array of {dtype}")
        return np.frombuffer(parts[found["array"]], dtype)

    answer: dict[str, Any] = json.loads(bytes(parts[0]), object_hook=read)
    return answer


def serve() -> None:
    """Answer jobs from standard input until it closes; a solver that prints does not disturb."""
    replies = os.fdopen(os.dup(1), "wb")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    import highspy  # noqa: F401 (warmed up, so that the first job does not wait for it)

    write_frame(replies, READY)
    while (request := read_frame(sys.stdin.buffer)) is not None:
        if request[0] == LOAD_PYOMO:
            import pyomo.environ  # noqa: F401 (the import is what was asked for)

            write_frame(replies, READY)
            continue
        job: Job = pickle.loads(request[0], buffers=request[1:])
        # The kernel's alarm kills this process even when a solver never gives Python a turn.
        _ALARM.set(job.limit_s + ORPHAN_S)
        with listened_by(_Teller(replies, perf_counter() + job.limit_s)):
            answer = _answer(job)
        _ALARM.set(0)
        write_frame(replies, *pack_answer(answer))


class _Teller:
    """Sends what a solver tells on to the parent; messages of several threads do not mix."""

    def __init__(self, pipe: IO[bytes], deadline: float) -> None:
        self._pipe, self._deadline = pipe, deadline
        self._lock = threading.Lock()

    def __call__(self, event: SolverEvent) -> None:
        with self._lock:
            if event.kind == "returned":
                _ALARM.set(ANSWER_S + ORPHAN_S)
            elif event.kind == "resumed":
                left_s = max(self._deadline - perf_counter(), 0.0)
                _ALARM.set(left_s + ORPHAN_S)
            message = {part.name: getattr(event, part.name) for part in fields(event)}
            write_frame(self._pipe, *pack_answer({"event": message}))


def _answer(job: Job) -> dict[str, Any]:
    try:
        return {"result": job.run()}
    except OptwrightError as error:
        name = type(error).__name__
        return {"error": {"name": name, "message": str(error), "hint": error.hint}}
    except Exception as error:  # noqa: BLE001 (an engine may raise anything; the process lives on)
        first = next(iter(str(error).splitlines()), "")
        return {"failed": f"the solver failed with {type(error).__name__}: {first}"}
