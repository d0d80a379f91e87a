"""Writing reports of measurements into a folder: `summary.json`, `report.md`, `report.html`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from optwright.benchmarks.report_markdown import markdown
from optwright.benchmarks.report_page import html
from optwright.benchmarks.report_summary import to_json
from optwright.benchmarks.store import StoredRun, joined, read_run
from optwright.errors import StorageError
from optwright.printing import unsteered


def write_reports(directories: Sequence[str | Path], out: Path | None = None) -> list[Path]:
    """Report the measurements in these folders in `out` (default: the first of them); return what
    was written.

    Shards of one measurement are reported as the whole. Table and page hold all measurements
    together; with one of them its summary lies beside, with several each goes into its own folder.
    Raises `InputError` for folders without a measurement, `StorageError` where nothing can be
    written.
    """
    read = {Path(directory): read_run(directory) for directory in directories}
    runs = whole(list(read.values()))
    place = out or Path(directories[0])
    summaries = {place: runs[0]} if len(runs) == 1 else read
    files = {folder / "summary.json": to_json(run) for folder, run in summaries.items()}
    files |= {place / "report.md": markdown(runs), place / "report.html": html(runs)}
    for file, text in files.items():
        _write(file, text)
    return list(files)


def whole(runs: Sequence[StoredRun]) -> list[StoredRun]:
    """The measurements, with shards of one joined: runs of one setup that share no attempt."""
    found: list[StoredRun] = []
    for run in runs:
        attempts = {(r.task, r.sample) for r in run.records}
        for at, other in enumerate(found):
            apart = attempts.isdisjoint((r.task, r.sample) for r in other.records)
            if other.setup == run.setup and apart:
                found[at] = joined([other, run])
                break
        else:
            found.append(run)
    return found


def write_page(runs: Sequence[StoredRun], file: Path) -> None:
    """These measurements as one HTML page."""
    _write(file, html(runs))


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_name(f".{file.name}.new")
        beside.write_text(unsteered(text), "utf-8")
        beside.replace(file)
    except OSError as error:
        raise StorageError(
            f"the report {str(file)!r} cannot be written: {error.strerror}"
        ) from error
