"""The report's page in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from optwright.benchmarks.report_page import html
from tests.benchmark_runs import run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

EVIL = "<script>document.title = 'broken'</script><img src=x onerror=\"document.title='broken'\">"
LONG = "a-name-without-any-space-" * 8


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "report.html"
    runs = [
        run("optwright", [True, True, False], dataset="nl4opt", question=EVIL, tokens=6000),
        run("direct", [True, None, False], dataset="nl4opt", question=EVIL),
        run("optimus", [None, None, True], dataset="nl4opt", question=EVIL),
        run(LONG, [True], dataset="tables", question=LONG),
    ]
    file.write_text(html(runs), "utf-8")
    return file


@contextmanager
def opened(
    browser: Browser, file: Path, *, width: int = 1200, scripts: bool = True
) -> Iterator[Page]:
    """The page, which must ask for nothing and complain about nothing."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=scripts, offline=True
    )
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(file.as_uri())
    yield page
    assert asked == [file.as_uri()]
    assert said == []
    context.close()


def test_no_table_is_cut_off_on_a_desk(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(html([run("command: python3 solve.py", [True] * 20), run("direct", [True])]))
    with opened(browser, file, width=1280) as page:
        cut = "tables => tables.filter(t => t.scrollWidth > t.clientWidth).length"
        assert page.locator(".wide").evaluate_all(cut) == 0


def test_the_page_shows_all_systems_and_asks_for_nothing(browser: Browser, file: Path) -> None:
    with opened(browser, file) as page:
        assert page.locator("h2").all_inner_texts() == ["nl4opt", "tables"]
        rows = page.locator("table.accuracy").first.locator("tbody tr")
        assert rows.count() == 3
        assert "2 of 3" in rows.first.inner_text()
        assert page.locator("svg").count() == 4


def test_what_others_wrote_does_not_run(browser: Browser, file: Path) -> None:
    with opened(browser, file) as page:
        assert page.title() == "Benchmark: nl4opt, tables"
        assert page.locator("img").count() == 0


def test_the_policy_stops_a_script_that_got_in_all_the_same(browser: Browser, file: Path) -> None:
    file.write_text(
        file.read_text("utf-8").replace("<h1>", "<script>document.title='broken'</script><h1>"),
        "utf-8",
    )
    page = browser.new_page()
    page.goto(file.as_uri())
    assert page.title() == "Benchmark: nl4opt, tables"
    page.close()


def test_a_problem_opens_to_formulation_code_and_calls(browser: Browser, file: Path) -> None:
    with opened(browser, file) as page:
        problem = page.locator("details.problem").first
        problem.locator("summary").first.click()
        attempt = problem.locator("> details").first
        attempt.locator("summary").first.click()
        assert attempt.get_by_text("model = pyo.ConcreteModel()").is_visible()
        attempt.get_by_text("call 1: coder").click()
        assert attempt.get_by_text("Write it.").is_visible()


def test_problems_are_filtered_by_ending_and_words(browser: Browser, file: Path) -> None:
    with opened(browser, file) as page:
        section = page.locator("section").first
        section.get_by_label("ending").select_option("no answer: code")
        assert section.locator("details.problem:visible").count() == 2
        assert section.locator("output").inner_text() == "2 of 3 problems"
        section.get_by_label("words").fill("nl4opt-1")
        assert section.locator("details.problem:visible").count() == 1


def test_without_scripts_every_problem_is_there(browser: Browser, file: Path) -> None:
    with opened(browser, file, scripts=False) as page:
        assert page.locator("details.problem:visible").count() == 4
        assert not page.locator("form.filters").first.is_visible()


@pytest.mark.parametrize("width", [390, 768, 1200])
def test_nothing_is_wider_than_the_screen(browser: Browser, file: Path, width: int) -> None:
    with opened(browser, file, width=width) as page:
        for summary in page.locator("summary").all():
            if summary.is_visible():
                summary.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
