"""Days as people write them, turned into `2026-03-31` where there is one way to read them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass

from optwright.solvers.data.reading.calendar_names import month_of

_TIME = r"(?:[ T](?P<time>\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?)(?:Z|[+-]\d\d:?\d\d)?)?"
_YEAR_FIRST = re.compile(r"(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})" + _TIME)
_YEAR_LAST = re.compile(r"(?P<a>\d{1,2})(?P<s>[-/.])(?P<b>\d{1,2})(?P=s)(?P<y>\d{4}|\d\d)" + _TIME)
_DAY_MONTH = re.compile(
    r"(?P<d>\d{1,2})(?:st|nd|rd|th|er|º)?[-. /]*(?:(?:de|of) )?(?P<m>[^\W\d_]{3,10})\.?"
    r"[-, /]*(?:de )?(?P<y>\d{4}|\d\d)"
)
_MONTH_DAY = re.compile(r"(?P<m>[^\W\d_]{3,10})\.? (?P<d>\d{1,2})(?:st|nd|rd|th)?,? (?P<y>\d{4})")


@dataclass(frozen=True, slots=True)
class DateText:
    """A day as it was written; with `is_open` its first two numbers are day and month in an order
    that the text alone does not say."""

    year: int
    first: int
    second: int
    time: str = ""
    is_open: bool = False
    says_day_first: bool | None = None

    def iso(self, *, day_first: bool = True) -> str | None:
        """The day as `2026-03-31`, with its time behind it; None where there is no such day."""
        swap = self.is_open and not day_first
        day, month = (self.second, self.first) if swap else (self.first, self.second)
        try:
            date = datetime.date(self.year, month, day)
        except ValueError:
            return None
        return f"{date.isoformat()} {self.time}" if self.time else date.isoformat()


def parse(text: str) -> DateText | None:
    """A text as a day, or None."""
    text = text.strip()
    if not 6 <= len(text) <= 32:
        return None
    if found := _YEAR_FIRST.fullmatch(text):
        return _valid(DateText(int(found["y"]), int(found["d"]), int(found["m"]), _time(found)))
    if found := _YEAR_LAST.fullmatch(text):
        one, two = int(found["a"]), int(found["b"])
        year = _year(found["y"])
        if found["s"] == "." or one > 12:
            says = True if one > 12 else None
            return _valid(DateText(year, one, two, _time(found), says_day_first=says))
        if two > 12:
            return _valid(DateText(year, two, one, _time(found), says_day_first=False))
        return _valid(DateText(year, one, two, _time(found), is_open=one != two))
    if found := _DAY_MONTH.fullmatch(text) or _MONTH_DAY.fullmatch(text):
        month = month_of(found["m"])
        if month:
            return _valid(DateText(_year(found["y"]), int(found["d"]), month))
    return None


def order(dates: Iterable[DateText]) -> tuple[bool | None, bool]:
    """Whether the day comes first, as the days that leave no choice say (None where none does),
    and whether any is open."""
    said = {date.says_day_first for date in dates} - {None}
    is_open = any(date.is_open for date in dates)
    return (said.pop() if len(said) == 1 else None), is_open


def plain_date(value: datetime.date | datetime.time | datetime.timedelta) -> str:
    """A day without the midnight it comes with, a time without seconds that are none.

    >>> plain_date(datetime.datetime(2026, 1, 1)), plain_date(datetime.time(8, 30))
    ('2026-01-01', '08:30')
    """
    if isinstance(value, datetime.timedelta):
        seconds = round(value.total_seconds())
        hours, rest = divmod(abs(seconds), 3600)
        return f"{'-' if seconds < 0 else ''}{hours:02d}:{rest // 60:02d}" + _seconds(rest % 60)
    if isinstance(value, datetime.datetime):
        if value.time() == datetime.time.min:
            return value.date().isoformat()
        return f"{value.date().isoformat()} {value:%H:%M}" + _seconds(value.second)
    if isinstance(value, datetime.time):
        return f"{value:%H:%M}" + _seconds(value.second)
    return value.isoformat()


def _seconds(seconds: int) -> str:
    return f":{seconds:02d}" if seconds else ""


def _valid(date: DateText) -> DateText | None:
    return date if date.iso() or (date.is_open and date.iso(day_first=False)) else None


def _time(found: re.Match[str]) -> str:
    time = re.sub(r"\.0+$", "", found["time"] or "")
    if re.fullmatch(r"0{1,2}:00(:00)?", time):
        return ""
    return time.removesuffix(":00") if time.count(":") == 2 else time


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 70 else 1900)
