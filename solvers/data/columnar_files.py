"""Parquet and Arrow files, the one module that knows polars."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from optwright.errors import DataError, ExtraMissing
from optwright.solvers.data.reading.memory import frame_columns, typed_table
from optwright.solvers.data.table import MAX_CELLS, Table


def read_columnar(name: str, path: Path) -> Table:
    """The table of a Parquet or Arrow file; one of too many cells is refused before it is read."""
    if find_spec("polars") is None:
        raise ExtraMissing("polars", "data")
    import polars as pl

    try:
        scan = pl.scan_parquet(path) if path.suffix.lower() == ".parquet" else pl.scan_ipc(path)
        width = len(scan.collect_schema())
        height = int(scan.select(pl.len()).collect().item())
        if height * width > MAX_CELLS:
            raise DataError(
                f"{str(path)!r} has {height * width:,} cells; {MAX_CELLS:,} fit",
                hint="keep the rows and columns the problem needs",
            )
        frame = scan.collect()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        said = " ".join(str(error).split())[:200]
        raise DataError(f"{str(path)!r} cannot be read: {said}") from error
    if not height or not width:
        raise DataError(f"table {name!r} has no rows")
    return typed_table(name, frame_columns(frame))
