"""`%%optwright`, in IPython's real shell."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from optwright.agents.solution import Solution
from optwright.serving.ledger import Ledger
from tests.drafts import CANDY, CANDY_DRAFT, CANDY_OPTIMUM, scripted

pytest.importorskip("IPython")


@pytest.fixture
def shell(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    shell.run_line_magic("load_ext", "optwright")
    assert os.environ["OPTWRIGHT_RUNS"] == str(runs)
    yield shell
    shell.user_ns.clear()
    InteractiveShell.clear_instance()


def cell(shell: Any, line: str, words: str = CANDY) -> Any:
    return shell.run_cell(f"%%optwright {line}\n{words}")


def test_a_cell_of_words_becomes_a_solution_and_pays_once(
    shell: Any, tmp_path: Path, runs: Path
) -> None:
    model = scripted(tmp_path, [CANDY_DRAFT])
    found = cell(shell, f"--model {model} --profile large").result
    assert isinstance(found, Solution)
    assert found.objective == CANDY_OPTIMUM
    assert shell.user_ns["solution"] is found
    assert "540" in found._repr_html_()
    again = cell(shell, f"--model {model} --profile large --to again")
    assert again.success
    assert shell.user_ns["again"].usage.replayed == shell.user_ns["again"].usage.calls
    with Ledger(runs / "ledger.sqlite", read_only=True) as ledger:
        assert len(ledger) == found.usage.calls


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--data mills", "'mills' is neither a variable of this notebook nor a file"),
        ("--data here --data nothing.csv", "'nothing.csv' is neither"),
        ("--to 3x", "'3x' is not a name"),
        ("--model nobody", "nobody"),
        ("--budget much", "budget"),
    ],
)
def test_what_cannot_be_done_is_a_sentence_without_a_traceback(
    shell: Any, capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    shell.user_ns["here"] = {"a": [1]}
    ended = cell(shell, line)
    assert not ended.success
    captured = capsys.readouterr()
    assert said in captured.out + captured.err
    assert "Traceback" not in captured.out + captured.err
    assert "solution" not in shell.user_ns
