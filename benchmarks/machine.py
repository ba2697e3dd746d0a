"""The class of the machine, so that two reports can be told apart: no name, no user, no path."""

from __future__ import annotations

import os
import platform
import sqlite3
import ssl
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

_MIB: Final = 1024 * 1024


def machine() -> dict[str, Any]:
    """Return what figures depend on."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _processor(),
        "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _MIB,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "openssl": ssl.OPENSSL_VERSION,
        "cryptography": version("cryptography"),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
