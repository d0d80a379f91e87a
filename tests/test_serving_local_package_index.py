"""Which index is asked, as pip and uv would."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from optwright.serving.local.package_index import PYPI, index_settings


def environ(home: Path, **extra: str) -> dict[str, str]:
    return {"HOME": str(home), "XDG_CONFIG_DIRS": str(home / "etc"), **extra}


def test_pypi_is_asked_where_nothing_else_is_said(tmp_path: Path) -> None:
    settings = index_settings({"HOME": str(tmp_path), "PIP_CONFIG_FILE": os.devnull})
    assert settings.urls == (PYPI,)
    assert settings.certificates is None


def test_the_users_file_overrides_the_machines_and_the_environment_both(tmp_path: Path) -> None:
    for folder, index in (("etc/pip", "machine"), (".config/pip", "user")):
        (tmp_path / folder).mkdir(parents=True)
        config = f"[global]\nindex-url = https://{index}.example/simple/\ncert = /{index}.pem\n"
        (tmp_path / folder / "pip.conf").write_text(config)
    said = index_settings(environ(tmp_path))
    assert said.urls[0] == "https://user.example/simple"
    assert said.certificates == "/user.pem"
    said = index_settings(environ(tmp_path, PIP_INDEX_URL="https://env.example/simple"))
    assert said.urls[0] == "https://env.example/simple"


def test_a_file_named_by_the_environment_has_the_last_word_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("[install]\nindex_url = https://mine.example/simple\n")
    said = index_settings(environ(tmp_path, PIP_CONFIG_FILE=str(tmp_path / "mine")))
    assert said.urls[0] == "https://mine.example/simple"


def test_extra_indexes_follow_and_folders_are_left_to_pip(tmp_path: Path) -> None:
    said = index_settings(
        {
            "HOME": str(tmp_path),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_EXTRA_INDEX_URL": "file:///opt/wheels https://a.example/simple",
            "UV_INDEX": "inner=https://b.example/simple",
        }
    )
    assert said.urls == (PYPI, "https://a.example/simple", "https://b.example/simple")


@pytest.mark.parametrize("name", ["UV_DEFAULT_INDEX", "UV_INDEX_URL"])
def test_uvs_index_is_asked_where_pip_has_none(tmp_path: Path, name: str) -> None:
    said = index_settings(
        {"HOME": str(tmp_path), "PIP_CONFIG_FILE": os.devnull, name: "https://uv.example/simple"}
    )
    assert said.urls == ("https://uv.example/simple",)


def test_no_index_is_asked_where_pip_may_ask_none(tmp_path: Path) -> None:
    assert index_settings(environ(tmp_path, PIP_NO_INDEX="1")).urls == ()


def test_a_damaged_file_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".pip").mkdir()
    (tmp_path / ".pip" / "pip.conf").write_bytes(b"\xff\xfe[[[")
    assert PYPI in index_settings(environ(tmp_path, PIP_INDEX_URL=PYPI)).urls
