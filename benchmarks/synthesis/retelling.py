"""Problems told by a language model, accepted only if another reading of the text agrees.

A model writes the problem anew from the template's text. It is accepted where every number of the
data is still in it, and where an independent formulation, drafted from the new text alone, has the
optimum of the certificate. What a model writes is never compared with the model it was made from.
"""

from __future__ import annotations

from dataclasses import replace

from optwright.agents.problem import Problem as Told
from optwright.agents.replies import read_formulation
from optwright.benchmarks.synthesis.certificates import OPTIONS, same
from optwright.benchmarks.synthesis.family import LANGUAGES
from optwright.benchmarks.synthesis.problems import Problem, Tally, tables_of
from optwright.benchmarks.synthesis.quantities import holds
from optwright.benchmarks.synthesis.wording import Sentence
from optwright.errors import OptwrightError
from optwright.prompts import load
from optwright.serving.chat import ChatModel, ChatRequest, conversation
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.worker import Killable
from optwright.solvers.model.formulation import Formulation

_NAMES = ("English", "German", "Spanish")
_MOST_TOKENS = 2048


async def retold(
    problem: Problem,
    writer: ChatModel,
    reader: ChatModel,
    tally: Tally,
    *,
    setting: str = "",
    sample: int = 0,
) -> Problem | None:
    """The problem in words of `writer`; None where a number is gone or what `reader` formulates
    comes to something else, which `tally` counts. `setting` is where the story should play."""
    language = LANGUAGES.index(problem.language)
    turns = load("synth_retell").fill(
        problem=problem.text,
        language=_NAMES[language],
        setting=setting or "a setting of your own",
    )
    reply = await writer.complete(
        ChatRequest(
            conversation(turns),
            temperature=0.8,
            sample=sample,
            max_tokens=_MOST_TOKENS,
            role="writer",
        )
    )
    text = reply.text.strip()
    if why := _lost(problem, text, language):
        tally.reject("a number is gone", problem.id, why)
        return None
    if why := await _differs(problem, text, reader, sample):
        tally.reject("an independent formulation differs", problem.id, why)
        return None
    tally.accepted += 1
    told = replace(problem.told, text=text, sentences=(Sentence("retold", text),), at=(0,))
    return replace(
        problem,
        id=f"{problem.id}-retold-{sample}",
        told=told,
        formulation=_unquoted(problem.formulation),
        told_model=_unquoted(problem.told_model),
    )


def _lost(problem: Problem, text: str, language: int) -> str:
    """The first number of the template's text that the new one has not."""
    for sentence in problem.told.sentences:
        for mention in sentence.mentions:
            value = round(mention.value * mention.times, 9)
            if not holds(text, value, mention.unit, language):
                return f"{mention.name}{list(mention.key)} = {mention.shown}"
    return ""


async def _differs(problem: Problem, text: str, reader: ChatModel, sample: int) -> str:
    """Why the model that `reader` drafts of the text is no confirmation; empty where it is one."""
    tables = tables_of(problem.told) if problem.told.tables else {}
    prompt = load("formulator_tables" if tables else "formulator")
    turns = prompt.fill(problem=Told(text, tables).shown_text)
    request = ChatRequest(
        conversation(turns), sample=sample, max_tokens=_MOST_TOKENS, role="formulator"
    )
    try:
        reply = await reader.complete(request)
        formulation = read_formulation(reply.text)
        outcome = Killable().solve(Program(formulation, tables), OPTIONS)
    except OptwrightError as error:
        return f"{type(error).__name__}: {error}"[:200]
    wanted = problem.certificate
    if outcome.status.value != wanted.status or not same(outcome.objective, wanted.optimum, 1e-5):
        return f"{outcome.status.value} {outcome.objective} instead of {wanted.optimum}"
    return ""


def _unquoted(formulation: Formulation) -> Formulation:
    """The model without words of the template, which the new text does not hold."""
    goal = formulation.objective.model_copy(update={"text": ""})
    kept = tuple(c.model_copy(update={"text": ""}) for c in formulation.constraints)
    return formulation.model_copy(update={"objective": goal, "constraints": kept})
