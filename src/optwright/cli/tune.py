"""`optwright tune`: better values for the parameters of a program file."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optwright.cli.session import (
    Session,
    json_option,
    named,
    run_dir_option,
    settings_options,
    timeout_option,
    verbose_option,
)

if TYPE_CHECKING:
    from optwright.cli.tune_order import Order
    from optwright.cli.tune_program import TunedProgram
    from optwright.optim.results import Optimum

NOT_BETTER = 1


class _Tune(click.Command):
    """`tune PROGRAM.py:NAME`, and `tune agents`, which has options of its own."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        if args[:1] != ["agents"]:
            return super().make_context(info_name, args, parent, **extra)
        from optwright.cli.tune_agents import tune_agents

        return tune_agents.make_context(f"{info_name} agents", args[1:], parent, **extra)


@click.command(cls=_Tune)
@click.argument("program", metavar="PROGRAM.py:NAME")
@click.option(
    "--train",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Examples: JSON, JSON lines, CSV or TSV.",
)
@click.option("--metric", default="metric", show_default=True, help="The function that judges.")
@click.option(
    "--parameters", default="", metavar="NAMES", help="Such as a,b; default: all of the file."
)
@click.option("--optimizer", default="portfolio", show_default=True, help="opro, optoprime, ...")
@click.option("--model", help="The optimizer's language model; default: none.")
@settings_options
@timeout_option
@click.option("--goal", default="", metavar="TEXT", help="What the program is for, in words.")
@click.option(
    "--belief",
    "beliefs",
    multiple=True,
    metavar="NAME=AT~WITHIN",
    help="The best value of a number is probably within WITHIN of AT, that of a choice is "
    "probably OPTION (NAME=OPTION). Repeatable; may be wrong.",
)
@click.option(
    "--budget",
    default="evaluations=100",
    show_default=True,
    metavar="LIMITS",
    help="Such as evaluations=200,calls=50,tokens=20000,usd=1,seconds=300; any of them.",
)
@click.option(
    "--claim",
    type=click.Choice(["mean", "most", "these"]),
    help="What a change has to be shown: a better mean, better on most examples, or better on "
    "these examples, which are the whole task. Default: mean or most.",
)
@click.option(
    "--accept",
    type=click.Choice(["proof", "greedy"]),
    default="proof",
    show_default=True,
    help="greedy takes every better mean, luck included.",
)
@click.option("--seed", default=0, show_default=True)
@click.option("--workers", default=1, show_default=True, help="Runs of the program side by side.")
@click.option(
    "--executor",
    type=click.Choice(["threads", "processes", "ray"]),
    default="threads",
    show_default=True,
    help="Where they run: here, in processes that can be killed, or on a Ray cluster.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the run as a page of HTML.",
)
@json_option
@run_dir_option
@verbose_option
@click.pass_obj
def tune(
    session: Session,
    *,
    program: str,
    train: Path,
    metric: str,
    parameters: str,
    optimizer: str,
    model: str | None,
    max_tokens: int | None,
    reasoning_effort: str | None,
    timeout: float | None,
    goal: str,
    beliefs: tuple[str, ...],
    budget: str,
    claim: str | None,
    accept: str,
    seed: int,
    workers: int,
    executor: str,
    report: Path | None,
    as_json: bool,
    run_dir: Path | None,
) -> int:
    """Improve the parameters of a program by examples.

    PROGRAM.py:NAME is a function in a Python file whose parameters (ow.Text, ow.Real, ...) and
    metric stand beside it. A change is accepted when a test on examples that nothing was learnt
    from says so. 'optwright tune agents' improves optwright's own agents (see its --help).

    Exit status: 0 better values were found, 1 none were, 2 bad input, 4 a model is not available.
    """
    from optwright.cli.tune_order import Order
    from optwright.optim.study.setup import new_run_directory

    file, name = _split(program)
    order = Order(
        program=str(file.absolute()),
        name=name,
        train=str(train.absolute()),
        metric=metric,
        parameters=tuple(part.strip() for part in parameters.split(",") if part.strip()),
        optimizer=optimizer,
        model=model and named(model, max_tokens, reasoning_effort, timeout),
        budget=budget,
        seed=seed,
        workers=workers,
        goal=goal,
        claim=claim,
        accept=accept,
        executor=executor,
        beliefs=beliefs,
    )
    return work(order, new_run_directory(run_dir), session, report=report, as_json=as_json)


def work(
    order: Order, directory: Path, session: Session, *, report: Path | None, as_json: bool
) -> int:
    """Begin a run, or go on with it, show what it came to and return the exit status."""
    from optwright.cli.studies import show_study
    from optwright.cli.study_runs import study_run
    from optwright.cli.tune_program import load_program, read_examples
    from optwright.reporting.studies import write_report

    with redirect_stdout(sys.stderr):  # whatever the program prints is not the result
        examples = read_examples(Path(order.train))
        program = load_program(Path(order.program), order.name, order.metric, order.parameters)
        with study_run(directory, asdict(order), session):
            optimum = _optimized(order, program, examples, directory, quiet=as_json)
    if report is not None:
        write_report(directory, report)
    show_study(directory, as_json=as_json)
    return 0 if optimum.accepted else NOT_BETTER


def _optimized(
    order: Order, program: TunedProgram, examples: list[Any], directory: Path, *, quiet: bool
) -> Optimum:
    from optwright.cli.tune_beliefs import read_beliefs
    from optwright.optim.api import optimize
    from optwright.optim.study.progress_view import progress_view
    from optwright.serving.budget import Budget

    budget = Budget.parse(order.budget)
    if not quiet:
        _fetch_model(order.model)
    return optimize(
        program.call,
        examples,
        program.metric,
        program.parameters,
        optimizer=order.optimizer,
        model=order.model,
        budget=budget,
        seed=order.seed,
        goal=order.goal,
        beliefs=read_beliefs(order.beliefs, program.parameters),
        claim=order.claim,
        accept=order.accept,
        workers=order.workers,
        executor=order.executor,
        run_dir=directory,
        watch=None if quiet else progress_view(),
    )


def _fetch_model(model: str | None) -> None:
    """Have the embedded model here before a live view stands where its download is shown."""
    from optwright.serving.settings import split

    kind, _, path = split(model or "")[0].partition(":")
    if kind == "local" and find_spec("xllamacpp") is not None:
        from optwright.serving.local.store import find_model

        find_model(path or None)


def _split(program: str) -> tuple[Path, str]:
    file, colon, name = program.rpartition(":")
    if not (file and colon and name):
        raise click.BadParameter(
            f"{program!r} is not PROGRAM.py:NAME", param_hint="PROGRAM.py:NAME"
        )
    return Path(file), name
