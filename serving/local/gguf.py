"""What a GGUF file says of itself, read from its header: name, size, context, prompt format.

The header is a list of keys and values before the weights; only it is read, with a limit, for the
file may come from anybody.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from optwright.errors import InputError

_MAGIC = b"GGUF"
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q",
            12: "d"}  # fmt: skip
_TEXT, _ARRAY = 8, 9
_MOST_KEYS, _MOST_BYTES = 10_000, 64 * 2**20  # a large vocabulary takes a few MB
_LONGEST_KEPT = 100_000  # characters; a template has a few thousand


@dataclass(frozen=True, slots=True)
class GgufFacts:
    """`name` and `architecture` as the file says, `context` the tokens it was trained to read (0
    where it does not say), `template` whether it brings its prompt format, `size` in bytes."""

    name: str
    architecture: str
    context: int
    template: bool
    size: int


def read_facts(path: Path) -> GgufFacts:
    """Read a file's header; `InputError` where it is no GGUF file."""
    try:
        with path.open("rb") as file:
            keys = _Header(file).keys()
        size = path.stat().st_size
    except (OSError, struct.error, ValueError, MemoryError) as error:
        raise InputError(f"{str(path)!r} is not a GGUF file that can be read: {error}") from error
    architecture = str(keys.get("general.architecture", ""))
    return GgufFacts(
        name=str(keys.get("general.name") or path.stem),
        architecture=architecture,
        context=_whole(keys, f"{architecture}.context_length"),
        template=bool(keys.get("tokenizer.chat_template")),
        size=size,
    )


def is_gguf(path: Path) -> bool:
    """Whether a file begins as a GGUF file does."""
    try:
        with path.open("rb") as file:
            return file.read(4) == _MAGIC
    except OSError:
        return False


def _whole(keys: Mapping[str, Any], name: str) -> int:
    value = keys.get(name)
    return value if isinstance(value, int) and value > 0 else 0


class _Header:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = _MOST_BYTES

    def keys(self) -> dict[str, Any]:
        if self._read(4) != _MAGIC:
            raise ValueError("it does not begin with GGUF")
        version, _, count = self._unpacked("<IQQ")
        if version not in (2, 3) or count > _MOST_KEYS:
            raise ValueError(f"version {version} with {count} keys is none that is known")
        found = {}
        for _ in range(count):
            name = self._text()
            (kind,) = self._unpacked("<I")
            found[name] = self._value(kind)
        return found

    def _value(self, kind: int) -> Any:
        if kind == _TEXT:
            return self._text()
        if kind != _ARRAY:
            return self._unpacked(f"<{_SCALARS[kind]}")[0] if kind in _SCALARS else _unknown(kind)
        inner, count = self._unpacked("<IQ")
        if inner in _SCALARS:
            self._skip(count * struct.calcsize(_SCALARS[inner]))
        else:
            for _ in range(min(count, _MOST_BYTES)):
                self._value(inner)
        return None  # nothing here needs a list

    def _text(self) -> str:
        (size,) = self._unpacked("<Q")
        if size > _LONGEST_KEPT:
            self._skip(size)
            return ""
        return self._read(size).decode("utf-8", errors="replace")

    def _unpacked(self, form: str) -> tuple[Any, ...]:
        return struct.unpack(form, self._read(struct.calcsize(form)))

    def _read(self, size: int) -> bytes:
        self._left -= size
        if self._left < 0:
            raise ValueError("its header is too long")
        data = self._file.read(size)
        if len(data) != size:
            raise ValueError("it ends inside its header")
        return data

    def _skip(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise ValueError("its header is too long")
        self._file.seek(size, 1)


def _unknown(kind: int) -> Any:
    raise ValueError(f"a value has the unknown type {kind}")
