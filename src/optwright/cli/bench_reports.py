"""`optwright bench report`, `compare` and `table`: reading what was measured."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from optwright.cli.session import emit, json_option, tell, verbose_option

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.argument("runs", nargs=-1, required=True, type=FOLDER, metavar="RUN...")
@click.option("--out", type=FOLDER, metavar="DIR", help="Of table and page; else the first RUN.")
@verbose_option
def report(*, runs: tuple[Path, ...], out: Path | None) -> None:
    """Write summary.json, report.md and report.html of measurements.

    RUN is a folder that 'optwright bench' keeps results in; several are shown side by side and
    compared pair by pair, and shards of one measurement are joined. Of several each keeps its
    summary.json in its own folder. The page needs no network.
    """
    from optwright.benchmarks.reports import write_reports

    for file in write_reports(runs, out):
        emit(str(file))


@click.command()
@click.argument("first", type=FOLDER)
@click.argument("second", type=FOLDER)
@click.option("--rule", default="", metavar="NAME", help="How answers are judged.")
@json_option
@verbose_option
def compare(*, first: Path, second: Path, rule: str, as_json: bool) -> None:
    """Compare two measurements on the problems that both tried.

    Shown are accuracies with 95 % intervals, the difference with a paired bootstrap's interval,
    and McNemar's exact test.
    """
    from optwright.benchmarks.comparing import paired
    from optwright.benchmarks.scoring import HEADLINE
    from optwright.benchmarks.store import read_run
    from optwright.benchmarks.totals import shown

    found = paired(read_run(first), read_run(second), rule or HEADLINE)
    if as_json:
        emit(json.dumps(asdict(found), indent=2))
        return
    for sentence in found.sentences():
        emit(sentence)
    for name, tasks in ((found.first, found.first_only), (found.second, found.second_only)):
        if tasks:
            emit(f"only {name}: {', '.join(map(shown, tasks))}")


@click.command()
@click.option("--ledgers", type=FOLDER, metavar="DIR", help="Where the packs are.")
@click.option("--check", is_flag=True, help="Build and solve every answer again.")
@click.option("--data", type=FOLDER, metavar="DIR", help="Run every system again on the replies.")
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Write a page too.")
@verbose_option
def table(*, ledgers: Path | None, check: bool, data: Path | None, html: Path | None) -> int:
    """Print the published table from the ledgers in the repository, offline.

    Exit status: 0 everything comes out again, 1 something does not.
    """
    from optwright.benchmarks.report_markdown import markdown
    from optwright.benchmarks.reports import write_page
    from optwright.benchmarks.table import published, published_runs, read_tasks, rebuilt, replayed

    packs = published(ledgers)
    runs = published_runs(packs)
    emit(markdown(runs).rstrip("\n"))
    if html is not None:
        write_page(runs, html)
    differences = list(rebuilt(packs)) if check else []
    if data is not None:
        with TemporaryDirectory() as folder:
            tasks = read_tasks(packs, data, Path(folder))
            differences += asyncio.run(replayed(packs, tasks))
    for difference in differences:
        tell(f"differs: {difference}")
    if check or data is not None:
        records = sum(len(run.records) for run in runs)
        emit(f"{records} records, of which {len(differences)} do not come out again")
    return 1 if differences else 0
