"""Which key goes to which host: read off what a fake endpoint receives."""

from __future__ import annotations

import pytest

from optwright.errors import InputError
from optwright.serving.chat import ChatRequest, user
from optwright.serving.keys import VARIABLES, key_for
from optwright.serving.models import open_model
from tests.faulty_endpoint import answers, completion, endpoint

KEY = "sk-of-openai-0123456789abcdef"
OTHER = "sk-of-another-0123456789abcd"
REQUEST = ChatRequest((user("hello"),))


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in {"OPENAI_BASE_URL", *VARIABLES.values()}:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


async def received(name: str = "m@{url}", **settings: str) -> str:
    """The authorization that an endpoint receives."""
    async with endpoint(answers(completion())) as server:
        model = open_model(name.format(url=server.url), **settings)  # type: ignore[arg-type]  # keys only
        await model.complete(REQUEST)
        await model.aclose()
        return server.requests[0].headers["authorization"].removeprefix("Bearer ")


async def test_the_key_of_openai_is_not_sent_to_another_host() -> None:
    assert KEY not in await received()


async def test_a_key_goes_where_it_is_named_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE", OTHER)
    assert await received("m@{url}?key_env=MINE") == OTHER
    assert await received(api_key=OTHER) == OTHER


async def test_the_key_of_openai_goes_to_the_base_url_it_was_set_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with endpoint(answers(completion())) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        model = open_model("openai/m")
        await model.complete(REQUEST)
        await model.aclose()
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_each_provider_has_its_own_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", OTHER)
    assert key_for("https://openrouter.ai/api/v1") == OTHER
    assert key_for("https://API.OpenAI.com/v1") == KEY
    for url in (
        "https://api.openai.com.evil.example/v1",
        "https://api.openai.com@evil.example/v1",
        "https://evil.example/api.openai.com",
        "https://evil.example#api.openai.com",
        "https://evil.example",
        "http://[",
    ):
        assert key_for(url) is None, url


def test_a_variable_that_is_not_set_is_said() -> None:
    with pytest.raises(InputError, match="should be in 'MINE', which is not set"):
        open_model("m@https://host/v1?key_env=MINE")
