"""MAMO: 652 easy and 211 complex linear and integer programs."""

from optwright.benchmarks.datasets.dataset import Checkout, Dataset, Hub, Normalised
from optwright.benchmarks.datasets.forms import Records

DATASETS = (
    Dataset(
        name="mamo_easylp",
        title="MAMO EasyLP",
        licence="CC BY-SA 4.0 (Mamo); Hugging Face: see the card",
        rule="mamo",
        checkout=Checkout(
            "FreedomIntelligence/Mamo",
            "2c91069dee5c",
            Records(
                "data/optimization/Easy_LP/mamo_easy_lp.jsonl", question="Question", answer="Answer"
            ),
            rows=652,
        ),
        normalised=Normalised(
            Records("MAMO_EasyLP.jsonl"),
            rows=652,
            sha256="c5b231aebda5e1f7849c328dd9f0b8cadbad8cc249104e74715f69a518f4aa25",
        ),
        hub=Hub(
            "CardinalOperations/MAMO",
            Records("MAMO_EasyLP.json*", question="en_question", answer="en_answer"),
        ),
    ),
    Dataset(
        name="mamo_easylp_clean",
        title="MAMO EasyLP, corrected by SIRL",
        licence="none stated; derived from CC BY-SA 4.0 data",
        rule="sirl",
        checkout=Checkout(
            "Cardinal-Operations/SIRL",
            "8e85194b8f25",
            Records(
                "test_data/MAMO_EasyLP_fixed.jsonl", question="en_question", answer="en_answer"
            ),
            rows=642,
        ),
        normalised=Normalised(
            Records("MAMO_EasyLP_clean.jsonl"),
            rows=642,
            sha256="a579c1da480e3a661ef7d39e31529d0c36dbce4bd2e6cb70a3e4dd3824280f0b",
        ),
    ),
    Dataset(
        name="mamo_complexlp",
        title="MAMO ComplexLP",
        licence="CC BY-SA 4.0 (Mamo); Hugging Face: see the card",
        rule="mamo",
        checkout=Checkout(
            "FreedomIntelligence/Mamo",
            "2c91069dee5c",
            Records(
                "data/optimization/Complex_LP/mamo_complex_lp.jsonl",
                question="Question",
                answer="Answer",
            ),
            rows=211,
        ),
        normalised=Normalised(
            Records("MAMO_ComplexLP.jsonl"),
            rows=175,
            sha256="704c0e0ca992371cca5f403baea81bbeddef79d61f04de1d7b84f5e96f8616d7",
        ),
        hub=Hub(
            "CardinalOperations/MAMO",
            Records("MAMO_ComplexLP.json*", question="en_question", answer="en_answer"),
        ),
    ),
    Dataset(
        name="mamo_complexlp_clean",
        title="MAMO ComplexLP, cleaned by OptiMind",
        licence="MIT; derived from CC BY-SA 4.0 data",
        rule="optimind",
        checkout=Checkout(
            "microsoft/OptiGuide",
            "419cf7b9eee2",
            Records("optimind/data/optimind_cleaned_classified_mamo_complex.csv"),
            rows=210,
        ),
        normalised=Normalised(
            Records("MAMO_ComplexLP_clean.jsonl"),
            rows=174,
            sha256="b68d772ac87550b1e9de3d83b07c06a1a8e3b681339ceeac90b767f12977d3de",
        ),
    ),
)
