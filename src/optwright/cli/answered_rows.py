"""Problems whose answers are known, out of a data set, for what learns from them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from optwright.agents.tuning import AnsweredRow, Right
from optwright.benchmarks.datasets import load
from optwright.benchmarks.scoring import RULES
from optwright.benchmarks.task import Task
from optwright.errors import InputError


@contextmanager
def answered_rows(
    dataset: str, data: Path | None, limit: int | None, rule: str
) -> Iterator[tuple[list[AnsweredRow], Right]]:
    """The first rows that have answers, with their tables in a folder that goes afterwards, and
    what judges optima by a `rule` of `scoring`. Raises `InputError`."""
    if rule not in RULES:
        raise InputError(f"there is no rule {rule!r}", hint=f"there are {', '.join(RULES)}")
    compare = RULES[rule]
    loaded = load(dataset, data)
    with TemporaryDirectory() as folder:
        tasks = [row.task(loaded.dataset.name, Path(folder)) for row in loaded.rows]
        known = [task for task in tasks if task.label is not None][:limit]
        by_text = {task.question: task for task in known}

        def right(row: AnsweredRow, found: float) -> bool:
            assert not isinstance(row.answer, str)  # `is_right` looked
            return compare(found, row.answer, by_text[row.question])

        yield [_row(task) for task in known], right


def _row(task: Task) -> AnsweredRow:
    assert task.label is not None  # rows without one were left out
    return AnsweredRow(task.question, task.label, tuple(map(str, task.files)))
