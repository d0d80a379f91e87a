"""The ledger: nothing that was paid for is lost, whatever happens to the process or the file."""

from __future__ import annotations

import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwright.errors import InputError, StorageError
from optwright.serving.chat import ChatReply, ChatRequest, Finish, Message, Usage, assistant, user
from optwright.serving.ledger import Ledger
from optwright.serving.records import (
    read_reply,
    read_request,
    reply_json,
    request_json,
    request_key,
    to_json,
)
from tests.disks import fill

TEXTS = st.text(st.characters(exclude_categories=[]))
ROOT = Path(__file__).parents[1]
SECRET = "sk-test-0123456789abcdefghij"


def request(number: int = 0) -> ChatRequest:
    return ChatRequest((user(f"question {number}"),))


def reply(number: int = 0, model: str = "m") -> ChatReply:
    usage = Usage(10, number, seconds=0.5, cost_usd=0.25)
    return ChatReply(f"answer {number}", Finish.STOP, usage, model)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    with Ledger(path) as opened:
        yield opened


def test_a_kept_reply_is_found_again_after_reopening(path: Path) -> None:
    with Ledger(path) as ledger:
        assert ledger.find("m", request()) is None
        assert ledger.keep("m", request(), reply(1)) == reply(1)
    with Ledger(path) as ledger:
        assert ledger.find("m", request()) == replace(reply(1), replayed=True)
        assert ledger.find("other", request()) is None
        assert (len(ledger), ledger.models()) == (1, ["m"])


@pytest.mark.parametrize(
    "other",
    [
        replace(request(), messages=(user("question 1"),)),
        replace(request(), messages=(assistant("question 0"),)),
        replace(request(), messages=(user("question"), user(" 0"))),
        replace(request(), schema={}),
        replace(request(), schema={"type": "object"}),
        replace(request(), temperature=0.1),
        replace(request(), seed=None),
        replace(request(), seed=1),
        replace(request(), max_tokens=1),
        replace(request(), sample=1),
    ],
)
def test_requests_that_may_be_answered_differently_have_different_keys(other: ChatRequest) -> None:
    assert request_key(other) != request_key(request())


def test_the_order_of_a_schema_counts_and_the_role_does_not() -> None:
    one = replace(request(), schema={"a": 1, "b": 2})
    assert request_key(one) != request_key(replace(one, schema={"b": 2, "a": 1}))
    assert request_key(one) == request_key(replace(one, role="planner"))
    assert request_key(one) == request_key(replace(one, temperature=0))


@settings(deadline=None)  # the machine may be busy
@given(TEXTS, TEXTS)
def test_any_text_survives_being_stored(asked: str, answered: str) -> None:
    one = replace(request(), messages=(Message("user", asked),), schema={"k": asked})
    answer = replace(reply(), text=answered)
    assert read_request(json.loads(to_json(request_json(one)))) == one
    stored = read_reply(json.loads(to_json(reply_json(answer))))
    assert stored == replace(answer, replayed=True)


def test_the_first_of_two_replies_to_one_request_stays(path: Path) -> None:
    with Ledger(path) as one, Ledger(path) as two:
        one.keep("m", request(), reply(1))
        assert two.keep("m", request(), reply(2)).text == "answer 1"
        assert two.find("m", request()) == replace(reply(1), replayed=True)


def test_two_models_with_the_same_question_must_be_told_apart(ledger: Ledger) -> None:
    ledger.keep("m", request(), reply(1))
    assert ledger.find(None, request()) == replace(reply(1), replayed=True)
    ledger.keep("n", request(), reply(2, "n"))
    with pytest.raises(InputError, match=r"\['m', 'n'\]"):
        ledger.find(None, request())


def test_usage_adds_up_what_was_paid(ledger: Ledger) -> None:
    for number in range(4):
        ledger.keep("m", request(number), reply(number))
    assert ledger.usage() == Usage(40, 6, 2.0, 1.0, 4)
    assert [record.request for record in ledger.records()] == [request(n) for n in range(4)]


