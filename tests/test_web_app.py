"""The pages of a session: what they show, what they take, what they refuse."""

from __future__ import annotations

import io
import re
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from html import unescape
from pathlib import Path

import pytest

from optwright.agents.chat.session import ChatSession, Settings
from optwright.agents.problem import Problem
from optwright.agents.sharing import Share
from optwright.doors import impatient
from optwright.errors import DataError
from optwright.solvers.data.apart import read_apart
from optwright.solvers.data.tables import load
from optwright.testing import ScriptedModel
from optwright.web import uploads
from optwright.web.desk import Desk
from tests import reports
from tests.chats import (
    BAKERIES,
    FLOUR,
    FLOUR_TEXT,
    MILLS,
    flour_session,
    flour_tables,
    solved,
)
from tests.web import Client, served


@pytest.fixture
def candy() -> Iterator[tuple[Client, Desk]]:
    with ChatSession(None, Settings(model=None)) as session:
        session.adopt(*reports.candy())
        with served(session) as serving:
            yield serving


@pytest.fixture
def client(candy: tuple[Client, Desk]) -> Client:
    return candy[0]


def text(html: str) -> str:
    """The words of a page."""
    words = re.sub(r"<(script|style|head).*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", words)).split())


def test_a_turn_is_shown_with_what_it_changes(client: Client) -> None:
    shown = text(client.say("what if chocolate is 20 % lower"))
    assert "objective: 540 -> 453 (-16.1 %)" in shown
    assert "before: 200*regular + 150*gift <= 12000" in shown
    assert "after: 200*regular + 150*gift <= 9600" in shown
    assert "Keep this" in shown


def test_a_plain_form_leads_back_to_the_conversation(client: Client) -> None:
    answer = client.web.post(
        "/turn", data={"said": "at most 30 gift boxes"}, headers={"Origin": client.base}
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"


def test_slash_commands_say_what_they_say_in_a_terminal(client: Client) -> None:
    assert "objective: 540 -> 453" in text(client.say("/whatif chocolate is 20 % lower"))
    assert "There are no tables." in text(client.say("/data"))


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("unicorns frobnicate", "I cannot read"),
        ("/nonsense", "there is no command '/nonsense'"),
        ("/set", "/set needs NAME VALUE"),
        ("/data nowhere.csv", "nowhere.csv"),
        ("/export lp=x", "the page Report has the model"),
        ("/quit", "Ctrl-C in the terminal"),
        ("redo", "There is nothing to redo"),
        ("x" * 20_001, "is too long"),
    ],
)
def test_a_turn_that_cannot_be_used_is_a_sentence_and_changes_nothing(
    candy: tuple[Client, Desk], said: str, says: str
) -> None:
    client, desk = candy
    page = client.say(said)
    assert says in text(page)
    assert len(desk.view.turns) == 1
    assert said[:5] in page  # to be mended


def test_an_empty_turn_is_answered_too(client: Client) -> None:
    assert "Say what should be different" in text(client.say("  "))


def test_the_options_of_a_question_are_buttons_that_answer_it(client: Client) -> None:
    client.say("the chocolate limit is 15000")
    page = client.say("questions")
    options = re.findall(r'class="option"><input type="hidden" name="said" value="([^"]+)"', page)
    assert [o.rpartition(": ")[2] for o in options] == ["whole numbers", "fractions"]
    assert "objective: 597 -> 600 (+0.503 %)" in text(client.say(unescape(options[1])))


def test_undo_and_redo_are_offered_where_they_lead_somewhere(client: Client) -> None:
    def offered(page: str) -> set[str]:
        return set(re.findall(r"<button class=\"\">(Undo|Redo)</button>", page))

    assert offered(client.page()) == set()
    assert offered(client.say("at most 30 gift boxes")) == {"Undo"}
    assert offered(client.say("undo")) == {"Redo"}
    assert offered(client.say("redo")) == {"Undo"}


def test_the_model_is_shown_in_words_and_mathematics(client: Client) -> None:
    page = client.page("/model")
    assert "<math" in page
    assert "number of gift boxes" in page
    assert "12000 grams of chocolate" in page
    assert "A candy store packs" in page


def test_versions_stand_side_by_side_with_pictures(client: Client) -> None:
    client.say("what if chocolate is 20 % lower")
    client.say("name this start")
    page = client.page("/versions?compare=start&compare=2")
    assert "Best is start with 540." in page
    assert page.count("<figure") == 3  # what both came to, and what each chooses
    assert "200*regular + 150*gift &lt;= 9600" in page
    assert ">tried<" in page


