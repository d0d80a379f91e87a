"""What planner, critic, repair and scheduler earn, each taken out, on made problems.

    python -m optwright.benchmarks.branches --n 16 --seeds 1,2
    python -m optwright.benchmarks.branches --schedulers

A script stands in the place of the language model: of a problem it writes the right model with a
chance that depends on the plan it follows, and otherwise drops a limit, another one each time.
Shown what was found about a draft, it mends it with a chance. Everything else is the real thing:
the workflow, reading, solving, checks, the verifier. So the table says what the parts do with such
a model, and not how good a language model is.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import sqrt
from random import Random
from statistics import mean

import click

from optwright.agents.assembly import Profiles, team_of
from optwright.agents.candidates import best
from optwright.agents.cast import ROLES
from optwright.agents.checks.judge import Verdict
from optwright.agents.effort import Effort
from optwright.agents.problem import Problem as Words
from optwright.agents.profiles.profile import shipped
from optwright.agents.scheduler import RULES, Arm, Scheduler, reward
from optwright.agents.team import Team
from optwright.agents.workflow import Answer, Workflow
from optwright.benchmarks.synthesis.certificates import same
from optwright.benchmarks.synthesis.problems import Problem, Selection, problems
from optwright.serving.chat import ChatRequest
from optwright.serving.scripted import ScriptedModel

STYLES = ("plain", "letter", "bullets")
PLANS = ("Way A: count every limit.", "Way B: keep it short.")
QUALITY: Mapping[str, float] = {"": 0.35, PLANS[0]: 0.6, PLANS[1]: 0.1}
"""The chance that a draft of a plan is right, by the plan's advice."""
MENDS = 0.6
"""The chance that a draft comes back right after what was found about it was shown."""
OPINION = (0.6, 0.1)
"""The chance that the critic's model finds a fault, in a wrong model and in a right one."""
DRAFTS = 9


@dataclass
class Script:
    """The model of every role, for one problem. `dice` belong to the problem and to how often a
    role was asked, so that variants meet the same luck."""

    problem: Problem
    seed: int
    calls: int = 0
    tokens: int = 0
    _asked: dict[str, int] = field(default_factory=dict)

    def reply(self, request: ChatRequest) -> str:
        """What the model says in the role that it is asked in."""
        self.calls += 1
        if request.role == "planner":
            plans = [{"name": p[:5], "route": "formulation", "advice": p} for p in PLANS]
            return self._count(request, json.dumps({"plans": plans}))
        if request.role == "critic":
            return self._count(request, self._opinion(request))
        return self._count(request, json.dumps(self._draft(request)))

    def _draft(self, request: ChatRequest) -> Mapping[str, object]:
        said = request.messages[-1].content
        if "What was found about your program" in said:
            is_right = self._dice("repair").random() < MENDS
            return self.problem.reply if is_right else {"explanations": []}
        advice = next((p for p in PLANS if p in said), "")
        dice = self._dice(f"draft {advice}")
        return self._written(dice, dice.random() < QUALITY[advice])

    def _written(self, dice: Random, is_right: bool) -> Mapping[str, object]:
        reply = dict(self.problem.reply)
        limits = list(reply["limits"])
        if not is_right and limits:
            limits.pop(dice.randrange(len(limits)))
        # No two drafts of a model are alike, as a second look has to be.
        mark = f" (draft {dice.random():.6f})"
        decisions = [{**d, "meaning": d["meaning"] + mark} for d in reply["decisions"]]
        return {**reply, "decisions": decisions, "limits": limits}

    def _opinion(self, request: ChatRequest) -> str:
        shown = request.messages[-1].content.partition("\nParts:\n")[2]
        is_right = all(limit["expression"] in shown for limit in self.problem.reply["limits"])
        finds = self._dice("critic").random() < OPINION[is_right]
        quote = " ".join(self.problem.text.split()[:6])
        parts = [
            {"part": at, "quote": quote, "verdict": Verdict.STATED}
            for at in range(1, 1 + len(shown.splitlines()))
        ]
        return json.dumps({"parts": parts, "missing": [quote] if finds else []})

    def _dice(self, what: str) -> Random:
        self._asked[what] = self._asked.get(what, 0) + 1
        return Random(f"{self.seed}/{self.problem.id}/{what}/{self._asked[what]}")

    def _count(self, request: ChatRequest, text: str) -> str:
        self.tokens += sum(len(m.content) for m in request.messages) // 4 + len(text) // 4
        return text


Variant = Mapping[str, object]
FULL: Variant = {}
VARIANTS: Mapping[str, Variant] = {
    "full": FULL,
    "without planner": {"plans": 1},
    "without critic's model": {"opinion": False},
    "without repair": {"repairs": 0},
    "scheduler in turn": {"rule": "in_turn"},
    "scheduler greedy": {"rule": "greedy"},
    "scheduler Thompson": {"rule": "thompson"},
    "one draft without repair": {"plans": 1, "repairs": 0, "opinion": False, "drafts": 1},
    "one draft with repair": {"plans": 1, "opinion": False, "drafts": 1},
}


def team(model: ScriptedModel, variant: Variant) -> Team:
    """Planner of three ways, critic, one repair a draft, and UCB; less what a variant lacks."""
    drafts = int(str(variant.get("drafts", DRAFTS)))
    effort = Effort(
        drafts=drafts,
        agreement=min(2, drafts),
        plans=int(str(variant.get("plans", 3))),
        opinion=bool(variant.get("opinion", True)),
        repairs=int(str(variant.get("repairs", 1))),
    )
    full = team_of(dict.fromkeys(ROLES, model), Profiles(shipped("large")), effort)
    rule = next(r for r in RULES if r == variant.get("rule", "ucb"))
    # Drafts in other words are drawn apart here, which is what the script stands for.
    return replace(full, scheduler=Scheduler(rule), by_wording=True)


