"""Any GGUF file as a model: its header, its prompt format, and names of Hugging Face."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from optwright.errors import InputError, ModelUnavailable
from optwright.serving.chat import ChatRequest, system, user
from optwright.serving.local.advice import GIB, LADDER, advised
from optwright.serving.local.any_gguf import GgufModel
from optwright.serving.local.gguf import is_gguf, read_facts
from optwright.serving.local.hub_files import hub_file, pinned_names
from optwright.serving.local.running import running_models
from optwright.serving.models import open_model
from tests.faulty_endpoint import Endpoint, Exchange, answers, endpoint, head
from tests.tiny_gguf import write_tiny_gguf


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPTWRIGHT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_header_says_name_context_and_prompt_format(tmp_path: Path) -> None:
    facts = read_facts(write_tiny_gguf(tmp_path / "tiny.gguf"))
    assert (facts.name, facts.architecture, facts.context) == ("tiny", "llama", 4096)
    assert facts.template
    assert not read_facts(write_tiny_gguf(tmp_path / "bare.gguf", template=None)).template


@pytest.mark.parametrize(
    "data",
    [b"", b"GGUF", b"GGUX" + bytes(99), b"GGUF\x03\0\0\0" + b"\xff" * 16, b"GGUF\x63" + bytes(99)],
)
def test_a_file_that_is_none_is_bad_input(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "x.gguf"
    file.write_bytes(data)
    with pytest.raises(InputError, match="not a GGUF file"):
        read_facts(file)


def test_a_file_cut_at_any_place_of_its_header_is_bad_input(tmp_path: Path) -> None:
    whole = write_tiny_gguf(tmp_path / "tiny.gguf").read_bytes()
    for end in range(4, 4000, 197):
        cut = tmp_path / "cut.gguf"
        cut.write_bytes(whole[:end])
        assert is_gguf(cut)
        with pytest.raises(InputError):
            read_facts(cut)


def test_a_model_without_a_prompt_format_is_bad_input(tmp_path: Path) -> None:
    file = write_tiny_gguf(tmp_path / "bare.gguf", template=None)
    with pytest.raises(InputError, match="brings no prompt format"):
        open_model(f"local:{file}")


async def test_a_file_of_ones_own_answers_in_its_own_prompt_format(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp", reason="the extra optwright[local] is not installed")
    file = write_tiny_gguf(tmp_path / "tiny.gguf")
    schema = {"type": "object", "properties": {"x": {"type": "boolean"}}}
    model = open_model(f"local:{file}")
    digest = sha256(file.read_bytes()).hexdigest()
    try:
        assert model.name == f"gguf:tiny:{digest[:8]}"
        request = ChatRequest((system("be brief"), user("hello")), max_tokens=8)
        free = await model.complete(request)
        again = await model.complete(request)
        bound = await model.complete(ChatRequest((user("x?"),), schema=schema, max_tokens=60))
    finally:
        await model.aclose()
    prompt = "[system]be brief[user]hello[assistant]"
    # A token per byte, and a few that the tokenizer puts in front.
    assert abs(free.usage.prompt_tokens // free.usage.calls - len(prompt)) <= 8
    assert again.text == free.text
    # This vocabulary is too small for the runtime's grammars: it refuses the schema, which then
    # goes into the prompt.
    assert bound.usage.prompt_tokens > 3 * free.usage.prompt_tokens // 2
    assert bound.usage.cost_usd == 0.0


@dataclass
class Repository:
    """A repository of Hugging Face with one large file, as the hub answers for it: facts in headers
    at its own address, the bytes at another, in parts where those are asked for."""

    data: bytes
    commit: str = "c0ffee" * 6 + "cafe"
    renamed: bool = False
    elsewhere: str = ""
    """The address of the bytes."""

    @property
    def digest(self) -> str:
        return sha256(self.data).hexdigest()

    async def answer(self, exchange: Exchange) -> None:
        path = exchange.path.partition("?")[0]
        if self.renamed and "/old/" in path:
            location = path.replace("/old/", "/me/")
            await exchange.send(head(307, content_length="0", location=location))
        elif not path.endswith("/tiny.gguf"):
            await exchange.send(head(404, content_length="0", x_error_code="EntryNotFound"))
        else:
            facts = {
                "content_length": "0",
                "x_repo_commit": self.commit,
                "x_linked_etag": f'"{self.digest}"',
                "x_linked_size": str(len(self.data)),
                "etag": '"xet-of-something-else"',
                "accept_ranges": "bytes",
                "location": f"{self.elsewhere}/{self.digest}",
            }
            await exchange.send(head(302, "text/plain", **facts))

    async def give(self, exchange: Exchange) -> None:
        asked = exchange.headers.get("range", "")
        start = int(asked.removeprefix("bytes=").partition("-")[0]) if asked else 0
        part, of = self.data[start:], len(self.data)
        facts = {"content_length": str(len(part)), "etag": f'"{self.digest}"'}
        if asked:
            facts["content_range"] = f"bytes {start}-{of - 1}/{of}"
        kind = "application/octet-stream"
        await exchange.send(head(206 if asked else 200, kind, **facts) + part)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[Endpoint]:
        """The hub; the bytes come from another host."""
        async with endpoint(self.give) as cdn, endpoint(self.answer) as hub:
            self.elsewhere = cdn.url
            hub.url = hub.url.removesuffix("/v1")
            yield hub


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(write_tiny_gguf(tmp_path / "tiny.gguf").read_bytes())


async def test_a_name_of_the_hub_is_fetched_once_pinned_and_checked(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with repository.served() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        file = await asyncio.to_thread(hub_file, "me/tiny-GGUF:tiny.gguf")
        asked = len(server.requests)
        assert await asyncio.to_thread(hub_file, "me/tiny-GGUF:tiny.gguf") == file
        assert len(server.requests) == asked
    assert file.read_bytes() == repository.data
    first, second = (request.path for request in server.requests)
    assert "/resolve/main/" in first
    assert f"/resolve/{repository.commit}/" in second
    pinned = pinned_names()["me/tiny-GGUF:tiny.gguf"]
    assert (pinned.revision, pinned.sha256) == (repository.commit, repository.digest)


async def test_a_revision_that_is_named_is_the_one_that_is_asked(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with repository.served() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        await asyncio.to_thread(hub_file, "me/tiny-GGUF:tiny.gguf@refs/pr/3")
    assert "/resolve/refs%2Fpr%2F3/tiny.gguf" in server.requests[0].path


async def test_a_repository_that_was_renamed_is_followed(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.renamed = True
    async with repository.served() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        file = await asyncio.to_thread(hub_file, "old/tiny-GGUF:tiny.gguf")
    assert file.read_bytes() == repository.data


async def test_bytes_of_another_hash_are_no_model(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest, repository.data = repository.digest, repository.data[::-1]
    monkeypatch.setattr(Repository, "digest", digest)
    async with repository.served() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        with pytest.raises(ModelUnavailable):
            await asyncio.to_thread(hub_file, "me/tiny-GGUF:tiny.gguf")


@pytest.mark.parametrize("status", [401, 403])
async def test_a_repository_behind_a_gate_is_said_to_be(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with endpoint(answers({}, status, x_error_code="GatedRepo")) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url.removesuffix("/v1"))
        with pytest.raises(ModelUnavailable, match="does not give") as caught:
            await asyncio.to_thread(hub_file, "me/tiny-GGUF:tiny.gguf")
    assert "local:PATH" in (caught.value.hint or "")


async def test_the_hubs_own_client_reads_the_fake_hub_alike(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What this file's hub answers is what theirs does: their client takes the same from it."""
    hub = pytest.importorskip("huggingface_hub", reason="the extra optwright[hub] is not installed")
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    async with repository.served() as server:
        found = await asyncio.to_thread(
            hub.hf_hub_download,
            "me/tiny-GGUF",
            "tiny.gguf",
            cache_dir=tmp_path / "hub",
            endpoint=server.url,
            token=False,
        )
    file = Path(found)
    assert file.read_bytes() == repository.data
    assert file.parent.name == repository.commit
    assert file.resolve().name == repository.digest


