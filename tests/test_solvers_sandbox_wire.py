"""Whatever a candidate writes, reading it gives a result and never an exception."""

from __future__ import annotations

import json
import socket
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwright.solvers.sandbox import ErrorKind, wire
from optwright.solvers.sandbox.contract import Json

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
JSON = st.recursive(SCALARS, lambda x: st.lists(x) | st.dictionaries(st.text(max_size=5), x))
HEADS = st.dictionaries(
    st.sampled_from(["names", "value", "error", "kind", "line", "message", "x"]),
    JSON | st.fixed_dictionaries({"kind": st.sampled_from(ErrorKind), "line": JSON}),
)


@settings(deadline=None)
@given(st.binary())
def test_any_bytes_are_read(blob: bytes) -> None:
    result = wire.read_result(blob)
    assert result.error is not None or isinstance(json.loads(blob.partition(b"\n")[0]), dict)


@settings(deadline=None, max_examples=50)
@given(HEADS, st.text())
def test_any_json_is_read(head: dict[str, Json], rest: str) -> None:
    blob = json.dumps(head).encode() + b"\n" + rest.encode(errors="surrogatepass")
    result = wire.read_result(blob)
    assert all(isinstance(name, str) for name in result.names.values())
    if result.error is not None:
        assert result.error.kind in set(ErrorKind)
        assert result.error.line is None or result.error.line > 0


@settings(deadline=None)
@given(JSON)
def test_honest_values_survive(value: Json) -> None:
    result = wire.read_result(wire.write_result({"value": value}, "max\nend\n"))
    assert (result.value, result.lp_text, result.error) == (value, "max\nend\n", None)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"42",
        b"\xff\xfe",
        b'{"value": NaN}',
        b'{"value": -Infinity}',
        b'{"value": 1e999}',
        b'{"value": "\\ud800"}',
        b'{"value": ' + b"9" * 5000 + b"}",
        b'{"value": ' + b"[" * 200_000,
        b'{"value": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b'{"error": {"kind": "paid in full"}}',
        b'{"error": 7}',
    ],
)
def test_what_is_not_a_result_is_an_output_error(line: bytes) -> None:
    began = time.process_time()
    error = wire.read_result(line + b"\nmax\nend\n").error
    assert error is not None
    assert error.kind is ErrorKind.OUTPUT
    assert time.process_time() - began < 1


def test_a_message_cut_short_is_the_end_of_the_connection() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire.send(ours, {"kind": "model"}, {"data": b"x" * 100})
        head, blobs = wire.receive(theirs)
        assert (head, blobs) == ({"kind": "model"}, {"data": b"x" * 100})
        ours.sendall(wire.LENGTH.pack(100) + b"{")
        ours.close()
        with pytest.raises(EOFError):
            wire.receive(theirs)
