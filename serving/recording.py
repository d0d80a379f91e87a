"""Recordings: replies in a JSON-lines file that people read, edit and keep beside their tests.

A ledger is for a run and a recording for a repository: one object a line with `model`, `request`
and `reply`, in the order they were asked, and no checksum, so a line may be written by hand.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from optwright.errors import InputError, StorageError
from optwright.serving.chat import ChatReply, ChatRequest
from optwright.serving.ledger import Ledger
from optwright.serving.recorded import Replayed, Replies
from optwright.serving.records import (
    Record,
    read_reply,
    read_request,
    reply_json,
    request_json,
    request_key,
)
from optwright.serving.redact import redact


class Recording:
    """The replies of one recording, and which of them have been asked for.

    `damaged` counts lines that are not records, such as a torn last line; they are passed over.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.damaged = 0
        self._records: dict[tuple[str, str], Record] = {}
        self._used: set[tuple[str, str]] = set()
        for line in _lines(self.path):
            self._read(line)

    def find(self, model: str | None, request: ChatRequest) -> ChatReply | None:
        """Return the recorded reply, or None; see `Ledger.find`."""
        key = request_key(request)
        models = [model] if model else self.models()
        found = [(key, name) for name in models if (key, name) in self._records]
        if len(found) > 1:
            raise InputError(
                f"{self.path.name} holds this reply from {[name for _, name in found]}",
                hint="say which one: replay:PATH@MODEL",
            )
        self._used.update(found)
        return self._records[found[0]].reply if found else None

    def models(self) -> list[str]:
        return sorted({model for _, model in self._records})

    def unused(self) -> list[Record]:
        """Records nobody has asked for yet."""
        return [record for key, record in self._records.items() if key not in self._used]

    def close(self) -> None:
        """Nothing stays open."""

    def _read(self, line: str) -> None:
        try:
            data = json.loads(line)
            request, reply = read_request(data["request"]), read_reply(data["reply"])
            record = Record(str(data["model"]), request, reply, at=0.0)
        except (KeyError, TypeError, ValueError, RecursionError):
            self.damaged += 1
            return
        self._records[request_key(request), record.model] = record


def write_recording(records: Iterable[Record], path: str | Path) -> int:
    """Write records to a JSON-lines file, replacing it at once or not at all; return how many."""
    path = Path(path)
    fresh = path.with_name(path.name + ".tmp")
    lines = [redact(_line(record)) + "\n" for record in records]
    try:
        with fresh.open("w", encoding="utf-8") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise StorageError(f"recording {str(path)!r} cannot be written: {error}") from error
    return len(lines)


def read_into(ledger: Ledger, path: str | Path) -> int:
    """Keep the replies of a recording in a ledger as well; return how many the recording has."""
    records = Recording(path).unused()
    for record in records:
        ledger.keep(record.model, record.request, record.reply)
    return len(records)


def open_replies(path: Path) -> Replies:
    """Open recorded replies: `.jsonl` is a recording, anything else a ledger that is only read."""
    if not path.exists():
        raise InputError(f"there are no recorded replies at {str(path)!r}")
    return Recording(path) if path.suffix == ".jsonl" else Ledger(path, read_only=True)


@contextmanager
def replaying(path: str | Path, model: str | None = None) -> Iterator[Replayed]:
    """Give a model that answers from a recording; leaving the block with replies nobody asked
    for, or with damaged lines, is an `AssertionError`."""
    recording = Recording(path)
    yield Replayed(recording, model)
    unused = [record.request.messages[-1].content[-80:] for record in recording.unused()]
    assert not unused, f"{recording.path.name}: {len(unused)} replies were not asked for: {unused}"
    assert not recording.damaged, f"{recording.path.name}: {recording.damaged} damaged lines"


def _line(record: Record) -> str:
    data = {
        "model": record.model,
        "request": request_json(record.request),
        "reply": reply_json(record.reply),
    }
    return json.dumps(data, ensure_ascii=True)


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise StorageError(f"recording {str(path)!r} cannot be read: {error.strerror}") from error
    return [line for line in text.split("\n") if line.strip()]
