"""Models served by vLLM as a child of ours: `with serve("Qwen/Qwen3-8B") as server: ...`.

`plan_for` says how a model would be served on a machine and why, `serve` does so, `running` and
`find` know the servers of every terminal. What asks a server is in `client`, with its libraries.
"""

from optwright.serving.vllm.machine import Machine, read_machine, this_machine, with_gpus
from optwright.serving.vllm.options import ServeOptions
from optwright.serving.vllm.plan import ServingPlan
from optwright.serving.vllm.planning import plan_json
from optwright.serving.vllm.registry import RunningServer, find, running
from optwright.serving.vllm.server import Server, metrics_of, plan_for, serve

__all__ = [
    "Machine",
    "RunningServer",
    "ServeOptions",
    "Server",
    "ServingPlan",
    "find",
    "metrics_of",
    "plan_for",
    "plan_json",
    "read_machine",
    "running",
    "serve",
    "this_machine",
    "with_gpus",
]
