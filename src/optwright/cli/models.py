"""`optwright models`: which models this machine has, would hold, and how good one is."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optwright.cli.session import (
    emit,
    json_option,
    named,
    settings_options,
    timeout_option,
    title,
    verbose_option,
)

if TYPE_CHECKING:
    from optwright.benchmarks.ten_problems import AttemptRow
    from optwright.serving.models import Model

_GB = 1e9
NOT_ALL_RIGHT = 1


@click.group(invoke_without_command=True)
@json_option
@verbose_option
@click.pass_context
def models(ctx: click.Context, *, as_json: bool) -> int:
    """List the models that are here, those that servers here serve, and what is advised.

    Every name in the list is one for --model. Nothing beyond this machine is asked.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    found = _found()
    emit(json.dumps(found, indent=2) if as_json else "\n".join(_lines(found)))
    return 0


def _found() -> dict[str, Any]:
    from optwright.platforms import available_memory
    from optwright.serving.local.advice import advised
    from optwright.serving.local.running import running_models

    free = available_memory()
    return {
        "files": [*_embedded(), *_files()],
        "running": [asdict(model) for model in running_models()],
        "served": _served(),
        "memory_bytes": free,
        "advised": [asdict(one) for one in advised(free)],
    }


def _embedded() -> list[dict[str, Any]]:
    from optwright.serving.local.store import EMBEDDED, installed_model

    place = installed_model()
    where = "downloaded at its first use" if place is None else str(place)
    return [{"name": "local", "model": EMBEDDED.name, "bytes": EMBEDDED.size, "where": where}]


def _files() -> list[dict[str, Any]]:
    """GGUF files that names of the hub stand for here, or that its own tools keep."""
    from optwright.errors import InputError
    from optwright.serving.hugging_face import hub_cache
    from optwright.serving.local.gguf import read_facts
    from optwright.serving.local.hub_files import pinned_names
    from optwright.serving.local.store import cache_path

    pinned = [(f"hf:{name}", cache_path("models", f"{pin.sha256}.gguf"))
              for name, pin in pinned_names().items()]  # fmt: skip
    others = sorted(hub_cache().glob("models--*/snapshots/*/*.gguf"))
    found = []
    for name, file in (*pinned, *((f"local:{file}", file) for file in others)):
        try:
            facts = read_facts(Path(file))
        except InputError:
            continue  # not there any more, or cut off
        found.append({"name": name, "model": facts.name, "bytes": facts.size, "where": str(file)})
    return found


def _served() -> list[dict[str, Any]]:
    from optwright.errors import OptwrightError
    from optwright.serving.vllm.registry import running

    try:
        servers = running()
    except OptwrightError:
        return []  # a folder that cannot be read holds no server of ours
    return [{"server": "optwright serve", "model": s.name, "name": s.model_name()} for s in servers]


def _lines(found: dict[str, Any]) -> list[str]:
    lines = [title("here")]
    for file in found["files"]:
        size = f"{file['bytes'] / _GB:.1f} GB"
        lines += [f"  {file['name']}", f"      {file['model']}, {size}, {file['where']}"]
    lines += ["", title("running")]
    running = [*found["served"], *found["running"]]
    lines += [f"  {model['name']}  ({model['server']})" for model in running]
    if not running:
        lines.append("  none: no Ollama, LM Studio, llama.cpp or vLLM answers on its usual port")
    free = found["memory_bytes"]
    memory = "unknown memory" if free is None else f"{free / _GB:.1f} GB of free memory"
    lines += ["", title(f"advised for {memory}")]
    for one in found["advised"]:
        lines.append(f"  {one['name']}  (about {one['needs'] / _GB:.0f} GB; {one['about']})")
    lines += ["", "optwright models test NAME measures one on ten problems with known optima,"]
    lines += ["and with --reader whether it can judge plans"]
    return lines


@models.command()
@click.argument("name")
@click.option(
    "--reader", is_flag=True, help="Whether NAME can judge plans by the words of a problem."
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N of ten.")
@settings_options
@timeout_option
@json_option
@verbose_option
def test(
    *,
    name: str,
    reader: bool,
    limit: int | None,
    max_tokens: int | None,
    reasoning_effort: str | None,
    timeout: float | None,
    as_json: bool,
) -> int:
    """Solve ten small problems with NAME and hold the answers against their known optima.

    They were written for this and are in no benchmark; ten are a first look, 'optwright bench'
    measures. What the model costs is paid.

    With --reader it is put to the gate that a reader of plans has to pass before its word verifies
    an answer: stored questions with known answers, 28 calls. How it did is kept on this machine.

    Exit status: 0 all are right (or the gate is passed), 1 not all, 2 bad input, 4 the model is
    not available.
    """
    from optwright.benchmarks.ten_problems import PROBLEMS, tried
    from optwright.serving.models import open_model

    if reader and limit:
        raise click.UsageError("the gate of --reader is taken whole; --limit is for problems")
    model = open_model(named(name, max_tokens, reasoning_effort, timeout))
    if reader:
        return _try_as_reader(model, as_json=as_json)
    done: list[AttemptRow] = []
    try:
        for known in PROBLEMS[:limit]:
            done.append(tried(known, model))
            if not as_json:
                emit(_line(done[-1]))
    finally:
        model.close()
    right = sum(one.right for one in done)
    if as_json:
        rows = [asdict(one) | {"right": one.right} for one in done]
        emit(json.dumps({"model": model.name, "right": right, "problems": rows}, indent=2))
    else:
        emit(_sum(model.name, done, right))
    return 0 if right == len(done) else NOT_ALL_RIGHT


def _try_as_reader(model: Model, *, as_json: bool) -> int:
    """Put a model to the gate and keep how it did."""
    from optwright.agents.checks.readers.gate import try_reader
    from optwright.agents.checks.readers.model import ModelReader
    from optwright.agents.checks.readers.standing import Standings

    def told(done: int, of: int) -> None:
        if not as_json:
            emit(f"  question {done} of {of}")

    try:
        result = try_reader(ModelReader(model), on_progress=told)
    finally:
        model.close()
    Standings().keep(result)
    emit(json.dumps(result.to_json(), indent=2) if as_json else str(result))
    return 0 if result.passed else NOT_ALL_RIGHT


def _line(one: AttemptRow) -> str:
    found = "no answer" if one.found is None else f"{one.found:g}"
    kept = "right" if one.right else f"WRONG, {one.known.optimum:g} is right"
    trust = "verified" if one.verified else "not verified"
    said = f"  {one.known.name:<12} {found:>10}  {kept}, {trust}, {one.seconds:.0f} s"
    return f"{said}\n      {one.error}" if one.error else said


def _sum(name: str, done: list[AttemptRow], right: int) -> str:
    wrong = sum(one.verified and not one.right for one in done)
    calls, tokens = sum(one.calls for one in done), sum(one.tokens for one in done)
    seconds = sum(one.seconds for one in done)
    return (
        f"{name}: {right} of {len(done)} right, {wrong} of the verified wrong; "
        f"{calls} calls, {tokens:,} tokens, {seconds:.0f} s"
    )
