"""`gateway demo`: the whole exchange between four gateways, on this machine."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Final, NoReturn

import click

from gateway.cli import show
from gateway.cli.demo import afterwards, report
from gateway.cli.demo.capture import capture
from gateway.cli.demo.left_to_try import Try, leave_to_try
from gateway.cli.demo.page import write_page
from gateway.cli.demo.processes import import_all
from gateway.cli.demo.roles import MEMBER
from gateway.cli.demo.scenario import play
from gateway.cli.demo.stage import Stage, set_up
from gateway.cli.demo.story import Step, Story
from gateway.cli.frame import Command
from gateway.core.errors import GatewayError

_LOOK_SECONDS: Final = 0.5


class GatewayEnded(GatewayError):
    """A process of the demonstration ended by itself."""

    code = "gateway-ended"


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
@click.option("--json", "json_", is_flag=True, help="Answer in JSON, for scripts.")
def demo(*, serve: bool, directory: Path, json_: bool) -> None:
    """Show the whole exchange between four gateways on this machine.

    A national gateway takes in files in seven formats, decides on each record for each partner,
    pushes to an EMPACT partner, keeps a mailbox for a VGT partner, and reaches another member state
    through the EMPACT partner, which cannot read it. Every step is checked: the exit code is 1 if a
    record that should arrive did not, or one that should not did. Needs no settings, no root and no
    network; everything lies in one folder. With --serve a request, consents and held records are
    left to try, with the commands of each officer.
    """
    signal.signal(signal.SIGTERM, _interrupted)
    import_all()
    story = Story(_silent if json_ else report.tell)
    stage = set_up(directory.resolve(), others=(MEMBER,))
    try:
        play(stage, story)
        capture(stage, story)
        to_try = leave_to_try(stage, story) if serve else []
        _finish(stage, story, as_json=json_)
        if serve:
            _serve(stage, to_try)
    except GatewayError:
        for place in stage.places:
            click.echo(place.tail(), err=True)
        raise
    finally:
        stage.processes.stop_all()


def _finish(stage: Stage, story: Story, *, as_json: bool) -> None:
    report.write_report(story, stage)
    page = write_page(story, stage)
    if as_json:
        click.echo(json.dumps(report.as_json(story, stage), ensure_ascii=False))
        return
    report.table(story)
    show.say()
    show.say(f"Done in {story.seconds:.0f} s; every step was checked.", style="bold green")
    show.say(f"The page: file://{page}")
    for purpose, command in afterwards.commands(stage, story):
        show.say(f"{purpose}\n  {command}")


def _serve(stage: Stage, to_try: list[Try]) -> None:
    """Keep the gateways running until interrupted. Raises GatewayEnded if one ends."""
    path = report.write_connections(stage, to_try)
    show.say()
    show.say("To go on by hand, in another shell; each officer has settings of their own:")
    for one in to_try:
        show.say(f"{one.who}: {one.purpose}\n  {one.command}")
    show.say()
    for place in stage.places:
        show.say(f"{place.id:<18} {place.url}  settings: {place.config}")
    show.say(f"Addresses, certificates and keys for other tools: {path}")
    show.say("Ctrl-C stops all of them.")
    try:
        while all(child.poll() is None for p in stage.places for child in p.running.values()):
            time.sleep(_LOOK_SECONDS)
    except KeyboardInterrupt:
        show.say("stopping")
        return
    raise GatewayEnded("one of the gateways ended by itself; the ends of the logs are above")


def _silent(step: Step) -> None:
    """Tell nobody: the answer is JSON."""


def _interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt
