"""Every provider LiteLLM knows; the one module that imports it.

LiteLLM fetches lists of prices and of headers from the network when it is imported, unless told not
to: it is told. Two of its releases stole credentials and are refused.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from optwright.errors import (
    DeadlineExceeded,
    EndpointError,
    ExtraMissing,
    ModelUnavailable,
    OptwrightError,
)
from optwright.serving.asking import Asking
from optwright.serving.chat import ChatReply, ChatRequest
from optwright.serving.chunks import IN_CHUNKS, gathered_objects
from optwright.serving.completion import off_schema, read_completion
from optwright.serving.dialect import NOTHING, Dialect
from optwright.serving.events import watched
from optwright.serving.faults import (
    EndpointRefusal,
    UnknownToEndpoint,
    causes,
    excerpt,
    refusal,
)
from optwright.serving.metered import Price
from optwright.serving.redact import know_secret

_STOLEN = ("1.82.7", "1.82.8")  # published on 24 March 2026, withdrawn the same day
_AT_HOME = (
    "LITELLM_LOCAL_MODEL_COST_MAP",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS",
    "LITELLM_LOCAL_BLOG_POSTS",
    "LITELLM_LOCAL_POLICY_TEMPLATES",
)
_UNREACHED = {"ConnectError", "ConnectTimeout", "ClientConnectorError"}


class LiteLLMModel:
    """`model` in LiteLLM's form PROVIDER/NAME, with the provider's key from its own environment
    variable unless `api_key` is given.

    An unknown provider is `ModelUnavailable`, a missing LiteLLM `ExtraMissing`: at once, or with
    `check=False` only when it is asked (a replayed model needs neither). LiteLLM reports a
    reply that ended for no stated reason as one that stopped; only `OpenAIModel` refuses those.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout_s: float = 600.0,
        check: bool = True,
    ) -> None:
        know_secret(api_key)
        self.name = f"{model}@{base_url}" if base_url else model
        self.model, self.base_url, self.timeout_s = model, base_url, timeout_s
        self._key = api_key
        self._dialect: Dialect | None = None
        if check:
            _check_provider(model)

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request; raises `ModelError` or `Unavailable`."""
        litellm = await asyncio.to_thread(_litellm)
        if self._dialect is None:
            knows_schemas = litellm.supports_response_schema(model=self.model)
            self._dialect = Dialect("max_tokens", schema_in_words=not knows_schemas)
        try:
            async with asyncio.timeout(self.timeout_s):
                return await self._converse(litellm, self._dialect, request)
        except TimeoutError:
            raise DeadlineExceeded(
                f"{self.name!r} did not reply within {self.timeout_s:g} s", hint="raise --timeout"
            ) from None

    async def aclose(self) -> None:
        """LiteLLM's connections are its own and shared by all its models; nothing to close."""

    async def _converse(
        self, litellm: ModuleType, dialect: Dialect, request: ChatRequest
    ) -> ChatReply:
        asking = Asking(dialect, request)
        while True:
            in_chunks = watched() if asking.streams is None else asking.streams
            said = asking.say(self.model, IN_CHUNKS if in_chunks else NOTHING)
            started = time.perf_counter()
            try:
                completion = await litellm.acompletion(
                    **said,
                    api_base=self.base_url,
                    api_key=self._key,
                    timeout=self.timeout_s,
                    num_retries=0,
                    max_retries=0,
                )
                if "stream" in said and hasattr(completion, "__aiter__"):
                    data = await gathered_objects(_dumped(completion), request.role, self.name)
                else:
                    data = completion.model_dump()
            except (TimeoutError, OptwrightError):
                raise
            except Exception as error:  # noqa: BLE001 -- its adapters raise anything
                fault = self._fault(error)
                if isinstance(fault, EndpointRefusal | UnknownToEndpoint) and asking.learn(
                    fault.refused
                ):
                    continue
                raise fault from None
            seconds = time.perf_counter() - started
            reply = read_completion(data, request, self.name, seconds)
            if not asking.heard(reply):
                raise off_schema(self.name, reply)
            return reply

    def _fault(self, error: Exception) -> OptwrightError:
        kinds = {type(cause).__name__ for cause in causes(error)}
        said = excerpt(str(error))
        if kinds & _UNREACHED:
            unreached = ModelUnavailable(f"nothing answers for {self.name!r}: {said}")
            unreached.retryable = True
            return unreached
        status = getattr(error, "status_code", None)
        # LiteLLM gives broken connections a status of its own making, and broken answers 200.
        if not isinstance(status, int) or status < 400 or "APIConnectionError" in kinds:
            return EndpointError(f"the call to {self.name!r} broke: {said}", retryable=True)
        headers = getattr(error, "litellm_response_headers", None) or {}
        return refusal(self.name, status, headers, str(error))


async def _dumped(chunks: Any) -> AsyncIterator[Mapping[str, Any]]:
    async for chunk in chunks:
        yield chunk.model_dump()


def listed_price(model: str) -> Price | None:
    """The price LiteLLM lists for a model, or None."""
    if find_spec("litellm") is None:
        return None
    try:
        listed = _litellm().get_model_info(model)
    except Exception:  # noqa: BLE001 -- a model without a price is reported as a bare Exception
        return None
    return Price(listed["input_cost_per_token"] * 1e6, listed["output_cost_per_token"] * 1e6)


def _check_provider(model: str) -> None:
    if find_spec("litellm") is None:
        raise ExtraMissing("litellm", "litellm")
    provider = model.partition("/")[0]
    known = sorted(str(getattr(p, "value", p)) for p in _litellm().provider_list)
    if provider not in known:
        near = get_close_matches(provider, known, n=3) or known[::20]
        raise ModelUnavailable(
            f"there is no provider {provider!r} for {model!r}",
            hint=f"LiteLLM knows {len(known)}, such as {', '.join(near)}",
        )


@cache
def _litellm() -> ModuleType:
    if find_spec("litellm") is None:
        raise ExtraMissing("litellm", "litellm")
    # Its .pth file has run since Python started; at least nothing else of it does.
    if (found := version("litellm")) in _STOLEN:
        raise ModelUnavailable(
            f"litellm {found} was published by thieves of credentials and is not loaded",
            hint="pip install -U litellm, and change the keys this machine has held since",
        )
    for name in _AT_HOME:
        os.environ[name] = "True"
    import litellm

    litellm.suppress_debug_info = True  # it prints advertisements beside errors
    litellm.drop_params = True  # a provider without seeds is still a provider
    return litellm
