"""Finished measurements as one small file to keep beside the code: their records and every reply.

    python -m optwright.benchmarks.packing RUN... --out benchmarks/ledgers/direct.jsonl.xz

A pack holds no text of a data set: of a problem it has the id, the place, the label and a hash of
the question, of a request only the ledger's key. So it may lie in a repository whose licence is not
the data's. With the data at hand every system can be run again on the kept replies.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from optwright.benchmarks.record import Record
from optwright.benchmarks.store import Setup, StoredRun, TaskShown, read_run
from optwright.errors import InputError, OptwrightError, StorageError
from optwright.serving.chat import ChatReply, ChatRequest
from optwright.serving.ledger import Ledger
from optwright.serving.records import read_reply, reply_json, request_key

FORMAT = 1
LEDGERS = Path(__file__).parent / "ledgers"
"""Where the published measurements lie, in a checkout; they are no part of the package."""


@dataclass
class Pack:
    """Measurements whose tasks have no text, and the replies they were made with. Replies are
    found as in a ledger (`find`), so `Replayed` takes a pack."""

    runs: list[StoredRun] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)
    """SHA-256 of each task's question, by the task's id."""
    replies: dict[tuple[str, str], ChatReply] = field(default_factory=dict)
    """By model and ledger key."""
    damaged: int = 0

    def find(self, model: str | None, request: ChatRequest) -> ChatReply | None:
        """The reply to a request, or None; without a name, of the one model there is."""
        names = [model] if model else self.models()
        key = request_key(request)
        return next((self.replies[n, key] for n in names if (n, key) in self.replies), None)

    def models(self) -> list[str]:
        return sorted({model for model, _ in self.replies})

    def close(self) -> None:
        """Nothing stays open."""


def pack(directories: Sequence[str | Path], ledgers: Sequence[str | Path] = ()) -> Pack:
    """The measurements in these folders with the replies of their ledgers, or of `ledgers` where
    the replies were kept elsewhere."""
    packed = Pack()
    for directory in directories:
        run = read_run(directory)
        packed.hashes |= {t.id: question_hash(t.question) for t in run.tasks}
        packed.runs.append(_wordless(run))
    for path in ledgers or [Path(d) / "ledger.sqlite" for d in directories]:
        if not Path(path).is_file():
            raise InputError(f"there is no ledger {str(path)!r}", hint="name it with --replies")
        with Ledger(path) as ledger:
            for kept in ledger.records():
                packed.replies[kept.model, request_key(kept.request)] = kept.reply
    return packed


def write_pack(packed: Pack, path: Path) -> None:
    """Write a pack as JSON lines under xz; the same bytes for the same pack."""
    text = "".join(json.dumps(line) + "\n" for line in _lines(packed))
    try:
        path.write_bytes(lzma.compress(text.encode(), preset=9))
    except OSError as error:
        raise StorageError(f"the pack {str(path)!r} cannot be written: {error.strerror}") from error


def read_pack(path: Path) -> Pack:
    """Read a pack; `InputError` for a file that is none."""
    try:
        text = lzma.decompress(path.read_bytes()).decode()
        return _unpacked(map(json.loads, text.splitlines()))
    except (OSError, lzma.LZMAError, ValueError, KeyError, TypeError, ValidationError) as error:
        why = f"{type(error).__name__}: {error}"
        raise InputError(f"{str(path)!r} is no pack of measurements: {why}") from error


def question_hash(question: str) -> str:
    return sha256(question.encode()).hexdigest()


def _wordless(run: StoredRun) -> StoredRun:
    """The run without the questions, and without what was asked of the model."""
    return replace(
        run,
        tasks=tuple(replace(task, question="") for task in run.tasks),
        records=tuple(_unasked(record) for record in run.records),
        wall_s={},
    )


def _unasked(record: Record) -> Record:
    calls = tuple(call.model_copy(update={"asked": ""}) for call in record.calls)
    return record.model_copy(update={"calls": calls})


def _lines(packed: Pack) -> Iterator[dict[str, Any]]:
    yield {"format": FORMAT}
    for run in packed.runs:
        yield {"setup": run.setup.model_dump(mode="json"), "facts": run.facts}
        for task in run.tasks:
            about = {"id": task.id, "place": task.place, "label": task.label}
            yield {"task": about | {"question_sha256": packed.hashes[task.id]}}
        yield from ({"record": record.model_dump(mode="json")} for record in run.records)
    for (model, key), reply in sorted(packed.replies.items()):
        yield {"key": key, "reply": reply_json(reply) | {"model": model}}


def _unpacked(lines: Iterable[dict[str, Any]]) -> Pack:
    packed, lines = Pack(), iter(lines)
    if (form := next(lines, {})["format"]) != FORMAT:
        raise ValueError(f"it has format {form!r}, and this version reads {FORMAT}")
    for line in lines:
        if "setup" in line:
            setup = Setup.model_validate(line["setup"])
            packed.runs.append(StoredRun(setup, line["facts"], (), ()))
        elif "task" in line:
            packed.hashes[line["task"]["id"]] = line["task"].pop("question_sha256")
            _extend(packed, task=TaskShown(question="", **line["task"]))
        elif "record" in line:
            _extend(packed, record=Record.model_validate(line["record"]))
        elif "reply" in line:
            reply = read_reply(line["reply"])
            packed.replies[reply.model, line["key"]] = reply
    return packed


def _extend(packed: Pack, *, task: TaskShown | None = None, record: Record | None = None) -> None:
    if not packed.runs:
        raise ValueError("it has a task or a record before any setup")
    run = packed.runs[-1]
    tasks = run.tasks if task is None else (*run.tasks, task)
    records = run.records if record is None else (*run.records, record)
    packed.runs[-1] = replace(run, tasks=tasks, records=records)


def main(arguments: Sequence[str] | None = None) -> None:
    import argparse
    import sys

    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("runs", nargs="+", type=Path, help="folders that `optwright bench` wrote")
    parser.add_argument("--replies", nargs="*", type=Path, default=[], help="their ledgers")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)
    try:
        packed = pack(given.runs, given.replies)
        write_pack(packed, given.out)
    except OptwrightError as error:
        sys.exit(f"{error}")
    records = sum(len(run.records) for run in packed.runs)
    sys.stdout.write(f"{records} records and {len(packed.replies)} replies in {given.out}\n")


if __name__ == "__main__":
    main()
