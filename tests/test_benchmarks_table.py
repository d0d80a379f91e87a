"""A measurement, packed and read back: what was published comes out again, and what was changed
does not."""

import asyncio
import json
import lzma
import os
from dataclasses import replace
from pathlib import Path

import pytest

from optwright.benchmarks.datasets import load
from optwright.benchmarks.measuring import Order, measure, read_data
from optwright.benchmarks.packing import main, read_pack
from optwright.benchmarks.report_summary import to_json
from optwright.benchmarks.table import (
    Difference,
    published,
    published_runs,
    read_tasks,
    rebuilt,
    replayed,
)
from optwright.benchmarks.task import Task
from optwright.cli import run as command
from optwright.errors import InputError

PROGRAM = """```python
model = pyo.ConcreteModel()
model.chairs = pyo.Var(domain=pyo.NonNegativeIntegers)
model.income = pyo.Objective(expr=3 * model.chairs, sense=pyo.maximize)
model.most = pyo.Constraint(expr=model.chairs <= 10)
```"""
ROWS = [
    {"id": "chairs", "question": "Sell up to 10 chairs at $3. What earns the most?", "answer": 30},
    {"id": "sold-out", "question": "Sell chairs at $3 there are none of. What is best?",
     "answer": "infeasible"},
]  # fmt: skip
IMPOSSIBLE = PROGRAM.replace("<= 10", "<= -1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A measurement of `direct`, its pack, and the data set beside them; to be left as it is."""
    folder = tmp_path_factory.mktemp("published")
    data = folder / "chairs.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in ROWS), "utf-8")
    script = folder / "script.json"
    rows = load(str(data)).rows
    replies = {"chairs": PROGRAM, "sold-out": IMPOSSIBLE}
    script.write_text(json.dumps([replies[row.id] for row in rows]), "utf-8")
    order = Order(str(data), "direct", f"scripted:{script}", out=folder / "run", budget="calls=3")
    asyncio.run(measure(order, read_data(order)))
    (folder / "packs").mkdir()
    main([str(folder / "run"), "--out", str(folder / "packs" / "direct.jsonl.xz")])
    return folder


def tasks(folder: Path) -> dict[str, Task]:
    rows = load(str(folder / "chairs.jsonl")).rows
    return {row.id: row.task("chairs", folder) for row in rows}


def altered(folder: Path, place: Path, old: str, new: str) -> Path:
    """A folder with the pack in which `old` reads `new`."""
    text = lzma.decompress((folder / "packs" / "direct.jsonl.xz").read_bytes()).decode()
    assert old in text
    (place / "direct.jsonl.xz").write_bytes(lzma.compress(text.replace(old, new).encode()))
    return place


async def test_what_was_measured_comes_out_again(folder: Path) -> None:
    packs = published(folder / "packs")
    assert sum(len(run.records) for run in published_runs(packs)) == 2
    assert list(rebuilt(packs)) == []
    assert await replayed(packs, tasks(folder)) == []


def test_a_pack_holds_no_text_of_the_data_set(folder: Path) -> None:
    text = lzma.decompress((folder / "packs" / "direct.jsonl.xz").read_bytes()).decode()
    assert "earns the most" not in text
    assert "ConcreteModel" in text


def test_an_answer_that_was_changed_is_found_without_the_data(folder: Path, tmp_path: Path) -> None:
    packs = published(altered(folder, tmp_path, '"objective": 30.0', '"objective": 31.0'))
    assert list(rebuilt(packs)) == [Difference("direct", "chairs", "31.0 comes out as 30.0")]


@pytest.mark.parametrize(("old", "new"), [('"strict": true', '"strict": false'),
                                          ('"label": 30.0', '"label": 31.0')])  # fmt: skip
async def test_a_score_that_does_not_follow_is_found(
    folder: Path, tmp_path: Path, old: str, new: str
) -> None:
    packs = published(altered(folder, tmp_path, old, new))
    (first, *_) = rebuilt(packs)
    assert first.task == "chairs"
    assert "scored otherwise" in first.why


async def test_a_score_of_another_label_is_found_with_the_data(folder: Path) -> None:
    relabelled = {
        name: replace(task, label=31.0) if task.label == 30 else task
        for name, task in tasks(folder).items()
    }
    (found,) = await replayed(published(folder / "packs"), relabelled)
    assert found == Difference("direct", "chairs", "it is scored otherwise by 31.0")


async def test_a_problem_that_the_data_lacks_is_found(folder: Path) -> None:
    found = await replayed(published(folder / "packs"), {})
    assert [d.why for d in found] == ["the data set does not have it"] * 2


async def test_a_reply_that_was_changed_is_found_with_the_data(
    folder: Path, tmp_path: Path
) -> None:
    packs = published(altered(folder, tmp_path, "<= 10", "<= 9"))
    found = await replayed(packs, tasks(folder))
    assert [d.why for d in found] == ["30.0 comes out as 27.0"]


async def test_a_reply_that_is_missing_is_found(folder: Path) -> None:
    packs = published(folder / "packs")
    packs[0].replies.clear()
    found = await replayed(packs, tasks(folder))
    assert all("no recorded reply" in d.why for d in found)
    assert len(found) == 2


async def test_a_question_that_changed_is_not_compared(folder: Path) -> None:
    packs = published(folder / "packs")
    packs[0].hashes["chairs"] = "0" * 64
    found = await replayed(packs, tasks(folder))
    assert [d.why for d in found] == ["the data set asks another question"]


def test_packing_twice_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    first = (folder / "packs" / "direct.jsonl.xz").read_bytes()
    main([str(folder / "run"), "--out", str(tmp_path / "again.jsonl.xz")])
    assert (tmp_path / "again.jsonl.xz").read_bytes() == first


def test_only_the_tasks_of_the_packs_are_read(folder: Path, tmp_path: Path) -> None:
    packs = published(folder / "packs")
    with pytest.raises(InputError, match="no data set 'chairs'"):
        read_tasks(packs, folder, tmp_path / "tables")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense",
        lzma.compress(b""),
        lzma.compress(b'{"task": {}}\n'),
        lzma.compress(b'{"format": 99}\n'),
        lzma.compress(b'{"format": 1}\n{"record": {"task": "a", "sample": 0, "system": "b",'
                      b' "attempt": {}}}\n'),
    ],
)  # fmt: skip
def test_a_file_that_is_no_pack_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl.xz").write_bytes(content)
    with pytest.raises(InputError, match="no pack"):
        read_pack(tmp_path / "bad.jsonl.xz")


