"""The programs in `examples/` get better: one with words, one with numbers, one mixed, one code."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from datetime import datetime
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from optwright.cli import run
from optwright.serving.chat import ChatRequest
from optwright.serving.models import open_model
from optwright.testing import ScriptedModel

EXAMPLES = Path(__file__).parents[1] / "examples"
ISO = "Write the date as YYYY-MM-DD, with nothing else."
SORTED = (
    "def order(sizes):\\n    return sorted(range(len(sizes)), key=lambda i: sizes[i], reverse=True)"
)


Load = Callable[[str], Any]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    """Import an example by its name."""

    def loaded(name: str) -> ModuleType:
        spec = util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return loaded


def test_numbers_find_a_cheaper_policy(load: Load) -> None:
    example = load("optim_numeric")
    best = example.main()
    assert best.score < 0.9 * example.cost_per_day(10, 60)
    assert best.evaluations == 40


def test_mixed_kinds_paint_light_before_dark(load: Load) -> None:
    best = load("optim_mixed").main()
    assert best.score < 0.8 * -best.trials[0].score
    assert best.values["colours"].index("white") < best.values["colours"].index("black")


def test_words_become_an_instruction_that_holds(load: Load, tmp_path: Path) -> None:
    example = load("optim_text")
    writer = ScriptedModel(lambda request: f'{{"values": {{"instruction": "{ISO}"}}}}')
    found = example.main(open_model(ScriptedModel(_date)), open_model(writer), run_dir=tmp_path)
    assert found.values == {"instruction": ISO}
    assert found.gain is not None
    assert found.gain.low > 0


def _date(request: ChatRequest) -> str:
    """A model that writes the date as asked once it is told how."""
    prompt = request.messages[-1].content
    written = prompt.rpartition("When? ")[2]
    if "YYYY" not in prompt:
        return f"The date is {written}."
    for form in ("%d %B %Y", "%B %d, %Y", "%d.%m.%Y", "%a, %d %b %Y"):
        try:
            return datetime.strptime(written, form).strftime("%Y-%m-%d")
        except ValueError:
            continue
    raise AssertionError(written)


def test_code_packs_into_fewer_bins(load: Load, tmp_path: Path) -> None:
    example = load("optim_code")
    writer = ScriptedModel(lambda request: f'{{"values": {{"order": "{SORTED}"}}}}')
    found = example.main(
        open_model(writer), run_dir=tmp_path, count=60, budget=200, sandbox="process"
    )
    assert re.search("sorted", found.values["order"])
    assert found.gain is not None
    assert found.gain.mean > 0.3


def test_numbers_of_a_filter_get_better_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    program = f"{EXAMPLES / 'optim_filter.py'}:is_spam"
    task = ["tune", program, "--train", str(EXAMPLES / "mails.csv"), "--json"]
    budget = ["--budget", "evaluations=3000", "--run-dir", str(tmp_path)]
    assert run([*task, *budget]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["gain"]["low"] > 0
