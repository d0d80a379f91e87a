"""What a turn may bring (parameters, tables, files) and what a report says of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from optwright.agents.chat.reply import Reply, ReplyKind
from optwright.agents.chat.session import ChatSession, Settings
from optwright.agents.problem import Problem
from optwright.reporting import write
from optwright.testing import ScriptedModel
from tests.chats import solved
from tests.turn_models import MODELS


def _session(model: str, *intents: Mapping[str, object]) -> ChatSession:
    told, reply = MODELS[model], json.dumps({"intents": [*intents]})
    session = ChatSession(None, Settings(model=ScriptedModel(reply, name="reads well")))
    session.adopt(Problem(told.text, dict(told.tables)), solved(told.formulation))
    return session


def _agreed(session: ChatSession, said: str) -> Reply:
    reply = session.turn(said)
    return session.turn("yes") if reply.kind is ReplyKind.CONFIRM else reply


def test_a_new_parameter_has_its_values_and_counts_where_the_turn_says() -> None:
    said = "a tray of rolls needs 0.2 hours of packing, loaves 0.4, cakes 0.5; 10 hours at most"
    packing = {"do": "add_parameter", "words": said, "name": "packing", "values": 10}
    limit = {"do": "add_limit", "words": said,
             "expression": "0.2*rolls + 0.4*loaves + 0.5*cakes <= packing"}  # fmt: skip
    with _session("bakery", packing, limit) as session:
        reply = _agreed(session, said)
        assert reply.kind is ReplyKind.CHANGED, reply.text
        assert session.program is not None
        formulation = session.program.formulation
        assert formulation is not None
        assert [p.values for p in formulation.parameters if p.name == "packing"] == [10]
        assert session.outcome is not None
        values = session.outcome.values
        used = 0.2 * values["rolls"] + 0.4 * values["loaves"] + 0.5 * values["cakes"]
        assert used <= 10 + 1e-6


def test_a_new_parameter_over_a_set_has_a_value_for_each_member() -> None:
    said = "Weir pays a tax of 2 a ton, Hill 3 and Lake 1"
    intent = {"do": "add_parameter", "words": said, "name": "tax", "over": ["mills"],
              "values": {"Weir": 2, "Hill": 3, "Lake": 1}}  # fmt: skip
    with _session("mills", intent) as session:
        assert _agreed(session, said).kind is ReplyKind.CHANGED
        assert session.program is not None
        bound = session.program.instance.parameters["tax"]
        assert bound.values.tolist() == [2, 3, 1]


def test_a_table_that_is_told_takes_the_place_of_the_one_there_is() -> None:
    said = "the new plan: demand 40, 50, 60, 40, 90, 80 at costs of 10, 10, 11, 15, 15, 16"
    months = [f"2026-0{k}" for k in range(1, 7)]
    intent = {"do": "add_table", "words": said, "name": "plan",
              "columns": {"month": months, "demand": [40, 50, 60, 40, 90, 80],
                          "cost": [10, 10, 11, 15, 15, 16]}}  # fmt: skip
    with _session("pumps", intent) as session:
        reply = _agreed(session, said)
        assert reply.kind is ReplyKind.CHANGED, reply.text
        assert list(session.tables["plan"].numbers("demand")) == [40, 50, 60, 40, 90, 80]
        assert session.turn("undo").kind is not ReplyKind.REFUSED
        assert next(iter(session.tables["plan"].numbers("demand"))) == 50


@pytest.mark.parametrize(
    "intent",
    [
        {"name": ""},
        {"name": "plan", "columns": {}},
        {"name": "plan", "columns": {"month": ["a"], "demand": []}},
    ],
)
def test_a_table_that_is_none_changes_nothing(intent: dict[str, object]) -> None:
    with _session("pumps", {"do": "add_table", "words": "", **intent}) as session:
        assert session.turn("here is the new plan").kind is ReplyKind.REFUSED
        assert session.history.current == 1


@pytest.mark.parametrize(
    ("wanted", "fmt"), [("xlsx", "xlsx"), ("Excel", "xlsx"), (".PDF", "pdf"), ("python", "pyomo")]
)
def test_a_file_that_is_asked_for_is_named_in_the_reply(wanted: str, fmt: str) -> None:
    with _session("bakery", {"do": "export", "words": "", "format": wanted}) as session:
        reply = session.turn("give it to me as a file")
        assert (reply.kind, reply.export) == (ReplyKind.ANSWER, fmt)


def test_a_format_there_is_not_is_refused_with_those_there_are() -> None:
    with _session("bakery", {"do": "export", "words": "", "format": "gams"}) as session:
        reply = session.turn("give it to me for GAMS")
        assert reply.kind is ReplyKind.REFUSED
        assert "xlsx" in reply.text


@pytest.mark.parametrize("ending", [".html", ".md"])
def test_a_report_lists_what_the_user_changed_as_theirs(ending: str, tmp_path: Path) -> None:
    intent = {"do": "set_number", "words": "", "number": "oven", "to": 70}
    with _session("bakery", intent) as session:
        session.turn("the oven is only free for 70 hours")
        assert session.solution is not None
        write(session.solution, tmp_path / f"r{ending}", Problem(session.problem))
        text = (tmp_path / f"r{ending}").read_text(encoding="utf-8")
        assert "Changed by you" in text
        assert "the oven is only free for 70 hours" in text
        session.turn("undo")
        write(session.solution, tmp_path / f"before{ending}", Problem(session.problem))
        assert "Changed by you" not in (tmp_path / f"before{ending}").read_text(encoding="utf-8")
