"""Files that a browser sends, as tables: read from a place of their own that is gone afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from starlette.datastructures import UploadFile

from optwright.errors import InputError, StorageError
from optwright.solvers.data.table import Table

MOST_BYTES = 64 * 2**20  # of all files that come together
MOST_FILES = 20
_LONGEST_NAME = 255  # bytes, of a file on Linux


def tables(files: Sequence[UploadFile]) -> dict[str, Table]:
    """The tables in some files; `InputError` for what cannot be read, in the words of
    `solvers.tables` and under the name each file has for its user."""
    from optwright.solvers.data.tables import load

    if not files:
        raise InputError("no file was chosen")
    with tempfile.TemporaryDirectory(prefix="optwright-ui-") as folder:
        paths = [_kept(file, Path(folder)) for file in files]
        try:
            return load(list(map(str, paths)))
        except InputError as error:
            said = str(error).replace(f"{folder}/", "")
            raise InputError(said, hint=error.hint) from error


def _kept(file: UploadFile, folder: Path) -> Path:
    """The file written down under its own name, without any folders the browser may claim."""
    name = Path((file.filename or "").replace("\\", "/")).name
    if not name or name == ".." or "\0" in name:
        raise InputError("a file without a name cannot be read")
    if len(os.fsencode(name)) > _LONGEST_NAME:
        raise InputError(f"the name of {name[:40]!r}... is too long", hint="rename the file")
    path = folder / name
    if path.exists():
        raise InputError(f"two files are named {name!r}")
    try:
        with path.open("wb") as kept:
            shutil.copyfileobj(file.file, kept)
    except OSError as error:
        raise StorageError(f"{name!r} could not be kept: {error.strerror}") from error
    return path
