"""Parameters that are numbers."""

from __future__ import annotations

import math
import numbers
from typing import TypeVar

from optwright.errors import InputError
from optwright.optim.parameter import Json, Tunable

N = TypeVar("N", int, float)


class Real(Tunable[float]):
    """A finite number from `low` to `high`, both included.

    Any JSON number fits, so 3 is taken as 3.0; a string or a bool does not. `log` says that ratios
    matter more than differences (a learning rate); it needs `low` > 0.
    """

    kind = "real"

    def __init__(self, name: str, value: float, low: float, high: float, log: bool = False) -> None:
        self.low, self.high = _in_order(name, _float(low), _float(high))
        self.log = _log_scale(name, self.low, log)
        super().__init__(name, value)

    def check(self, value: object) -> float:
        number = self._number(value)
        if not self.low <= number <= self.high:
            raise self._refuse(value, f"is outside [{self.low!r}, {self.high!r}]")
        return number

    def project(self, value: object) -> float:
        """Clip into the limits; only finite numbers have a nearest one."""
        return min(max(self._number(value), self.low), self.high)

    def schema(self) -> dict[str, Json]:
        return {"type": "number", "minimum": self.low, "maximum": self.high}

    def _number(self, value: object) -> float:
        number = _float(value)
        if number is None:
            raise self._refuse(value, "is not a finite number")
        return number

    def _limits(self) -> dict[str, Json]:
        return {"low": self.low, "high": self.high, "log": self.log}


class Integer(Tunable[int]):
    """A whole number from `low` to `high`, both included.

    3.0 is taken as 3, as JSON Schema has it; 3.7, a string or a bool does not fit.
    """

    kind = "integer"

    def __init__(self, name: str, value: int, low: int, high: int, log: bool = False) -> None:
        self.low, self.high = _in_order(name, _int(low), _int(high))
        self.log = _log_scale(name, self.low, log)
        super().__init__(name, value)

    def check(self, value: object) -> int:
        number = _int(value)
        if number is None:
            raise self._refuse(value, "is not a whole number")
        if not self.low <= number <= self.high:
            raise self._refuse(value, f"is outside [{self.low}, {self.high}]")
        return number

    def project(self, value: object) -> int:
        """Round to the nearest whole number and clip into the limits."""
        whole = _int(value)
        if whole is None:
            number = _float(value)
            if number is None:
                raise self._refuse(value, "is not a finite number")
            whole = round(number)
        return min(max(whole, self.low), self.high)

    def schema(self) -> dict[str, Json]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}

    def _limits(self) -> dict[str, Json]:
        return {"low": self.low, "high": self.high, "log": self.log}


def _float(value: object) -> float | None:
    """A finite float, or None. numpy's numbers count, bools and strings do not."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    # Adding zero turns -0.0 into 0.0: equal values must have one cache key.
    return number + 0.0 if math.isfinite(number) else None


def _int(value: object) -> int | None:
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return int(value)
    number = _float(value)
    return int(number) if number is not None and number.is_integer() else None


def _in_order(name: str, low: N | None, high: N | None) -> tuple[N, N]:
    if low is None or high is None or low > high:
        raise InputError(f"{name}: limits {low!r} and {high!r} are not two finite numbers in order")
    return low, high


def _log_scale(name: str, low: float, log: bool) -> bool:
    if log and low <= 0:
        raise InputError(f"{name}: a log scale needs a lower limit above 0, not {low!r}")
    return bool(log)
