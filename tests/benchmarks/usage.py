"""Processor time of processes, from Linux's /proc."""

from __future__ import annotations

import os
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def own_seconds(pid: int) -> float:
    """Processor seconds of one process so far; 0 where /proc does not say."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICK if fields else 0.0


def family_seconds(pid: int) -> float:
    """Of a process and its children, those that have ended too."""
    fields = _stat(pid)
    if not fields:
        return 0.0
    total = sum(map(int, fields[11:15])) / _TICK
    return total + sum(own_seconds(child) for child in _children(pid))


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the command's name."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
