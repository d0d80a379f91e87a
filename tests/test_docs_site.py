"""The pages of the documentation: all of them are in the index, and links lead somewhere. CI builds
the site itself, where a link or a page that leads nowhere is an error."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.M | re.S)


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = re.findall(r"^[a-z-]+$", index, re.M)
    assert sorted(listed) == [page.stem for page in PAGES if page.stem not in ("index", "SKILL")]


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.name)
def test_links_lead_to_files_that_are_there(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    targets = [a or b for a, b in LINK.findall(text)]
    files = [t.partition("#")[0] for t in targets if not t.startswith(("http", "mailto:", "#"))]
    missing = [file for file in files if not (page.parent / file).exists()]
    assert missing == []


def test_broken_markup_of_a_docstring_is_an_error_of_the_build() -> None:
    """`sphinx-build -W` in CI: what docutils complains of is not suppressed."""
    conf = (ROOT / "docs" / "conf.py").read_text(encoding="utf-8")
    (suppressed,) = re.findall(r"^suppress_warnings = (.*)$", conf, re.M)
    assert "docutils" not in suppressed
