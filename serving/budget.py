"""Budgets: what may be spent, and an account that never lets it be exceeded.

Money is set aside before it is spent (`reserve`) and the rest given back after (`settle`), so that
any number of workers together stay inside one budget.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from threading import Lock
from types import TracebackType
from typing import Self

from optwright.errors import BudgetExceeded, InputError
from optwright.serving.cross_loop_condition import Turnstile

_NANODOLLAR = 1e-9
_FORM = "write it like calls=50,tokens=20000,usd=1,seconds=300, any subset"


@dataclass(frozen=True, slots=True)
class Amount:
    """Something spent or to be spent: model calls, tokens in and out, US dollars, evaluations
    of a program under optimization."""

    calls: int = 0
    tokens: int = 0
    usd: float = 0.0
    evaluations: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(
            self.calls + other.calls,
            self.tokens + other.tokens,
            self.usd + other.usd,
            self.evaluations + other.evaluations,
        )


@dataclass(frozen=True, slots=True)
class Budget:
    """Upper limits; None is no limit. `seconds` is wall time since the account was opened.

    >>> Budget.parse("calls=50,usd=0.5")
    Budget(calls=50, tokens=None, usd=0.5, seconds=None, evaluations=None)
    """

    calls: int | None = None
    tokens: int | None = None
    usd: float | None = None
    seconds: float | None = None
    evaluations: int | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            limit = getattr(self, field.name)
            if limit is not None and not (math.isfinite(limit) and limit >= 0):
                raise InputError(f"budget {field.name}={limit!r} is not a number from 0 up")

    @classmethod
    def parse(cls, text: str) -> Budget:
        """Read `calls=50,tokens=20000,usd=1,seconds=300`; anything else is an `InputError`."""
        known = {field.name: int for field in fields(cls)} | {"usd": float, "seconds": float}
        limits: dict[str, float] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            name, _, value = (piece.strip() for piece in part.partition("="))
            if name not in known:
                raise InputError(
                    f"budget has no {name[:40]!r}; there are {sorted(known)}", hint=_FORM
                )
            if name in limits:
                raise InputError(f"budget names {name!r} twice", hint=_FORM)
            limits[name] = _number(name, value, known[name])
        return cls(**limits)  # type: ignore[arg-type]  # `known` gave each its own type

    def __str__(self) -> str:
        limits = ((field.name, getattr(self, field.name)) for field in fields(self))
        return ",".join(f"{name}={limit:g}" for name, limit in limits if limit is not None)


class Hold:
    """An amount set aside. Settle it with what was really spent; leaving the `with` block
    unsettled gives everything back."""

    def __init__(self, account: Account, amount: Amount) -> None:
        self.account = account
        self.amount = amount

    def settle(self, spent: Amount) -> None:
        """Book what was spent in place of what was set aside; a second call changes nothing."""
        self.account._settle(self, spent)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.settle(Amount())


class Account:
    """A budget and what has been spent of it. Safe for threads and event loops.

    `spent` at the start is what earlier runs of the same work spent. `elapsed_s` likewise.
    """

    def __init__(
        self,
        budget: Budget,
        *,
        spent: Amount = Amount(),
        elapsed_s: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.budget = budget
        self.changed = Turnstile()
        self._spent = spent
        self._holds: set[Hold] = set()
        self._lock = Lock()
        self._clock = clock
        self._opened = clock() - elapsed_s

    @property
    def spent(self) -> Amount:
        return self._spent

    @property
    def elapsed_s(self) -> float:
        return self._clock() - self._opened

    def left(self) -> Budget:
        """What nobody has spent or set aside; None is no limit."""
        with self._lock:
            return self._left(self._held())

    def unspent(self) -> Budget:
        """What nobody has spent yet, amounts set aside included."""
        with self._lock:
            return self._left(Amount())

    def reserve(
        self, *, calls: int = 0, tokens: int = 0, usd: float = 0.0, evaluations: int = 0
    ) -> Hold:
        """Set an amount aside now, or raise `BudgetExceeded`."""
        amount = Amount(calls, tokens, usd, evaluations)
        with self._lock:
            if (over := _over(amount, self._left(self._held()))) is not None:
                raise self._exceeded(amount, over)
            return self._hold(amount)

    async def reserve_or_wait(self, amount: Amount) -> Hold:
        """Like `reserve`; while an amount that others hold stands in the way, wait for them."""
        return await self.changed.until(lambda: self._try(amount))

    def spend(
        self, *, calls: int = 0, tokens: int = 0, usd: float = 0.0, evaluations: int = 0
    ) -> None:
        """Reserve and settle in one step."""
        amount = Amount(calls, tokens, usd, evaluations)
        self.reserve(calls=calls, tokens=tokens, usd=usd, evaluations=evaluations).settle(amount)

    def out_of_time(self) -> BudgetExceeded:
        """The error to raise when the seconds are used up."""
        return self._exceeded(Amount(), "seconds")

    def _try(self, amount: Amount) -> Hold | None:
        with self._lock:
            if _over(amount, self._left(self._held())) is None:
                return self._hold(amount)
            if (over := _over(amount, self._left(Amount()))) is not None:
                raise self._exceeded(amount, over)
            return None

    def _hold(self, amount: Amount) -> Hold:
        hold = Hold(self, amount)
        self._holds.add(hold)
        return hold

    def _settle(self, hold: Hold, spent: Amount) -> None:
        with self._lock:
            if hold not in self._holds:
                return
            self._holds.remove(hold)
            self._spent += spent
        self.changed.turn()

    def _held(self) -> Amount:
        # Summed afresh each time: adding and subtracting dollars would drift.
        return sum((hold.amount for hold in self._holds), Amount())

    def _left(self, held: Amount) -> Budget:
        used = self._spent + held
        limits, seconds = self.budget, self.budget.seconds
        return Budget(
            calls=None if limits.calls is None else max(0, limits.calls - used.calls),
            tokens=None if limits.tokens is None else max(0, limits.tokens - used.tokens),
            usd=None if limits.usd is None else max(0.0, limits.usd - used.usd),
            seconds=None if seconds is None else max(0.0, seconds - self.elapsed_s),
            evaluations=(
                None
                if limits.evaluations is None
                else max(0, limits.evaluations - used.evaluations)
            ),
        )

    def _exceeded(self, amount: Amount, over: str) -> BudgetExceeded:
        limit, left = getattr(self.budget, over), getattr(self._left(Amount()), over)
        needs = "more time" if over == "seconds" else f"{over}={getattr(amount, over):g}"
        return BudgetExceeded(
            f"the next step may need {needs}; {left:g} of {over}={limit:g} is left",
            hint=f"raise {over}= in the budget to go on; what was paid for is kept",
        )


def _over(amount: Amount, left: Budget) -> str | None:
    """Name the first limit that `amount` would break."""
    if left.seconds == 0.0:
        return "seconds"
    for name in ("calls", "tokens", "usd", "evaluations"):
        limit, wanted = getattr(left, name), getattr(amount, name)
        # Sums of dollars are off by a few units in the last place.
        if limit is not None and wanted > limit + (_NANODOLLAR if name == "usd" else 0):
            return name
    return None


def _number(name: str, value: str, kind: Callable[[str], float]) -> float:
    try:
        return kind(value.replace("_", ""))
    except ValueError:
        whole = "a whole number" if kind is int else "a number"
        raise InputError(f"budget {name}={value[:40]!r} is not {whole}", hint=_FORM) from None
