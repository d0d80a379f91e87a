"""Evaluations side by side, each within its time."""

from __future__ import annotations

import time
from math import inf
from queue import SimpleQueue

from optwright.optim.study.task import Example
from optwright.optim.study.workers import Arrived, Batch, Job, JobResult
from optwright.optim.trial import Evaluation

JOB = Job({}, Example("only", "an example"))


def scores(took_s: float, timeout_s: float | None) -> list[float]:
    """What comes of two jobs whose results say that they took so long; nobody waits for it."""

    def start(place: int, job: Job, arrived: SimpleQueue[Arrived]) -> None:
        done = JobResult(place, Evaluation(1.0, "", example=job.example.key, seconds=took_s))
        arrived.put((place, done, time.monotonic() + took_s))

    batch = Batch(start, [JOB, JOB], 2, timeout_s)
    return [done.evaluation.score for done in batch.results()]


def test_a_result_within_its_time_counts() -> None:
    assert scores(took_s=0.0, timeout_s=60.0) == [1.0, 1.0]
    assert scores(took_s=9.0, timeout_s=None) == [1.0, 1.0]


def test_a_result_that_came_too_late_is_a_failure_even_if_nobody_looked_in_between() -> None:
    assert scores(took_s=0.1, timeout_s=0.02) == [-inf, -inf]
