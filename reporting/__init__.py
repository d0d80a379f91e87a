"""A solution as a document: HTML that stands alone, Markdown, or PDF.

    write(solution, Path("candy.html"), problem)

What is said is worked out in `facts` and written down by `page` and `text`; `pdf` prints the page.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from optwright.errors import InputError, StorageError
from optwright.printing import unsteered

if TYPE_CHECKING:
    from optwright.agents.problem import Problem
    from optwright.agents.solution import Solution

SUFFIXES = (".html", ".md", ".pdf")


def demand_format(path: Path) -> None:
    """Raise `InputError` for a path whose ending names no kind of report, and `Unavailable` where
    PDF is wanted and no browser is here to print it."""
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"report {str(path)!r} is of no kind that is written",
            hint=f"end its name with one of: {', '.join(SUFFIXES)}",
        )
    if path.suffix.lower() == ".pdf":
        from optwright.reporting.pdf import find_browser

        find_browser()


def write(solution: Solution, path: Path, problem: Problem | None = None) -> None:
    """Write the report of a solution to `path`, in the format its ending names.

    With `problem` it also shows the text, linked to the model, and what its tables gave. Raises as
    `demand_format` does, and `StorageError` where the file cannot be written.
    """
    demand_format(path)
    written = content(solution, path.suffix.lower(), problem)
    try:
        path.write_bytes(written)
    except OSError as error:
        raise StorageError(f"report {str(path)!r} cannot be written: {error.strerror}") from error


def content(solution: Solution, suffix: str, problem: Problem | None = None) -> bytes:
    """The report of a solution as the bytes of a file with one of `SUFFIXES`; raises `Unavailable`
    where no browser is here to print PDF."""
    from optwright.reporting.facts import gather

    facts = gather(solution, problem)
    if suffix == ".md":
        from optwright.reporting.text import document

        return unsteered(document(facts)).encode("utf-8", "replace")
    from optwright.reporting.page import page

    html = unsteered(page(facts)).encode("utf-8", "replace")
    if suffix == ".html":
        return html
    from optwright.reporting.pdf import printed

    return printed(html)
