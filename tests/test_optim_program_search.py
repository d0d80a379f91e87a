"""The archive, the edits, and the members of a search for programs."""

from __future__ import annotations

import ast
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwright.errors import BudgetExceeded, EndpointError, InputError
from optwright.optim.optimizer import Setting, open_optimizer
from optwright.optim.parameters import ParameterSpace, Real
from optwright.optim.program import writing
from optwright.optim.program.archive import MIGRATE_EVERY, Archive, Feature
from optwright.optim.program.edits import Editor
from optwright.optim.program.parameter import ProgramCode
from optwright.optim.program.search import Search, open_search
from optwright.optim.program.source import read_marked
from optwright.optim.trial import Evaluation, Suggestion, Trial
from optwright.serving.chat import ChatReply, ChatRequest, Finish, Usage
from optwright.testing import ScriptedModel

BASE = """import math

# EVOLVE-BLOCK-START
def f(x, y):
    # the heart of it
    z = 2.0 * x + 1
    if x < y:
        z = max(x, y)
    return z
# EVOLVE-BLOCK-END


def run(x):
    return f(x, 3)
"""


def space() -> ParameterSpace:
    return ParameterSpace([ProgramCode("program", BASE, functions=["run", "f"])])


def program(number: int) -> str:
    return BASE.replace("+ 1", f"+ {number}")


def trial(number: int, score: float, *, parents: tuple[int, ...] = (), text: str = "") -> Trial:
    candidate = Suggestion({"program": text or program(number)}, "test", parents)
    return Trial(number, candidate, score, (Evaluation(score),))


def filled(islands: int, count: int) -> Archive:
    """An archive of one chain of trials, made for its islands in turn."""
    archive = Archive(islands=islands, parameter="program")
    archive.add("0", trial(0, 0.0))
    for number in range(1, count):
        island = archive.next_island()
        parent, _ = archive.choose(island, Random(number)) or (None, [])
        assert parent is not None
        archive.expect(str(number), island)
        found = trial(number, number % 7, parents=(parent.number,))
        archive.add(str(number), found)
    return archive


def test_every_island_gets_its_share() -> None:
    """openevolve #391: all programs went to the first of three islands."""
    archive = filled(3, 31)
    assert [archive.births.count(island) for island in range(3)] == [10, 10, 10]
    assert archive.births[0] == -1
    assert all(archive.islands)


def test_parents_and_inspirations_are_of_the_island_itself() -> None:
    archive = filled(3, MIGRATE_EVERY)  # nobody has gone to another island yet
    home = {t.number: birth for t, birth in zip(archive.trials, archive.births, strict=True)}
    for island in range(3):
        for seed in range(50):
            parent, others = archive.choose(island, Random(seed)) or (trial(0, 0), [])
            assert {home[t.number] for t in (parent, *others)} <= {island, -1}


def test_the_best_of_an_island_visits_the_next_one_in_time() -> None:
    archive = Archive(islands=2, parameter="program")
    archive.add("0", trial(0, 0.0))
    for number in range(1, MIGRATE_EVERY + 1):
        archive.expect(str(number), 0)
        archive.add(str(number), trial(number, float(number), parents=(0,)))
        assert (archive.best_of(1).score > 0.0) is (number == MIGRATE_EVERY)


def test_a_worse_program_of_another_kind_is_kept_and_of_the_same_kind_is_not() -> None:
    archive = Archive(islands=1, parameter="program")
    long = BASE + "\n" * 400
    for number, (score, text) in enumerate([(5.0, ""), (3.0, ""), (2.0, long)]):
        archive.add(str(number), trial(number, score, text=text or program(number)))
    assert [t.number for t in archive.ranked(0)] == [0, 2]


def test_features_come_from_the_scores_of_the_evaluation() -> None:
    archive = Archive(
        islands=1, features=[Feature("depth", 0.0, 10.0, bins=5)], parameter="program"
    )
    for number, depth in enumerate([1.0, 9.0, 9.5]):
        found = Evaluation(1.0, scores={"depth": depth})
        candidate = Suggestion({"program": program(1)}, "test")
        archive.add(str(number), Trial(number, candidate, float(number), (found,)))
    assert sorted(t.number for t in archive.ranked(0)) == [0, 2]


