"""`gateway audit`: the ledger, compared with what was signed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli import show
from gateway.cli.audit_people import hand_over, keys, subject, transfers
from gateway.cli.frame import Invocation, command, refuse

if TYPE_CHECKING:
    from gateway.flow.audit import Report


@command("verify", example="gateway audit verify\ngateway audit verify --export ledger.ndjson")
@click.option(
    "--export",
    "exported",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Check this export, not the database.",
)
def verify(call: Invocation, *, exported: Path | None) -> None:
    """Compute the whole ledger again and compare it with every signed head.

    Every entry, place, leaf, tree head and signature is checked, against the public keys in the
    key folder. Names the first bad position, and why; the exit code is then 1.
    """
    from gateway.flow import audit as journey  # noqa: PLC0415 - help must be quick
    from gateway.wiring_commands import ledger_keys  # noqa: PLC0415

    settings = call.settings()
    keys = ledger_keys(settings)
    if exported is not None:
        with exported.open("rb") as file:
            origin, lines = journey.read_export(_lines(file))
            if origin != settings.gateway.id:
                raise journey.ExportMalformed("the export is of another gateway's ledger")
            report = journey.verify_lines(lines, origin, keys)
    else:
        with call.exchange() as exchange:
            with exchange.store.reading() as work:
                size = work.ledger.size()
            with show.progress("verifying", size, quiet=call.json) as bar:
                report = journey.verify_ledger(
                    exchange, keys, lambda count: show.advance(bar, to=count)
                )
    call.answer({**asdict(report), "whole": report.is_whole}, lambda: _show(report))
    if not report.is_whole:
        refuse()


def _show(report: Report) -> None:
    show.pairs(
        {
            "entries": report.entries,
            "signed heads": report.checkpoints,
            "entries not under a signed head yet": report.unsigned,
            "entries without a place yet": report.unplaced,
            "root over all entries": report.head,
        }
    )
    finding = report.finding
    if finding is None:
        show.say("the ledger is whole", style="green")
    else:
        show.say(
            f"BROKEN at position {finding.position}: {finding.code}: {finding.detail}", style="red"
        )


@command("export", example="gateway audit export ledger.ndjson")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def export(call: Invocation, *, file: Path) -> None:
    """Write the ledger to a new file, a line of JSON per entry and signed head."""
    from gateway.flow import audit as journey  # noqa: PLC0415 - help must be quick

    count = 0
    with call.exchange() as exchange, file.open("xb") as out:
        for line in journey.export(exchange):
            out.write(line + b"\n")
            count += 1
    call.answer(
        {"file": str(file), "lines": count}, lambda: show.say(f"{count} lines written to {file}")
    )


def _lines(file: Iterator[bytes]) -> Iterator[bytes]:
    for line in file:
        yield line.rstrip(b"\n")


audit = click.Group(
    "audit",
    commands=[verify, export, subject, transfers, hand_over, keys],
    help="Verify the ledger, and find what was given about one person.",
)
