"""Files as people have them: what they mean is what is read, and what is unsure is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from optwright.solvers.data.tables import load
from tests.awkward_files import CASES, Case


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_awkward_file_is_read_as_it_is_meant(case: Case, tmp_path: Path) -> None:
    tables = load([case.write(tmp_path)])
    found = {
        name: (tuple(column.name for column in table.columns), list(table.rows))
        for name, table in tables.items()
    }
    assert found == case.means
    assert bool([q for table in tables.values() for q in table.questions]) == case.asked
    across = {name: table.across.heads for name, table in tables.items() if table.across}
    assert across == case.across


def test_at_most_ten_of_sixty_files_have_to_be_asked_about() -> None:
    assert len(CASES) >= 60
    assert sum(case.asked for case in CASES) <= 10
