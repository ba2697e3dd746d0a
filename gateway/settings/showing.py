"""What is set, beside its default: for the commands that show and compare settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import NamedTuple

from gateway.settings.sections import Settings


class SettingRow(NamedTuple):
    """One setting; `value` and `default` as TOML writes them, `default` empty if there is none."""

    section: str
    name: str
    value: str
    default: str

    @property
    def changed(self) -> bool:
        """Whether it is set to something else than its default."""
        return self.value != self.default


def settings_changes(settings: Settings) -> tuple[SettingRow, ...]:
    """Return every setting beside its default. Of a secret there is only its path to show."""
    folder = settings.file.parent
    return tuple(
        SettingRow(
            section,
            field.name,
            _toml(getattr(table, field.name), folder),
            "" if field.default is MISSING else _toml(field.default, folder),
        )
        for section, table in settings.tables()
        for field in fields(table)
    )


def _toml(value: object, folder: Path) -> str:
    if value is None:
        return '""'
    if isinstance(value, Path):
        return _text(str(folder / value))
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(each, folder) for each in value) + "]"
    if isinstance(value, Mapping):
        pairs = (f"{_text(str(name))} = {_toml(each, folder)}" for name, each in value.items())
        return "{" + ", ".join(pairs) + "}"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
