"""`python -m optwright.benchmarks.corpus`: check the corpus, solve it twice, fill in its optima."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from pathlib import Path

import click

from optwright.benchmarks.corpus.entries import HERE, Entry, read_entries, write_entries
from optwright.benchmarks.corpus.likeness import near
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
