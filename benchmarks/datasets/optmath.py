"""OptMATH-Bench: 166 hard problems written backwards from their programs."""

from collections.abc import Mapping

from optwright.benchmarks.datasets.dataset import Checkout, Dataset, Normalised
from optwright.benchmarks.datasets.forms import Raw, Records


def _complete(record: Raw) -> object:
    """The answer of a text that holds its data; one that lost them is to be asked about, and has
    no label."""
    reference = record.get("reference")
    lacks = isinstance(reference, Mapping) and reference.get("suspect_incomplete")
    return None if lacks else record.get("answer")


DATASETS = (
    Dataset(
        name="optmath_bench",
        title="OptMATH-Bench",
        licence="Apache-2.0",
        rule="optmath",
        checkout=Checkout(
            "optsuite/OptMATH",
            "f15bbc4477c7",
            Records("benchmark/OptMATH_Bench.json", question="en_question", answer="en_answer"),
            rows=166,
        ),
        normalised=Normalised(
            Records("OptMATH_Bench.jsonl"),
            rows=166,
            sha256="ac939e563650a96126fdf6edcf672b1209bf1d43b0db5721cfa19bde313f4479",
        ),
    ),
    Dataset(
        name="optmath_bench_clean",
        title="OptMATH-Bench, cleaned by OptiMind",
        licence="MIT",
        rule="optimind",
        checkout=Checkout(
            "microsoft/OptiGuide",
            "419cf7b9eee2",
            Records("optimind/data/optimind_cleaned_classified_optmath.csv"),
            rows=130,
        ),
        normalised=Normalised(
            Records("OptMATH_Bench_clean.jsonl"),
            rows=128,
            sha256="cb99db53728a20be2d83354002b202bc1b8d66ade55ffd5329883dcea036a79c",
        ),
    ),
    Dataset(
        name="optmath_train",
        title="OptMATH, 300 published pairs of its training data",
        licence="Apache-2.0",
        rule="optmath",
        normalised=Normalised(
            Records("OptMATH_train.jsonl", answer=_complete),
            rows=242,
            sha256="1cf4f637ff7635cb1b77e40afaa825061617b55493b5c309c00992ac5ce21725",
        ),
    ),
)
