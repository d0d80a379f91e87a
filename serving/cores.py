"""How many processor cores are ours: what the machine has and what the control group allows."""

from __future__ import annotations

from pathlib import Path

from optwright import platforms


def physical_cores() -> int:
    """Cores this process may use: two threads of one core decode no faster than one thread."""
    cores = set()
    for cpu in platforms.cpus():
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        cores.add(siblings.read_text() if siblings.exists() else str(cpu))
    return min(len(cores), _quota())


def _quota() -> int:
    """Whole processors the control group allows: containers limit time more often than places."""
    try:
        allowed, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return max(1, int(allowed) // int(period))
    except (OSError, ValueError):  # no such group, or "max"
        return len(platforms.cpus())
