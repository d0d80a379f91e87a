"""The page on the browser says what is so."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from optwright.cli.chat.slash import NAMES
from optwright.reporting import SUFFIXES
from optwright.solvers.export import FORMATS
from optwright.web import uploads
from optwright.web.command import ui
from optwright.web.versions import MOST_COMPARED
from tests.web import Client, running

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "ui.md").read_text("utf-8")
CANDY = f"scripted:{ROOT / 'tests' / 'recordings' / 'candy.json'}"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    home = tmp_path_factory.mktemp("home")
    with running(home, str(ROOT / "examples" / "candy.txt"), "--model", CANDY) as ran:
        ran.client.rest()
        yield ran.client


def test_the_commands_have_options_there_are() -> None:
    known = {option for parameter in ui.params for option in parameter.opts}
    named = {option for line in re.findall(r"^optwright ui.*", PAGE, re.MULTILINE)
             for option in re.findall(r"--[a-z-]+", line)}  # fmt: skip
    assert {"--last", "--session", "--data", "--no-open", "--port"} == named <= known
    chat_only = {"--list", "--plain"}
    from optwright.cli.chat.command import chat

    own = {option for parameter in chat.params for option in parameter.opts}
    assert own - chat_only <= known


def test_the_pages_it_names_are_in_the_menu(client: Client) -> None:
    rows = re.findall(r"^\| ([A-Z]\w+) \|", PAGE, re.MULTILINE)
    menu = re.search(r"<nav.*?</nav>", client.page(), re.DOTALL)
    assert menu is not None
    assert re.findall(r">\s*(\w+)</a>", menu[0]) == rows


def test_what_it_says_can_be_said(client: Client) -> None:
    for said in ("at most 30 gift boxes", "what if chocolate is 20 % lower", "why no gift boxes",
                 "/limits", "/name rich"):  # fmt: skip
        assert f"`{said}`" in PAGE
        assert 'class="note"' not in client.say(said)
    assert all(name in NAMES for name in re.findall(r"`(/[a-z]+)", PAGE))


def test_the_downloads_are_there(client: Client) -> None:
    page = client.page("/report")
    assert all(f'href="/export/{fmt}"' in page for fmt in FORMATS)
    assert all(f'href="/report/{suffix[1:]}"' in page for suffix in SUFFIXES)


def test_its_numbers_are_those_of_the_code() -> None:
    assert f"up to {uploads.MOST_BYTES // 2**20} MiB together" in PAGE
    assert MOST_COMPARED == 4
    assert "up to four" in PAGE


def test_the_help_shows_what_the_command_takes() -> None:
    assert "Ctrl-C ends it" in ui.get_help(click.Context(ui))


def test_the_picture_is_wide_and_small() -> None:
    picture = (ROOT / "docs" / "ui.png").read_bytes()
    assert len(picture) < 150_000
    assert struct.unpack(">I", picture[16:20])[0] == 1280
