"""The killable worker: the contract through it, LP text, hangs, deaths, and nothing left over."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import dataclass
from time import perf_counter, sleep
from typing import Any

import pytest

from optwright.errors import FormulationError, SolverMissing
from optwright.solvers.backends import worker
from optwright.solvers.backends.contract import FURNITURE
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.protocol import FromArrays, FromPyomo, Solver
from optwright.solvers.backends.solver import solve
from optwright.solvers.backends.worker import Killable, Worker, read_lp
from optwright.solvers.model.outcome import SolveOptions, Status
from optwright.testing import SolverContract

LP = """max
profit: 3 chair + 2 table
st
wood: chair + table <= 4
hours: chair + 3 table <= 6
end
"""


class TestKillable(SolverContract):
    @pytest.fixture
    def solver(self) -> Solver:
        return Killable()


@dataclass(frozen=True)
class Hang:
    """A model whose building never ends, and never lets Python take a signal."""

    arrays: None = None
    lp_text: str = ""

    def __reduce__(self) -> tuple[Any, ...]:
        # Unpickled in the child, this is `sum(range(10**13))`: minutes in one C call.
        return sum, (range(10**13),)


@dataclass(frozen=True)
class Crash:
    """A model that ends the process that unpacks it."""

    arrays: None = None
    lp_text: str = ""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.abort, ()


def test_lp_text_is_solved() -> None:
    outcome = Killable().solve(Program.from_lp(LP))
    assert outcome.status is Status.OPTIMAL
    assert outcome.objective == pytest.approx(12.0)
    assert outcome.duals == pytest.approx({"wood": 3.0, "hours": 0.0})


def test_lp_text_is_read_into_arrays() -> None:
    model = read_lp(LP)
    assert model.maximize
    assert model.column_names == ["chair", "table"]
    assert model.coefficients.tolist() == [1.0, 1.0, 1.0, 3.0]


def test_a_hanging_solver_is_killed_and_the_outcome_says_so() -> None:
    started = perf_counter()
    outcome = Killable().solve(Hang(), SolveOptions(time_limit_s=0.2))  # type: ignore[arg-type]
    assert outcome.status is Status.TIME_LIMIT
    assert "killed" in outcome.message
    assert perf_counter() - started < 2.2


def test_a_crashing_solver_is_an_error_not_the_end_of_us() -> None:
    outcome = Killable().solve(Crash())  # type: ignore[arg-type]
    assert outcome.status is Status.ERROR
    assert "exit status -6" in outcome.message
    assert solve(FromArrays(FURNITURE)).status is Status.OPTIMAL


def test_whatever_is_raised_there_fails_one_job_and_the_worker_takes_the_next() -> None:
    solve(FromArrays(FURNITURE))
    before = [idle._process.pid for idle in worker._idle]
    outcome = Killable().solve(FromPyomo(3))
    assert outcome.status is Status.ERROR
    assert "failed with AttributeError: 'int' object" in outcome.message
    assert [idle._process.pid for idle in worker._idle] == before


def test_a_worker_that_was_killed_while_idle_is_replaced() -> None:
    solve(FromArrays(FURNITURE))
    for idle in worker._idle:
        os.kill(idle._process.pid, signal.SIGKILL)
        idle._process.wait()
    assert solve(FromArrays(FURNITURE)).status is Status.OPTIMAL


def test_a_warm_worker_is_used_again() -> None:
    solve(FromArrays(FURNITURE))
    before = [idle._process.pid for idle in worker._idle]
    solve(FromArrays(FURNITURE))
    assert [idle._process.pid for idle in worker._idle] == before


def test_threads_get_workers_of_their_own() -> None:
    results: list[Status] = []
    threads = [
        threading.Thread(target=lambda: results.append(solve(FromArrays(FURNITURE)).status))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [Status.OPTIMAL] * 4
    assert len(worker._idle) <= worker.MAX_IDLE


def test_stopping_leaves_no_process() -> None:
    solve(FromArrays(FURNITURE))
    pids = [idle._process.pid for idle in worker._idle]
    worker.stop()
    assert pids
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_worker_dies_when_its_parent_closes_the_pipe() -> None:
    child = Worker()
    assert child._process.stdin is not None
    child._process.stdin.close()
    for _ in range(100):
        if not child.alive:
            break
        sleep(0.05)
    assert not child.alive
    child.kill()


def test_secrets_stay_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    child = Worker()
    with open(f"/proc/{child._process.pid}/environ", "rb") as environment:
        assert b"sk-secret" not in environment.read()
    child.kill()


def test_an_error_in_the_worker_is_raised_here_with_its_hint() -> None:
    with pytest.raises(SolverMissing, match="'cplex'") as error:
        solve(FromArrays(FURNITURE), "cplex")
    assert "highs" in error.value.hint


def test_a_model_that_cannot_be_sent_is_refused() -> None:
    with pytest.raises(FormulationError, match="cannot be sent"):
        Killable().solve(FromPyomo(lambda: None))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no variable|cannot read"),
        ("please minimize the cost", "cannot read"),
        (LP.replace("3 chair", "nan chair"), "line 2 of the LP text holds 'nan'"),
        # HiGHS up to 1.15 reads it; later versions refuse the text.
        (LP.replace("3 chair", "inf chair"), "cost of 'chair' is inf|cannot read"),
        (LP.replace("3 chair", "1e999 chair"), "cost of 'chair' is inf|cannot read"),
        (LP.replace("3 table", "1e-11 table"), "too small to be read"),
        (LP.replace("3 table", "[ table ^ 2 ]"), "cannot read"),
        (LP.replace("end", "semi-continuous\n chair\nend"), "cannot read|semi-continuous"),
        (LP.replace("end", "sos\n s: S1:: chair:1 table:2\nend"), "cannot read"),
        ("x" * (32 * 2**20 + 1), "longer than"),
        ("\x00\x01\x02", "no variable|cannot read"),
    ],
)
def test_lp_text_that_says_no_linear_model_is_refused(text: str, why: str) -> None:
    with pytest.raises(FormulationError, match=why):
        Killable().solve(Program.from_lp(text))


def test_a_quadratic_objective_in_lp_text_is_solved() -> None:
    text = LP.replace("max", "min").replace(
        "3 chair + 2 table", "[ 2 chair ^ 2 - 4 chair * t(a) ] / 2"
    )
    text = text.replace("table", "t(a)").replace("end", "bounds\n1 <= chair <= 3\nend")
    with pytest.raises(FormulationError, match="quadratic"):
        read_lp(text)
    # chair ^ 2 - 2 chair t, along chair + t = 4: 3 chair ^ 2 - 8 chair is least at 4 / 3; hours
    # keep t below (6 - chair) / 3, so it is chair ^ 2 - 2 chair (6 - chair) / 3, least at 1.2.
    outcome = Killable().solve(Program.from_lp(text))
    assert outcome.status is Status.OPTIMAL
    assert outcome.objective == pytest.approx(-2.4, abs=1e-5)
    assert outcome.values == pytest.approx({"chair": 1.2, "t[a]": 1.6}, abs=1e-3)
    assert set(outcome.slacks) == {"wood", "hours"}


def test_names_and_constants_that_pyomo_wrote_become_readable() -> None:
    text = (
        "min\no:\n+5 ONE_VAR_CONSTANT\n+2 ship(Lyon_Paris)\ns.t.\n"
        "c_l_need(Paris)_:\n+1 ship(Lyon_Paris)\n>= 3\n"
        "bounds\n1 <= ONE_VAR_CONSTANT <= 1\n0 <= ship(Lyon_Paris) <= +inf\nend\n"
    )
    outcome = Killable().solve(Program.from_lp(text))
    assert outcome.objective == pytest.approx(11.0)
    assert outcome.values == {"ship[Lyon_Paris]": 3.0}
    assert outcome.duals == {"need[Paris]": 2.0}
