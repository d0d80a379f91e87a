"""What every role and a conversation send of tables with pseudonyms: read off what a fake endpoint
receives while a problem is solved, criticised, judged, coded, and talked about."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from optwright.agents.chat.session import ChatSession, Settings
from optwright.agents.effort import Effort
from optwright.agents.problem import Problem
from optwright.agents.sharing import Share
from optwright.agents.solving import solve
from optwright.solvers.data.table import Table, from_columns
from tests.chats import FLOUR, FLOUR_TEXT, flour_tables, solved
from tests.endpoint_behaviours import Body, done
from tests.model_server import served

TEXT = FLOUR_TEXT.replace(
    "and no route", "the mill WEIR-Nord may send at most 90 tons, and no route"
)
MEMBERS = {
    "Weir": "Weir-Nord",
    "Hill": "Hügelmühle von Großröhrsdorf an der Röder",
    "Lake": "lake_mill",
    "Harbour": 'Bäckerei "Zum Hafen"',
    "Market": "Marktplatz",
    "Station": "北站",
    "Castle": "Schlossbäckerei",
}
DRAFT = FLOUR.model_copy(
    update={
        "constraints": (
            *FLOUR.constraints,
            FLOUR.constraints[2].model_copy(
                update={
                    "name": "north",
                    "forall": "",
                    "expression": "sum(send['mill_1', j] for j in bakeries) <= 90",
                    "text": "the mill mill_1 may send at most 90 tons",
                }
            ),
        )
    }
).to_json()
MARKS = {"reader": "direction", "planner": "plans", "critic": "missing", "turn": "action"}
"""What the schema of a role holds and those of others do not, looked for in this order."""
CODE = "```python\nraise KeyError(data['mills']['mill'][1])\n```"
OPTIMUM = 1000.0

REPLIES = {
    "planner": json.dumps(
        {"plans": [{"name": "by hand", "route": "code", "advice": "mind mill_2 and bakery_3"}]}
    ),
    "reader": json.dumps(
        {
            "direction": "small",
            "plans": [
                {"plan": 1, "verdict": "not allowed", "sentence": "the mill mill_1 may send"}
            ],
        }
    ),
    "critic": json.dumps({"parts": [], "missing": ["the mill mill_1 may send"]}),
    "coder": CODE,
}


def tables() -> dict[str, Table]:
    return {
        name: from_columns(
            name, {c.name: [MEMBERS.get(str(x), x) for x in c.cells] for c in table.columns}
        )
        for name, table in flour_tables().items()
    }


def names_in(text: str) -> list[str]:
    """The names that a text tells, whole or cut off, in whatever capitals and form."""
    plain = unicodedata.normalize("NFC", text).lower()
    told = [name for name in MEMBERS.values() if name.lower() in plain]
    told += [name for name in MEMBERS.values() if len(name) > 20 and name[:18].lower() in plain]
    told += [
        n for n in MEMBERS.values() if json.dumps(n, ensure_ascii=False)[1:-1].lower() in plain
    ]
    return told


class Everybody:
    """A model that plays each role by the schema it is asked with, and keeps what it reads."""

    def __init__(self, **replies: str) -> None:
        self.bodies: list[Body] = []
        self.roles: set[str] = set()
        self.replies = replies
        self.drafts = 0

    def __call__(self, body: Body) -> object:
        self.bodies.append(body)
        schema = body.get("response_format", {}).get("json_schema", {}).get("schema", {})
        asked = set(schema.get("properties", ()))
        role = next((role for role, mark in MARKS.items() if mark in asked), "formulator")
        role = role if asked else "coder"
        self.roles.add(role)
        return done(self._reply(role))

    def _reply(self, role: str) -> str:
        match role:
            case "formulator":
                self.drafts += 1
                return DRAFT if self.drafts == 1 else DRAFT.replace("send", "ship")
            case _:
                return self.replies.get(role, REPLIES.get(role, "{}"))

    @property
    def read(self) -> str:
        return "\n".join(json.dumps(body, ensure_ascii=False) for body in self.bodies)


@pytest.mark.parametrize("share", list(Share))
def test_no_role_of_a_run_reads_a_name(share: Share) -> None:
    model = Everybody()
    problem = Problem(TEXT, tables(), share)
    with served(model) as url:
        name = f"m@{url}"
        solution = solve(
            problem,
            model=name,
            models={"reader": name},
            effort=Effort(
                drafts=4, plans=2, opinion=True, code=True, feedback=True, proposals="ask"
            ),
            pseudonyms=True,
            budget="calls=24",
            profile="small",
        )
    reads_plans = {"reader"} if share is Share.ROWS else set()
    assert model.roles >= {"planner", "formulator", "critic", "coder", *reads_plans}
    assert not names_in(model.read)
    assert solution.formulation is not None
    assert any("Weir-Nord" in c.expression for c in solution.formulation.constraints)
    assert not re.search(r"\b(mill|bakery)_\d", solution.to_json())


def session(url: str, directory: Path | None = None, **settings: Any) -> ChatSession:
    return ChatSession(
        directory, Settings(f"m@{url}", budget="calls=20", profile="small", **settings)
    )


TURNS = (
    "the owner of Marktplatz is somewhat pickier these days",
    "LAKE_MILL has a broken axle and 北站 is closed, oh dear",
)


def test_no_turn_of_a_conversation_tells_a_name() -> None:
    model = Everybody(turn='{"action": "unclear", "target": ""}')
    with served(model) as url, session(url, pseudonyms=True) as chat:
        chat.attach(tables())
        chat.turn(TEXT)
        drafted = len(model.bodies)
        for turn in TURNS:
            chat.turn(turn)
        assert chat.program is not None
        assert len(model.bodies) == drafted + len(TURNS)
    assert not names_in(model.read)
    assert "bakery_2 is somewhat pickier" in model.read


def test_what_was_drafted_before_is_talked_about_by_pseudonyms_too() -> None:
    """Names of a model's parts may be made of members; a reply comes back to the same parts."""
    model = Everybody(turn='{"action": "drop", "target": "only_bakery_2"}')
    limit = FLOUR.constraints[2].model_copy(update={"name": "only_marktplatz"})
    formulation = FLOUR.model_copy(update={"constraints": (*FLOUR.constraints, limit)})
    with served(model) as url, session(url, pseudonyms=True) as chat:
        chat.adopt(Problem(FLOUR_TEXT, tables()), solved(formulation))
        reply = chat.turn("the baker in the palace has found another one, forget his rule")
    assert "only_bakery_2" in model.read
    assert not names_in(model.read)
    assert reply.needs_confirmation
    assert reply.diff


