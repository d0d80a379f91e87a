"""What is known of a model before it is loaded: its size, its shape, and exactly which one it is.

Read from its folder, or from Hugging Face's cache on this machine; the size of a model that is not
here is guessed from its name. Only `pinned` asks the network, for the commit a name stands for.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from optwright.errors import InputError, ModelUnavailable
from optwright.serving.hugging_face import endpoint, hub_cache
from optwright.serving.vllm.machine import GIB

_COMMIT = re.compile(r"[0-9a-f]{40}")
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_SIZE_IN_NAME = re.compile(r"(?<![A-Za-z0-9.])(\d+(?:\.\d+)?)[bB](?![A-Za-z0-9])")
_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}
_SAMPLED = 2**20
_ASK_S = 20.0


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A model to be served. `name` is as given, `folder` where its files are (None: not here),
    `revision` a commit, a fingerprint of the folder, or "" where neither is known yet.

    `parameters` and the numbers of its shape are None where nothing tells them. `bytes_each` is
    what a stored parameter takes when the model is quantized, otherwise None.
    """

    name: str
    folder: Path | None = None
    revision: str = ""
    parameters: float | None = None
    layers: int | None = None
    heads: int | None = None
    kv_heads: int | None = None
    head_size: int | None = None
    context: int | None = None
    bytes_each: float | None = None

    @property
    def served_as(self) -> str:
        """The name it is asked for by: a folder's own name, not where it lies."""
        return self.folder.name if self.is_local and self.folder else self.name

    @property
    def is_local(self) -> bool:
        return self.folder is not None and Path(self.name).exists()

    def weights_gib(self, dtype: str) -> float | None:
        if self.parameters is None:
            return None
        return self.parameters * (self.bytes_each or _BYTES[dtype]) / GIB

    def cache_bytes_per_token(self, dtype: str) -> int | None:
        """Keys and values that one token leaves in every layer."""
        if self.layers is None or self.kv_heads is None or self.head_size is None:
            return None
        return 2 * self.layers * self.kv_heads * self.head_size * _BYTES[dtype]


def look_at(name: str, revision: str | None = None) -> ModelFacts:
    """Find out what this machine knows of the model called `name`; asks nobody.

    `name` is a folder in Hugging Face's format or a repository such as `Qwen/Qwen3-8B`. Raises
    `InputError` for anything else.
    """
    place = Path(name).expanduser()
    if name and place.is_dir():
        if revision:
            raise InputError(
                f"{name!r} is a folder, which has no revision {revision!r}",
                hint="leave --revision out, or name the repository",
            )
        return _read_folder(ModelFacts(name, place.resolve()), fingerprint(place))
    if (name and place.exists()) or not _HUB_NAME.fullmatch(name):
        raise InputError(
            f"{name!r} is neither a folder nor a repository such as Qwen/Qwen3-8B",
            hint="vLLM serves folders in Hugging Face's format; a GGUF file is --model local:PATH",
        )
    snapshot = _snapshot(name, revision)
    if snapshot is not None:
        return _read_folder(ModelFacts(name, snapshot), snapshot.name)
    commit = revision if revision and _COMMIT.fullmatch(revision) else ""
    return ModelFacts(name, revision=commit, parameters=_parameters_in(name))


def pinned(facts: ModelFacts, revision: str | None = None) -> ModelFacts:
    """Return the facts with the commit that `revision` (default: main) stands for now.

    Asks Hugging Face if this machine does not know, and for the model's shape as well. Raises
    `ModelUnavailable` where there is no such model for us, or nobody can be asked.
    """
    if facts.folder is not None:
        return facts
    revision = facts.revision or revision or "main"
    told = _ask_hub(f"api/models/{facts.name}/revision/{revision}", facts.name, revision)
    commit = told.get("sha")
    if not isinstance(commit, str) or not _COMMIT.fullmatch(commit):
        raise ModelUnavailable(f"Hugging Face names no commit of {facts.name!r} at {revision!r}")
    config = _ask_hub(f"{facts.name}/resolve/{commit}/config.json", facts.name, revision)
    stored = _parameters_told(told)
    return replace(_shaped(facts, config), revision=commit, parameters=stored or facts.parameters)


def _parameters_told(told: Mapping[str, Any]) -> float | None:
    """How many parameters Hugging Face counted in a model's safetensors."""
    counted = told.get("safetensors")
    total = counted.get("total") if isinstance(counted, Mapping) else None
    return float(total) if isinstance(total, int) else None


