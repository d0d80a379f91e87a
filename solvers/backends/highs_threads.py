"""The threads of HiGHS, which all of its runs in a process share."""

from __future__ import annotations


def new_thread_pool() -> None:
    """HiGHS keeps one pool, and fails when a later run asks for another number of threads."""
    import highspy

    highspy.Highs.resetGlobalScheduler(True)
