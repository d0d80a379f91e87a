"""NANO-CO: 49 kinds of combinatorial problems, five of each, as OptSkills trains with them."""

from optwright.benchmarks.datasets.dataset import Dataset, Normalised
from optwright.benchmarks.datasets.forms import Records

DATASETS = (
    Dataset(
        name="nano_co",
        title="NANO-CO",
        licence="MIT",
        rule="strict",
        normalised=Normalised(
            Records("NANO_CO.jsonl"),
            rows=192,
            sha256="eb1223216e3f9956e4dcc0591ed466fcdf87b0f51868f15d68c32c63a6cb01b8",
        ),
    ),
)
