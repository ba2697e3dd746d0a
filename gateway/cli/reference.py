"""docs/reference/commands.md, written from the tree: ``python -m gateway.cli.reference``."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from gateway.cli.main import root

COLUMNS = 100
HEAD = """# Commands

The command `gateway`, as `--help` tells it. Written by `python -m gateway.cli.reference`; a test
compares this page with the commands.

Exit codes: 0 done, 1 refused or failed, 2 wrong use. With `--json` an answer is one JSON value on
standard output; a refusal is `{"error": {"code", "detail", "hint", "errors"}}`.
"""


def walk(
    command: click.Command = root, parent: click.Context | None = None, name: str = "gateway"
) -> Iterator[tuple[click.Context, click.Command]]:
    """Yield every command with its context, groups before what is in them."""
    settings = command.context_settings if parent is None else {}
    context = click.Context(
        command, parent=parent, info_name=name, terminal_width=COLUMNS, **settings
    )
    yield context, command
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None:
                yield from walk(found, context, inner)


def page() -> str:
    """Return the page."""
    parts = [HEAD]
    for context, command in walk():
        depth = "##" if context.parent is None or context.parent.parent is None else "###"
        parts.append(
            f"{depth} {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(page())
