"""Small matrices on one core.

BLAS splits a product of a few hundred rows over all cores, which saves nothing and costs forty
times as much processor time where the cores have other work: other proposals, evaluations.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController


@contextmanager
def on_one_core() -> Iterator[None]:
    """Run the body's linear algebra on one core; the limit is the process's, so keep it short."""
    with _controller("scipy.linalg" in sys.modules).limit(limits=1, user_api="blas"):
        yield


@cache
def _controller(with_scipy: bool) -> ThreadpoolController:
    """Looking for the libraries takes milliseconds, so it is done once, after numpy is loaded, and
    once more after SciPy is, which brings a BLAS of its own."""
    return ThreadpoolController()
