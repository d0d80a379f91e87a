"""Twelve conversations with the embedded model, replayed, and the models they were to reach.

They begin at its first draft as it was written. Eleven reach what was meant; of the twelfth problem
the draft has no limits at all, and what matters there is that nobody calls it an answer.

`conversations/*.txt` hold what a person types, `recordings/chat.jsonl` what the model answered. The
optima were worked out by hand.
"""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from optwright.agents.chat.session import ChatSession, Settings
from optwright.agents.chat.store import Sessions
from optwright.cli import run
from optwright.solvers.model.formulation import Domain

HERE = Path(__file__).parent
FEWEST_TURNS = 10


@dataclass(frozen=True)
class Reached:
    """Where a conversation ends: the optimum, how many limits there are besides bounds, whether
    the decisions are whole, and which version of the model stands."""

    objective: float
    limits: int
    whole: bool
    version: int


REACHED = {
    "adverts": Reached(157_000, 3, whole=True, version=1),
    "bakery": Reached(790, 4, whole=True, version=3),
    "blend": Reached(14_880 / 7, 3, whole=False, version=3),
    "candy": Reached(453, 3, whole=True, version=4),
    "diet": Reached(34, 3, whole=True, version=4),
    "farm": Reached(10_500, 3, whole=False, version=5),
    "flour": Reached(807.5, 3, whole=False, version=1),
    "infeasible": Reached(2_020, 3, whole=True, version=3),
    "nonsense": Reached(680, 3, whole=True, version=3),
    "staff": Reached(2_800, 3, whole=True, version=2),
    "trucks": Reached(632, 2, whole=True, version=3),
}


@pytest.mark.parametrize("name", sorted(REACHED))
def test_a_conversation_reaches_the_intended_model(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = (HERE / "conversations" / f"{name}.txt").read_text("utf-8")
    assert len(turns.splitlines()) >= FEWEST_TURNS
    monkeypatch.setenv("OPTWRIGHT_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("OPTWRIGHT_SESSIONS", str(tmp_path / "sessions"))
    monkeypatch.setattr(sys, "stdin", io.StringIO(turns))
    monkeypatch.chdir(HERE.parent)
    recording = HERE / "recordings" / "chat.jsonl"
    # One draft: what it means is settled in the conversation.
    drafted = ["--drafts", "1", "--agreement", "1"]
    run(["chat", "--session", name, "--model", f"replay:{recording}", "--ledger", "off", *drafted])
    with ChatSession(Sessions().path(name), Settings(model=None)) as session:
        program, outcome = session.program, session.outcome
        assert program is not None
        assert outcome is not None
        model = program.formulation
        assert model is not None
        reached = REACHED[name]
        assert outcome.objective == pytest.approx(reached.objective)
        assert len(model.constraints) == reached.limits
        assert all((v.domain is Domain.INTEGER) == reached.whole for v in model.variables)
        assert session.history.current == reached.version


def test_there_are_twelve() -> None:
    names = {path.stem for path in (HERE / "conversations").glob("*.txt")}
    assert len(names) == 12
    assert names == {*REACHED, "invest"}


def test_a_draft_without_limits_is_no_answer_in_a_conversation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = (HERE / "conversations" / "invest.txt").read_text("utf-8").splitlines()[0]
    monkeypatch.setenv("OPTWRIGHT_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("OPTWRIGHT_SESSIONS", str(tmp_path / "sessions"))
    monkeypatch.setattr(sys, "stdin", io.StringIO(problem))
    recording = HERE / "recordings" / "chat.jsonl"
    drafted = ["--drafts", "1", "--agreement", "1"]
    run(["chat", "--model", f"replay:{recording}", "--ledger", "off", *drafted])
    said = " ".join(capsys.readouterr().out.split())
    assert "There is no best solution: the objective improves without end (NOT VERIFIED" in said
    assert "no constraint states 'At most $50000 can be invested in all.'" in said
