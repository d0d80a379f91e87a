"""The code of docs/evolving.md runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

DOC = (Path(__file__).parents[1] / "docs" / "evolving.md").read_text("utf-8")


def test_the_program_and_the_harness_of_the_page_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPTWRIGHT_RUNS", str(tmp_path))
    source, harness, call = re.findall(r"```python\n(.*?)```", DOC, re.DOTALL)
    space: dict[str, Any] = {"source": source}
    exec(harness, space)
    exec(call.replace("evaluations=250", "evaluations=40"), space)
    found = space["found"]
    assert found.score > -20.0
    assert found.reason == "the best so far"
    assert found.evaluations == 40
