"""How likely an answer is right, from what is known of it: a number, and what it rests on.

`confidence.json` has what was counted, with the commands that counted it. Answers of one kind (what
checks of words say, how many forms agree) are a share of right ones with its interval. A reader's
word multiplies the odds by how much oftener right models come to it than wrong ones do, as if it
were independent of the rest; `benchmarks/README.md` says how near that comes on answers that were
left out of the counting.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict

from optwright.agents.checks.plan_check import PlanCheck
from optwright.agents.checks.readers.gate import MOST_SHARED, MOST_WRONG
from optwright.serving.local.store import EMBEDDED


class Signals(BaseModel):
    """What is known of an answer. `forms` counts forms that differ and came to it, `drawn` all
    forms that were drawn; `held` and `refuted` say how a reader that counts judged its plans,
    `few` that it was asked three, `wrong` and `shared` how it errs."""

    model_config = ConfigDict(frozen=True)

    clean: bool
    forms: int = 1
    drawn: int = 1
    held: bool = False
    refuted: bool = False
    few: bool = False
    wrong: float = 0.0
    shared: float = 0.0

    def read(self, reading: PlanCheck) -> Signals:
        """The same with what a reader said."""
        errs = reading.reliability
        known = {} if errs is None else {"wrong": errs.wrong, "shared": errs.shared}
        return self.model_copy(
            update={
                "held": reading.holds, "refuted": reading.refutes, "few": reading.few, **known
            }
        )  # fmt: skip

    @property
    def kind(self) -> str:
        """Which answers it is one of, as `confidence.json` names them."""
        words = "nothing against it" if self.clean else "something against it"
        if self.forms > 2:
            return f"three forms agree, {words}"
        if self.forms == 2:
            return f"two forms agree, {words}"
        return f"{'one form' if self.drawn == 1 else 'no other form agrees'}, {words}"


@dataclass(frozen=True, slots=True)
class Confidence:
    """`value` is between 0 and 1, with its 95 % interval from `low` to `high`; `rests_on` says
    what was counted, in words."""

    value: float
    low: float
    high: float
    rests_on: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.value:.0%} ({self.low:.0%} to {self.high:.0%}): {'; '.join(self.rests_on)}"


def confidence(signals: Signals, counted: Mapping[str, Any] | None = None) -> Confidence:
    """The share of answers like this one that were right; `counted` is another file's content."""
    counted = counted or _counted()
    kind = counted["kinds"][signals.kind]
    right, of = kind["right"], kind["of"]
    said = [f"{signals.kind}: {right} of {of} such answers of the embedded model were right"]
    factor = _factor(signals, counted["reader"])
    if factor is not None:
        plans = "three plans" if signals.few else "all plans"
        how = "judges a plan otherwise" if signals.refuted else f"judges {plans} as the model does"
        said.append(f"a reader {how} (odds x{factor:.2g})")
    value, low, high = (_times(kind[name], factor or 1.0) for name in ("value", "low", "high"))
    return Confidence(value, low, high, tuple(said))


def threshold() -> float:
    """From which confidence on an answer may be called verified."""
    return float(_counted()["threshold"])


def was_counted(model: str) -> bool:
    """Whether it was counted what drafts of a model are worth that differ in words alone: of the
    embedded one, by its name and what it recorded. Scripts stand for it."""
    return model.startswith((f"local:{EMBEDDED.name}", "scripted"))


def _times(share: float, factor: float) -> float:
    return share * factor / (share * factor + 1 - share)


def _factor(signals: Signals, reader: Mapping[str, Any]) -> float | None:
    """How a reader's word changes the odds: between a reader without errors and one at the gate's
    edge, by its own errors."""
    if not (signals.held or signals.refuted):
        return None
    best = reader["held: three plans" if signals.few else "held"]
    edge = reader["held at the edge"]
    chance = min(signals.wrong / MOST_WRONG, 1.0)
    shared = min(signals.shared / MOST_SHARED, 1.0)
    right, right_at_edge = _share(best["right"]), _share(edge["right"])
    wrong, wrong_at_edge = _share(best["wrong"]), _share(edge["wrong"])
    # One that is asked three plans errs less often than one that is asked them all.
    right += chance * (min(right_at_edge, right) - right)
    wrong += shared * (max(wrong_at_edge, wrong) - wrong)
    return right / wrong if signals.held else (1 - right) / (1 - wrong)


def _share(counts: list[int]) -> float:
    """One more of each was neither seen nor ruled out."""
    count, of = counts
    return (count + 1) / (of + 2)


@cache
def _counted() -> Mapping[str, Any]:
    text = files(__package__).joinpath("confidence.json").read_text(encoding="utf-8")
    content: Mapping[str, Any] = json.loads(text)
    return content
