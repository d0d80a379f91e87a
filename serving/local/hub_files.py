"""GGUF files of Hugging Face by name, `hf:OWNER/REPO:FILE`: fetched once, pinned, checked.

What the name stood for is kept beside the file, revision and hash, so that the same name is the
same model later, and needs no network.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from optwright.errors import InputError, ModelUnavailable
from optwright.serving.hugging_face import endpoint
from optwright.serving.local.download import client
from optwright.serving.local.sources import Hub
from optwright.serving.local.store import ModelFile, ModelStore, cache_path

if TYPE_CHECKING:
    import httpx

_NAME = re.compile(r"([\w.-]+/[\w.-]+):([\w./-]+\.gguf)(?:@([\w./-]+))?")
_SHA256 = re.compile(r'"?([0-9a-f]{64})"?')
_MOST_MOVES = 5
_FOUND, _REDIRECTS = 200, (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Pinned:
    """What a name stands for: the commit of the repository, and the file's size and SHA-256."""

    repository: str
    file: str
    revision: str
    size: int
    sha256: str


def hub_file(name: str) -> Path:
    """The file that `OWNER/REPO:FILE` (or `...@REVISION`) names, downloaded if need be.

    Raises `InputError` for what is no such name, `ModelUnavailable` where it is not to be had.
    """
    parts = _NAME.fullmatch(name)
    if parts is None or ".." in name:
        raise InputError(
            f"{name!r} names no file of Hugging Face", hint="write it hf:OWNER/REPO:FILE.gguf"
        )
    repository, file, revision = parts.groups()
    pinned = _kept(name) or _asked(name, repository, file, revision or "main")
    model = ModelFile(Path(file).stem, pinned.size, pinned.sha256)
    source = Hub(pinned.repository, pinned.revision, pinned.file)
    return ModelStore(model, sources=(source,)).find()


def pinned_names() -> dict[str, Pinned]:
    """The names that were used on this machine, and what each stands for."""
    try:
        kept = json.loads(_pins().read_text(encoding="utf-8"))
        return {name: Pinned(**facts) for name, facts in kept.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _kept(name: str) -> Pinned | None:
    return pinned_names().get(name)


def _pins() -> Path:
    return cache_path("models", "hub.json")


def _facts(http: httpx.Client, url: str) -> httpx.Response:
    """The hub's own answer about a file. Where a repository was renamed, that is at another path of
    the hub; where the bytes lie is on another host, and says nothing of the file."""
    for _ in range(_MOST_MOVES):
        answer = http.head(url, follow_redirects=False, headers={"Accept-Encoding": "identity"})
        moved = urljoin(url, answer.headers.get("location", ""))
        is_its_own = urlsplit(moved).netloc == urlsplit(url).netloc
        if answer.status_code not in _REDIRECTS or not is_its_own:
            break
        url = moved
    return answer


def _asked(name: str, repository: str, file: str, revision: str) -> Pinned:
    import httpx

    url = f"{endpoint()}/{repository}/resolve/{quote(revision, safe='')}/{file}"
    try:
        with client() as http:
            answer = _facts(http, url)
    except httpx.HTTPError as error:
        raise ModelUnavailable(
            f"{name!r} is not on this machine, and {endpoint()} does not answer: {error}",
            hint="connect this machine, or copy the file here and use --model local:PATH",
        ) from None
    if answer.status_code in (401, 403):
        raise ModelUnavailable(
            f"{endpoint()} does not give {file!r} of {repository!r} to everybody "
            f"({answer.status_code}): it is private, gated, or not there",
            hint="fetch it with Hugging Face's own tool and your token, then use local:PATH",
        )
    if answer.status_code not in (_FOUND, *_REDIRECTS):
        raise ModelUnavailable(
            f"{endpoint()} has no {file!r} in {repository!r} ({answer.status_code})",
            hint="check the name; large files may be cut in parts, and those cannot be used",
        )
    commit = answer.headers.get("x-repo-commit", "")
    digest = _SHA256.fullmatch(answer.headers.get("x-linked-etag", ""))
    size = answer.headers.get("x-linked-size", "")
    if digest is None or not size.isdigit() or not commit:
        raise ModelUnavailable(f"{endpoint()} does not say the hash of {file!r}")
    pinned = Pinned(repository, file, commit, int(size), digest[1])
    pins = _pins()
    with suppress(OSError):
        pins.parent.mkdir(parents=True, exist_ok=True)
        kept = {**{n: asdict(p) for n, p in pinned_names().items()}, name: asdict(pinned)}
        draft = pins.with_suffix(".draft")
        draft.write_text(json.dumps(kept, indent=1), encoding="utf-8")
        draft.replace(pins)
    return pinned