def test_a_failed_program_is_a_parent_only_while_none_has_run() -> None:
    archive = Archive(islands=1, parameter="program")
    assert archive.choose(0, Random(0)) is None
    archive.add("0", trial(0, float("-inf")))
    assert (archive.choose(0, Random(0)) or (None,))[0] == trial(0, float("-inf"))
    archive.add("1", trial(1, 1.0))
    archive.add("2", trial(2, float("-inf"), parents=(1,)))
    assert {(archive.choose(0, Random(n)) or (trial(9, 0),))[0].number for n in range(20)} == {1}
    assert [t.number for t in archive.attempts(archive.best_of(0), 5)] == [2]


def test_what_made_a_program_better_is_remembered() -> None:
    archive = Archive(islands=1, parameter="program")
    archive.add("0", trial(0, 1.0))
    for number, (score, note) in enumerate([(2.0, "sort first"), (0.5, "give up")], 1):
        candidate = Suggestion({"program": program(number)}, "m", (0,), note)
        archive.add(str(number), Trial(number, candidate, score))
    assert archive.ideas(0, 5) == ["sort first"]


@given(st.integers(0, 10_000))
@settings(max_examples=150)
def test_every_edit_parses_and_leaves_the_fixed_parts(seed: int) -> None:
    rng = Random(seed)
    text = BASE
    for _ in range(6):
        edited = Editor(["math.sqrt(abs(_))"]).edited(text, rng, BASE.replace("2.0", "7.5"))
        assert edited is not None
        text, note = edited
        ast.parse(text)
        assert note
        assert read_marked(text).fixed == read_marked(BASE).fixed


def test_edits_reach_numbers_operators_and_statements() -> None:
    texts = {(Editor().edited(BASE, Random(n)) or ("", ""))[0] for n in range(1500)}
    for wanted in ("x <= y", "min(x, y)", "x - 1", "z = 2.0 * x + 2\n"):
        assert any(wanted in text for text in texts), wanted
    assert any("# the heart of it" in text for text in texts)


def test_an_edit_is_the_same_for_the_same_dice() -> None:
    assert Editor().edited(BASE, Random(5), BASE) == Editor().edited(BASE, Random(5), BASE)


def run_search(
    search: Search, steps: int, batch: int = 1, first: int = 1
) -> tuple[list[Trial], list[Suggestion]]:
    """Trials of a made-up score, from the first program on."""
    trials, asked = [], []
    if first == 1:
        trials = [trial(0, 0.0, text=BASE)]
        search.tell(trials)
    for _ in range(steps):
        candidates = search.ask(batch)
        asked += candidates
        new = [
            Trial(first + i, c, len(str(c.values["program"])) % 17, (Evaluation(1.0),))
            for i, c in enumerate(candidates)
        ]
        first += len(new)
        search.tell(new)
        trials += new
    return trials, asked


def test_no_program_is_proposed_twice_in_whatever_layout() -> None:
    _, asked = run_search(Search(Setting(space())), 60)
    forms = [space()["program"].form(c.values["program"]) for c in asked]
    assert len(forms) == len(set(forms)) == 60


@pytest.mark.parametrize("name", ["program", "editing"])
def test_a_restored_search_goes_on_as_if_nothing_had_happened(name: str) -> None:
    first = open_search(name, Setting(space(), seed=3), islands=2)
    trials, _ = run_search(first, 25, batch=2)  # type: ignore[arg-type]
    again = open_search(name, Setting(space(), seed=3), islands=2)
    again.restore(first.state(), trials)
    assert [c.to_json() for c in again.ask(5)] == [c.to_json() for c in first.ask(5)]


def reply_with(number: int) -> str:
    body = program(number).split("START\n")[1].split("# EVOLVE")[0]
    return f"Try {number}.\n```python\n{body}```"


def test_a_model_sees_the_program_what_was_said_others_attempts_and_ideas() -> None:
    model = ScriptedModel(*(reply_with(n) for n in range(2, 8)))
    search = open_search("rewriting", Setting(space(), goal="Sort fast.", model=model), islands=1)
    evaluation = Evaluation(0.0, "out of memory on list 7", shown="list 7")
    search.tell([Trial(0, Suggestion({"program": BASE}, "start"), 0.0, (evaluation,))])
    assert "out of memory on list 7" in _prompt_of(search, model)
    for number, score in enumerate([3.0, 1.0, 2.0], 1):
        (candidate,) = search.ask(1)
        search.tell([Trial(number, candidate, score, (Evaluation(score),))])
    shown = [m.content for r in model.requests for m in r.messages]
    assert any("Sort fast." in text for text in shown)
    assert any("Changes that helped elsewhere in this search:\n\n- Try" in text for text in shown)
    assert any("-> score" in text for text in shown)
    assert candidate.note.startswith("Try")


