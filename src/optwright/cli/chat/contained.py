"""A mistake of ours in one turn ends that turn and not the conversation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from optwright.cli.endings import bug
from optwright.cli.session import ReaderLeft
from optwright.errors import OptwrightError


@contextmanager
def contained() -> Iterator[None]:
    """Make an exception that nobody expected an error of ours. What the screen or the disk says
    passes: a turn cannot be shown or kept then either."""
    try:
        yield
    except (OptwrightError, ReaderLeft, OSError):
        raise
    except Exception as error:
        raise bug(error) from error