@dataclass(frozen=True)
class Ended:
    """One problem in one variant."""

    right: bool
    verified: bool
    drafts: int
    calls: int
    tokens: int
    first_choice: bool | None
    """Whether the evidence's choice among first drafts of all plans is right; None where none or
    all of them are."""


def run(problem: Problem, variant: Variant, seed: int) -> Ended:
    """Solve one problem with a variant of the team."""
    script = Script(problem, seed)
    answer = Workflow(team(ScriptedModel(script.reply), variant)).run(Words(f"{problem.text}\n"))
    chosen = answer.decision.candidate
    return Ended(
        right=chosen is not None and _is_right(problem, chosen.status.value, chosen.objective),
        verified=answer.decision.verified,
        drafts=sum(c.corrects is None for c in answer.candidates),
        calls=script.calls,
        tokens=script.tokens,
        first_choice=_first_choice(problem, answer),
    )


def _first_choice(problem: Problem, answer: Answer) -> bool | None:
    firsts = {c.plan: c for c in reversed(answer.candidates) if c.corrects is None}
    verdicts = {p: _is_right(problem, c.status.value, c.objective) for p, c in firsts.items()}
    chosen = best(list(firsts.values()))
    if len(firsts) < 2 or chosen is None or len(set(verdicts.values())) < 2:
        return None
    return verdicts[chosen.plan]


def _is_right(problem: Problem, status: str, objective: float | None) -> bool:
    certificate = problem.certificate
    return status == certificate.status and same(objective, certificate.optimum, 1e-5)


def rows(made: Sequence[Problem], seeds: Sequence[int], variants: Sequence[str]) -> Iterator[str]:
    """The table, a line at a time."""
    yield (
        "| variant | right | 95 % | verified | of these right | drafts | calls | tokens | "
        "first choice right |"
    )
    yield "|" + "---|" * 9
    for name in variants:
        found = [run(problem, VARIANTS[name], seed) for seed in seeds for problem in made]
        right = sum(one.right for one in found)
        low, high = wilson(right, len(found))
        verified = [one for one in found if one.verified]
        choices = [one.first_choice for one in found if one.first_choice is not None]
        chosen = f"{mean(choices):.2f} of {len(choices)}" if choices else "-"
        among = f"{mean(one.right for one in verified):.2f}" if verified else "-"
        yield (
            f"| {name} | {right} of {len(found)} | {low:.2f} to {high:.2f} | {len(verified)} | "
            f"{among} | {mean(o.drafts for o in found):.2f} | {mean(o.calls for o in found):.2f} | "
            f"{mean(o.tokens for o in found):,.0f} | {chosen} |"
        )


def simulated(rule: str, quality: Sequence[float], trials: int = 20_000) -> tuple[float, float]:
    """What a rule does where it alone decides: the share of problems on which two drafts are right
    within `DRAFTS`, and the drafts until then, at most that many. A draft of plan i is right with
    chance `quality[i]`; checks find something in 70 % of wrong ones and in 5 % of right ones."""
    chosen = next(r for r in RULES if r == rule)
    solved, drafts = 0, 0
    for trial in range(trials):
        dice, scheduler = Random(f"{rule}/{trial}"), Scheduler(chosen, seed=trial)
        earned: list[list[float]] = [[] for _ in quality]
        right = 0
        for _ in range(DRAFTS):
            arms = [Arm(max(own, default=0.0), len(own), sum(own)) for own in earned]
            at = scheduler.choose(arms)
            is_right = dice.random() < quality[at]
            is_flagged = dice.random() < (0.05 if is_right else 0.7)
            earned[at].append(reward(2.0) if is_flagged else 1.0)
            right, drafts = right + is_right, drafts + 1
            if right == 2:
                solved += 1
                break
    return solved / trials, drafts / trials


def schedulers() -> Iterator[str]:
    """The table of rules on three kinds of problems."""
    kinds = {"one plan is good": (0.1, 0.6, 0.05), "all are fair": (0.35, 0.4, 0.3),
             "all are poor": (0.1, 0.15, 0.05)}  # fmt: skip
    yield f"| rule | {' | '.join(kinds)} |"
    yield "|" + "---|" * (1 + len(kinds))
    for rule in RULES:
        cells = [simulated(rule, quality) for quality in kinds.values()]
        yield f"| {rule} | {' | '.join(f'{share:.3f}, {n:.2f} drafts' for share, n in cells)} |"


def wilson(right: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """The interval of a share, after Wilson.

    >>> [round(edge, 2) for edge in wilson(9, 10)]
    [0.6, 0.98]
    """
    share = right / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return middle - half, middle + half


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--n", type=int, default=24)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--variants", default=",".join(VARIANTS))
    parser.add_argument("--schedulers", action="store_true", help="rules alone, simulated")
    options = parser.parse_args()
    if options.schedulers:
        click.echo("\n".join(schedulers()))
        return
    variants = options.variants.split(",")
    made = list(problems(77, options.n, Selection(styles=STYLES, engines=1, size=1)))
    for line in rows(made, [int(s) for s in options.seeds.split(",")], variants):
        click.echo(line)


if __name__ == "__main__":
    main()