def _prompt_of(search: object, model: ScriptedModel) -> str:
    (candidate,) = search.ask(1)  # type: ignore[attr-defined]
    assert candidate.parents == (0,)
    return model.asked[-1]


def test_a_change_that_cannot_be_made_is_asked_for_as_a_block() -> None:
    """openevolve #241 and #346: a model that cannot quote lines can still write them."""
    wrong = "<<<<<<< SEARCH\n    z = 3 * x\n=======\n    z = x\n>>>>>>> REPLACE"
    model = ScriptedModel(wrong, reply_with(4))
    member = open_optimizer("rewriting", Setting(space(), model=model))
    member.tell([trial(0, 0.0, text=BASE)])
    (candidate,) = member.ask(1)
    assert candidate.values["program"] == program(4)
    assert "not in the program: 'z = 3 * x'" in model.asked[1]
    assert "write the marked part anew" in model.asked[1]


def test_a_reply_is_allowed_as_many_tokens_as_the_program_takes() -> None:
    long = BASE.replace("# the heart of it", "# " + "x" * 40_000)
    model = ScriptedModel(reply_with(4))
    one = ParameterSpace([ProgramCode("program", long)])
    member = open_optimizer("rewriting", Setting(one, model=model))
    member.tell([trial(0, 0.0, text=long)])
    member.ask(1)
    assert model.requests[0].max_tokens > len(long) / 2


class Waiting:
    """An endpoint that takes a request and never answers, as in ShinkaEvolve #143."""

    name = "waiting"

    async def complete(self, request: ChatRequest) -> ChatReply:
        import asyncio

        await asyncio.sleep(3600)
        raise AssertionError

    async def aclose(self) -> None:
        return None


def test_a_call_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "CALL_S", 0.05)
    member = open_optimizer("rewriting", Setting(space(), model=Waiting()))
    member.tell([trial(0, 0.0, text=BASE)])
    assert member.ask(3) == []


def test_proposals_of_a_step_are_asked_for_side_by_side() -> None:
    import asyncio

    class Slow:
        name = "slow"
        running = most = 0

        async def complete(self, request: ChatRequest) -> ChatReply:
            self.running += 1
            self.most = max(self.most, self.running)
            await asyncio.sleep(0.05)
            self.running -= 1
            return ChatReply(reply_with(request.sample + 1), Finish.STOP, Usage(), self.name)

        async def aclose(self) -> None:
            return None

    model = Slow()
    member = open_optimizer("rewriting", Setting(space(), model=model))
    member.tell([trial(0, 0.0, text=BASE)])
    assert len(member.ask(4)) == 4
    assert model.most == 4


def test_a_failing_endpoint_costs_a_proposal_and_a_spent_budget_ends_the_search() -> None:
    member = open_optimizer(
        "best-of-n",
        Setting(
            space(),
            model=ScriptedModel(
                EndpointError("reset"),
                EndpointError("no key", status=401),
                BudgetExceeded("spent"),
            ),
        ),
    )
    member.tell([trial(0, 0.0, text=BASE)])
    assert member.ask(1) == []
    with pytest.raises(EndpointError):
        member.ask(1)
    with pytest.raises(BudgetExceeded):
        member.ask(1)


def test_best_of_n_starts_from_the_best_program_and_shows_nothing_else() -> None:
    model = ScriptedModel(reply_with(9))
    member = open_optimizer("best-of-n", Setting(space(), model=model))
    member.tell([trial(0, 0.0), trial(1, 5.0), trial(2, 3.0)])
    (candidate,) = member.ask(1)
    assert candidate.parents == (1,)
    assert "Other programs" not in model.asked[0]


def test_a_search_gives_more_turns_to_who_earns_more() -> None:
    """The model's programs never get better, the edits do."""
    numbers = iter(range(2, 500))
    model = ScriptedModel(lambda request: reply_with(next(numbers)))
    search = Search(Setting(space(), model=model))
    best = 0.0
    search.tell([trial(0, 0.0, text=BASE)])
    origins = []
    for number in range(1, 80):
        (candidate,) = search.ask(1)
        origins.append(candidate.origin)
        best += candidate.origin == "editing"
        score = best if candidate.origin == "editing" else 0.0
        search.tell([Trial(number, candidate, score, (Evaluation(score),))])
    assert origins.count("editing") > 50


def test_a_space_of_something_else_is_refused() -> None:
    with pytest.raises(InputError, match="changes one Program"):
        Search(Setting(ParameterSpace([Real("x", 0.0, low=0.0, high=1.0)])))
    with pytest.raises(InputError, match="needs a model"):
        open_optimizer("rewriting", Setting(space()))
