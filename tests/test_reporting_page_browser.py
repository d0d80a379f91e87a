"""Reports in a real browser: they open, their links lead somewhere, nothing else is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from optwright.agents.problem import Problem
from optwright.agents.solution import Evidence
from optwright.reporting import write
from optwright.reporting.page import page as document
from optwright.solvers.model.formulation import Formulation, IndexSet
from tests.report_gallery import GALLERY, facts
from tests.reports import Solved, candy, flour, solved, workshop

pytestmark = pytest.mark.browser

PROBLEMS = {"candy": candy, "flour": flour, "workshop": workshop}
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1200, "height": 900}
A4_PX = {"width": 794, "height": 1123}


@dataclass
class Opened:
    """A page, and what it said and asked for while it opened."""

    page: Any
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def run(self, script: str) -> Any:
        return self.page.evaluate(script)


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    contexts = []

    def open_report(problem_solution: Solved, **context: Any) -> Opened:
        problem, solution = problem_solution
        path = tmp_path / "report.html"
        write(solution, path, problem)
        contexts.append(browser.new_context(**({"viewport": DESK} | context)))
        seen = Opened(contexts[-1].new_page())
        seen.page.on("console", lambda message: seen.said.append(message.text))
        seen.page.on("pageerror", lambda error: seen.said.append(str(error)))
        seen.page.on("dialog", lambda dialog: seen.said.append(dialog.message))
        seen.page.on("request", lambda request: seen.asked.append(request.url))
        seen.page.goto(path.as_uri())
        return seen

    yield open_report
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_report_opens_without_a_word_and_asks_for_nothing_else(
    opened: Callable[..., Opened], name: str
) -> None:
    seen = opened(PROBLEMS[name]())
    assert seen.said == []
    assert [url.rpartition("/")[2] for url in seen.asked] == ["report.html"]
    assert seen.run("document.scripts.length") == 0


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_link_of_a_report_leads_to_a_place_in_it(
    opened: Callable[..., Opened], name: str
) -> None:
    seen = opened(PROBLEMS[name]())
    links = seen.run("[...document.querySelectorAll('a')].map(a => a.getAttribute('href'))")
    lost = seen.run(
        "[...document.querySelectorAll('a')]"
        ".filter(a => !document.getElementById(a.getAttribute('href').slice(1))).length"
    )
    assert links
    assert all(link.startswith("#") for link in links)
    assert lost == 0
    assert seen.run("new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size") == (
        seen.run("document.querySelectorAll('[id]').length")
    )


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_a_report_is_read_without_scrolling_sideways(
    opened: Callable[..., Opened], name: str, viewport: dict[str, int]
) -> None:
    seen = opened(PROBLEMS[name](), viewport=viewport)
    assert seen.run("document.documentElement.scrollWidth") <= viewport["width"]


@pytest.mark.parametrize("name", PROBLEMS)
def test_labels_in_pictures_keep_the_size_of_text_on_a_phone(
    opened: Callable[..., Opened], name: str
) -> None:
    seen = opened(PROBLEMS[name](), viewport=PHONE)
    heights = seen.run(
        "[...document.querySelectorAll('svg text, .barhead span')]"
        ".map(t => t.getBoundingClientRect().height)"
    )
    assert heights
    assert min(heights) >= 11


def test_every_picture_fits_a_phone_and_shows_its_labels_whole(browser: Any) -> None:
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    for name in GALLERY:
        page.set_content(document(facts(name)))
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
        cut = "[...document.querySelectorAll('svg text')].filter(t => t.textContent.endsWith('…'))"
        assert page.evaluate(f"{cut}.length") == 0
    context.close()


def test_formulas_are_drawn_as_mathematics(opened: Callable[..., Opened]) -> None:
    seen = opened(flour())
    # A sum's range stands below its sign, which it does only where MathML is laid out.
    below = seen.run(
        "(() => { const [sign, range] = document.querySelector('munder').children;"
        "return range.getBoundingClientRect().top - sign.getBoundingClientRect().top })()"
    )
    assert below > 5


def test_dark_and_light_are_both_readable(opened: Callable[..., Opened]) -> None:
    def colours(scheme: str) -> tuple[float, float]:
        seen = opened(candy(), color_scheme=scheme)
        style = seen.run("(s => [s.color, s.backgroundColor])(getComputedStyle(document.body))")
        ink, page = (sum(map(int, c.strip("rgb()").split(","))) / 765 for c in style)
        return ink, page

    light_ink, light_page = colours("light")
    dark_ink, dark_page = colours("dark")
    assert light_page - light_ink > 0.6
    assert dark_ink - dark_page > 0.6


def test_a_printed_report_is_light_and_inside_the_paper(opened: Callable[..., Opened]) -> None:
    seen = opened(workshop(), color_scheme="dark", viewport=A4_PX)
    seen.page.emulate_media(media="print", color_scheme="dark")
    assert seen.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert seen.run("document.documentElement.scrollWidth") <= A4_PX["width"]


EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'><a href=javascript:alert(3)>"


def poisoned() -> Solved:
    """The workshop, with markup wherever a problem, a table or a model's reply can put words."""
    _, honest = workshop()
    model = honest.formulation
    assert model is not None
    constraints = tuple(c.model_copy(update={"text": EVIL}) for c in model.constraints)
    variables = tuple(v.model_copy(update={"meaning": EVIL, "unit": EVIL}) for v in model.variables)
    members = (f"frame {EVIL}", "paint")
    evil = Formulation(
        title=EVIL,
        sets=(IndexSet(name="J", members=members, meaning=EVIL), model.sets[1]),
        variables=variables,
        objective=model.objective.model_copy(update={"text": EVIL, "unit": EVIL}),
        constraints=(constraints[0].model_copy(
            update={"expression": "start[j, 'bench'] + 1 <= finish"}
        ),),
    )  # fmt: skip
    solution = solved(evil).model_copy(
        update={
            "assumptions": (EVIL,),
            "warnings": (EVIL,),
            "diagnosis": (EVIL, f"- {EVIL}"),
            "evidence": (Evidence(supports=False, kind="x", text=EVIL, element=EVIL),),
            "run": EVIL,
        }
    )
    return Problem(f"Maximize 5 {EVIL} profit {EVIL}"), solution


def test_markup_in_any_words_is_only_words(opened: Callable[..., Opened]) -> None:
    seen = opened(poisoned())
    assert seen.said == []
    assert len(seen.asked) == 1
    assert seen.run("document.querySelectorAll('img, script, iframe, object').length") == 0
    assert seen.run("[...document.querySelectorAll('a')].every(a => a.hash)")
    assert seen.run("document.title") == EVIL
    assert seen.run("document.body.innerText").count("<script>alert(2)</script>") >= 8


def test_flows_are_zoomed_in_both_directions_with_letters_as_large_as_before(
    opened: Callable[..., Opened],
) -> None:
    seen = opened(flour(), viewport=PHONE)
    drawn = (
        "(r => [r.width, r.height])(document.querySelector('.both svg').getBoundingClientRect())"
    )
    words = "document.querySelector('.both text').getBoundingClientRect().height"
    (width, height), letters = seen.run(drawn), seen.run(words)
    seen.page.get_by_label("2×").first.check()
    assert seen.run(drawn) == pytest.approx([2 * width, 2 * height], rel=0.02)
    assert seen.run(words) == pytest.approx(letters, rel=0.15)
    assert seen.run("document.documentElement.scrollWidth") <= PHONE["width"]
