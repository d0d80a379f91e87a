"""The pages on data and reports: their Python runs, their commands and links exist."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from optwright.cli import optwright, run
from optwright.reporting import SUFFIXES
from optwright.solvers.data.databases import SCHEMES
from optwright.solvers.data.tables import SUFFIXES as FILES
from tests.reports import ROOT

PAGES = {name: (ROOT / "docs" / f"{name}.md").read_text("utf-8") for name in ("data", "reports")}


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGES[page], re.DOTALL)


def test_the_python_of_the_page_on_data_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    for code in blocks("data", "python"):
        exec(code, {})
    assert "mills: 3 rows" in capsys.readouterr().out


def test_the_python_of_the_page_on_reports_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    (code,) = blocks("reports", "python")
    scripted = f"scripted:{ROOT / 'tests' / 'recordings' / 'candy.json'}"
    replaced = code.replace('"local"', repr(scripted)).replace(
        '"candy.html"', repr(str(tmp_path / "candy.html"))
    )
    exec(replaced, {})
    assert "12,000 of 12,000" in (tmp_path / "candy.html").read_text("utf-8")


def test_every_option_the_pages_name_exists() -> None:
    shell = "\n".join(block for page in PAGES for block in blocks(page, "bash"))
    commands = re.findall(r"optwright (solve|runs show)((?:[^\n#]|\\\n)*)", shell)
    assert commands
    for command, options in commands:
        known = CliRunner().invoke(optwright, [*command.split(), "--help"]).output
        for option in re.findall(r"--[a-z-]+", options):
            assert option in known, (command, option)


def test_the_pages_name_every_kind_of_file_and_database() -> None:
    assert all(f"`{suffix}`" in PAGES["reports"] for suffix in SUFFIXES)
    assert all(suffix in PAGES["data"] for suffix in FILES if suffix != ".xlsm")
    assert all(f"{scheme}://" in PAGES["data"] for scheme in SCHEMES if scheme != "postgres")


@pytest.mark.parametrize("page", PAGES)
def test_links_between_files_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", PAGES[page]):
        assert (ROOT / "docs" / target).exists(), target


def test_the_complaints_on_the_page_are_those_that_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPTWRIGHT_RUNS", str(tmp_path / "runs"))
    page = " ".join(PAGES["data"].split())
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection, connection:
        connection.execute("CREATE TABLE demand (town)")
    lines = (ROOT / "examples" / "mills.csv").read_text("utf-8").splitlines()
    lines[2] = "Hill,eighty"
    (tmp_path / "mills.csv").write_text("\n".join(lines), encoding="utf-8")
    data = [f"--data={tmp_path / 'mills.csv'}"]
    data += [f"--data={ROOT / 'examples' / name}.csv" for name in ("bakeries", "routes")]
    recording = ROOT / "tests" / "recordings" / "flour.json"
    replies = json.loads(recording.read_text("utf-8"))
    script = tmp_path / "script.json"
    script.write_text(json.dumps(replies * 3), encoding="utf-8")
    problem = str(ROOT / "examples" / "flour.txt")
    run(["solve", problem, *data, "--model", f"scripted:{script}"])
    printed = " ".join("".join(capsys.readouterr()).split())
    said = "table 'mills', column 'capacity_tons', row 3 holds 'eighty', which is not a number"
    assert said in page
    assert said in printed
    assert run(["solve", problem, "--data", f"sqlite:///{tmp_path}/shop.db?table=demnd"]) == 2
    assert "has no table 'demnd'; it has demand" in capsys.readouterr().err
