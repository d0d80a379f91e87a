"""What checks of agents say of made right models, and of wrong ones made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from time import monotonic

from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.registry import CHECKS, found, quality
from optwright.agents.problem import Problem as Told
from optwright.benchmarks.corpus.entries import Entry
from optwright.benchmarks.corpus.mutants import Mutant, mutants
from optwright.errors import OptwrightError
from optwright.solvers.model.formulation import Formulation

Said = frozenset[tuple[str, str, str]]


@dataclass
class Alarms:
    """Counts by check. A mutant counts where it solves to another optimum, and is caught where a
    check says something of it that it does not say of the right model."""

    right: int = 0
    wrong: int = 0
    alarms: Counter[str] = field(default_factory=Counter)
    by_family: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    caught: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    caught_by: Counter[tuple[str, str]] = field(default_factory=Counter)
    made: int = 0
    caught_any: int = 0
    caught_refusing: int = 0

    def table(self) -> str:
        """The counts as Markdown."""
        lines = [
            f"{self.right} right models, {self.made} mutants, {self.wrong} of them with another "
            f"optimum; {self.caught_any} caught by any check, {self.caught_refusing} by one that "
            "may refuse",
            "",
            "| check | may refuse | false alarms | caught |",
            "| --- | --- | --- | --- |",
        ]
        for check in CHECKS:
            refuses = "yes" if quality(check.name).may_refuse else "no"
            lines.append(
                f"| {check.name} | {refuses} | {self.alarms[check.name]} of {self.right} | "
                f"{self.caught[check.name]} of {self.wrong} |"
            )
        lines += ["", "| class | caught by any |", "| --- | --- |"]
        lines += [f"| {k} | {self.caught_by[k, 'any']} of {n} |" for k, n in self.classes.items()]
        return "\n".join(lines)


def check(entries: Iterable[Entry], seed: int, limit_s: float, alarms: Alarms | None = None,
          most_mutants: int = 0) -> Alarms:  # fmt: skip
    """Run every check over entries in order until the time is up, and over their mutants until
    there are `most_mutants`. Checks of words are asked only of what reads as English, as there."""
    alarms = alarms or Alarms()
    ends = monotonic() + limit_s
    for entry in entries:
        if monotonic() > ends:
            break
        if not Told(entry.text, entry.data).reads_as_english:
            continue
        alarms.right += 1
        before = _said(entry, entry.formulation)
        for name in {name for name, *_ in before}:
            alarms.alarms[name] += 1
            alarms.by_family[name, entry.family] += 1
            said = next(f"{e}: {w}" for n, e, w in sorted(before) if n == name)
            alarms.examples.setdefault(name, []).append(f"{entry.id}: {said}")
        if alarms.made < most_mutants:
            for mutant in mutants([entry], seed):
                _mutant(mutant, before, alarms)
    return alarms


def _mutant(mutant: Mutant, before: Said, alarms: Alarms) -> None:
    alarms.made += 1
    if not mutant.differs:
        return
    alarms.wrong += 1
    alarms.classes[mutant.kind.value] += 1
    new = {name for name, *_ in _said(mutant.of, mutant.formulation) - before}
    alarms.caught.update(new)
    alarms.caught_any += bool(new)
    alarms.caught_refusing += any(quality(name).may_refuse for name in new)
    alarms.caught_by[mutant.kind.value, "any"] += bool(new)


def _said(entry: Entry, formulation: Formulation) -> Said:
    context = CheckContext(entry.text, formulation, entry.data)
    try:
        return frozenset((one.name, f.element, f.message) for one, f in found(context))
    except OptwrightError:
        return frozenset()  # it cannot be joined, which is said elsewhere
