"""Secrets never reach what is shown or stored."""

from __future__ import annotations

import base64
import json
import random
import time
from urllib.parse import quote

import pytest

from optwright.errors import EndpointError, ModelUnavailable
from optwright.serving.chat import ChatRequest, user
from optwright.serving.openai_client import OpenAIModel
from optwright.serving.redact import MARK, know_secret, redact
from tests.faulty_endpoint import answers, endpoint, refuses

ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def letters(count: int, alphabet: str = ALPHABET) -> str:
    return "".join(random.Random(count).choices(alphabet, k=count))


HEX = "0123456789abcdef"
# Put together here, so that no file of this repository holds anything that looks like a key.
SHAPES = {
    "OpenAI": "sk-" + letters(48),
    "OpenAI project": "sk-proj-" + letters(60),
    "Anthropic": "sk-ant-api03-" + letters(80),
    "OpenRouter": "sk-or-v1-" + letters(64, HEX),
    "Stripe": "sk_live_" + letters(24),
    "Stripe restricted": "rk_test_" + letters(24),
    "webhook": "whsec_" + letters(32),
    "Google": "AIza" + letters(35),
    "Google OAuth": "ya29." + letters(60),
    "Google client": "GOCSPX-" + letters(28),
    "AWS": "AKIA" + letters(16, "ABCDEFGHIJ234567"),
    "AWS session": "ASIA" + letters(16, "ABCDEFGHIJ234567"),
    "GitHub": "ghp_" + letters(36),
    "GitHub app": "ghs_" + letters(36),
    "GitHub fine": "github_pat_" + letters(60),
    "GitLab": "glpat-" + letters(20),
    "Hugging Face": "hf_" + letters(34, ALPHABET[:52]),
    "Groq": "gsk_" + letters(52),
    "xAI": "xai-" + letters(80),
    "Perplexity": "pplx-" + letters(48),
    "NVIDIA": "nvapi-" + letters(64),
    "Replicate": "r8_" + letters(37),
    "Fireworks": "fw_" + letters(24),
    "Together": "tgp_v1_" + letters(43),
    "Cerebras": "csk-" + letters(48),
    "Tavily": "tvly-" + letters(32),
    "LangSmith": "lsv2_pt_" + letters(42),
    "Pinecone": "pcsk_" + letters(60),
    "Slack": "xoxb-" + letters(50),
    "Slack app": "xapp-1-" + letters(60),
    "npm": "npm_" + letters(36),
    "PyPI": "pypi-AgEI" + letters(80),
    "Docker": "dckr_pat_" + letters(27),
    "DigitalOcean": "dop_v1_" + letters(64, HEX),
    "SendGrid": "SG." + letters(22) + "." + letters(43),
    "Mailgun": "key-" + letters(32, HEX),
    "Vault": "hvs." + letters(90),
    "Atlassian": "ATATT3" + letters(100),
    "Terraform": letters(14) + ".atlasv1." + letters(60),
    "Grafana": "glsa_" + letters(40),
    "PostHog": "phc_" + letters(43),
    "Shopify": "shpat_" + letters(32, HEX),
    "Square": "sq0csp-" + letters(43),
    "Linear": "lin_api_" + letters(40),
    "Notion": "ntn_" + letters(46),
    "Figma": "figd_" + letters(40),
    "Databricks": "dapi" + letters(32, HEX),
    "Doppler": "dp.pt." + letters(43),
    "age": "AGE-SECRET-KEY-1" + letters(58, ALPHABET[26:52]),
    "Telegram": "123456789:AA" + letters(33),
    "JWT": "eyJhbGciOiJI.".replace(".", "") + "." + "eyJzdWIiOiIx" + "." + letters(43),
}
PLACES = [
    "{}",
    "no such key: {}.",
    '{{"key": "{}"}}',
    "https://x.test/v1?k={}&n=1",
    "\n{}\n",
    "={};",
]


