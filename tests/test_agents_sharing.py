"""What of tables leaves for a model: read off what a fake endpoint receives."""

from __future__ import annotations

import asyncio
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from optwright.agents.problem import Problem
from optwright.agents.sharing import Share, leaving
from optwright.agents.solving import solve
from optwright.errors import InputError
from optwright.serving.chat import ChatRequest, system, user
from optwright.serving.discretion import Discreet
from optwright.serving.names import destination
from optwright.serving.sync import ask
from optwright.testing import ScriptedModel
from tests.commands import Cli
from tests.endpoint_behaviours import Body, behaving, done
from tests.faulty_endpoint import endpoint

TEXT = (
    "Mills ship flour to bakeries. Each route has a cost per tonne. How much should be shipped on "
    "each route to minimize the total cost? The mill Tannau may ship at most 30 tonnes."
)
ROUTES = "mill,bakery,cost\nTannau,Obermühl,41.25\nTannau,Weiher,52.5\nGraben,Obermühl,63.75\n"
MEMBERS = ("Tannau", "Obermühl", "Weiher", "Graben")
NUMBERS = ("41.25", "52.5", "63.75")


@pytest.fixture
def routes(tmp_path: Path) -> Path:
    file = tmp_path / "routes.csv"
    file.write_text(ROUTES, encoding="utf-8")
    return file


async def received(routes: Path, **settings: Any) -> tuple[str, list[Body]]:
    """All that an endpoint receives of a problem with a table, as one text and as bodies."""
    bodies: list[Body] = []

    def answer(body: Body) -> object:
        bodies.append(body)
        return done('{"nonsense": true}')

    async with endpoint(behaving(answer)) as server:
        await asyncio.to_thread(
            solve, TEXT, [routes], f"m@{server.url}", budget="calls=4", **settings
        )
    return "\n".join(json.dumps(body, ensure_ascii=False) for body in bodies), bodies


def of_problem(bodies: list[Body]) -> str:
    return "\n".join(body["messages"][-1]["content"] for body in bodies)


async def test_three_rows_go_unless_something_else_is_said(routes: Path) -> None:
    said, _ = await received(routes)
    assert all(cell in said for cell in (*MEMBERS, *NUMBERS, "bakery"))


async def test_names_alone_keep_every_cell_here(routes: Path) -> None:
    said, bodies = await received(routes, share="names")
    assert bodies
    assert "bakery (text)" in said
    assert not [c for c in (*MEMBERS[1:], *NUMBERS) if c in said]
    assert "Tannau" in said  # the words of the problem say it


async def test_none_keeps_the_table_here(routes: Path) -> None:
    said, bodies = await received(routes, share="none")
    shown = of_problem(bodies)
    assert "may ship at most 30 tonnes" in shown
    assert not [c for c in (*MEMBERS[1:], *NUMBERS, "routes: ", "columns") if c in shown]
    assert not [c for c in (*MEMBERS[1:], *NUMBERS) if c in said]


@pytest.mark.parametrize("share", list(Share))
async def test_pseudonyms_keep_every_name_here_those_in_the_words_too(
    routes: Path, share: Share
) -> None:
    said, bodies = await received(routes, share=share, pseudonyms=True)
    assert bodies
    assert not [name for name in MEMBERS if name in said]
    assert "The mill mill_1 may ship at most 30 tonnes" in said


def test_pseudonyms_are_undone_in_what_comes_back() -> None:
    model = ScriptedModel('{"x": "city_1 and city_2 and city_9 and city_12"}', "city_2's")
    discreet = Discreet(model, {'A"b\\c': "city", "Zürich": "city", "ß": "city"}, "problem")
    schema = {"type": "object"}
    asked = ChatRequest((system("Zürich"), user('problem: Zürich, Zürichs, A"b\\c')), schema)
    found = json.loads(ask(discreet, asked).text)
    assert found["x"] == 'A"b\\c and Zürich and city_9 and city_12'
    assert model.asked[-1] == "problem: city_2, city_2s, city_1"
    assert model.requests[-1].messages[0].content == "Zürich"
    assert ask(discreet, ChatRequest((user("problem"),))).text == "Zürich's"


LONG = "Supermarket chain of the north, branch number"


@pytest.mark.parametrize(
    ("name", "said", "sent"),
    [
        ("Zürich", "ZÜRICH's and zürich", "city_1's and city_1"),
        ("Zürich", unicodedata.normalize("NFD", "to Zürich"), "to city_1"),
        ("Zürich", "Z\\u00fcrich", "city_1"),
        ("Zürich", "from_Zürich_max, zürich_max", "from_city_1_max, city_1_max"),
        ("Zürich", "Neuzürich", "Neuzürich"),
        ("May", "May may Mayor in_May", "city_1 may Mayor in_city_1"),
        ("北京", "从北京运到", "从city_1运到"),
        ("القاهرة", "والقاهرة", "وcity_1"),
        ("Saint  Louis", "Saint Louis | Saint  Louis", "city_1 | city_1"),
        ("North_East Mill", "North_East Mill", "city_1"),
        ("north_mill", "cap_north_mill", "cap_city_1"),
        (f"{LONG} one", f"{LONG[:37]}... is full", "city_1... is full"),
        ('A "b" c\\d', json.dumps('A "b" c\\d'), '"city_1"'),
        ("City", "the City of city_9", "the city_1 of city_9"),
    ],
)
def test_a_name_is_found_however_it_stands_in_a_text(name: str, said: str, sent: str) -> None:
    model = ScriptedModel("ok")
    ask(Discreet(model, {name: "city"}, "problem"), ChatRequest((user(said),)))
    assert model.asked == [sent]


