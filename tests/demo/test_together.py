"""Scenes that are played at once: what they noted is kept, and one that fails says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cli.demo.processes import Processes
from gateway.cli.demo.roles import HUB, NATIONAL, VGT
from gateway.cli.demo.stage import Place, Stage
from gateway.cli.demo.story import IN, OUT, Step, StepFailed, Story, demand
from gateway.cli.demo.together import play_together


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    processes = Processes(tmp_path)
    places = [Place(role, tmp_path, 1, processes) for role in (NATIONAL, HUB, VGT)]
    return Stage(tmp_path, processes, places[0], places[1], places[2])


def takes_two(_: Stage, story: Story) -> None:
    with story.step("two taken in", IN) as step:
        story.records["A"] = "id-a", "police"
        story.formats["CSV"] = 2
        step.shown.append("a line")


def takes_one(_: Stage, story: Story) -> None:
    with story.step("one taken in", OUT):
        story.formats["CSV"] = 1


def fails(_: Stage, story: Story) -> None:
    with story.step("what fails", OUT):
        demand("the rule", "R-05", "R-06")


def test_steps_are_told_in_the_order_of_the_scenes_and_counts_add_up(stage: Stage) -> None:
    told: list[Step] = []
    story = Story(told.append, formats={"CSV": 3})

    play_together(stage, story, takes_two, takes_one)

    assert [(one.title, one.part) for one in told] == [("two taken in", IN), ("one taken in", OUT)]
    assert story.steps == told
    assert told[0].shown == ["a line"]
    assert story.records == {"A": ("id-a", "police")}
    assert story.formats == {"CSV": 6}


def test_a_scene_that_fails_says_why_and_the_others_are_told(stage: Stage) -> None:
    told: list[Step] = []
    with pytest.raises(StepFailed, match=r"fails: step-failed: the rule: expected 'R-06'"):
        play_together(stage, Story(told.append), fails, takes_one)
    assert [one.title for one in told] == ["one taken in"]
