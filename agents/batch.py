"""Many problems at once, inside one budget and with one set of models; and one in an event loop.

A run waits for models most of the time, and its solver takes the processor the rest of it, so each
has a thread of its own; calls of all of them share the queue of their model. `side_by_side` is the
core of `solve_many` and of a measurement (`optwright bench`): so many at a time, begun one after
another, until nothing waits or somebody says stop.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from optwright.agents.cast import OpenModels, account_of
from optwright.agents.effort import Effort
from optwright.agents.problem import Problem
from optwright.agents.profiles.profile import Profile, profile_for
from optwright.agents.sharing import Share, read_share
from optwright.agents.solution import Solution
from optwright.agents.solving import solve
from optwright.errors import InputError, OptwrightError
from optwright.serving.budget import Account, Budget
from optwright.serving.chat import ChatModel
from optwright.serving.ledger import Ledger
from optwright.serving.places import beside
from optwright.serving.recorded import Mode
from optwright.serving.roles import ModelSpec
from optwright.serving.sync import run
from optwright.solvers.backends.registry import demand_solver
from optwright.solvers.data.table import Data

T = TypeVar("T")
MOST_JOBS = 256

_STAGGER_S = 0.006
"""Between the first pieces of work of two jobs. What begins at once stays together: the replies
come all at once and are worked on in turns, so each waits for all, round after round."""

_MANY = 16
_SPARE = 8
"""From `_MANY` jobs on one more is under way for so many of them: while a reply is written down,
its place at the endpoint is free. There are never more calls than jobs, the model's own queue sees
to that."""


async def solve_async(
    problem: str | Problem,
    data: Data = (),
    model: str | ModelSpec | ChatModel = "local",
    **settings: Any,
) -> Solution:
    """`solve` for code that runs in an event loop, which goes on meanwhile.

    Takes what `solve` takes, gives what it gives and raises what it raises. Cancelled, it leaves
    at once; calls that are under way end in the background.
    """
    return await in_a_thread(lambda: solve(problem, data, model, **settings))


async def in_a_thread(work: Callable[[], T]) -> T:
    """Run `work` in a thread of its own, in the caller's context. Unlike those of `asyncio`'s pool,
    there are as many as are asked for, and exit does not wait for them."""
    context = contextvars.copy_context()
    return await beside(lambda: context.run(work))


async def side_by_side(
    waiting: deque[T],
    work: Callable[[T], Awaitable[None]],
    jobs: int,
    *,
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Take pieces of work from `waiting` until none is left or `stopped()`, about `jobs` at a time.

    `work` may put a piece back, to be tried again. What it raises ends all of them.
    """

    async def one_job(delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        while waiting and not stopped():
            await work(waiting.popleft())

    try:
        async with asyncio.TaskGroup() as group:
            for job in range(min(under_way(jobs), len(waiting))):
                group.create_task(one_job(job * _STAGGER_S))
    except BaseExceptionGroup as raised:
        raise raised.exceptions[0] from None  # the others were cancelled for it


def under_way(jobs: int) -> int:
    """How many pieces of work are begun at a time where so many calls may be."""
    return jobs + (jobs // _SPARE if jobs >= _MANY else 0)


def solve_many(
    problems: Iterable[str | Problem],
    model: str | ModelSpec | ChatModel = "local",
    *,
    data: Sequence[Data] | None = None,
    models: Mapping[str, str | ModelSpec | ChatModel] | None = None,
    jobs: int = 8,
    budget: Account | Budget | str | None = None,
    ledger: Ledger | None = None,
    mode: Mode | str = Mode.RECORD,
    **settings: Any,
) -> list[Solution | OptwrightError]:
    """Solve problems side by side, `jobs` at a time, inside one budget.

    The result has one entry for each problem, in their order: a `Solution`, or the error that ended
    that problem alone. `data` are the files of each problem, in the same order. Models are opened
    once for all of them; `budget`, `ledger` and `mode` are shared, and the other settings are those
    of `solve`, the same for each. A problem that the budget does not reach is not solved and says
    so, as in `solve`. Raises `InputError` for settings that cannot be, `Unavailable` where there is
    no such model or solver. Ctrl-C leaves at once: what waits is not begun, what is under way asks
    no more.
    """
    given = list(problems)
    files = list(data) if data is not None else [()] * len(given)
    if len(files) != len(given):
        raise InputError(f"there are {len(given)} problems and data for {len(files)}")
    if not 1 <= jobs <= MOST_JOBS:
        raise InputError(f"jobs is {jobs}; it is from 1 to {MOST_JOBS}")
    _check(**settings)
    account = account_of(budget)
    opened = OpenModels(ledger, Mode(mode), account)
    found: dict[int, Solution | OptwrightError] = {}
    try:
        named = opened.cast(model, models or {})
        roles = {role: named[role] for role in models or {}}  # who is not named reads no plans
        base = opened.cast(model, {})["formulator"]
        one = partial(_outcome, model=base, models=roles, budget=account, **settings)

        async def solve_one(place: int) -> None:
            problem, tables = given[place], files[place]
            found[place] = await in_a_thread(lambda: one(problem=problem, data=tables))

        run(side_by_side(deque(range(len(given))), solve_one, jobs))
        return [found[place] for place in range(len(given))]
    finally:
        opened.close()


def _check(
    *,
    solver: str = "auto",
    share: Share | str | None = None,
    effort: Effort | str | None = None,
    profile: Profile | str | Path | None = None,
    **others: Any,
) -> None:
    """Raise for settings that would be the error of every problem; `TypeError` for those that
    `solve` has not."""
    inspect.signature(solve).bind_partial(**others)
    demand_solver(solver)
    if share is not None:
        read_share(share)
    if isinstance(effort, str):
        Effort.of(effort)
    if isinstance(profile, str | Path):
        profile_for("", profile)


def _outcome(
    problem: str | Problem,
    data: Data,
    model: ChatModel,
    **settings: Any,
) -> Solution | OptwrightError:
    try:
        return solve(problem, data, model, **settings)
    except OptwrightError as error:
        return error
