"""Programs under evaluation: called many times, believed in nothing, ended in time."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwright.errors import InputError
from optwright.solvers.sandbox import (
    ErrorKind,
    Harness,
    Level,
    Limits,
    ProgramFault,
    Sandbox,
)
from optwright.solvers.sandbox.payload import PayloadError, pack, read_message, unpack


@pytest.fixture(scope="module")
def harness() -> Iterator[Harness]:
    with Harness(jobs=2) as opened:
        yield opened


def fault(harness: Harness, source: str, wall_s: float = 5.0) -> ProgramFault:
    """The fault of a program whose `f` is called."""
    with pytest.raises(ProgramFault) as caught, harness.program(source, Limits(wall_s)) as program:
        program.f()
    return caught.value


def test_one_process_answers_every_call_of_an_evaluation(harness: Harness) -> None:
    source = "n = 0\ndef f(x):\n    global n\n    n += x\n    return n"
    with harness.program(source) as program:
        assert [program.f(2) for _ in range(5)] == [2, 4, 6, 8, 10]
    assert program.report.calls == 5
    with harness.program(source) as program:
        assert program.f(1) == 1


def test_arrays_travel_as_they_are(harness: Harness) -> None:
    grid = np.arange(12, dtype=np.float32).reshape(3, 4).T
    with harness.program("def f(a): return {'a': a * 2, 'n': a.sum()}") as program:
        found = program.f(grid)
    assert found["a"].dtype == np.float32
    np.testing.assert_array_equal(found["a"], grid * 2)
    assert found["n"] == 66.0


def test_what_a_program_prints_is_kept_as_its_word(harness: Harness) -> None:
    source = "import sys\ndef f():\n    print('said'); sys.stderr.write('warned')"
    with harness.program(source) as program:
        program.f()
    assert program.report.stdout == "said\n"
    assert program.report.stderr == "warned"
    assert program.report.error is None


def test_an_error_names_the_line_and_the_program_may_be_called_again(harness: Harness) -> None:
    with harness.program("def f(x):\n    return 1 / x") as program:
        with pytest.raises(ProgramFault, match=r"ZeroDivisionError.*line 2"):
            program.f(0)
        assert program.f(4) == 0.25
    assert program.report.error is not None


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("def f(:", ErrorKind.SYNTAX),
        ("1 / 0", ErrorKind.EXCEPTION),
        ("g = 1", ErrorKind.MISSING),
        ("f = 1", ErrorKind.MISSING),
        ("import os\nos._exit(0)", ErrorKind.CRASH),
        ("import ctypes\ndef f(): ctypes.string_at(0)", ErrorKind.CRASH),
        ("def f(): return object()", ErrorKind.OUTPUT),
        ("def f(): return bytearray(8 << 30)", ErrorKind.MEMORY),
        ("def f(): return 'x' * (9 << 20)", ErrorKind.OUTPUT),
        ("def f(): print('x' * (8 << 20))", ErrorKind.OUTPUT),
        ("def f(): raise SystemExit(0)", ErrorKind.EXCEPTION),
        ("a = []\na.append(a)\ndef f(): return a", ErrorKind.OUTPUT),
    ],
)
def test_every_way_to_fail_is_the_programs(harness: Harness, source: str, kind: ErrorKind) -> None:
    assert fault(harness, source).error.kind is kind


@pytest.mark.parametrize(
    "source",
    [
        "while True: pass",
        "import time\ndef f(): time.sleep(60)",
        # As in openevolve #79: it heeds nothing and its time must still be kept.
        "import signal\nfor n in range(1, 65):\n"
        "    try: signal.signal(n, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
        "def f():\n    while True:\n        try:\n            while True: pass\n"
        "        except BaseException: pass",
        "import re\ndef f(): re.match(r'(a+)+$', 'a' * 60 + 'b')",
        "import os\nos.close(1); os.close(2)\ndef f():\n    while True: pass",
        "import threading, time\nthreading.Thread(target=lambda: time.sleep(60)).start()\n"
        "def f(): time.sleep(60)",
    ],
)
def test_the_time_limit_is_kept_whatever_a_program_does(harness: Harness, source: str) -> None:
    began = time.monotonic()
    assert fault(harness, source, wall_s=0.5).error.kind is ErrorKind.TIMEOUT
    assert time.monotonic() - began < 8.0
    with harness.program("def f(): return 1") as program:
        assert program.f() == 1


SENT = "import os, struct\ndef send(text):\n    b = text.encode()\n" + (
    "    os.write(4, struct.pack('!QQ', len(b) + 8, len(b)) + b)\n"
)


@pytest.mark.parametrize("kind", ["lost", "timeout", "crash", "unguarded", "best", ""])
def test_a_program_cannot_say_that_the_sandbox_died(harness: Harness, kind: str) -> None:
    source = SENT + (f'send(\'[{{"error": {{"kind": "{kind}", "message": "x"}}}}, null]\')')
    assert fault(harness, source).error.kind is ErrorKind.OUTPUT


@pytest.mark.parametrize(
    "bytes_",
    ["b''", "b'\\0' * 8", "b'x' * 64", "b'\\0' * 7 + b'\\x10' + b'[' * 16", "b'\\xff' * 4096"],
)
def test_garbage_on_the_pipe_is_an_output_error(harness: Harness, bytes_: str) -> None:
    source = f"import os\nos.write(4, {bytes_})\nos._exit(0)"
    assert fault(harness, source).error.kind in (ErrorKind.OUTPUT, ErrorKind.CRASH)


def test_an_answer_sent_ahead_is_data_and_no_score(harness: Harness) -> None:
    """What a program may do at most is answer wrongly."""
    with harness.program(SENT + "send('[{\"value\": 7}, null]')\ndef f(): return 1") as program:
        assert program.f() in (1, 7, None)


@pytest.mark.parametrize(
    "attack",
    [
        "import os\nos.kill(os.getppid(), 9)",
        "import os\nos.kill(1, 9)",
        "import os\nos.killpg(0, 9)",
        "import os\nos.fork()",
        "import subprocess\nsubprocess.run(['/bin/true'])",
        "import socket\nsocket.socket()",
        "open('/etc/passwd').read()",
        "open('/left', 'w').write('for the next one')",
        "import tempfile\ntempfile.NamedTemporaryFile()",
        "import os\nos.setsid()",
        "import ctypes\nl = ctypes.CDLL(None, use_errno=True)\nassert l.ptrace(16, 1, 0, 0) == 0",
        "import signal\nsignal.raise_signal(9) if False else signal.pthread_kill(1, 9)",
    ],
)
def test_a_program_reaches_nothing_outside_its_process(harness: Harness, attack: str) -> None:
    assert fault(harness, attack).error.kind in (ErrorKind.EXCEPTION, ErrorKind.CRASH)
    with harness.program("def f(): return 1") as program:
        assert program.f() == 1


def test_a_program_has_no_files_but_its_own(harness: Harness) -> None:
    source = """
