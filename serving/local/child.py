"""The child process that holds the embedded model: llama.cpp's own server on a private Unix socket.

Started by `process` as `python -m optwright.serving.local.child` with its settings as one JSON
object on the command line. It says in one line of JSON on stdout that it is ready, or why it is
not, and leaves when its standard input closes or its parent is gone, however the parent ended.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import sys
import time
from typing import Any

_PARENT_CHECK_S = 1.0
_CACHE_MIB = 512  # for what prompts begin with; the rules and examples come first in all of ours


def main() -> None:
    settings = json.loads(sys.argv[1])
    parent = os.getppid()
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # native code may print; what it prints must not read as our answer
    started = time.perf_counter()
    try:
        server = _serve(settings, key=os.read(0, 256).decode().strip())
    except (ImportError, RuntimeError, ValueError) as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), file=answer, flush=True)
        os._exit(1)
    ready = {"load_seconds": time.perf_counter() - started, "runtime": _version()}
    print(json.dumps(ready), file=answer, flush=True)
    _hold(server, parent)
    shutil.rmtree(os.path.dirname(settings["socket"]), ignore_errors=True)
    os._exit(0)  # not sys.exit: taking the native threads down takes longer than the kernel needs


def _serve(settings: dict[str, Any], key: str) -> object:
    """Load the model and listen; the key comes over stdin because others can read arguments."""
    import xllamacpp  # type: ignore[import-untyped]  # it has none

    params = xllamacpp.CommonParams()
    params.model.path = settings["model"]
    params.hostnames = [settings["socket"]]
    params.api_keys = [key]
    params.slot_save_path = f"{settings['states']}/"
    params.n_parallel = settings["parallel"]
    params.n_ctx = settings["context"] * settings["parallel"]
    for cpu in (params.cpuparams, params.cpuparams_batch):
        cpu.n_threads = settings["threads"]
    params.n_gpu_layers = 0
    params.fit_params = False  # we say how large the context is; fitting loads the model twice
    # The runtime's own caches depend on what was asked before; `prefixes` does not.
    params.cache_ram_mib = 0
    params.n_ctx_checkpoints = 0
    if settings["chat"]:
        params.use_jinja = True
        params.cache_ram_mib = _CACHE_MIB
    params.ui = False
    params.verbosity = -1
    return xllamacpp.Server(params)


def _version() -> str:
    import xllamacpp

    return str(xllamacpp.__version__)


def _hold(server: object, parent: int) -> None:
    """Keep the server until stdin closes; a forked sibling may hold it open, so see to the parent.

    `server` is held by being an argument: it stops when nothing refers to it.
    """
    while os.getppid() == parent:
        readable, _, _ = select.select([0], [], [], _PARENT_CHECK_S)
        if readable and not os.read(0, 1):
            return


if __name__ == "__main__":
    main()
