"""`optwright library`, and `optwright solve` with one."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from optwright.agents.experience.insight import Insight
from optwright.agents.experience.library import Library
from tests.commands import Cli

EXAMPLE = Path(__file__).parents[1] / "examples" / "agents"
CURE = "Mind every limit of the text, also those on sales."


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A library that is about to be."""
    return tmp_path / "library.sqlite"


def teacher(folder: Path) -> str:
    """A model that knows what the example's modeller does wrong."""
    wrote = {
        "archetype": "product_mix",
        "condition": "so many of one of the goods can be sold and no more",
        "unless": "",
        "explanation": CURE,
        "example": "x[p] <= most[p]",
    }
    same = {"same": True, **{k: v for k, v in wrote.items() if k != "archetype"}}
    rules = [
        {"when": ["collection of insights"], "reply": json.dumps(same)},
        {"when": [], "reply": json.dumps(wrote)},
    ]
    (folder / "teacher.json").write_text(json.dumps({"rules": rules}))
    return f"scripted:{folder / 'teacher.json'}"


def test_what_is_learnt_helps_the_next_problem_and_is_edited_and_retired(
    cli: Cli, tmp_path: Path, runs: Path, kept: Path
) -> None:
    model = f"scripted:{EXAMPLE / 'modeller.json'}"
    rows = [json.loads(line) for line in (EXAMPLE / "rows.jsonl").read_text().splitlines()]
    few = tmp_path / "few.jsonl"
    few.write_text("".join(f"{json.dumps(row)}\n" for row in rows[:3]))
    where = ("--library", str(kept))
    learnt = cli(
        *("library", "learn", "--dataset", str(few), "--model", model, "--profile", "large"),
        *("--teacher", teacher(tmp_path), "--json", *where),
    )
    assert learnt.status == 0
    assert json.loads(learnt.out)["kept"] == 1
    (one,) = json.loads(cli("library", "show", "--json", *where).out)
    assert one["explanation"] == CURE

    new = rows[20]  # other goods, told in another way
    asked = ("solve", new["question"], "--model", model, "--profile", "large", "--json")
    assert json.loads(cli(*asked).out)["objective"] != new["answer"]
    assert json.loads(cli(*asked, *where).out)["objective"] == new["answer"]

    exported = cli("library", "export", str(tmp_path / "files"), *where)
    assert exported.status == 0
    (file,) = (tmp_path / "files").iterdir()
    file.write_text(file.read_text().replace("so many of", "only so many of"))
    assert cli("library", "edit", one["id"], "--file", str(file), *where).status == 0
    with Library(kept) as library:
        assert library.insights[0].condition.startswith("only so many")

    assert "by hand" in cli("library", "retire", one["id"][:5], *where).out
    assert cli("library", "show", *where).out.strip() == "the library is empty"
    assert one["id"] in cli("library", "show", "--all", *where).out
    assert json.loads(cli(*asked, *where).out)["objective"] != new["answer"]


def test_an_insight_written_by_hand_is_taken_in(cli: Cli, tmp_path: Path, kept: Path) -> None:
    text = "---\narchetype: routing\n---\n## condition\na tour\n## explanation\nCome home.\n"
    (tmp_path / "mine.md").write_text(text)
    ended = cli(
        "library", "edit", "new", "--file", str(tmp_path / "mine.md"), "--library", str(kept)
    )
    assert ended.status == 0
    with Library(kept) as library:
        (one,) = library.insights
    assert one == Insight.from_text(text)
    assert one.provenance.origin == "hand"


def test_a_library_that_is_not_there_and_an_insight_nobody_knows_are_bad_input(
    cli: Cli, tmp_path: Path, kept: Path
) -> None:
    assert cli("solve", "x", "--library", str(tmp_path / "none.sqlite")).status == 2
    ended = cli("library", "show", "abc", "--library", str(kept))
    assert ended.status == 2
    assert "there is no insight 'abc'" in ended.err
    assert cli("library", "learn", "--library", str(kept)).status == 2


def test_a_run_without_anything_to_learn_from_teaches_nothing(
    cli: Cli, tmp_path: Path, runs: Path, kept: Path
) -> None:
    row = json.loads((EXAMPLE / "rows.jsonl").read_text().splitlines()[0])
    model = f"scripted:{EXAMPLE / 'modeller.json'}"
    solved = cli("solve", row["question"], "--model", model, "--profile", "large", "--json")
    name = json.loads(solved.out)["run"]
    ended = cli("library", "learn", "--run", name, "--model", model, "--library", str(kept))
    assert ended.status == 1
    assert "nothing was learnt" in ended.out


def test_a_correction_in_a_conversation_teaches_if_the_words_come_to_it(
    cli: Cli, tmp_path: Path, runs: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ("--model", f"scripted:{EXAMPLE / 'modeller.json'}", "--profile", "large")
    question = json.loads((EXAMPLE / "rows.jsonl").read_text().splitlines()[0])["question"]
    most = question.partition("no more than ")[2].split()[0]
    (tmp_path / "problem.txt").write_text(f"{question}\n")
    sessions = ("--session-dir", str(tmp_path / "sessions"))
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"bowls <= {most}\n"))
    talked = cli("chat", "--plain", *model, *sessions, str(tmp_path / "problem.txt"))
    assert talked.status == 0
    (name,) = (path.name for path in (tmp_path / "sessions").iterdir())
    learnt = cli(
        *("library", "learn", "--session", name, *sessions, *model),
        *("--teacher", teacher(tmp_path), "--library", str(kept), "--json"),
    )
    assert learnt.status == 0
    assert json.loads(learnt.out)["provenance"]["origin"] == "correction"
