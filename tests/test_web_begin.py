"""The first page, settings and tables of `optwright ui`: what a click there comes to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from optwright.agents.chat.session import ChatSession, Settings
from optwright.agents.chat.store import Sessions
from optwright.errors import InputError
from optwright.solvers.data.table import from_columns
from optwright.web.examples import EXAMPLES
from optwright.web.models import ENTERED, hold_key
from optwright.web.tables import Cell, cells_in, changed, with_setting
from tests import reports
from tests.awkward_files import xlsx
from tests.web import Client, served

MILLS = from_columns("mills", {"mill": ["Weir", "Hill"], "capacity": [120, 80]})


@pytest.fixture
def client() -> Iterator[Client]:
    with ChatSession(None, Settings(model=None)) as session, served(session) as (client, _):
        yield client


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[tuple[Client, Sessions]]:
    """A server with two sessions, of which `plan` is open."""
    kept = Sessions(tmp_path)
    ChatSession(kept.path("older"), Settings(model=None)).close()
    session = ChatSession(kept.path("plan"), Settings(model=None))
    with served(session) as (client, desk):
        desk.sessions = kept
        yield client, kept
    desk.close()


def test_an_example_comes_with_its_tables_and_waits_in_the_box(client: Client) -> None:
    page = client.page()
    for example in EXAMPLES:
        assert example.title in page
    client.post("/example", data={"example": "flour"})
    client.rest()
    page = client.page()
    assert "A company sends flour" in page.partition('id="said"')[2]
    assert 'value="Weir"' in client.page("/data")


def test_every_example_has_the_numbers_it_speaks_of() -> None:
    from optwright.agents.problem import Problem

    for example in EXAMPLES:
        Problem(example.text, example.read())


def test_cells_typed_into_a_grid_change_the_table(client: Client) -> None:
    client.post("/example", data={"example": "flour"})
    client.rest()
    typed = {"table": "mills", "cell-0-1": "150", "cell-3-0": "Rock", "cell-3-1": "75"}
    client.post("/data/cells", data=typed)
    client.rest()
    page = client.page("/data")
    assert 'value="150"' in page
    assert 'value="Rock"' in page


def test_a_table_is_new_only_where_a_cell_is_another() -> None:
    assert changed(MILLS, [Cell(0, 1, "120"), Cell(1, 0, "Hill"), Cell(2, 0, "")]) is None
    after = changed(MILLS, [Cell(0, 1, "130"), Cell(2, 0, "Rock"), Cell(2, 1, "9.5")])
    assert after is not None
    assert list(after.rows) == [("Weir", 130), ("Hill", 80), ("Rock", 9.5)]


def test_a_text_among_numbers_is_refused_by_its_column() -> None:
    with pytest.raises(InputError, match="'many' is no number, and column 'capacity'"):
        changed(MILLS, [Cell(0, 1, "many")])


def test_only_fields_of_cells_are_cells() -> None:
    form = [("table", "x"), ("cell-1-2", " 3 "), ("cell-x-1", "4"), ("cell-1", "5")]
    assert cells_in(form) == [Cell(1, 2, "3")]


def test_how_a_file_was_read_is_corrected_in_the_page(client: Client) -> None:
    content = b"mill;tons\nWeir;1.500\nHill;2.250\n"
    client.post("/data", files={"files": ("mills.csv", BytesIO(content))})
    client.rest()
    page = client.page("/data")
    assert "How it was read" in page
    client.post("/data/reading", data={"table": "mills", "toml": 'decimal = ","'})
    client.rest()
    assert 'value="1500"' in client.page("/data")
    client.post("/data/reading", data={"table": "mills", "toml": "decimal = what"})
    client.rest()
    page = client.page("/data")
    assert "decimal = what" not in page, "what stood is left in place"
    assert 'value="1500"' in page


def test_a_line_of_a_correction_stands_before_its_tables() -> None:
    before = "[tables.mills]\nwide = true\n"
    assert with_setting(before, "", 'decimal = ","').startswith('decimal = ","\n[tables.mills]')
    assert with_setting("", "two words", "long = true") == 'tables."two words".long = true\n'


def test_the_answer_is_taken_away_as_a_workbook() -> None:
    from openpyxl import load_workbook

    with ChatSession(None, Settings(model=None)) as session:
        session.adopt(*reports.candy())
        with served(session) as (client, _):
            answer = client.web.get("/answer/xlsx")
            assert client.web.get("/answer/exe").status_code == 404
    book = load_workbook(BytesIO(answer.content))
    assert [cell.value for cell in book["answer"][1]] == ["decision", "value"]


def test_a_theme_is_kept_by_the_browser(client: Client) -> None:
    assert 'data-theme="' not in client.page()
    client.post("/theme", data={"theme": "dark"})
    assert 'data-theme="dark"' in client.page()
    client.post("/theme", data={"theme": "<script>"})
    assert 'data-theme="' not in client.page()


def test_one_goes_over_to_another_session_and_begins_a_new_one(
    sessions: tuple[Client, Sessions],
) -> None:
    client, kept = sessions
    assert ">older</button>" in client.page()
    client.post("/session", data={"session": "older"})
    client.rest()
    assert 'data-session="older"' in client.page()
    assert ">plan</button>" in client.page("/settings")
    client.post("/session", data={"session": "../out"})
    client.rest()
    assert "is not a name for a session" in client.page()
    client.post("/session", data={"session": ""})
    client.rest()
    assert len(kept.names()) == 3


def test_another_model_reads_from_the_next_turn_on(
    sessions: tuple[Client, Sessions], tmp_path: Path
) -> None:
    client, _ = sessions
    replies = tmp_path / "replies.json"
    replies.write_text("[]", encoding="utf-8")
    client.post("/model-in-use", data={"model": f"scripted:{replies}"})
    client.rest()
    assert f"scripted:{replies}" in client.page("/settings")
    client.post("/model-in-use", data={"model": "scripted:/nowhere.json"})
    client.rest()
    assert f"scripted:{replies}" in client.page("/settings")


def test_a_key_goes_to_its_provider_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("OPENAI_API_KEY", "MISTRAL_API_KEY", ENTERED):
        monkeypatch.setenv(variable, "")
    assert hold_key("openai/gpt-5", "sk-1") == "openai/gpt-5"
    assert hold_key("mistral/large", "mk-2") == "mistral/large"
    named = hold_key("m@https://models.example.org/v1", "own-3")
    assert named.endswith(f"key_env={ENTERED}")
    assert os.environ["OPENAI_API_KEY"] == "sk-1"
    assert os.environ["MISTRAL_API_KEY"] == "mk-2"
    assert os.environ[ENTERED] == "own-3"


@pytest.mark.parametrize(("model", "key"), [("local", "sk-1"), ("openai/x", "two words")])
def test_what_is_no_key_is_refused(model: str, key: str) -> None:
    with pytest.raises(InputError, match="key"):
        hold_key(model, key)


def test_a_key_is_on_no_page(
    sessions: tuple[Client, Sessions], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "")
    client, _ = sessions
    client.post("/model-in-use", data={"model": "openai/gpt-5", "key": "sk-not-to-be-seen"})
    client.rest()
    for path in ("/", "/settings", "/data"):
        assert "sk-not-to-be-seen" not in client.page(path)


def test_sheets_and_tables_of_a_file_are_chosen_by_ticking_them(client: Client) -> None:
    demand: list[list[object]] = [["Demand"], ["town", "demand"], ["Lyon", 3], ["Metz", 4], []]
    costs: list[list[object]] = [
        ["Costs"],
        ["from", "to", "cost"],
        ["A", "Lyon", 7],
        ["B", "Metz", 8],
    ]
    content = xlsx(("Plan", demand + costs), ("Old", [["x", "y"], ["a", 1]]),
                   then=lambda book: setattr(book["Old"], "sheet_state", "hidden"))  # fmt: skip
    client.post("/data", files={"files": ("plan.xlsx", BytesIO(content))})
    client.rest()
    page = client.page("/data")
    assert page.count('type="checkbox"') == 4
    assert "A6:C9, 2 rows: from, to, cost" in page
    assert 'id="table-plan.Demand"' in page
    assert 'id="table-plan.Costs"' in page
    ticked = {"file": "0", "sheet-0": "on", "table-0-1": "on", "sheet-1": "on"}
    client.post("/data/parts", data=ticked)
    client.rest()
    page = client.page("/data")
    assert 'id="table-plan.Demand"' not in page, "what is not ticked has left"
    assert 'id="table-plan.Plan.Costs"' in page
    assert 'id="table-plan.Old"' in page
    client.post("/data/parts", data={"file": "0"})
    client.rest()
    assert "nothing of &#39;plan&#39; is left to be read" in client.page()
    assert 'id="table-plan.Old"' in client.page("/data"), "what stood is left in place"


def test_what_a_file_leaves_open_is_answered_in_the_conversation(client: Client) -> None:
    content = b"mill;tons\nWeir;1.500\nHill;2.250\n"
    client.post("/data", files={"files": ("mills.csv", BytesIO(content))})
    client.rest()
    page = client.page()
    assert "row 2 is mill Weir, tons 1.5" in page, "with what each answer leads to"
    client.say("2")
    assert 'value="1.5"' in client.page("/data")