def test_threads_share_one_ledger(ledger: Ledger) -> None:
    def work(number: int) -> str:
        ledger.keep("m", request(number % 10), reply(number % 10))
        found = ledger.find("m", request(number % 10))
        assert found is not None
        return found.text

    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(work, range(80)))
    assert texts == [f"answer {number % 10}" for number in range(80)]
    assert len(ledger) == 10


def commits(path: Path) -> int:
    """The transactions in a database's write-ahead log: its frames that say how large the file is
    from there on (https://www.sqlite.org/fileformat2.html#walformat)."""
    log = path.with_name(f"{path.name}-wal").read_bytes()
    frame = 24 + int.from_bytes(log[8:12])
    sizes = (log[start + 4 : start + 8] for start in range(32, len(log), frame))
    return sum(any(size) for size in sizes)


def test_replies_that_wait_for_the_disk_are_written_in_one_go(path: Path) -> None:
    with Ledger(path) as ledger, ThreadPoolExecutor(8) as pool:
        before = commits(path)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")  # as a slow disk: the first of them waits here
        keeping = [pool.submit(ledger.keep, "m", request(n), reply(n)) for n in range(8)]
        time.sleep(0.3)
        assert not any(kept.done() for kept in keeping)
        other.execute("COMMIT")
        other.close()
        assert [kept.result() for kept in keeping] == [reply(n) for n in range(8)]
        assert commits(path) - before == 2
        assert len(ledger) == 8


WRITER = """
import sys
from optwright.serving.ledger import Ledger
from tests.test_serving_ledger import reply, request
ledger = Ledger(sys.argv[1])
for number in range(int(sys.argv[2]), int(sys.argv[3])):
    ledger.keep("m", request(number), reply(number))
    print(number, flush=True)
"""


def writer(path: Path, first: int, last: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), str(first), str(last)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_two_processes_write_one_file(path: Path) -> None:
    with writer(path, 0, 15) as one, writer(path, 10, 25) as two:
        assert (one.wait(60), two.wait(60)) == (0, 0)
    with Ledger(path) as ledger:
        assert sorted(r.reply.text for r in ledger.records()) == sorted(
            f"answer {number}" for number in range(25)
        )


def test_a_killed_process_loses_no_reply_it_had_kept(path: Path) -> None:
    kept = 0
    for _ in range(3):
        with writer(path, kept, 100_000) as process:
            assert process.stdout is not None
            for _ in range(5):
                kept = int(process.stdout.readline()) + 1
            process.send_signal(signal.SIGKILL)
            rest = process.stdout.read().split("\n")
            kept = max([kept, *(int(line) + 1 for line in rest[:-1] if line)])
        with Ledger(path) as ledger:
            assert all(ledger.find("m", request(number)) for number in range(kept))
            assert ledger.damaged == ledger.rebuilt == 0


@pytest.mark.parametrize("column", ["model", "key", "request", "reply", "at", "checksum"])
@pytest.mark.parametrize("value", ["'x'", "NULL", "x'ff00'", "17", "replace(reply, 'a', 'b')"])
def test_a_damaged_row_is_set_aside_and_asked_again(path: Path, column: str, value: str) -> None:
    with Ledger(path) as ledger:
        for number in range(3):
            ledger.keep("m", request(number), reply(number))
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE soft AS SELECT * FROM replies")
        raw.execute("DROP TABLE replies")
        raw.execute(f"UPDATE soft SET {column} = {value} WHERE rowid = 2")
        raw.execute("ALTER TABLE soft RENAME TO replies")
        raw.execute("CREATE UNIQUE INDEX one ON replies (key, model)")
    raw.close()
    with Ledger(path) as ledger:
        assert ledger.find("m", request(1)) is None
        assert [record.request for record in ledger.records()] == [request(0), request(2)]
        assert ledger.damaged == 1
        ledger.keep("m", request(1), reply(1))
        assert ledger.find("m", request(1)) == replace(reply(1), replayed=True)


