"""`optwright ui` as people start, stop and leave it."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

import httpx
import pytest

from optwright.cli import run
from tests.drafts import CANDY, CANDY_DRAFT, reworded, scripted
from tests.web import running, silent_endpoint, until

AT_ONCE_S = 15.0  # a second where the processor is free; a turn would take minutes


@pytest.fixture
def candy(tmp_path: Path) -> str:
    return scripted(tmp_path, [CANDY_DRAFT, reworded(CANDY_DRAFT)] * 20)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPTWRIGHT_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("OPTWRIGHT_SESSIONS", str(tmp_path / "sessions"))
    return tmp_path


def test_a_session_is_begun_left_and_gone_on_with(tmp_path: Path, candy: str) -> None:
    with running(tmp_path, CANDY, "--model", candy, "--session", "plan") as ran:
        client = ran.client
        client.rest()
        assert "largest value 540" in client.page()
        assert "gift &lt;= 30" in client.say("at most 30 gift boxes")
        status, said = ran.interrupted()
        assert status == 0
        assert "go on with: optwright ui --session plan" in said
    with running(tmp_path, "--model", candy, "--last") as ran:
        client = ran.client
        page = client.page()
        assert "largest value 540" in page
        assert "gift &lt;= 30" in page
        assert "540 -&gt; 492" in client.page("/")
        assert ran.interrupted()[0] == 0


def test_tables_come_with_the_command_and_bad_ones_are_a_sentence(tmp_path: Path) -> None:
    mills = tmp_path / "mills.csv"
    mills.write_text("mill,tons\nWeir,120\n")
    with running(tmp_path, "--data", str(mills), "--session", "plan") as ran:
        ran.client.rest()
        assert "Weir" in ran.client.page("/data")
    with running(tmp_path, "--data", str(tmp_path / "nowhere.csv"), "--session", "plan") as ran:
        ran.client.rest()
        page = ran.client.page()
        assert "No such file or directory" in page
        assert "Weir" in page


def test_ctrl_c_ends_it_at_once_with_an_event_stream_open(tmp_path: Path) -> None:
    with running(tmp_path) as ran:
        client = ran.client
        with client.web.stream("GET", "/events") as stream:
            lines = stream.iter_lines()
            assert next(lines).startswith("data: ")
            started = time.monotonic()
            ran.process.send_signal(signal.SIGINT)
            assert "event: left" in list(lines)
            ran.process.wait(AT_ONCE_S)
        assert time.monotonic() - started < AT_ONCE_S
        assert ran.process.returncode == 0


def test_files_that_never_come_whole_are_nothing_to_talk_of(tmp_path: Path) -> None:
    with running(tmp_path, "--session", "plan") as ran:
        url, cookies = httpx.URL(ran.client.base), ran.client.web.cookies
        head = (
            f"POST /data HTTP/1.1\r\nHost: {url.netloc.decode()}\r\nOrigin: {url}\r\n"
            f"Cookie: {'; '.join(f'{k}={v}' for k, v in cookies.items())}\r\n"
            "Content-Length: 99\r\nContent-Type: multipart/form-data; boundary=x\r\n\r\n--x"
        )
        for stays in (False, True):
            sender = socket.create_connection((url.host, url.port or 0))
            sender.sendall(head.encode())
            ran.client.page()  # which is answered after those lines were read
            if not stays:
                sender.close()
        with sender:
            status, out = ran.interrupted()
    assert status == 0
    assert "Traceback" not in out
    assert "the session is kept" in out


def test_ctrl_c_ends_it_in_the_middle_of_a_turn(tmp_path: Path) -> None:
    with silent_endpoint() as model:
        with running(tmp_path, CANDY, "--model", model, "--session", "plan") as ran:
            client = ran.client
            until(lambda: "draft 1" in client.state()["line"])
            started = time.monotonic()
            assert ran.interrupted()[0] == 0
            assert time.monotonic() - started < AT_ONCE_S
        with running(tmp_path, "--model", model, "--last") as ran:
            assert "What is to be decided?" in ran.client.page()


def test_a_turn_is_stopped_and_the_session_goes_on(tmp_path: Path, candy: str) -> None:
    with silent_endpoint() as model, running(tmp_path, "--model", model) as ran:
        client = ran.client
        client.post("/turn", data={"said": CANDY})
        until(lambda: "draft 1" in client.state()["line"])
        assert client.post("/turn", data={"said": "something else"}).status_code == 202
        assert "a turn is being worked on" in client.page()
        assert client.post("/stop").status_code == 202
        client.rest()
        page = client.page()
        assert "The session is as it was before this turn." in page
        assert "A candy store packs" in page  # in the box, to be said again
        assert "Say what" not in client.say("help")
        assert "Tell the decision you have to make" in client.page()


LARGE = b"a,b\n" + b"x y,z\n" * 8_000_000  # 48 MB: tens of seconds to read


def test_an_upload_is_read_by_a_process_that_stop_ends(tmp_path: Path) -> None:
    with running(tmp_path) as ran:
        client = ran.client
        client.post("/data", files=[("files", ("large.csv", LARGE))])
        until(lambda: bool(readers_of(ran.process.pid)))
        assert client.post("/stop").status_code == 202
        client.rest()
        assert not readers_of(ran.process.pid)
        assert "The session is as it was before this turn." in client.page()
        client.post("/data", files=[("files", ("small.csv", b"a,b\n1,2\n"))])
        client.rest()
        assert "small" in client.page("/data")


def test_sigterm_leaves_no_file_and_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    with running(tmp_path) as ran:
        ran.client.post("/data", files=[("files", ("large.csv", LARGE))])
        until(lambda: bool(readers_of(ran.process.pid)))
        (reader,) = readers_of(ran.process.pid)
        assert list(temporary.glob("optwright-ui-*/*/large.csv"))
        ran.process.terminate()
        ran.process.communicate(timeout=60)
        assert ran.process.returncode == 128 + signal.SIGTERM
    assert not list(temporary.glob("optwright-ui-*"))
    until(lambda: not Path(f"/proc/{reader}").exists())


def readers_of(process: int) -> list[int]:
    """The processes that read tables for another one."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="utf-8")
    return [
        int(child)
        for child in children.split()
        if b"data.apart" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


def test_stopping_nothing_changes_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as ran:
        client = ran.client
        for _ in range(20):
            assert client.post("/stop").status_code == 202
        assert "Tell the decision you have to make" in client.say("help")


def test_stops_that_race_with_turns_never_end_the_server(tmp_path: Path, candy: str) -> None:
    with running(tmp_path, CANDY, "--model", candy) as ran:
        client = ran.client
        client.rest()
        for number in range(1, 16):
            client.post("/turn", data={"said": f"at most {number} gift boxes"})
            client.post("/stop")
            client.rest()
        assert "objective" in client.say("at most 33 gift boxes")
        assert ran.process.poll() is None


def test_progress_is_told_before_the_model_answers(tmp_path: Path) -> None:
    with silent_endpoint() as model, running(tmp_path, "--model", model) as ran:
        client = ran.client
        with client.web.stream("GET", "/events") as stream:
            lines = (line for line in stream.iter_lines() if line)
            assert '"working": false' in next(lines)
            started = time.monotonic()
            client.post("/turn", data={"said": CANDY})
            assert '"working": true' in next(lines)
            assert time.monotonic() - started < 1.0  # 0.3 s where the processor is free


def test_another_process_is_told_who_holds_the_session(
    tmp_path: Path, elsewhere: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with running(tmp_path, "--session", "plan"):
        assert run(["ui", "--no-open", "--session", "plan"]) == 4
        assert "session 'plan' is held by process" in capfd.readouterr().err


def test_a_port_that_is_taken_is_a_sentence(
    elsewhere: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run(["ui", "--no-open", "--port", str(port)]) == 2
    said = capfd.readouterr().err
    assert f"port {port} cannot be used: Address already in use" in said
    assert "leave --port out" in said


@pytest.mark.parametrize(
    "options", [["--last"], ["--session", "a", "--last"], ["--port", "70000"], ["nowhere.txt"]]
)
def test_options_that_cannot_be_used_are_bad_input(elsewhere: Path, options: list[str]) -> None:
    assert run(["ui", "--no-open", *options]) == 2


def test_only_this_machine_is_served(tmp_path: Path) -> None:
    with running(tmp_path) as ran:
        port = httpx.URL(ran.url).port
        sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
        places = [place for _, place, _, state, *_ in sockets if state == "0A"]  # listening
        assert [place for place in places if place.endswith(f":{port:04X}")] == [
            f"0100007F:{port:04X}"
        ]


def test_a_browser_is_opened_by_a_file_that_only_its_user_can_read(
    tmp_path: Path, candy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opener = tmp_path / "browser"
    opener.write_text('#!/bin/sh\ncp -p "${1#file://}" "$SEEN"\n')
    opener.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(opener))
    monkeypatch.setenv("SEEN", str(tmp_path / "seen.html"))
    with running(tmp_path, opens=True) as ran:
        until((tmp_path / "seen.html").exists)
        assert ran.url in (tmp_path / "seen.html").read_text()
        assert os.stat(tmp_path / "seen.html").st_mode & 0o077 == 0
        assert ran.interrupted()[0] == 0
