"""How programs and what came of them are shown to a language model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import unified_diff

from optwright.optim.optimizers.language.memory import shorten, show_score
from optwright.optim.program.archive import Archive
from optwright.optim.program.parameter import ProgramCode
from optwright.optim.program.writing import form_of
from optwright.optim.trial import Trial
from optwright.prompts import Turn, load

PROGRAM_CHARS = 24_000  # of the program to be changed; of a longer one the marked parts alone
OTHERS_CHARS = 8_000  # of all inspirations together
FEEDBACK_CHARS = 4_000
DIFF_LINES = 14
MOST_ATTEMPTS = 5
MOST_IDEAS = 5


def show_parent(
    parameter: ProgramCode,
    goal: str,
    parent: Trial,
    form: str,
    *,
    others: Sequence[Trial] = (),
    attempts: Sequence[Trial] = (),
    ideas: Sequence[str] = (),
) -> tuple[Turn, ...]:
    """The whole prompt for one proposal from `parent`, to be answered in `form`."""
    text = text_of(parameter, parent)
    shown = text if len(text) <= PROGRAM_CHARS else open_parts(parameter, text)
    (system,) = load("program_system").fill(goal=goal)
    (asked,) = load("program_parent").fill(
        program=shown.rstrip("\n"),
        score=show_score(parent),
        feedback=_section("program_feedback", _feedback(parent)),
        inspirations=_section("program_inspirations", _programs(parameter, others)),
        attempts=_section("program_attempts", _attempts(parameter, parent, attempts)),
        ideas=_section("program_ideas", "\n".join(f"- {idea}" for idea in ideas)),
        task=form_of(form),
    )
    return system, asked


def context(archive: Archive, island: int, parent: Trial) -> tuple[list[Trial], list[str]]:
    """Earlier attempts at `parent` and ideas kept, as a prompt has room for."""
    return archive.attempts(parent, MOST_ATTEMPTS), archive.ideas(island, MOST_IDEAS)


def text_of(parameter: ProgramCode, trial: Trial) -> str:
    return str(trial.values[parameter.name])


def open_parts(parameter: ProgramCode, text: str) -> str:
    return "\n# ...\n".join(parameter.marked(text).blocks)


def changes(before: str, after: str, lines: int = DIFF_LINES) -> str:
    """The lines that differ, `-` before and `+` after; the first ones of many."""
    found = [
        line
        for line in unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
        if not line.startswith(("---", "+++", "@@"))
    ]
    more = [f"({len(found) - lines} more lines)"] if len(found) > lines else []
    return "\n".join([*found[:lines], *more])


def _section(name: str, items: str) -> str:
    if not items:
        return ""
    ((_, text),) = load(name).fill(items=items)
    return f"{text}\n\n"


def _feedback(parent: Trial) -> str:
    """What the evaluations said, the worst first, each text once."""
    worst = sorted(parent.evaluations, key=lambda run: (run.score, run.example))
    said = dict.fromkeys("\n".join(part for part in (run.shown, run.text) if part) for run in worst)
    return shorten("\n\n".join(text for text in said if text), FEEDBACK_CHARS)


def _programs(parameter: ProgramCode, trials: Sequence[Trial]) -> str:
    shown = (
        f"Score {show_score(trial)}:\n```python\n"
        f"{shorten(open_parts(parameter, text_of(parameter, trial)), each).rstrip()}\n```"
        for trial in trials
        if (each := OTHERS_CHARS // max(1, len(trials)))
    )
    return "\n\n".join(shown)


def _attempts(parameter: ProgramCode, parent: Trial, attempts: Iterable[Trial]) -> str:
    before = text_of(parameter, parent)
    return "\n\n".join(
        f"{changes(before, text_of(parameter, trial))}\n-> {_outcome(parent, trial)}"
        for trial in attempts
    )


def _outcome(parent: Trial, trial: Trial) -> str:
    if trial.failed:
        return f"failed: {shorten(trial.text, 300)}" if trial.text else "failed"
    how = "better" if trial.score > parent.score else "not better"
    return f"score {show_score(trial)}, {how}"
