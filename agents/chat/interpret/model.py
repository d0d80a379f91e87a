"""Reading turns with a model that reads a page: several intents a turn, over this model's names.

The prompt holds names and expressions of the model, what was said before, and of tables the names
of a few members and those that are spoken of. Nothing of a reply is believed: `resolve` looks every
name up and tries every edit, and `confirm` holds the words against what came of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from optwright.agents.chat.intents import Instruction, Unread
from optwright.agents.chat.interpret.asks import Asks
from optwright.agents.chat.interpret.naming import named, with_values
from optwright.agents.chat.interpret.phrases import read_turn
from optwright.agents.chat.interpret.replies import parse_reply, schema
from optwright.agents.chat.interpret.resolve import resolved
from optwright.agents.chat.interpret.vocabulary import Vocabulary
from optwright.agents.render import number
from optwright.errors import ReplyError
from optwright.prompts import load
from optwright.serving.budget import Account
from optwright.serving.chat import ChatRequest, conversation
from optwright.solvers.edit.difference import constraint_text
from optwright.solvers.model.formulation import Domain, Variable

MOST_TOKENS = 2000
MOST_NUMBERS = 120  # numbers of the model a prompt lists
MOST_MEMBERS = 6  # members a prompt shows of a set that is read from a table
MOST_TOLD = 60  # members it shows of a set whose members the problem tells
MOST_EARLIER = 3  # turns before this one that a prompt shows

_KINDS = {
    Domain.CONTINUOUS: "amount",
    Domain.INTEGER: "whole",
    Domain.BINARY: "yes or no",
}


@dataclass(frozen=True)
class TurnReader:
    """Asks a model what a turn means."""

    asks: Asks

    def read(
        self,
        said: str,
        vocabulary: Vocabulary,
        account: Account,
        earlier: Sequence[str] = (),
    ) -> Instruction:
        """What the turn asks for. Where the reply is none it is what rules read, as without a
        model, and `Unread` where they read nothing either.

        Raises what `ChatModel.complete` raises, and `InputError` for what the model of the
        conversation cannot take.
        """
        model, program = vocabulary.model, vocabulary.program
        numbers = named(program, MOST_NUMBERS)
        before = "".join(f"Said before: {one}\n" for one in earlier[-MOST_EARLIER:])
        turns = load("chat_turn").fill(
            model="\n".join([*_listing(vocabulary, said), *_numbers(vocabulary, said)]),
            earlier=before,
            said=said,
        )
        request = ChatRequest(
            conversation(turns),
            schema=schema(
                numbers=numbers,
                limits=[c.name for c in model.constraints],
                decisions=[v.name for v in model.variables],
                sets=[s.name for s in model.sets],
            ),
            max_tokens=MOST_TOKENS,
            role="reader",
        )
        reply = self.asks(request, account)
        try:
            found = parse_reply(reply.text)
        except ReplyError:
            proposed = read_turn(said, vocabulary)
            if not isinstance(proposed, Unread):
                return proposed
            return Unread(reason="The model's reading of that was no reading. Say it in other "
                          "words.")  # fmt: skip
        return resolved(found, said, vocabulary, numbers)


def _listing(vocabulary: Vocabulary, said: str) -> Iterator[str]:
    model, program = vocabulary.model, vocabulary.program
    for place, aim in enumerate(model.objectives):
        after = f"then, objective {place + 1}: " if place else ""
        yield f"{after}{aim.sense} {aim.expression}" + f" ({aim.unit})" * bool(aim.unit)
    for variable in model.variables:
        yield f"decision {_variable(variable)}"
    for stated in model.expressions:
        each = f" for each {stated.forall}" if stated.forall else ""
        yield f"amount {stated.name} = {stated.expression}{each}"
    mentioned = vocabulary.members.named(said)
    for stated_set in model.sets:
        over = program.instance.sets[stated_set.name]
        most = MOST_MEMBERS if stated_set.column is not None else MOST_TOLD
        shown = [*over.texts[:most]]
        shown += [m for m in mentioned if m in over.positions and m not in shown]
        more = f", ... ({len(over)} in all)" if len(over) > len(shown) else ""
        meaning = f" ({stated_set.meaning})" if stated_set.meaning else ""
        yield f"set {stated_set.name}{meaning}, in order: {', '.join(shown)}{more}"
    for name, attribute in program.instance.texts.items():
        known = attribute.vocabulary.texts
        more = f", ... ({len(known)} in all)" if len(known) > MOST_TOLD else ""
        indices = f"[{', '.join(s.name for s in attribute.sets)}]" if attribute.sets else ""
        yield f"text {name}{indices}, one of: {', '.join(known[:MOST_TOLD])}{more}"
    for constraint in model.constraints:
        words = f' "{constraint.text}"' if constraint.text else ""
        yield f"limit {constraint.name}: {constraint_text(constraint)}{words}"


def _numbers(vocabulary: Vocabulary, said: str) -> Iterator[str]:
    numbers = named(vocabulary.program, MOST_NUMBERS)
    for line in with_values(vocabulary.program, numbers.items()):
        yield f"number {line}"


def _variable(variable: Variable) -> str:
    over = f"[{', '.join(variable.indices)}]" if variable.indices else ""
    low = "any amount" if variable.lower is None else f"from {number(variable.lower)}"
    high = f" to {number(variable.upper)}" if variable.upper is not None else ""
    bounds = "" if variable.domain is Domain.BINARY else f", {low}{high}"
    only = f", for each {variable.forall}" if variable.forall else ""
    meaning = f": {variable.meaning}" if variable.meaning else ""
    return f"{variable.name}{over}{meaning} ({_KINDS[variable.domain]}{bounds}{only})"
