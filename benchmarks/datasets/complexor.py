"""ComplexOR: 18 abstract problems whose numbers are kept apart, of Chain-of-Experts."""

from __future__ import annotations

import json
from pathlib import Path

from optwright.benchmarks.datasets.dataset import Checkout, Dataset, Normalised
from optwright.benchmarks.datasets.forms import Folders, Raw, Records, read_text


def _problem(folder: Path) -> Raw:
    """One problem: an abstract text, the numbers of one instance, and its optimum."""
    sample = json.loads(read_text(folder / "sample.json"))[0]
    return {
        "question": read_text(folder / "description.txt"),
        "answer": sample["output"][0],
        "params": sample["input"],
        "is_abstract": True,
    }


DATASETS = (
    Dataset(
        name="complexor",
        title="ComplexOR",
        licence="none stated",
        rule="coe",
        checkout=Checkout(
            "xzymustbexzy/Chain-of-Experts",
            "9ce1fb7e522e",
            Folders("dataset/ComplexOR", "sample.json", _problem),
            rows=18,
        ),
        normalised=Normalised(
            Records("ComplexOR.jsonl", abstract=True),
            rows=18,
            sha256="66ec8034f2d83b5a593d9c9abc2dcfd4d6fea7ee1ae7426f82c536a60909e854",
        ),
    ),
    Dataset(
        name="complexor_clean",
        title="ComplexOR, annotated anew by ORThought",
        licence="none stated",
        rule="orthought",
        normalised=Normalised(
            Records("ComplexOR_clean.jsonl", abstract=True),
            rows=18,
            sha256="fc3d8247b439c6d38075ee092d175ca1d763e2a864472014d1427514c3d6aabb",
        ),
    ),
)