def test_versions_that_cannot_be_compared_are_a_sentence(client: Client) -> None:
    assert "a comparison takes 2 to 4 versions, not 1" in client.page("/versions?compare=1")
    found = client.page("/versions?compare=1&compare=9")
    assert "there is no version &#39;9&#39;; there are 1 to 1" in found
    for odd in ("9" * 5000, "-1", "\N{SUPERSCRIPT TWO}"):
        assert "there is no version" in client.page(f"/versions?compare=1&compare={odd}")


def test_the_version_that_stands_is_named_from_a_form(client: Client) -> None:
    client.post("/turn", data={"before": "name this ", "said": "rich"})
    client.rest()
    assert ">rich<" in client.page("/versions")


def test_the_report_is_shown_and_taken_away(client: Client) -> None:
    page = client.page("/report")
    assert "What supports it" in page
    assert 'class="barhead"' in page
    assert "<style" not in page
    for suffix, begins in (("html", b"<!doctype html>"), ("md", b"# ")):
        answer = client.web.get(f"/report/{suffix}")
        assert answer.content.startswith(begins)
        assert (
            answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''plan.{suffix}"
        )


@pytest.mark.parametrize(
    ("fmt", "ending", "holds"),
    [
        ("pyomo", "py", "import pyomo"),
        ("lp", "lp", "Maximize"),
        ("mps", "mps", "ROWS"),
        ("latex", "tex", r"\begin"),
        ("markdown", "md", "gift"),
        ("json", "json", '"objective"'),
    ],
)
def test_the_model_is_taken_away_in_every_format(
    client: Client, fmt: str, ending: str, holds: str
) -> None:
    answer = client.web.get(f"/export/{fmt}")
    assert answer.status_code == 200
    assert holds in answer.text
    assert answer.headers["content-disposition"].endswith(f"plan.{ending}")


@pytest.mark.parametrize("path", ["/export/gams", "/report/doc", "/nowhere", "/static/nothing.js"])
def test_a_page_that_is_not_there_is_a_sentence(client: Client, path: str) -> None:
    answer = client.web.get(path)
    assert answer.status_code in (400, 404)
    assert "That cannot be done" in answer.text


@pytest.mark.parametrize("path", ["/model", "/versions", "/report"])
def test_pages_without_a_model_say_so(path: str) -> None:
    with ChatSession(None, Settings(model=None)) as session, served(session) as (client, _):
        assert "There is no model yet" in client.page(path)
        assert client.web.get("/export/lp").status_code == 400
        assert "What is to be decided?" in client.page("/")


# Files in


def test_tables_are_brought_from_files(client: Client) -> None:
    with ChatSession(None, Settings(model=None)) as session, served(session) as (fresh, desk):
        files = [
            ("files", ("mills.csv", b"mill,tons\nWeir,120\nHill,80\n")),
            ("files", ("shops.json", b'[{"shop": "North", "tons": 70}]')),
        ]
        assert fresh.post("/data", files=files).status_code == 202
        fresh.rest()
        assert set(desk.view.tables) == {"mills", "shops"}
        assert "Weir" in fresh.page("/data")
        assert "Weir" in text(fresh.page())


