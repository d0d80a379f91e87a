"""`optwright serve`: a model of one's own, served by vLLM until Ctrl-C, and the plan for it."""

from __future__ import annotations

import json
import signal
import textwrap
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optwright.cli.session import emit, json_option, title, verbose_option

if TYPE_CHECKING:
    from optwright.serving.vllm import Machine, RunningServer, ServeOptions, Server, ServingPlan

_WIDTH = 80
_LOOK_S = 1.0
_UNAVAILABLE = 4


@click.command()
@click.argument("model", required=False)
@click.option("--plan", "only_plan", is_flag=True, help="Show every choice and why; start nothing.")
@click.option("--status", is_flag=True, help="Show the servers that run, and what they counted.")
@click.option("--dtype", metavar="TYPE", help="float32, bfloat16 or float16.")
@click.option("--max-model-len", type=int, metavar="N", help="Most tokens of prompt and reply.")
@click.option("--kv-cache-gib", type=int, metavar="GIB", help="Memory for its cache on a CPU.")
@click.option("--gpu-memory", type=float, metavar="SHARE", help="Of each card; 0.9 if not given.")
@click.option("--sequences", type=int, metavar="N", help="Requests worked on at once.")
@click.option("--tensor-parallel", type=int, metavar="N", help="Cards that share one copy.")
@click.option("--data-parallel", type=int, metavar="N", help="Copies of the model.")
@click.option("--nodes", type=int, metavar="N", help="Machines joined by Ray.")
@click.option("--ray", is_flag=True, help="Let Ray start the workers, on one node too.")
@click.option("--lora", "adapters", multiple=True, metavar="NAME=PATH", help="Repeatable.")
@click.option("--revision", metavar="COMMIT", help="Of a repository; main's commit if not given.")
@click.option("--name", metavar="NAME", help="What the model is asked for by.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where it listens.")
@click.option("--port", type=int, metavar="N", help="A free one if not given.")
@click.option("--socket", metavar="PATH", help="Listen on a Unix socket; - for a private folder.")
@click.option("--allow-remote", is_flag=True, help="Let --host be one that others can reach.")
@click.option("--python", metavar="PATH", help="The Python of the environment vLLM is in.")
@click.option(
    "--ready-within",
    type=click.FloatRange(min=0, min_open=True),
    default=1800.0,
    show_default=True,
    metavar="S",
    help="Seconds that downloading and loading may take.",
)
@click.option(
    "--machine",
    "machine_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="With --plan: a machine in JSON instead of this one.",
)
@click.option("--gpus", type=int, metavar="N", help="With --plan: as if there were N cards.")
@click.option("--gpu-gib", type=float, metavar="GIB", help="With --plan: memory of each card.")
@json_option
@verbose_option
def serve(
    *,
    model: str | None,
    only_plan: bool,
    status: bool,
    adapters: tuple[str, ...],
    socket: str | None,
    python: str | None,
    ready_within: float,
    machine_file: Path | None,
    gpus: int | None,
    gpu_gib: float | None,
    as_json: bool,
    **decided: Any,
) -> int:
    """Serve MODEL, a folder or a repository, with vLLM, for `--model vllm/NAME` everywhere.

    It runs until Ctrl-C, and ends with this process however that ends. Exit status: 2 bad input,
    4 vLLM is not installed or the model does not load.
    """
    from optwright.serving.vllm import ServeOptions

    if status:
        return _show_running(as_json=as_json)
    if not model:
        raise click.UsageError("Missing argument 'MODEL'.")
    options = ServeOptions(
        lora=dict(map(_adapter, adapters)), socket="" if socket == "-" else socket, **decided
    )
    if only_plan:
        return _show_plan(model, options, _machine(machine_file, gpus, gpu_gib), as_json=as_json)
    if machine_file or gpus is not None or gpu_gib is not None:
        raise click.UsageError("--machine, --gpus and --gpu-gib describe a machine for --plan.")
    return _serve(model, options, python, ready_within, as_json=as_json)


def _serve(
    model: str, options: ServeOptions, python: str | None, ready_within: float, *, as_json: bool
) -> int:
    from optwright.errors import ModelUnavailable
    from optwright.serving.vllm import serve as start

    if not as_json:
        _show_plan(model, options, None, as_json=False)
        emit("\nloading ...")
    # A service manager ends it with SIGTERM; that is as good as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with start(model, options, python=python, ready_within_s=ready_within) as server:
        emit(json.dumps(_ready_json(server)) if as_json else _ready(server))
        try:
            while server.alive:
                threading.Event().wait(_LOOK_S)
        except KeyboardInterrupt:
            if not as_json:
                emit(_counted(server.running))
            return 0
    raise ModelUnavailable(f"the server of {server.running.name!r} ended by itself")


