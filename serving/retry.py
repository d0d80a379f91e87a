"""Trying again, within one deadline for the whole call.

Written out rather than built on a library: the deadline, the shared pause after a 429 and the
difference between "busy" and "broken" are the whole of it.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from optwright.errors import DeadlineExceeded, EndpointError, OptwrightError
from optwright.serving.billing import billed
from optwright.serving.chat import NOTHING_USED, ChatModel, ChatReply, ChatRequest
from optwright.serving.events import CallRetried, report

_BUSY = (429, 529)  # 529 is Anthropic's "overloaded", and others took it up
FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 20.0


class Retrying:
    """A model whose passing faults are retried with exponential backoff and jitter.

    A fault counts against `retries`; a useless answer that was paid for and comes a second time
    ends them. "Busy" answers (429, or any that say when to come back) do
    not: nothing was billed, so they are repeated until the deadline. What one of them says holds
    for all calls through this object: none is sent before that time. `timeout_s` is the deadline
    for one call with all its attempts; None is none. Every attempt sends the same request.
    """

    def __init__(
        self,
        model: ChatModel,
        *,
        retries: int = 3,
        timeout_s: float | None = 120.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.model = model
        self.retries = retries
        self.timeout_s = timeout_s
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter
        self._closed_until = float("-inf")
        self._closed_by: OptwrightError | None = None

    @property
    def name(self) -> str:
        return self.model.name

    async def complete(self, request: ChatRequest) -> ChatReply:
        try:
            async with asyncio.timeout(self.timeout_s) as limit:
                return await self._attempts(request)
        except TimeoutError:
            if not limit.expired():
                raise
            raise DeadlineExceeded(
                f"{self.name!r} did not reply within {self.timeout_s:g} s", hint="raise --timeout"
            ) from None

    async def aclose(self) -> None:
        await self.model.aclose()

    async def _attempts(self, request: ChatRequest) -> ChatReply:
        started, faults, attempt = self._clock(), 0, 0
        spent, before = NOTHING_USED, None
        while True:
            await self._wait_until_open(started)
            attempt += 1
            try:
                reply = await self.model.complete(request)
                # A reply cost what the broken attempts before it cost, too.
                return reply if spent == NOTHING_USED else replace(reply, usage=spent + reply.usage)
            except OptwrightError as error:
                spent += billed(error)
                error.usage = spent if spent.calls else None
                faults += not _busy(error)
                if _says_it_again(error, before):
                    raise
                before = error
                if not error.retryable or faults > self.retries:
                    raise
                delay = self._delay(error, attempt)
                self._give_up_if_late(error, delay, started)
                report(CallRetried(request.role, self.name, attempt, delay, str(error)))
            await self._sleep(delay)

    async def _wait_until_open(self, started: float) -> None:
        while (wait := self._closed_until - self._clock()) > 0:
            if self._closed_by is not None:
                self._give_up_if_late(self._closed_by, wait, started)
            # A little apart, so that all who waited do not arrive in one instant.
            await self._sleep(wait + 0.05 * self._jitter())

    def _delay(self, error: OptwrightError, attempt: int) -> float:
        longest = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(attempt - 1, 10))
        backoff = longest * (0.5 + 0.5 * self._jitter())
        asked = _asked_delay(error)
        if asked is None:
            return backoff
        self._closed_until = max(self._closed_until, self._clock() + asked)
        self._closed_by = error
        # "Now" from an endpoint that has just refused is not taken at its word.
        return asked if asked >= FIRST_DELAY_S else backoff

    def _give_up_if_late(self, error: OptwrightError, delay: float, started: float) -> None:
        if self.timeout_s is None or self._clock() + delay - started < self.timeout_s:
            return
        late = DeadlineExceeded(
            f"{self.name!r} would have to be asked again in {delay:.0f} s, "
            f"later than the {self.timeout_s:g} s a call may take: {error}",
            hint="raise --timeout",
        )
        late.usage = error.usage
        raise late from error


def _asked_delay(error: OptwrightError) -> float | None:
    return error.retry_after_s if isinstance(error, EndpointError) else None


def _says_it_again(error: OptwrightError, before: OptwrightError | None) -> bool:
    """Whether an answer that was paid for is as useless as the last one, in the same way."""
    is_paid = isinstance(error, EndpointError) and error.status == 200
    return is_paid and before is not None and str(before) == str(error)


def _busy(error: OptwrightError) -> bool:
    return isinstance(error, EndpointError) and (
        error.status in _BUSY or error.retry_after_s is not None
    )
