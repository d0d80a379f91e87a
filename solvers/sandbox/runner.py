"""What runs inside a candidate's process: its source, then the writing of its result.

Everything here shares a process with hostile code, so nothing here is believed. The LP writer is
taken out of Pyomo before the candidate starts, which keeps honest programs that patch Pyomo from
spoiling their own result, and no more than that.
"""

from __future__ import annotations

import builtins
import io
import json
import os
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

import pyomo.environ as pyo
from pyomo.repn.plugins.lp_writer import LPWriter

from optwright.solvers.sandbox.check import first_problem
from optwright.solvers.sandbox.contract import ErrorKind, Json, RunError
from optwright.solvers.sandbox.expressions import as_formulation, is_nonlinear
from optwright.solvers.sandbox.faults import SOURCE, caught, described, flush
from optwright.solvers.sandbox.wire import MESSAGE_CHARS, write_result

RESULT_FD = 3

_write_lp = LPWriter().write


def warm_up() -> None:
    """Write one small LP, so that the first job finds everything imported. It solves nothing:
    a solver starts threads, and those do not live through a fork."""
    model = pyo.ConcreteModel()
    model.x = pyo.Var(bounds=(0, 1), domain=pyo.Integers)
    model.limit = pyo.Constraint(expr=model.x <= 1)
    model.cost = pyo.Objective(expr=model.x)
    _export(model)


def run(job: dict[str, Any], job_json: bytes) -> NoReturn:
    """Do the job, write its result to `RESULT_FD`, and leave without running exit hooks.

    `job_json` holds the data of a model, or the arguments of a function.
    """
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # ours, not yet theirs
    work = _build_model if job["kind"] == "model" else _call_function
    result = work(job, json.loads(job_json))
    flush()
    _write_all(RESULT_FD, result)
    os._exit(0)


def _build_model(job: dict[str, Any], data: Json) -> bytes:
    space, error = _execute(job["source"], "model", data)
    if error is None:
        try:
            return write_result(*_export(space["model"]))
        except MemoryError as problem:
            error = described(problem)
        except Exception as problem:  # noqa: BLE001  # whatever a foreign model raises
            message = f"{type(problem).__name__}: {problem}"
            error = RunError(ErrorKind.MODEL, message[:MESSAGE_CHARS])
    return write_result({"error": error.to_json() if error else None}, "")


def _export(model: object) -> tuple[dict[str, Json], str]:
    """The model's LP, and a head that says what its columns and rows are called."""
    if not isinstance(model, pyo.Block) or not model.is_constructed():
        raise TypeError(f"model is {_kind_of(model)}, not a pyomo ConcreteModel")
    if next(model.component_data_objects(pyo.Objective, active=True), None) is None:
        raise ValueError("the model has no active objective")
    if is_nonlinear(model):
        text, names = as_formulation(model)
        return {"form": "json", "names": names}, text
    lp = io.StringIO()
    symbols = _write_lp(model, lp).symbol_map
    named = {**symbols.bySymbol, **symbols.aliases}
    return {"names": {label: part.name for label, part in named.items()}}, lp.getvalue()


def _kind_of(model: object) -> str:
    if isinstance(model, pyo.Block):
        return "an AbstractModel without data (call create_instance)"
    return f"of type {type(model).__name__}"


def _call_function(job: dict[str, Any], arguments: list[Json] | dict[str, Json]) -> bytes:
    space, error = _execute(job["source"], job["function"], None)
    if error is None:
        value, error = _called(space[job["function"]], arguments)
    if error is None:
        try:
            return write_result({"value": json.loads(json.dumps(value, allow_nan=False))}, "")
        except (TypeError, ValueError, RecursionError) as problem:
            error = RunError(ErrorKind.OUTPUT, f"it did not return JSON: {problem}")
    return write_result({"error": error.to_json() if error else None}, "")


def _execute(source: str, wanted: str, data: Json) -> tuple[dict[str, Any], RunError | None]:
    """Run the source as a main program; its globals, and why `wanted` is not among them."""
    main = ModuleType("__main__")
    main.__dict__.update(__builtins__=builtins, data=data)
    sys.modules["__main__"] = main
    error = first_problem(source, wanted)
    if error is None:
        error = caught(lambda: exec(compile(source, SOURCE, "exec"), main.__dict__))
    if error is None and wanted not in main.__dict__:
        error = RunError(ErrorKind.MISSING, f"the program ended and no {wanted!r} was bound")
    return main.__dict__, error


def _called(
    function: Callable[..., Json], arguments: list[Json] | dict[str, Json]
) -> tuple[Json, RunError | None]:
    value: Json = None

    def call() -> None:
        nonlocal value
        value = function(**arguments) if isinstance(arguments, dict) else function(*arguments)

    error = caught(call)
    return value, error


def _write_all(fd: int, blob: bytes) -> None:
    view = memoryview(blob)
    while view:
        view = view[os.write(fd, view) :]
