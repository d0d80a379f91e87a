"""NLP4LP: 269 linear and integer programs of the OptiMUS papers, most of them NL4OPT questions."""

from __future__ import annotations

import json
from pathlib import Path

from optwright.benchmarks.datasets.dataset import Checkout, Dataset, Normalised
from optwright.benchmarks.datasets.forms import Folders, Raw, Records, read_text


def _problem(folder: Path) -> Raw:
    """One problem of the LLM4OR copy; a solution without an objective is no label."""
    solution = json.loads(read_text(folder / "solution.json") or "{}")
    return {
        "question": read_text(folder / "description.txt"),
        "answer": solution.get("objective"),
    }


DATASETS = (
    Dataset(
        name="nlp4lp",
        title="NLP4LP, original labels",
        licence="CC BY-NC 4.0, research use only",
        rule="strict",
        checkout=Checkout(
            "LLM4OR/LLM4OR",
            "75962df5ddf5",
            Folders("static/datasets/NLP4LP", "solution.json", _problem),
            rows=269,
        ),
        normalised=Normalised(
            Records("NLP4LP.jsonl"),
            rows=230,
            sha256="1200934b887f29c1a165e2da21673ae1e23a8f7d54c46509ca31ff9bc20b093e",
        ),
    ),
    Dataset(
        name="nlp4lp_clean",
        title="NLP4LP, labels of ORThought",
        licence="none stated; derived from CC BY-NC 4.0 data",
        rule="orthought",
        normalised=Normalised(
            Records("NLP4LP_clean.jsonl"),
            rows=226,
            sha256="4dfbb6161fde6c19a5bc81615f72cb7622f59535df7b2bb8784deae863e775a4",
        ),
    ),
)
