"""`optwright ui` in a real browser, as somebody uses it who has never seen a terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from optwright.agents.chat.reply import Reply, ReplyKind, TurnProgress
from optwright.agents.chat.session import ChatSession, Settings
from optwright.agents.solver_progress import solver_steps
from optwright.solvers.model.outcome import Progress
from tests.drafts import CANDY, CANDY_DRAFT, CHOCOLATE, GIFTS, draft, reworded, scripted
from tests.web import Ran, running, served, silent_endpoint, until

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
PATIENCE_MS = 60_000
SOON_S = 1.0  # 0.3 s where the processor is free
PAGES = ("/", "/model", "/versions?compare=1&compare=2", "/data", "/report", "/nowhere")
EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'>"


@dataclass
class Visitor:
    """Somebody at a page, and what the browser complained about meanwhile."""

    page: Any
    url: str
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: self.said.append(dialog.message))
        self.page.goto(self.url)
        self.page.wait_for_selector("#said")

    def go(self, path: str) -> None:
        self.page.goto(self.url.partition("/?")[0] + path)

    def say(self, words: str) -> None:
        self.page.locator("#said").fill(words)
        self.page.keyboard.press("Enter")
        self.rest()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).last.click()
        self.rest()

    def rest(self) -> None:
        self.page.wait_for_selector("body:not([data-working])")

    @property
    def last(self) -> str:
        text: str = self.page.locator("#turns > article").last.inner_text()
        return text

    @property
    def note(self) -> str:
        text: str = self.page.locator("#note").inner_text()
        return text

    @property
    def turns(self) -> int:
        count: int = self.page.locator(".turn").count()
        return count

    def run(self, script: str) -> Any:
        return self.page.evaluate(script)

    def sees(self, words: str) -> None:
        """Wait until the line that tells how far a turn is holds these words."""
        line = self.page.locator("#line")
        until(
            lambda: words in line.inner_text(),
            lambda: (
                line.inner_text(),
                self.note,
                self.page.locator("#said").input_value(),
                self.said,
            ),
        )


@pytest.fixture
def visit(browser: Any) -> Iterator[Any]:
    contexts = []

    def opened(ran: Ran, **context: Any) -> Visitor:
        contexts.append(browser.new_context(**({"viewport": DESK} | context)))
        return Visitor(contexts[-1].new_page(), ran.url)

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def candy(tmp_path: Path) -> str:
    return scripted(tmp_path, [CANDY_DRAFT, reworded(CANDY_DRAFT)])


@pytest.fixture
def told(tmp_path: Path, candy: str) -> Iterator[Ran]:
    """A session that was told the problem of the candy store."""
    with running(tmp_path, CANDY, "--model", candy, "--session", "plan") as ran:
        ran.client.rest()
        yield ran


def test_a_whole_conversation(tmp_path: Path, candy: str, visit: Any) -> None:
    with running(tmp_path, "--model", candy, "--session", "plan") as ran:
        seen = visit(ran)
        assert "What is to be decided?" in seen.last
        seen.say(CANDY)
        assert "largest value 540" in seen.last
        seen.say("what if chocolate is 20 % lower")
        assert "540 -> 468" in seen.last
        seen.press("Keep this")
        assert "540 -> 468" in seen.last
        seen.press("Undo")
        assert "468 -> 540" in seen.last
        assert seen.turns == 4
        seen.page.reload()
        assert seen.turns == 4
        compared(seen)
        taken_away(seen)
        assert seen.said == []
        assert ran.interrupted()[0] == 0
    with running(tmp_path, "--last") as ran:
        seen = visit(ran)
        assert seen.turns == 4
        assert "468 -> 540" in seen.last


def compared(seen: Visitor) -> None:
    seen.page.get_by_role("link", name="Versions").click()
    for box in seen.page.get_by_role("checkbox").all():
        box.check()
    seen.page.get_by_role("button", name="Compare", exact=True).click()
    shown = seen.page.locator("#compared").inner_text()
    assert "Best is version 1 with 540." in shown
    assert seen.page.locator("#compared figure").count() == 3


def taken_away(seen: Visitor) -> None:
    seen.page.get_by_role("link", name="Report").click()
    assert "The limits" in seen.page.locator("main").inner_text()
    with seen.page.expect_download() as loading:
        seen.page.get_by_role("link", name="Pyomo script").click()
    assert loading.value.suggested_filename == "plan.py"
    assert "import pyomo" in Path(loading.value.path()).read_text()
    with seen.page.expect_download() as loading:
        seen.page.get_by_role("link", name="PDF").click()
    assert Path(loading.value.path()).read_bytes().startswith(b"%PDF")


def test_what_a_model_read_is_shown_and_waits_for_a_yes(
    tmp_path: Path, told: Ran, visit: Any
) -> None:
    assert told.interrupted()[0] == 0
    reading = {"action": "percent", "target": "x_12000_grams_chocolate", "value": -50}
    model = scripted(tmp_path, [json.dumps(reading)], "reading.json")
    with running(tmp_path, "--model", model, "--last") as ran:
        seen = visit(ran)
        seen.say("the cocoa harvest failed, we only get half")
        assert "200*regular + 150*gift <= 6000" in seen.last
        assert "->" not in seen.last
        seen.press("Yes, apply it")
        assert "540 -> 360" in seen.last
        seen.press("Undo")
        assert "360 -> 540" in seen.last


def test_questions_are_answered_with_a_button(told: Ran, visit: Any) -> None:
    seen = visit(told)
    seen.say("the chocolate limit is 12100")
    seen.say("questions")
    options = seen.page.locator(".option button")
    assert "assumed" in options.first.inner_text()
    options.last.click()
    seen.rest()
    assert "fractions" in seen.page.locator(".said").last.inner_text()
    assert seen.page.locator(".option button").count() == 0


def test_plans_are_judged_beside_the_problem_with_one_press_each(told: Ran, visit: Any) -> None:
    """By somebody who knows what the words allow, on a phone."""
    seen = visit(told, viewport=PHONE)
    seen.say("check it")
    assert seen.page.locator(".judge .words").inner_text() == CANDY
    places = []
    while seen.page.locator(".judge").count():
        places.append(seen.page.locator(".judge .place").inner_text())
        regular, gift = map(float, seen.page.locator(".judge .amounts td.n").all_inner_texts())
        assert seen.run("document.documentElement.scrollWidth") <= PHONE["width"]
        if seen.page.get_by_label("It comes to").count():
            seen.page.get_by_label("It comes to").fill(f"{6 * regular + 9 * gift:g}")
            seen.page.keyboard.press("Enter")
        elif 200 * regular + 150 * gift <= 12000 and gift <= 40 and regular == int(regular):
            seen.page.get_by_role("button", name="Allowed", exact=True).click()
        else:
            seen.page.get_by_label("which sentence does it break").fill("At most")
            seen.page.keyboard.press("Enter")  # who quotes what it breaks says that it is not
        seen.rest()
    assert places == ["Plan 1 of 3", "Plan 1 of 3", "Plan 2 of 3", "Plan 3 of 3"]
    assert "not allowed: At most" in seen.page.locator("#turns").inner_text()
    assert "Verified: you judged 3 plans as the model does" in seen.last
    assert seen.said == []


def test_a_chart_is_zoomed_with_buttons_wheel_and_keys(told: Ran, visit: Any) -> None:
    told.client.say("sweep chocolate from 8000 to 16000")
    seen = visit(told)
    seen.page.wait_for_load_state()  # widths are those of the style sheet
    chart = seen.page.locator(".zoom .scroll").last
    wide = "document.querySelector('.turn:last-child .zoom svg').clientWidth"
    place = seen.run(wide)
    seen.page.get_by_label("4×").last.check()
    assert seen.run(wide) == pytest.approx(4 * place, rel=0.01)
    assert seen.run("document.documentElement.scrollWidth") <= DESK["width"]
    chart.focus()
    seen.page.keyboard.press("-")
    assert seen.run(wide) == pytest.approx(2 * place, rel=0.01)
    chart.hover()
    seen.page.keyboard.down("Control")
    seen.page.mouse.wheel(0, -100)
    seen.page.keyboard.up("Control")
    until(lambda: seen.run(wide) > 3 * place)
    assert seen.run("document.querySelector('.turn:last-child .zoom .scroll').scrollLeft") > 0
    chart.focus()
    seen.page.keyboard.press("0")
    assert seen.run(wide) == pytest.approx(place, rel=0.01)
    assert seen.said == []


def test_the_best_plan_so_far_is_seen_while_a_turn_is_worked_on(
    visit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, enough = Progress(2.0, objective=5237.0, bound=5338.0), Event()

    def solving(said: str, on_progress: Any) -> Reply:
        solver_steps(lambda step, text: on_progress(TurnProgress(step=step, text=text)))(found)
        enough.wait(60)
        return Reply(kind=ReplyKind.ANSWER, text="done")

    session = ChatSession(None, Settings(model=None))
    monkeypatch.setattr(session, "turn", solving)
    with served(session) as (client, _):
        try:
            seen = visit(client)
            seen.page.locator("#said").fill("plan the week")
            seen.page.keyboard.press("Enter")
            seen.sees("best plan 5,237")
            shown = seen.page.locator("#line").inner_text()
            assert "none is better than 5,338 (gap 1.93%)" in shown
        finally:
            enough.set()


def test_what_cannot_be_read_is_said_and_given_back_to_be_mended(told: Ran, visit: Any) -> None:
    seen = visit(told)
    seen.say("/frobnicate")
    assert "there is no command '/frobnicate'" in seen.note
    assert seen.page.locator("#said").input_value() == "/frobnicate"
    seen.say("at most 30 gift boxes")
    assert seen.note == ""
    assert seen.turns == 2


def test_a_turn_is_seen_to_begin_and_stopped(tmp_path: Path, visit: Any) -> None:
    with silent_endpoint() as model, running(tmp_path, "--model", model) as ran:
        seen = visit(ran)
        seen.run(
            "new MutationObserver(() => { if (!document.getElementById('progress').hidden)"
            " window.began ??= performance.now() }).observe(document.body,"
            " {subtree: true, attributes: true})"
        )
        seen.page.locator("#said").fill(CANDY)
        seen.run("window.sent = performance.now()")
        seen.page.keyboard.press("Enter")
        seen.sees("draft 1")
        assert (seen.run("window.began - window.sent")) / 1000 < SOON_S
        assert seen.page.get_by_role("button", name="Send", exact=True).is_disabled()
        for _ in range(2):
            seen.press("Stop")
            assert "The session is as it was before this turn." in seen.note
            seen.page.locator("#said").press("Enter")
        seen.page.keyboard.press("Escape")
        seen.rest()
        assert seen.page.locator("#said").input_value() == CANDY
        assert seen.turns == 0
        assert seen.page.get_by_role("button", name="Send", exact=True).is_enabled()


def test_the_page_says_when_the_server_has_ended(told: Ran, visit: Any) -> None:
    seen = visit(told)
    assert told.interrupted()[0] == 0
    until(lambda: "Go on with: optwright ui" in seen.note)


# Who may look


def test_a_wrong_token_shows_nothing(told: Ran, browser: Any) -> None:
    page = browser.new_page()
    for url in (told.url.partition("/?")[0], f"{told.url}x"):
        assert page.goto(url).status == 403
        assert "candy" not in page.content()
    page.close()


def test_another_site_can_neither_ask_nor_read_nor_frame(told: Ran, visit: Any) -> None:
    """A page under another name of this machine, in a browser that holds the cookie."""
    seen = visit(told)
    base = told.url.partition("/?")[0]
    seen.page.context.route(
        "http://evil.test/*", lambda route: route.fulfill(body="<p>evil", content_type="text/html")
    )
    evil = seen.page.context.new_page()
    evil.goto("http://evil.test/")
    answers = evil.evaluate(
        """async (base) => {
        const tried = async (path, options) => {
          try { return (await fetch(base + path, { credentials: 'include', ...options })).type }
          catch { return 'refused' } };
        const body = new URLSearchParams({ said: 'at most 1 gift boxes' });
        return [await tried('/', {}), await tried('/turn', { method: 'POST', body }),
                await tried('/turn', { method: 'POST', body, mode: 'no-cors' })] }""",
        base,
    )
    assert answers[:2] == ["refused", "refused"]
    evil.set_content(f"<form method=post action='{base}/turn'><input name=said value=undo></form>")
    with evil.expect_navigation():
        evil.evaluate("document.forms[0].submit()")
    assert "candy" not in evil.content()
    told.client.rest()
    seen.page.reload()
    assert seen.turns == 1


def test_markup_of_others_is_inert(tmp_path: Path, visit: Any) -> None:
    """In a turn, in cells, in the names of files and columns, and in what a model replies."""
    evil = draft(
        (f"12000 grams {EVIL}", CHOCOLATE[1]),
        GIFTS,
        decisions={"regular": f"number of regular boxes {EVIL}", "gift": EVIL},
        words=EVIL,
    )
    model = scripted(tmp_path, [evil] * 8)
    table = tmp_path / "<img src=x onerror=alert(3)>.csv"
    table.write_text('"<b onclick=alert(4)>x</b>","tons"\n"<script>alert(5)</script>",3\n')
    with running(tmp_path, "--model", model) as ran:
        seen = visit(ran)
        seen.go("/data")
        seen.page.locator("#files").set_input_files(table)
        seen.page.get_by_role("button", name="Bring them").click()
        seen.page.wait_for_selector(".turn")
        seen.say(f"{CANDY} {EVIL}")
        assert "540" in seen.last
        for turn in ("questions", "assumptions", "the chocolate limit is 15000", EVIL):
            seen.say(turn)
        for path in PAGES[:-1]:
            seen.go(path)
            count = "document.querySelectorAll('img, iframe, object, main script').length"
            assert seen.run(count) == 0
            assert seen.run("document.scripts.length") == 1
        assert seen.said == []


# Everybody


def test_the_keyboard_alone_is_enough(told: Ran, visit: Any) -> None:
    seen = visit(told)
    until(lambda: seen.run("document.activeElement.id") == "said")  # when its script has run
    seen.page.keyboard.type("at most 30 gift boxes")
    seen.page.keyboard.press("Enter")
    until(lambda: seen.turns == 2)
    seen.rest()
    until(lambda: seen.run("document.activeElement.id") == "said")
    seen.page.keyboard.press("ArrowUp")
    assert seen.page.locator("#said").input_value() == "at most 30 gift boxes"
    seen.page.keyboard.press("ArrowDown")
    assert seen.page.locator("#said").input_value() == ""
    reached = []
    for _ in range(12):
        seen.page.keyboard.press("Tab")
        reached.append(seen.run("document.activeElement.innerText"))
        if reached[-1] == "Undo":
            break
    assert reached[0] == "Send"
    seen.page.keyboard.press("Enter")
    until(lambda: seen.turns == 3)
    assert "492 -> 540" in seen.last


def test_the_first_tab_of_a_page_skips_to_its_content(told: Ran, visit: Any) -> None:
    seen = visit(told)
    seen.go("/model")
    seen.page.keyboard.press("Tab")
    assert seen.run("document.activeElement.innerText") == "Skip to the content"
    assert seen.run("document.activeElement.getBoundingClientRect().left") >= 0


def test_words_of_the_model_are_offered_while_they_are_typed(told: Ran, visit: Any) -> None:
    seen = visit(told)
    seen.page.keyboard.type("sweep choc")
    seen.page.get_by_role("button", name="chocolate", exact=True).click()
    assert seen.page.locator("#said").input_value() == "sweep chocolate "
    assert seen.run("document.activeElement.id") == "said"


def test_everything_has_a_name_and_what_happens_is_read_out(told: Ran, visit: Any) -> None:
    seen = visit(told)
    for path in PAGES:
        seen.go(path)
        nameless = seen.run(
            "[...document.querySelectorAll('input:not([type=hidden]), textarea, button, a, svg')]"
            ".filter(e => !(e.labels?.length || e.getAttribute('aria-label') ||"
            " e.innerText?.trim() || e.closest('[hidden]'))).map(e => e.outerHTML)"
        )
        assert nameless == []
        assert seen.run("document.querySelectorAll('h1').length") == 1
        assert seen.run("document.documentElement.lang") == "en"
    seen.go("/")
    roles = seen.run("[...document.querySelectorAll('[role]')].map(e => e.getAttribute('role'))")
    assert {"log", "status"} <= set(roles)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_every_page_without_scrolling_sideways(
    told: Ran, visit: Any, scheme: str
) -> None:
    told.client.say("what if chocolate is 20 % lower")
    told.client.say("sweep chocolate from 8000 to 16000")
    seen = visit(told, viewport=PHONE, color_scheme=scheme)
    for path in PAGES:
        seen.go(path)
        assert seen.run("document.documentElement.scrollWidth") <= PHONE["width"], path
        colours = seen.run("(s => [s.color, s.backgroundColor])(getComputedStyle(document.body))")
        ink, paper = (sum(map(int, re.findall(r"\d+", c)[:3])) / 765 for c in colours)
        assert abs(ink - paper) > 0.6


def test_the_report_marks_what_the_problem_says_as_it_does_by_itself(told: Ran, visit: Any) -> None:
    seen = visit(told)
    seen.go("/report")
    shown = "getComputedStyle(document.querySelector('.said')).display"
    assert seen.run(shown) == "inline"
    room = "getComputedStyle(document.querySelector('.said')).marginBottom"
    assert seen.run(room) == "0px"  # a turn's bubble has some


def test_paper_has_the_conversation_and_no_buttons(told: Ran, visit: Any) -> None:
    seen = visit(told, color_scheme="dark")
    seen.page.emulate_media(media="print", color_scheme="dark")
    assert seen.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not seen.page.locator("header").is_visible()
    assert not seen.page.locator(".composer").is_visible()
    assert seen.page.locator(".turn").first.is_visible()


def test_a_stranger_begins_with_an_example_and_chooses_the_look(
    tmp_path: Path, candy: str, visit: Any
) -> None:
    with running(tmp_path, "--model", candy, "--session", "plan") as ran:
        seen = visit(ran, viewport=PHONE)
        seen.page.get_by_role("button", name="What to make: boxes").click()
        until(lambda: seen.page.input_value("#said").startswith("A store packs"))
        assert seen.turns == 0, "it waits to be sent"
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_selector("#sent, .turn, #note .note")
        seen.rest()
        seen.go("/settings")
        seen.page.get_by_role("button", name="Dark", exact=True).click()
        seen.page.wait_for_load_state()  # a new page; its second style may be on the way
        assert seen.run("document.documentElement.dataset.theme") == "dark"
        assert seen.run("document.documentElement.scrollWidth") <= PHONE["width"]
        assert seen.said == []


def test_files_dropped_on_the_page_become_tables(tmp_path: Path, candy: str, visit: Any) -> None:
    with running(tmp_path, "--model", candy, "--session", "plan") as ran:
        seen = visit(ran)
        seen.run(
            "(() => { const data = new DataTransfer();"
            "data.items.add(new File(['mill,tons\\nWeir,7\\n'], 'mills.csv'));"
            "document.dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true,"
            "cancelable: true})); })()"
        )
        until(lambda: "mills: 1 row" in seen.page.locator("#turns").inner_text())
        seen.go("/data")
        assert seen.page.locator("input[name='cell-0-1']").input_value() == "7"
