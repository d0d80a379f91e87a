"""Examples and their three purposes: to learn from, to decide on, and to estimate with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from random import Random
from typing import Any

from optwright.errors import InputError
from optwright.optim.study.task import Example

FEWEST = 4  # examples in `train`, below which nothing is held back and no interval is given
SHARES = (0.4, 0.35)  # of train and valid; the rest is test
APART = 80  # examples, below which those that decide also estimate, corrected for it


@dataclass(frozen=True, slots=True)
class Splits:
    """Proposers learn from `train`; `valid` decides what is accepted; the winner is estimated on
    `test`, which chose nothing. Where there are too few examples for that `test` is `valid`, and
    the estimate is corrected for every comparison made on it. `groups` names the group of an
    example, by its key."""

    train: tuple[Example, ...]
    valid: tuple[Example, ...]
    test: tuple[Example, ...]
    groups: Mapping[str, str]

    @property
    def shared(self) -> bool:
        """Whether the examples that decide estimate too."""
        return bool(self.test) and self.test == self.valid

    @property
    def all(self) -> tuple[Example, ...]:
        """Every example once."""
        everything = (*self.train, *self.valid, *self.test)
        return tuple({example.key: example for example in everything}.values())

    @property
    def keys(self) -> dict[str, list[str]]:
        """Which examples serve for what, as a run remembers it."""
        parts = {"train": self.train, "valid": self.valid, "test": self.test}
        return {name: [example.key for example in part] for name, part in parts.items()}


def split(
    train: Iterable[Any],
    valid: Iterable[Any] | None,
    test: Iterable[Any] | None,
    *,
    seed: int,
    groups: Callable[[Any], str] | None = None,
    whole: bool = False,
    shared: bool = True,
) -> Splits:
    """Take the splits given, and cut those that are missing from `train`.

    With fewer than 80 examples, and nothing else given, 40 % of them are learnt from and the others
    decide and estimate, unless they are not to be `shared`. With fewer than four they serve to
    learn and to decide, and there is no test. So do all of them where they are the `whole` task. No
    examples at all is an `InputError`.
    """
    pool = _keyed("train", train)
    if not pool:
        raise InputError("there are no examples in train", hint="give at least one example")
    given_valid = None if valid is None else _keyed("valid", valid)
    given_test = None if test is None else _keyed("test", test)
    if whole:
        learn = decide = (*pool, *(given_valid or ()))
        estimate: tuple[Example, ...] = ()
    else:
        learn, decide, estimate = _cut(pool, given_valid, given_test, seed, shared=shared)
    if not decide:
        raise InputError("there are no examples in valid", hint="leave valid out, or fill it")
    named = {e.key: groups(e.value) for e in (*learn, *decide, *estimate)} if groups else {}
    return Splits(learn, decide, estimate, named)


def whole(train: Iterable[Any], test: Iterable[Any] | None) -> Splits:
    """All of `train` to learn from and to decide on, nothing cut off it."""
    pool = _keyed("train", train)
    if not pool:
        raise InputError("there are no examples in train", hint="give at least one example")
    return Splits(pool, (), () if test is None else _keyed("test", test), {})


def _cut(
    pool: tuple[Example, ...],
    valid: tuple[Example, ...] | None,
    test: tuple[Example, ...] | None,
    seed: int,
    *,
    shared: bool,
) -> tuple[tuple[Example, ...], tuple[Example, ...], tuple[Example, ...]]:
    shuffled = Random(f"{seed}/split").sample(pool, len(pool))
    if len(pool) < FEWEST and (valid is None or test is None):
        return pool, pool if valid is None else valid, test or ()
    if valid is not None and test is not None:
        return pool, valid, test
    if shared and valid is None and test is None and len(pool) < APART:
        learn, decide = _parts(shuffled, (SHARES[0], 1.0 - SHARES[0]))
        return learn, decide, decide
    shares = [SHARES[0]]
    shares += [SHARES[1]] if valid is None else []
    shares += [1.0 - sum(SHARES)] if test is None else []
    parts = _parts(shuffled, shares)
    learn = parts.pop(0)
    decide = parts.pop(0) if valid is None else valid
    return learn, decide, parts.pop(0) if test is None else test


def _parts(items: Sequence[Example], shares: Sequence[float]) -> list[tuple[Example, ...]]:
    """Cut `items` in proportion to `shares`, at least one in each part."""
    parts, start, total = [], 0, sum(shares)
    for i, _ in enumerate(shares):
        left = len(shares) - 1 - i
        end = round(len(items) * sum(shares[: i + 1]) / total)
        end = min(max(end, start + 1), len(items) - left)
        parts.append(tuple(items[start:end]))
        start = end
    return parts


def _keyed(split_name: str, values: Iterable[Any]) -> tuple[Example, ...]:
    return tuple(
        Example(f"{split_name}-{i}-{_digest(value)}", value) for i, value in enumerate(values)
    )


def _digest(value: object) -> str:
    """Tells changed examples apart; of what is not JSON only its type is looked at, because the
    text of an object may differ in every process."""
    text = json.dumps(value, sort_keys=True, default=lambda item: type(item).__qualname__)
    return sha256(text.encode("utf-8", errors="backslashreplace")).hexdigest()[:8]
