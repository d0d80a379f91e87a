"""How much a run may try: what the user says, and what the profile says where they say nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from optwright.agents.profiles.profile import Profile
from optwright.errors import InputError


@dataclass(frozen=True)
class Effort:
    """How much to try; None leaves it to the model's profile.

    `drafts` is the most formulations drawn, `agreement` how many of them must come to the same
    result (1 is content with a single draft, which is never verified), `repairs` how often a draft
    goes back to its model with what was found about it, `plans` how many ways of modelling the
    planner proposes, `opinion` whether a model criticises too, `code` whether Pyomo may be written,
    `feedback` whether findings go into the next draft, `proposals` whether what the words suggest
    instead is only shown, or the critic's model is asked about it as well, `debate` whether two
    drafts of different models, or a formulation and a program, that disagree hear of it once."""

    drafts: int | None = None
    agreement: int | None = None
    plans: int = 1
    opinion: bool = False
    code: bool = False
    feedback: bool = False
    proposals: Literal["show", "ask"] = "show"
    repairs: int | None = None
    debate: bool = False
    slots: bool = False
    """Whether the critic's model also says where each number of the text belongs, unseen the
    draft, and every draft is held against that (one call for each set of decisions)."""

    def __post_init__(self) -> None:
        for name, least in (("drafts", 1), ("agreement", 1), ("plans", 1), ("repairs", 0)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise InputError(f"{name} is {value}; it is at least {least}")
        if None not in (self.drafts, self.agreement) and self._wanted > self._most:
            raise InputError(
                f"{self.agreement} drafts cannot agree when at most {self.drafts} are drawn"
            )

    @classmethod
    def of(cls, word: str) -> Effort:
        """`normal`, or `full`: every role at work. Raises `InputError` for another word."""
        if word not in EFFORTS:
            raise InputError(f"there is no effort {word!r}; there are {', '.join(EFFORTS)}")
        return EFFORTS[word]

    @property
    def _most(self) -> int:
        return self.drafts or 1

    @property
    def _wanted(self) -> int:
        return self.agreement or 1

    def within(self, profile: Profile, *, second: bool = False) -> AdjustedProfile:
        """The same with the profile's word where nobody said otherwise; a step that either of
        them has is there, and of plans the larger number. With a `second` formulator it writes a
        form of its own, and the two debate."""
        tries = profile.effort
        both = replace(
            self,
            plans=max(self.plans, tries.plans),
            opinion=self.opinion or tries.opinion,
            code=self.code or tries.code,
            feedback=self.feedback or tries.feedback,
            debate=self.debate or tries.debate or second,
            slots=self.slots or tries.slots,
        )
        # Another model's draft, or a program, is a form of its own, and plans that nobody tries
        # say nothing.
        ways = both.plans + both.code + second
        drafts = self.drafts or max(tries.drafts, self.agreement or 1, ways)
        agreement = self.agreement or min(max(tries.agreement, min(ways, 2)), drafts)
        repairs = tries.repairs if self.repairs is None else self.repairs
        return AdjustedProfile(replace(both, drafts=drafts, agreement=agreement, repairs=repairs),
                     drafts, agreement, repairs)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AdjustedProfile:
    """An effort in which nothing is left open."""

    effort: Effort
    drafts: int
    agreement: int
    repairs: int


EFFORTS = {
    "normal": Effort(),
    "full": Effort(agreement=2, plans=3, opinion=True, code=True, feedback=True, debate=True),
}
"""What `--effort` calls by name: `full` has a planner's ways beside the plain one, a program as a
second form, a model that criticises, and findings handed on."""
