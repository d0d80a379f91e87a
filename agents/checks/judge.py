"""Closed questions to a judge: of each part of a draft, whether the words of the problem say it.

One request asks about all parts: the objective, each constraint, each bound that is stated. The
judge picks one of six answers for each and quotes the words that it rests on; a quote that does
not stand in the problem makes the answer none. It may name words that no part states, too. A judge
advises: what it finds is a finding like any other, and where it gave no judgement, that is said
and is no approval.

Unlike a reader of plans a judge sees the formulation, so it may be talked into what it reads there;
it is not shown which words the draft itself quotes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from optwright.agents.checks.context import CheckContext
from optwright.agents.findings import Fault, Finding
from optwright.agents.replies.quotes import stands_in
from optwright.errors import ReplyError
from optwright.prompts import Prompts, load
from optwright.serving.chat import ChatModel, ChatReply, ChatRequest, conversation
from optwright.serving.replies import extract_json, whole_text
from optwright.serving.schemas import TEXT, record, records
from optwright.serving.sync import ask
from optwright.solvers.model.formulation import Domain, Formulation, Objective, Variable

MOST_PARTS = 60
"""As many are asked about in one request; of the others it is said that nobody judged them."""

MOST_MISSING = 8
"""As many words that no part states are looked at: a judge that lists the text says nothing."""

LEAST_QUOTED = 8
"""Bytes of letters and figures that a quote needs: two short words, three Chinese signs. What is
shorter stands in every text."""

LEAST_WITH_A_FIGURE = 4
"""The same of one with a number, such as `Sun 7` of a list."""

MOST_QUOTED = 400
"""Characters of a quote; whoever quotes the whole problem has pointed at nothing."""


class Verdict(StrEnum):
    """What a judge can say of a part."""

    STATED = "as the words say"
    DIRECTION = "wrong direction"
    NUMBER = "wrong number"
    DECISION = "wrong decision"
    UNSAID = "not in the words"
    CANNOT_TELL = "cannot tell"


_AGAINST: Mapping[Verdict, str] = {
    Verdict.DIRECTION: "points the other way than",
    Verdict.NUMBER: "has another number than",
    Verdict.DECISION: "is about something else than",
}
_QUOTING = frozenset({Verdict.STATED, *_AGAINST})


class _Judged(BaseModel):
    model_config = ConfigDict(extra="ignore")

    part: int
    verdict: Verdict
    quote: str = ""


class _Reply(BaseModel):
    model_config = ConfigDict(extra="ignore")

    parts: list[_Judged]
    missing: list[str] = []


@dataclass(frozen=True, slots=True)
class Part:
    """Something that a judge is asked about: `element` names it in findings, `shown` tells it."""

    element: str
    shown: str


@dataclass(frozen=True)
class Judge:
    """Asks a model the closed questions; `prompts` gives the prompt `critic`."""

    prompts: Prompts = field(default=load, compare=False)

    def request(self, context: CheckContext) -> ChatRequest:
        """What the model is sent: one request for all parts."""
        asked = parts_of(context.formulation)[:MOST_PARTS]
        turns = self.prompts("critic").fill(
            problem=context.shown,
            decisions="\n".join(map(_decision, context.formulation.variables)),
            given=_given(context.formulation) or "(nothing by name)",
            parts="\n".join(f"{at}. {p.element}: {p.shown}" for at, p in enumerate(asked, 1)),
            count=str(len(asked)),
        )
        return ChatRequest(
            conversation(turns),
            schema=_schema(len(asked)),
            max_tokens=300 + 100 * len(asked),
            role="critic",
        )

    def findings(self, context: CheckContext, reply: ChatReply) -> tuple[Finding, ...]:
        """What a reply to the request has against the formulation. A reply that was cut off,
        refused or cannot be read, and an answer without words that stand in the problem, is the
        finding that it was `NOT_JUDGED`."""
        try:
            said = _Reply.model_validate(extract_json(whole_text(reply)))
        except ReplyError as error:
            return (not_judged(str(error)),)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"]))
            return (not_judged(f"its reply cannot be read: {place}: {first['msg']}"),)
        parts = parts_of(context.formulation)
        faults, open_parts = _of_parts(parts[:MOST_PARTS], said.parts, context)
        missing, unfounded = _of_missing(said.missing, context)
        reasons = [*open_parts, *unfounded]
        if more := len(parts) - MOST_PARTS:
            reasons += [f"{more} more parts were not asked about"] if more > 0 else []
        open_ones = (not_judged("; ".join(reasons)),) if reasons else ()
        return (*faults, *missing, *open_ones)


@dataclass(frozen=True)
class JudgeCheck:
    """The judge as a check: asks `model` once for each formulation, and raises what
    `ChatModel.complete` raises."""

    model: ChatModel
    judge: Judge = Judge()
    name: str = "judge"

    def findings(self, context: CheckContext) -> tuple[Finding, ...]:
        return self.judge.findings(context, ask(self.model, self.judge.request(context)))


def not_judged(reason: str) -> Finding:
    """The finding that a judge was asked and gave no judgement."""
    return Finding(Fault.NOT_JUDGED, f"the critic gave no judgement: {reason}")


def parts_of(formulation: Formulation) -> tuple[Part, ...]:
    """What a judge is asked about, in the order in which it is numbered from 1 on."""
    return tuple(_parts(formulation))


def _parts(formulation: Formulation) -> Iterator[Part]:
    goals = (formulation.objective, *formulation.further_objectives)
    for at, objective in enumerate(goals):
        yield Part("objective" if at == 0 else f"objective {at + 1}", _objective(objective))
    for goal in formulation.goals:
        yield Part(goal.name, json.dumps(goal.model_dump(mode="json", exclude_defaults=True)))
    for row in formulation.constraints:
        yield Part(row.name, row.expression + (f"  (for {row.forall})" if row.forall else ""))
    for variable in formulation.variables:
        if bounds := _bounds(variable):
            yield Part(variable.name, bounds)


def _objective(objective: Objective) -> str:
    return f"{objective.sense.value} {objective.expression}"


def _bounds(variable: Variable) -> str:
    """The bounds of a decision that say more than that it is not negative; empty without any."""
    if variable.domain is Domain.BINARY:
        return ""
    over = f"[{', '.join(variable.indices)}]" if variable.indices else ""
    lower = variable.lower_expression or (f"{variable.lower:g}" if variable.lower else "")
    upper = variable.upper_expression
    upper = upper or ("" if variable.upper is None else f"{variable.upper:g}")
    said = [f"at least {lower}"] if lower else []
    said += [f"at most {upper}"] if upper else []
    said += ["may be negative"] if variable.lower is None and not lower else []
    return f"{variable.name}{over} is {' and '.join(said)}" if said else ""


def _decision(variable: Variable) -> str:
    over = f"[{', '.join(variable.indices)}]" if variable.indices else ""
    unit = f", in {variable.unit}" if variable.unit else ""
    kind = {
        Domain.BINARY: " (1 is yes, 0 is no)",
        Domain.INTEGER: " (a whole number)",
        Domain.CONTINUOUS: "",
    }[variable.domain]
    return f"- {variable.name}{over}: {variable.meaning or 'its name says it'}{unit}{kind}"


def _given(formulation: Formulation) -> str:
    """The sets, parameters and named expressions that parts use, without the draft's quotes."""
    lines = []
    for field_name in ("sets", "parameters", "expressions"):
        for part in getattr(formulation, field_name):
            content = part.model_dump(mode="json", exclude_defaults=True)
            content.pop("source", None)
            lines.append(f"- {json.dumps(content, ensure_ascii=False)}")
    return "\n".join(lines)


