"""The child's side of `worker`: take a job, do it, answer in JSON, wait for the next."""

from __future__ import annotations

import base64
import json
import os
import pickle
import signal
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from time import perf_counter
from typing import IO, TYPE_CHECKING, Any, ClassVar, Protocol

from optwright.errors import OptwrightError
from optwright.solvers.model.outcome import Outcome, SolveOptions

if TYPE_CHECKING:
    from optwright.solvers.backends.solver import Model
    from optwright.solvers.model.linear_model import LinearModel

LENGTH = struct.Struct(">Q")
READY = b"ready"
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

    model: Model
    solver: str
    options: SolveOptions
    limit_s: float

    @property
    def needs_pyomo(self) -> bool:
        linear = self.model.arrays is not None or self.model.lp_text is not None  # most likely
        return not (linear and self.solver in ("auto", "highs"))

    def run(self) -> dict[str, Any]:
        from optwright.solvers.backends import lp_text
        from optwright.solvers.backends.solver import open_solver

        started = perf_counter()
        text = self.model.lp_text
        model = self.model if text is None else lp_text.model(text)
        spent_s = perf_counter() - started
        options = replace(self.options, time_limit_s=max(self.options.time_limit_s - spent_s, 0.1))
        outcome = open_solver(self.solver).solve(model, options)
        outcome = replace(outcome, seconds=perf_counter() - started)
        return outcome_to_json(outcome, self.model.arrays)


@dataclass(frozen=True, slots=True)
class ReadJob:
    """Read LP text into arrays."""

    text: str
    limit_s: float
    suffix: str = ".lp"
    needs_pyomo: ClassVar[bool] = False

    def run(self) -> dict[str, Any]:
        from optwright.solvers.backends.lp_text import parse

        return arrays_to_json(parse(self.text, self.suffix))


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

        found = ranging(self.model, SolveOptions(time_limit_s=self.limit_s))
        return {name: values.tolist() for name, values in found.items()}


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


def arrays_to_json(model: LinearModel) -> dict[str, Any]:
    import numpy as np

    answer: dict[str, Any] = {}
    for part in fields(model):
        value = getattr(model, part.name)
        if isinstance(value, np.ndarray):
            data = base64.b64encode(value.tobytes()).decode()
            value = {"dtype": value.dtype.str, "data": data}
        answer[part.name] = value
    return answer


def arrays_from_json(answer: dict[str, Any]) -> LinearModel:
    import numpy as np

    from optwright.solvers.model.linear_model import LinearModel

    for name, value in answer.items():
        if isinstance(value, dict):
            answer[name] = np.frombuffer(base64.b64decode(value["data"]), value["dtype"])
    return LinearModel(**answer)


_BY_COLUMN = ("values", "reduced_costs")
_BY_ROW = ("duals", "slacks")
FEW = 1000  # numbers; a mapping of fewer is sent with its names


def outcome_to_json(outcome: Outcome, model: LinearModel | None) -> dict[str, Any]:
    """An outcome as JSON can hold it. Of a model that both sides have, long mappings are sent as
    their numbers in the order of its columns or rows, NaN where there is none."""
    # Not `asdict`, which copies every value of every mapping.
    told = {part.name: getattr(outcome, part.name) for part in fields(outcome)}
    if model is None or max(len(model.column_names), len(model.row_names)) < FEW:
        return told
    import numpy as np

    for parts, names in ((_BY_COLUMN, model.column_names), (_BY_ROW, model.row_names)):
        for part in parts:
            if numbers := told[part]:
                listed = np.array([numbers.get(name, np.nan) for name in names], dtype=np.float64)
                told[part] = base64.b64encode(listed.tobytes()).decode()
    return told


def outcome_from_json(answer: dict[str, Any], model: LinearModel | None = None) -> Outcome:
    """What `outcome_to_json` wrote; `model` is the one it was given."""
    from optwright.solvers.model.outcome import Status

    # A child is given one objective, so what several came to is never its to say.
    read = {**answer, "status": Status(answer["status"]), "reached": ()}
    for parts, by_row in ((_BY_COLUMN, False), (_BY_ROW, True)):
        for part in parts:
            if isinstance(read.get(part), str) and model is not None:
                names = model.row_names if by_row else model.column_names
                read[part] = _named(read[part], names)
    return Outcome(**read)


def _named(numbers: str, names: Sequence[str]) -> dict[str, float]:
    import numpy as np

    listed = np.frombuffer(base64.b64decode(numbers), np.float64)
    pairs = dict(zip(names, listed.tolist(), strict=True))
    if np.isnan(listed).any():
        return {name: number for name, number in pairs.items() if number == number}  # noqa: PLR0124  (NaN is not)
    return pairs


def write_frame(pipe: IO[bytes], payload: bytes) -> None:
    pipe.write(LENGTH.pack(len(payload)) + payload)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> bytes | None:
    """The next message, or None when the other side has closed the pipe."""
    head = pipe.read(LENGTH.size)
    return pipe.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else None


def serve() -> None:
    """Answer jobs from standard input until it closes; a solver that prints does not disturb."""
    replies = os.fdopen(os.dup(1), "wb")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    import highspy  # noqa: F401 (warmed up, so that the first job does not wait for it)

    write_frame(replies, READY)
    while (request := read_frame(sys.stdin.buffer)) is not None:
        if request == LOAD_PYOMO:
            import pyomo.environ  # noqa: F401 (the import is what was asked for)

            write_frame(replies, READY)
            continue
        job: Job = pickle.loads(request)
        # The kernel's alarm kills this process even when a solver never gives Python a turn.
        signal.setitimer(signal.ITIMER_REAL, job.limit_s + ORPHAN_S)
        answer = _answer(job)
        signal.setitimer(signal.ITIMER_REAL, 0)
        write_frame(replies, json.dumps(answer).encode())


def _answer(job: Job) -> dict[str, Any]:
    try:
        return {"result": job.run()}
    except OptwrightError as error:
        name = type(error).__name__
        return {"error": {"name": name, "message": str(error), "hint": error.hint}}
    except Exception as error:  # noqa: BLE001 (an engine may raise anything; the process lives on)
        first = next(iter(str(error).splitlines()), "")
        return {"failed": f"the solver failed with {type(error).__name__}: {first}"}
