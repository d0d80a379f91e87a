"""How many cores there are to use."""

from __future__ import annotations

import os

from optwright.serving.cores import physical_cores


def test_at_least_one_core_is_found_and_no_more_than_may_be_used() -> None:
    assert 1 <= physical_cores() <= len(os.sched_getaffinity(0))
