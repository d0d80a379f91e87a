"""NL4OPT: 245 small linear and integer programs of the NeurIPS 2022 competition's test split."""

from optwright.benchmarks.datasets.dataset import Checkout, Dataset, Hub, Normalised
from optwright.benchmarks.datasets.forms import Records

DATASETS = (
    Dataset(
        name="nl4opt",
        title="NL4OPT, labels of ORLM",
        licence="Apache-2.0 (ORLM), MIT (competition); Hugging Face: see the card",
        rule="orlm",
        checkout=Checkout(
            "Cardinal-Operations/ORLM",
            "33bc47d0a1d1",
            Records(
                "results/NL4OPT.q2mc_en.ORLM-LLaMA-3-8B/executed.jsonl",
                question="en_question",
                answer="en_answer",
            ),
            rows=245,
        ),
        normalised=Normalised(
            Records("NL4OPT.jsonl"),
            rows=208,
            sha256="ddf285a460d2377b3181a0e6b8c1fb271366262f42507ca0eed678b7ee313b82",
        ),
        hub=Hub(
            "CardinalOperations/NL4OPT",
            Records("NL4OPT*.json*", question="en_question", answer="en_answer"),
        ),
    ),
    Dataset(
        name="nl4opt_clean",
        title="NL4OPT, rows kept by LLM4OR and AlphaOPT",
        licence="MIT",
        rule="alphaopt",
        checkout=Checkout(
            "Minw913/AlphaOPT",
            "2f503b930766",
            Records(
                "data/optimization_tasks/clean/nl4opt.json",
                question="description",
                answer="ground_truth",
                id="task_id",
            ),
            rows=214,
        ),
        normalised=Normalised(
            Records("NL4OPT_clean.jsonl"),
            rows=182,
            sha256="c66172513f7f0198dbb0c65baa4eccd975c53beebc31fe9fe997614a99c68eea",
        ),
    ),
)
