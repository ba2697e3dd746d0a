"""`gateway demo`: the whole exchange between three gateways, on this machine."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import NoReturn

import click

from gateway.cli import show
from gateway.cli.demo.processes import import_all
from gateway.cli.demo.scenario import play
from gateway.cli.demo.stage import Stage, set_up
from gateway.cli.demo.story import Step, Story
from gateway.cli.frame import Command, refuse
from gateway.core.errors import GatewayError


@click.command(
    "demo", cls=Command, example="gateway demo\ngateway demo --serve --directory var/demo"
)
@click.option("--serve", is_flag=True, help="Leave the gateways running until interrupted.")
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default="var/demo",
    show_default=True,
    help="Where everything lies; made afresh.",
)
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for scripts.")
def demo(*, serve: bool, directory: Path, as_json: bool) -> None:
    """Show the whole exchange between three gateways on this machine."""
    story = Story(_tell)
    import_all()
    stage = set_up(directory.resolve())
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        play(stage, story)
    except GatewayError as error:
        show.say(str(error))
        for place in stage.places:
            print(place.tail())
        refuse()
    finally:
        stage.processes.stop_all()


def _tell(step: Step) -> None:
    show.say(f"{step.seconds:6.1f} s  {step.title}")
    for note in step.notes:
        show.say(f"            {note}")


def _interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt
