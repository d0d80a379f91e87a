"""`optwright bench compare A B`: two measurements on the problems that both tried."""

from __future__ import annotations

from dataclasses import dataclass

from optwright.benchmarks.intervals import Comparison, Share, compare
from optwright.benchmarks.report_summary import accuracy, first_attempts
from optwright.benchmarks.scoring import HEADLINE
from optwright.benchmarks.store import Run
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
    comparison: Comparison
    first_only: tuple[str, ...]
    second_only: tuple[str, ...]

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
        )


def paired(first: Run, second: Run, rule: str = HEADLINE) -> Paired:
    """Compare two runs of one data set; `InputError` where they share no problem with a label."""
    one = {r.task: r for r in first_attempts(first) if rule in r.scores}
    two = {r.task: r for r in first_attempts(second) if rule in r.scores}
    shared = [task for task in one if task in two]
    if not shared:
        raise InputError(
            f"{first.setup.system!r} on {first.setup.dataset!r} and {second.setup.system!r} on "
            f"{second.setup.dataset!r} share no problem with a label under the rule {rule!r}"
        )
    names = _names(first, second)
    a, b = [one[t].scores[rule] for t in shared], [two[t].scores[rule] for t in shared]
    of_one, of_two = [one[t] for t in shared], [two[t] for t in shared]
    return Paired(
        *names,
        rule,
        (accuracy(of_one, rule), accuracy(of_two, rule)),
        (
            sum(r.cost.tokens for r in of_one) / len(shared),
            sum(r.cost.tokens for r in of_two) / len(shared),
        ),
        compare(a, b),
        tuple(t for t, x, y in zip(shared, a, b, strict=True) if x and not y),
        tuple(t for t, x, y in zip(shared, a, b, strict=True) if y and not x),
    )


def _names(first: Run, second: Run) -> tuple[str, str]:
    """The systems; with their models, seeds or budgets where the systems are the same."""
    one, two = first.setup, second.setup
    if one.system != two.system:
        return one.system, two.system
    for part in ("model", "seed", "budget"):
        a, b = getattr(one, part), getattr(two, part)
        if a != b:
            return f"{one.system} ({part} {a})", f"{two.system} ({part} {b})"
    return f"{one.system} (first)", f"{two.system} (second)"
