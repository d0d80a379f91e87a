"""Where runs are kept, and what belongs beside them."""

from __future__ import annotations

import os
from pathlib import Path


def default_directory() -> Path:
    """`OPTWRIGHT_RUNS`, or `runs` in the user's data directory; makes nothing."""
    import platformdirs

    given = os.environ.get("OPTWRIGHT_RUNS")
    return Path(given) if given else platformdirs.user_data_path("optwright") / "runs"