def damage(path: Path, draw: random.Random) -> None:
    """Flip bits, garble a stretch, cut the end, or repeat a part of a file."""
    data = bytearray(path.read_bytes())
    kind, at = draw.randrange(5), draw.randrange(len(data))
    if kind == 0:
        for _ in range(draw.randint(1, 20)):
            data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    elif kind == 1:
        data[at : at + 200] = draw.randbytes(min(200, len(data) - at))
    elif kind == 2:
        del data[at:]
    elif kind == 3:
        data[at:at] = data[: draw.randrange(5_000)]
    else:
        data[:100] = draw.randbytes(100)
    path.write_bytes(data)


def survivors_of_damage(folder: Path, rounds: int, seed: int) -> tuple[int, int]:
    """Damage a ledger of 12 replies `rounds` times; return (replies found intact, replies asked
    again). A reply that is wrong, or not found when it was just kept, fails at once."""
    draw, intact, asked = random.Random(seed), 0, 0
    whole = folder / "whole.sqlite"
    with Ledger(whole) as ledger:
        for number in range(12):
            ledger.keep("m", request(number), reply(number))
    for turn in range(rounds):
        path = folder / f"{turn}.sqlite"
        path.write_bytes(whole.read_bytes())
        damage(path, draw)
        with Ledger(path) as ledger:
            for number in range(12):
                found = ledger.find("m", request(number))
                assert found in (None, replace(reply(number), replayed=True))
                intact += found is not None
                asked += found is None
                ledger.keep("m", request(number), reply(number))
                assert ledger.find("m", request(number))
        for leftover in folder.glob(f"{turn}.sqlite*"):
            leftover.unlink()
    return intact, asked


def test_a_damaged_file_costs_at_most_the_damaged_replies(tmp_path: Path) -> None:
    intact, asked = survivors_of_damage(tmp_path, 20, seed=1)
    assert intact > 0
    assert asked > 0


@pytest.mark.slow
def test_a_thousand_damaged_files_all_open(tmp_path: Path) -> None:
    intact, asked = survivors_of_damage(tmp_path, 1_000, seed=2)
    assert intact + asked == 12_000


def test_a_folder_that_is_not_there_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be opened"):
        Ledger(tmp_path / "missing" / "ledger.sqlite")


def test_a_closed_ledger_says_so(path: Path) -> None:
    ledger = Ledger(path)
    ledger.close()
    with pytest.raises(StorageError, match="closed"):
        ledger.find("m", request())


def test_no_secret_reaches_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_SERVICE_TOKEN", 'odd"value\\with marks')
    said = f'keys: {SECRET} and odd"value\\with marks'
    with Ledger(path) as ledger:
        ledger.keep("m", ChatRequest((user(said),)), replace(reply(), text=said))
        stored = ledger.find("m", ChatRequest((user(said),)))
    assert stored is not None
    assert stored.text == "keys: [redacted] and [redacted]"
    raw = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert SECRET.encode() not in raw
    assert b"with marks" not in raw


