"""A language model as the reader of plans: one request for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from optwright.agents.checks.plans.question import Answer, Question, Reading, Reliability, Verdict
from optwright.agents.checks.readers import wording
from optwright.agents.replies.quotes import stands_in
from optwright.errors import ReplyError
from optwright.prompts import load
from optwright.serving.chat import ChatModel, ChatRequest, conversation
from optwright.serving.replies import extract_json, whole_text
from optwright.serving.schemas import record, records
from optwright.serving.sync import ask
from optwright.solvers.model.formulation import Sense

MOST_TOKENS = 6000
"""A hundred or two for the working of each plan, and thirty plans at most."""


class _Judged(BaseModel):
    model_config = ConfigDict(extra="ignore")

    plan: int
    verdict: Verdict = Verdict.CANNOT_TELL
    sentence: str = ""
    value: float | None = None


class _Reply(BaseModel):
    model_config = ConfigDict(extra="ignore")

    direction: Literal["large", "small", "cannot tell"] = "cannot tell"
    plans: list[_Judged]


_SENSES: Mapping[str, Sense] = {"large": Sense.MAXIMIZE, "small": Sense.MINIMIZE}


@dataclass(frozen=True)
class ModelReader:
    """Asks a model, which sees the words, the tables and what the decisions mean, and never a
    formulation.

    A reply that was cut off, refused or cannot be read is a reading without answers whose
    `problem` says so. A plan that is said not to be allowed must come with words of the problem;
    where they are not to be found there, the answer is `cannot tell`. `reliability` is what the
    gate found of the model; without it nothing is verified by its word.
    """

    model: ChatModel
    max_tokens: int = MOST_TOKENS
    rows: int = wording.MOST_ROWS
    arithmetic: float = 1e-3
    reliability: Reliability | None = None

    @property
    def name(self) -> str:
        return self.model.name

    def read(self, question: Question) -> Reading:
        """Ask once about all plans; raises what `ChatModel.complete` raises. A model that may not
        see all rows of the tables (`rows`) cannot judge by them, and is not asked."""
        if blind := self.blind_to(question):
            return Reading(problem=blind)
        reply = ask(self.model, self.request(question))
        try:
            judgements = _Reply.model_validate(extract_json(whole_text(reply)))
        except (ReplyError, ValidationError) as error:
            return Reading(problem=f"the reply could not be read: {error}")
        problem = wording.problem(question, self.rows)
        answers = tuple(_answer(judged, problem) for judged in judgements.plans)
        return Reading(answers, _SENSES.get(judgements.direction))

    def blind_to(self, question: Question) -> str:
        """Which table it may not see all of, in a sentence; empty where it sees everything."""
        hidden = next((t for t in question.tables.values() if len(t) > self.rows), None)
        if hidden is None:
            return ""
        return (
            f"it would have to see all {len(hidden)} rows of table {hidden.name!r}, and "
            f"{self.rows} may be shown to it"
        )

    def request(self, question: Question) -> ChatRequest:
        """What the model is sent."""
        turns = load("reader").fill(
            problem=wording.problem(question, self.rows),
            decisions=wording.decisions(question),
            plans=wording.plans(question),
            count=str(len(question.plans)),
        )
        return ChatRequest(
            conversation(turns),
            schema=_schema(question),
            max_tokens=self.max_tokens,
            role="reader",
        )


def _answer(judged: _Judged, problem: str) -> Answer:
    verdict = judged.verdict
    if verdict is Verdict.NOT_ALLOWED and not stands_in(judged.sentence, problem):
        verdict = Verdict.CANNOT_TELL
    return Answer(judged.plan, verdict, judged.sentence.strip(), judged.value)


def _schema(question: Question) -> dict[str, Any]:
    text = {"type": "string"}
    judged = {
        "plan": {"type": "integer"},
        "working": text,
        "verdict": {"enum": [verdict.value for verdict in Verdict]},
        "sentence": text,
        "value": {"type": ["number", "null"]},
    }
    direction = {"enum": ["large", "small", "cannot tell"]}
    return record({"direction": direction, "plans": records(len(question.plans), judged)})
