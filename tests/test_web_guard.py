"""Nobody but the browser with the token, from our own pages, gets anything."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from starlette.responses import Response

from optwright.web.desk import Desk
from optwright.web.guard import Guard
from tests.chats import candy_session
from tests.web import Client, served

PATHS = ("/", "/model", "/versions", "/data", "/report", "/report/html", "/export/lp", "/events",
         "/static/ui.js", "/static/report.css", "/nowhere")  # fmt: skip


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[Client, Desk]]:
    with candy_session() as session, served(session) as serving:
        yield serving


@pytest.fixture
def client(site: tuple[Client, Desk]) -> Client:
    return site[0]


@pytest.fixture
def stranger(client: Client) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=client.base, trust_env=False) as web:
        yield web


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_given_without_the_token(stranger: httpx.Client, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 403
    assert "holds a token" in answer.text


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "\u00e9"])
def test_a_wrong_token_is_refused_and_leaves_no_cookie(stranger: httpx.Client, token: str) -> None:
    answer = stranger.get("/", params={"token": token})
    assert answer.status_code == 403
    assert not answer.cookies


def test_the_token_becomes_a_cookie_that_no_script_and_no_other_site_can_use(
    client: Client, stranger: httpx.Client
) -> None:
    answer = stranger.get(client.url)
    (cookie,) = answer.headers.get_list("set-cookie")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert stranger.get("/").status_code == 200


def test_port_80_is_served_by_the_names_that_browsers_give_it() -> None:
    async def status(host: str) -> int:
        guarded = Guard(Response("in"), "token", 80)
        transport = httpx.ASGITransport(app=guarded)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as web:
            cookies = {"Cookie": "optwright_80=token", "Origin": f"http://{host}"}
            return (await web.post("/turn", headers={"Host": host, **cookies})).status_code

    assert asyncio.run(status("127.0.0.1")) == 200
    assert asyncio.run(status("localhost:80")) == 200
    assert asyncio.run(status("evil.example")) == 421


def test_a_name_that_resolves_here_is_not_our_address(client: Client) -> None:
    for host in ("evil.example", f"evil.example:{client.web.base_url.port}", "127.0.0.1", "[::1]"):
        answer = client.web.get("/", headers={"Host": host})
        assert answer.status_code == 421, host
        assert "candy" not in answer.text


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://127.0.0.1:1", "https://127.0.0.1"]
)
def test_only_our_own_pages_change_anything(site: tuple[Client, Desk], origin: str | None) -> None:
    client, desk = site
    headers = {} if origin is None else {"Origin": origin}
    for path in ("/turn", "/stop", "/data"):
        answer = client.web.post(path, data={"said": "at most 30 gift boxes"}, headers=headers)
        assert answer.status_code == 403
    assert len(desk.view.turns) == 1


def test_other_pages_read_nothing(client: Client) -> None:
    assert client.web.get("/", headers={"Origin": "http://evil.example"}).status_code == 403


@pytest.mark.parametrize("path", [path for path in PATHS if path != "/events"])
def test_every_answer_is_kept_out_of_caches_frames_and_scripts_of_others(
    client: Client, path: str
) -> None:
    headers = client.web.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert "'unsafe-inline'" not in headers["content-security-policy"]
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "access-control-allow-origin" not in headers


def test_methods_that_no_page_uses_are_refused(client: Client) -> None:
    for method in ("PUT", "DELETE", "OPTIONS", "TRACE"):
        answer = client.web.request(method, "/", headers={"Origin": client.base})
        assert answer.status_code == 405
