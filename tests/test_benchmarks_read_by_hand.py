"""Rows that people read: drawn, answered, asked about and scored from the command line."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from optwright.benchmarks.read_by_hand import main
from tests.drafts import CANDY, CANDY_DRAFT
from tests.test_agents_second_reading import answered


def test_rows_are_drawn_answered_read_and_scored(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    rows = [{"id": "candy-1", "question": CANDY, "answer": 540}, {"id": "b", "question": CANDY}]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (data / "Candy.jsonl").write_text(text, encoding="utf-8")
    script = tmp_path / "script.json"
    script.write_text(json.dumps([CANDY_DRAFT] * 5), encoding="utf-8")
    drawn, drafts, answers = (str(tmp_path / f"{n}.jsonl") for n in ("rows", "drafts", "ann"))

    def ran(*words: str) -> str:
        result = CliRunner().invoke(main, list(words), catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    ran("sample", "--data", str(data), "--rows", "Candy=5", "--out", drawn)
    (row,) = Path(drawn).read_text("utf-8").splitlines()
    assert "540" not in row
    ran("draft", drawn, "--model", f"scripted:{script}", "--out", drafts)
    assert "1 wait" in ran("ask", drafts, "--answers", answers)
    answered(Path(answers))
    said = ran("score", drafts, "--data", str(data), "--answers", answers)
    assert "| nobody | 1 | 1 | 1 | 0 | 0% |" in said
    assert "| ann | 1 | 1 | 1 | 1 | 100% | 1 of 1" in said
    assert "looked at: none" in said
