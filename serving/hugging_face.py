"""Where Hugging Face's own tools ask for files and keep them."""

from __future__ import annotations

import os
from pathlib import Path


def hub_cache() -> Path:
    """The folder of repositories that were downloaded, whether it is there or not."""
    home = os.environ.get("HF_HOME") or Path(
        os.environ.get("XDG_CACHE_HOME") or "~/.cache", "huggingface"
    )
    hub = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    return Path(hub or Path(home, "hub")).expanduser()


def endpoint() -> str:
    """The address of the hub, or of the mirror that `HF_ENDPOINT` names; no slash at its end."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
