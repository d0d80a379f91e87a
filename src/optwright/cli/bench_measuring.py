"""What `bench DATASET` and `bench synth` share: options of a measurement, its start, its end."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from optwright import platforms
from optwright.cli.session import emit, ledger_option, named, settings_options, tell, timeout_option

if TYPE_CHECKING:
    from optwright.benchmarks.datasets import Loaded
    from optwright.benchmarks.measuring import Measured, Order
    from optwright.benchmarks.store import StoredRun

T = TypeVar("T")
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


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


_OPTIONS: tuple[Decorator, ...] = (
    click.option("--system", default="optwright", show_default=True, help="The system under test."),
    click.option("--model", default="local", show_default=True, help="The language model."),
    settings_options,
    timeout_option,
    click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Where results go."),
    click.option("--skip", default=0, metavar="N", help="Begin after the first N problems."),
    click.option("--limit", type=int, metavar="N", help="N problems, in order of md5(question)."),
    click.option("--shard", default="1/1", callback=_shard, metavar="I/N", help="One part of N."),
    click.option("--samples", default=1, show_default=True, help="Attempts at each problem."),
    click.option("--jobs", type=int, metavar="N", help="Attempts at a time."),
    click.option(
        "--budget", default="", metavar="LIMITS", help="Of a problem: calls=9,tokens=9000."
    ),
    click.option(
        "--total-budget", default="", metavar="LIMITS", help="Of all: usd=5,seconds=3600."
    ),
    click.option(
        "--attempt-timeout", default=1800.0, show_default=True, metavar="S", help="Of an attempt."
    ),
    click.option("--replies", type=click.Path(path_type=Path), metavar="FILE", help="The ledger."),
    ledger_option,
    click.option(
        "--option",
        "options",
        multiple=True,
        callback=_options,
        metavar="NAME=VALUE",
        help="For the system; it says which it has.",
    ),
    click.option(
        "--executor", default="local", type=click.Choice(["local", "ray"]), show_default=True
    ),
    click.option("--skip-broken", is_flag=True, help="Leave out rows that cannot be read."),
)
_OF_DATA: tuple[Decorator, ...] = (
    click.option(
        "--data", type=click.Path(path_type=Path), metavar="DIR", help="Where the data is."
    ),
    click.option("--seed", default=0, show_default=True, help="Seed of the model's sampling."),
)


def measuring_options(command: Any) -> Any:
    """The options of every measurement."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def data_options(command: Any) -> Any:
    """The options of data that lies somewhere, and of sampling under its usual name."""
    for option in reversed(_OF_DATA):
        command = option(command)
    return command


def order_of(dataset: str, given: Mapping[str, Any]) -> Order:
    """The order that these options are."""
    from optwright.benchmarks.measuring import Order
    from optwright.serving.recorded import Mode

    rest = dict(given)
    rest["model"] = named(
        rest["model"],
        rest.pop("max_tokens"),
        rest.pop("reasoning_effort"),
        rest.pop("timeout"),
    )
    return Order(
        dataset,
        total=rest.pop("total_budget"),
        timeout_s=rest.pop("attempt_timeout"),
        mode=Mode(rest.pop("ledger")),
        **rest,
    )


def measure_and_show(
    order: Order,
    loaded: Loaded,
    *,
    as_json: bool,
    more: Callable[[StoredRun], dict[str, Any]] = lambda _: {},
    more_text: Callable[[StoredRun], str] = lambda _: "",
) -> None:
    """Measure and print; `more` is for the JSON and `more_text` for the terminal. Raises what
    ended the measurement early."""
    from optwright.benchmarks.measuring import measure
    from optwright.cli.bench_progress import showing

    for note in loaded.notes:
        tell(f"note: {note}")
    for where, why in loaded.broken:
        tell(f"left out: {where}: {why}")
    try:
        # What a system of one's own prints is no part of what we print.
        with showing(quiet=as_json) as shown, redirect_stdout(sys.stderr):
            measured = asyncio.run(_ended_by_sigterm(measure(order, loaded, shown)))
    except (KeyboardInterrupt, asyncio.CancelledError):
        tell(f"kept in {order.directory}; the same command goes on")
        raise KeyboardInterrupt from None
    _show(measured, as_json=as_json, more=more(measured.run), more_text=more_text(measured.run))
    if measured.stopped is not None:
        raise measured.stopped


async def _ended_by_sigterm(work: Coroutine[Any, Any, T]) -> T:
    """Do the work; SIGTERM cancels it. Ended by a service manager or a script, a measurement kills
    what it started and says how to go on, as after Ctrl-C; in the background of a script SIGINT is
    ignored, and nothing can be told by it."""
    task = asyncio.current_task()
    assert task is not None
    platforms.on_termination(asyncio.get_running_loop(), task.cancel)
    return await work


def _show(measured: Measured, *, as_json: bool, more: dict[str, Any], more_text: str) -> None:
    from optwright.benchmarks.totals import render, totals

    done = len(measured.run.records)
    if as_json:
        body = {**totals(measured.run), "planned": measured.planned, "out": str(measured.directory)}
        emit(json.dumps(body | more, indent=2))
        return
    emit(render(measured.run))
    if more_text:
        emit(more_text)
    if done < measured.planned:
        emit(f"  not measured yet: {measured.planned - done}; the same command goes on")
    if measured.others:
        emit(f"  beside these, {measured.others} attempts are kept there that were not ordered now")
    emit(f"  kept in {measured.directory}")
