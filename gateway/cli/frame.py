"""How every command is declared, answers and refuses.

`command` gives a function the options that all have (`--config`, `--json`), a help page that ends
in an example, and one way to fail: an expected fault is one clear line and exit code 1, never a
traceback. Wrong use is click's: exit code 2.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn

import click

from gateway.core.errors import GatewayError

if TYPE_CHECKING:
    from gateway.flow.exchange import Exchange
    from gateway.settings import Settings

CONFIG_VARIABLE: Final = "GATEWAY_CONFIG"
DEFAULT_CONFIG: Final = "config.toml"
FAILED: Final = 1

Role = Literal["web", "worker", "cli"]


class FileSystemRefused(GatewayError):
    """The system refused a file, or an address."""

    code = "system-refused"


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of a command: which gateway it is about, and for whom it answers."""

    config: Path
    json: bool

    def settings(self) -> Settings:
        """Read the settings. Raises SettingRefused."""
        from gateway.settings import load  # noqa: PLC0415 - when needed: help must be quick

        return load(self.config, os.environ)

    @contextmanager
    def exchange(self, role: Role = "web") -> Iterator[Exchange]:
        """Hold the gateway's exchange for a block; role ``web`` leaves the signing keys shut."""
        from gateway.wiring_commands import opened  # noqa: PLC0415 - as above

        with opened(self.settings(), role) as exchange:
            yield exchange

    def answer(self, value: object, show: Callable[[], None]) -> None:
        """Answer with `value` as JSON to a script, by `show` to a person."""
        if self.json:
            click.echo(json.dumps(value, ensure_ascii=False, default=str))
        else:
            show()


def reason_option(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the reason that a look at disclosures needs."""
    from schemas.vocab import AUDIT_REASONS  # noqa: PLC0415 - help must be quick

    choice = click.Choice(AUDIT_REASONS)
    text = "Why you look; it stands in the ledger."
    return click.option("--reason", required=True, type=choice, help=text)(function)


def refuse() -> NoReturn:
    """End with exit code 1: the answer was given, and it is not what was hoped for."""
    raise click.exceptions.Exit(FAILED)


def fault_body(error: GatewayError) -> dict[str, Any]:
    """Return a fault as JSON; what a gateway answered by its API speaks for itself."""
    problem = getattr(error, "problem", {})  # of transport.client.ApiRefused
    return {
        "code": problem.get("code", error.code),
        "detail": error.detail,
        "hint": problem.get("hint") or error.advice or None,
        "errors": [asdict(fault) for fault in error.faults],
    }


def account() -> str:
    """Return who calls, for the ledger: the account's number, since names have no place there."""
    return f"uid-{os.getuid()}"


class Command(click.Command):
    """A command whose help ends in an example, and whose expected faults are one line."""

    def __init__(self, *args: Any, example: str, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.example = example

    def format_epilog(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example below the options."""
        with formatter.section("Example"):
            for line in self.example.strip().splitlines():
                formatter.write(f"{'':{formatter.current_indent}}{line}\n")

    def invoke(self, ctx: click.Context) -> Any:
        """Run; an expected fault ends in exit code 1."""
        fault: GatewayError
        try:
            return super().invoke(ctx)
        except GatewayError as error:
            fault = error
        except BrokenPipeError:
            raise  # nobody reads any more: click ends quietly
        except OSError as error:
            fault = FileSystemRefused(
                f"{error.strerror or error}: {error.filename or ''}".strip(": ")
            )
        _tell(fault, as_json=bool(ctx.params.get("json")))
        return refuse()


def command(
    name: str, *, example: str, hidden: bool = False
) -> Callable[[Callable[..., None]], Command]:
    """Make a function a command; its first argument is the `Invocation`.

    The docstring is the help, its first sentence the line in the list of commands.
    """

    def declare(function: Callable[..., None]) -> Command:
        @functools.wraps(function)
        def run(config: Path, json: bool, **given: Any) -> None:  # noqa: FBT001 - click names them
            function(Invocation(config, json), **given)

        made = click.command(name, cls=Command, example=example, hidden=hidden)(run)
        made.params += [
            click.Option(
                ["--config"],
                type=click.Path(path_type=Path, dir_okay=False),
                default=DEFAULT_CONFIG,
                envvar=CONFIG_VARIABLE,
                show_default=True,
                show_envvar=True,
                help="The settings file of the gateway.",
            ),
            click.Option(["--json"], is_flag=True, help="Answer in JSON, for scripts."),
        ]
        return made

    return declare


class Commands(click.Group):
    """Commands by name, each imported when it is called: `--help` of the whole stays quick.

    `places` gives ``module:attribute`` and the line of the list.
    """

    def __init__(self, *args: Any, places: Mapping[str, tuple[str, str]], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.places = dict(places)

    def list_commands(self, _: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return list(self.places)

    def get_command(self, _: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, imported now."""
        if cmd_name not in self.places:
            return None
        module, attribute = self.places[cmd_name][0].split(":")
        found: click.Command = getattr(import_module(module), attribute)
        return found

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.places.items()])


def _tell(error: GatewayError, *, as_json: bool) -> None:
    from gateway.cli import show  # noqa: PLC0415 - only now

    body = fault_body(error)
    if as_json:
        click.echo(json.dumps({"error": body}, ensure_ascii=False))
        return
    click.echo(f"{show.plain(body['code'])}: {show.plain(body['detail'])}", err=True)
    show.faults(body["errors"], err=True)
    if body["hint"]:
        click.echo(f"  hint: {show.plain(body['hint'])}", err=True)
