"""What a call that ended in an error has cost: carried by the error to whoever counts."""

from __future__ import annotations

from optwright.errors import EndpointError, OptwrightError, Unavailable
from optwright.serving.chat import NOTHING_USED, Usage


def bill(error: OptwrightError, usage: Usage) -> None:
    """Add `usage` to what led to an error."""
    if usage != NOTHING_USED:
        error.usage = usage + billed(error)


def billed(error: BaseException) -> Usage:
    """What the attempts cost that ended in this error."""
    usage = getattr(error, "usage", None)
    return usage if isinstance(usage, Usage) else NOTHING_USED


def may_be_billed(error: BaseException) -> bool:
    """Whether the endpoint may have worked for this attempt: not when it refused it (4xx, 5xx)
    or was never reached."""
    if isinstance(error, EndpointError):
        return error.status is None or error.status < 400
    return not isinstance(error, Unavailable)
