"""The model in use: names to choose from, and keys that somebody enters in a page.

A key is put into the environment of this process alone, under the variable its provider's clients
read. Children of the sandbox begin with an empty environment; nothing of it is written down.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from optwright.errors import InputError
from optwright.serving.keys import variable_for
from optwright.serving.settings import CallSettings, split

ENTERED = "OPTWRIGHT_ENTERED_KEY"
"""Holds a key for an address that has no variable of its own."""
_HOSTED = ("openai/", "anthropic/", "gemini/", "openrouter/", "deepseek/", "mistral/", "groq/")
_LONGEST = 1000


def is_embedded(model: object) -> bool:
    """Whether a name is that of the embedded model."""
    return isinstance(model, str) and split(model)[0] == "local"


def hold_key(model: str, key: str) -> str:
    """Hold a key for the provider of a model, and return the name to open it by. `InputError` for
    a name without a provider and for what cannot be a key."""
    plain, settings = split(model)
    if not (key.isascii() and key.isprintable() and 0 < len(key) <= _LONGEST) or " " in key:
        raise InputError("that is no key: one is a single word of letters, digits and signs")
    _, at, url = plain.partition("@")
    provider, slash, _ = plain.partition("/")
    if at:
        variable = settings.key_env or variable_for(url)
        if variable is None:
            variable, model = ENTERED, CallSettings(key_env=ENTERED).of_name(model)
    elif slash and provider.replace("_", "").isalnum():
        variable = settings.key_env or f"{provider.upper()}_API_KEY"
    else:
        raise InputError(
            f"{model!r} takes no key", hint="a model of a provider is named PROVIDER/NAME"
        )
    os.environ[variable] = key
    return model


def known(current: object) -> Iterator[str]:
    """Names to choose from: the one in use, the embedded model, what runs on this machine, and
    beginnings of the names of hosted ones."""
    from optwright.serving.local.running import running_models

    names = [current] if isinstance(current, str) else []
    names += ["local", *(model.name for model in running_models()), *_HOSTED]
    yield from dict.fromkeys(names)
