"""Our end of the zygote: starting it, handing it jobs, ending it."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optwright.errors import SandboxUnavailable
from optwright.solvers.sandbox.contract import Level
from optwright.solvers.sandbox.process import environment

START_S = 60.0
# Not -I: it would ignore PYTHONHASHSEED. The environment is ours already.
FLAGS = ("-s", "-P", "-B")
_LAUNCH = (
    "import sys; sys.path += [p for p in sys.argv.pop().split(chr(10)) if p not in sys.path];"
    "from optwright.solvers.sandbox.zygote import main; main()"
)
_NEEDED = ("optwright", "pyomo", "highspy", "numpy")


class ForkServer:
    """A running zygote. Raises `SandboxUnavailable` if it does not come up.

    `preload` are the modules it imports, so that candidates find it done; none are what models
    are built with. `said()` names one that cannot be imported.
    """

    def __init__(self, level: Level, preload: Sequence[str] = ()) -> None:
        self._control, theirs = socket.socketpair()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the zygote
        roots = "\n".join(package_roots())
        wanted = [str(level), ",".join(preload), roots]
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, *FLAGS, "-c", _LAUNCH, str(theirs.fileno()), *wanted],
                env=environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._log,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # a Ctrl-C in the terminal is for us to handle
            )
        self.pid = self._process.pid
        hello = self._hello()
        self.level = Level(hello["level"])
        self.layers: tuple[str, ...] = tuple(hello["layers"])
        self.missing: dict[str, str] = hello["missing"]

    def _hello(self) -> dict[str, Any]:
        self._control.settimeout(START_S)
        try:
            with self._control.makefile("rb") as lines:
                line = lines.readline()
        except TimeoutError:
            line = b""
        if not line:
            said = self.said()
            self.close()
            raise SandboxUnavailable(f"the sandbox did not start: {said!r}")
        hello: dict[str, Any] = json.loads(line)
        return hello

    def said(self) -> str:
        """The last words of the zygote, for an error message."""
        self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, self._log.tell() - 2000))
        return self._log.read().decode(errors="replace").strip()

    def connect(self, slot: int) -> socket.socket:
        """A socket to a new supervisor that uses this slot. Raises `OSError` if the zygote died."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [bytes([slot])], [theirs.fileno()])
            except OSError:
                ours.close()
                raise
        return ours

    def close(self) -> None:
        """End the zygote; jobs that still run see their callers leave and end as well."""
        self._control.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()


def package_roots() -> list[str]:
    """The directories that hold the packages a zygote imports, wherever ours came from."""
    roots = []
    for package in _NEEDED:
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            raise SandboxUnavailable(f"the sandbox needs {package!r}, which is not installed")
        roots.append(str(Path(spec.origin).resolve().parent.parent))
    return list(dict.fromkeys(roots))
