"""Runs on the disk: what survives kills, full disks and damage, and who may hold one."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from optwright.agents.effort import Effort
from optwright.agents.profiles.profile import shipped
from optwright.agents.runs.directory import Runs
from optwright.agents.runs.place import default_directory
from optwright.agents.runs.task import State, Task
from optwright.errors import (
    DataError,
    EndpointError,
    InputError,
    ModelUnavailable,
    OptwrightError,
    RunBusy,
    StorageError,
)
from optwright.serving.events import CallEnded, Event
from tests.disks import fill
from tests.drafts import CANDY, CANDY_DRAFT, CANDY_OPTIMUM, CHOCOLATE, draft, reworded, scripted
from tests.faulty_endpoint import Exchange, answers, completion, endpoint, refuses


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path / "runs")


@pytest.fixture
def task(tmp_path: Path) -> Task:
    return Task(problem=CANDY, model=scripted(tmp_path, [CANDY_DRAFT, reworded(CANDY_DRAFT)]))


def test_a_finished_run_holds_its_task_and_its_solution(runs: Runs, task: Task) -> None:
    with runs.begin(task) as run:
        solution = run.work()
    summary = runs.summary(run.name)
    assert summary.state is State.FINISHED
    assert summary.task == task
    assert summary.solution == solution
    assert solution.objective == CANDY_OPTIMUM


def test_a_finished_run_is_not_done_again(runs: Runs, task: Task) -> None:
    with runs.begin(task) as run:
        solution = run.work()
    heard: list[Event] = []
    with runs.resume(run.name) as again:
        assert again.work(listener=heard.append) == solution
    assert not heard


def test_another_run_of_the_same_problem_asks_the_ledger_alone(runs: Runs, task: Task) -> None:
    with runs.begin(task) as first:
        first.work()
    with runs.begin(task) as second:
        usage = second.work().usage
        assert not second.has_spent
    assert usage.calls == usage.replayed == 2


def test_a_run_that_cannot_begin_leaves_nothing(runs: Runs, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("a,a\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match="'a'"):
        runs.begin(Task(problem=CANDY), [bad])
    with pytest.raises(InputError, match="empty"):
        runs.begin(Task(problem=" "))
    assert runs.summaries() == []
    assert not list(runs.directory.iterdir())


def test_tables_are_copied_so_that_a_run_resumes_what_it_began(
    runs: Runs, task: Task, tmp_path: Path
) -> None:
    table = tmp_path / "shops.csv"
    table.write_text("shop,boxes\nnorth,4\n", encoding="utf-8")
    runs.begin(task, [table]).close()
    table.write_text("changed", encoding="utf-8")
    (summary,) = runs.summaries()
    assert runs.problem(summary).tables["shops"].numbers("boxes") == [4.0]


def test_a_run_is_found_by_a_part_of_its_name(runs: Runs, task: Task) -> None:
    names = [runs.begin(task).name for _ in range(2)]
    assert [runs.find(name[-6:]) for name in names] == names
    with pytest.raises(InputError, match=f"{names[0]} or|or {names[0]}"):
        runs.find(names[0][:8])
    with pytest.raises(InputError, match="there is no run 'x'"):
        runs.find("x")


def test_the_default_directory_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTWRIGHT_RUNS", "/somewhere")
    assert default_directory() == Path("/somewhere")
    monkeypatch.delenv("OPTWRIGHT_RUNS")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_directory() == Path("/data/optwright/runs")


# Who holds a run.


def test_a_second_holder_is_told_who_the_first_is(runs: Runs, task: Task) -> None:
    with runs.begin(task) as run:
        started = time.monotonic()
        with pytest.raises(RunBusy, match=rf"process {os.getpid()}\b"):
            runs.resume(run.name)
        assert time.monotonic() - started < 2
        assert runs.summary(run.name).state is State.RUNNING
    runs.resume(run.name).close()


def test_a_killed_holder_lets_go(runs: Runs, task: Task) -> None:
    with runs.begin(task) as run:
        name = run.name
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(runs.directory), name], stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"holds\n"
        with pytest.raises(RunBusy, match=rf"process {holder.pid}\b"):
            runs.resume(name)
        holder.kill()
    assert runs.summary(name).state is State.KILLED
    runs.resume(name).close()


HOLD = """
import sys, time
from pathlib import Path
from optwright.agents.runs.directory import Runs
run = Runs(Path(sys.argv[1])).resume(sys.argv[2])
print("holds", flush=True)
time.sleep(60)
"""


# How a run ends that does not finish.


def test_a_run_that_fails_says_why_and_goes_on_later(runs: Runs, tmp_path: Path) -> None:
    two = Effort(drafts=2)
    short = Task(problem=CANDY, model=scripted(tmp_path, [CANDY_DRAFT]), effort=two)
    with runs.begin(short) as run, pytest.raises(ModelUnavailable):
        run.work()
    failed = runs.summary(run.name)
    assert failed.state is State.FAILED
    assert "was asked for one more" in failed.error
    # The first draft is in a checkpoint, so the script is asked for one more, its only line.
    with runs.resume(run.name) as again:
        solution = again.work()
    assert solution.objective == CANDY_OPTIMUM
    assert solution.usage.calls == 2


def test_an_interrupted_run_is_stopped(runs: Runs, task: Task) -> None:
    def interrupt(agent: str, what: str) -> None:
        raise KeyboardInterrupt

    with runs.begin(task) as run, pytest.raises(KeyboardInterrupt):
        run.work(on_step=interrupt)
    assert runs.summary(run.name).state is State.STOPPED


async def test_a_resumed_run_goes_on_inside_its_budget(runs: Runs) -> None:
    good, other = (answers(completion(d)) for d in (CANDY_DRAFT, draft(CHOCOLATE)))
    async with endpoint(good, refuses(401), other) as server:
        task = Task(
            problem=CANDY, model=f"m@{server.url}", profile=shipped("small"), budget="calls=2"
        )
        with runs.begin(task) as run, pytest.raises(EndpointError):
            await asyncio.to_thread(run.work)
        with runs.resume(run.name) as again:
            solution = await asyncio.to_thread(again.work)
        assert len(server.requests) == 3
    assert "stopped early" in solution.warnings[0]


async def test_the_seconds_of_a_budget_go_on_where_they_were(runs: Runs) -> None:
    async def slow(exchange: Exchange) -> None:
        await asyncio.sleep(0.6)
        await answers(completion(CANDY_DRAFT))(exchange)

    async with endpoint(slow, refuses(400)) as server:
        task = Task(
            problem=CANDY, model=f"m@{server.url}", profile=shipped("small"), budget="seconds=300"
        )
        with runs.begin(task) as run, pytest.raises(EndpointError):
            await asyncio.to_thread(run.work)
        await asyncio.sleep(0.2)
        with runs.resume(run.name) as again:
            left = again.account().left().seconds
        assert left is not None
        assert 290 < left <= 299.4, "the seconds of the first try are spent, those between are not"


def test_a_run_whose_seconds_are_used_up_asks_nobody_again(runs: Runs, tmp_path: Path) -> None:
    short = Task(problem=CANDY, model=scripted(tmp_path, [CANDY_DRAFT]), budget="seconds=0.000001")
    with runs.begin(short) as run:
        solution = run.work()
    assert any("seconds=1e-06" in warning for warning in solution.warnings)
    assert solution.usage.calls == 0


async def test_what_is_paid_is_written_before_the_next_call(runs: Runs) -> None:
    seen: list[bool] = []

    async def fails(exchange: Exchange) -> None:
        seen.append(run.has_spent)
        await refuses(401)(exchange)

    async with endpoint(answers(completion(CANDY_DRAFT)), fails) as server:
        run = runs.begin(Task(problem=CANDY, model=f"m@{server.url}", profile=shipped("small")))
        with run, pytest.raises(OptwrightError):
            await asyncio.to_thread(run.work)
    assert seen == [True]


# Disks and damage.


def test_a_damaged_run_is_listed_as_one_and_harms_no_other(runs: Runs, task: Task) -> None:
    with runs.begin(task) as good:
        good.work()
    runs.begin(task).close()
    damaged = next(s.name for s in runs.summaries() if s.name != good.name)
    (runs.directory / damaged / "run.sqlite").write_bytes(b"\x00garbage" * 4096)
    by_name = {s.name: s for s in runs.summaries()}
    assert "is damaged" in by_name[damaged].damaged
    assert by_name[good.name].state is State.FINISHED
    with pytest.raises(StorageError, match="is damaged"):
        runs.resume(damaged)


def test_a_run_without_its_task_is_damaged(runs: Runs, task: Task) -> None:
    with runs.begin(task) as run:
        run.work()
    (runs.directory / run.name / "run.sqlite").write_bytes(b"")
    assert "is damaged" in runs.summary(run.name).damaged


BEGINS = """
import os, signal, sys
from pathlib import Path
from optwright.agents.runs.directory import Runs
from optwright.agents.runs.task import Task

