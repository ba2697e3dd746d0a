"""`gateway audit subject|transfers|hand-over|keys`: what was given about one person, and abroad.

Whom somebody asks about never stands on the command line, where other accounts of the machine and
the shell's history could read it: it comes from a file or is typed in.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from gateway.cli import show
from gateway.cli.frame import Invocation, account, command, reason_option
from gateway.core.subject_report import AUDITOR, RENDERINGS, as_text, render

_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)


@command(
    "subject",
    example="gateway audit subject --reason data_subject_request --whom request-17.txt "
    "--for data_subject\n"
    "gateway audit subject --reason yearly_audit",
)
@reason_option
@click.option(
    "--whom", type=_FILE, help="File with identifiers, a line each; without it: typed in."
)
@click.option("--for", "reader", type=click.Choice(RENDERINGS), default=AUDITOR, show_default=True)
@click.option("--org", help="Whose disclosures; needed if the gateway serves several.")
@click.option("--first-passphrase-file", "first", type=_FILE, help="Without it: typed in.")
@click.option("--second-passphrase-file", "second", type=_FILE, help="Without it: typed in.")
def subject(
    call: Invocation,
    *,
    reason: str,
    whom: Path | None,
    reader: str,
    org: str | None,
    first: Path | None,
    second: Path | None,
) -> None:
    """Find everything that was given to others about one person, also what was erased since.

    Takes the two people who hold the shares of the audit key; each types a passphrase. Lines of
    identifiers: `name: …`, `born: 1988-03-04`, `country: BE`, `document: …`, `iban: …`,
    `email: …`, `phone: +31 …`, `handle: PLATFORM / NAME`, `user: PLATFORM / NUMBER`,
    `wallet: NETWORK / ADDRESS`, `device: …`.
    """
    from gateway.core.whom import read  # noqa: PLC0415 - help must be quick
    from gateway.flow.audit_subject import answering, audit_subject  # noqa: PLC0415
    from gateway.wiring_commands import audit_keys_of  # noqa: PLC0415

    settings = call.settings()
    with call.exchange() as exchange:
        answering(org, exchange)  # nobody types two passphrases for nothing
    wanted = read(whom.read_text(encoding="utf-8").splitlines() if whom else _typed())
    keys = audit_keys_of(
        settings,
        _passphrase(first, "Passphrase of the data protection officer"),
        _passphrase(second, "Passphrase of the second person"),
    )
    with call.exchange() as exchange:
        with exchange.store.reading() as work:
            blocks = work.disclosures.count_subjects()
        with show.progress("searching", blocks, quiet=call.json) as bar:
            found = audit_subject(
                wanted, keys, reason, exchange, org=org, tell=lambda n: show.advance(bar, to=n)
            )
        head = {
            "gateway": str(exchange.own.id),
            "org": found.org,
            "asked_at": found.at,
            "reason": reason,
            "by": list(keys.holders),
            "since": found.since,
            "blocks": found.blocks,
            "shut": found.shut,
        }
    report = render(reader, head, found.proven, found.possible)
    call.answer(report, lambda: show.say(as_text(report).rstrip("\n")))


def _typed() -> Iterator[str]:
    click.echo("Whom? One identifier a line, an empty line ends.", err=True)
    for line in iter(sys.stdin.readline, ""):
        if not line.strip():
            return
        yield line


def _passphrase(file: Path | None, what: str, *, twice: bool = False) -> bytes:
    from keys.files import read_passphrase  # noqa: PLC0415 - help must be quick

    if file is not None:
        return read_passphrase(file)
    typed: str = click.prompt(what, hide_input=True, confirmation_prompt=twice, err=True)
    return typed.encode()


@command(
    "transfers",
    example="gateway audit transfers --reason yearly_audit --from 2026-01-01 --to 2026-12-31",
)
@reason_option
@click.option("--from", "since", required=True, metavar="DAY", help="The first day.")
@click.option("--to", "until", required=True, metavar="DAY", help="The last day, part of it.")
def transfers(call: Invocation, *, reason: str, since: str, until: str) -> None:
    """Show the register of transfers to third countries and international organisations.

    Speaks to the running gateway with the certificate of an auditor. A line without a
    transfer ground is a finding.
    """
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        found = api.transfers(reason, since, until)
    names = ("partner", "country", "class", "type", "ground", "agreement", "count")
    rows = [
        [
            *(one[name] for name in names),
            "+".join(one["authorised_by"]),
            show.local_time(one["last"]),
        ]
        for one in found
    ]
    columns = (*names, "authorised by", "last")
    call.answer(found, lambda: show.table(columns, rows, empty="nothing left for a third country"))


@command(
    "hand-over",
    example="gateway audit hand-over --to dpo-3 "
    "--passphrase-file var/secrets/audit-first-holder.passphrase",
)
@click.option("--to", required=True, metavar="STAFF", help="Staff number of who holds it from now.")
@click.option("--passphrase-file", "file", type=_FILE, help="What opens it now; else typed in.")
@click.option("--new-passphrase-file", "new", type=_FILE, help="Without it: typed in, twice.")
def hand_over(call: Invocation, *, to: str, file: Path | None, new: Path | None) -> None:
    """Give a share of the audit key to another person, under a passphrase of that person's own.

    The other share is not needed. A passphrase file of `gateway init` is of no use afterwards:
    delete it.
    """
    from gateway.wiring_commands import hand_share_over  # noqa: PLC0415 - help must be quick

    settings = call.settings()
    with call.exchange() as exchange:
        moved = hand_share_over(
            settings,
            exchange,
            _passphrase(file, "Passphrase that opens the share now"),
            to,
            _passphrase(new, f"New passphrase of {to}", twice=True),
            by=account(),
        )
    call.answer({"to": to, "shares": moved}, lambda: show.say(f"{to} now holds {moved} share(s)"))


@command("keys", example="gateway audit keys")
def keys(call: Invocation) -> None:
    """List the audit keys, and who holds their shares; sealed to is the newest."""
    from gateway.wiring_commands import public_audit_keys  # noqa: PLC0415 - help must be quick

    found: list[dict[str, Any]] = public_audit_keys(call.settings())
    rows = [(one["kid"], show.local_time(one["made"] * 1000), *one["holders"]) for one in found]
    names = ("key", "made", "data protection officer", "second person")
    call.answer(found, lambda: show.table(names, rows, empty="none: run `gateway init`"))
