"""`optwright library`: what was learnt from problems, read and edited as files."""

from __future__ import annotations

import json
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optwright.cli.session import (
    emit,
    json_option,
    named,
    profile_named,
    profile_option,
    run_dir_option,
    settings_options,
    solver_option,
    tell,
    timeout_option,
    verbose_option,
)

if TYPE_CHECKING:
    from optwright.agents.experience.insight import Insight
    from optwright.agents.experience.library import Library
    from optwright.agents.learning.lesson import Lesson
    from optwright.agents.solution import Solution

NOTHING_LEARNT = 1

library_option = click.option(
    "--library",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The library; default: library.sqlite in the user's data.",
)


@click.group()
def library() -> None:
    """Insights about modelling: learn, show, edit, export and retire them."""


@library.command("learn")
@click.option("--dataset", metavar="NAME", help="Problems with answers: a data set or a file.")
@click.option("--data", type=click.Path(path_type=Path), metavar="DIR", help="Where it is.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The first N problems.")
@click.option("--run", "run_name", metavar="RUN", help="A solved run instead, without an answer.")
@click.option("--session", "chat", metavar="NAME", help="A conversation in which you corrected it.")
@click.option(
    "--session-dir",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where conversations are kept.",
)
@click.option("--model", default="local", show_default=True, help="The agents' language model.")
@click.option("--teacher", metavar="NAME", help="Who words insights; default: the same model.")
@click.option("--rule", default="rounded", show_default=True, help="How answers are compared.")
@settings_options
@timeout_option
@profile_option
@solver_option
@library_option
@json_option
@run_dir_option
@verbose_option
def learn(
    *,
    dataset: str | None,
    data: Path | None,
    limit: int | None,
    run_name: str | None,
    chat: str | None,
    session_dir: Path | None,
    model: str,
    teacher: str | None,
    rule: str,
    max_tokens: int | None,
    reasoning_effort: str | None,
    timeout: float | None,
    profile: str | None,
    solver: str,
    file: Path | None,
    as_json: bool,
    run_dir: Path | None,
) -> int:
    """Learn from problems that go wrong, with known answers or without.

    An insight is kept only if its own problem retrieves it and is then right, and no problem that
    was right and retrieves it goes wrong. Of a run it is learnt what a reader refuted, what you
    took over with 'optwright runs accept', and a repair that another draft agreed with; of a
    conversation what you changed in the model, if the problem as it was told comes to the same.

    Exit status: 0 something was learnt, 1 nothing, 2 bad input, 4 a model is not available.
    """
    from optwright.agents.learning.study import (
        learn_from_lesson,
        learn_from_rows,
        learn_from_solution,
    )
    from optwright.cli.answered_rows import answered_rows
    from optwright.serving.models import open_model

    if sum(given is not None for given in (dataset, run_name, chat)) != 1:
        raise click.UsageError("name one of --dataset, --run and --session")
    settings = (max_tokens, reasoning_effort, timeout)
    with ExitStack() as opened:
        kept = opened.enter_context(_open(file))
        agents = opened.enter_context(closing(open_model(named(model, *settings))))
        wording = (
            agents
            if teacher is None
            else opened.enter_context(closing(open_model(named(teacher, *settings))))
        )
        suited = profile_named(profile)
        if dataset is not None:
            rows, right = opened.enter_context(answered_rows(dataset, data, limit, rule))
            report = learn_from_rows(
                kept, rows, agents, wording, profile=suited, solver=solver, right=right
            )
            counts = {k: v for k, v in vars(report).items() if not k.startswith("_")}
            emit(json.dumps(counts) if as_json else str(report))
            return 0 if report.kept else NOTHING_LEARNT
        if chat is not None:
            lesson = _corrected(chat, session_dir)
            found = (
                None
                if lesson is None
                else learn_from_lesson(kept, lesson, agents, wording, profile=suited)
            )
            _said_of_one(found, as_json=as_json)
            return NOTHING_LEARNT if found is None else 0
        assert run_name is not None  # one of the three
        text, solution, files = _solved(run_name, run_dir)
        found = learn_from_solution(
            kept, text, solution, agents, wording, files=files, profile=suited
        )
        _said_of_one(found, as_json=as_json)
        return NOTHING_LEARNT if found is None else 0


