"""A gateway of a test's own on disk, and the command `gateway` called as a person would."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli.main import root
from gateway.flow import checkpoint
from gateway.flow.lease import leased
from gateway.settings import load
from gateway.wiring_commands import opened
from keys import audit
from keys.files import Cost, open_signing, open_storage
from tests.commands_items import CONFIG, ITEMS

RECORDS = Path(__file__).parents[1] / "data" / "records"
HOLDERS = (
    audit.Holder("dpo-1", b"the passphrase of the officer"),
    audit.Holder("auditor-2", b"the passphrase of somebody else"),
)
CHEAP = Cost(iterations=1, lanes=1, memory_kib=64)


@dataclass(frozen=True)
class House:
    """One gateway's folder, and commands on it."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def call(self, *words: str | Path, stdin: str | None = None) -> Result:
        """Call a command; a fault that escapes fails the test."""
        result = CliRunner().invoke(
            root,
            [str(word) for word in words],
            input=stdin,
            env={"GATEWAY_CONFIG": str(self.config)},
            prog_name="gateway",
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def done(self, *words: str | Path) -> Result:
        """Call a command that must end well."""
        result = self.call(*words)
        assert result.exit_code == 0, result.output
        return result

    def asked(self, *words: str | Path) -> Any:
        """Call with --json; return the answer, whatever the exit code."""
        return json.loads(self.call(*words, "--json").stdout)

    def file(self, name: str, content: object) -> Path:
        """Write a file: text as it is, a list as NDJSON, else JSON."""
        path = self.folder / name
        if isinstance(content, list):
            path.write_text("".join(json.dumps(one) + "\n" for one in content))
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def sign_ledger(self) -> None:
        """Do what the worker does to the ledger."""
        with (
            opened(load(self.config, {}), "worker") as exchange,
            leased("checkpoint", 60, exchange) as lease,
        ):
            assert lease
            checkpoint.place_entries(lease, exchange)
            checkpoint.checkpoint(lease, exchange)


def put_items(folder: Path, items: dict[str, str]) -> Path:
    for name, text in items.items():
        path = folder / f"{name}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def case(*partners: str, **changes: object) -> dict[str, Any]:
    """A case record addressed to these partners."""
    body = json.loads((RECORDS / "case.json").read_text())
    to = {"recipients": [{"partner": partner} for partner in partners]}
    return {**body, "addressees": to, **changes}


def empty_house(folder: Path) -> House:
    """A folder with settings and cheap keys, so that tests need not wait for real ones."""
    folder.mkdir(exist_ok=True)
    (folder / "config.toml").write_text(CONFIG)
    secrets = folder / "var" / "secrets"
    secrets.mkdir(parents=True, mode=0o700)
    (folder / "var").chmod(0o700)
    for name, open_group in (("storage", open_storage), ("signing", open_signing)):
        path = secrets / f"{name}.passphrase"
        path.touch(mode=0o600)
        path.write_text(f"the passphrase of {name} keys\n")
        open_group(folder / "var" / "keys", path.read_bytes().strip(), CHEAP)
    audit.make(folder / "var" / "keys", *HOLDERS, 1_767_225_600, CHEAP)
    return House(folder)


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    house = empty_house(tmp_path_factory.mktemp("founded") / "house")
    house.done("init")
    house.done("agreements", "apply", put_items(house.folder / "items", ITEMS))
    return house.folder


@pytest.fixture
def house(founded: Path, tmp_path: Path) -> House:
    """A founded gateway with one client, one source and one agreement."""
    shutil.copytree(founded, tmp_path / "house")
    return House(tmp_path / "house")


@pytest.fixture
def new_house(tmp_path: Path) -> Callable[[], House]:
    """Makes a folder with settings and keys, nothing else."""
    return lambda: empty_house(tmp_path / "new")
