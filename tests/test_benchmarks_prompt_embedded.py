"""The prompt experiment with the embedded model, replayed from its recording."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from optwright.benchmarks.optim.prompt_embedded import (
    FIRST,
    METHODS,
    REHEARSAL,
    REPLAY,
    held_out,
    measured,
    opened,
)
from optwright.benchmarks.optim.rows import ROWS
from optwright.errors import InputError

RECORDING = ROWS.parent / "recordings" / "prompt_embedded.jsonl.xz"


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, Any]]:
    """The latest row of each method."""
    lines = (ROWS / "prompt_embedded.jsonl").read_text("utf-8").splitlines()
    return {row["method"]: row for row in map(json.loads, lines)}


@pytest.mark.parametrize("method", METHODS)
def test_a_replay_comes_to_what_the_row_says(
    method: str, rows: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    row = rows[method]
    with opened(f"{REPLAY}{RECORDING}", tmp_path) as model:
        (result,) = measured([method], model, row["seeds"], tmp_path)
    assert {name: result[name] for name in ("instructions", "right", "spent", "gain")} == {
        name: row[name] for name in ("instructions", "right", "spent", "gain")
    }


def test_the_rehearsal_finds_the_form_of_the_dates(tmp_path: Path) -> None:
    with opened(REHEARSAL, tmp_path) as model:
        first = held_out(model, FIRST)
        results = measured(METHODS, model, [0], tmp_path)
    assert sum(first) == 0
    assert all(result["gain"]["low"] > 0.5 for result in results)


def test_another_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no model 'openai/x'"), opened("openai/x", tmp_path):
        pass
