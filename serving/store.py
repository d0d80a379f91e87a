"""Where the embedded model's file is: found by what it holds, not by where it lies."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from optwright.errors import ModelUnavailable


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model's file by content: size in bytes and SHA-256 decide, the name only speaks of it."""

    name: str
    size: int
    sha256: str


EMBEDDED = ModelFile(
    name="qwen2.5-coder-1.5b-instruct-q4_k_m",
    size=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
)


def cache_folder(*names: str) -> Path:
    """Return a folder under `OPTWRIGHT_CACHE`, or the user's cache, that only they can enter."""
    import platformdirs

    root = os.environ.get("OPTWRIGHT_CACHE") or platformdirs.user_cache_dir("optwright")
    folder = Path(root, *names)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def find_model(path: Path | str | None = None) -> Path:
    """Return the embedded model's file."""
    given = path or os.environ.get("OPTWRIGHT_MODEL")
    if given and Path(given).is_file():
        return Path(given)
    raise ModelUnavailable("the embedded model is not on this machine")
