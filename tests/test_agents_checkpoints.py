"""Checkpoints that somebody changed: nothing in them runs, and the run goes on without them."""

from __future__ import annotations

import json
import os
import pickle
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import ormsgpack
import pytest

from optwright.agents.checkpoints import KIND, DamagedCheckpoint, SealedJson
from optwright.agents.effort import Effort
from optwright.agents.runs.directory import Runs
from optwright.agents.runs.run import Run
from optwright.agents.runs.task import State, Task
from optwright.agents.solution import Solution
from optwright.errors import ModelUnavailable, StorageError
from tests.drafts import CANDY, CANDY_DRAFT, CANDY_OPTIMUM, scripted


def cut_off(folder: Path) -> Run:
    """A run that stopped after one of its two replies, and has been paid for one call."""
    model = scripted(folder, [CANDY_DRAFT])
    task = Task(problem=CANDY, model=model, effort=Effort(drafts=2))
    with Runs(folder / "runs").begin(task) as run, pytest.raises(ModelUnavailable):
        run.work()
    return run


def resumed(run: Run) -> tuple[Solution, list[str]]:
    """What the run comes to, and what it told while it worked."""
    told: list[str] = []
    with Runs(run.directory.parent).resume(run.name) as again:
        solution = again.work(on_step=lambda _, what: told.append(what))
    assert solution.objective == CANDY_OPTIMUM
    assert solution.usage.calls - solution.usage.replayed <= 2, "a kept reply was paid for again"
    return solution, told


def set_aside(run: Run) -> bool:
    return (run.directory / "checkpoints.sqlite.damaged-1").exists()


def execute(run: Run, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(run.directory / "checkpoints.sqlite")) as connection, connection:
        assert connection.execute(statement, values).rowcount > 0


class Bomb:
    """Runs a command when it is unpickled."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (self.command,)


def packed(code: int, *parts: object) -> bytes:
    """A message that LangGraph's own serializer reads as a call of what it names."""
    return ormsgpack.packb(ormsgpack.Ext(code, ormsgpack.packb(list(parts))))


def poisons(command: str) -> dict[str, tuple[str, bytes]]:
    """Checkpoints that run a command when something too trusting reads them."""
    loaded = {"lc": 2, "type": "constructor", "id": ["os", "system"], "kwargs": {}}
    forged = json.dumps({"v": 4, "id": "1", "channel_values": {"plans": [], "finished": True}})
    return {
        "pickle": ("pickle", pickle.dumps(Bomb(command))),
        "class": ("msgpack", packed(0, "os", "system", command)),
        "class with arguments": ("msgpack", packed(1, "os", "system", [command])),
        "class with names": ("msgpack", packed(2, "os", "system", {"command": command})),
        "constructor": ("json", json.dumps({**loaded, "args": [command]}).encode()),
        "kind of ours": (KIND, pickle.dumps(Bomb(command))),
        "sealed, of other fields": (KIND, sha256(forged.encode()).digest() + forged.encode()),
        "nothing": ("null", b""),
        "no text": (KIND, b"\xff\x00\xff"),
    }


@pytest.mark.parametrize("poison", poisons(""))
@pytest.mark.parametrize("place", ["checkpoints.checkpoint", "writes.value"])
def test_a_poisoned_checkpoint_runs_nothing_and_is_set_aside(
    tmp_path: Path, place: str, poison: str
) -> None:
    sprung = tmp_path / "sprung"
    kind, blob = poisons(f"touch {sprung}")[poison]
    table, _, column = place.partition(".")
    run = cut_off(tmp_path)
    execute(run, f"UPDATE {table} SET type = ?, {column} = ?", kind, blob)
    resumed(run)
    assert not sprung.exists()
    assert set_aside(run) or table == "writes"  # a write that is done with is not read again


@pytest.mark.parametrize("metadata", [b"\x80\x04.", b"{}", b"", b"[1", b"null"])
def test_poisoned_metadata_is_set_aside(tmp_path: Path, metadata: bytes) -> None:
    run = cut_off(tmp_path)
    execute(run, "UPDATE checkpoints SET metadata = ?", metadata)
    _, told = resumed(run)
    assert set_aside(run)
    assert "checkpoints are damaged and set aside: checkpoints.sqlite.damaged-1" in told


def mutated(data: bytes, random: Random) -> bytes:
    """The file with a byte flipped, its end cut off, a stretch garbled, or zeros in it."""
    at = random.randrange(len(data))
    stretch = slice(at, at + random.randint(1, 4096))
    match random.randrange(4):
        case 0:
            return data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :]
        case 1:
            return data[:at]
        case 2:
            garbage = random.randbytes(len(data[stretch]))
            return data[: stretch.start] + garbage + data[stretch.stop :]
        case _:
            return data[: stretch.start] + bytes(len(data[stretch])) + data[stretch.stop :]


def survive_damage(folder: Path, times: int, seed: int) -> int:
    """Damage the checkpoints of one run in so many ways; how often they had to be set aside."""
    run, random, damaged = cut_off(folder), Random(seed), 0
    whole = {file.name: file.read_bytes() for file in run.directory.glob("*.sqlite*")}
    for _ in range(times):
        for file in run.directory.glob("*.sqlite*"):
            file.unlink()
        for name, data in whole.items():
            hit = name.startswith("checkpoints.sqlite")
            (run.directory / name).write_bytes(mutated(data, random) if hit else data)
        resumed(run)
        damaged += set_aside(run)
    return damaged


def test_damaged_checkpoints_never_end_a_run(tmp_path: Path) -> None:
    assert survive_damage(tmp_path, 20, seed=1) > 0


@pytest.mark.slow
def test_a_thousand_damaged_checkpoints_never_end_a_run(tmp_path: Path) -> None:
    assert survive_damage(tmp_path, 1_000, seed=2) > 100


def test_a_folder_in_the_way_is_a_storage_error(tmp_path: Path) -> None:
    run = cut_off(tmp_path)
    (run.directory / "checkpoints.sqlite").unlink()
    (run.directory / "checkpoints.sqlite").mkdir()
    with (
        Runs(run.directory.parent).resume(run.name) as again,
        pytest.raises(StorageError, match="cannot be kept"),
    ):
        again.work()
    assert Runs(run.directory.parent).summary(run.name).state is State.FAILED


def test_a_value_comes_back_as_it_was_written_and_an_error_as_its_text() -> None:
    sealed = SealedJson()
    values: list[Any] = [None, 1.5, "ü\ud800", [1, {"a": None}], {}]
    for value in values:
        assert sealed.loads_typed(sealed.dumps_typed(value)) == value
    assert sealed.loads_typed(sealed.dumps_typed(ValueError("no"))) == "ValueError('no')"
    with pytest.raises(TypeError, match="Task is not JSON"):
        sealed.dumps_typed(Task(problem="p"))


def test_a_changed_byte_breaks_the_seal() -> None:
    kind, blob = SealedJson().dumps_typed({"finished": False})
    with pytest.raises(DamagedCheckpoint, match="seal"):
        SealedJson().loads_typed((kind, blob.replace(b"false", b"true ")))
