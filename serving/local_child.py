"""The child process that holds the embedded model: llama.cpp's own server on a private Unix socket.

Started by `serving/local.py` as `python -m optwright.serving.local_child` with its settings as one
JSON object on the command line. It says on one line of stdout that it is ready or why it is not, and
leaves when its standard input closes or its parent is gone, however the parent ended.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time
from typing import Any

_PARENT_CHECK_S = 1.0


def main() -> None:
    settings = json.loads(sys.argv[1])
    parent = os.getppid()
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # native code may print; what it prints must not read as our answer
    started = time.perf_counter()
    try:
        server = _serve(settings)
    except (ImportError, RuntimeError, ValueError) as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), file=answer, flush=True)
        os._exit(1)
    seconds = time.perf_counter() - started
    print(json.dumps({"load_seconds": seconds}), file=answer, flush=True)
    _wait_for_end(parent)
    del server
    # Not sys.exit: tearing the native threads down takes longer than the kernel needs.
    os._exit(0)


def _serve(settings: dict[str, Any]) -> object:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["model"]
    params.hostnames = [settings["socket"]]
    params.api_keys = [sys.stdin.readline().strip()]  # not in argv, where others could read it
    params.n_parallel = settings["parallel"]
    params.n_ctx = settings["context"] * settings["parallel"]
    for cpu in (params.cpuparams, params.cpuparams_batch):
        cpu.n_threads = settings["threads"]
    params.n_gpu_layers = 0
    params.fit_params = False
    params.cache_ram_mib = 0
    params.ui = False
    params.verbosity = -1
    return xllamacpp.Server(params)


def _wait_for_end(parent: int) -> None:
    """Return when stdin closes; a forked sibling may hold it open, so look at the parent too."""
    while os.getppid() == parent:
        readable, _, _ = select.select([sys.stdin], [], [], _PARENT_CHECK_S)
        if readable and not sys.stdin.buffer.read1(1):
            return


if __name__ == "__main__":
    main()
