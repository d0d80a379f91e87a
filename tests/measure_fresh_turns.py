"""What comes of the turns of `fresh_turns`, and how often each kind of doubt is right.

    python -m tests.measure_fresh_turns

A doubt is right where the reading is wrong. Of a check, `recall` is the share of the misreadings it
doubts, `precision` the share of its doubts that are about misreadings.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from optwright.agents.chat.intents import Change, Instruction, Several
from optwright.agents.chat.interpret.confirm import as_trial, doubts
from optwright.agents.chat.interpret.direction_doubts import DirectionDoubts
from optwright.agents.chat.interpret.effect_doubts import effect_doubts
from optwright.agents.chat.interpret.form_doubts import FormDoubts
from optwright.agents.chat.interpret.name_doubts import NameDoubts
from optwright.agents.chat.interpret.naming import named
from optwright.agents.chat.interpret.number_doubts import NumberDoubts
from optwright.agents.chat.interpret.replies import parse_reply
from optwright.agents.chat.interpret.resolve import resolved
from optwright.agents.chat.interpret.touched import Touched
from optwright.agents.chat.interpret.vocabulary import Vocabulary
from optwright.agents.chat.whatif.scenario import Scenario, WhatIf
from optwright.errors import InputError
from optwright.solvers.backends.program import Program
from optwright.solvers.edit.operations import apply
from tests.fresh_models import MODELS
from tests.fresh_turns import TURNS
from tests.turns_spoken import Spoken

Checks = Mapping[str, Callable[[], Iterable[str]]]


def checks(said: str, reading: Touched, vocabulary: Vocabulary) -> Checks:
    """The kinds of doubts about a reading, each by itself."""
    numbers = NumberDoubts(said, reading, vocabulary)
    names = NameDoubts(said, reading, vocabulary)
    forms = FormDoubts(said, reading, vocabulary)
    directions = DirectionDoubts(said, reading, vocabulary)
    lasting: Checks = {
        "large changes, many values": numbers.large_changes,
        "words the model does not have": names.strange_words,
    }
    return {
        "numbers not used": numbers.unused,
        "numbers not said": numbers.invented,
        "members not touched": names.members_unused,
        "parts not touched": names.parts_untouched,
        "parts not spoken of": names.parts_unsaid,
        "forms": forms.structure,
        "spans of time": forms.spans,
        "directions": directions.against,
        "percentages": numbers.percentages,
        "shares": numbers.shares,
        "order of numbers": numbers.order,
        "aims": directions.aims,
        **(lasting if reading.lasting else {}),
    }


def effects(said: str, instruction: Instruction, base: Scenario) -> Iterator[str]:
    """What the solver finds odd about a change."""
    first = instruction.parts[0] if isinstance(instruction, Several) else instruction
    if isinstance(first, Change) and not first.trial:
        after = WhatIf().scenario("after", apply(base.program, first.edits), base)
        yield from effect_doubts(said, first, base, after)


def fired(turn: Spoken, reply: Mapping[str, object], base: Scenario) -> set[str] | None:
    """The kinds of doubts that a reading meets; None where it cannot be made an edit of."""
    told = MODELS[turn.model]
    vocabulary = Vocabulary(base.program, told.text)
    try:
        found = parse_reply(json.dumps(reply))
        instruction = resolved(found, turn.said, vocabulary, named(base.program, 120))
    except InputError:
        return None
    instruction = as_trial(turn.said, instruction)
    touched = Touched.of(instruction, base.program)
    if touched is None:
        return set()
    kinds = {kind for kind, check in checks(turn.said, touched, vocabulary).items() if any(check())}
    if not doubts(turn.said, instruction, vocabulary) and any(
        effects(turn.said, instruction, base)
    ):
        kinds.add("what the solver says")
    return kinds


def main() -> None:
    """Print the table."""
    right, wrong = Counter[str](), Counter[str]()
    counted = Counter[str]()
    bases = {
        name: WhatIf().scenario("now", Program(told.formulation, told.tables))
        for name, told in MODELS.items()
    }
    for turn, misread, _ in TURNS:
        for is_right, intents in [(True, turn.intents), *((False, one) for one in misread)]:
            reply = {**turn.reply, "intents": [{"words": turn.said, **i} for i in intents]}
            kinds = fired(turn, reply, bases[turn.model])
            counted["right" if is_right else "wrong"] += 1
            if kinds is None:
                kinds = {"no edit of this model"}
            (right if is_right else wrong).update(kinds | ({"any"} if kinds else set()))
    lines = [f"{'kind of doubt':32} {'of wrong':>9} {'of right':>9} {'recall':>7} {'precision':>9}"]
    for kind in sorted(right | wrong, key=lambda k: -wrong[k]):
        precision = wrong[kind] / (wrong[kind] + right[kind])
        lines.append(
            f"{kind:32} {wrong[kind]:>9} {right[kind]:>9} "
            f"{wrong[kind] / counted['wrong']:>7.2f} {precision:>9.2f}"
        )
    lines.append(f"{counted['wrong']} misreadings and {counted['right']} right readings")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
