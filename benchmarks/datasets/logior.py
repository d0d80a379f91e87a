"""LogiOR: 92 problems of logistics, of ORThought."""

from __future__ import annotations

import json
from pathlib import Path

from optwright.benchmarks.datasets.dataset import Checkout, Dataset, Normalised
from optwright.benchmarks.datasets.forms import Folders, Raw, Records, read_text


def _problem(folder: Path) -> Raw:
    """One problem: its text, and an answer that may be a status."""
    answer = json.loads(read_text(folder / "answer.json"))
    status = str(answer.get("status", "")).lower()
    return {
        "question": read_text(folder / "question.txt"),
        "answer": status if status in ("infeasible", "unbounded") else answer["obj"],
    }


DATASETS = (
    Dataset(
        name="logior",
        title="LogiOR",
        licence="none stated",
        rule="orthought",
        checkout=Checkout(
            "ZJU-TSELab/ORThought",
            "fb8a5ded1ab5",
            Folders("datasets/processed/LogiOR", "question.txt", _problem),
            rows=92,
        ),
        normalised=Normalised(
            Records("LogiOR.jsonl"),
            rows=92,
            sha256="a15314c2768464ebc36a9b87597fcb443e4b7608c0b9dd2af829fa8a73828730",
        ),
    ),
)
