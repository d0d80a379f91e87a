"""Values on their way between a program in the sandbox and whoever calls it: JSON and arrays.

A value is what JSON can say, with NaN and infinity, and arrays of numbers at any depth. Tuples
become lists. Nothing is pickled: what a hostile end writes can be wrong, it cannot run.
"""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Callable, Mapping
from math import prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

LENGTH = struct.Struct("!Q")
KINDS = "biuf"
"""Kinds of numbers an array may have: bool, signed, unsigned, floating."""
MARK = "__array__"
MOST_ARRAYS = 4096
# Taken before a program starts, so that one that replaces them spoils its own calls and no more.
_dumps, _loads = json.dumps, json.loads


class PayloadError(ValueError):
    """A value that cannot travel, or bytes that are none."""


def pack(head: Mapping[str, Any]) -> bytes:
    """One message. Raises `PayloadError` for what is neither JSON nor an array of numbers."""
    arrays: list[np.ndarray[Any, Any]] = []

    def default(value: object) -> object:
        np = sys.modules.get("numpy")
        if np is None:
            raise PayloadError(f"{type(value).__name__} is not JSON")
        if isinstance(value, np.ndarray):
            return _placed(value, arrays)
        if isinstance(value, np.generic):
            return value.item()
        raise PayloadError(f"{type(value).__name__} is neither JSON nor an array of numbers")

    try:
        text = _dumps([head, None], default=default).encode()
    except PayloadError:
        raise
    except (TypeError, ValueError, RecursionError) as error:
        raise PayloadError(f"it is not JSON: {error}") from error
    blobs = [array.tobytes() for array in arrays]
    body = b"".join(blobs)
    return LENGTH.pack(LENGTH.size + len(text) + len(body)) + LENGTH.pack(len(text)) + text + body


def _placed(array: np.ndarray[Any, Any], arrays: list[np.ndarray[Any, Any]]) -> object:
    if array.dtype.kind not in KINDS:
        raise PayloadError(f"an array of {array.dtype} holds no numbers")
    arrays.append(array)
    return {MARK: [array.dtype.newbyteorder("<").str, list(array.shape)]}


def unpack(message: bytes) -> dict[str, Any]:
    """A message without its length, read. Raises `PayloadError`, whatever the bytes are."""
    if len(message) < LENGTH.size:
        raise PayloadError("it is too short")
    (size,) = LENGTH.unpack_from(message)
    start = LENGTH.size + size
    if start > len(message):
        raise PayloadError("it is shorter than it says")
    reading = _Arrays(message, start)
    try:
        whole = _loads(message[LENGTH.size : start], object_hook=reading.hook)
    except PayloadError:
        raise
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        raise PayloadError(f"it cannot be read: {error}") from error
    if not (isinstance(whole, list) and len(whole) == 2 and isinstance(whole[0], dict)):
        raise PayloadError("it is no message")
    if reading.place != len(message):
        raise PayloadError("it holds bytes that nothing names")
    head: dict[str, Any] = whole[0]
    return head


class _Arrays:
    """Takes the arrays out of a message, in the order in which it names them."""

    def __init__(self, message: bytes, place: int) -> None:
        self.message, self.place, self.count = message, place, 0

    def hook(self, item: dict[str, Any]) -> Any:
        if MARK not in item:
            return item
        import numpy as np

        kind, shape = item[MARK]
        self.count += 1
        if self.count > MOST_ARRAYS or not isinstance(kind, str) or len(shape) > 16:
            raise PayloadError("it names an array that cannot be")
        dtype = np.dtype(kind)
        if dtype.kind not in KINDS or dtype.itemsize > 16:
            raise PayloadError(f"an array of {dtype} holds no numbers")
        if not all(type(side) is int and 0 <= side < 1 << 40 for side in shape):
            raise PayloadError("it names an array that cannot be")
        size = prod(shape) * dtype.itemsize
        if size > len(self.message) - self.place:
            raise PayloadError("an array is shorter than it says")
        flat = np.frombuffer(self.message, dtype, prod(shape), self.place)
        self.place += size
        return flat.reshape(shape).copy()


def read_message(read: Callable[[int], bytes], most: int) -> bytes:
    """The bytes of the next message, without its length; `read(n)` gives at most `n` bytes, none
    at the end. Raises `EOFError`, and `PayloadError` for more than `most` bytes."""
    (size,) = LENGTH.unpack(_exactly(read, LENGTH.size))
    if size > most:
        raise PayloadError(f"it has {size} bytes; at most {most} may come at a time")
    return _exactly(read, size)


def _exactly(read: Callable[[int], bytes], size: int) -> bytes:
    parts, left = [], size
    while left:
        part = read(min(left, 1 << 20))
        if not part:
            raise EOFError("the other end closed")
        parts.append(part)
        left -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
