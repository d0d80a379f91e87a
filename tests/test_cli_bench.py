"""`optwright bench`: what it prints, its exit statuses, and that nothing is lost on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from optwright.benchmarks.kill_points import kill_once, warm
from optwright.benchmarks.simulated import endpoint
from optwright.benchmarks.store import read_run
from optwright.cli import run
from optwright.cli.bench_progress import Waits
from optwright.serving.events import CallRetried
from tests.bench_problems import write_problems

ONE_CALL = "optwright.benchmarks.harness_overhead:one_call"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with endpoint(0.01) as address:
        yield address


def bench(data: Path | str, url: str, out: Path | None, *more: str, system: str = ONE_CALL) -> int:
    place = [] if out is None else ["--out", str(out)]
    model = f"simulated@{url}"
    return run(["bench", str(data), "--system", system, "--model", model, *place, *more])


def test_a_measurement_is_told_as_it_goes_and_summed_up(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench(write_problems(tmp_path, 5), url, tmp_path / "out", "--budget", "calls=3") == 0
    said = capsys.readouterr()
    assert "right (rounded rule): 5 of 5 (100.0 %, 57 to 100)" in said.out
    assert f"kept in {tmp_path / 'out'}" in said.out
    lines = said.err.splitlines()
    assert [line.split()[0] for line in lines] == [f"{n}/5" for n in range(1, 6)]
    assert lines[-1].endswith("right so far: 5 of 5 (100.0 %, 57 to 100)")


def test_json_is_one_object_and_standard_error_is_silent(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench(write_problems(tmp_path, 3), url, tmp_path / "out", "--json", "--limit", "2") == 0
    said = capsys.readouterr()
    sums = json.loads(said.out)
    assert (sums["attempts"], sums["planned"], sums["calls"]) == (2, 2, 2)
    assert sums["accuracy"]["strict"]["right"] == 2
    assert said.err == ""


def test_what_a_system_prints_is_kept_out_of_json(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data, noisy = write_problems(tmp_path, 2), "tests.bench_problems:ask_and_print"
    assert bench(data, url, tmp_path / "out", "--json", system=noisy) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["attempts"] == 2
    assert said.err.count("asking about") == 2


def test_the_same_command_goes_on_and_pays_nothing_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, log = write_problems(tmp_path, 6), tmp_path / "log"
    with endpoint(0.0, log) as address:
        assert bench(data, address, tmp_path / "out", "--total-budget", "calls=4") == 1
        said = capsys.readouterr()
        assert "not measured yet: 2; the same command goes on" in said.out
        assert "calls=4" in said.err
        assert bench(data, address, tmp_path / "out", "--total-budget", "calls=9") == 0
    lines = map(json.loads, log.read_text().splitlines())
    asked = [line["question"] for line in lines if line["what"] == "asked"]
    assert len(read_run(tmp_path / "out").records) == len(asked) == len(set(asked)) == 6


def test_problems_further_on_are_kept_and_told_apart(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPTWRIGHT_RUNS", str(tmp_path / "home" / "runs"))
    data = write_problems(tmp_path, 8)
    assert bench(data, url, None, "--limit", "3") == 0
    assert bench(data, url, None, "--skip", "5", "--limit", "2") == 0
    said = capsys.readouterr().out
    assert "on shops with" in said
    assert "on shops after the first 5 with" in said
    assert "2 attempts at 2 problems" in said
    assert bench(data, url, tmp_path / "out", "--limit", "3") == 0
    assert bench(data, url, tmp_path / "out", "--skip", "5") == 2
    assert "holds a measurement with skip=0, not 5" in capsys.readouterr().err


def test_a_smaller_order_is_answered_from_a_larger_measurement(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_problems(tmp_path, 6)
    assert bench(data, url, tmp_path / "out", "--samples", "2") == 0
    capsys.readouterr()
    assert bench(data, url, tmp_path / "out", "--limit", "2", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["tasks"], found["attempts"], found["planned"]) == (2, 2, 2)
    assert bench(data, url, tmp_path / "out", "--limit", "2") == 0
    assert "beside these, 10 attempts are kept there" in capsys.readouterr().out


def test_several_samples_give_a_majority_and_pass_at_k(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_problems(tmp_path, 3)
    assert bench(data, url, tmp_path / "out", "--samples", "2") == 0
    said = capsys.readouterr().out
    assert "majority of samples: 3 of 3" in said
    assert "pass@2: 100.0 %" in said


@pytest.mark.parametrize(
    ("arguments", "sentence", "status"),
    [
        (["nothing"], "there is no data set 'nothing'", 2),
        (["nl4opt"], "nobody said where data set 'nl4opt' is", 2),
        (["DATA", "--system", "nobody"], "there is no system 'nobody'", 2),
        (["DATA", "--system", "tests:nothing"], "cannot be imported", 2),
        (["DATA", "--budget", "calls=x"], "budget calls='x' is not a whole number", 2),
        (["DATA", "--budget", "usd=1"], "usd is a limit for the whole measurement", 2),
        (["DATA", "--shard", "3/2"], "there is no shard 3 of 2", 2),
        (["DATA", "--skip", "-1"], "skip is -1; it is at least 0", 2),
        (["DATA", "--skip", "99"], "skip is 99, and 'shops' has 2 problems", 2),
        (["DATA", "--shard", "one"], "'one' is not I/N", 2),
        (["DATA", "--attempt-timeout", "0"], "timeout is 0 s; it is a number above 0", 2),
        (["DATA", "--attempt-timeout", "nan"], "timeout is nan s; it is a number above 0", 2),
        (["DATA", "--system", "command: nosuch"], "there is no program 'nosuch'", 2),
        (["DATA", "--limit", "0"], "limit is 0; it is at least 1", 2),
        (["DATA", "--option", "x"], "'x' is not NAME=VALUE", 2),
        (["DATA", "--model", "nobody"], "there is no model 'nobody'", 4),
        (["DATA", "--data", "x.jsonl", "--nothing"], "No such option", 2),
    ],
)
def test_bad_input_is_one_sentence_with_its_exit_status(
    arguments: list[str],
    sentence: str,
    status: int,
    *,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("OPTWRIGHT_DATA", raising=False)
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    monkeypatch.delitem(sys.modules, "optwright.benchmarks.datasets.fetching", raising=False)
    data = str(write_problems(tmp_path, 2))
    words = [data if word == "DATA" else word for word in arguments]
    base = ["--model", "scripted:none.json"] if "--model" not in words else []
    assert run(["bench", *words, *base, "--out", str(tmp_path / "out")]) == status
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.out == ""
    assert "Traceback" not in said.err


def test_a_broken_row_is_named_before_anything_is_paid_and_can_be_left_out(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_problems(tmp_path, 2)
    with data.open("a") as file:
        file.write('{"question": "How?", "answer": "some"}\n')
    assert bench(data, url, tmp_path / "out") == 2
    assert "line 3: its answer 'some' is no number and no status" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert bench(data, url, tmp_path / "out", "--skip-broken") == 0
    assert "left out: " in capsys.readouterr().err


def test_a_dead_endpoint_is_one_sentence_and_what_was_measured_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_problems(tmp_path, 4)
    with endpoint(0.0) as address:
        assert bench(data, address, tmp_path / "out", "--limit", "2") == 0
    capsys.readouterr()
    assert bench(data, address, tmp_path / "out") == 4
    said = capsys.readouterr()
    assert "nothing answers at" in said.err
    assert "2 attempts at 4 problems" in said.out


def test_a_replay_needs_no_endpoint_and_says_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_problems(tmp_path, 4)
    with endpoint(0.0) as address:
        bench(data, address, tmp_path / "one")
    ledger = str(tmp_path / "one/ledger.sqlite")
    capsys.readouterr()
    assert bench(data, address, tmp_path / "two", "--ledger", "replay", "--replies", ledger) == 0
    assert read_run(tmp_path / "one").records == read_run(tmp_path / "two").records
    data = write_problems(tmp_path, 5)
    assert bench(data, address, tmp_path / "six", "--ledger", "replay", "--replies", ledger) == 4
    assert "has no recorded reply" in capsys.readouterr().err


@pytest.mark.parametrize("mode", ["record", "replay"])
def test_a_file_that_is_no_ledger_is_refused_and_left_as_it_is(
    tmp_path: Path, url: str, mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_problems(tmp_path, 1)
    pack = tmp_path / "cot.jsonl.xz"
    pack.write_bytes(b"a pack")
    assert bench(data, url, tmp_path / "out", "--ledger", mode, "--replies", str(pack)) == 2
    assert "is no ledger" in capsys.readouterr().err
    assert pack.read_bytes() == b"a pack"
    assert not list(tmp_path.glob("cot.jsonl.xz?*"))


def test_a_second_process_is_told_who_holds_the_folder(tmp_path: Path, url: str) -> None:
    from optwright.benchmarks.store import Store

    data = write_problems(tmp_path, 2)
    with Store(tmp_path / "out"):
        done = command(data, url, tmp_path / "out")
        _, said = done.communicate(timeout=30)
    assert done.returncode == 4
    assert f"is held by process {os.getpid()}" in said


@pytest.mark.parametrize(
    ("sent", "in_background"),
    [(signal.SIGINT, False), (signal.SIGTERM, False), (signal.SIGTERM, True)],
)
def test_an_interrupt_keeps_what_was_measured(
    tmp_path: Path, sent: signal.Signals, *, in_background: bool
) -> None:
    """A shell has what it starts in the background of a script ignore SIGINT."""
    data = write_problems(tmp_path, 400)
    with endpoint(0.05) as address:
        process = command(
            data, address, tmp_path / "out", "--jobs", "2", in_background=in_background
        )
        _wait_for_records(tmp_path / "out", 3)
        process.send_signal(sent)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 130
        assert said.splitlines()[-3].endswith("; the same command goes on")
        assert said.splitlines()[-1] == "optwright: stopped"
        kept = len(read_run(tmp_path / "out").records)
        assert 3 <= kept < 400
        assert bench(data, address, tmp_path / "out", "--limit", "10", "--json") == 0
    assert len(read_run(tmp_path / "out").records) >= max(10, kept)


def test_a_full_disk_is_one_sentence_and_what_is_kept_can_be_read(tmp_path: Path, url: str) -> None:
    data = write_problems(tmp_path, 300)
    process = command(data, url, tmp_path / "out", "--ledger", "off", largest_file=150_000)
    out, said = process.communicate(timeout=60)
    assert process.returncode == 4, out + said
    assert "cannot be read or written" in said
    assert "Traceback" not in said
    kept = len(read_run(tmp_path / "out").records)
    assert 0 < kept < 300
    assert bench(data, url, tmp_path / "out", "--ledger", "off", "--json") == 0
    assert len(read_run(tmp_path / "out").records) == 300


def test_a_kill_loses_nothing_and_pays_nothing_twice() -> None:
    import random

    warm()
    chance = random.Random(7)
    points = [kill_once(20, 4, 0.02, chance) for _ in range(5)]
    assert sum(point.lost for point in points) == 0
    assert sum(point.paid_twice for point in points) == 0
    assert all(point.same_report for point in points)


def test_why_attempts_fail_is_said_and_calls_that_are_repeated_are(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data, broken = write_problems(tmp_path, 3), "command: sh -c 'echo no licence found'"
    words = ["bench", str(data), "--system", broken, "--model", f"simulated@{url}"]
    assert run([*words, "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr()
    assert said.err.count("it printed no JSON object: 'no licence found'") == 3
    assert "most often: it printed no JSON object: 'no licence found' (3 times)" in said.out
    waits = Waits()
    for attempt in range(5):
        waits(CallRetried("", "m", attempt, 2.0, "429: busy"))
    assert capsys.readouterr().err == "asking again in 2 s: 429: busy\n"


def test_the_list_names_data_sets_and_systems(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert "direct" in listed["systems"]
    assert {"nlp4lp", "miplib_nl"} <= {d["name"] for d in listed["datasets"]}
    (miplib,) = (d for d in listed["datasets"] if d["name"] == "miplib_nl")
    assert miplib["repository"] == "https://github.com/optsuite/MIPLIB-NL"
    assert miplib["hub"] is None
    assert run(["bench", "list"]) == 0
    assert "CC BY-NC 4.0, research use only" in capsys.readouterr().out


def command(
    data: Path,
    url: str,
    out: Path,
    *more: str,
    largest_file: int | None = None,
    in_background: bool = False,
) -> subprocess.Popen[str]:
    """The command in a process of its own, which may write files of up to so many bytes."""
    words = ["bench", str(data), "--system", ONE_CALL, "--model", f"simulated@{url}"]
    code = (
        "import resource, signal, sys; from optwright.cli import main;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"{in_background} and signal.signal(signal.SIGINT, signal.SIG_IGN);"
        f"limit = {largest_file} or resource.RLIM_INFINITY;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)); main(sys.argv[1:])"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, *words, "--out", str(out), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _wait_for_records(out: Path, count: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if (out / "run.sqlite").exists():
            try:
                if len(read_run(out).records) >= count:
                    return
            except Exception:  # noqa: BLE001  (its tables are being made)
                pass
        time.sleep(0.05)
    raise AssertionError("nothing was measured")
