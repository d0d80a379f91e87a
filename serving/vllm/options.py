"""What a user may decide about a model server, and the checks no machine is needed for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from optwright.errors import InputError

LOOPBACK = ("127.0.0.1", "::1", "localhost")
DTYPES = ("float32", "bfloat16", "float16")
_GPU_SHARE = 0.9
_LONGEST_SOCKET = 100  # the kernel allows 107 bytes
_COUNTS = (
    *("max_model_len", "kv_cache_gib", "sequences", "tensor_parallel", "data_parallel", "nodes"),
)


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What the user decides; None leaves it to the plan.

    `max_model_len` counts tokens of prompt and reply, `kv_cache_gib` is memory for keys and values
    on a CPU, `gpu_memory` the share of each card that vLLM may take. `tensor_parallel` cards hold
    one copy of the model, `data_parallel` is the number of copies, `nodes` machines are joined by
    Ray (`ray` alone uses Ray on one). The server listens on `host` and `port` (None: a free one),
    or on a Unix `socket` ("": in a private folder). A host that others can reach needs
    `allow_remote`. `lora` maps adapter names to folders.
    """

    dtype: str | None = None
    max_model_len: int | None = None
    kv_cache_gib: int | None = None
    gpu_memory: float | None = None
    sequences: int | None = None
    tensor_parallel: int | None = None
    data_parallel: int | None = None
    nodes: int | None = None
    ray: bool = False
    host: str = "127.0.0.1"
    port: int | None = None
    socket: str | None = None
    allow_remote: bool = False
    lora: Mapping[str, str] = field(default_factory=dict)
    revision: str | None = None
    name: str | None = None
    seed: int = 0

    @property
    def gpu_share(self) -> float:
        return self.gpu_memory or _GPU_SHARE

    @property
    def is_private(self) -> bool:
        """Whether only this machine can connect."""
        return self.socket is not None or self.host in LOOPBACK


def check(options: ServeOptions) -> None:
    """Raise `InputError` for options that no machine could follow."""
    for name in _COUNTS:
        if (value := getattr(options, name)) is not None and value < 1:
            raise InputError(f"{name} is {value}; it is at least 1")
    if options.dtype not in (None, *DTYPES):
        raise InputError(f"there is no dtype {options.dtype!r}; there are {', '.join(DTYPES)}")
    if options.gpu_memory is not None and not 0 < options.gpu_memory <= 1:
        raise InputError(f"gpu_memory is {options.gpu_memory:g}; it is a share between 0 and 1")
    if options.port is not None and not 0 < options.port < 2**16:
        raise InputError(f"port {options.port} is not between 1 and 65535")
    if not options.is_private and not options.allow_remote:
        raise InputError(
            f"host {options.host!r} can be reached from other machines",
            hint="stay on 127.0.0.1, or add --allow-remote once you have read docs/serving.md",
        )
    if options.socket and len(options.socket.encode()) > _LONGEST_SOCKET:
        raise InputError(
            f"socket {options.socket!r} is longer than the 100 bytes a system allows",
            hint="name a place nearer to the root, such as one in /tmp or $XDG_RUNTIME_DIR",
        )
    if options.socket and Path(options.socket).exists():
        raise InputError(f"there is something at {options.socket!r} already")