@library.command("show")
@click.argument("insight", required=False)
@click.option("--all", "everything", is_flag=True, help="Those that are retired too.")
@library_option
@json_option
@verbose_option
def show(*, insight: str | None, everything: bool, file: Path | None, as_json: bool) -> int:
    """List the insights, or show INSIGHT as a file."""
    with _open(file) as kept:
        if insight is not None:
            one = kept.insight(insight)
            emit(one.model_dump_json(indent=2) if as_json else one.to_text().rstrip())
            return 0
        listed = kept.everything if everything else kept.insights
        if as_json:
            emit(json.dumps([one.model_dump(mode="json") for one in listed], indent=2))
        else:
            emit("\n".join(map(_line, listed)) or "the library is empty")
    return 0


@library.command("edit")
@click.argument("insight")
@click.option(
    "--file",
    "text_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Take the text of a file, instead of opening an editor.",
)
@library_option
@verbose_option
def edit(*, insight: str, text_file: Path | None, file: Path | None) -> int:
    """Edit INSIGHT in your editor, or with --file take it from a file; `new` writes another one.

    Its evidence stays as the file says: what you reword proves itself where it is learnt from.
    """
    from optwright.agents.experience.insight import Insight

    with _open(file) as kept:
        old = None if insight == "new" else kept.insight(insight)
        before = _BLANK if old is None else old.to_text()
        after = click.edit(before, extension=".md") if text_file is None else text_file.read_text()
        if after is None or after == before:
            tell("nothing changed")
            return 0
        changed = Insight.from_text(after)
        kept.keep([changed], instead_of=() if old is None else (old.id,))
        emit(_line(changed))
    return 0


@library.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@library_option
@verbose_option
def export(*, folder: Path, file: Path | None) -> int:
    """Write every insight to FOLDER, a file each; 'edit new --file' reads them again."""
    from optwright.errors import StorageError

    with _open(file) as kept:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for one in kept.everything:
                (folder / f"{one.archetype}-{one.id}.md").write_text(one.to_text(), "utf-8")
        except OSError as error:
            raise StorageError(f"{str(folder)!r} cannot be written: {error.strerror}") from error
        emit(f"{len(kept.everything)} insights in {folder}")
    return 0


@library.command("retire")
@click.argument("insight")
@click.option("--why", default="retired by hand", metavar="TEXT", help="The reason that is kept.")
@library_option
@verbose_option
def retire(*, insight: str, why: str, file: Path | None) -> int:
    """Tell nobody of INSIGHT any more; it is kept with the reason."""
    with _open(file) as kept:
        emit(_line(kept.retire(insight, why)))
    return 0


_BLANK = """---
archetype:
---

## condition

## unless

## explanation

## example
"""


def _open(file: Path | None) -> Library:
    from optwright.agents.experience.library import Library, default_library

    return Library(file or default_library())


def _line(one: Insight) -> str:
    uses = f"{one.evidence.retrieved} retrieved, {one.evidence.helped} helped"
    state = f"retired: {one.retired}" if one.retired else uses
    return f"{one.id}  {one.archetype:<18} {' '.join(one.condition.split())[:60]}  ({state})"


def _said_of_one(found: Insight | None, *, as_json: bool) -> None:
    if as_json:
        emit("null" if found is None else found.model_dump_json(indent=2))
    else:
        emit("nothing was learnt" if found is None else _line(found))


def _corrected(session: str, session_dir: Path | None) -> Lesson | None:
    """What was corrected in a conversation."""
    from optwright.agents.chat.store import Sessions, Store
    from optwright.agents.learning.from_chat import lesson_of_session
    from optwright.errors import InputError

    sessions = Sessions(session_dir) if session_dir else Sessions()
    if session not in sessions.names():
        raise InputError(f"there is no session {session!r}")
    with closing(Store(sessions.path(session))) as store:
        return lesson_of_session(store)


def _solved(run: str, run_dir: Path | None) -> tuple[str, Solution, list[Path]]:
    """The problem of a run, what it came to, and its files."""
    from optwright.agents.runs.directory import Runs
    from optwright.agents.runs.place import default_directory
    from optwright.errors import InputError

    runs = Runs(run_dir or default_directory())
    name = runs.find(run)
    summary = runs.summary(name)
    if summary.solution is None or summary.task is None:
        raise InputError(f"run {name!r} has no answer yet", hint="resume it first")
    folder = runs.directory / name / "data"
    return summary.task.problem, summary.solution, [folder / d for d in summary.task.data]
