"""Embedded models that are opened alike share one child; a stand-in answers for llama.cpp."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from optwright.errors import EndpointError
from optwright.optim.api import minimize
from optwright.optim.parameters import Real
from optwright.serving.chat import ChatRequest, user
from optwright.serving.local import model as local_model
from optwright.serving.local.model import LocalModel
from optwright.serving.models import open_model

STAND_IN = Path(__file__).parent / "stand_in"


@pytest.fixture(autouse=True)
def _stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child finds the stand-in, and the file that it never reads."""
    monkeypatch.syspath_prepend(STAND_IN)
    monkeypatch.setenv("PYTHONPATH", f"{STAND_IN}:{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.setenv("OPTWRIGHT_CACHE", str(tmp_path))
    monkeypatch.setattr(local_model, "find_model", lambda given, cancelled: tmp_path / "model")


async def asked(model: LocalModel, sample: int = 0) -> tuple[int, int]:
    """Which process answered, and how many requests it was decoding."""
    reply = await model.complete(ChatRequest((user(f"hello {sample}"),)))
    said = json.loads(reply.text)
    return said["process"], said["at_once"]


def has_ended(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


async def test_models_opened_alike_are_one_process_and_others_are_not() -> None:
    first, second, longer = LocalModel(), LocalModel(), LocalModel(context=512)
    process, _ = await asked(first)
    assert (await asked(second))[0] == process
    assert (await asked(longer))[0] != process
    assert first.load_seconds == second.load_seconds > 0
    for model in (first, second, longer):
        await model.aclose()


async def test_the_process_ends_with_the_last_that_uses_it() -> None:
    first, second = LocalModel(), LocalModel()
    process, _ = await asked(first)
    await asked(second)
    await first.aclose()
    assert (await asked(second))[0] == process
    await second.aclose()
    assert has_ended(process)


async def test_a_model_that_is_forgotten_counts_no_more() -> None:
    first, second = LocalModel(), LocalModel()
    process, _ = await asked(first)
    await asked(second)
    del first
    gc.collect()
    assert not has_ended(process)
    await second.aclose()
    assert has_ended(process)


async def test_it_ends_when_all_are_forgotten() -> None:
    model = LocalModel()
    process, _ = await asked(model)
    del model
    gc.collect()
    assert has_ended(process)


async def test_a_closed_model_begins_anew() -> None:
    model = LocalModel()
    before, _ = await asked(model)
    await model.aclose()
    after, _ = await asked(model)
    assert after != before
    await model.aclose()


def test_a_model_of_the_program_and_one_of_its_optimizer_are_one_process() -> None:
    models = [open_model("local"), open_model("local")]
    assert len({json.loads(model.ask("hello"))["process"] for model in models}) == 1
    for model in models:
        model.close()


def test_two_event_loops_at_once_load_once_and_queue_for_the_same_place() -> None:
    models = [LocalModel(), LocalModel()]

    def ask_in_a_loop_of_its_own(model: LocalModel) -> list[tuple[int, int]]:
        async def ask_all() -> list[tuple[int, int]]:
            return await asyncio.gather(*(asked(model, sample) for sample in range(5)))

        return asyncio.run(ask_all())

    with ThreadPoolExecutor(2) as threads:
        found = [one for said in threads.map(ask_in_a_loop_of_its_own, models) for one in said]
    assert len({process for process, _ in found}) == 1
    assert {at_once for _, at_once in found} == {1}
    for model in models:
        asyncio.run(model.aclose())


async def test_as_many_places_as_asked_for_are_used_by_both() -> None:
    models = [LocalModel(parallel=2), LocalModel(parallel=2)]
    await asked(models[0])
    found = await asyncio.gather(*(asked(model, k) for k in range(5) for model in models))
    assert max(at_once for _, at_once in found) == 2
    for model in models:
        await model.aclose()


async def test_after_a_crash_both_go_on_with_one_new_process() -> None:
    first, second = LocalModel(), LocalModel()
    before, _ = await asked(first)
    await asked(second)
    os.kill(before, signal.SIGKILL)
    with suppress(EndpointError):  # whether the crash or the request is noticed first
        await asked(first)
    after = {(await asked(model))[0] for model in (first, second)}
    assert len(after) == 1
    assert before not in after
    await first.aclose()
    await second.aclose()


def test_a_forked_worker_loads_its_own_and_leaves_that_of_the_run_alone() -> None:
    model = open_model("local")
    before = json.loads(model.ask("hello"))["process"]

    def function(x: float) -> float:
        return x + float(json.loads(model.ask("hello"))["process"] == before)

    found = minimize(
        function, [Real("x", 0.5, low=0, high=1)], budget="evaluations=1", processes=True
    )
    assert found.score == 0.5
    assert json.loads(model.ask("hello"))["process"] == before
    model.close()