def test_a_table_takes_the_place_of_the_models_own_and_can_be_undone() -> None:
    with flour_session() as session, served(session) as (client, desk):
        before = desk.view.turns[-1].reply.objective
        rows = b"bakery,tons\nHarbour,60\nMarket,55\nStation,45\nCastle,60\n"
        client.post("/data", files=[("files", ("bakeries.csv", rows))])
        client.rest()
        assert "demand[Harbour] = 60" in text(client.page())
        client.say("undo")
        assert desk.view.turns[-1].reply.objective == before


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("plan.exe", b"MZ", "'plan.exe' is not a kind of file that is read"),
        ("plan.csv", b"", "is empty"),
        ("plan.csv", b"\xff\xfe\x00", "'plan.csv' begins as utf-16 text"),
        ("plan.xlsx", b"not a workbook", "'plan.xlsx' is not an Excel workbook"),
        ("../../etc/plan.csv", b"a,b\n1\n", "row 2 has 1 cells; the header has 2"),
        ("..", b"a,b\n1,2\n", "a file without a name cannot be read"),
        (f"{'plan' * 80}.csv", b"a,b\n1,2\n", "is too long"),
        ("plan.json", b'[{"a": "\\ud800"}]', "table 'plan' is not JSON"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_sentence_about_its_own_name(
    candy: tuple[Client, Desk], name: str, content: bytes, says: str
) -> None:
    client, desk = candy
    client.post("/data", files=[("files", (name, io.BytesIO(content)))])
    client.rest()
    shown = text(client.page())
    assert says in shown
    assert "/tmp" not in shown
    assert len(desk.view.turns) == 1


def test_no_file_at_all_is_a_sentence(client: Client) -> None:
    client.post("/data", files=[("files", ("", b""))])
    assert "no file was chosen" in client.page()


def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    candy: tuple[Client, Desk],
) -> None:
    client, desk = candy
    large = b"a,b\n" + b"1,2\n" * (uploads.MOST_BYTES // 4)
    answer = client.post("/data", files=[("files", ("large.csv", large))])
    assert answer.status_code == 413
    assert "files of up to 64 MiB in all are read" in answer.text
    assert len(desk.view.turns) == 1


# What others wrote


EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'>"


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGE"],
)
def test_a_connection_that_stops_in_the_middle_of_a_request_is_closed_in_time(
    candy: tuple[Client, Desk], monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(impatient, "QUIET_S", 0.3)
    host, _, port = candy[0].base.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as half:
        half.sendall(sent)
        with suppress(ConnectionResetError):
            while half.recv(4096):
                pass
    assert "candy" in candy[0].page()


def test_a_request_that_drips_is_closed_when_it_has_dripped_too_long(
    candy: tuple[Client, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(impatient, "WHOLE_S", 0.5)
    host, _, port = candy[0].base.removeprefix("http://").partition(":")
    started = time.monotonic()
    with socket.create_connection((host, int(port)), timeout=10) as drip, suppress(OSError):
        while time.monotonic() - started < 10:
            drip.sendall(b"G")
            time.sleep(0.05)
    assert time.monotonic() - started < 10


def test_an_event_stream_stays_open_though_its_reader_says_nothing(
    candy: tuple[Client, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(impatient, "QUIET_S", 0.3)
    client, _ = candy
    with client.web.stream("GET", "/events") as stream:
        lines = (line for line in stream.iter_lines() if line.startswith("data: "))
        next(lines)
        time.sleep(1.0)
        client.say("help")
        assert next(lines)


def test_a_file_that_takes_more_than_a_reader_may_have_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.write_bytes(b"a,b\n" + b"x y,z\n" * 500_000)
    with pytest.raises(DataError, match="take more than 120 s or"):
        read_apart([path], most_memory=200 * 2**20)
    with pytest.raises(DataError, match=r"take more than 0\.05 s"):
        read_apart([path], most_s=0.05)


def test_tables_read_apart_are_those_read_here(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("name,n,x\n007,1,1.5\né,2,\nb,3,1\ntotal,6,2.5\n", encoding="utf-8")
    assert read_apart([path]).tables == load([path])


def test_markup_in_turns_cells_and_names_is_only_words() -> None:
    with (
        ChatSession(None, Settings(model=None)) as session,
        served(session, name=EVIL) as (
            client,
            _,
        ),
    ):
        rows = f'"name","{EVIL.replace(chr(34), chr(34) * 2)}"\n"{EVIL[:20]}","1"\n'.encode()
        client.post("/data", files=[("files", (f"{EVIL[:9]}.csv", rows))])
        client.rest()
        client.say(EVIL)
        for path in ("/", "/data", "/versions", "/model", "/report"):
            page = client.page(path)
            assert "<img" not in page
            assert "alert(2)</script>" not in page
            assert page.count("<script") == 1


def test_the_data_page_says_what_leaves_for_a_model_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setenv("OPTWRIGHT_ENDPOINTS", str(tmp_path / "endpoints"))
    settings = Settings("openai/m", share=Share.NAMES, pseudonyms=True)
    with ChatSession(None, settings) as session, served(session) as (client, desk):
        desk.attach(flour_tables)
        client.rest()
        shown, data = text(client.page()), text(client.page("/data"))
    for page in (shown, data):
        assert "to api.openai.com go:" in page
        assert "of table mills: 3 rows: names and types" in page
    assert "What leaves this machine" in data


def test_the_page_asks_by_pseudonyms_and_shows_names() -> None:
    model = ScriptedModel('{"action": "drop", "target": "route"}')
    settings = Settings(model, pseudonyms=True)
    with ChatSession(None, settings) as session:
        session.adopt(Problem(FLOUR_TEXT, flour_tables()), solved(FLOUR))
        with served(session) as (client, _):
            client.say("the lorry to Harbour is fixed at last, no more trouble there, hooray")
            assert "Harbour" in text(client.page())
    assert model.asked
    assert not [name for name in (*MILLS, *BAKERIES) if name in str(model.requests)]
