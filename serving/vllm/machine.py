"""What a machine has that matters to a model server: processors, memory, graphics cards, nodes.

Either this machine, looked at without loading anything, or one described in a JSON file.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from optwright.errors import InputError

GIB = 2**30
_QUERY = "--query-gpu=name,memory.total,compute_cap"
_QUERY_S = 20
_BF16_FLAGS = {"amx_bf16", "avx512_bf16", "bf16"}  # x86, x86, aarch64
_FORM = '{"cores": 32, "memory_gib": 256, "nodes": 1, "gpus": [{"memory_gib": 80, "count": 4}]}'


@dataclass(frozen=True, slots=True)
class Gpu:
    """One graphics card; `capability` is CUDA's compute capability, such as 8.0 for an A100."""

    memory_gib: float
    capability: float = 8.0
    name: str = "GPU"


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine, or `nodes` equal ones. `memory_gib` is what programs can still have;
    `bf16` says whether the processor itself calculates in bfloat16."""

    cores: int
    memory_gib: float
    gpus: tuple[Gpu, ...] = ()
    nodes: int = 1
    bf16: bool = False

    def __str__(self) -> str:
        cards = f"{len(self.gpus)} x {self.gpus[0].name}" if self.gpus else "no GPU"
        each = f"{self.cores} cores, {self.memory_gib:.0f} GiB of memory, {cards}"
        return each if self.nodes == 1 else f"{self.nodes} nodes, each with {each}"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def this_machine() -> Machine:
    """Look at the machine this runs on."""
    from optwright.serving.cores import physical_cores

    return Machine(physical_cores(), _memory_gib(), _gpus(), bf16=_calculates_in_bf16())


def read_machine(path: Path) -> Machine:
    """Read a machine from a JSON file such as the one in the hint of the `InputError` it raises."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        gpus = tuple(gpu for each in told.get("gpus", ()) for gpu in _described(each))
        machine = Machine(
            cores=int(told.get("cores", 1)),
            memory_gib=float(told.get("memory_gib", 0)),
            gpus=gpus,
            nodes=int(told.get("nodes", 1)),
            bf16=bool(told.get("bf16", False)),
        )
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise InputError(
            f"machine {str(path)!r} cannot be read: {type(error).__name__}: {error}",
            hint=f"write it like {_FORM}",
        ) from None
    if machine.nodes < 1 or machine.cores < 1 or machine.memory_gib < 0:
        raise InputError(
            f"machine {str(path)!r} has {machine.nodes} nodes, {machine.cores} cores and "
            f"{machine.memory_gib:g} GiB",
            hint=f"write it like {_FORM}",
        )
    return machine


def with_gpus(machine: Machine, gpus: int | None, memory_gib: float | None) -> Machine:
    """The same machine with another number of cards, for a plan of one that is not here."""
    if gpus is None and memory_gib is None:
        return machine
    known = machine.gpus[0] if machine.gpus else Gpu(memory_gib or 80.0)
    card = known if memory_gib is None else replace(known, memory_gib=memory_gib)
    return replace(machine, gpus=(card,) * (gpus if gpus is not None else len(machine.gpus) or 1))


def _described(told: Mapping[str, Any]) -> tuple[Gpu, ...]:
    gpu = Gpu(
        float(told["memory_gib"]), float(told.get("capability", 8.0)), str(told.get("name", "GPU"))
    )
    return (gpu,) * int(told.get("count", 1))


def _gpus() -> tuple[Gpu, ...]:
    """NVIDIA's cards as its driver lists them; none without a driver that answers."""
    driver = shutil.which("nvidia-smi")
    if driver is None:
        return ()
    try:
        listed = subprocess.run(
            [driver, _QUERY, "--format=csv,noheader,nounits"],
            capture_output=True,
            text=True,
            timeout=_QUERY_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(gpu for line in listed.stdout.splitlines() if (gpu := read_gpu(line)))


def read_gpu(line: str) -> Gpu | None:
    """One line of `nvidia-smi --query-gpu=name,memory.total,compute_cap`; None if it is not one.

    >>> read_gpu("NVIDIA L4, 23034, 8.9")
    Gpu(memory_gib=22.494140625, capability=8.9, name='NVIDIA L4')
    """
    name, _, numbers = line.partition(",")
    memory_mib, _, capability = numbers.partition(",")
    try:
        return Gpu(float(memory_mib) / 1024, float(capability), name.strip())
    except ValueError:
        return None


def _memory_gib() -> float:
    """Memory that is available, or that the control group still allows if that is less."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    sizes = dict(line.split(":", 1) for line in lines if ":" in line)
    available = int(sizes["MemAvailable"].split()[0]) * 1024
    return min(available, _allowed(available)) / GIB


def _allowed(otherwise: int) -> int:
    group = Path("/sys/fs/cgroup")
    try:
        limit = int((group / "memory.max").read_text())
        return limit - int((group / "memory.current").read_text())
    except (OSError, ValueError):  # no such group, or "max"
        return otherwise


def _calculates_in_bf16() -> bool:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return bool(_BF16_FLAGS & set(flags.split()))
