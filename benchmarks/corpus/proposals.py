"""What the rules that propose do to right formulations, and to wrong ones made of them.

A rule spoils a right formulation where something it proposes has another answer, and mends a wrong
one where something it proposes has the right answer.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from optwright.agents.repair.propose import propose
from optwright.agents.repair.quality import LEAST_PRECISION, RuleQuality
from optwright.benchmarks.corpus.entries import Entry
from optwright.benchmarks.corpus.mutants import Mutant
from optwright.benchmarks.corpus.validate import same
from optwright.errors import OptwrightError
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.registry import open_solver
from optwright.solvers.edit.operations import apply
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import SolveOptions

KEPT = Path(__file__).resolve().parents[2] / "agents/repair/quality.json"
COMMAND = "python -m optwright.benchmarks.corpus proposals --write"
_OPTIONS = SolveOptions(time_limit_s=5.0)
RULES = ("objective", "share", "relation", "repeated", "direction", "there", "total",
         "ratio", "domain", "sense", "unfounded")  # fmt: skip


def count(entries: Sequence[Entry], wrong: Iterable[Mutant]) -> dict[str, RuleQuality]:
    """Run every rule over every right formulation and every mutant with another answer."""
    spoils, mends, mutants = Counter[str](), Counter[str](), 0
    for entry in entries:
        found = _answers(entry, entry.formulation)
        spoils.update({rule for rule, is_right in found if not is_right})
    for mutant in wrong:
        if mutant.differs:
            mutants += 1
            found = _answers(mutant.of, mutant.formulation)
            mends.update({rule for rule, is_right in found if is_right})
    return {r: RuleQuality(spoils[r], len(entries), mends[r], mutants) for r in RULES}


def _answers(entry: Entry, formulation: Formulation) -> set[tuple[str, bool]]:
    """Each rule that proposes something, with whether that has the right answer."""
    try:
        program = Program(formulation, entry.data)
        proposals = propose(entry.text, formulation, entry.data)
    except OptwrightError:
        return set()
    found: set[tuple[str, bool]] = set()
    for proposal in proposals:
        try:
            outcome = open_solver("auto").solve(apply(program, proposal.edits), _OPTIONS)
        except OptwrightError:  # it does not fit, and would not be shown
            continue
        is_right = outcome.status.value == entry.status and same(outcome.objective, entry.optimum)
        found.add((proposal.rule, is_right))
    return found


def table(counted: Mapping[str, RuleQuality]) -> str:
    """The counts as Markdown."""
    lines = ["| rule | right answers spoilt | wrong ones mended | precision at 1 : 1 | shown |",
             "| --- | --- | --- | --- | --- |"]  # fmt: skip
    for rule, q in counted.items():
        precision = "-" if q.precision is None else f"{q.precision:.2f}"
        shown = q.precision is None or q.precision >= LEAST_PRECISION
        lines.append(f"| {rule} | {q.spoils} of {q.right} | {q.mends} of {q.wrong} | {precision} | "
                     f"{'yes' if shown else 'no'} |")  # fmt: skip
    return "\n".join(lines)


def keep(counted: Mapping[str, RuleQuality], seed: int) -> None:
    """Write the counts for the rules."""
    rules = {rule: asdict(quality) for rule, quality in counted.items()}
    content = {"made_by": COMMAND, "seed": seed, "rules": rules}
    KEPT.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
