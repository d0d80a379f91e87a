"""Whether two forms that come to one optimum say the same: what some twenty plans of each tell.

    python -m optwright.benchmarks.two_forms --data DIR          # kept drafts of the embedded model
    python -m optwright.benchmarks.two_forms --every 5           # mutants with the right optimum

Of the kept drafts every problem is taken in which two drafts that differ come to one conclusion:
the first such pair, right or wrong by its label. Of the corpus, mutants that solve to the optimum
of their right model are held against it: the mistake is there, and one optimum does not show it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import click

from optwright.agents.candidates import Candidate
from optwright.agents.checks.equivalence import differences
from optwright.benchmarks.corpus.entries import read_entries
from optwright.benchmarks.corpus.mutants import mutants
from optwright.benchmarks.kept_drafts import Kept, read_kept
from optwright.errors import OptwrightError

Told = tuple[str, ...] | None


def word(found: Told) -> str:
    """What a comparison came to."""
    return "not compared" if found is None else "differ" if found else "the same"


def of_drafts(kept: Kept) -> Iterator[tuple[str, bool, bool]]:
    """For the first two drafts that differ and agree: what plans say, whether the answer is right,
    and whether checks have nothing against the first."""
    pair = _pair(kept.drafts)
    if pair is None:
        return
    one, other = pair
    assert one.formulation is not None
    assert other.formulation is not None
    try:
        found = differences(kept.problem.text, one.formulation, other.formulation)
    except OptwrightError:
        found = None
    yield word(found), kept.is_right(one), one.is_clean


def _pair(drafts: tuple[Candidate, ...]) -> tuple[Candidate, Candidate] | None:
    forms = [d for d in drafts if d.formulation is not None and d.is_conclusive]
    pairs = (p for p in combinations(forms, 2) if p[0].form != p[1].form)
    return next((p for p in pairs if p[0].agrees_with(p[1])), None)


def of_mutants(every: int) -> Iterator[str]:
    """What plans say of right models and of mutants that come to their optimum."""
    for entry in read_entries()[::every]:
        for mutant in mutants([entry]):
            if mutant.differs is False:
                try:
                    yield word(
                        differences(entry.text, entry.formulation, mutant.formulation, entry.data)
                    )
                except OptwrightError:
                    yield word(None)


@click.command()
@click.option("--data", type=click.Path(exists=True, path_type=Path), help="data sets")
@click.option("--every", default=1, help="only every so many entries of the corpus")
def main(data: Path | None, every: int) -> None:
    """Print what plans say of forms that agree on the optimum."""
    if data is None:
        for said, count in Counter(of_mutants(every)).items():
            click.echo(f"mutants with the right optimum: {said}: {count}")
        return
    counted = Counter(row for kept in read_kept(data) for row in of_drafts(kept))
    click.echo("| plans say | answer | words | pairs |\n| --- | --- | --- | --- |")
    for (said, is_right, is_clean), count in sorted(counted.items()):
        right = "right" if is_right else "wrong"
        clean = "nothing against it" if is_clean else "something against it"
        click.echo(f"| {said} | {right} | {clean} | {count} |")


if __name__ == "__main__":
    main()