def _of_parts(
    asked: Sequence[Part], judged: Sequence[_Judged], context: CheckContext
) -> tuple[list[Finding], list[str]]:
    """The faults of parts, and why parts were not judged."""
    faults: list[Finding] = []
    reasons: list[str] = []
    for number, part in enumerate(asked, start=1):
        answers = [j for j in judged if j.part == number]
        if len({j.verdict for j in answers}) != 1:
            what = "two answers" if answers else "no answer"
            reasons.append(f"{what} to {part.element!r}")
            continue
        said = answers[-1]
        if said.verdict is Verdict.CANNOT_TELL:
            reasons.append(f"it cannot tell of {part.element!r}")
        elif said.verdict in _QUOTING and not is_quote(said.quote, context):
            quoted = f"quotes {said.quote[:80]!r}, which is not" if said.quote else "quotes no"
            reasons.append(f"of {part.element!r} it {quoted} words of the problem")
        elif said.verdict is Verdict.UNSAID:
            message = f"the critic finds no words that say {part.element!r}: {part.shown}"
            faults.append(Finding(Fault.OPINION, message, part.element))
        elif said.verdict is not Verdict.STATED:
            how = _AGAINST[said.verdict]
            message = f"the critic says that {part.element!r} {how} {said.quote!r}: {part.shown}"
            faults.append(Finding(Fault.OPINION, message, part.element, said.quote))
    return faults, reasons


def _of_missing(missing: Sequence[str], context: CheckContext) -> tuple[list[Finding], list[str]]:
    """The words that no part states, and which of them the problem does not say."""
    told = list(dict.fromkeys(words.strip() for words in missing if words.strip()))
    if len(told) > MOST_MISSING:
        return [], [f"it names {len(told)} rules as missing, which is no answer"]
    said = [words for words in told if is_quote(words, context)]
    faults = [
        Finding(Fault.OPINION, f"the critic finds nothing that states {words!r}", words=words)
        for words in said
    ]
    invented = (words for words in told if words not in said)
    return faults, [f"it misses {w[:80]!r}, which the problem does not say" for w in invented]


def is_quote(quote: str, context: CheckContext) -> bool:
    """Whether words stand in what the judge was shown of the problem, and are neither too few to
    point at anything nor the whole of it."""
    plain = "".join(re.findall(r"[^\W_]+", quote))
    has_figure = any(map(str.isdigit, plain))
    least = LEAST_WITH_A_FIGURE if has_figure else LEAST_QUOTED
    if len(plain.encode()) < least or len(quote) > MOST_QUOTED:
        return False
    return stands_in(quote, context.shown)


def _schema(count: int) -> dict[str, Any]:
    judged = {
        "part": {"type": "integer"},
        "quote": TEXT,
        "verdict": {"enum": [verdict.value for verdict in Verdict]},
    }
    missing = {"type": "array", "maxItems": MOST_MISSING, "items": TEXT}
    return record({"parts": records(count, judged), "missing": missing})
