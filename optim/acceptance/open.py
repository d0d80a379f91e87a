"""An acceptance rule by what it claims."""

from __future__ import annotations

from optwright.errors import InputError
from optwright.optim.acceptance.confidence import Bounds
from optwright.optim.acceptance.fixed import Greedy, TheseExamples
from optwright.optim.acceptance.paired import PairedTest
from optwright.optim.acceptance.rule import Acceptance

WAYS = ("proof", "greedy")


def open_rule(
    claim: str | None,
    accept: str,
    own: Acceptance | None,
    bounds: Bounds | None,
    seed: int,
) -> Acceptance:
    """The rule asked for; what does not go together is an `InputError`."""
    if accept not in WAYS:
        raise InputError(f"accept={accept!r} is none of {list(WAYS)}")
    if own is not None:
        if claim is not None or accept != "proof":
            raise InputError("a rule of one's own is given together with claim or accept")
        return own
    if accept == "greedy":
        if claim is not None:
            raise InputError(
                f"accept='greedy' proves nothing, so it cannot claim {claim!r}",
                hint="leave claim or accept out",
            )
        return Greedy(bounds=bounds)
    if claim == "these":
        return TheseExamples(bounds=bounds)
    if claim not in (None, "mean", "most"):
        raise InputError(f"claim={claim!r} is none of 'mean', 'most', 'these'")
    return PairedTest(bounds=bounds, claim=claim or "either", seed=seed)
