"""Which key goes to which host: read off what a fake endpoint receives."""

from __future__ import annotations

from pathlib import Path

import pytest

from optwright.errors import InputError, ModelError, ModelUnavailable
from optwright.serving.chat import ChatRequest, user
from optwright.serving.keys import VARIABLES, key_for
from optwright.serving.models import open_model
from optwright.serving.roles import ModelSpec, read_roles
from optwright.serving.sync import ask
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


@pytest.mark.parametrize(
    "url",
    [
        "https://api.openai.com:8443/v1",  # another server of that machine
        "https://api.openai.com./v1",
        "https://api.openai.com\t.evil.example/v1",
        "https://api.openai\uff0ecom/v1",
        "https://[::1]:8000/v1",
        "https://[::ffff:104.18.6.192]/v1",
        "https://evil.example\\\\@api.openai.com.evil.example/v1",
        "https://api.openai.com%2eevil.example/v1",
        "//api.openai.com@evil.example",
    ],
)
def test_an_address_that_only_looks_like_the_hosts_gets_no_key(url: str) -> None:
    assert key_for(url) is None


def test_the_usual_port_is_no_other_host() -> None:
    assert key_for("https://api.openai.com:443/v1") == KEY


def test_the_key_of_a_gateway_is_not_sent_to_openai(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sets OPENAI_BASE_URL and OPENAI_API_KEY means them for each other."""
    monkeypatch.setenv("OPENAI_BASE_URL", "https://gateway.example/v1")
    assert key_for("https://gateway.example/v1") == KEY
    assert key_for("https://api.openai.com/v1") is None
    model = open_model("m@https://api.openai.com/v1")
    with pytest.raises(ModelUnavailable, match="no API key") as caught:
        ask(model, REQUEST)
    assert "is for OPENAI_BASE_URL" in (caught.value.hint or "")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_key_does_not_follow_a_redirect(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINE", OTHER)
    async with endpoint(answers(completion())) as elsewhere:
        moved = answers({}, status, location=f"{elsewhere.url}/chat/completions")
        async with endpoint(moved) as server:
            model = open_model(f"m@{server.url}?key_env=MINE", retries=0)
            with pytest.raises(ModelError):
                await model.complete(REQUEST)
            await model.aclose()
            assert len(server.requests) == 1
        assert not elsewhere.requests


OF_OPENAI = {
    "OPENAI_ORG_ID": "org-secret",
    "OPENAI_PROJECT_ID": "proj-secret",
    "OPENAI_ADMIN_KEY": "sk-admin-0123456789abcdef",
    "OPENAI_CUSTOM_HEADERS": "X-Gateway-Key: gateway-secret\nAuthorization: Bearer other-secret",
}


@pytest.mark.parametrize("named", [False, True])
async def test_what_the_environment_says_of_openai_goes_to_no_other_host(
    named: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**OF_OPENAI, "MINE": OTHER}.items():
        monkeypatch.setenv(name, value)
    async with endpoint(answers(completion())) as server:
        model = open_model(f"m@{server.url}" + "?key_env=MINE" * named)
        await model.complete(REQUEST)
        await model.aclose()
        headers = server.requests[0].headers
    assert headers["authorization"] == f"Bearer {OTHER if named else 'none'}"
    assert not [h for h, value in headers.items() if "secret" in value or "admin" in value]


async def test_each_role_of_a_file_has_a_key_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINE", OTHER)
    async with endpoint(answers(completion())) as one, endpoint(answers(completion())) as two:
        roles = tmp_path / "roles.toml"
        roles.write_text(
            f'[default]\nmodel = "m"\nbase_url = "{one.url}"\nkey_env = "MINE"\n'
            f'[critic]\nmodel = "m"\nbase_url = "{two.url}"\n'
        )
        for spec in read_roles(roles).values():
            model = spec.open()
            await model.complete(REQUEST)
            await model.aclose()
        sent = [server.requests[0].headers["authorization"] for server in (one, two)]
    assert sent == [f"Bearer {OTHER}", "Bearer none"]


def test_settings_of_a_name_stay_with_its_adapter() -> None:
    spec = ModelSpec(model="vllm/m@https://host/v1?effort=low&key_env=MINE", lora="or")
    assert spec.asked_for == "vllm/or@https://host/v1?effort=low&key_env=MINE"


@pytest.mark.parametrize(
    ("spec", "host"),
    [
        (ModelSpec(model="m", base_url="https://far.example/v1"), "far.example"),
        (ModelSpec(model="vllm/m", base_url="https://far.example/v1"), "far.example"),
        (ModelSpec(model="local", base_url="https://far.example/v1"), "far.example"),
        (ModelSpec(model="m", base_url="http://127.0.0.1:1/v1"), None),
        (ModelSpec(model="local"), None),
    ],
)
def test_where_a_role_goes_is_its_address(spec: ModelSpec, host: str | None) -> None:
    assert spec.destination == host


def test_a_variable_that_is_not_set_is_said() -> None:
    with pytest.raises(InputError, match="should be in 'MINE', which is not set"):
        open_model("m@https://host/v1?key_env=MINE")