def test_the_choice_is_kept_with_the_session(tmp_path: Path) -> None:
    with ChatSession(tmp_path, Settings(None, share=Share.NAMES, pseudonyms=True)):
        pass
    with ChatSession(tmp_path, Settings(None)) as chat:
        assert (chat.sharing.share, chat.sharing.pseudonyms) == (Share.NAMES, True)
    with ChatSession(tmp_path, Settings(None, pseudonyms=False)):
        pass
    with ChatSession(tmp_path, Settings(None)) as chat:
        assert (chat.sharing.share, chat.sharing.pseudonyms) == (Share.NAMES, False)


def test_a_session_of_before_shares_rows(tmp_path: Path) -> None:
    with ChatSession(tmp_path, Settings(None)) as chat:
        assert (chat.sharing.share, chat.sharing.pseudonyms) == (Share.ROWS, False)


LEAVES = "to api.openai.com go:"


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., ChatSession]:
    """Sessions with a model elsewhere that is never asked."""
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setenv("OPTWRIGHT_ENDPOINTS", str(tmp_path / "endpoints"))
    return lambda directory=None, **settings: ChatSession(
        directory, Settings("openai/m", **settings)
    )


def test_what_leaves_is_in_the_reply_to_tables_that_come(
    nowhere: Callable[..., ChatSession],
) -> None:
    with nowhere(share=Share.NAMES) as chat:
        text = chat.attach(tables()).text
    assert LEAVES in text
    told = text.partition(LEAVES)[2]
    assert "of table mills: 3 rows: names and types" in told
    assert not names_in(told)


def test_nothing_leaves_for_a_model_that_is_here_or_replayed() -> None:
    for model in ("local", "m@http://127.0.0.1:8000/v1", None):
        with ChatSession(None, Settings(model)) as chat:
            assert "go:" not in chat.attach(tables()).text
            assert not chat.leaving()


def test_coming_back_with_another_choice_says_what_leaves_once(
    nowhere: Callable[..., ChatSession], tmp_path: Path
) -> None:
    with nowhere(tmp_path / "s") as chat:
        chat.attach(tables())
    with nowhere(tmp_path / "s") as chat:
        assert not chat.leaving(unless_shown=True)
        assert chat.leaving()
    with nowhere(tmp_path / "s", share=Share.NONE) as chat:
        assert "  nothing of the tables" in chat.leaving(unless_shown=True)
        assert not chat.leaving(unless_shown=True)
