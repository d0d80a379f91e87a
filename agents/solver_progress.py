"""What a long solve says while it works, in words."""

from __future__ import annotations

from collections.abc import Callable

from optwright.agents.render import number
from optwright.solvers.model.outcome import Progress

FIRST_S, EVERY_S = 1.0, 1.0  # seconds: what ends sooner needs no word


def solver_steps(on_step: Callable[[str, str], None]) -> Callable[[Progress], None]:
    """Say of a solve that takes longer than a second how good its best plan is so far."""
    last, shown = 0.0, ""

    def on_progress(progress: Progress) -> None:
        nonlocal last, shown
        if progress.seconds < last:
            last = 0.0  # another solve
        if progress.seconds < max(FIRST_S, last + EVERY_S):
            return
        text = in_words(progress)
        if text and text != shown:
            last, shown = progress.seconds, text
            on_step("solver", text)

    return on_progress


def in_words(progress: Progress) -> str:
    """The best plan so far, what none can beat, and the gap between them.

    >>> from optwright.solvers.model.outcome import Progress
    >>> in_words(Progress(2.0, 5237.0, 5338.0))
    'best plan 5,237, none is better than 5,338 (gap 1.93%)'
    """
    parts = []
    if progress.objective is not None:
        parts.append(f"best plan {number(progress.objective)}")
    if progress.bound is not None:
        parts.append(f"none is better than {number(progress.bound)}")
    gap = "" if progress.gap is None else f" (gap {progress.gap:.2%})"
    return ", ".join(parts) + gap
