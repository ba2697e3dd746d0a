"""`gateway completion SHELL`: what a shell needs to complete the words of this command."""

from __future__ import annotations

from typing import Final

import click

from gateway.cli.frame import Invocation, command

_ASKED_BY: Final = "_GATEWAY_COMPLETE"  # click's own name for the variable: _PROGRAM_COMPLETE


@command(
    "completion",
    example="gateway completion bash > ~/.local/share/bash-completion/completions/gateway\n"
    "gateway completion zsh > ~/.zfunc/_gateway\n"
    "gateway completion fish > ~/.config/fish/completions/gateway.fish",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(call: Invocation, *, shell: str) -> None:
    """Print what lets a shell complete commands and options.

    Bash needs 4.4 or newer. Reads no settings.
    """
    from click.shell_completion import get_completion_class  # noqa: PLC0415 - help must be quick

    from gateway.cli.main import root  # noqa: PLC0415 - it names this command

    made = get_completion_class(shell)
    assert made is not None  # noqa: S101 - the choices above are the shells that click knows
    script = made(root, {}, "gateway", _ASKED_BY).source()
    call.answer({"shell": shell, "script": script}, lambda: click.echo(script))
