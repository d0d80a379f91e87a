"""`optwright tune agents`: a better profile for a model, on problems whose answers are known."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optwright.cli.session import (
    Session,
    emit,
    json_option,
    named,
    profile_option,
    run_dir_option,
    settings_options,
    solver_option,
    tell,
    timeout_option,
    verbose_option,
)

if TYPE_CHECKING:
    from optwright.agents.tunables import Tunables
    from optwright.agents.tuning import AnsweredRow, Right, Tuned

NOT_BETTER = 1
_FACT = "agents"


@dataclass(frozen=True, slots=True)
class AgentsOrder:
    """A call of `optwright tune agents`, kept with its run. `data` and `write` are absolute paths,
    `first` is the profile that it began with, as TOML."""

    dataset: str
    data: str | None
    limit: int | None
    model: str
    optimizer_model: str | None
    optimizer: str
    tune: tuple[str, ...]
    first: str
    write: str
    budget: str
    solver: str
    rule: str
    claim: str | None
    seed: int
    workers: int
    library: str | None = None


@click.command("agents")
@click.option(
    "--dataset",
    required=True,
    metavar="NAME",
    help="Problems with answers: a data set ('optwright bench list'), or a file of rows with "
    "question and answer (.jsonl, .json, .csv).",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder that holds the data set; default: OPTWRIGHT_DATA.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The first N problems.")
@click.option("--model", default="local", show_default=True, help="The agents' language model.")
@click.option("--optimizer-model", metavar="NAME", help="Who proposes; default: the agents' model.")
@settings_options
@timeout_option
@click.option("--optimizer", default="portfolio", show_default=True, help="opro, optoprime, ...")
@click.option(
    "--tune",
    "tune",
    default="formulator.*",
    show_default=True,
    metavar="NAMES",
    help="What may change, such as formulator.system,steps.*; 'steps.*' are tries, switches and "
    "order.",
)
@profile_option
@click.option(
    "--write",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("tuned.toml"),
    show_default=True,
    metavar="FILE",
    help="Where a profile is written that was accepted.",
)
@click.option(
    "--budget",
    default="evaluations=200",
    show_default=True,
    metavar="LIMITS",
    help="Such as evaluations=500,calls=2000,usd=5,seconds=3600; any of them.",
)
@solver_option
@click.option("--rule", default="rounded", show_default=True, help="How answers are compared.")
@click.option(
    "--claim",
    type=click.Choice(["mean", "most", "these"]),
    help="What a change has to be shown; default: a better mean, or better on most problems.",
)
@click.option(
    "--library",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Insights that the formulator is told; 'library.*' of --tune says how many.",
)
@click.option("--seed", default=0, show_default=True)
@click.option("--workers", default=1, show_default=True, help="Problems solved side by side.")
@json_option
@run_dir_option
@verbose_option
@click.pass_obj
def tune_agents(
    session: Session,
    *,
    dataset: str,
    data: Path | None,
    limit: int | None,
    model: str,
    optimizer_model: str | None,
    max_tokens: int | None,
    reasoning_effort: str | None,
    timeout: float | None,
    optimizer: str,
    tune: str,
    profile: str | None,
    write: Path,
    budget: str,
    solver: str,
    rule: str,
    claim: str | None,
    library: Path | None,
    seed: int,
    workers: int,
    as_json: bool,
    run_dir: Path | None,
) -> int:
    """Find a better profile for a model: prompts, worked examples, tries and steps of the agents.

    Problems are learnt from, decide and estimate apart from each other, and one that repeats
    another is left out. What was accepted is written as a profile for --profile; 'optwright runs
    revert' takes it back, and the file follows.

    Exit status: 0 a better profile was found, 1 none was, 2 bad input, 4 a model is not available.
    """
    from optwright.agents.profiles.profile import profile_for
    from optwright.agents.profiles.writing import profile_text
    from optwright.optim.study.setup import new_run_directory

    settings = (max_tokens, reasoning_effort, timeout)
    order = AgentsOrder(
        dataset=_absolute(dataset),
        data=None if data is None else str(data.absolute()),
        limit=limit,
        model=named(model, *settings),
        optimizer_model=optimizer_model and named(optimizer_model, *settings),
        optimizer=optimizer,
        tune=tuple(part.strip() for part in tune.split(",") if part.strip()),
        first=profile_text(profile_for(model, profile)),
        write=str(write.absolute()),
        budget=budget,
        solver=solver,
        rule=rule,
        claim=claim,
        seed=seed,
        workers=workers,
        library=None if library is None else str(library.absolute()),
    )
    return work(order, new_run_directory(run_dir), session, as_json=as_json)


def work(order: AgentsOrder, directory: Path, session: Session, *, as_json: bool) -> int:
    """Begin a run, or go on with it, show what it came to and return the exit status."""
    from optwright.cli.answered_rows import answered_rows
    from optwright.cli.studies import show_study
    from optwright.cli.study_runs import study_run

    tunables = tunables_of(order)
    data = None if order.data is None else Path(order.data)
    with (
        answered_rows(order.dataset, data, order.limit, order.rule) as (rows, right),
        study_run(directory, asdict(order), session, fact=_FACT),
    ):
        tuned = _tuned(order, tunables, rows, right, directory, quiet=as_json)
    show_study(directory, as_json=as_json)
    if tuned.repeated:
        tell(f"{tuned.repeated} problems repeat others and were left out")
    if tuned.file is None:
        return NOT_BETTER
    if not as_json:
        emit(f"\nwritten: {tuned.file} (use it with --profile {tuned.file.name})")
    return 0


def _tuned(
    order: AgentsOrder,
    tunables: Tunables,
    rows: list[AnsweredRow],
    right: Right,
    directory: Path,
    *,
    quiet: bool,
) -> Tuned:
    from optwright.agents.experience.library import Library
    from optwright.agents.tuning import tune_agents as tuned
    from optwright.optim.study.progress_view import progress_view

    with nullcontext() if order.library is None else Library(Path(order.library)) as library:
        return tuned(
            rows,
            order.model,
            tune=order.tune,
            optimizer_model=order.optimizer_model,
            optimizer=order.optimizer,
            profile=tunables.profile,
            write=order.write,
            budget=order.budget,
            solver=order.solver,
            right=right,
            claim=order.claim,
            library=library,
            seed=order.seed,
            workers=order.workers,
            run_dir=directory,
            watch=None if quiet else progress_view(),
        )


def tunables_of(order: AgentsOrder) -> Tunables:
    """What may change, beginning with the profile of the order."""
    from optwright.agents.profiles.profile import read_profile
    from optwright.agents.tunables import Tunables

    return Tunables.of(read_profile(order.first, "the profile of this run"), order.tune)


def _absolute(dataset: str) -> str:
    path = Path(dataset)
    return str(path.absolute()) if path.suffix in (".jsonl", ".json", ".csv") else dataset


def read_order(directory: Path) -> AgentsOrder | None:
    """The order of a run that tunes agents; None for another run."""
    from optwright.optim.study.runs import existing

    with existing(directory) as store:
        kept = store.fact(_FACT)
    return None if kept is None else AgentsOrder(**{**kept, "tune": tuple(kept["tune"])})


def resumed(directory: Path, session: Session, budget: str | None, *, as_json: bool) -> int | None:
    """Go on with a run that tunes agents; None for another run."""
    order = read_order(directory)
    if order is None:
        return None
    order = order if budget is None else replace(order, budget=budget)
    return work(order, directory, session, as_json=as_json)


def follow(directory: Path) -> Path | None:
    """Write the profile that a run stands for now, after one was taken back; None for a run that
    tunes no agents."""
    from optwright.agents.profiles.writing import write_profile
    from optwright.agents.tuning import profile_in_use
    from optwright.optim.study.provenance import show

    order = read_order(directory)
    if order is None:
        return None
    write_profile(profile_in_use(tunables_of(order), show(directory)), Path(order.write))
    return Path(order.write)
