"""A plan to begin a solve with, from what a user has: a solution, a mapping, a file, a run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from optwright.agents.solution import Solution
from optwright.errors import InputError
from optwright.solvers.model.outcome import Outcome

Start = Solution | Outcome | Mapping[str, float] | str | Path | None


def start_of(given: Start) -> dict[str, float]:
    """Values by element. A file holds the JSON that `--json` prints, or such an object itself:
    `{"x": 1, "ship[Lyon,Paris]": 4}`. Raises `InputError` for what holds no plan."""
    if given is None:
        return {}
    if isinstance(given, str | Path):
        return _from_file(Path(given))
    values = given.variables if isinstance(given, Solution) else given
    return _numbers(values.values if isinstance(values, Outcome) else values, "the start")


def _from_file(path: Path) -> dict[str, float]:
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{path} is not the JSON of a plan: {error}",
            hint="'optwright solve MODEL --json' prints one",
        ) from error
    if isinstance(content, dict) and isinstance(content.get("solution"), dict):
        content = content["solution"]  # as 'optwright explain --json' prints it
    if isinstance(content, dict) and isinstance(content.get("variables"), dict):
        content = content["variables"]
    return _numbers(content, str(path))


def _numbers(values: Any, where: str) -> dict[str, float]:
    if not isinstance(values, Mapping) or not values:
        raise InputError(f"{where} holds no plan: values by decision are expected")
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(f"{where} has {value!r} for {name!r}, which is not a number")
    return {str(name): float(value) for name, value in values.items()}
