"""FaithConstraint: prices under rules, some of which contradict each other. There is no objective:
what is right is to say that nothing keeps all rules, or to ask what is wanted. Rows that something
keeps have no label: prices are held against the rules of the source (`validators`)."""

from optwright.benchmarks.datasets.dataset import Dataset, Normalised
from optwright.benchmarks.datasets.forms import Records

DATASETS = (
    Dataset(
        name="faithconstraint",
        title="FaithConstraint",
        licence="MIT",
        rule="strict",
        normalised=Normalised(
            Records("FaithConstraint.jsonl"),
            rows=240,
            sha256="89f05e908f312cd6aeaeb362beef86b44da12c4b18e3cee36a66ad95c622ce78",
        ),
    ),
)
