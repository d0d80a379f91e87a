"""What is kept of an attempt: the attempt itself, what it cost, and whether it was right."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from optwright.benchmarks.system import Attempt


class Call(BaseModel):
    """One call of the model: who asked, the last words it was asked, and what it replied."""

    model_config = ConfigDict(frozen=True)

    role: str
    asked: str
    replied: str
    finish: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    error: str = ""


class Cost(BaseModel):
    """What an attempt's replies cost when they were paid for, replayed or not: the same numbers
    each time. `seconds` are those spent waiting for replies."""

    model_config = ConfigDict(frozen=True)

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    cost_usd: float | None = None

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens


class Record(BaseModel):
    """One attempt at one task. Two runs over the same replies have equal records, to the byte;
    what differs from run to run (wall time, how much was replayed) is kept beside them."""

    model_config = ConfigDict(frozen=True)

    task: str
    sample: int
    system: str
    attempt: Attempt
    cost: Cost = Cost()
    calls: tuple[Call, ...] = ()
    scores: dict[str, bool] = {}
    """Right or wrong by the name of the rule; empty where the task has no usable label."""
    flags: tuple[str, ...] = ()
    """What to know about the label, such as `lp_milp` and `agreed`."""
