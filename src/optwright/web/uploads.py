"""Files that a browser sends: kept in a folder of the server's own, so that how they are read can
be corrected, and gone with it however the server ends. They are read by a process that may take so
much memory and time and that Stop ends.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from starlette.datastructures import UploadFile

from optwright.agents.chat.data_questions import Settings
from optwright.errors import InputError, StorageError
from optwright.solvers.data.apart import Apart, read_apart
from optwright.solvers.data.table import Table

MOST_BYTES = 64 * 2**20  # of all files that come together
MOST_FILES = 20
_LONGEST_NAME = 255  # bytes, of a file on Linux


@contextmanager
def inbox() -> Iterator[Path]:
    """A folder for what is sent, which only we may enter, inside the `with` block."""
    with tempfile.TemporaryDirectory(prefix="optwright-ui-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def kept(files: Sequence[UploadFile], inbox: Path) -> list[Path]:
    """The files written down in a folder of their own in `inbox`, each under its own name."""
    if not files:
        raise InputError("no file was chosen")
    folder = Path(tempfile.mkdtemp(dir=inbox))
    try:
        return [_kept(file, folder) for file in files]
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def tables(paths: Sequence[Path]) -> Apart:
    """What `read` gives for files that were `kept`, and what each file holds; those that cannot be
    read are gone then."""
    try:
        return read(paths, with_contents=True)
    except InputError:
        shutil.rmtree(paths[0].parent, ignore_errors=True)
        raise


def again(paths: Sequence[Path]) -> Callable[[Settings], Mapping[str, Table]]:
    """How files that were `kept` are read once more, with what was said of them."""
    return lambda said: read(paths, said).tables


def read(
    paths: Sequence[Path], said: Settings | None = None, *, with_contents: bool = False
) -> Apart:
    """The tables in files of one folder that were `kept`; `InputError` for what cannot be read, in
    the words of `solvers.tables` and under the name each file has for its user."""
    try:
        return read_apart(paths, said, with_contents=with_contents)
    except InputError as error:
        text = str(error).replace(f"{paths[0].parent}/", "")
        raise InputError(text, hint=error.hint) from error


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
        with path.open("wb") as written:
            shutil.copyfileobj(file.file, written)
    except OSError as error:
        raise StorageError(f"{name!r} could not be kept: {error.strerror}") from error
    return path
