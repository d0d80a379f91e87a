"""The plan of a model server: what is chosen on which machine, why, and what vLLM is told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from optwright.cli import optwright
from optwright.errors import InputError, ModelUnavailable
from optwright.serving.vllm.command import address, arguments, environment
from optwright.serving.vllm.facts import ModelFacts, fingerprint, look_at, pinned
from optwright.serving.vllm.machine import Gpu, Machine, read_gpu, read_machine, this_machine
from optwright.serving.vllm.metrics import read_metrics
from optwright.serving.vllm.options import ServeOptions
from optwright.serving.vllm.plan import ServingPlan
from optwright.serving.vllm.planning import make_plan
from optwright.serving.vllm.server import identities
from tests import fake_vllm
from tests.faulty_endpoint import answers, endpoint, refuses

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LAPTOP = Machine(cores=4, memory_gib=16)
A100 = Gpu(80, 8.0, "A100")
T4 = Gpu(15, 7.5, "T4")
SEVEN = ModelFacts("org/seven-7B", revision=COMMIT, parameters=7e9, layers=28, heads=28)
SEVEN = replace(SEVEN, kv_heads=4, head_size=128, context=32768)


def plan(machine: Machine, facts: ModelFacts = SEVEN, **options: object) -> ServingPlan:
    return make_plan(facts, machine, ServeOptions(**options))  # type: ignore[arg-type]  # any field


def machine_with(count: int, gpu: Gpu = A100, nodes: int = 1) -> Machine:
    return Machine(32, 256, (gpu,) * count, nodes)


def value(made: ServingPlan, option: str) -> str:
    said = arguments(made)
    return said[said.index(option) + 1]


@pytest.mark.parametrize(
    ("machine", "dtype"),
    [
        (LAPTOP, "float32"),
        (replace(LAPTOP, bf16=True), "bfloat16"),
        (machine_with(1), "bfloat16"),
        (machine_with(1, T4), "float16"),
    ],
)
def test_the_numbers_are_those_the_device_calculates_in(machine: Machine, dtype: str) -> None:
    assert value(plan(machine), "--dtype") == dtype
    assert value(plan(machine, dtype="float32"), "--dtype") == "float32"


@pytest.mark.parametrize(
    ("billions", "cards", "tensor", "data"),
    [(7, 1, 1, 1), (7, 4, 1, 4), (30, 4, 2, 2), (72, 8, 4, 2), (7, 0, 1, 1)],
)
def test_a_model_gets_the_fewest_cards_that_hold_it_and_copies_get_the_rest(
    billions: float, cards: int, tensor: int, data: int
) -> None:
    machine = machine_with(cards) if cards else Machine(32, 256)
    made = plan(machine, replace(SEVEN, parameters=billions * 1e9))
    assert (made.tensor, made.data, made.problems) == (tensor, data, ())


def test_a_model_larger_than_a_node_is_shared_out_among_nodes_by_ray() -> None:
    huge = replace(SEVEN, parameters=400e9, heads=64)
    assert plan(machine_with(8), huge).problems
    made = plan(machine_with(8, nodes=2), huge)
    assert (made.tensor, made.pipeline, made.data, made.problems) == (8, 2, 1, ())
    assert value(made, "--pipeline-parallel-size") == "2"
    assert value(made, "--distributed-executor-backend") == "ray"
    assert any("without a key" in warning for warning in made.warnings)
    assert "VLLM_HOST_IP" not in environment(made)


def test_a_model_that_cannot_fit_is_a_problem_with_numbers() -> None:
    (problem,) = plan(LAPTOP).problems
    assert "26.1 GiB" in problem


def test_heads_are_never_shared_unevenly() -> None:
    assert plan(machine_with(3), replace(SEVEN, parameters=72e9)).tensor == 1
    (problem, *_) = plan(machine_with(8), tensor_parallel=8).problems
    assert "28 attention heads" in problem


@given(
    billions=st.floats(0.1, 500),
    cards=st.integers(0, 16),
    memory=st.floats(8, 200),
    nodes=st.integers(1, 4),
    known=st.booleans(),
)
def test_every_machine_and_model_has_a_plan_that_uses_no_more_than_there_is(
    billions: float, cards: int, memory: float, nodes: int, known: bool
) -> None:
    facts = replace(SEVEN, parameters=billions * 1e9 if known else None)
    machine = Machine(8, memory, (Gpu(memory),) * cards, nodes)
    made = plan(machine, facts)
    assert made.tensor * made.pipeline * made.data <= max(1, cards * nodes)
    assert all(choice.reason and choice.value for choice in made.choices)
    assert made.context is None or 0 < made.context <= 32768
    if made.cache_gib is not None and made.cache_gib > 1:
        assert made.cache_gib < memory


def test_the_context_is_what_the_cache_holds() -> None:
    # 2 x 28 layers x 4 heads x 128 x 4 bytes = 114,688 bytes for a token
    made = plan(Machine(8, 64), replace(SEVEN, parameters=1e9), kv_cache_gib=1)
    assert made.context == 2**30 // 114_688
    assert environment(made)["VLLM_CPU_KVCACHE_SPACE"] == "1"


def test_what_vllm_is_told_is_safe_and_repeatable() -> None:
    said = arguments(plan(LAPTOP))
    assert value(plan(LAPTOP), "--revision") == COMMIT
    assert value(plan(LAPTOP), "--tokenizer-revision") == COMMIT
    assert value(plan(LAPTOP), "--load-format") == "safetensors"
    assert value(plan(LAPTOP), "--seed") == "0"
    assert json.loads(value(plan(LAPTOP), "--structured-outputs-config")) == {
        "backend": "guidance",
        "disable_any_whitespace": True,
    }
    assert "--enable-prefix-caching" in said
    assert "--disable-fastapi-docs" in said
    assert not {"--trust-remote-code", "--api-key"} & set(said)
    assert environment(plan(LAPTOP))["VLLM_HOST_IP"] == "127.0.0.1"
    assert not any("KEY" in name for name in environment(plan(LAPTOP)))


def test_it_listens_where_it_was_told() -> None:
    assert address(plan(LAPTOP), 123, "") == ["--host", "127.0.0.1", "--port", "123"]
    assert address(plan(LAPTOP, socket=""), 0, "/run/s") == ["--uds", "/run/s"]


def test_adapters_are_served_by_name_with_room_for_their_rank(tmp_path: Path) -> None:
    made = plan(LAPTOP, lora={"or": fake_vllm.adapter(tmp_path, rank=12)})
    assert value(made, "--lora-modules") == f"or={tmp_path / 'adapter'}"
    assert value(made, "--max-lora-rank") == "16"
    (base, adapted) = identities(made).values()
    assert base == "vllm/org/seven-7B@0123456789ab/float32"
    assert adapted.startswith(f"{base}+or@")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"dtype": "int3"}, "'int3'"),
        ({"max_model_len": 0}, "max_model_len is 0"),
        ({"gpu_memory": 1.5}, "1.5"),
        ({"port": 70000}, "70000"),
        ({"host": "0.0.0.0"}, "'0.0.0.0' can be reached"),
        ({"socket": "/tmp/" + 100 * "x"}, "longer"),
        ({"socket": "/tmp"}, "something at '/tmp' already"),
        ({"lora": {"a": "/no/such/adapter"}}, "adapter 'a'"),
        ({"lora": {"a=b": "/tmp"}}, "'a=b'"),
    ],
)
def test_options_that_cannot_be_are_one_sentence(options: dict[str, object], says: str) -> None:
    with pytest.raises(InputError) as caught:
        plan(LAPTOP, SEVEN, **options)
    assert says in str(caught.value)


def test_a_host_that_others_reach_is_a_decision_and_a_warning() -> None:
    made = plan(LAPTOP, host="0.0.0.0", allow_remote=True)
    assert any("put TLS before it" in warning for warning in made.warnings)


def test_a_folder_tells_its_size_and_shape_and_which_model_it_is(tmp_path: Path) -> None:
    facts = look_at(fake_vllm.model(tmp_path))
    assert (facts.served_as, facts.parameters, facts.head_size) == ("tiny", 1000, 32)
    assert facts.revision == fingerprint(tmp_path / "tiny")
    (tmp_path / "tiny" / "model.safetensors").write_bytes(b"x" + bytes(3999))
    assert look_at(facts.name).revision != facts.revision


@pytest.mark.parametrize("variable", ["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"])
def test_a_model_in_the_hubs_cache_is_known_without_asking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setenv(variable, str(tmp_path))
    kept = tmp_path / "models--org--seven"
    (kept / "snapshots").mkdir(parents=True)
    Path(fake_vllm.model(kept / "snapshots")).rename(kept / "snapshots" / COMMIT)
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text(COMMIT)
    facts = look_at("org/seven")
    assert (facts.revision, facts.layers, facts.served_as) == (COMMIT, 2, "org/seven")
    assert pinned(facts) is facts
    assert look_at("org/seven", "v2").revision == ""


async def test_a_name_is_pinned_to_the_commit_it_stands_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import asyncio

    told = {"sha": COMMIT, "safetensors": {"total": 123}}
    config = {"num_hidden_layers": 3, "num_attention_heads": 4, "hidden_size": 64}
    async with endpoint(answers(told), answers(config)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url.removesuffix("/v1"))
        monkeypatch.setenv("HF_TOKEN", "hf_secret_of_the_user")
        facts = await asyncio.to_thread(pinned, ModelFacts("org/unknown-3B"), "v2")
    assert (facts.revision, facts.parameters, facts.layers) == (COMMIT, 123, 3)
    assert [request.path for request in hub.requests] == [
        "/api/models/org/unknown-3B/revision/v2",
        f"/org/unknown-3B/resolve/{COMMIT}/config.json",
    ]
    assert hub.requests[0].headers["authorization"] == "Bearer hf_secret_of_the_user"


async def test_a_model_nobody_has_is_said_with_what_to_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import asyncio

    async with endpoint(refuses(404)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url.removesuffix("/v1"))
        with pytest.raises(ModelUnavailable, match=r"'a/b' at revision 'main'.*404") as caught:
            await asyncio.to_thread(pinned, ModelFacts("a/b"))
    assert "HF_TOKEN" in caught.value.hint


@pytest.mark.parametrize("name", ["no-such-thing", "a/b/c", "", "/no/such/folder"])
def test_what_is_neither_folder_nor_repository_is_bad_input(name: str) -> None:
    with pytest.raises(InputError, match="neither a folder nor a repository"):
        look_at(name)


def test_a_folder_without_a_model_and_a_folder_with_a_revision_are_bad_input(
    tmp_path: Path,
) -> None:
    with pytest.raises(InputError, match=r"no readable config\.json"):
        look_at(str(tmp_path))
    with pytest.raises(InputError, match="has no revision 'v1'"):
        look_at(fake_vllm.model(tmp_path), "v1")


def test_a_machine_can_be_described(tmp_path: Path) -> None:
    file = tmp_path / "machine.json"
    file.write_text(
        '{"cores": 64, "memory_gib": 512, "nodes": 2, '
        '"gpus": [{"memory_gib": 80, "count": 8, "name": "H100", "capability": 9}]}'
    )
    machine = read_machine(file)
    assert (len(machine.gpus), machine.nodes) == (8, 2)
    assert str(machine) == "2 nodes, each with 64 cores, 512 GiB of memory, 8 x H100"
    for bad in ('{"gpus": [{}]}', "[]", "{", '{"nodes": 0}', '{"gpus": 3}'):
        file.write_text(bad)
        with pytest.raises(InputError, match=r"machine .*machine\.json"):
            read_machine(file)


def test_this_machine_has_processors_and_memory() -> None:
    machine = this_machine()
    assert machine.cores >= 1
    assert machine.memory_gib > 0


def test_lines_of_the_driver_that_name_no_card_are_passed_over() -> None:
    assert read_gpu("No devices were found") is None
    assert read_gpu("NVIDIA A100, [N/A], 8.0") is None


def test_metrics_that_are_not_there_count_as_nothing() -> None:
    assert read_metrics("# HELP something else\nother 3\n").hit_rate is None


def invoke(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(optwright, ["serve", *arguments], standalone_mode=False)
    if done.exception is not None:
        return 1, f"{done.exception}"
    return done.return_value, done.output


def test_the_plan_is_shown_for_a_machine_that_is_not_here(tmp_path: Path) -> None:
    model = fake_vllm.model(tmp_path, "seven-7B")
    status, text = invoke(model, "--plan", "--gpus", "4", "--gpu-gib", "80")
    assert status == 0
    assert "4 x GPU" in text
    assert "copies on the cards that are left" in " ".join(text.split())


def test_the_plan_as_json_holds_reasons_and_what_would_be_started(tmp_path: Path) -> None:
    status, text = invoke(fake_vllm.model(tmp_path), "--plan", "--json", "--dtype", "float32")
    told = json.loads(text)
    assert status == 0
    assert {"setting": "--dtype", "value": "float32", "reason": "you asked for it"} in told[
        "choices"
    ]
    assert told["arguments"][:2] == ["--model", str(tmp_path / "tiny")]
    assert told["problems"] == []


def test_a_plan_that_cannot_work_is_told_by_its_status(tmp_path: Path) -> None:
    model = fake_vllm.model(tmp_path)
    status, text = invoke(model, "--plan", "--gpus", "2", "--tensor-parallel", "4")
    assert status == 4
    assert "PROBLEM 4 x 1 cards are needed, and there are 2" in " ".join(text.split())


def test_describing_a_machine_is_for_plans_alone(tmp_path: Path) -> None:
    _, text = invoke(fake_vllm.model(tmp_path), "--gpus", "4")
    assert "describe a machine for --plan" in text


def test_no_servers_is_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert invoke("--status") == (0, "no server runs\n")
    assert invoke("--status", "--json") == (0, "[]\n")
