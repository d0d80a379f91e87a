"""Measuring: nothing is lost, nothing is made twice, and what stops it is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from optwright.benchmarks.datasets.dataset import from_file
from optwright.benchmarks.functions import FunctionSystem
from optwright.benchmarks.measuring import chosen
from optwright.benchmarks.record import Record
from optwright.benchmarks.runner import Funds, Here, Measurement, Silent, Tally
from optwright.benchmarks.store import Setup, Store, joined, read_run
from optwright.benchmarks.system import Attempt, Kit
from optwright.benchmarks.task import Assignment, Task
from optwright.errors import EndpointError, InputError, ModelUnavailable, RunBusy, StorageError
from optwright.serving.budget import Account, Amount, Budget
from optwright.serving.chat import ChatModel, ChatReply, ChatRequest, Finish, Usage
from optwright.serving.metered import Metered
from optwright.testing import ScriptedModel
from tests.bench_problems import after, answering, ask_once, failing, write_problems

SETUP = Setup(dataset="shops", system="ask", model="answering")


class Listening(Silent):
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, int, int]] = []

    def ended(self, tally: Tally, record: Record, wall_s: float) -> None:
        self.heard.append((tally.done, tally.right, tally.scored))


def tasks(folder: Path, count: int) -> list[Task]:
    rows = from_file(write_problems(folder, count)).rows
    return [row.task("shops", folder / "data", place) for place, row in enumerate(rows)]


def measure(
    out: Path,
    problems: list[Task],
    model: ChatModel,
    *,
    samples: int = 1,
    jobs: int = 4,
    system: object = ask_once,
    told: Silent | None = None,
    budget: str = "",
) -> Measurement:
    with Store(out) as store:
        store.begin(SETUP, {})
        account = Account(Budget.parse(budget), spent=store.spent())
        metered = Metered(model, account)
        under_test = FunctionSystem("ask", system)  # type: ignore[arg-type]  # any callable
        here = Here(under_test, SETUP, metered, Funds(account, store))
        measurement = Measurement(store, "ask", problems, samples, here, jobs, told or Silent())
        asyncio.run(measurement.run())
    return measurement


def test_every_problem_is_tried_and_kept_in_its_order(tmp_path: Path) -> None:
    problems = tasks(tmp_path, 20)
    heard = Listening()
    done = measure(tmp_path / "out", problems, answering(), told=heard)
    run = read_run(tmp_path / "out")
    assert [r.task for r in run.records] == [t.id for t in problems] == [t.id for t in run.tasks]
    assert all(r.scores["strict"] for r in run.records)
    assert (done.tally.done, done.tally.right) == (20, 20)
    assert heard.heard == [(n, n, n) for n in range(1, 21)]


def test_what_is_kept_is_not_tried_again_and_more_may_be_asked(tmp_path: Path) -> None:
    problems = tasks(tmp_path, 6)
    measure(tmp_path / "out", problems[:4], answering())
    model = answering()
    measure(tmp_path / "out", problems, model, samples=2)
    assert len(model.requests) == 8
    records = read_run(tmp_path / "out").records
    assert [(r.task, r.sample) for r in records] == [(t.id, s) for t in problems for s in (0, 1)]


def test_a_dead_endpoint_stops_it_and_what_was_measured_stays(tmp_path: Path) -> None:
    problems = tasks(tmp_path, 20)
    stopped = measure(tmp_path / "out", problems, after(7, ModelUnavailable("gone")), jobs=1)
    assert str(stopped.stopped) == "gone"
    assert len(read_run(tmp_path / "out").records) == 7
    assert measure(tmp_path / "out", problems, answering()).stopped is None
    assert len(read_run(tmp_path / "out").records) == 20


def test_a_fault_that_passes_is_tried_again_at_the_end(tmp_path: Path) -> None:
    seen: list[str] = []

    def flaky(request: ChatRequest) -> str:
        asked = request.messages[-1].content
        seen.append(asked)
        if len(seen) in (2, 5):
            raise EndpointError("bad gateway", status=502)
        return "1"

    done = measure(tmp_path / "out", tasks(tmp_path, 6), ScriptedModel(flaky), jobs=1)
    assert (done.stopped, done.tally.done) == (None, 6)
    assert [seen[-2], seen[-1]] == [seen[1], seen[4]]


def test_faults_in_a_row_stop_it(tmp_path: Path) -> None:
    model = failing(EndpointError("bad gateway", status=502))
    done = measure(tmp_path / "out", tasks(tmp_path, 10), model, jobs=1)
    assert str(done.stopped) == "bad gateway"
    assert len(model.requests) == 3


def test_a_refused_request_is_a_result_and_the_others_go_on(tmp_path: Path) -> None:
    problems = tasks(tmp_path, 5)

    def strict(request: ChatRequest) -> ChatReply:
        if request.messages[-1].content == problems[0].question:
            raise EndpointError("the prompt is too long", status=400)
        return ChatReply("1", Finish.STOP, Usage(10, 2), "strict")

    done = measure(tmp_path / "out", problems, ScriptedModel(strict), jobs=1)
    assert (done.stopped, done.tally.done) == (None, 5)
    assert read_run(tmp_path / "out").records[0].attempt.why == "the prompt is too long"


def test_a_model_that_refuses_everything_stops_it(tmp_path: Path) -> None:
    model = failing(EndpointError("your credit is used up", status=400))
    done = measure(tmp_path / "out", tasks(tmp_path, 5), model, jobs=1)
    assert str(done.stopped) == "your credit is used up"
    assert (done.tally.done, len(model.requests)) == (0, 3)


def test_the_budget_of_all_is_kept_over_starts(tmp_path: Path) -> None:
    problems, model = tasks(tmp_path, 10), answering()
    first = measure(tmp_path / "out", problems, model, budget="calls=4")
    assert "calls=4" in str(first.stopped)
    again = measure(tmp_path / "out", problems, model, budget="calls=6")
    assert "calls=6" in str(again.stopped)
    assert len(model.requests) == 6
    with Store(tmp_path / "out") as store:
        assert store.spent() == Amount(calls=6, tokens=72)
        assert len(store.done()) == 6


def test_as_many_attempts_as_jobs_are_under_way(tmp_path: Path) -> None:
    here, most = 0, 0

    async def solve(assignment: Assignment, kit: Kit) -> Attempt:
        nonlocal here, most
        here += 1
        most = max(most, here)
        await asyncio.sleep(0.1)
        here -= 1
        return Attempt()

    measure(tmp_path / "out", tasks(tmp_path, 16), answering(), jobs=8, system=solve)
    assert most == 8


async def test_a_few_attempts_more_than_jobs_keep_the_endpoint_busy_but_never_more_calls(
    tmp_path: Path,
) -> None:
    from optwright.serving.throttle import Throttled

    calls = attempts = most_calls = most_attempts = 0

    class Counting:
        name = "counting"

        async def complete(self, request: ChatRequest) -> ChatReply:
            nonlocal calls, most_calls
            calls += 1
            most_calls = max(most_calls, calls)
            await asyncio.sleep(0.05)
            calls -= 1
            return ChatReply("1", Finish.STOP, Usage(), "counting")

        async def aclose(self) -> None: ...

    async def solve(assignment: Assignment, kit: Kit) -> Attempt:
        nonlocal attempts, most_attempts
        attempts += 1
        most_attempts = max(most_attempts, attempts)
        done = await ask_once(assignment, kit)
        attempts -= 1
        return done

    with Store(tmp_path / "out") as store:
        store.begin(SETUP, {})
        purse = Funds(Account(Budget()), store)
        here = Here(FunctionSystem("ask", solve), SETUP, Throttled(Counting(), 32), purse)
        await Measurement(store, "ask", tasks(tmp_path, 120), 1, here, 32).run()
    assert (most_calls, most_attempts) == (32, 36)


def test_a_folder_of_another_measurement_is_left_alone(tmp_path: Path) -> None:
    measure(tmp_path, tasks(tmp_path, 1), answering())
    with Store(tmp_path) as store, pytest.raises(InputError, match="system='ask', not 'direct'"):
        store.begin(SETUP.model_copy(update={"system": "direct"}), {})


def test_data_that_changed_since_is_one_sentence(tmp_path: Path) -> None:
    measure(tmp_path, tasks(tmp_path, 1), answering())
    with Store(tmp_path) as store, pytest.raises(InputError, match="has changed since"):
        store.begin(SETUP.model_copy(update={"data_sha256": "0" * 64}), {})


def test_a_folder_without_a_record_is_free_for_another_measurement(tmp_path: Path) -> None:
    measure(tmp_path, tasks(tmp_path, 3), failing(ModelUnavailable("gone")))
    with Store(tmp_path) as store:
        store.begin(SETUP.model_copy(update={"model": "another"}), {})
    run = read_run(tmp_path)
    assert (run.setup.model, run.tasks) == ("another", ())


def test_a_second_process_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    with Store(tmp_path), pytest.raises(RunBusy, match=r"is held by process \d+"):
        Store(tmp_path)
    Store(tmp_path).close()


def test_a_measurement_can_be_read_while_it_goes_on(tmp_path: Path) -> None:
    measure(tmp_path, tasks(tmp_path, 3), answering())
    with Store(tmp_path):
        assert len(read_run(tmp_path).records) == 3


def test_a_damaged_file_is_one_sentence(tmp_path: Path) -> None:
    measure(tmp_path / "out", tasks(tmp_path, 3), answering())
    (tmp_path / "out/run.sqlite").write_bytes(b"not a database, but long enough to look" * 200)
    with pytest.raises(StorageError, match="is damaged"):
        read_run(tmp_path / "out")
    with pytest.raises(StorageError, match="is damaged"):
        Store(tmp_path / "out")


def test_where_nothing_was_measured_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no measurement in"):
        read_run(tmp_path)


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be used for a measurement"):
        Store(tmp_path / "file" / "out")


def test_shards_are_disjoint_cover_all_and_join_to_the_whole(tmp_path: Path) -> None:
    problems = tasks(tmp_path, 11)
    measure(tmp_path / "whole", problems, answering())
    for part in (1, 2, 3):
        rows = from_file(write_problems(tmp_path, 11)).rows
        places = [place for place, _ in chosen(rows, None, (part, 3))]
        shard = [problems[place] for place in places]
        measure(tmp_path / f"shard{part}", shard, answering())
    shards = [read_run(tmp_path / f"shard{part}") for part in (3, 1, 2)]
    whole = read_run(tmp_path / "whole")
    assert sum(len(shard.records) for shard in shards) == 11
    assert joined(shards).records == whole.records
    assert joined(shards).tasks == whole.tasks


def test_runs_of_different_things_are_not_joined(tmp_path: Path) -> None:
    measure(tmp_path / "one", tasks(tmp_path, 1), answering())
    one = read_run(tmp_path / "one")
    with Store(tmp_path / "two") as store:
        store.begin(SETUP.model_copy(update={"system": "other"}), {})
    with pytest.raises(InputError, match="not shards of one measurement"):
        joined([one, read_run(tmp_path / "two")])


def test_a_limit_comes_before_the_shards(tmp_path: Path) -> None:
    rows = from_file(write_problems(tmp_path, 10)).rows
    assert [place for place, _ in chosen(rows, 5, (2, 2))] == [1, 3]
    assert [place for place, _ in chosen(rows, 5, (2, 2), skip=2)] == [3, 5]
