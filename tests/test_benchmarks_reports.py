"""Writing reports of one or several measurements."""

from __future__ import annotations

from dataclasses import replace

from optwright.benchmarks.reports import whole
from optwright.benchmarks.store import StoredRun
from tests.benchmark_runs import run


def part(run: StoredRun, place: int) -> StoredRun:
    """A shard of one problem."""
    return replace(run, tasks=run.tasks[place : place + 1], records=run.records[place : place + 1])


def test_shards_of_a_measurement_are_read_as_the_whole() -> None:
    all_of_it = run("direct", [True, False, True])
    shards = [part(all_of_it, place) for place in (2, 0, 1)]
    assert whole(shards) == [all_of_it]


def test_measurements_of_one_thing_twice_stay_two() -> None:
    twice = [run("direct", [True]), run("direct", [False])]
    assert whole(twice) == twice


def test_problems_further_on_stay_apart() -> None:
    runs = [run("direct", [True]), run("direct", [False], before=80)]
    assert whole(runs) == runs