@pytest.mark.parametrize(
    "name", ["x", "me/repo", "me/repo:file.bin", "me/repo:../x.gguf", ":a.gguf"]
)
def test_a_name_of_the_hub_that_is_none_is_bad_input(name: str) -> None:
    with pytest.raises(InputError):
        hub_file(name)


async def test_a_file_that_the_hub_lacks_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    async with endpoint(answers({}, 404)) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url.removesuffix("/v1"))
        with pytest.raises(ModelUnavailable, match="has no 'tiny"):
            await asyncio.to_thread(hub_file, "me/tiny-GGUF:tiny.gguf")


async def test_servers_that_run_here_are_found_with_a_name_for_each_model() -> None:
    listed = {"object": "list", "data": [{"id": "qwen3:8b", "owned_by": "library"}]}
    async with endpoint(answers(listed)) as server, endpoint(answers(b"<html>")) as page:
        asked = [
            ("LM Studio", server.url),
            ("vLLM", page.url),
            ("llama.cpp", "http://127.0.0.1:9/v1"),
        ]
        (found,) = await asyncio.to_thread(running_models, asked)
    assert (found.server, found.model, found.name) == (
        "Ollama",
        "qwen3:8b",
        f"qwen3:8b@{server.url}",
    )


def test_advice_leaves_a_quarter_of_the_memory_alone() -> None:
    assert advised(None) == [LADDER[0]]
    assert [one.name for one in advised(4 * GIB)] == ["local"]
    assert advised(16 * GIB)[-1].needs <= 12 * GIB


def test_a_gguf_model_is_known_by_its_content(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp", reason="the extra optwright[local] is not installed")
    one = write_tiny_gguf(tmp_path / "tiny.gguf")
    two = write_tiny_gguf(tmp_path / "folder.gguf").rename(tmp_path / "other.gguf")
    assert GgufModel(one).name.rpartition(":")[2] == GgufModel(two).name.rpartition(":")[2]
