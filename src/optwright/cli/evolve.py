"""`optwright evolve`: better programs for a harness file that says how good one is."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass
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
    from optwright.optim.program.api import Evolved

NOT_BETTER = 1
KIND = "evolve"
WRITTEN = "program.py"
"""What the best program is called in the directory of its run."""


@dataclass(frozen=True, slots=True)
class Order:
    """A call of `optwright evolve`, kept with the run so that it can be resumed. Paths are
    absolute; no `model` is none. What is None is the harness file's to say."""

    program: str
    harness: str
    name: str
    train: str | None
    test: str | None
    optimizer: str
    model: str | None
    budget: str
    seed: int
    workers: int
    executor: str
    goal: str | None
    seconds: float | None
    sandbox: str
    stop_at: float | None
    kind: str = KIND


@click.command()
@click.argument("program", type=click.Path(path_type=Path), metavar="PROGRAM.py")
@click.option(
    "--harness",
    required=True,
    metavar="FILE.py[:NAME]",
    help="Where evaluate(program) is, or evaluate(program, example); default NAME: evaluate.",
)
@click.option(
    "--train",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Examples: JSON, JSON lines, CSV or TSV; default: TRAIN of the harness file.",
)
@click.option(
    "--test",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Examples that the search never sees; default: TEST of the harness file.",
)
@click.option(
    "--optimizer",
    default="program",
    show_default=True,
    help="program, or one member of it: rewriting, best-of-n, editing.",
)
@click.option("--model", help="The model that writes programs; default: none, edits alone.")
@settings_options
@timeout_option
@click.option("--goal", metavar="TEXT", help="What the program is for; default: GOAL of the file.")
@click.option(
    "--budget",
    default="evaluations=200",
    show_default=True,
    metavar="LIMITS",
    help="Such as evaluations=200,calls=50,tokens=20000,usd=1,seconds=300; any of them.",
)
@click.option("--seconds", type=float, metavar="S", help="What one evaluation may take at most.")
@click.option("--stop-at", type=float, metavar="SCORE", help="A score that is good enough.")
@click.option("--seed", default=0, show_default=True)
@click.option("--workers", default=1, show_default=True, help="Evaluations side by side.")
@click.option(
    "--executor",
    type=click.Choice(["threads", "processes", "ray"]),
    default="threads",
    show_default=True,
    help="Where harnesses run; programs are in the sandbox everywhere.",
)
@click.option("--sandbox", default="auto", show_default=True, help="The least level of protection.")
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
def evolve(
    session: Session,
    *,
    program: Path,
    harness: str,
    train: Path | None,
    test: Path | None,
    optimizer: str,
    model: str | None,
    max_tokens: int | None,
    reasoning_effort: str | None,
    timeout: float | None,
    goal: str | None,
    budget: str,
    seconds: float | None,
    stop_at: float | None,
    seed: int,
    workers: int,
    executor: str,
    sandbox: str,
    report: Path | None,
    as_json: bool,
    run_dir: Path | None,
) -> int:
    """Search for a better program.

    Lines `# EVOLVE-BLOCK-START` and `# EVOLVE-BLOCK-END` in PROGRAM.py enclose what may change.
    The program runs in the sandbox, the harness does not: its file is imported like any module.
    That file may also name GOAL, FUNCTIONS, VOCABULARY, PRELOAD, SECONDS, TRAIN, TEST, CASCADE and
    FEATURES. The best program is written into the directory of the run.

    Exit status: 0 a better program was found, 1 none was, 2 bad input, 4 a model or the sandbox is
    not available.
    """
    from optwright.optim.study.setup import new_run_directory

    file, name = _split(harness)
    order = Order(
        program=str(program.absolute()),
        harness=str(file.absolute()),
        name=name,
        train=None if train is None else str(train.absolute()),
        test=None if test is None else str(test.absolute()),
        optimizer=optimizer,
        model=model and named(model, max_tokens, reasoning_effort, timeout),
        budget=budget,
        seed=seed,
        workers=workers,
        executor=executor,
        goal=goal,
        seconds=seconds,
        sandbox=sandbox,
        stop_at=stop_at,
    )
    return work(order, new_run_directory(run_dir), session, report=report, as_json=as_json)


def work(
    order: Order, directory: Path, session: Session, *, report: Path | None, as_json: bool
) -> int:
    """Begin a run, or go on with it, show what it came to and return the exit status."""
    from optwright.cli.studies import show_study
    from optwright.cli.study_runs import study_run
    from optwright.reporting.studies import write_report

    # Whatever the harness prints is not the result.
    with redirect_stdout(sys.stderr), study_run(directory, asdict(order), session):
        evolved = _evolved(order, directory, quiet=as_json)
    (directory / WRITTEN).write_text(evolved.program, encoding="utf-8")
    if report is not None:
        write_report(directory, report)
    show_study(directory, as_json=as_json)
    return 0 if any(c.accepted for c in evolved.changes if c.parent is not None) else NOT_BETTER


def read_order(directory: Path) -> Order | None:
    """The order of a run of this command; None for any other."""
    from optwright.optim.study.runs import existing

    with existing(directory) as store:
        kept = store.fact("order")
    return Order(**kept) if kept is not None and kept.get("kind") == KIND else None


def _evolved(order: Order, directory: Path, *, quiet: bool) -> Evolved:
    from optwright.cli.tune_program import import_file, read_examples
    from optwright.errors import InputError
    from optwright.optim.program.api import evolve as search
    from optwright.optim.study.progress_view import progress_view
    from optwright.solvers.sandbox import Limits

    module = import_file(Path(order.harness))
    evaluate = getattr(module, order.name, None)
    if not callable(evaluate):
        raise InputError(
            f"{Path(order.harness).name} has no function {order.name!r}",
            hint="define evaluate(program), or name it: --harness FILE.py:NAME",
        )

    def of_file(name: str, otherwise: Any) -> Any:
        return getattr(module, name, otherwise)

    seconds = order.seconds or of_file("SECONDS", None)
    return search(
        Path(order.program),
        evaluate,
        train=read_examples(Path(order.train)) if order.train else of_file("TRAIN", None),
        test=read_examples(Path(order.test)) if order.test else of_file("TEST", None),
        model=order.model,
        optimizer=order.optimizer,
        budget=order.budget,
        seed=order.seed,
        goal=of_file("GOAL", "") if order.goal is None else order.goal,
        functions=of_file("FUNCTIONS", ()),
        vocabulary=of_file("VOCABULARY", ()),
        features=of_file("FEATURES", ()),
        cascade=of_file("CASCADE", ()),
        preload=of_file("PRELOAD", ("numpy",)),
        limits=Limits() if seconds is None else Limits(wall_s=seconds),
        sandbox=order.sandbox,
        workers=order.workers,
        executor=order.executor,
        stop_at=order.stop_at,
        run_dir=directory,
        watch=None if quiet else progress_view(),
    )


def _split(harness: str) -> tuple[Path, str]:
    file, colon, name = harness.rpartition(":")
    return (Path(file), name) if colon and file else (Path(harness), "evaluate")
