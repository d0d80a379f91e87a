"""A study as a command begins it or goes on with it: its order is kept in its directory, and a run
that came to an error before it tried anything leaves none behind."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optwright.cli.session import Session


@contextmanager
def study_run(
    directory: Path, order: Mapping[str, Any], session: Session, *, fact: str = "order"
) -> Iterator[None]:
    """Keep the order of a run, which may be there already, under the name `fact`, and do the run's
    work inside the `with` block. Until that ends well the session names it as one to go on with."""
    from optwright.agents.runs.storage import begun_whole
    from optwright.errors import OptwrightError
    from optwright.optim.study.runs import RunStore

    is_new = not directory.exists()
    is_begun = (directory / "run.sqlite").is_file()
    place = nullcontext(directory) if is_begun else begun_whole(directory, "run.sqlite")
    with place as folder, RunStore(folder) as store:
        store.write_fact(fact, dict(order))
    session.run = directory.name
    try:
        yield
    except OptwrightError:
        if is_new and not _has_spent(directory):  # then doing it again is as good
            session.run = ""
            shutil.rmtree(directory, ignore_errors=True)
        raise
    session.run = ""


def _has_spent(directory: Path) -> bool:
    """Whether anything was evaluated in a run."""
    from optwright.optim.study.runs import existing

    with existing(directory) as store:
        return store.evaluations() > 0
