"""What the name of a model stands for: the client behind it, and how it wants to be asked."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from optwright.errors import InputError, ModelUnavailable
from optwright.serving.chat import ChatModel
from optwright.serving.keys import OFFICIAL, is_loopback
from optwright.serving.recorded import Replayed
from optwright.serving.recording import open_replies
from optwright.serving.scripted import read_script
from optwright.serving.settings import split

_KNOWN = (
    "local, local:PATH, hf:OWNER/REPO:FILE, replay:PATH, scripted:PATH, openai/NAME, vllm/NAME, "
    "vllm:MODEL, NAME@URL, or PROVIDER/NAME through LiteLLM"
)
_OF_VLLM = "vllm/"
_VLLM_CONCURRENCY = 64  # vLLM batches what it can of them and lets the others wait
_REMOTE_CONCURRENCY = 8
_REMOTE_TIMEOUT_S = 600.0  # a model that thinks first takes minutes
_OWN = ("local", "hf", "replay", "scripted", "vllm")


@dataclass(frozen=True, slots=True)
class Named:
    """The client behind a name; one call may take `timeout_s` (None: as long as it takes), and
    `concurrency` of them go at once. What other people serve is not free."""

    client: ChatModel
    timeout_s: float | None
    concurrency: int
    is_free: bool
    writes_at_length: bool = True
    """Whether a text that was cut off is likely to end with more room: not that of the embedded
    model, which stays well below the caps of its roles unless it goes round in circles."""


def destination(name: str, base_url: str | None = None) -> str | None:
    """Where what the model of that name is asked goes; None where it stays on this machine."""
    target, url = _split_url(split(name)[0], base_url)
    if url is None and target.partition(":")[0] in _OWN:
        return None
    if url is None and target.startswith(_OF_VLLM):
        return None
    if url is None and target.startswith("openai/"):
        url = os.environ.get("OPENAI_BASE_URL") or OFFICIAL
    if url is None:
        return target.partition("/")[0]
    host = urlsplit(url).hostname or url
    return None if is_loopback(host) else host


def find_named(
    name: str | ChatModel,
    *,
    base_url: str | None,
    api_key: str | None,
    timeout_s: float | None,
    concurrency: int | None,
    check: bool,
) -> Named:
    """What `open_model` opens; `timeout_s` and `concurrency` are what suits it where they are None.

    `check` tells whether a name must be one that can be asked, or may be known from its replies
    alone. Raises as `open_model` does.
    """
    if not isinstance(name, str):
        return Named(
            name, timeout_s or _REMOTE_TIMEOUT_S, concurrency or _REMOTE_CONCURRENCY, is_free=False
        )
    if name.partition(":")[0] in _OWN and not base_url:
        concurrency = concurrency or _own_concurrency(name)
        return Named(
            _own(name, concurrency),
            timeout_s or None,
            concurrency,
            is_free=True,
            writes_at_length=name != "local",
        )
    if (found := _served_here(name, base_url, timeout_s, concurrency)) is not None:
        return found
    timeout_s = timeout_s or _REMOTE_TIMEOUT_S
    client = _remote(name, base_url, api_key, timeout_s, check=check)
    return Named(client, timeout_s, concurrency or _REMOTE_CONCURRENCY, is_free=False)


def _served_here(
    name: str, base_url: str | None, timeout_s: float | None, concurrency: int | None
) -> Named | None:
    """The vLLM server of ours that a `vllm/NAME` means, if there is one."""
    if not name.startswith(_OF_VLLM):
        return None
    from optwright.serving.vllm.client import client_of, served_here

    target, url = _split_url(name, base_url)
    served = target.removeprefix(_OF_VLLM)
    server = served_here(served, url)
    if server is None:
        return None
    timeout_s = timeout_s or server.patience_s
    client = client_of(server, served, timeout_s)
    return Named(client, timeout_s, concurrency or server.sequences, is_free=True)


def _own_concurrency(name: str) -> int:
    return _VLLM_CONCURRENCY if name.startswith("vllm:") else 1


def _own(name: str, concurrency: int) -> ChatModel:
    kind, _, rest = name.partition(":")
    if kind == "vllm" and rest:
        from optwright.serving.vllm.client import VllmModel

        return VllmModel(rest)
    if kind == "local":
        return _local(rest, concurrency)
    if kind == "hf":
        from optwright.serving.local.any_gguf import GgufModel
        from optwright.serving.local.hub_files import hub_file

        return GgufModel(hub_file(rest), parallel=concurrency)
    if not rest:
        raise InputError(f"model {kind!r} needs a file", hint=f"write it {kind}:PATH")
    if kind == "scripted":
        return read_script(Path(rest))
    path, _, model = rest, "", ""
    if not Path(rest).exists():
        path, _, model = rest.rpartition("@")
    return Replayed(open_replies(Path(path or rest)), model or None)


def _local(path: str, concurrency: int) -> ChatModel:
    """The embedded model, or that of another GGUF file."""
    from optwright.serving.local.gguf import is_gguf
    from optwright.serving.local.model import LocalModel
    from optwright.serving.local.store import EMBEDDED

    file = Path(path).expanduser()
    if path and is_gguf(file) and file.stat().st_size != EMBEDDED.size:
        from optwright.serving.local.any_gguf import GgufModel

        return GgufModel(file, parallel=concurrency)
    return LocalModel(path or None, parallel=concurrency)


def _remote(
    name: str, base_url: str | None, api_key: str | None, timeout_s: float, *, check: bool
) -> ChatModel:
    target, url = _split_url(name, base_url)
    provider, _, served = target.partition("/")
    if provider == "vllm" and served:
        from optwright.serving.vllm.client import foreign_client

        return foreign_client(served, url, api_key, timeout_s)
    if url or (provider == "openai" and served):
        from optwright.serving.openai_client import OpenAIModel

        model = served if provider == "openai" and served else target
        return OpenAIModel(model, base_url=url, api_key=api_key, timeout_s=timeout_s)
    if _is_path(target):
        raise InputError(f"{name!r} is a path, not a model", hint=f"write it local:{target}")
    if not served:
        raise ModelUnavailable(f"there is no model {name!r}", hint=f"models are {_KNOWN}")
    from optwright.serving.litellm_client import LiteLLMModel

    return LiteLLMModel(target, api_key=api_key, timeout_s=timeout_s, check=check)


def _is_path(target: str) -> bool:
    return target.startswith(("/", "./", "../", "~")) or target.endswith(".gguf")


def _split_url(name: str, base_url: str | None) -> tuple[str, str | None]:
    target, at, url = name.partition("@http")
    if not at:
        return name, base_url
    if base_url:
        raise InputError(f"model {name!r} names an address and base_url={base_url!r} another")
    return target, f"http{url}"
