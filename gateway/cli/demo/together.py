"""Scenes that do not need each other, played at once: most of their time is waiting.

Each scene runs in a child that is a fork of this process, with commands of its own, and hands back
what it noted. A scene stops no process that another started.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import click

from gateway.cli.demo.processes import Child, Processes
from gateway.cli.demo.stage import Stage
from gateway.cli.demo.story import Row, Step, StepFailed, Story
from gateway.core.errors import GatewayError

Scene = Callable[[Stage, Story], None]


def play_together(stage: Stage, story: Story, *scenes: Scene) -> None:
    """Play scenes at once; note and tell their steps in the order given. Raises StepFailed."""
    started: list[tuple[Child, Path]] = []
    for scene in scenes:
        folder = stage.processes.folder / scene.__name__
        folder.mkdir()
        play = partial(_play, scene, folder, stage, story)
        started.append((stage.processes.beside(scene.__name__, play), folder))
    failed = []
    for child, folder in started:
        answer = child.wait()
        if answer.code != 0:
            failed.append(f"{child.words[0]}: {answer.err.strip() or answer.out.strip()}")
            continue
        _take_over(json.loads((folder / "noted.json").read_text()), story)
    if failed:
        raise StepFailed("; ".join(failed))


def _play(scene: Scene, folder: Path, stage: Stage, story: Story) -> None:
    """Play one scene in the child, and write what it noted."""
    own = Processes(folder)
    for place in stage.places:
        place.processes = own
    noted = Story(lambda _: None, records=dict(story.records))
    try:
        scene(stage, noted)
    except GatewayError as error:
        click.echo(f"{error.code}: {error.detail}", err=True)
        raise SystemExit(1) from None
    finally:
        own.stop_all()
    (folder / "noted.json").write_text(json.dumps(_noted(noted)))


def _noted(story: Story) -> dict[str, Any]:
    return {
        "steps": [asdict(step) for step in story.steps],
        "records": story.records,
        "formats": story.formats,
        "rows": [asdict(row) for row in story.rows],
        "refused": [asdict(row) for row in story.refused],
        "holders": story.holders,
    }


def _take_over(noted: dict[str, Any], story: Story) -> None:
    for one in noted["steps"]:
        step = Step(**one)
        story.steps.append(step)
        story.tell(step)
    story.records |= {name: (record, system) for name, (record, system) in noted["records"].items()}
    for name, count in noted["formats"].items():
        story.formats[name] = story.formats.get(name, 0) + count
    story.rows += [Row(**one) for one in noted["rows"]]
    story.refused += [Row(**one) for one in noted["refused"]]
    story.holders += noted["holders"]
