"""What is true of every command: help with an example, JSON, one line for a fault."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.shell_completion import BashComplete

from gateway.cli import reference
from gateway.cli.frame import Command
from gateway.cli.main import root
from tests.commands.conftest import House

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"
TREE = list(reference.walk())
LEAVES = [(context, one) for context, one in TREE if not isinstance(one, click.Group)]


def name(pair):
    return pair[0].command_path


@pytest.mark.parametrize(("context", "command"), LEAVES, ids=map(name, LEAVES))
def test_every_command_has_help_with_an_example(context, command):
    assert isinstance(command, Command)
    text = command.get_help(context)

    assert "Example:" in text
    assert all(line.startswith(context.command_path) for line in command.example.splitlines()), (
        command.example
    )
    flags = {flag for one in command.params for flag in one.opts}
    assert "--json" in flags
    assert "--config" in flags or command.name == "demo"  # it makes its own gateways
    assert command.help


def test_the_list_of_commands_says_what_the_commands_say():
    context, _ = TREE[0]
    for command, (_, line) in root.places.items():
        found = root.get_command(context, command)
        assert found.get_short_help_str(limit=200).rstrip(".") == line.rstrip(".")


def test_the_examples_are_calls_that_can_be_parsed():
    for context, command in LEAVES:
        depth = len(context.command_path.split())
        for line in command.example.splitlines():
            words = shlex.split(line.split(" > ")[0])[depth:]
            given = {one.name for one in command.params if isinstance(one, click.Option)}
            assert given
            unknown = [
                w
                for w in words
                if w.startswith("--") and not any(w in o.opts for o in command.params)
            ]
            assert not unknown, line


def test_the_reference_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == reference.page(), (
        "python -m gateway.cli.reference > docs/reference/commands.md"
    )


FAULTS = {
    "no such record": (
        "explain",
        "urn:uuid:01a20bf4-75b7-735b-82b7-1d9a5b0343a0",
        "--partner",
        "x",
    ),
    "no record id": ("records", "show", "nonsense"),
    "no such trail": ("records", "trail", "nonsense"),
    "no such envelope": ("deliveries", "show", "nonsense"),
    "not in quarantine": ("quarantine", "show", "nonsense"),
    "nothing to replay": ("quarantine", "replay", "nonsense"),
    "no such partner": ("partners", "pause", "nobody"),
    "nobody to confirm": ("partners", "confirm", "nobody", "--words", "a b"),
    "nothing to fetch": ("pull", "nobody"),
    "no client certificate": ("inbox", "list"),
    "nothing to withdraw": ("records", "withdraw", "x", "--reason", "unlawful"),
}


@pytest.mark.parametrize("words", FAULTS.values(), ids=FAULTS.keys())
def test_an_expected_fault_is_one_line_and_exit_code_1(house, words):
    result = house.call(*words)

    assert result.exit_code == 1
    assert result.stdout == ""
    code, _, detail = result.stderr.splitlines()[0].partition(": ")
    assert detail
    assert "Traceback" not in result.output
    told = house.asked(*words)["error"]
    assert (told["code"], told["detail"]) == (code, detail)


def test_settings_that_are_wrong_are_all_named(house):
    house.config.write_text(house.config.read_text() + "[listen]\nprot = 1\nworkers = 0\n")

    result = house.call("config", "check")

    assert result.exit_code == 1
    assert "listen.prot" in result.stderr
    assert "listen.workers" in result.stderr
    told = house.asked("status")["error"]
    assert {fault["pointer"] for fault in told["errors"]} == {"listen.prot", "listen.workers"}


@pytest.mark.parametrize("words", [("status",), ("run",), ("init",), ("config", "show")])
def test_settings_that_are_not_there_are_one_line(tmp_path, words):
    result = House(tmp_path).call(*words)

    assert (result.exit_code, "Traceback" in result.output) == (1, False)
    assert str(tmp_path / "config.toml") in result.stderr
    assert "config.example.toml" in result.stderr


@pytest.mark.parametrize("lacks", ["keys", "a certificate"])
def test_a_gateway_that_was_not_made_yet_says_what_makes_it(tmp_path, new_house, lacks):
    house = new_house()
    if lacks == "keys":
        shutil.rmtree(house.folder / "var")
    for words in (("status",), ("run",), ("partners", "list")):
        result = house.call(*words)
        assert (result.exit_code, "Traceback" in result.output) == (1, False), words
        assert len(result.stderr.splitlines()) <= 2
        assert "gateway init" in result.stderr, words


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("push",),
        ("explain", "x"),
        ("push", "--client", "a", __file__),
        ("init", "x"),
    ],
)
def test_wrong_use_is_exit_code_2(house, words):
    assert house.call(*words).exit_code == 2


def test_settings_are_shown_beside_their_defaults(house):
    rows = {f"{row['section']}.{row['name']}": row for row in house.asked("config", "show")}
    changed = house.asked("config", "show", "--changed")

    assert rows["listen.port"]["value"] == "8443"
    assert {row["section"] for row in changed} == {"gateway", "identity", "log"}
    assert json.loads(house.call("config", "check", "--json").stdout)["gateway"] == "police.nl.gw"


def test_the_list_of_commands_imports_none_of_them():
    script = (
        "import sys; from gateway.cli.main import root\n"
        "root(['--help'], standalone_mode=False)\n"
        "heavy = {'sqlalchemy', 'flask', 'cryptography', 'marshmallow', 'requests', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30
    )

    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_told_how_to_complete(house: House, shell: str) -> None:
    answer = house.call("completion", shell)

    assert answer.exit_code == 0
    assert "_GATEWAY_COMPLETE" in answer.stdout


@pytest.mark.parametrize(
    ("typed", "begun", "offered"),
    [
        ("gateway", "re", "records"),
        ("gateway records", "li", "list"),
        ("gateway push", "--u", "--urgent"),
    ],
)
def test_words_and_options_are_completed(typed: str, begun: str, offered: str) -> None:
    asking = BashComplete(root, {}, "gateway", "_GATEWAY_COMPLETE")
    found = [one.value for one in asking.get_completions(typed.split()[1:], begun)]

    assert offered in found
    assert all(one.startswith(begun) for one in found)


def test_what_another_settings_file_would_change_is_shown(house: House, tmp_path: Path) -> None:
    other = house.config.with_name("other.toml")
    other.write_text(f"{house.config.read_text()}\n[seal]\nbulk_records = 7\n")

    (found,) = house.asked("config", "diff", str(other))

    assert (found["section"], found["name"], found["other"]) == ("seal", "bulk_records", "7")
    assert house.asked("config", "diff", str(house.config)) == []