def test_the_command_prints_the_table_and_says_what_differs(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["bench", "table", "--ledgers", str(folder / "packs"), "--check"]) == 0
    said = capsys.readouterr().out
    assert "| chairs | direct | 2 | 2 of 2" in said
    assert "0 do not come out again" in said
    other = altered(folder, tmp_path, '"objective": 30.0', '"objective": 31.0')
    assert command(["bench", "table", "--ledgers", str(other), "--check"]) == 1
    assert "31.0 comes out as 30.0" in capsys.readouterr().err


def test_reports_of_a_measurement_are_written_beside_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = folder / "run"
    assert command(["bench", "report", str(run)]) == 0
    assert capsys.readouterr().out.split() == [
        str(run / name) for name in ("summary.json", "report.md", "report.html")
    ]
    (reread,) = read_pack(folder / "packs" / "direct.jsonl.xz").runs
    assert (run / "summary.json").read_text() == to_json(reread)


def test_a_run_compared_with_itself_differs_by_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = str(folder / "run")
    assert command(["bench", "compare", run, run]) == 0
    assert "difference +0.0 points" in capsys.readouterr().out
    assert command(["bench", "compare", run, str(folder / "nowhere")]) == 2


def test_the_published_answers_are_solved_again() -> None:
    packs = published()
    assert {run.setup.system for run in published_runs(packs)} >= {"optwright"}
    assert list(rebuilt(packs)) == []


@pytest.mark.slow
async def test_every_system_comes_to_its_published_answers_again(tmp_path: Path) -> None:
    data = os.environ.get("OPTWRIGHT_DATA")
    if not data:
        pytest.skip("OPTWRIGHT_DATA does not say where the data sets are")
    packs = published()
    assert await replayed(packs, read_tasks(packs, Path(data), tmp_path)) == []
