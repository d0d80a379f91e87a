"""OptiBench: 605 linear and nonlinear problems, with and without tables, of ReSocratic."""

from optwright.benchmarks.datasets.dataset import Checkout, Dataset, Normalised
from optwright.benchmarks.datasets.forms import Records, last_number

DATASETS = (
    Dataset(
        name="optibench",
        title="OptiBench",
        licence="Apache-2.0",
        rule="resocratic",
        checkout=Checkout(
            "yangzhch6/ReSocratic",
            "56a638f689ab",
            Records("data/OptiBench.json", answer=last_number("results"), id="index"),
            rows=605,
        ),
        normalised=Normalised(
            Records("OptiBench.jsonl"),
            rows=486,
            sha256="61f3de09968d76b8f2af3892ffe2767da6d0870aad005a336e27b994c7079955",
        ),
    ),
    Dataset(
        name="optibench_clean",
        title="OptiBench, rows kept by LLM4OR and AlphaOPT",
        licence="MIT",
        rule="alphaopt",
        checkout=Checkout(
            "Minw913/AlphaOPT",
            "2f503b930766",
            Records(
                "data/optimization_tasks/clean/optibench.json",
                question="description",
                answer="ground_truth",
                id="task_id",
            ),
            rows=403,
        ),
        normalised=Normalised(
            Records("OptiBench_clean.jsonl"),
            rows=332,
            sha256="ce4858a77eefb69d1c909bced51bc62a7533d0987a2c1356493de78be0c67d68",
        ),
    ),
)