import os
def f():
    found = []
    for fd in range(256):
        try:
            os.fstat(fd)
        except OSError:
            continue
        found.append(fd)
    return found, dict(os.environ)
"""
    with harness.program(source) as program:
        files, environment = program.f()
    assert files == [0, 1, 2, 3, 4]
    assert not {name for name in environment if "KEY" in name or name == "HOME"}


def test_a_file_is_left_to_nobody_and_neither_are_changed_modules(harness: Harness) -> None:
    with harness.program("import json\njson.dumps = None\nimport math\nmath.pi = 3") as _:
        pass
    with harness.program("import json, math\ndef f(): return json.dumps([math.pi])") as program:
        assert program.f().startswith("[3.14")


def test_programs_run_side_by_side(harness: Harness) -> None:
    begun, answers = threading.Barrier(2), []

    def work(number: int) -> None:
        with harness.program(f"def f(): return {number}") as program:
            begun.wait(20)
            answers.append(program.f())

    threads = [threading.Thread(target=work, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [0, 1]


def test_a_keeper_that_dies_is_replaced() -> None:
    """Below strict a program can end its keeper; that ends neither the harness nor the study."""
    with Harness(Level.PROCESS, jobs=1) as harness:
        source = "import os, signal\ndef f(): os.kill(os.getppid(), signal.SIGKILL); return 1"
        for _ in range(3):
            # As root a program has another uid, and may not.
            assert fault(harness, source).error.kind in (ErrorKind.LOST, ErrorKind.EXCEPTION)
        with harness.program("def f(): return 2") as program:
            assert program.f() == 2


def test_what_a_process_level_program_starts_dies_with_it() -> None:
    source = """
import os, time
def f():
    if os.fork() == 0:
        os.setsid()
        time.sleep(60)
    return os.getpid()
"""
    with Harness(Level.PROCESS, jobs=1) as harness, harness.program(source) as program:
        own = program.f()
    time.sleep(0.2)
    assert not os.path.exists(f"/proc/{own}")
    assert program.report.seconds < 5.0


def test_arguments_that_are_no_data_are_the_callers_fault(harness: Harness) -> None:
    with harness.program("def f(x): return x") as program:
        with pytest.raises(InputError, match="neither JSON nor an array"):
            program.f(object())
        assert program.f([1]) == [1]


def test_a_harness_that_is_closed_says_so(harness: Harness) -> None:
    with pytest.raises(InputError, match="closed"), Harness().program("x = 1"):
        pass


def test_a_single_job_cannot_say_that_the_sandbox_died_either() -> None:
    source = 'import os\nos.write(3, b\'{"error": {"kind": "lost"}}\\n\')\nos._exit(0)\ndef f(): 0'
    with Sandbox(jobs=1) as box:
        report = box.call_function(source, "f", [])
    assert report.error is not None
    assert report.error.kind is ErrorKind.OUTPUT


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(PLAIN)
def test_values_come_out_as_they_went_in(value: object) -> None:
    message = pack({"value": value})
    assert unpack(message[8:]) == {"value": value}


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    with pytest.raises(PayloadError):
        unpack(data)


@given(st.binary(max_size=100), st.integers(0, 60), st.binary(min_size=1, max_size=4))
def test_no_damaged_message_breaks_the_reader(tail: bytes, place: int, bytes_: bytes) -> None:
    message = bytearray(pack({"value": [np.arange(3), {"a": 1.5}]}) + tail)
    message[place : place + len(bytes_)] = bytes_
    stream = memoryview(bytes(message))

    def read(size: int) -> bytes:
        nonlocal stream
        part, stream = stream[:size], stream[size:]
        return bytes(part)

    with suppress(PayloadError, EOFError):
        unpack(read_message(read, 1 << 20))
