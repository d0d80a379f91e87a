"""Which key goes to which host: one that is named for a host is never sent to another.

A key that is given, or whose variable is named (`key_env`), goes where it was given for. Of the
variables that people have set already, each belongs to the host of its provider.
"""

from __future__ import annotations

import os
from ipaddress import ip_address
from urllib.parse import urlsplit

from optwright.errors import InputError

OFFICIAL = "https://api.openai.com/v1"
_OF_OPENAI = "OPENAI_API_KEY"
VARIABLES = {
    "api.openai.com": _OF_OPENAI,
    "api.anthropic.com": "ANTHROPIC_API_KEY",
    "generativelanguage.googleapis.com": "GEMINI_API_KEY",
    "openrouter.ai": "OPENROUTER_API_KEY",
    "api.deepseek.com": "DEEPSEEK_API_KEY",
    "api.mistral.ai": "MISTRAL_API_KEY",
    "api.groq.com": "GROQ_API_KEY",
    "api.together.xyz": "TOGETHER_API_KEY",
    "api.fireworks.ai": "FIREWORKS_API_KEY",
    "api.x.ai": "XAI_API_KEY",
    "api.moonshot.ai": "MOONSHOT_API_KEY",
    "api.cerebras.ai": "CEREBRAS_API_KEY",
    "dashscope.aliyuncs.com": "DASHSCOPE_API_KEY",
    "dashscope-intl.aliyuncs.com": "DASHSCOPE_API_KEY",
    "router.huggingface.co": "HF_TOKEN",
}
"""The variable that holds the key of a provider, by the provider's host."""


def key_for(url: str) -> str | None:
    """The key that the environment holds for an address, or None."""
    variable = variable_for(url)
    return (os.environ.get(variable) or None) if variable else None


def variable_for(url: str) -> str | None:
    """The variable that would hold the key for an address, or None. OPENAI_API_KEY belongs to the
    host of OPENAI_BASE_URL, where that is set, and to it alone: whoever sets both means them for
    each other."""
    host, of_openai = _host(url), _host(os.environ.get("OPENAI_BASE_URL") or OFFICIAL)
    if host and host == of_openai:
        return _OF_OPENAI
    variable = VARIABLES.get(host)
    return None if variable == _OF_OPENAI else variable


def is_of_openai(url: str) -> bool:
    """Whether what the environment says for OpenAI's own client is meant for this address."""
    return variable_for(url) == _OF_OPENAI


def key_of(variable: str, model: str) -> str:
    """The key in a variable that was named for a model; `InputError` where it is not set."""
    if key := os.environ.get(variable):
        return key
    raise InputError(
        f"the key of {model!r} should be in {variable!r}, which is not set",
        hint=f"export {variable}=...",
    )


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _host(url: str) -> str:
    """Host and, where it is another than 443, port, in lower case; empty for what is no address."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower().removesuffix(":443")
    except ValueError:
        return ""
