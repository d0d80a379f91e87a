"""What a type checker says about a user's code that imports optwright."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import optwright

pytest.importorskip("mypy")

USER_CODE = """
import optwright as ow

model = ow.open_model("local")
text: str = model.ask("How many?")
instruction = ow.Text("instruction", "Answer the question.")


@ow.traced
def answer(question: str) -> str:
    return model.ask(f"{instruction}\\n\\n{question}")


def metric(example: tuple[str, str], output: str) -> tuple[float, str]:
    return float(output == example[1]), ""


result = ow.optimize(
    answer,
    train=[("2 + 2?", "4")],
    metric=metric,
    parameters=[instruction],
    optimizer="opro",
    model="local",
    budget=ow.Budget(calls=200, tokens=200_000),
    watch=ow.progress_view(),
)
score: float = result.score
run: str = result.run
low: float = result.interval.low if result.interval else 0.0
best = ow.minimize(lambda x: x * x, [ow.Real("x", 1.0, low=-1.0, high=1.0)])
evaluations: int = best.evaluations
solution = ow.solve("A farm has 40 acres.", budget="calls=10")
verified: bool = solution.verified
x = ow.Real("x", 1.0, low=0.0, high=10.0)
trace = ow.backward(x + 1, "should be larger", score=-3.0)
rendered: str = trace.render(tokens=500)
try:
    model.ask("?")
except ow.errors.BudgetExceeded:
    pass
"""
# What a checker reads of other people's packages says nothing about our types and takes most of
# its time.
OTHERS = """openai langgraph langchain_core numpy scipy pyomo highspy pydantic pandas polars pyarrow
duckdb httpx anyio starlette rich sqlalchemy litellm""".split()
MISTAKES = """
import optwright as ow

ow.optimise
ow.open_model("local").ask(3)
ow.Budget(call=3)
"""


def test_a_users_code_passes_strictly_and_mistakes_are_found(tmp_path: Path) -> None:
    (tmp_path / "user.py").write_text(USER_CODE)
    (tmp_path / "mistakes.py").write_text(MISTAKES)
    skipped = "".join(f"[mypy-{name}.*]\nfollow_imports = skip\n" for name in OTHERS)
    (tmp_path / "mypy.ini").write_text("[mypy]\nstrict = True\n" + skipped)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir=/dev/null", "user.py", "mistakes.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    errors = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert [line.split(":")[:2] for line in errors] == [
        ["mistakes.py", "4"],
        ["mistakes.py", "5"],
        ["mistakes.py", "6"],
    ], done.stdout


def test_the_package_says_that_it_is_typed() -> None:
    assert Path(optwright.__file__).with_name("py.typed").is_file()
