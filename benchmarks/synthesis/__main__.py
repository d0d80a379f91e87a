"""`python -m optwright.benchmarks.synthesis`: measure made problems, and export them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from optwright.benchmarks.corpus.entries import write_entries
from optwright.benchmarks.corpus.mutants import mutants
from optwright.benchmarks.synthesis.checking import Alarms, check
from optwright.benchmarks.synthesis.exports import entry, examples, nearest, right, training_row
from optwright.benchmarks.synthesis.measure import measured
from optwright.benchmarks.synthesis.problems import Problem, Selection, Tally, problems, row
from optwright.benchmarks.synthesis.public import Public
from optwright.benchmarks.synthesis.retelling import retold
from optwright.benchmarks.synthesis.through_solve import through
from optwright.serving.models import open_model

_NAMES = ("families", "styles", "languages", "wheres")
_FILE = click.Path(path_type=Path, dir_okay=False)


def _names(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    return tuple(name for name in value.split(",") if name)


def _drawn(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of what is drawn."""
    for option in reversed((
        click.option("--seed", default=0, show_default=True),
        click.option("--n", default=45, show_default=True, type=click.IntRange(min=1)),
        click.option("--families", default="", callback=_names, help="Names; all by default."),
        click.option("--styles", default="", callback=_names, help="Names; all by default."),
        click.option("--lang", "languages", default="en", show_default=True, callback=_names),
        click.option("--figures", "wheres", default="text", show_default=True, callback=_names),
    )):  # fmt: skip
        command = option(command)
    return command


def _made(given: Mapping[str, Any], tally: Tally, *, engines: int = 1,
          public: Public | None = None) -> Iterator[Problem]:  # fmt: skip
    selection = Selection(**{k: given[k] for k in _NAMES}, engines=engines)
    return problems(given["seed"], given["n"], selection, tally, public)


@click.group()
def main() -> None:
    """Measure made problems and export them."""


@main.command("measure")
@_drawn
@click.option("--public", type=click.Path(path_type=Path, exists=True, file_okay=False))
def print_measurement(*, public: Path | None, **given: Any) -> None:
    """Optima confirmed, numbers told, texts that are public already: as JSON."""
    tally = Tally()
    known = Public.read(public) if public else None
    click.echo(measured(_made(given, tally, engines=2, public=known), tally))


@main.command("corpus")
@_drawn
@click.option("--out", required=True, type=_FILE)
def write_corpus(*, out: Path, **given: Any) -> None:
    """Right models, as entries of the corpus of checks."""
    tally = Tally()
    write_entries(out, [entry(p) for p in right(_made(given, tally))])
    click.echo(str(tally))


@main.command("mutants")
@_drawn
@click.option("--out", required=True, type=_FILE)
def write_mutants(*, out: Path, **given: Any) -> None:
    """Wrong models made of right ones, in nine classes, each solved."""
    made = mutants((entry(p) for p in right(_made(given, Tally()))), given["seed"])
    click.echo(f"{_write(out, (mutant.row for mutant in made))} mutants")


@main.command("rows")
@_drawn
@click.option("--out", required=True, type=_FILE)
def write_rows(*, out: Path, **given: Any) -> None:
    """Training rows: chats of what the formulator is told, a problem and its right reply."""
    made = right(_made(given, Tally()))
    click.echo(f"{_write(out, (training_row(problem) for problem in made))} rows")


@main.command("examples")
@_drawn
@click.option("--like", required=True, type=_FILE, help="A text; the problems most like it.")
@click.option("--count", default=2, show_default=True)
def print_examples(*, like: Path, count: int, **given: Any) -> None:
    """The made problems most like a text, with right replies as a small model writes them."""
    pool = examples(_made(given, Tally()))
    for found in nearest(like.read_text("utf-8"), pool, count):
        click.echo(f"# {found.id}\n{found.text}\n\n{found.reply}\n")


@main.command("solve")
@_drawn
@click.option("--asking", is_flag=True, help="Each reply asks something needless, too.")
def print_solved(*, asking: bool, **given: Any) -> None:
    """Right models through `solve`, answered by a script: what does not come out right."""
    click.echo(str(through(right(_made(given, Tally())), asking=asking)))


@main.command("checks")
@_drawn
@click.option("--seconds", default=1500.0, show_default=True, help="When to stop.")
@click.option("--mutants", "most", default=0, show_default=True, help="Make this many or more.")
def print_checks(*, seconds: float, most: int, **given: Any) -> None:
    """False alarms of checks on right models, and what they catch of wrong ones."""
    entries = (entry(p) for p in right(_made(given, Tally())))
    alarms = check(entries, given["seed"], seconds, Alarms(), most_mutants=most)
    click.echo(alarms.table())
    for name, said in alarms.examples.items():
        click.echo("\n".join(["", name, *said[:5]]))


@main.command("retell")
@_drawn
@click.option("--writer", required=True, help="The model that tells the problem anew.")
@click.option("--reader", default="", help="The one that formulates it; the writer by default.")
@click.option("--setting", default="", help="Where the story should play.")
@click.option("--out", required=True, type=_FILE)
def write_retold(*, writer: str, reader: str, setting: str, out: Path, **given: Any) -> None:
    """Problems in the words of a language model, kept where another reading agrees."""
    tally = Tally()
    made = list(_made(given, Tally()))
    kept = asyncio.run(_retold(made, writer, reader or writer, setting, tally))
    _write(out, map(row, kept))
    click.echo(str(tally))


async def _retold(
    made: Iterable[Problem], writer: str, reader: str, setting: str, tally: Tally
) -> list[Problem]:
    tells, reads = open_model(writer), open_model(reader)
    try:
        found = [await retold(p, tells, reads, tally, setting=setting) for p in made]
    finally:
        await tells.aclose()
        await reads.aclose()
    return [problem for problem in found if problem is not None]


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    lines = [json.dumps(dict(one), ensure_ascii=False) + "\n" for one in rows]
    path.write_text("".join(lines), encoding="utf-8")
    return len(lines)


if __name__ == "__main__":
    main()