def test_the_room_on_the_disk_is_looked_at_before_anything_is_paid(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.check_room()
        (tmp_path / "ledger.sqlite").rename(tmp_path / "elsewhere.sqlite")
        ledger.path = tmp_path / "gone" / "ledger.sqlite"
        with pytest.raises(StorageError, match="cannot be written"):
            ledger.check_room()


@pytest.mark.parametrize("what", ["the file", "its log too", "its folder"])
def test_a_ledger_that_is_deleted_while_it_is_open_is_put_back(tmp_path: Path, what: str) -> None:
    path = tmp_path / "runs" / "ledger.sqlite"
    path.parent.mkdir()
    with Ledger(path) as first, Ledger(path) as second:
        first.keep("m", request(1), reply(1))
        second.keep("m", request(2), reply(2))
        if what == "the file":
            path.unlink()
        elif what == "its folder":
            shutil.rmtree(path.parent)
        else:
            for file in path.parent.iterdir():
                file.unlink()
        first.keep("m", request(3), reply(3))
        second.keep("m", request(4), reply(4))
        assert first.find("m", request(4))
        assert second.find("m", request(3))
    with Ledger(path, read_only=True) as ledger:
        assert len(ledger) == 4
        assert (ledger.damaged, ledger.rebuilt) == (0, 0)


def test_where_another_ledger_was_put_in_its_place_both_are_one(tmp_path: Path, path: Path) -> None:
    with Ledger(tmp_path / "other.sqlite") as other:
        other.keep("m", request(9), reply(9))
    with Ledger(path) as ledger:
        ledger.keep("m", request(1), reply(1))
        (tmp_path / "other.sqlite").replace(path)
        ledger.keep("m", request(2), reply(2))
    with Ledger(path, read_only=True) as ledger:
        assert len(ledger) == 3


def test_a_reply_that_finds_no_room_is_written_when_there_is_some(small_disk: Path) -> None:
    path = small_disk / "ledger.sqlite"
    large = replace(reply(1), text="x" * 100_000)
    with Ledger(path) as ledger:
        ledger.keep("m", request(0), reply(0))
        fill(small_disk)
        with pytest.raises(StorageError, match=r"disk is full|disk fails"):
            ledger.keep("m", request(1), large)
        (small_disk / "filler").unlink()
        ledger.keep("m", request(2), reply(2))
        assert ledger.find("m", request(1)) == replace(large, replayed=True)
        fill(small_disk)
        with pytest.raises(StorageError, match="free some space"):
            ledger.check_room()
        with pytest.raises(StorageError):
            ledger.keep("m", request(3), large)
        (small_disk / "filler").unlink()
    with Ledger(path, read_only=True) as ledger:
        assert len(ledger) == 4


FULL_DISK = """
import asyncio, resource, sys
from dataclasses import replace
from pathlib import Path
from optwright.errors import StorageError
from optwright.serving.ledger import Ledger
from optwright.serving.recorded import Recorded
from optwright.testing import ScriptedModel
from tests.test_serving_ledger import reply, request

def disk_holds(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

async def fill(folder, size):
    model = ScriptedModel(lambda asked: replace(reply(), text=asked.messages[0].content * 300))
    ledger = Ledger(folder / f"{size}.sqlite")
    recorded, answered = Recorded(model, ledger), 0
    disk_holds(size)
    try:
        while answered < 200:
            assert (await recorded.complete(request(answered))).text
            answered += 1
    except StorageError:
        pass
    disk_holds(resource.RLIM_INFINITY)
    assert answered == len(model.requests) < 200, "the call after the full disk was paid for"
    for number in range(answered + 1):
        await recorded.complete(request(number))
    assert len(model.requests) == answered + 1, "a reply was paid for twice"
    await recorded.aclose()
    assert (len(ledger), ledger.damaged, ledger.rebuilt) == (answered + 1, 0, 0)
    ledger.close()

for size in range(int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])):
    asyncio.run(fill(Path(sys.argv[1]), size))
"""


def run_out_of_disk(folder: Path, levels: range) -> subprocess.CompletedProcess[str]:
    numbers = [str(n) for n in (levels.start, levels.stop, levels.step)]
    command = [sys.executable, "-c", FULL_DISK, str(folder), *numbers]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_a_full_disk_loses_no_reply_and_pays_for_none_in_vain(tmp_path: Path) -> None:
    done = run_out_of_disk(tmp_path, range(60_000, 300_000, 100_000))
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_disk_may_be_full_at_any_point(tmp_path: Path) -> None:
    done = run_out_of_disk(tmp_path, range(50_000, 500_000, 9_000))
    assert done.returncode == 0, done.stderr
