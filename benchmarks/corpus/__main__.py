"""`python -m optwright.benchmarks.corpus`: check the corpus, solve it twice, fill in its optima."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import click

from optwright.benchmarks.corpus import pipeline, proposals
from optwright.benchmarks.corpus.entries import HERE, Entry, read_entries, write_entries
from optwright.benchmarks.corpus.likeness import near
from optwright.benchmarks.corpus.measure import measure, table
from optwright.benchmarks.corpus.mistakes import Kind
from optwright.benchmarks.corpus.mutants import Mutant, mutants
from optwright.benchmarks.corpus.validate import (
    Solved,
    corpus_faults,
    shape_faults,
    solve_faults,
    solved,
)


@click.group(invoke_without_command=True)
@click.option("--file", "files", multiple=True, type=click.Path(exists=True, path_type=Path))
@click.option("--fill", is_flag=True, help="write status and optimum where both engines agree")
@click.option("--quick", is_flag=True, help="solve nothing")
@click.pass_context
def main(context: click.Context, files: tuple[Path, ...], fill: bool, quick: bool) -> None:
    """Check every entry (all right_*.jsonl, or the files given); ends with 1 on a fault."""
    if context.invoked_subcommand is not None:
        return
    entries = read_entries(files or None)
    faults = [f"{e.id}: {fault}" for e in entries for fault in shape_faults(e)]
    faults += corpus_faults(entries)
    unreadable = {fault.partition(":")[0] for fault in faults}
    found = {} if quick else {e.id: solved(e) for e in entries if e.id not in unreadable}
    if fill:
        entries = _filled(entries, found, files)
    faults += [f"{e.id}: {f}" for e in entries if e.id in found
               for f in solve_faults(e, found[e.id])]  # fmt: skip
    click.echo(_table(entries))
    for one, other, share in near(entries):
        click.echo(f"near: {one} and {other} share {share:.0%} of their five-word runs")
    for fault in faults:
        click.echo(f"fault: {fault}")
    click.echo(f"{len(entries)} entries, {len(found)} solved twice, {len(faults)} faults")
    context.exit(1 if faults else 0)


@main.command("mutants")
@click.option("--seed", default=0, show_default=True, help="which mistakes are drawn")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="JSON lines")
def write_mutants(seed: int, out: Path) -> None:
    """Make and solve one wrong formulation of each kind of each entry, and write them."""
    made = list(mutants(read_entries(), seed))
    lines = [json.dumps(mutant.row, ensure_ascii=False) + "\n" for mutant in made]
    out.write_text("".join(lines), encoding="utf-8")
    click.echo(_mutants_table(made))


@main.command("measure")
@click.option("--seed", default=0, show_default=True, help="which mistakes are drawn")
def print_measurement(seed: int) -> None:
    """Print what every check says of right formulations and of mutants."""
    entries = read_entries()
    click.echo(table(measure(entries, mutants(entries, seed))))


@main.command("proposals")
@click.option("--seed", default=0, show_default=True, help="which mistakes are drawn")
@click.option("--write", is_flag=True, help="keep the counts for the rules")
def count_proposals(seed: int, write: bool) -> None:
    """Print which right answers the rules that propose would spoil, and which wrong ones mend."""
    entries = read_entries()
    counted = proposals.count(entries, mutants(entries, seed))
    click.echo(proposals.table(counted))
    if write:
        proposals.keep(counted, seed)


@main.command("solve")
@click.option("--seed", default=0, show_default=True, help="which mistakes are drawn")
@click.option("--wrong", is_flag=True, help="the mutants too")
@click.option("--every", default=1, show_default=True, help="only every so many entries")
@click.pass_context
def solve_all(context: click.Context, seed: int, wrong: bool, every: int) -> None:
    """Put every reply through the pipeline, repeated and in other words; ends with 1 on a fault."""
    entries = read_entries()[::every]
    rounds = {
        "right, repeated": pipeline.run(pipeline.right(entries), reworded=False),
        "right, in other words": pipeline.run(pipeline.right(entries), reworded=True),
    }
    if wrong:
        made = list(pipeline.wrong(mutants(entries, seed)))
        rounds["mutants, repeated"] = pipeline.run(made, reworded=False)
        rounds["mutants, in other words"] = pipeline.run(made, reworded=True)
    click.echo(pipeline.told(rounds))
    is_fine = not any(t.faults or t.verified for t in rounds.values())
    context.exit(0 if is_fine else 1)


def _mutants_table(made: list[Mutant]) -> str:
    """Mutants by class and by what became of the optimum, as Markdown."""
    counts = Counter((m.kind, _ending(m)) for m in made)
    endings = ["another optimum", "infeasible", "unbounded", "the same optimum", "not solved"]
    lines = [["class", *endings, "together"], ["---"] * (len(endings) + 2)]
    for kind in Kind:
        row = [counts[kind, ending] for ending in endings]
        lines.append([kind.value, *map(str, row), str(sum(row))])
    total = [sum(counts[kind, ending] for kind in Kind) for ending in endings]
    lines.append(["together", *map(str, total), str(len(made))])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _ending(mutant: Mutant) -> str:
    if mutant.differs is None:
        return "not solved"
    if not mutant.differs:
        return "the same optimum"
    return mutant.status if mutant.status != "optimal" else "another optimum"


def _filled(entries: list[Entry], found: dict[str, Solved], files: tuple[Path, ...]) -> list[Entry]:
    """The entries with what both engines found, written back to their files."""
    agreed = {name: s for name, s in found.items() if not s.fault}
    filled = [
        replace(e, status=agreed[e.id].status, optimum=agreed[e.id].optimum)
        if e.id in agreed
        else e
        for e in entries
    ]
    paths = {path.name: path for path in (files or HERE.glob("right_*.jsonl"))}
    for file, group in itertools.groupby(filled, key=lambda e: e.file):
        write_entries(paths[file], list(group))
    return filled


def _table(entries: list[Entry]) -> str:
    """Entries by family, as Markdown."""
    total = Counter(e.family for e in entries)
    tables = Counter(e.family for e in entries if e.tables)
    rows = [f"| {family} | {n} | {tables[family]} |" for family, n in sorted(total.items())]
    return "\n".join(["| family | problems | with tables |", "| --- | --- | --- |", *rows])


if __name__ == "__main__":
    main()
