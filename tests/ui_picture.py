"""Takes the picture of `optwright ui` that the documents show.

python -m tests.ui_picture docs/ui.png
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.browsers import chromium
from tests.web import running

ROOT = Path(__file__).parents[1]
SIZE = {"width": 1280, "height": 1090}
TURNS = (
    "what if chocolate is 20 % lower",
    "the chocolate limit is 15000",
    "sweep chocolate from 8000 to 16000",
)


def main(target: str) -> None:
    model = f"scripted:{ROOT / 'tests' / 'recordings' / 'candy.json'}"
    problem = str(ROOT / "examples" / "candy.txt")
    with (
        tempfile.TemporaryDirectory() as home,
        running(Path(home), problem, "--model", model, "--session", "candy") as ran,
        chromium() as browser,
    ):
        ran.client.rest()
        for turn in TURNS:
            ran.client.say(turn)
        page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]  # a TypedDict of its own
        page.goto(ran.url)
        page.wait_for_selector("#turn-3")
        page.evaluate("document.getElementById('turn-3').scrollIntoView({block: 'start'})")
        page.screenshot(path=target)


if __name__ == "__main__":
    main(sys.argv[1])
