"""IndustryOR: 100 problems from industry and textbooks; half of the first labels were wrong."""

from optwright.benchmarks.datasets.dataset import Checkout, Dataset, Hub, Normalised
from optwright.benchmarks.datasets.forms import Records

DATASETS = (
    Dataset(
        name="industryor",
        title="IndustryOR, release of 2024",
        licence="Apache-2.0 (ORLM); Hugging Face: see the card",
        rule="orlm",
        checkout=Checkout(
            "Cardinal-Operations/ORLM",
            "33bc47d0a1d1",
            Records(
                "results/IndustryOR.q2mc_en.ORLM-LLaMA-3-8B/executed.jsonl",
                question="en_question",
                answer="en_answer",
            ),
            rows=100,
        ),
        normalised=Normalised(
            Records("IndustryOR.jsonl"),
            rows=75,
            sha256="0fb6ba08143f2ffb568c1351916f7712b14967b9a8d86fc3890df553e2794d6c",
        ),
        hub=Hub(
            "CardinalOperations/IndustryOR",
            Records("IndustryOR.json*", question="en_question", answer="en_answer"),
        ),
    ),
    Dataset(
        name="industryor_clean",
        title="IndustryOR, cleaned by OptiMind",
        licence="MIT",
        rule="optimind",
        checkout=Checkout(
            "microsoft/OptiGuide",
            "419cf7b9eee2",
            Records("optimind/data/optimind_cleaned_classified_industryor.csv"),
            rows=99,
        ),
        normalised=Normalised(
            Records("IndustryOR_clean.jsonl"),
            rows=72,
            sha256="30ba2aeacd16b945e160f9eb6534d3130a8578132937fcb7ea8949e9ce704dac",
        ),
    ),
)
