"""`optwright bench synth`: problems made by seed, measured like a data set, or saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from optwright.cli.bench_measuring import (
    Decorator,
    measure_and_show,
    measuring_options,
    order_of,
)
from optwright.cli.session import Session, emit, json_option, verbose_option


def _names(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Names apart with commas, or the option given again."""
    return tuple(name for value in values for name in value.split(",") if name)


def _choice(option: str, default: tuple[str, ...], said: str) -> Decorator:
    return click.option(
        option, multiple=True, callback=_names, default=default, metavar="NAME,...", help=said
    )


@click.command("synth", short_help="Measure on problems that are made by seed.")
@click.option("--n", default=40, show_default=True, type=click.IntRange(min=1), metavar="N",
              help="How many problems.")  # fmt: skip
@_choice("--families", (), "Families of problems; all by default.")
@_choice("--styles", (), "Styles of text; all by default.")
@_choice("--lang", ("en",), "Languages: en, de, es.")
@_choice("--figures", ("text",), "Where figures are: text, long, wide, messy.")
@_choice("--kinds", ("right",), "right, incomplete, contradictory, ambiguous.")
@click.option("--size", default=0, type=click.IntRange(0, 3), help="1 small to 3 large; 0 mixed.")
@click.option("--band", default="", metavar="LOW-HIGH", help="Of the complexity score; 1 to 5.")
@click.option("--public", type=click.Path(path_type=Path, file_okay=False, exists=True),
              metavar="DIR", help="Public texts (.jsonl) that no problem may repeat.")  # fmt: skip
@click.option("--save", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write the problems as JSON lines and measure nothing.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="Of the problems.")
@click.option("--sampling-seed", default=0, show_default=True, help="Seed of the model's sampling.")
@measuring_options
@json_option
@verbose_option
@click.pass_obj
def synth(_: Session, /, *, as_json: bool, **given: Any) -> int:
    """Measure a system on N problems made by --seed: families, words, numbers and optima.

    The optimum of each is confirmed in two ways. The same seed and options give the same problems;
    a new seed is a benchmark that nobody has read. 'optwright bench run --help' tells the options
    of a measurement.
    """
    from optwright.benchmarks.synthesis import dataset
    from optwright.benchmarks.synthesis.breakdown import parts, render

    wanted = dataset.Wanted(
        seed=given.pop("seed"),
        n=given.pop("n"),
        families=given.pop("families"),
        styles=given.pop("styles"),
        languages=given.pop("lang"),
        wheres=given.pop("figures"),
        kinds=given.pop("kinds"),
        size=given.pop("size"),
        band=given.pop("band"),
        public=given.pop("public"),
    )
    save = given.pop("save")
    given["seed"] = given.pop("sampling_seed")
    order = order_of(wanted.name, given)
    loaded = dataset.make(wanted)
    if save is not None:
        dataset.save(loaded, save)
        emit(f"{len(loaded.rows)} problems written to {save}")
        return 0
    rows = {row.id: row.raw for row in loaded.rows}
    measure_and_show(
        order,
        loaded,
        as_json=as_json,
        more=lambda run: parts(run, rows),
        more_text=lambda run: render(run, rows),
    )
    return 0
