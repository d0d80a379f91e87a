"""What a sandbox gives back for honest, broken and endless programs."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from optwright.errors import InputError
from optwright.solvers.sandbox import ErrorKind, Level, Limits, Sandbox
from optwright.solvers.sandbox.contract import Json
from optwright.solvers.sandbox.probes import available_layers, best_level

KNAPSACK = """
import pyomo.environ as pyo
model = pyo.ConcreteModel()
model.take = pyo.Var(data["weights"].keys(), domain=pyo.Binary)
weight = sum(w * model.take[i] for i, w in data["weights"].items())
model.fits = pyo.Constraint(expr=weight <= data["most"])
model.worth = pyo.Objective(expr=weight, sense=pyo.maximize)
print('{"objective": 5}')
"""
DATA: Json = {"weights": {"a": 2.0, "b": 3.0}, "most": 5.0}
QUICK = Limits(wall_s=0.5)


@pytest.fixture(scope="module", params=["process", "auto"])
def box(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    layers = available_layers()
    if request.param == "auto" and best_level(layers) is Level.PROCESS:
        pytest.skip(f"this machine lacks layers: {layers}")
    with Sandbox(request.param, jobs=4) as sandbox:
        yield sandbox


def test_a_model_comes_back_as_lp_text_with_the_programs_own_names(box: Sandbox) -> None:
    report = box.build_model(KNAPSACK, DATA)
    assert report.ok
    assert report.error is None
    assert report.lp_text is not None
    assert "binary" in report.lp_text
    assert {"take[a]", "take[b]", "fits", "worth"} <= set(report.names.values())


def test_what_a_program_prints_as_json_is_its_claim(box: Sandbox) -> None:
    assert box.build_model(KNAPSACK, DATA).claim == {"objective": 5}


def test_a_function_is_called_by_position_or_by_name(box: Sandbox) -> None:
    source = "def ratio(a, b=2):\n    return {'ratio': a / b}"
    assert box.call_function(source, "ratio", [3]).claim == {"ratio": 1.5}
    assert box.call_function(source, "ratio", {"a": 3, "b": 3}).claim == {"ratio": 1.0}


@pytest.mark.parametrize(
    ("source", "kind", "line"),
    [
        ("x = 1\ny = (", ErrorKind.SYNTAX, 2),
        ("model = 1\nreturn model", ErrorKind.SYNTAX, 2),
        ("m = 1", ErrorKind.MISSING, None),
        ("import sys\nsys.exit()\nmodel = 1", ErrorKind.MISSING, None),
        ("model = 1\n\nmodel / 0", ErrorKind.EXCEPTION, 3),
        ("def f():\n    import json\n    json.loads('')\nmodel = f()", ErrorKind.EXCEPTION, 3),
        ("model = 1", ErrorKind.MODEL, None),
        ("import pyomo.environ as p\nmodel = p.AbstractModel()", ErrorKind.MODEL, None),
        ("import pyomo.environ as p\nmodel = p.ConcreteModel()", ErrorKind.MODEL, None),
        ("import os\nmodel = os._exit(0)", ErrorKind.CRASH, None),
        ("import os\nmodel = os._exit(7)", ErrorKind.CRASH, None),
        ("import ctypes\nmodel = ctypes.string_at(1)", ErrorKind.CRASH, None),
        ("model = bytes(4 << 30)", ErrorKind.MEMORY, 1),
        ("model = 1\nwhile True: print('x' * 9999)", ErrorKind.OUTPUT, None),
        ("import os\nmodel = os.write(3, b'{' * (9 << 20))", ErrorKind.OUTPUT, None),
        ("import os\nos.write(3, b'[]')\nmodel = os._exit(0)", ErrorKind.OUTPUT, None),
    ],
)
def test_a_broken_program_is_a_result_with_its_kind_and_line(
    box: Sandbox, source: str, kind: ErrorKind, line: int | None
) -> None:
    report = box.build_model(source)
    assert not report.ok
    assert report.lp_text is None
    assert report.error is not None
    assert (report.error.kind, report.error.line) == (kind, line)


def test_a_program_that_never_ends_is_ended(box: Sandbox) -> None:
    report = box.build_model(
        "import signal\nfor n in (2, 15): signal.signal(n, signal.SIG_IGN)\n"
        "print('so far', flush=True)\nwhile True: model = 1",
        limits=QUICK,
    )
    assert report.error is not None
    assert report.error.kind is ErrorKind.TIMEOUT
    assert report.stdout == "so far\n"
    assert report.seconds >= 0.5


def test_a_program_that_uses_up_its_cpu_time_is_ended(box: Sandbox) -> None:
    report = box.build_model("while True: model = 1", limits=Limits(wall_s=60, cpu_s=1))
    assert report.error is not None
    assert report.error.kind is ErrorKind.TIMEOUT
    assert "CPU" in report.error.message


def test_long_output_keeps_its_beginning_and_its_end(box: Sandbox) -> None:
    source = "def f():\n    print('first', 'x' * 200_000, 'last')"
    report = box.call_function(source, "f", [])
    assert report.ok
    assert report.stdout.startswith("first")
    assert report.stdout.endswith("last\n")
    assert len(report.stdout) < 70_000


def test_what_is_not_json_is_not_returned(box: Sandbox) -> None:
    for expression in ("float('nan')", "{1, 2}", "object()", "1e999", "'\\ud800'"):
        report = box.call_function(f"def f(): return {expression}", "f", [])
        assert report.error is not None, expression
        assert report.error.kind is ErrorKind.OUTPUT, expression


def test_jobs_run_side_by_side_and_do_not_mix(box: Sandbox) -> None:
    source = "import time\ndef f(n):\n    time.sleep(0.2)\n    return n"
    with ThreadPoolExecutor(8) as pool:
        reports = list(pool.map(lambda n: box.call_function(source, "f", [n]), range(8)))
    assert [r.claim for r in reports] == list(range(8))


async def test_jobs_may_be_awaited_from_a_loop(box: Sandbox) -> None:
    jobs = (asyncio.to_thread(box.build_model, KNAPSACK, DATA) for _ in range(4))
    assert all(report.ok for report in await asyncio.gather(*jobs))


def test_nothing_of_the_environment_reaches_a_candidate(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_API_KEY", "hunter2")
    with Sandbox("process") as later:
        for sandbox in (box, later):
            seen = sandbox.call_function("import os\ndef f(): return dict(os.environ)", "f", [])
            assert isinstance(seen.claim, dict)
            assert set(seen.claim) <= {
                "PATH",
                "LANG",
                "LD_LIBRARY_PATH",
                "LC_CTYPE",
                "TMPDIR",
                "PYTHONHASHSEED",
                "OPENBLAS_NUM_THREADS",
                "OMP_NUM_THREADS",
                "MKL_NUM_THREADS",
            }


def test_a_dead_fork_server_is_started_again() -> None:
    with Sandbox("process") as box:
        source = "import os\ndef f(): return os.getpid()"
        assert box.call_function(source, "f", []).ok
        first = box.server_pid
        os.kill(first, signal.SIGKILL)
        assert box.call_function(source, "f", []).ok
        assert box.server_pid != first


def test_a_closed_sandbox_says_so() -> None:
    with Sandbox("process") as box:
        pass
    with pytest.raises(InputError, match="closed"):
        box.build_model("model = 1")


def test_a_level_that_does_not_exist_is_named() -> None:
    with pytest.raises(InputError, match="'paranoid'"):
        Sandbox("paranoid")


def test_a_report_says_which_layers_the_run_had(box: Sandbox) -> None:
    report = box.build_model(KNAPSACK, DATA)
    assert report.layers == box.layers
    assert report.layers[0] == "process"
    assert report.level is box.level
    assert (report.level is Level.PROCESS) == (box.wanted is Level.PROCESS)


def test_a_candidate_may_solve_its_model_as_part_of_its_work(box: Sandbox) -> None:
    solve = "\npyo.SolverFactory('appsi_highs').solve(model)\nprint(pyo.value(model.worth))"
    assert box.build_model(KNAPSACK + solve, DATA).claim == 5.0


def test_packages_that_are_not_loaded_yet_can_be_imported(box: Sandbox) -> None:
    if box.level is Level.PROCESS and "uid" in box.layers:
        pytest.skip("the spare uid may not reach a Python that lies in root's home")
    source = (
        "def f():\n"
        "    import sqlite3, xml.dom.minidom, numpy.fft\n"
        "    return sqlite3.sqlite_version"
    )
    assert box.call_function(source, "f", []).ok


def test_data_that_is_not_json_is_the_callers_error(box: Sandbox) -> None:
    with pytest.raises(InputError, match="not JSON"):
        box.build_model(KNAPSACK, {"weight": float("nan")})
