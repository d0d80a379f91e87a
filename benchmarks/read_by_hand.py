"""Answers to rows that were in no measurement before, their plans read by people from the text.

    python -m optwright.benchmarks.read_by_hand sample --data DIR --rows OptiBench_clean=20 \
        --out rows.jsonl
    python -m optwright.benchmarks.read_by_hand draft rows.jsonl --model NAME --out drafts.jsonl
    python -m optwright.benchmarks.read_by_hand ask drafts.jsonl --answers ann.jsonl
    python -m optwright.benchmarks.read_by_hand score drafts.jsonl --data DIR \
        --answers ann.jsonl --answers ben.jsonl

`sample` draws rows by seed and leaves out those whose drafts are kept here; what it writes holds no
label. `draft` answers them and goes on where it was stopped. `ask` writes plan questions to a file
(`docs/command-line.md` says how one answers there); a second file asks a second person. `score`
alone looks at labels: coverage, precision and what was refused, with nobody reading and by each
file, and where two people differ. Rows where an answer that holds is not the label's are listed
without their labels, to be judged before anybody looks.
"""

from __future__ import annotations

import json
import lzma
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from typing import Any

import click

from optwright.agents.checks.plans.examine import State
from optwright.agents.checks.readers.stored import AnswerFile, StoredReader
from optwright.agents.problem import Problem
from optwright.agents.second_reading import read_again
from optwright.agents.solution import Solution
from optwright.agents.solving import solve
from optwright.benchmarks.kept_drafts import KEPT
from optwright.benchmarks.packing import question_hash
from optwright.benchmarks.totals import Share
from optwright.errors import InputError, OptwrightError

MOST_CHARACTERS = 6000
"""Of a row's text; a person reads no more with care."""


@dataclass(frozen=True)
class Drafted:
    """A row and what it was answered with; `error` where nothing could be."""

    id: str
    question: str
    solution: Solution | None
    error: str = ""

    @property
    def can_be_read(self) -> bool:
        """Whether there is a model that plans can be made of."""
        return self.solution is not None and self.solution.confidence is not None


@click.group()
def main() -> None:
    """Measure answers whose plans people read."""


@main.command()
@click.option("--data", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--rows", "wanted", multiple=True, required=True, metavar="SET=COUNT")
@click.option("--without", multiple=True, type=click.Path(exists=True, path_type=Path),
              help="Files of rows that were drawn before. Repeatable.")  # fmt: skip
@click.option("--seed", default=0)
@click.option("--out", required=True, type=click.Path(path_type=Path))
def sample(
    data: Path, wanted: tuple[str, ...], without: tuple[Path, ...], seed: int, out: Path
) -> None:
    """Draw rows that were in no measurement before."""
    seen = _measured() | {question_hash(r["question"]) for path in without for r in _lines(path)}
    drawn = []
    for one in wanted:
        name, _, count = one.partition("=")
        if not count.isdecimal():
            raise click.BadParameter(f"{one!r} is not SET=COUNT", param_hint="--rows")
        rows = [
            {"set": name, "id": row["id"], "question": row["question"]}
            for row in _lines(data / f"{name}.jsonl")
            if question_hash(row["question"]) not in seen
            and len(row["question"]) <= MOST_CHARACTERS
            and isinstance(row.get("answer"), int | float)
        ]
        random.Random(f"{seed}/{name}").shuffle(rows)
        drawn += rows[: int(count)]
    out.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in drawn), "utf-8")
    click.echo(f"{len(drawn)} rows in {out.name}")


def _measured() -> set[str]:
    """The questions whose drafts are kept."""
    with lzma.open(KEPT, "rt", encoding="utf-8") as lines:
        return {json.loads(line)["question_sha256"] for line in lines}


@main.command()
@click.argument("rows", type=click.Path(exists=True, path_type=Path))
@click.option("--model", default="local", show_default=True)
@click.option("--budget", default="seconds=900", show_default=True, help="Of each row.")
@click.option("--out", required=True, type=click.Path(path_type=Path))
def draft(rows: Path, model: str, budget: str, out: Path) -> None:
    """Answer rows, with nobody reading; those in the file already are left alone."""
    done = {line["id"] for line in _lines(out)} if out.exists() else set()
    for row in _lines(rows):
        if row["id"] in done:
            continue
        line: dict[str, Any] = {"id": row["id"], "question": row["question"]}
        try:
            solution = solve(Problem(row["question"]), model=model, budget=budget)
            line["solution"] = json.loads(solution.to_json())
        except InputError as error:  # what is wrong with this row says nothing about the next
            line["error"] = str(error)
        with out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        click.echo(f"{row['id']}: {line.get('error') or solution.status.value}")


