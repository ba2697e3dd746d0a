"""What to type after a run, from the folder it was started in: shown on the terminal and the page.

With the interpreter of this run, so that no environment need be activated first.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from gateway.cli.demo import capture, expected
from gateway.cli.demo.stage import Stage
from gateway.cli.demo.story import Story


def commands(stage: Stage, story: Story) -> Sequence[tuple[str, str]]:
    """Return what each is for, and the command."""
    tools = Path(sys.executable).parent
    config = _shown(stage.national.config)
    record, _ = story.records[expected.HANDLING]
    envelope, keys = (_shown(stage.folder / name) for name in (capture.ENVELOPE, capture.KEYS))
    gateway, python = _shown(tools / "gateway"), _shown(tools / "python")
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


def _shown(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