def _ready(server: Server) -> str:
    running = server.running
    names = [name for name in running.identities if name != running.name]
    lines = [
        f"ready: {running.name} at {running.address}",
        f"  use it:   optwright solve PROBLEM --model vllm/{running.name}",
        *(f"  adapter:  optwright solve PROBLEM --model vllm/{name}" for name in names),
        f"  its key:  in {server.entry}",
        f"  its log:  {running.log}",
        "  Ctrl-C ends it",
    ]
    return "\n".join(lines)


def _ready_json(server: Server) -> dict[str, Any]:
    from optwright.serving.vllm import plan_json

    running = server.running
    return {
        "status": "ready",
        "model": server.model_name,
        "name": running.name,
        "adapters": [name for name in running.identities if name != running.name],
        "address": running.address,
        "pid": running.pid,
        "key_file": str(server.entry),
        "log": running.log,
        "plan": plan_json(server.plan),
    }


def _show_plan(model: str, options: ServeOptions, machine: Machine | None, *, as_json: bool) -> int:
    from optwright.serving.vllm import plan_for, plan_json

    plan = plan_for(model, options, machine)
    emit(json.dumps(plan_json(plan), indent=2) if as_json else _told(plan))
    return _UNAVAILABLE if plan.problems else 0


def _told(plan: ServingPlan) -> str:
    wide = max(len(choice.setting) for choice in plan.choices)
    lines = [f"{title('plan')} for {plan.facts.name} on {plan.machine}", ""]
    for choice in plan.choices:
        lines.append(_wrapped(f"  {choice.setting:<{wide}}  {choice.value}", wide))
        lines.append(_wrapped(f"{' ' * (wide + 6)}{choice.reason}", wide))
    lines += [_wrapped(f"PROBLEM {problem}", 6) for problem in plan.problems]
    lines += [_wrapped(f"NOTE    {warning}", 4) for warning in plan.warnings]
    return "\n".join(lines)


def _wrapped(text: str, indent: int) -> str:
    return textwrap.fill(
        text,
        _WIDTH,
        subsequent_indent=" " * (indent + 6),
        break_on_hyphens=False,
        break_long_words=False,
        drop_whitespace=True,
    )


def _show_running(*, as_json: bool) -> int:
    from optwright.serving.vllm import running

    servers = running()
    if as_json:
        emit(json.dumps([_running_json(server) for server in servers], indent=2))
    else:
        emit("\n".join(map(_counted, servers)) or "no server runs")
    return 0


def _running_json(server: RunningServer) -> dict[str, Any]:
    from dataclasses import asdict

    from optwright.errors import EndpointError
    from optwright.serving.vllm import metrics_of

    told = asdict(server)
    del told["key"]
    try:
        metrics = metrics_of(server)
    except EndpointError as error:
        return told | {"metrics": None, "error": str(error)}
    return told | {"metrics": asdict(metrics) | {"prefix_hit_rate": metrics.hit_rate}}


def _counted(server: RunningServer) -> str:
    from optwright.errors import EndpointError
    from optwright.serving.vllm import metrics_of

    where = f"{server.name} at {server.address}"
    try:
        counts = metrics_of(server)
    except EndpointError as error:
        return f"{where}: {error}"
    found = "-" if counts.hit_rate is None else f"{counts.hit_rate:.0%}"
    return (
        f"{where}: {counts.finished:,} replies, {counts.prompt_tokens:,} tokens read "
        f"({found} of them kept from earlier prompts), {counts.completion_tokens:,} written, "
        f"{counts.running} at work, {counts.waiting} waiting"
    )


def _machine(file: Path | None, gpus: int | None, gpu_gib: float | None) -> Machine:
    from optwright.serving.vllm import read_machine, this_machine, with_gpus

    return with_gpus(read_machine(file) if file else this_machine(), gpus, gpu_gib)


def _adapter(given: str) -> tuple[str, str]:
    name, equals, path = given.partition("=")
    if not (name and equals and path):
        raise click.BadParameter(f"{given!r} is not NAME=PATH", param_hint="--lora")
    return name, path
