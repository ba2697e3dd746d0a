"""How a secret is read from the file that a setting names."""

from __future__ import annotations

import stat
from pathlib import Path

from gateway.core.errors import SettingRefused

_MOST_SECRET_BYTES = 4096


def read_secret(path: Path) -> str:
    """Return the one line that a secret file holds. Raises SettingRefused; never shows the line."""
    if is_open_to_others(path):
        raise SettingRefused(f"others can read the secret file {path}: make it mode 0600")
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_SECRET_BYTES + 1)
        line = raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingRefused(f"cannot read the secret file {path}") from error
    if not line or len(raw) > _MOST_SECRET_BYTES or not line.isprintable():
        raise SettingRefused(f"not one line of text in the secret file {path}")
    return line


def is_open_to_others(path: Path) -> bool:
    """Return whether group or others may read or write this file; False if there is none."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return bool(stat.S_IMODE(mode) & (stat.S_IRWXG | stat.S_IRWXO))


def others_write(path: Path) -> bool:
    """Return whether anybody may write this file or folder; False if there is none."""
    try:
        return bool(path.stat().st_mode & stat.S_IWOTH)
    except OSError:
        return False
