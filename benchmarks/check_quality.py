"""False alarms and catches of every check, on the corpus.

    python -m optwright.benchmarks.check_quality            # prints the table
    python -m optwright.benchmarks.check_quality --write    # and keeps it for the registry

A mutant is caught where a check says something that it does not say of the right model; mutants
whose optimum is the right one are left out.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.registry import CHECKS, Quality, found, quality
from optwright.benchmarks.corpus.entries import Entry, read_entries
from optwright.benchmarks.corpus.mutants import Mutant, mutants
from optwright.errors import OptwrightError
from optwright.solvers.model.formulation import Formulation

KEPT = Path(__file__).resolve().parents[1] / "agents/checks/quality.json"
COMMAND = "python -m optwright.benchmarks.check_quality --write"

Said = frozenset[tuple[str, str, str, str]]


def measure(entries: Sequence[Entry], wrong: Iterable[Mutant]) -> dict[str, Quality]:
    """Run every check over every right model and every mutant with another optimum."""
    before = {e.id: _said(e, e.formulation) for e in entries}
    alarms = Counter(name for said in before.values() for name in _names(said))
    caught: Counter[str] = Counter()
    count = 0
    for mutant in wrong:
        if mutant.differs:
            count += 1
            new = _said(mutant.of, mutant.formulation) - before[mutant.of.id]
            caught.update(_names(new))
    return {
        c.name: Quality(
            alarms[c.name], len(entries), caught[c.name], count, quality(c.name).elsewhere
        )
        for c in CHECKS
    }


def _said(entry: Entry, formulation: Formulation) -> Said:
    context = CheckContext(entry.text, formulation, entry.data)
    try:
        return frozenset((check.name, f.element, f.words, f.message) for check, f in found(context))
    except OptwrightError:
        return frozenset()  # it cannot be read or joined, which is said elsewhere


def _names(said: Said) -> set[str]:
    return {name for name, *_ in said}


def table(measured: dict[str, Quality]) -> str:
    """The measurement as Markdown."""
    lines = [
        "| check | false alarms | elsewhere | caught | recall | precision at 1 : 1 | may refuse |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, q in measured.items():
        precision = "-" if q.precision is None else f"{q.precision:.2f}"
        lines.append(
            f"| {name} | {q.alarms} of {q.right} | {q.elsewhere} | {q.caught} of {q.wrong} | "
            f"{q.recall:.3f} | {precision} | {'yes' if q.may_refuse else 'no'} |"
        )
    return "\n".join(lines)


@click.command()
@click.option("--write", is_flag=True, help="keep the measurement for the registry")
@click.option("--seed", default=0)
def main(write: bool, seed: int) -> None:
    """Measure every check on the corpus."""
    entries = read_entries()
    measured = measure(entries, mutants(entries, seed))
    click.echo(table(measured))
    if write:
        kept = {name: asdict(q) for name, q in measured.items()}
        content = {"made_by": COMMAND, "seed": seed, "checks": kept}
        KEPT.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
