"""What was learnt of endpoints, kept for the next program: a small JSON file for each.

It holds how an endpoint wants to be asked and how much room its thoughts need, no request and no
key. After a week it is learnt anew, for servers change. Files lie in the user's cache, or in
`OPTWRIGHT_ENDPOINTS`; where that is set to nothing, or nothing can be written, nothing is kept.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

_FRESH_S = 7 * 24 * 3600.0


def is_kept() -> bool:
    """Whether anything is kept at all."""
    return _folder() is not None


def recall(name: str) -> dict[str, Any]:
    """What is known of the model of that name; empty where nothing is, or it is old."""
    try:
        kept = json.loads(_file(name).read_text(encoding="utf-8"))
        is_fresh = 0 <= time.time() - float(kept["at"]) <= _FRESH_S
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return kept if is_fresh else {}


def remember(name: str, **facts: Any) -> None:
    """Keep facts beside those that are known; a disk that takes none is no error."""
    file = _file(name)
    kept = {**recall(name), **facts, "name": name, "at": time.time()}
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = file.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(kept, indent=1), encoding="utf-8")
        draft.replace(file)  # whoever reads meanwhile sees the old file or the new one


def forget(name: str) -> None:
    """Let it be learnt anew."""
    with suppress(OSError):
        _file(name).unlink(missing_ok=True)


def _folder() -> Path | None:
    given = os.environ.get("OPTWRIGHT_ENDPOINTS")
    if given is not None:
        return Path(given) if given else None
    return user_cache_path("optwright") / "endpoints"


def _file(name: str) -> Path:
    folder = _folder()
    digest = sha256(name.encode("utf-8", errors="backslashreplace")).hexdigest()[:24]
    return (folder or Path(os.devnull)) / f"{digest}.json"