def _ask_hub(path: str, name: str, revision: str) -> Mapping[str, Any]:
    import httpx

    token = os.environ.get("HF_TOKEN")
    headers = {"authorization": f"Bearer {token}"} if token else {}
    url = f"{endpoint()}/{path}"
    try:
        answer = httpx.get(url, headers=headers, timeout=_ASK_S, follow_redirects=True)
        told = answer.json() if answer.is_success else None
    except (httpx.HTTPError, ValueError) as error:
        raise ModelUnavailable(
            f"Hugging Face cannot be asked about {name!r}: {type(error).__name__}: {error}",
            hint="connect this machine, or name a folder that holds the model",
        ) from None
    if not isinstance(told, Mapping):
        raise ModelUnavailable(
            f"Hugging Face has no model {name!r} at revision {revision!r} for us "
            f"(status {answer.status_code})",
            hint="check the name; a gated model needs HF_TOKEN",
        )
    return told


def fingerprint(folder: Path) -> str:
    """A digest that changes when a folder holds another model.

    Of weights only the size, the first and the last MiB are read, since gigabytes take a minute:
    enough to tell two models apart, not enough to find a forgery.
    """
    digest = hashlib.sha256()
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        size = file.stat().st_size
        digest.update(f"{file.relative_to(folder)}\0{size}\0".encode())
        with file.open("rb") as stream:
            digest.update(stream.read(_SAMPLED))
            stream.seek(max(0, size - _SAMPLED))
            digest.update(stream.read(_SAMPLED))
    return digest.hexdigest()[:40]


def _snapshot(name: str, revision: str | None) -> Path | None:
    """Where Hugging Face's cache keeps that revision of a repository, if it does."""
    kept = hub_cache() / f"models--{name.replace('/', '--')}"
    wanted = revision or "main"
    try:
        commit = wanted if _COMMIT.fullmatch(wanted) else (kept / "refs" / wanted).read_text()
    except OSError:
        return None
    snapshot = kept / "snapshots" / commit.strip()
    return snapshot if (snapshot / "config.json").is_file() else None


def _read_folder(facts: ModelFacts, revision: str) -> ModelFacts:
    assert facts.folder is not None
    try:
        config = json.loads((facts.folder / "config.json").read_text(encoding="utf-8"))
        shaped = _shaped(facts, config)
    except (OSError, ValueError, AttributeError, TypeError):
        raise InputError(
            f"{str(facts.folder)!r} has no readable config.json, so it is not a model",
            hint="vLLM serves folders in Hugging Face's format",
        ) from None
    stored = _stored_bytes(facts.folder)
    quantized = "quantization_config" in config
    width = _BYTES.get(config.get("dtype") or config.get("torch_dtype") or "", 2)
    parameters = _parameters_in(facts.served_as) if quantized else None
    return replace(
        shaped,
        revision=revision,
        parameters=parameters or (stored / width if stored else None),
        bytes_each=stored / parameters if quantized and parameters and stored else None,
    )


def _shaped(facts: ModelFacts, config: Mapping[str, Any]) -> ModelFacts:
    """The facts with what a model's config.json says of its shape."""
    config = config.get("text_config", config)  # models that see and hear keep it there
    heads, hidden = config.get("num_attention_heads"), config.get("hidden_size")
    return replace(
        facts,
        layers=config.get("num_hidden_layers"),
        heads=heads,
        kv_heads=config.get("num_key_value_heads", heads),
        head_size=config.get("head_dim") or (hidden // heads if hidden and heads else None),
        context=config.get("max_position_embeddings"),
    )


def _stored_bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("*.safetensors"))


def _parameters_in(name: str) -> float | None:
    """How many parameters a name claims.

    >>> _parameters_in("Qwen/Qwen2.5-Coder-1.5B-Instruct")
    1500000000.0
    """
    found = _SIZE_IN_NAME.search(name)
    return float(found.group(1)) * 1e9 if found else None


def as_json(facts: ModelFacts) -> dict[str, Any]:
    """What a program may want to know of the model."""
    return {
        "name": facts.name,
        "served_as": facts.served_as,
        "revision": facts.revision or None,
        "parameters": facts.parameters,
        "context": facts.context,
        "on_this_machine": facts.folder is not None,
    }
