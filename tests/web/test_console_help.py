"""The how-tos as the console shows them, and the guided first run."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from gateway.cli.main import root
from gateway.flow.exchange import Exchange
from gateway.flow.first_steps import first_steps
from gateway.flow.identify import person_of
from gateway.web.app import create_app
from gateway.web.console import help as shown  # the console's
from gateway.web.console.menu import CONSOLE, HEADINGS, grouped, help_of
from gateway.web.edge import Edge
from tests.browser.places import pages
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB, addressed, items, two_gateways
from tests.journeys.staff import staffed
from tests.web.test_console import SITE, of

pytestmark = pytest.mark.usefixtures("cheap_hashes")
HOWTO = Path(__file__).parents[2] / "docs" / "howto"
FIRST = Path(shown.__file__).parent / "templates" / "first_steps.html"


@pytest.fixture
def world() -> World:
    return two_gateways()


def test_every_how_to_is_a_page() -> None:
    assert set(shown.topics()) == {path.stem for path in HOWTO.glob("*.md")}
    assert all(one.title and "<h2" in one.html for one in shown.topics().values())


@pytest.mark.parametrize("name", pages())
def test_each_page_is_explained_by_a_how_to_that_is_there(name: str) -> None:
    assert help_of(f"console.{name}") in shown.topics()


def test_the_longest_beginning_decides_which_how_to_explains() -> None:
    assert help_of("console.request_page") == "answer-a-request"
    assert help_of("console.nobody_knows") == CONSOLE
    assert help_of(None) == CONSOLE


def test_help_is_read_before_signing_in_and_stays_inside(world: World) -> None:
    browser = create_app(staffed(world), Edge()).test_client()
    for name in shown.topics():
        answer = browser.get(f"/console/help/{name}", base_url=SITE)
        assert answer.status_code == 200
        (prose,) = re.findall(r"<article.*</article>", answer.text, re.DOTALL)
        for target in re.findall(r'href="([^"]*)"', prose):
            assert browser.get(target, base_url=SITE).status_code == 200, target
    assert browser.get("/console/help/nothing", base_url=SITE).status_code == 404


def test_markup_in_a_how_to_is_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.md").write_text(
        "# A\n\n<script>x</script> [out](https://x.example) [in](y.md)\n\n![a](b.png)\n"
    )
    monkeypatch.setattr(shown, "_FOLDERS", (tmp_path,))
    shown.topics.cache_clear()
    html = shown.topics()["x"].html
    shown.topics.cache_clear()
    assert "&lt;script&gt;" in html
    assert re.findall(r'href="([^"]*)"', html) == ["help:y"]
    assert "<img" not in html
    assert html.count("<p>") == 1


def test_a_page_that_no_group_names_stands_in_the_last() -> None:
    found = grouped([("console.new", "New"), ("console.to_do", "To do")])
    assert found == [
        (HEADINGS[0], [("console.to_do", "To do")]),
        (HEADINGS[-1], [("console.new", "New")]),
    ]


def steps(nl: Exchange) -> list[str]:
    return [step.state for step in first_steps(person_of("admin-1", nl), nl)]


def test_the_first_run_says_what_is_done_and_what_is_next(world: World) -> None:
    nl = staffed(world)
    admin = of("admin-1", world, nl)
    assert steps(nl) == ["done", "now", "done", "done", "done", "later", "later"]
    of("officer-1", world, nl)
    assert steps(nl) == ["done", "done", "done", "done", "done", "now", "later"]
    world.push(nl, addressed("case", HUB))
    assert steps(nl)[5:] == ["done", "now"]
    world.work()
    assert steps(nl) == ["done"] * 7
    page = admin.get("/first-steps").text
    assert re.findall(r'<li class="step step-(\w+)"', page) == ["done"] * 7
    assert "7 of 7 steps are done." in page


def test_without_an_agreement_it_is_next(world: World) -> None:
    nl = staffed(world, base=items("police.nl", "NL", "police", "B"))
    assert steps(nl)[4] == "later"  # people come first


def test_first_steps_are_the_administrators(world: World) -> None:
    assert of("officer-1", world, staffed(world)).get("/first-steps").status_code == 403


def test_the_commands_of_the_first_run_exist() -> None:
    lines = re.findall(r"(?:<code>|^)gateway ([^\n<]+)", FIRST.read_text(), re.MULTILINE)
    assert len(lines) > 6
    for line in lines:
        words, command = line.split(), root
        while words and isinstance(command, click.Group):
            found = command.get_command(click.Context(command), words.pop(0))
            assert found is not None, line
            command = found  # type: ignore[assignment] # the last one is no group
