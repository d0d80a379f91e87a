"""Budgets: read as they are written, and never exceeded by any number of workers."""

from __future__ import annotations

import asyncio
import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwright.errors import BudgetExceeded, InputError
from optwright.serving.budget import Account, Amount, Budget


def test_a_budget_reads_any_subset_in_any_order() -> None:
    budget = Budget.parse(" seconds=300, calls=50,usd=1.5 ,tokens=20_000,")
    assert budget == Budget(calls=50, tokens=20_000, usd=1.5, seconds=300.0)
    assert Budget.parse(str(budget)) == budget
    assert Budget.parse("") == Budget()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("calls", "calls=''"),
        ("calls=", "calls=''"),
        ("calls=2.5", "calls='2.5' is not a whole number"),
        ("calls=many", "calls='many'"),
        ("calls=-1", "calls=-1"),
        ("usd=nan", "usd=nan"),
        ("seconds=inf", "seconds=inf"),
        ("dollars=1", "'dollars'; there are"),
        ("calls=1,calls=2", "'calls' twice"),
        ("calls:5", "'calls:5'"),
        ("calls=" + "9" * 5_000, "calls="),
    ],
)
def test_a_budget_that_is_none_says_which_part_is_wrong(text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        Budget.parse(text)
    assert says in str(caught.value)
    assert len(str(caught.value)) < 300


AMOUNTS = st.builds(
    Amount,
    st.integers(0, 5),
    st.integers(0, 500),
    st.floats(0, 1, allow_subnormal=False),
    st.integers(0, 5),
)
BUDGETS = st.builds(
    Budget,
    st.none() | st.integers(0, 20),
    st.none() | st.integers(0, 2_000),
    st.none() | st.floats(0, 3, allow_subnormal=False),
    st.none(),
    st.none() | st.integers(0, 20),
)


@settings(deadline=None)  # the machine may be busy
@given(BUDGETS, st.lists(st.tuples(AMOUNTS, st.floats(0, 1), st.booleans()), max_size=30))
def test_no_sequence_of_reservations_exceeds_a_budget(
    budget: Budget, steps: list[tuple[Amount, float, bool]]
) -> None:
    account = Account(budget)
    for amount, part, at_once in steps:
        try:
            hold = account.reserve(
                calls=amount.calls,
                tokens=amount.tokens,
                usd=amount.usd,
                evaluations=amount.evaluations,
            )
        except BudgetExceeded:
            continue
        if at_once:
            hold.settle(Amount(amount.calls, int(amount.tokens * part), amount.usd * part))
    spent = account.spent
    for name in ("calls", "tokens", "usd", "evaluations"):
        limit = getattr(budget, name)
        assert limit is None or getattr(spent, name) <= limit + (1e-9 if name == "usd" else 0)


def test_sixteen_threads_stay_inside_one_budget_and_use_it_up() -> None:
    account = Account(Budget(calls=500, tokens=100_000))
    paid: list[int] = []

    def work(seed: int) -> None:
        draw = random.Random(seed)
        for _ in range(200):
            try:
                hold = account.reserve(calls=1, tokens=300)
            except BudgetExceeded:
                return
            used = draw.randint(1, 300)
            hold.settle(Amount(calls=1, tokens=used))
            paid.append(used)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    assert account.spent == Amount(calls=len(paid), tokens=sum(paid))
    assert len(paid) <= 500
    assert sum(paid) <= 100_000
    assert len(paid) > 300


async def test_who_waits_for_a_reservation_gets_what_others_give_back() -> None:
    account = Account(Budget(tokens=100))
    hold = account.reserve(tokens=80)
    waiting = asyncio.create_task(account.reserve_or_wait(Amount(tokens=90)))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    await asyncio.to_thread(hold.settle, Amount(tokens=5))
    (await waiting).settle(Amount(tokens=90))
    assert account.spent == Amount(tokens=95)


async def test_nobody_waits_for_what_is_already_spent() -> None:
    account = Account(Budget(tokens=100), spent=Amount(tokens=50))
    with pytest.raises(BudgetExceeded, match=r"tokens=60; 50 of tokens=100 is left"):
        await account.reserve_or_wait(Amount(tokens=60))
    hold = account.reserve(tokens=50)
    waiting = asyncio.create_task(account.reserve_or_wait(Amount(tokens=30)))
    await asyncio.sleep(0.01)
    hold.settle(Amount(tokens=40))
    with pytest.raises(BudgetExceeded):
        await waiting


async def test_hundreds_of_coroutines_over_several_loops_stay_inside_one_budget() -> None:
    account = Account(Budget(calls=100, tokens=10_000))

    async def work(seed: int) -> int:
        try:
            hold = await account.reserve_or_wait(Amount(calls=1, tokens=400))
        except BudgetExceeded:
            return 0
        await asyncio.sleep(random.Random(seed).random() / 1_000)
        hold.settle(Amount(calls=1, tokens=seed % 400))
        return 1

    async def many(first: int) -> int:
        return sum(await asyncio.gather(*(work(first + n) for n in range(60))))

    def elsewhere(first: int) -> int:
        return asyncio.run(many(first))

    others = [asyncio.to_thread(elsewhere, first) for first in (60, 120)]
    done = sum(await asyncio.gather(many(0), *others))
    assert account.spent.calls == done <= 100
    assert account.spent.tokens <= 10_000
    assert account.left().calls == 100 - done


def test_a_hold_settles_once_and_gives_back_what_was_not_spent() -> None:
    account = Account(Budget(evaluations=10, tokens=100))
    with account.reserve(evaluations=4, tokens=60) as hold:
        assert account.left() == Budget(evaluations=6, tokens=40)
        assert account.unspent() == Budget(evaluations=10, tokens=100)
        hold.settle(Amount(evaluations=1, tokens=10))
        hold.settle(Amount(evaluations=3, tokens=50))
    assert account.left() == Budget(evaluations=9, tokens=90)
    with account.reserve(evaluations=9):
        pass
    assert account.spent == Amount(evaluations=1, tokens=10)


def test_seconds_run_from_the_opening_and_go_on_after_a_resume() -> None:
    now = 100.0
    account = Account(Budget(seconds=10), elapsed_s=4, clock=lambda: now)
    assert account.left().seconds == 6
    now += 5.5
    account.spend(calls=1)
    now += 1
    assert account.left().seconds == 0
    with pytest.raises(BudgetExceeded, match="0 of seconds=10 is left"):
        account.spend(calls=1)


def test_spending_dollars_in_small_coins_neither_drifts_nor_overruns() -> None:
    account = Account(Budget(usd=0.3))
    for _ in range(3):
        account.spend(usd=0.1)
    assert account.spent.usd == pytest.approx(0.3)
    with pytest.raises(BudgetExceeded):
        account.spend(usd=0.001)


def test_a_reservation_is_cheap() -> None:
    account = Account(Budget(calls=10_000))
    started = time.process_time()
    for _ in range(1_000):
        account.spend(calls=1)
    assert time.process_time() - started < 1
