"""`optwright bench compare A B`: two measurements on the problems that both tried."""

from __future__ import annotations

from dataclasses import dataclass

from optwright.benchmarks.intervals import PairedComparison, compare
from optwright.benchmarks.record import Record
from optwright.benchmarks.scoring import HEADLINE, RULES
from optwright.benchmarks.store import StoredRun
from optwright.benchmarks.totals import Share, share
from optwright.errors import InputError


@dataclass(frozen=True)
class Paired:
    """Two runs on the problems they share. `first_only` and `second_only` name the problems that
    one got right and the other did not."""

    first: str
    second: str
    rule: str
    accuracy: tuple[Share, Share]
    tokens: tuple[float, float]
    """Tokens a problem, over the shared problems."""
    comparison: PairedComparison
    first_only: tuple[str, ...]
    second_only: tuple[str, ...]
    left_out: tuple[int, int] = (0, 0)
    """Problems with a label that only one of the runs tried."""

    def sentences(self) -> tuple[str, ...]:
        """The comparison in words, for a terminal."""
        c = self.comparison
        return (
            f"{self.first}: {self.accuracy[0]}, {self.tokens[0]:,.0f} tokens a problem",
            f"{self.second}: {self.accuracy[1]}, {self.tokens[1]:,.0f} tokens a problem",
            f"difference {100 * c.difference:+.1f} points "
            f"(95 %: {100 * c.low:+.1f} to {100 * c.high:+.1f}), rule {self.rule}",
            f"on {c.of} problems both are right on {c.both}, only {self.first} on {c.only_first}, "
            f"only {self.second} on {c.only_second}, neither on {c.neither}; "
            f"McNemar p = {c.p_value:.3g}",
            *self._alone(),
        )

    def _alone(self) -> tuple[str, ...]:
        if not any(self.left_out):
            return ()
        one, two = self.left_out
        return (f"left out: {one} problems that only {self.first} tried, {two} that only "
                f"{self.second} did",)  # fmt: skip


def paired(first: StoredRun, second: StoredRun, rule: str = HEADLINE) -> Paired:
    """Compare two runs of one data set; `InputError` where they share no problem with a label, or
    where a problem is not the same in both."""
    if rule not in RULES:
        raise InputError(f"there is no rule {rule!r}", hint=f"there are {', '.join(RULES)}")
    one, two = _scored(first, rule), _scored(second, rule)
    shared = [task for task in one if task in two]
    if not shared:
        raise InputError(
            f"{first.setup.system!r} on {first.setup.dataset!r} and {second.setup.system!r} on "
            f"{second.setup.dataset!r} share no problem with a label under the rule {rule!r}"
        )
    _demand_same_problems(first, second, frozenset(shared))
    names = _names(first, second)
    a, b = [one[t].scores[rule] for t in shared], [two[t].scores[rule] for t in shared]
    of_one, of_two = tuple(one[t] for t in shared), tuple(two[t] for t in shared)
    return Paired(
        *names,
        rule,
        (share(of_one, rule), share(of_two, rule)),
        (
            sum(r.cost.tokens for r in of_one) / len(shared),
            sum(r.cost.tokens for r in of_two) / len(shared),
        ),
        compare(a, b),
        tuple(t for t, x, y in zip(shared, a, b, strict=True) if x and not y),
        tuple(t for t, x, y in zip(shared, a, b, strict=True) if y and not x),
        (len(one) - len(shared), len(two) - len(shared)),
    )


def _demand_same_problems(first: StoredRun, second: StoredRun, shared: frozenset[str]) -> None:
    """Data sets of one's own often number their rows alike, which makes them no pairs; and labels
    that were corrected meanwhile would be taken for a difference between systems."""
    there = {task.id: task for task in first.tasks}
    for task in second.tasks:
        if task.id not in shared:
            continue
        other = there[task.id]
        if task.question != other.question:
            raise InputError(
                f"problem {task.id!r} of {first.setup.dataset!r} and of {second.setup.dataset!r} "
                "are two problems",
                hint="compare measurements of one data set",
            )
        if task.label != other.label:
            raise InputError(
                f"problem {task.id!r} was scored by the label {other.label!r} in one measurement "
                f"and by {task.label!r} in the other",
                hint="measure both on the same data; replies in the ledger are not paid for again",
            )


def _scored(run: StoredRun, rule: str) -> dict[str, Record]:
    """The first attempt at each problem that has a label."""
    return {r.task: r for r in run.records if r.sample == 0 and rule in r.scores}


def _names(first: StoredRun, second: StoredRun) -> tuple[str, str]:
    """The systems; with their models, seeds or budgets where the systems are the same."""
    one, two = first.setup, second.setup
    if one.system != two.system:
        return one.system, two.system
    for part in ("model", "seed", "budget"):
        a, b = getattr(one, part), getattr(two, part)
        if a != b:
            return f"{one.system} ({part} {a})", f"{two.system} ({part} {b})"
    return f"{one.system} (first)", f"{two.system} (second)"
