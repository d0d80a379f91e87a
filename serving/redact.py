"""Taking secrets out of text before it is shown or stored: first by value, then by shape.

By value finds what this process knows: environment variables with names like secrets, and keys that
were handed to a client. By shape finds keys of other people that arrive in text. Neither finds a
secret that was encrypted or cut into pieces, nor one shorter than `SHORTEST` characters.
"""

from __future__ import annotations

import base64
import json
import os
import re
from functools import lru_cache
from urllib.parse import quote

MARK = "[redacted]"
SHORTEST = 8  # a shorter value is found in innocent words

_SECRET_NAME = re.compile(
    r"(_|^)(KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|PAT)$|APIKEY|CONNECTION_STRING",
    re.IGNORECASE,
)

_HANDED_OVER: set[str] = set()

# Beginnings that vendors give their keys so that tools like this one can find them.
_PREFIXES = (
    r"sk-[\w-]{16,}",  # OpenAI, Anthropic, OpenRouter, DeepSeek, Langfuse
    r"pk-lf-[\w-]{16,}",
    r"(?:sk|rk|pk)_(?:live|test)_\w{10,}",  # Stripe
    r"whsec_[\w+/=]{16,}",
    r"AIza[\w-]{30,}",  # Google
    r"ya29\.[\w-]{20,}",
    r"GOCSPX-[\w-]{20,}",
    r"(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}",  # AWS
    r"gh[oprsu]_\w{20,}",  # GitHub
    r"github_pat_\w{20,}",
    r"gl(?:pat|ptt|dt|rt|cbt)-[\w-]{16,}",  # GitLab
    r"hf_[A-Za-z0-9]{20,}",  # Hugging Face
    r"api_org_[A-Za-z0-9]{20,}",
    r"gsk_\w{20,}",  # Groq
    r"xai-\w{20,}",
    r"pplx-\w{20,}",  # Perplexity
    r"nvapi-[\w-]{20,}",  # NVIDIA
    r"r8_\w{20,}",  # Replicate
    r"fw_\w{20,}",  # Fireworks
    r"tgp_v1_[\w-]{20,}",  # Together
    r"csk-\w{20,}",  # Cerebras
    r"tvly-[\w-]{16,}",  # Tavily
    r"lsv2_\w{20,}",  # LangSmith
    r"pcsk_\w{20,}",  # Pinecone
    r"xox[abeoprs]-[\w-]{10,}",  # Slack
    r"xapp-[\w-]{10,}",
    r"npm_\w{20,}",
    r"pypi-[\w-]{20,}",
    r"dckr_pat_[\w-]{20,}",
    r"do[opr]_v1_[0-9a-f]{32,}",  # DigitalOcean
    r"SG\.[\w-]{16,}\.[\w-]{16,}",  # SendGrid
    r"key-[0-9a-f]{32}",  # Mailgun
    r"hv[bsr]\.[\w-]{20,}",  # Vault
    r"ATATT[\w=-]{20,}",  # Atlassian
    r"[A-Za-z0-9]{14}\.atlasv1\.[\w-]{20,}",  # Terraform Cloud
    r"gl(?:c|sa)_[\w=+/-]{20,}",  # Grafana
    r"ph[cx]_\w{20,}",  # PostHog
    r"sntr[uy]s_[\w=+/-]{20,}",  # Sentry
    r"shp(?:at|ca|pa|ss)_[0-9a-f]{20,}",  # Shopify
    r"sq0[a-z]{3}-[\w-]{20,}",  # Square
    r"lin_(?:api|oauth)_\w{20,}",  # Linear
    r"ntn_\w{20,}",  # Notion
    r"secret_[A-Za-z0-9]{32,}",
    r"fig[dor]_[\w-]{20,}",  # Figma
    r"dapi[0-9a-f]{32}",  # Databricks
    r"dp\.(?:pt|st|ct)\.\w{20,}",  # Doppler
    r"EAA[A-Za-z0-9]{30,}",  # Meta
    r"AGE-SECRET-KEY-1[A-Z0-9]{40,}",
    r"\d{8,10}:AA[\w-]{30,}",  # Telegram
    r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*",  # JSON web token
)
_PREFIXED = re.compile(r"(?<![A-Za-z0-9])(?:" + "|".join(_PREFIXES) + ")")

_PEM = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:[^-]|-(?!----)){0,8192}")

# The kept part is group 1.
_AFTER = (
    re.compile(
        r"(authorization[\\\"']{0,3}\s{0,3}[=:]\s{0,3}[\\\"']{0,3}\w{3,10}\s{1,3})[\w.~+/=-]{8,}",
        re.IGNORECASE,
    ),
    re.compile(r"(\bBearer\s{1,3})(?=[^\s\d]{0,200}\d)[\w.~+/=-]{8,}"),
    re.compile(r"(://)[^\s/@:\"']{1,200}:[^\s/@\"']{1,200}(?=@)"),
    re.compile(
        r"((?:x-goog-api-key|x-api-key|api[_-]?key|access[_-]?token|auth[_-]?token|"
        r"refresh[_-]?token|private-token|client[_-]?secret|accountkey|sharedaccesskey|"
        r"password|passwd)[\\\"']{0,3}\s{0,3}[=:]\s{0,3}[\\\"']{0,3})[\w.~+/=%-]{8,}",
        re.IGNORECASE,
    ),
    re.compile(r"([?&](?:key|sig|token|secret|auth)=)[^&\s\"'\\]{6,}", re.IGNORECASE),
)


def know_secret(value: str | None) -> None:
    """Redact this value from now on, wherever it came from."""
    if value and len(value) >= SHORTEST:
        _HANDED_OVER.add(value)


def redact(text: str) -> str:
    """Return `text` with every secret replaced by `[redacted]`.

    >>> redact("401: no such key sk-abcdefghijklmnop1234")
    '401: no such key [redacted]'
    """
    for value in _known_values():
        if value in text:
            text = text.replace(value, MARK)
    text = _PREFIXED.sub(MARK, text)
    if "PRIVATE KEY" in text:
        text = _PEM.sub(MARK, text)
    for shape in _AFTER:
        text = shape.sub(rf"\1{MARK}", text)
    return text


def _known_values() -> tuple[str, ...]:
    """Every secret this process knows, and how it looks inside a URL, JSON or a header; the
    longest first, so that a key that contains another leaves no rest."""
    # The environment may change, so it is looked at each time; decoding every value of it, and
    # disguising the same secrets anew, took longer than all the shapes below.
    named = (os.environ.get(name, "") for name in os.environ if _names_a_secret(name))
    return _all_disguises(frozenset((*named, *_HANDED_OVER)))


@lru_cache(maxsize=1024)
def _names_a_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


@lru_cache(maxsize=4)
def _all_disguises(values: frozenset[str]) -> tuple[str, ...]:
    kept = {value.strip() for value in values if len(value.strip()) >= SHORTEST}
    shapes = {shape for value in kept for shape in _disguises(value)}
    return tuple(sorted(shapes, key=len, reverse=True))


def _disguises(value: str) -> tuple[str, ...]:
    raw = value.encode("utf-8", errors="surrogateescape")
    return (
        value,
        quote(value, safe="", errors="replace"),
        json.dumps(value)[1:-1],
        repr(value)[1:-1],
        base64.b64encode(raw).decode("ascii"),
    )
