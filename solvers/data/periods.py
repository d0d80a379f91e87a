"""Ranges of months and dates: `"2026-01".."2026-12"`."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from optwright.errors import FormulationError

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def periods(name: str, low: str, high: str, step: int = 1) -> list[str]:
    """The months or the dates from `low` to `high`, every `step`-th of them, as they are written
    (`2026-03`, `2026-03-31`); none where `high` is before `low`. `FormulationError` for texts that
    are neither, `name` being whose range it is."""
    if step < 1:
        raise FormulationError(f"{name!r} runs in steps of {step}; a range runs upwards")
    months = _MONTH.fullmatch(low), _MONTH.fullmatch(high)
    if months[0] and months[1]:
        first, last = (int(m[1]) * 12 + int(m[2]) - 1 for m in months if m)
        return [f"{at // 12:04}-{at % 12 + 1:02}" for at in range(first, last + 1, step)]
    try:
        ends = datetime.date.fromisoformat(low), datetime.date.fromisoformat(high)
    except ValueError:
        raise FormulationError(
            f"{name!r} runs from {low!r} to {high!r}, which are not two months or two dates",
            hint='write "2026-01".."2026-12" or "2026-01-01".."2026-01-31"; list other texts: '
            '{"a", "b"}',
        ) from None
    return [*_dates(*ends, step)]


def _dates(first: datetime.date, last: datetime.date, step: int) -> Iterator[str]:
    for day in range(first.toordinal(), last.toordinal() + 1, step):
        yield datetime.date.fromordinal(day).isoformat()
