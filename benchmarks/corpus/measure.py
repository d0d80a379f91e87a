"""What each check says of right formulations, and of wrong ones made of them.

A check is one `Fault` that the checks of words find (what an answer is shown with today), or
one `Check` by its name. On a right formulation whatever it finds is a false alarm. A mutant is
caught where the check finds something that it does not find on the right formulation, so that a
false alarm is no catch. Only mutants that solve to another status or optimum count: a mistake that
changes no answer misleads nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from optwright.agents.checks.check import Check
from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.numbers import NumbersCheck
from optwright.agents.checks.words.all_checks import findings
from optwright.agents.findings import Fault
from optwright.benchmarks.corpus.entries import Entry
from optwright.benchmarks.corpus.mistakes import Kind
from optwright.benchmarks.corpus.mutants import Mutant
from optwright.solvers.model.formulation import Formulation

Found = frozenset[tuple[str, str, str]]
"""Findings: the check, the element it is about, the words it quotes."""

CHECKS: Sequence[Check] = (NumbersCheck(),)
"""Checks that are asked by themselves."""

_ANY = "any check of words"
_SOLVER = {"infeasible": "the solver: infeasible", "unbounded": "the solver: unbounded"}


@dataclass
class Measurement:
    """Counts by check. `flagged` of `right` formulations; `caught` of `wrong` mutants by class."""

    right: int = 0
    flagged: Counter[str] = field(default_factory=Counter)
    wrong: Counter[Kind] = field(default_factory=Counter)
    caught: Counter[tuple[str, Kind]] = field(default_factory=Counter)

    def recall(self, check: str) -> float:
        """Share of the mutants that a check caught."""
        caught = sum(n for (name, _), n in self.caught.items() if name == check)
        return caught / max(self.wrong.total(), 1)

    def precision(self, check: str) -> float | None:
        """Of what a check flags, the share that is wrong, if one formulation in two is wrong;
        None for a check that flags nothing."""
        recall, alarms = self.recall(check), self.flagged[check] / max(self.right, 1)
        return recall / (recall + alarms) if recall + alarms else None

    @property
    def checks(self) -> Sequence[str]:
        """Every check that is measured, in the order of the table."""
        named = (_named(check) for check in CHECKS)
        return [_ANY, *(fault.value for fault in Fault if fault in _OF_WORDS), *named,
                *_SOLVER.values()]  # fmt: skip


_OF_WORDS = frozenset(Fault) - {
    # The workflow says these of an outcome or for a model; no check of words finds them.
    Fault.INFEASIBLE,
    Fault.UNBOUNDED,
    Fault.NOT_SOLVED,
    Fault.OPINION,
}


def measure(entries: Sequence[Entry], wrong: Iterable[Mutant]) -> Measurement:
    """Run every check over every right formulation and every mutant with another optimum."""
    measured = Measurement(right=len(entries))
    before = {e.id: _found(e, e.formulation, e.status) for e in entries}
    for found in before.values():
        measured.flagged.update(_checks(found))
    for mutant in wrong:
        if mutant.differs:
            measured.wrong[mutant.kind] += 1
            found = _found(mutant.of, mutant.formulation, mutant.status)
            new = _checks(found - before[mutant.of.id])
            measured.caught.update((check, mutant.kind) for check in new)
    return measured


def _found(entry: Entry, formulation: Formulation, status: str) -> Found:
    words = findings(CheckContext(entry.text, formulation, entry.data))
    stated = {(f.fault.value, f.element, f.words) for f in words}
    context = CheckContext(entry.text, formulation, entry.data)
    for check in CHECKS if not any(f.fault is Fault.UNREADABLE for f in words) else ():
        stated |= {(_named(check), f.element, f.words) for f in check.findings(context)}
    return frozenset(stated | ({(_SOLVER[status], "", "")} if status in _SOLVER else set()))


def _checks(found: Found) -> set[str]:
    """The checks that found something, and `_ANY` where one of them reads words."""
    checks = {check for check, _, _ in found}
    return checks | ({_ANY} if checks & {fault.value for fault in _OF_WORDS} else set())


def _named(check: Check) -> str:
    return f"the check {check.name!r} alone"


def table(measured: Measurement) -> str:
    """The measurement as Markdown: false alarms, catches by class, recall and precision."""
    heads = ["check", "right flagged", *Kind, "recall", "precision"]
    totals = ["", f"of {measured.right}", *(f"of {measured.wrong[k]}" for k in Kind)]
    totals += [f"of {measured.wrong.total()}", "at 1 : 1"]
    rows = [_row(measured, check) for check in measured.checks]
    lines = [heads, ["---"] * len(heads), totals, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _row(measured: Measurement, check: str) -> list[str]:
    precision = measured.precision(check)
    caught = [str(measured.caught[check, kind]) for kind in Kind]
    shown = "-" if precision is None else f"{precision:.2f}"
    return [check, str(measured.flagged[check]), *caught, f"{measured.recall(check):.3f}", shown]
