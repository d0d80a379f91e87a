"""What `optwright tune` was told to do, kept with the run so that it can be resumed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from optwright.errors import InputError
from optwright.optim.study.runs import existing


@dataclass(frozen=True, slots=True)
class Order:
    """A call of `optwright tune`. Paths are absolute; no `parameters` are all of the program's
    module; no `model` is none."""

    program: str
    name: str
    train: str
    metric: str
    parameters: tuple[str, ...]
    optimizer: str
    model: str | None
    budget: str
    seed: int
    workers: int
    goal: str
    claim: str | None = None
    accept: str = "proof"
    executor: str = "threads"
    beliefs: tuple[str, ...] = ()


def read_order(directory: Path) -> Order:
    """The order of a run; one that Python code began has none, which is an `InputError`."""
    with existing(directory) as store:
        kept = store.fact("order")
    if kept is None:
        raise InputError(
            f"run {directory.name!r} was begun in Python",
            hint="call optimize or minimize again with its directory as run_dir",
        )
    lists = {name: tuple(kept.get(name, ())) for name in ("parameters", "beliefs")}
    return Order(**{**kept, **lists})
