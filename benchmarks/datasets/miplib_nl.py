"""MIPLIB-NL: instances of MIPLIB 2017 told in words, with their data in tables."""

from __future__ import annotations

import json
from pathlib import Path

from optwright.benchmarks.datasets.dataset import Checkout, Dataset, Normalised
from optwright.benchmarks.datasets.forms import Folders, Raw, Records, read_text


def _problem(folder: Path) -> Raw:
    """One instance: a text with `{parameters}`, its tables, and the best known objective."""
    instance = json.loads(read_text(folder / "instance.json"))
    tables = sorted((folder / "data").glob("*.csv"))
    return {
        "question": instance["abstract_problem"],
        "answer": instance["optimal_value"],
        "params": instance.get("parameters") or {},
        "data": {
            "schema": instance.get("files") or {},
            "files": {f"data/{table.name}": read_text(table) for table in tables},
        },
        "is_abstract": True,
    }


DATASETS = (
    Dataset(
        name="miplib_nl",
        title="MIPLIB-NL, all 223 instances",
        licence="CC BY-SA 4.0",
        rule="strict",
        checkout=Checkout(
            "optsuite/MIPLIB-NL",
            "9f14ad1782ea",
            Folders("dataset", "instance.json", _problem),
            rows=223,
        ),
    ),
    Dataset(
        name="miplib_nl_small",
        title="MIPLIB-NL, instances whose tables total at most 24 kB",
        licence="CC BY-SA 4.0",
        rule="strict",
        normalised=Normalised(
            Records("MIPLIB_NL_small.jsonl", abstract=True),
            rows=104,
            sha256="66b242896ececd6ead5227c2897fea57a528c00a7a0d931336a327babd59c6f2",
        ),
    ),
    Dataset(
        name="miplib_nl_large",
        title="MIPLIB-NL, further instances with tables of up to 108 kB",
        licence="CC BY-SA 4.0",
        rule="strict",
        normalised=Normalised(
            Records("MIPLIB_NL_large.jsonl", abstract=True),
            rows=40,
            sha256="1a5664c28bec77b5cdac014db101beb016c6ca86571e83368140b2c448c0d872",
        ),
    ),
)