@main.command()
@click.argument("drafts", type=click.Path(exists=True, path_type=Path))
@click.option("--answers", required=True, type=click.Path(path_type=Path))
def ask(drafts: Path, answers: Path) -> None:
    """Write the plan questions about the answers to a file."""
    reader = StoredReader(AnswerFile(answers))
    found = [_read(drafted, reader) for drafted in _drafted(drafts) if drafted.can_be_read]
    waiting = sum(s.plans.state is State.IN_PART and not s.plans.answered for s in found)
    click.echo(f"{len(found)} answers can be read, {waiting} wait in {answers.name}")


@main.command()
@click.argument("drafts", type=click.Path(exists=True, path_type=Path))
@click.option("--data", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--answers", multiple=True, type=click.Path(exists=True, path_type=Path))
def score(drafts: Path, data: Path, answers: tuple[Path, ...]) -> None:
    """Say what was right, what was verified and what was refused."""
    rows = list(_drafted(drafts))
    labels = _labels(data, rows)
    lines = ["| read by | rows | answered | right | verified | coverage | precision (95 %) | "
             "refused, of these right |", f"|{' --- |' * 8}"]  # fmt: skip
    alone = {row.id: row.solution for row in rows}
    lines.append(_scored("nobody", rows, alone, labels))
    readings: list[Mapping[str, Solution | None]] = []
    for path in answers:
        reader = StoredReader(AnswerFile(path))
        read = {row.id: _read(row, reader) if row.can_be_read else row.solution for row in rows}
        readings.append(read)
        lines.append(_scored(path.stem, rows, read, labels))
    if len(readings) > 1:
        both = {
            row.id: readings[0][row.id]
            for row in rows
            if all(_state(read[row.id]) is State.HELD for read in readings)
        }
        lines.append(_scored("all of them", rows, both, labels))
        differ = [r.id for r in rows if len({_state(read[r.id]) for read in readings}) > 1]
        lines.append(f"\nthey differ on {len(differ)} rows: {', '.join(differ) or 'none'}")
    disputed = [
        row.id
        for row in rows
        for read in readings[:1]
        if _state(read[row.id]) is State.HELD and not _is_right(read[row.id], labels[row.id])
    ]
    lines.append(f"to be judged before the label is looked at: {', '.join(disputed) or 'none'}")
    click.echo("\n".join(lines))


def _scored(
    name: str,
    rows: Sequence[Drafted],
    found: Mapping[str, Solution | None],
    labels: Mapping[str, float],
) -> str:
    answered = {i: s for i, s in found.items() if s is not None and s.confidence is not None}
    right = {i for i, s in answered.items() if _is_right(s, labels[i])}
    verified = [i for i, s in answered.items() if s.verified]
    refused = [i for i, s in answered.items() if s.plans.refutes]
    precision = Share(sum(i in right for i in verified), len(verified))
    return (
        f"| {name} | {len(rows)} | {len(answered)} | {len(right)} | {len(verified)} | "
        f"{len(verified) / max(len(rows), 1):.0%} | {precision} | {len(refused)}, "
        f"{sum(i in right for i in refused)} |"
    )


def _read(drafted: Drafted, reader: StoredReader) -> Solution:
    assert drafted.solution is not None
    try:
        return read_again(Problem(drafted.question), drafted.solution, reader)
    except OptwrightError as error:
        raise type(error)(f"{drafted.id}: {error}") from error


def _state(solution: Solution | None) -> State | None:
    return None if solution is None else solution.plans.state


def _is_right(solution: Solution | None, label: float) -> bool:
    if solution is None or solution.objective is None:
        return False
    return isclose(solution.objective, label, rel_tol=1e-3, abs_tol=1e-3)


def _labels(data: Path, rows: Sequence[Drafted]) -> dict[str, float]:
    wanted = {row.id for row in rows}
    return {
        row["id"]: float(row["answer"])
        for path in sorted(data.glob("*.jsonl"))
        for row in _lines(path)
        if row.get("id") in wanted and isinstance(row.get("answer"), int | float)
    }


def _drafted(path: Path) -> Iterator[Drafted]:
    for line in _lines(path):
        told = line.get("solution")
        solution = None if told is None else Solution.model_validate(told)
        yield Drafted(line["id"], line["question"], solution, line.get("error", ""))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


if __name__ == "__main__":
    main()
