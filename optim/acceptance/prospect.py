"""What examples and budget can prove, before the start, and what the best that was not proven
would take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from optwright.optim.acceptance.betting import most_capital
from optwright.optim.acceptance.fixed import Greedy, TheseExamples
from optwright.optim.acceptance.paired import Game, PairedTest
from optwright.optim.acceptance.rule import Acceptance, Pair

MOST_EXAMPLES = 5_000  # beyond which no number is named
_FINEST = 0.001  # of the range: smaller gains are not told apart


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a run can prove with `deciding` examples that no proposer sees.

    `mean_gain` is the smallest gain of the mean, as a share of the range, that the comparison at
    the end could show if every example gained as much; `losses` the most examples it may lose and
    still be shown to win most of them, the others won. None is what nothing could show.
    `proposals` fit into the budget, where it limits them.
    """

    claim: str
    deciding: int
    mean_gain: float | None
    losses: int | None
    proposals: int | None = None

    @property
    def provable(self) -> bool:
        return self.mean_gain is not None or self.losses is not None

    def __str__(self) -> str:
        fit = "" if self.proposals is None else f"; about {self.proposals:,} proposals fit"
        return f"{self._proof()}{fit}"

    def _proof(self) -> str:
        if self.claim == "greedy":
            return "greedy: the better mean is taken, nothing is proven"
        if self.claim == "these":
            return (
                f"these {self.deciding} examples are the whole task: nothing is claimed of others"
            )
        seen = f"{self.deciding} examples that no proposer sees"
        if not self.provable:
            return f"{seen}: no single gain can be proven"
        ways = []
        if self.mean_gain is not None:
            ways.append(f"a gain of {100 * self.mean_gain:.0f} % of the range on each of them")
        if self.losses is not None:
            others = self.deciding - self.losses
            ways.append(f"better on {others} of them" if self.losses else "better on all of them")
        return f"{seen}: can be proven from {', or '.join(ways)}"


@dataclass(frozen=True, slots=True)
class Unproven:
    """The best values that were not accepted: what they seem to gain and what would show it.

    `gain` is the mean gain over the values in use, on `examples`; `chose` says whether these also
    chose the values, which flatters them. `examples_needed` is how many deciding examples would be
    enough if the others went like these; None where nothing of the kind is to be expected.
    """

    values: Mapping[str, Any]
    trial: int
    gain: float
    examples: int
    chose: bool
    reason: str
    examples_needed: int | None

    def __str__(self) -> str:
        where = "training examples, which chose them" if self.chose else "deciding examples"
        said = f"gain of {self.gain:+.3g} on {self.examples} {where}; {self.reason}"
        if self.examples_needed is None:
            return said
        return f"{said}; about {self.examples_needed:,} deciding examples like these would prove it"

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "values": dict(self.values)}


def prospect(rule: Acceptance, deciding: int, proposals: int | None = None) -> Prospect | None:
    """What `rule` can prove; None for a rule of the user's own."""
    if isinstance(rule, TheseExamples):
        return Prospect("these", deciding, None, None, proposals)
    if isinstance(rule, Greedy):
        return Prospect("greedy", deciding, None, None, proposals)
    if not isinstance(rule, PairedTest):
        return None
    game = rule.game(deciding, rule.share(last=True))
    return Prospect(rule.claim, deciding, _mean_gain(game), _losses(game), proposals)


def examples_needed(rule: Acceptance, pairs: Sequence[Pair]) -> int | None:
    """How many deciding examples would prove a gain that goes on as in `pairs`, in a run of its
    own; None where nobody would have as many."""
    if not isinstance(rule, PairedTest) or not pairs:
        return None
    rule = PairedTest(alpha=rule.alpha, bounds=rule.bounds, claim=rule.claim, repeats=rule.repeats)
    if any(not isfinite(score) for pair in pairs for score in pair) and rule.bounds is None:
        return None

    def is_enough(count: int) -> bool:
        game = rule.game(count, rule.share(last=True), pairs)
        return game.may_be_won(pairs)

    count = max(2, len(pairs) // 2)
    while not is_enough(count):
        count *= 2
        if count > MOST_EXAMPLES:
            return None
    low, high = count // 2, count
    while high - low > max(1, high // 50):
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def _mean_gain(game: Game) -> float | None:
    weight = game.weights.get("mean")
    if weight is None:
        return None

    def is_enough(gain: float) -> bool:
        value = most_capital(game.count, gain, game.least)
        return weight * value * game.first_pass >= game.needed

    if not is_enough(1.0):
        return None
    low, high = 0.0, 1.0
    while high - low > _FINEST:
        middle = (low + high) / 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def _losses(game: Game) -> int | None:
    """The most losses, spread evenly, with which winning all others is enough."""
    if "most" not in game.weights:
        return None

    def is_enough(lost: int) -> bool:
        wins = [1.0] * game.count
        for place in range(lost):
            wins[(2 * place + 1) * game.count // (2 * lost)] = -1.0
        seen = {claim: wins if claim == "most" else [0.0] * game.count for claim in game.weights}
        capitals = game.capitals(seen)
        value = game.weights["most"] * capitals["most"]
        return value * game.first_pass >= game.needed

    if not is_enough(0):
        return None
    low, high = 0, game.count
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_enough(middle) else (low, middle)
    return low
