"""The page printed to PDF by a browser that is installed anyway.

Chromium draws MathML, and what is printed is the page people saw; the PDF libraries of Python
leave formulas out. The page holds no script and may load nothing, so it is safe to open.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from optwright import platforms
from optwright.errors import StorageError, Unavailable

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "brave-browser",
)
_LIMIT_S = 60.0


def find_browser() -> str:
    """The browser on the path that prints; `Unavailable` where there is none."""
    for name in BROWSERS:
        if (path := shutil.which(name)) is not None:
            return path
    raise Unavailable(
        "a report in PDF needs Chromium or Chrome, and none is on the path",
        hint="install chromium, or write .html and print it from any browser",
    )


def printed(html: bytes) -> bytes:
    """The PDF of a page. Raises `Unavailable` where no browser prints it."""
    browser = find_browser()
    with tempfile.TemporaryDirectory(prefix="optwright-pdf-") as name:
        folder = Path(name)
        target = folder / "report.pdf"
        try:
            (folder / "report.html").write_bytes(html)
        except OSError as error:
            raise StorageError(f"{name!r} cannot be written: {error.strerror}") from error
        command = [browser, *_options(folder, target), (folder / "report.html").as_uri()]
        try:
            ran = subprocess.run(command, capture_output=True, timeout=_LIMIT_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"{browser!r} did not print the report: {error}") from error
        if not target.is_file():
            said = ran.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise Unavailable(f"{browser!r} did not print the report: {''.join(said)}")
        return target.read_bytes()


def _options(folder: Path, target: Path) -> list[str]:
    options = [
        "--headless=new",
        "--disable-gpu",
        "--disable-dev-shm-usage",  # containers give it 64 MB
        "--no-first-run",
        "--disable-extensions",
        "--disable-background-networking",
        f"--user-data-dir={folder / 'profile'}",
        "--no-pdf-header-footer",
        f"--print-to-pdf={target}",
    ]
    # Chromium refuses to run as root with its sandbox; the page is ours and holds no script.
    return options + ["--no-sandbox"] * platforms.is_root()
