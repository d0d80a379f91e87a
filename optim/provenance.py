"""Where values came from: what a run decided, on what grounds and at what cost; and taking it
back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from optwright.errors import InputError
from optwright.optim.runs import Change, RunStore, existing
from optwright.optim.trial import JSON, Trial, Values, best
from optwright.serving.budget import Amount


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as it can be read, also while it goes on. `chosen` are the values it stands for."""

    name: str
    description: dict[str, JSON]
    trials: tuple[Trial, ...]
    changes: tuple[Change, ...]
    chosen: Values
    spent: Amount
    seconds: float
    result: dict[str, JSON] | None
    """How it ended, and the estimate of the winner; None while it goes on."""

    @property
    def first(self) -> Values:
        return {p["name"]: p["value"] for p in self.description["parameters"]}

    def change(self, number: int) -> Change:
        """The decision of that number; an unknown one is an `InputError`."""
        for change in self.changes:
            if change.number == number:
                return change
        known = [change.number for change in self.changes]
        raise InputError(f"run {self.name!r} has no change {number}; there are {known}")


def show(directory: Path) -> RunView:
    """Read a run; a directory without one is an `InputError`."""
    with existing(directory) as store:
        checkpoint = store.fact("checkpoint") or {"spent": {}, "elapsed_s": 0.0}
        trials, changes = store.trials(), store.changes()
        description = store.fact("description") or {"parameters": []}
        return RunView(
            name=directory.name,
            description=description,
            trials=tuple(trials),
            changes=tuple(changes),
            chosen=_chosen(store, trials, changes),
            spent=Amount(**checkpoint["spent"]),
            seconds=checkpoint["elapsed_s"],
            result=store.fact("result"),
        )


def diff(directory: Path, number: int | None = None) -> str:
    """What one change did to the values, or (without a number) the whole run, as a unified diff."""
    run = show(directory)
    if number is None:
        return diff_values(run.first, run.chosen, "first values", "chosen values")
    change = run.change(number)
    return diff_values(change.before, change.after, "before", f"change {number}")


def revert(directory: Path, number: int) -> Values:
    """Take back an accepted change and what was built on it: from now on the run stands for the
    values before it. Nothing is deleted; the run itself would go on from its own incumbent."""
    change = show(directory).change(number)
    if not change.accepted or change.parent is None:
        raise InputError(
            f"change {number} was {'the first values' if change.accepted else 'not accepted'}",
            hint="only a change that was accepted can be taken back",
        )
    with RunStore(directory) as store:
        store.write_fact("chosen", {"reverted": number, "values": dict(change.before)})
    return change.before


def _chosen(store: RunStore, trials: list[Trial], changes: list[Change]) -> Values:
    taken_back = store.fact("chosen")
    if taken_back is not None:
        reverted: Values = taken_back["values"]
        return reverted
    accepted = [change for change in changes if change.accepted]
    if accepted:
        return accepted[-1].after
    leader = best(trials)
    return {} if leader is None else leader.values


def diff_values(before: Values, after: Values, old: str = "before", new: str = "after") -> str:
    """A unified diff of two sets of values; text by lines, everything else as one line."""
    lines: list[str] = []
    for name in {**before, **after}:
        left, right = list(_lines(before.get(name))), list(_lines(after.get(name)))
        lines += unified_diff(left, right, f"{name} ({old})", f"{name} ({new})", lineterm="")
    return "\n".join(lines)


def _lines(value: JSON) -> Iterator[str]:
    if value is None:
        return
    yield from value.splitlines() if isinstance(value, str) else [repr(value)]
