"""The prompt experiment with the embedded model, rehearsed with a script."""

from __future__ import annotations

from pathlib import Path

import pytest

from optwright.benchmarks.optim.prompt_embedded import (
    FIRST,
    METHODS,
    REHEARSAL,
    held_out,
    measured,
    opened,
)
from optwright.errors import InputError


def test_the_rehearsal_finds_the_form_of_the_dates(tmp_path: Path) -> None:
    with opened(REHEARSAL, tmp_path) as model:
        first = held_out(model, FIRST)
        results = measured(METHODS, model, [0], tmp_path)
    assert sum(first) == 0
    assert all(result["gain"]["low"] > 0.5 for result in results)


def test_another_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no model 'openai/x'"), opened("openai/x", tmp_path):
        pass
