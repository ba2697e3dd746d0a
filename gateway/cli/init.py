"""`gateway init`: the first use of a gateway."""

from __future__ import annotations

from dataclasses import asdict

from gateway.cli import show
from gateway.cli.frame import Invocation, command
from gateway.founding import Founded, found


@command("init", example="gateway init --config config.toml")
def init(call: Invocation) -> None:
    """Make what this gateway lacks: secrets, keys, database.

    Makes the data folder, fresh passphrases, the first keys, a TLS certificate, the database and
    the gateway's own card, and applies the folder of items if one is set. Where the settings name
    a certificate of a client under [client], it makes that too. What is there is left as it is,
    so that doing it again does no harm.
    """
    founded = found(call.settings())
    call.answer(asdict(founded), lambda: _show(founded, call))


def _show(founded: Founded, call: Invocation) -> None:
    rows = [("made" if one.fresh else "is there", one.what, one.where) for one in founded.made]
    show.table(("", "what", "where"), rows, empty="")
    changes = founded.changes
    if changes is not None:
        count = len(changes.added) + len(changes.changed) + len(changes.ended)
        show.say(f"items: {count} changed, {changes.unchanged} as they were")
    show.say()
    show.say("The words of this gateway's card, to read out to partners:")
    show.say("  " + " ".join(founded.words), style="bold")
    show.say()
    show.say("Next:")
    show.say("  keep the two passphrase files safe, apart from backups of the data folder")
    show.say(f"  gateway run --config {call.config}")
    show.say(f"  gateway partners card --config {call.config} > our-card.jws")
    show.say(f"  gateway agreements apply items/ --config {call.config}")
