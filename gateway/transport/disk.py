"""How full the disk of our data is."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DataDisk:
    """`flow.ports.Disk`: the one on which a folder lies."""

    folder: Path

    def free_percent(self) -> int | None:
        """Return how much of it is free, rounded down; None if the folder is not there."""
        try:
            usage = shutil.disk_usage(self.folder)
        except OSError:
            return None
        return usage.free * 100 // usage.total