home, table = Path(sys.argv[1]), sys.argv[2]
left = 0

def count(event, arguments):
    global left
    if str(home) in str(arguments):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

task = Task(problem="Choose x below 4, as large as may be.")
Runs(home / "warm").begin(task, [table]).close()
sys.addaudithook(count)
for point in range(1, 500):
    if not (child := os.fork()):
        left = point
        Runs(home / f"runs-{point}").begin(task, [table])
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        break
print(point)
"""


def test_a_kill_while_a_run_begins_leaves_a_run_with_its_task_or_none(tmp_path: Path) -> None:
    """Killed at every touch of a file, one after the other."""
    table = tmp_path / "t.csv"
    table.write_text("a\n1\n", encoding="utf-8")
    home = tmp_path / "home"
    words = [sys.executable, "-c", BEGINS, str(home), str(table)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    points = int(done.stdout)
    assert points > 10
    found = [Runs(home / f"runs-{point}").summaries() for point in range(1, points + 1)]
    assert not [s.damaged for kept in found for s in kept if s.damaged]
    tasks = [s.task for kept in found for s in kept]
    assert all(task is not None and task.data == ("t.csv",) for task in tasks)
    assert [len(kept) for kept in found].count(0) > 5
    assert len(found[-1]) == 1


def test_what_a_killed_beginning_left_is_swept_by_the_next(runs: Runs, task: Task) -> None:
    left = runs.directory / "20260101-000000-abcdef"
    (left / "draft").mkdir(parents=True)
    (left / "lock").touch()
    os.utime(left / "lock", (1e9, 1e9))
    runs.begin(task).close()
    assert not left.exists()


def test_a_setting_that_is_not_known_is_an_error_and_not_passed_over(
    runs: Runs, task: Task
) -> None:
    with runs.begin(task) as run:
        name = run.name
    path = runs.directory / name / "run.sqlite"
    with closing(sqlite3.connect(path)) as kept, kept:
        kept.execute("UPDATE facts SET body = json_set(body, '$.risk', 3) WHERE name = 'task'")
    with runs.resume(name) as run, pytest.raises(InputError, match="'risk', which this version"):
        run.work()
    assert "'risk'" in runs.summary(name).damaged


def test_a_place_that_cannot_be_written_is_one_sentence(task: Task, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match="cannot be used for runs"):
        Runs(tmp_path / "file" / "runs").begin(task)


async def test_a_disk_that_fills_up_ends_a_run_before_it_pays_again(small_disk: Path) -> None:
    filler = small_disk / "filler"

    def paid(event: Event) -> None:
        if isinstance(event, CallEnded) and not filler.exists():
            fill(small_disk, leaving=64 * 1024)

    runs = Runs(small_disk / "runs")
    async with endpoint(answers(completion(CANDY_DRAFT))) as server:
        run = runs.begin(
            Task(
                problem=CANDY,
                model=f"m@{server.url}",
                profile=shipped("small"),
                effort=Effort(drafts=2),
            )
        )
        with run, pytest.raises(StorageError, match=r"no room|full"):
            await asyncio.to_thread(run.work, None, paid)
        assert len(server.requests) == 1
        filler.unlink()
        with runs.resume(run.name) as again:
            solution = await asyncio.to_thread(again.work)
        assert len(server.requests) == 2
    assert solution.objective == CANDY_OPTIMUM


def test_a_disk_without_room_refuses_a_run(small_disk: Path, task: Task) -> None:
    fill(small_disk)
    with pytest.raises(StorageError):
        Runs(small_disk / "runs").begin(task)


def test_a_solution_that_cannot_be_read_is_told_and_breaks_no_list(runs: Runs, task: Task) -> None:
    with runs.begin(task) as run:
        run.work()
    with closing(sqlite3.connect(run.directory / "run.sqlite")) as file, file:
        file.execute("""UPDATE facts SET body = '{"status": 3}' WHERE name = 'solution'""")
    (summary,) = runs.summaries()
    assert "its solution cannot be read" in summary.damaged
