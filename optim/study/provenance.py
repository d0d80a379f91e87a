"""Where values came from: what a run decided, on what grounds and at what cost; what differs
between two versions; and making an earlier version current again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from optwright.errors import InputError, StorageError
from optwright.optim.acceptance.prospect import Unproven
from optwright.optim.optimizers.language.replies import Replies
from optwright.optim.study.runs import Change, RunStore, existing, spent_before
from optwright.optim.trial import JSON, Trial, Values
from optwright.serving.budget import Amount
from optwright.storage.held import is_held


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as it can be read, also while it goes on.

    `began` is in Unix seconds, None where it was not written down; `state` is running, finished or
    stopped. A version of the parameters is known by the number of the accepted change that made it.
    """

    directory: Path
    state: str
    began: float | None
    description: dict[str, JSON]
    subject: str
    """The name of the program or function."""
    trials: tuple[Trial, ...]
    changes: tuple[Change, ...]
    spent: Amount
    seconds: float
    result: dict[str, JSON] | None
    """How it ended, and the estimate of the winner; None while it goes on."""
    prospect: str = ""
    """What could be proven, as it was said before the start."""

    @property
    def name(self) -> str:
        return self.directory.name

    @property
    def minimizes(self) -> bool:
        """Whether lower scores are better to the user; here they are higher-is-better always."""
        return "program" not in self.description

    @property
    def first(self) -> Values:
        return {p["name"]: p["value"] for p in self.description["parameters"]}

    @property
    def current(self) -> Change | None:
        """The change that made the version the run stands for; None before the first decision."""
        return current(self.changes)

    @property
    def chosen(self) -> Values:
        """The values the run stands for."""
        return self.first if self.current is None else self.current.after

    @property
    def score(self) -> float | None:
        """What the values in use scored as their user counts, when they were chosen."""
        after = None if self.current is None else self.current.scores[1]
        return None if after is None else self.told(after)

    @property
    def replies(self) -> Replies | None:
        """How many replies of the optimizer's model were usable; None where none was asked."""
        counted = (self.result or {}).get("replies")
        return Replies(**counted) if counted and counted["asked"] else None

    def told(self, score: float) -> float:
        """A score as the user counts."""
        return -score if self.minimizes else score

    def estimate(self, of: str) -> dict[str, JSON] | None:
        """The `score` or `gain` on examples that no proposer saw, if it was estimated for the
        values in use: an `Interval` as JSON."""
        if self.result is None or self.current is None:
            return None
        is_theirs = self.result.get("winner", self.current.trial) == self.current.trial
        found: dict[str, JSON] | None = self.result.get(of) if is_theirs else None
        return found

    @property
    def looks(self) -> int:
        """How many candidates the examples of the estimate had judged before it, which it is
        corrected for; 0 where they chose nothing."""
        return int((self.result or {}).get("looks", 0))

    @property
    def unproven(self) -> Unproven | None:
        """The best of what was not accepted, where it seemed better than the values in use."""
        found = (self.result or {}).get("unproven")
        return None if found is None else Unproven(**found)

    @property
    def is_greedy(self) -> bool:
        """Whether every better mean was taken without a test."""
        return self.description.get("acceptance") == "greedy"

    def version(self, number: int) -> Values:
        """The values of a version; an unknown one is an `InputError`."""
        return self.accepted(number).after

    def accepted(self, number: int) -> Change:
        """The accepted change of that number; any other is an `InputError`."""
        found = [change for change in self.changes if change.accepted]
        for change in found:
            if change.number == number:
                return change
        versions = ", ".join(str(change.number) for change in found)
        raise InputError(
            f"run {self.name!r} has no accepted change {number}",
            hint=f"its versions are {versions}" if found else "nothing was accepted so far",
        )