@pytest.mark.parametrize("secret", SHAPES.values(), ids=SHAPES.keys())
def test_a_key_is_known_by_its_shape(secret: str) -> None:
    for place in PLACES:
        shown = redact(place.format(secret))
        assert secret not in shown
        assert MARK in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abcdef123456", "Authorization: Bearer [redacted]"),
        ("authorization: basic dXNlcjpwYXNz", "authorization: basic [redacted]"),
        ("https://user:pa55word@host/v1", "https://[redacted]@host/v1"),
        ("sent Bearer abcdefgh1234 again", "sent Bearer [redacted] again"),
        ("X-Api-Key: 0123456789abcdef", "X-Api-Key: [redacted]"),
        ('{"api_key": "0123456789"}', '{"api_key": "[redacted]"}'),
        (r"{\"password\": \"hunter2hunter2\"}", r"{\"password\": \"[redacted]\"}"),
        ("GET /v1?key=0123456789&x=1", "GET /v1?key=[redacted]&x=1"),
        ("AccountKey=abcdefgh1234==;x", "AccountKey=[redacted];x"),
    ],
)
def test_what_follows_the_name_of_a_secret_is_one(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_a_private_key_goes_whole_even_when_it_is_cut_off() -> None:
    begin, end = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
    assert letters(60) not in redact(f"{begin}\n{letters(60)}\n{end}")
    assert letters(60) not in redact(json.dumps(f"{begin}\n{letters(60)}"))


@pytest.mark.parametrize(
    "name", ["SOME_API_KEY", "HF_TOKEN", "DB_PASSWORD", "APP_SECRET", "MYAPIKEY"]
)
@pytest.mark.parametrize(
    "value", ["plain-words-only", 'with "quotes" and \\', "ümlaut/ slash+plus="]
)
def test_values_of_secret_variables_are_found_however_they_are_written(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    for written in (
        value,
        json.dumps(value),
        repr(value),
        quote(value, safe=""),
        base64.b64encode(value.encode()).decode(),
    ):
        assert redact(f"<{written}>") in ("<[redacted]>", '<"[redacted]">', "<'[redacted]'>")


def test_a_key_that_was_handed_over_is_known() -> None:
    know_secret("correct horse battery")
    know_secret("no")
    know_secret(None)
    assert redact("my correct horse battery, no?") == "my [redacted], no?"


@pytest.mark.parametrize(
    "text",
    [
        "A bakery has 12 ovens; each token costs $3 and the key constraint is x <= 40.",
        "maximize sum(price[i] * x[i] for i in ITEMS) s.t. key-dates and basic assumptions",
        '{"name": "task-based", "secret_ingredient": 5, "token": "bus token", "sk": "sk-8"}',
        "the user: passes at 10:30 @ gate 4; ratio a:b@c",
        "risk-adjusted-return-of-the-portfolio-in-euro-and-dollar",
        "hf_ and gh_ are prefixes; eyJust kidding",
        "",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert redact(text) == text


def test_redacting_a_long_text_takes_little_time() -> None:
    noise = random.Random(1).choices(ALPHABET + " -_.:/@=\"'\n", k=200_000)
    texts = ["".join(noise), "a" * 200_000, "://a:" * 40_000, "-----BEGIN PRIVATE KEY-----" * 7_000]
    texts += ["eyJaaaaaaaa." * 15_000, "sk-" * 60_000, "password=" * 20_000, "0" * 200_000]
    for text in texts:
        started = time.process_time()
        redact(text)
        assert time.process_time() - started < 1


@pytest.mark.parametrize("echo", ["Incorrect API key provided: {}", '{{"key":"{}"}}', "Bearer {}"])
async def test_no_error_of_a_client_shows_its_key(echo: str) -> None:
    key = "my-own-key-without-a-known-shape"
    faults = (
        refuses(401, echo.format(key)),
        refuses(404, echo.format(key)),
        answers({"error": {"message": echo.format(key)}}),
        answers(echo.format(key).encode(), kind="text/html"),
        answers(echo.format(key).encode(), 503, kind="text/plain"),
    )
    async with endpoint(*faults) as server:
        model = OpenAIModel("m", base_url=server.url, api_key=key)
        for _ in faults:
            with pytest.raises((EndpointError, ModelUnavailable)) as caught:
                await model.complete(ChatRequest((user("hello"),)))
            told = (caught.value, caught.value.__cause__, getattr(caught.value, "__notes__", ()))
            assert key not in repr(told)
        await model.aclose()
