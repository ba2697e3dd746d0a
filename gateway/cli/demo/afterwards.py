"""What to type after a run, from the folder it was started in: shown on the terminal and the page.

With the interpreter of this run, so that no environment need be activated first.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from gateway.cli.demo import capture, expected
from gateway.cli.demo.roles import ADMINISTRATOR, CONTACT, KEEPERS, STAFF
from gateway.cli.demo.stage import Stage
from gateway.cli.demo.story import Story


def commands(stage: Stage, story: Story) -> Sequence[tuple[str, str]]:
    """Return what each is for, and the command."""
    tools = Path(sys.executable).parent
    config = shown(stage.national.config)
    record, _ = story.records[expected.HANDLING]
    envelope, keys = (shown(stage.folder / name) for name in (capture.ENVELOPE, capture.KEYS))
    gateway, python = shown(tools / "gateway"), shown(tools / "python")
    return (
        (
            "Why one record is held:",
            f"{gateway} explain {record} --partner {stage.hub.id} --config {config}",
        ),
        (
            "Open an envelope:",
            f"{python} docs/spec/open_envelope.py {envelope} $(cat {keys})",
        ),
        ("Compute the ledger again:", f"{gateway} audit verify --config {config}"),
    )


def people(stage: Stage) -> Sequence[tuple[str, str, str]]:
    """Return who the people are, what each may do, and the settings each speaks with."""
    national, hub = stage.national, stage.hub
    found = [
        (name, f"{national.role.title}: reads, decides, asks, answers; the console", national)
        for name in STAFF
    ]
    found += [
        (ADMINISTRATOR, "administrator: proposes consents, agreements and other items", national),
        (
            KEEPERS[0],
            "data protection officer: approves them, and holds one share of the audit key",
            national,
        ),
        (KEEPERS[1], "auditor: holds the other share", national),
        (CONTACT, f"{hub.role.title}: asks, gives and withdraws consents", hub),
    ]
    return [(name, does, str(shown(place.folder / f"{name}.toml"))) for name, does, place in found]


def shown(path: Path) -> Path:
    """Return a path as it is typed here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
