"""`optwright bench`: measure a system on a data set, and read what was measured."""

from __future__ import annotations

import json
from typing import Any

import click

from optwright.cli.bench_measuring import (
    data_options,
    measure_and_show,
    measuring_options,
    order_of,
)
from optwright.cli.bench_reports import compare, report, table
from optwright.cli.bench_synth import synth
from optwright.cli.session import Session, emit, json_option, title, verbose_option


class _Bench(click.Group):
    """A group whose first word may be a data set: then it is measured."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "-h", "--help"):
            args = ["run", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=_Bench,
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="DATASET [OPTIONS]... | COMMAND",
)
def bench() -> None:
    """Measure a system on a benchmark of problems told in words.

    'optwright bench DATASET --system NAME --model NAME' measures and goes on where it was stopped;
    'optwright bench run --help' tells all options.
    """


@bench.command("run", short_help="Measure a system on a data set.")
@click.argument("dataset")
@data_options
@measuring_options
@json_option
@verbose_option
@click.pass_obj
def run(_: Session, /, *, dataset: str, as_json: bool, **given: Any) -> int:
    """Measure a system on DATASET: a name ('optwright bench list') or a file of problems.

    A system is a name, MODULE:FUNCTION of your own, or 'command: PROGRAM ARGUMENTS'. Stopped or
    killed, the same command goes on; what was paid for is not paid again.

    Exit status: 0 everything was measured, 1 the budget was spent first, 2 bad input, 4 the model
    or something else that is needed is not available.
    """
    from optwright.benchmarks.measuring import read_data

    order = order_of(dataset, given)
    measure_and_show(order, read_data(order), as_json=as_json)
    return 0


@bench.command("list")
@json_option
@verbose_option
def list_command(*, as_json: bool) -> None:
    """Show the data sets and the systems that are known."""
    from optwright.benchmarks.datasets import known
    from optwright.benchmarks.opening import system_names

    if as_json:
        sets = [dataset.facts() for dataset in known().values()]
        emit(json.dumps({"datasets": sets, "systems": list(system_names())}, indent=2))
        return
    emit(title("data sets"))
    for d in known().values():
        emit(f"  {d.name:<21} {d.title} [{d.licence}]")
    emit(f"  {'synth':<21} problems made by seed ('optwright bench synth --help')")
    emit(title("systems"))
    for name in system_names():
        emit(f"  {name}")
    emit("  MODULE:FUNCTION, 'command: PROGRAM ARGUMENTS'")


for command in (report, compare, table, synth):
    bench.add_command(command)