def show(directory: Path) -> RunView:
    """Read a run; a directory without one is an `InputError`, a damaged one a `StorageError`."""
    with existing(directory) as store:
        description = store.fact("description") or {"parameters": []}
        began, result = store.fact("began") or {}, store.fact("result")
        try:
            spent, seconds = spent_before(store)
            return RunView(
                directory=directory,
                state=_state(directory, result),
                began=began.get("at"),
                description=description,
                subject=began.get("name") or description.get("program", "a function"),
                trials=tuple(store.trials()),
                changes=tuple(store.changes()),
                spent=spent,
                seconds=seconds,
                result=result,
                prospect=(store.fact("prospect") or {}).get("said", ""),
            )
        except (AttributeError, KeyError, TypeError) as error:
            message = f"run {str(directory)!r} is damaged: {error}"
            raise StorageError(message) from error


def current(changes: Sequence[Change]) -> Change | None:
    """The change that made the version in use: the latest accepted one."""
    return next((change for change in reversed(changes) if change.accepted), None)


def lineage(changes: Sequence[Change]) -> list[Change]:
    """The accepted changes that led to the version in use, the earliest first; without the first
    values, and without what was taken back."""
    led: list[Change] = []
    here = current(changes)
    while here is not None:
        if here.restores is not None:
            here = changes[here.restores]
            continue
        if here.parent is not None:
            led.append(here)
        here = current(changes[: here.number])
    return led[::-1]


@dataclass(frozen=True, slots=True)
class Difference:
    """How one parameter differs between two versions."""

    name: str
    before: JSON
    after: JSON

    @property
    def is_text(self) -> bool:
        return isinstance(self.before, str) and isinstance(self.after, str)

    def text(self, old: str = "before", new: str = "after") -> str:
        """A unified diff of texts, `name: before -> after` of anything else."""
        if not self.is_text:
            return f"{self.name}: {_compact(self.before)} -> {_compact(self.after)}"
        lines = unified_diff(
            self.before.splitlines(),
            self.after.splitlines(),
            f"{self.name} ({old})",
            f"{self.name} ({new})",
            lineterm="",
        )
        return "\n".join(lines)


def differences(before: Values, after: Values) -> Iterator[Difference]:
    """The parameters that differ."""
    for name in {**before, **after}:
        if before.get(name) != after.get(name):
            yield Difference(name, before.get(name), after.get(name))


def diff_values(before: Values, after: Values, old: str = "before", new: str = "after") -> str:
    """All differences as text; nothing where there are none."""
    return "\n".join(found.text(old, new) for found in differences(before, after))


def revert(directory: Path, number: int) -> Change:
    """Make the version of an accepted change current again, and return the record of that.

    Nothing is deleted: it is a decision like any other, and the run goes on from there. Raises
    `InputError` where there is no such version or it is in use already, `RunBusy` while the run
    goes on.
    """
    run = show(directory)
    target, present = run.accepted(number), run.current
    assert present is not None  # something was accepted
    if target.number == present.number or target.trial == present.trial:
        raise InputError(f"version {number} of run {run.name!r} is in use already")
    with RunStore(directory) as store:
        checkpoint = store.fact("checkpoint")
        event = _restored(target, present, len(run.changes))
        (trial,) = (trial for trial in run.trials if trial.number == target.trial)
        progress = {
            **checkpoint["progress"],
            "incumbent": trial.to_json(),
            "changes": event.number + 1,
            "since_change": 0,
        }
        step = checkpoint["progress"]["step"]
        store.end_step(step, {**checkpoint, "progress": progress}, [], [event])
    return event


def _restored(target: Change, present: Change, number: int) -> Change:
    return Change(
        number=number,
        accepted=True,
        trial=target.trial,
        parent=present.trial,
        origin="revert",
        note="",
        before=present.after,
        after=target.after,
        score_before=present.scores[1],
        score_after=target.scores[1],
        reason=f"version {target.number} made current again by hand",
        restores=target.number,
    )


def _state(directory: Path, result: Mapping[str, JSON] | None) -> str:
    if is_held(directory):
        return "running"
    return "stopped" if result is None else "finished"


def _compact(value: JSON) -> str:
    return "(nothing)" if value is None else json.dumps(value, ensure_ascii=False)
