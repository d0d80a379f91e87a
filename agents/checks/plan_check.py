"""What became of the plan questions about one draft, as checkpoints and results hold it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from optwright.agents.checks.plans.examine import Examination, State, examine
from optwright.agents.checks.plans.generate import inquiry
from optwright.agents.checks.plans.inquiry import Inquiry
from optwright.agents.checks.plans.question import Reader, Reliability
from optwright.agents.checks.readers.person import MOST_PLANS, PersonReader, place_of
from optwright.solvers.data.table import Table
from optwright.solvers.model.formulation import Formulation

NOBODY = "nobody was asked about plans of it"


class PlanCheck(BaseModel):
    """Who was asked about plans of a draft, and what came of it.

    `few` says that it was three plans, put to a person. `reliability` is None for a reader that
    has not passed the gate: its answers are shown and verify nothing.
    """

    model_config = ConfigDict(frozen=True)

    state: State = State.NOT_ASKED
    reader: str = ""
    few: bool = False
    wrong: float | None = None
    shared: float | None = None
    asked: int = 0
    plans: int = 0
    """How many plans the questions were about; a plan and what it comes to are one."""
    answered: int = 0
    mismatches: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()
    immaterial: tuple[str, ...] = ()
    """Plans judged otherwise that miss limits which the answer does not hang on."""
    form: str = ""
    """Which draft it was, by its form."""

    @property
    def reliability(self) -> Reliability | None:
        if self.wrong is None or self.shared is None:
            return None
        return Reliability(self.wrong, self.shared)

    @property
    def holds(self) -> bool:
        """Whether a reader that counts judged every plan as the draft does."""
        return self.state is State.HELD and self.reliability is not None

    @property
    def is_silent(self) -> bool:
        """Whether there was a reader, and no judgement of any plan came of it."""
        return bool(self.reader) and self.answered == 0 and self.state is not State.REFUTED

    @property
    def refutes(self) -> bool:
        """Whether a reader that counts judged a plan otherwise."""
        return self.state is State.REFUTED and self.reliability is not None

    def __str__(self) -> str:
        match self.state:
            case State.HELD:
                told = f"{self.reader} judged {self._plans} as the model does"
                return f"{told}{self._but_for}{self._untried}"
            case State.REFUTED:
                return f"{self.reader} judged a plan otherwise: {self.mismatches[0]}{self._untried}"
            case State.IN_PART:
                told = "; ".join(self.unanswered[:2])
                return (
                    f"{self.reader} judged {self.answered} of {self.asked} plans, none otherwise "
                    f"than the model; not asked or not answered: {told}"
                )
            case _:
                return "; ".join(self.unanswered) or NOBODY

    @property
    def _plans(self) -> str:
        if not self.few:
            return f"all {self.asked} plans"
        return "1 plan" if self.plans == 1 else f"{self.plans or MOST_PLANS} plans"

    @property
    def _but_for(self) -> str:
        if not self.immaterial:
            return ""
        return f", but for {len(self.immaterial)} beyond limits that the answer does not hang on"

    @property
    def _untried(self) -> str:
        if self.reliability is not None:
            return ""
        return " (it has not passed the gate, so this verifies nothing)"


def read_plans(
    text: str,
    formulation: Formulation,
    tables: Mapping[str, Table],
    reader: Reader,
    *,
    best: Mapping[str, float] | None = None,
    form: str = "",
) -> PlanCheck:
    """Make the plan questions about a draft and put them to a reader: all of them in one request,
    three of them to a person. Raises what reading raises."""
    return judged(inquiry(text, formulation, tables, best=best), reader, form=form)


def judged(made: Inquiry, reader: Reader, *, form: str = "") -> PlanCheck:
    """Put plan questions that are made already to a reader, as `read_plans` does."""
    few = isinstance(reader, PersonReader)
    if few:
        made = made.few(MOST_PLANS)
    return _record(made, examine(made, reader), reader, few=few, form=form)


def _record(
    made: Inquiry, examined: Examination, reader: Reader, *, few: bool, form: str
) -> PlanCheck:
    errs = reader.reliability
    known: dict[str, Any] = {} if errs is None else {"wrong": errs.wrong, "shared": errs.shared}
    return PlanCheck(
        state=examined.state,
        reader=reader.name,
        few=few,
        asked=len(made.expected),
        plans=_different(made),
        answered=examined.answered,
        mismatches=tuple(m.text for m in examined.mismatches),
        unanswered=examined.unanswered,
        immaterial=examined.immaterial,
        form=form,
        **known,
    )


def _different(made: Inquiry) -> int:
    plans = made.question.plans
    return place_of(plans[0], made.question)[1] if plans else 0
