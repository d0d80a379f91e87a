"""The servers that run on this machine for this user, one private file each.

So that `vllm/NAME` finds a server another terminal started, with its key. A file whose process is
gone is not believed; without its key it is kept for a while, because ledgers know a model by its
revision, which a server that ended cannot be asked for any more.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from optwright.errors import ModelUnavailable, StorageError

SOCKET_SCHEME = "http+unix:"
_PRIVATE_FOLDER, _OTHERS = 0o700, 0o077
_ENDED, _KEPT_ENDED = ".ended", 50


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that answers: where, to which key and names, and which models these are.

    `address` is a base URL, or `http+unix:` with the path of a socket. `identities` gives each
    name what ledgers call it: a model with its revision, not a port that changes at each start.
    `pid` and `began` (in the kernel's ticks) say which process holds it.
    """

    name: str
    address: str
    key: str = field(repr=False)
    identities: dict[str, str]
    pid: int
    began: int
    sequences: int
    patience_s: float
    device: str
    log: str

    @property
    def url(self) -> str:
        return "http://localhost/v1" if self.socket else self.address

    @property
    def socket(self) -> str | None:
        return socket_of(self.address)

    def model_name(self, name: str | None = None) -> str:
        """What `open_model` and `--model` understand, for one of its names."""
        return f"vllm/{name or self.name}@{self.address}"

    @property
    def alive(self) -> bool:
        return began(self.pid) == self.began


def socket_of(address: str) -> str | None:
    """The path of the Unix socket an address names; None for one of a network."""
    is_socket = address.startswith(SOCKET_SCHEME)
    return address.removeprefix(SOCKET_SCHEME) if is_socket else None


def folder() -> Path:
    """Where the files lie, made for this user alone; a place others can read is refused."""
    import platformdirs

    runtime = os.environ.get("XDG_RUNTIME_DIR")  # a session without a login has none
    root = Path(runtime, "optwright") if runtime else platformdirs.user_state_path("optwright")
    place = root / "servers"
    try:
        place.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_FOLDER)
        found = place.stat()
    except OSError as error:
        raise StorageError(f"{str(place)!r} cannot be made: {error.strerror}") from error
    if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & _OTHERS:
        raise StorageError(
            f"{str(place)!r} is not private, so keys cannot be kept there",
            hint=f"remove it, or: chmod 700 {place}",
        )
    return place


def register(server: RunningServer) -> Path:
    """Write a server's file, readable by this user alone, and return its path."""
    path = folder() / f"{server.pid}-{server.began}.json"
    _write(path, server)
    return path


def running() -> list[RunningServer]:
    """Every server that is alive, the one that was started last first."""
    servers = []
    for path in folder().glob("*.json"):
        server = _read(path)
        if server is not None and server.alive:
            servers.append(server)
        else:
            retire(path)
    return sorted(servers, key=lambda server: server.began, reverse=True)


def retire(path: Path) -> None:
    """Take the key out of a server's file and put the rest among the ended ones."""
    server = _read(path)
    if server is not None:
        _write(path.with_suffix(_ENDED), replace(server, key=""))
    path.unlink(missing_ok=True)
    ended = sorted(path.parent.glob(f"*{_ENDED}"), key=_written_at, reverse=True)
    for old in ended[_KEPT_ENDED:]:
        old.unlink(missing_ok=True)


def find_ended(name: str, address: str | None = None) -> RunningServer | None:
    """The server that knew `name` (at `address`) and ended last, or None."""
    for path in sorted(folder().glob(f"*{_ENDED}"), key=_written_at, reverse=True):
        server = _read(path)
        if server and name in server.identities and address in (None, server.address):
            return server
    return None


def find(name: str, address: str | None = None) -> RunningServer | None:
    """The server that knows `name` (at `address`), or None.

    Two that do are `ModelUnavailable`, as is a server at `address` that does not.
    """
    here = [server for server in running() if address in (None, server.address)]
    found = [server for server in here if name in server.identities]
    if address is not None and here and not found:
        known = ", ".join(here[0].identities)
        raise ModelUnavailable(f"the server at {address!r} knows {known}, not {name!r}")
    if len(found) > 1:
        names = " or ".join(server.model_name(name) for server in found)
        raise ModelUnavailable(f"{len(found)} servers know {name!r}", hint=f"name one: {names}")
    return found[0] if found else None


def began(pid: int) -> int:
    """When a process began, in ticks since the start of the machine; -1 if there is none."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        text = Path(f"/proc/{pid}/stat").read_text()
        # Field 22; the command before it, in brackets, may hold anything. Z is dead already.
        fields = text[text.rindex(")") + 2 :].split()
        return -1 if fields[0] == "Z" else int(fields[19])
    return -1


def _write(path: Path, server: RunningServer) -> None:
    draft = path.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as stream:
        json.dump(asdict(server), stream, indent=1)
    draft.replace(path)


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # another process removed it
        return 0.0


def _read(path: Path) -> RunningServer | None:
    try:
        return RunningServer(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
