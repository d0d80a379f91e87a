"""`optwright bench`: measure a system on a data set, and read what was measured."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optwright.cli.bench_reports import compare, report, table
from optwright.cli.session import (
    Session,
    emit,
    json_option,
    ledger_option,
    named,
    settings_options,
    title,
    verbose_option,
)

if TYPE_CHECKING:
    from optwright.benchmarks.measuring import Measured


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


def _shard(_: click.Context, __: click.Parameter, value: str) -> tuple[int, int]:
    first, slash, step = value.partition("/")
    if not (slash and first.isdecimal() and step.isdecimal()):
        raise click.BadParameter(f"{value!r} is not I/N, such as 1/4")
    return int(first), int(step)


def _options(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    pairs = [value.partition("=") for value in values]
    for name, equals, _rest in pairs:
        if not (name and equals):
            raise click.BadParameter(f"{name!r} is not NAME=VALUE")
    return {name: value for name, _equals, value in pairs}


@bench.command("run", short_help="Measure a system on a data set.")
@click.argument("dataset")
@click.option("--system", default="optwright", show_default=True, help="The system under test.")
@click.option("--model", default="local", show_default=True, help="The language model.")
@settings_options
@click.option("--call-timeout", type=click.FloatRange(min=0, min_open=True), metavar="S",
              help="Of one call of the model, with retries, as --timeout of solve.")  # fmt: skip
@click.option("--data", type=click.Path(path_type=Path), metavar="DIR", help="Where the data is.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Where results go.")
@click.option("--skip", default=0, metavar="N", help="Begin after the first N problems.")
@click.option("--limit", type=int, metavar="N", help="N problems, in order of md5(question).")
@click.option("--shard", default="1/1", callback=_shard, metavar="I/N", help="One part of N.")
@click.option("--samples", default=1, show_default=True, help="Attempts at each problem.")
@click.option("--seed", default=0, show_default=True, help="Seed of the model's sampling.")
@click.option("--jobs", type=int, metavar="N", help="Attempts at a time.")
@click.option("--budget", default="", metavar="LIMITS", help="Of a problem: calls=9,tokens=9000.")
@click.option("--total-budget", default="", metavar="LIMITS", help="Of all: usd=5,seconds=3600.")
@click.option("--timeout", default=1800.0, show_default=True, metavar="S", help="Of an attempt.")
@click.option("--replies", type=click.Path(path_type=Path), metavar="FILE", help="The ledger.")
@ledger_option
@click.option("--option", "options", multiple=True, callback=_options, metavar="NAME=VALUE",
              help="For the system; it says which it has.")  # fmt: skip
@click.option("--executor", default="local", type=click.Choice(["local", "ray"]), show_default=True)
@click.option("--skip-broken", is_flag=True, help="Leave out rows that cannot be read.")
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
    from optwright.benchmarks.measuring import Order, measure, read_data
    from optwright.cli.bench_progress import showing
    from optwright.serving.recorded import Mode

    given["model"] = named(
        given["model"],
        given.pop("max_tokens"),
        given.pop("reasoning_effort"),
        given.pop("call_timeout"),
    )
    order = Order(
        dataset,
        total=given.pop("total_budget"),
        timeout_s=given.pop("timeout"),
        mode=Mode(given.pop("ledger")),
        **given,
    )
    loaded = read_data(order)
    for note in loaded.notes:
        click.echo(f"note: {note}", err=True)
    for where, why in loaded.broken:
        click.echo(f"left out: {where}: {why}", err=True)
    # Ended by a service manager, it kills what it started and says how to go on, as after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        # What a system of one's own prints is no part of what we print.
        with showing(quiet=as_json) as shown, redirect_stdout(sys.stderr):
            measured = asyncio.run(measure(order, loaded, shown))
    except KeyboardInterrupt:
        click.echo(f"kept in {order.directory}; the same command goes on", err=True)
        raise
    _show(measured, as_json=as_json)
    if measured.stopped is not None:
        raise measured.stopped
    return 0


def _show(measured: Measured, *, as_json: bool) -> None:
    from optwright.benchmarks.totals import render, totals

    done = len(measured.run.records)
    if as_json:
        body = {**totals(measured.run), "planned": measured.planned, "out": str(measured.directory)}
        emit(json.dumps(body, indent=2))
        return
    emit(render(measured.run))
    if done < measured.planned:
        emit(f"  not measured yet: {measured.planned - done}; the same command goes on")
    if measured.others:
        emit(f"  beside these, {measured.others} attempts are kept there that were not ordered now")
    emit(f"  kept in {measured.directory}")


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
    emit(title("systems"))
    for name in system_names():
        emit(f"  {name}")
    emit("  MODULE:FUNCTION, 'command: PROGRAM ARGUMENTS'")


for command in (report, compare, table):
    bench.add_command(command)
