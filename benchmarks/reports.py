"""Writing reports of measurements into a folder: `summary.json`, `report.md`, `report.html`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from optwright.benchmarks.report_markdown import markdown
from optwright.benchmarks.report_page import html
from optwright.benchmarks.report_summary import to_json
from optwright.benchmarks.store import Run, read_run
from optwright.errors import StorageError


def write_reports(directories: Sequence[str | Path], out: Path | None = None) -> list[Path]:
    """Report the measurements in these folders in `out` (default: the first of them); return what
    was written.

    Each folder's own summary goes into it; table and page hold all of them together. Raises
    `InputError` for folders without a measurement, `StorageError` where nothing can be written.
    """
    runs = [read_run(directory) for directory in directories]
    place = out or Path(directories[0])
    files = {
        Path(d) / "summary.json": to_json(run) for d, run in zip(directories, runs, strict=True)
    }
    files |= {place / "report.md": markdown(runs), place / "report.html": html(runs)}
    for file, text in files.items():
        _write(file, text)
    return list(files)


def write_page(runs: Sequence[Run], file: Path) -> None:
    """These measurements as one HTML page."""
    _write(file, html(runs))


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_name(f".{file.name}.new")
        beside.write_text(text, "utf-8")
        beside.replace(file)
    except OSError as error:
        raise StorageError(
            f"the report {str(file)!r} cannot be written: {error.strerror}"
        ) from error