def test_identifiers_come_back_as_they_were() -> None:
    model = ScriptedModel("cap_city_1, x_city_1, city_1, CITY_1, 从city_1运到")
    asked = ChatRequest((user("cap_zürich"),))
    reply = ask(Discreet(model, {"Zürich": "city"}), asked).text
    assert reply == "cap_zürich, x_city_1, Zürich, Zürich, 从Zürich运到"


def test_names_leave_in_no_schema_and_its_own_words_stay() -> None:
    model = ScriptedModel('{"target": "city_1"}')
    schema = {
        "type": "object",
        "properties": {"target": {"type": "string", "enum": ["zürich", "object"]}},
    }
    names = {"Zürich": "city", "object": "city", "string": "city"}
    reply = ask(Discreet(model, names), ChatRequest((user("?"),), schema))
    (sent,) = model.requests
    assert sent.schema is not None
    assert sent.schema["type"] == "object"
    assert sent.schema["properties"]["target"]["enum"] == ["city_1", "city_2"]
    assert json.loads(reply.text) == {"target": "zürich"}


def test_a_label_tells_no_name() -> None:
    model = ScriptedModel("ok")
    ask(Discreet(model, {"Zürich": "Zürich office"}), ChatRequest((user("Zürich"),)))
    assert model.asked == ["name_1"]


def test_a_pseudonym_is_no_name_and_stands_nowhere_in_the_text() -> None:
    model = ScriptedModel("ok")
    ask(Discreet(model, {"city_1": "city", "Bonn": "city"}, "city_2"), ChatRequest((user("Bonn"),)))
    assert re.fullmatch(r"city_[3-9]", model.asked[0])


def test_what_leaves_is_told_line_by_line(routes: Path) -> None:
    problem = Problem.read(TEXT, [routes])
    assert list(leaving(problem, pseudonyms=False))[1:4] == [
        "of table routes: 3 rows: names, types and these rows",
        "  columns: mill (text), bakery (text), cost (number)",
        "  Tannau | Obermühl | 41.25",
    ]


def test_a_share_that_nobody_knows_is_bad_input(routes: Path) -> None:
    with pytest.raises(InputError, match="there are none, names, rows"):
        solve(TEXT, [routes], ScriptedModel(), share="all")


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("local", None),
        ("hf:a/b:c.gguf", None),
        ("m@http://127.0.0.1:8/v1", None),
        ("m@http://localhost:8/v1?effort=low", None),
        ("openai/gpt-5?effort=low", "api.openai.com"),
        ("m@https://openrouter.ai/api/v1", "openrouter.ai"),
        ("anthropic/claude", "anthropic"),
        ("vllm/m", None),
        ("vllm/m@http://192.0.2.7:8000/v1", "192.0.2.7"),
    ],
)
def test_what_stays_on_this_machine_leaves_for_nowhere(
    name: str, host: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    assert destination(name) == host


def test_what_leaves_is_shown_once_and_the_choice_is_kept(
    cli: Cli, routes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPTWRIGHT_ENDPOINTS", str(tmp_path / "endpoints"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    command = ("solve", TEXT, "--data", routes, "--model", "openai/m", "--share", "names")
    first, second = cli(*command), cli(*command)
    assert first.status == second.status == 4  # there is no key, so nothing was sent
    assert "(--share names|none and --pseudonyms keep more of it here)" in first.err
    assert "to api.openai.com go:\n  the words of the problem\n  of table routes" in first.err
    assert "Obermühl" not in first.err
    assert "api.openai.com go" not in second.err


def test_a_conversation_says_what_leaves_before_the_problem_is_told(
    cli: Cli, routes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPTWRIGHT_ENDPOINTS", str(tmp_path / "endpoints"))
    monkeypatch.setenv("OPTWRIGHT_SESSIONS", str(tmp_path / "sessions"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    command = ("chat", "--plain", "--model", "openai/m", "--session", "s")
    first = cli(*command, TEXT, "--data", routes, "--pseudonyms", "--share", "names")
    told, _, after = first.out.partition("to api.openai.com go:\n  the words of the problem")
    assert "members by pseudonyms" in after
    assert "of table routes: 3 rows: names and types" in after
    assert "there is no API key" in after
    assert "api.openai.com" not in told
    assert "go:" not in cli(*command).out.partition("session s")[0]
    wider = cli(*command, "--share", "rows").out
    assert "members by pseudonyms" in wider  # kept
    assert "names, types and these rows" in wider
