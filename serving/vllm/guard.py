"""The door of a vLLM server of ours: every route asks for the key.

vLLM's own key guards only routes below /v1 and a few more; /invocations, /tokenize and /metrics
answer anybody. Runs inside vLLM's process, so it imports nothing of ours. It does not encrypt.
"""

import hashlib
import hmac
import os
from collections.abc import Awaitable, Callable
from typing import Any

_REFUSAL = b'{"error": "Unauthorized"}'


class Guard:
    """ASGI middleware that lets only requests with the key of `VLLM_API_KEY` through."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self._app = app
        self._wanted = _digest(f"Bearer {os.environ['VLLM_API_KEY']}".encode())

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan" or self._has_key(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            headers = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 401, "headers": headers})
            await send({"type": "http.response.body", "body": _REFUSAL})
        else:
            await send({"type": "websocket.close", "code": 1008})

    def _has_key(self, scope: dict[str, Any]) -> bool:
        given = dict(scope.get("headers", ())).get(b"authorization", b"")
        return hmac.compare_digest(_digest(given), self._wanted)


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()
