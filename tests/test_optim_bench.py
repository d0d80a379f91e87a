"""Evaluations of one run: each pair is made once, and a continued step pays as the unbroken one."""

from __future__ import annotations

from pathlib import Path

from optwright.optim.parameters import Integer, ParameterSpace
from optwright.optim.study.bench import Bench
from optwright.optim.study.runs import RunStore
from optwright.optim.study.task import Example, ProgramTask
from optwright.optim.study.workers import Threads
from optwright.serving.budget import Account, Budget

SPACE = ParameterSpace([Integer("n", 1, low=0, high=9)])
PAIRS = [({"n": 1}, Example(f"e{i}", i)) for i in range(4)]


def open_bench(store: RunStore) -> Bench:
    task = ProgramTask(lambda example: example, lambda example, output: 0.5, SPACE)
    return Bench(SPACE, Threads(task, 1, None), Account(Budget(evaluations=20)), store)


def test_what_an_earlier_step_paid_for_is_free(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        bench = open_bench(store)
        bench.begin(1)
        bench.measure(PAIRS)
        bench.begin(2)
        assert bench.missing(PAIRS) == 0
        bench.measure(PAIRS)
        assert bench.account.spent.evaluations == 4


def test_what_a_killed_step_paid_for_still_counts_as_missing_when_it_goes_on(
    tmp_path: Path,
) -> None:
    """A decision by what is left must come out as if the process had not been killed."""
    with RunStore(tmp_path) as store:
        killed = open_bench(store)
        killed.begin(1)
        killed.measure(PAIRS[:3])
    with RunStore(tmp_path) as store:
        again = open_bench(store)
        again.begin(1)
        assert again.missing(PAIRS) == 4
        again.measure(PAIRS)
        assert again.account.spent.evaluations == 4
        assert again.missing(PAIRS) == 0
