"""Reading TOML that somebody else wrote."""

from __future__ import annotations

import tomllib
from typing import Any


def read_toml(text: str) -> dict[str, Any]:
    """The tables of a text; `ValueError` says why it cannot be read, also where it nests deeper
    than Python's own reader goes."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("its brackets or keys nest too deep") from None
