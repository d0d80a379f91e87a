"""LoRA adapters: named folders with a small change to a model, served beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from optwright.errors import InputError
from optwright.serving.vllm.facts import fingerprint


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter in a folder, asked for by its name; `revision` tells it from another like it."""

    name: str
    folder: Path
    rank: int
    revision: str


def read_adapters(named: Mapping[str, str]) -> tuple[Adapter, ...]:
    """Look at each adapter's folder; raises `InputError` for one that is none."""
    return tuple(_read(name, Path(folder).expanduser()) for name, folder in named.items())


def _read(name: str, folder: Path) -> Adapter:
    if not name or "=" in name or "," in name:
        raise InputError(f"{name!r} cannot be the name of an adapter")
    try:
        config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
        rank = int(config["r"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"adapter {name!r} has no readable adapter_config.json in {str(folder)!r} "
            f"({type(error).__name__})",
            hint="an adapter is a folder as the peft library saves it",
        ) from None
    return Adapter(name, folder.resolve(), rank, fingerprint(folder))
