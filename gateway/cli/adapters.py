"""`gateway adapters list`, `try` and `check`: formats, and what one makes of documents."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.table import Table
from rich.text import Text

from gateway.cli import show
from gateway.cli.frame import Invocation, command, refuse
from gateway.core.errors import GatewayError, TooLarge

if TYPE_CHECKING:
    from adapters.base import Adapter
    from gateway.core.profile import SourceProfile
    from gateway.flow.checking import Checked, Tally
    from gateway.flow.configure import ItemFile
    from gateway.flow.try_out import Tried

_SOURCE_CHARS: Final = 4_000  # shown of each source
_DIALECTS: Final = "goaml_dialect"  # as the folder of items has it


@command("list", example="gateway adapters list")
def list_(call: Invocation) -> None:
    """List the adapters that ship, and the media types they read."""
    from gateway.adapter_shelf import KnownAdapters  # noqa: PLC0415 - help must be quick

    shelf = KnownAdapters()
    adapters = [shelf.named(name, {}) for name in shelf.names()]
    found = [
        {"name": one.name, "version": one.version, "media_types": list(one.media_types)}
        for one in adapters
    ]
    rows = [(one.name, one.version, ", ".join(one.media_types)) for one in adapters]
    call.answer(found, lambda: show.table(("adapter", "version", "reads"), rows, empty="none"))


@command(
    "try",
    example="gateway adapters try goaml report.xml\n"
    "gateway adapters try goaml_dialect/fiu.nl.toml report.xml\n"
    "gateway adapters try mapping/bank-alerts.toml alerts.csv --profile source_profile/bank.toml",
)
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--profile",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The source profile that completes the records, a TOML file.",
)
@click.option("--type", "media_type", default="", help="The media type the file would come with.")
@click.option(
    "--country", default="unknown", show_default=True, help="Of the organisation that submits."
)
def try_(
    call: Invocation,
    *,
    name: str,
    file: Path,
    profile: Path | None,
    media_type: str,
    country: str,
) -> None:
    """Show what an adapter makes of a file: source and record side by side.

    NAME is an adapter that ships, the TOML file of a mapping or, in a folder goaml_dialect, of a
    dialect of goAML; or mapping:NAME or goaml:NAME, the one in force. Below each record stand its
    mapping trail, what was left out, and every fault. Stores nothing; only for what is in force
    it needs a gateway. The exit code is 1 if a record is not understood.
    """
    from gateway.core.ids import OrgId  # noqa: PLC0415 - help must be quick
    from gateway.core.limits import Limits  # noqa: PLC0415
    from gateway.flow.intake import Feed  # noqa: PLC0415
    from gateway.flow.try_out import TryBench, tried_json, try_out  # noqa: PLC0415
    from gateway.wiring import SystemClock, SystemEntropy  # noqa: PLC0415

    limits = Limits()
    feed = Feed(
        org=OrgId("try.out"),
        country=country,
        org_class="unknown",
        source="try",
        adapter=adapter_named(name, call),
        profile=profile_of(profile) if profile is not None else None,
        media_type=media_type,
    )
    raw = read_bytes(file, limits.caps.max_bytes)
    bench = TryBench(clock=SystemClock(), entropy=SystemEntropy(), limits=limits)
    found = try_out(raw, feed, bench)
    call.answer(
        {
            "adapter": feed.adapter.name,
            "version": feed.adapter.version,
            "records": [tried_json(one) for one in found],
        },
        lambda: show_tried(found, raw),
    )
    if not found or any(one.state != "understood" for one in found):
        refuse()


def adapter_named(name: str, call: Invocation | None = None) -> Adapter:
    """Return a shipped adapter, that of a mapping's TOML file, or of a mapping in force.

    `call`: of which gateway; without it, none is asked.
    """
    from gateway.adapter_shelf import (  # noqa: PLC0415 - help must be quick
        GOAML_PREFIX,
        MAPPING_PREFIX,
        KnownAdapters,
    )

    if name.startswith((MAPPING_PREFIX, GOAML_PREFIX)) and call is not None:
        with call.exchange() as exchange, exchange.store.reading() as work:
            return exchange.adapters.named(name, exchange.configuration(work).mappings)
    if not name.endswith(".toml"):
        return KnownAdapters().named(name, {})
    path = Path(name)
    dialect = path.parent.name == _DIALECTS
    file = _item(path, _DIALECTS if dialect else "mapping")
    shelf = KnownAdapters()
    try:
        made = shelf.goaml if dialect else shelf.compile
        return made(file.name, file.body)
    except GatewayError as error:
        error.faults = tuple(file.fault(fault) for fault in error.faults)
        raise


def profile_of(path: Path) -> SourceProfile:
    """Return the source profile of a TOML file."""
    from gateway.core.profile import read_profile  # noqa: PLC0415 - help must be quick

    file = _item(path, "source_profile")
    try:
        return read_profile(file.name, 1, file.body)
    except GatewayError as error:
        error.faults = tuple(file.fault(fault) for fault in error.faults)
        raise


def _item(path: Path, kind: str) -> ItemFile:
    from gateway.item_files import read_item  # noqa: PLC0415 - help must be quick

    return read_item(path, kind)


def read_bytes(path: Path, most: int) -> bytes:
    """Return a file. Raises TooLarge."""
    with path.open("rb") as file:
        raw = file.read(most + 1)
    if len(raw) > most:
        raise TooLarge(f"larger than {most} bytes: {path}")
    return raw


def show_tried(found: list[Tried], whole: bytes) -> None:
    """Print each record beside its source, then its trail and what was left out."""
    shown_whole = False
    for number, one in enumerate(found, start=1):
        where = f" at {one.stage}" if one.stage else ""
        show.say(f"record {number}: {one.state}{where}", style="bold")
        source = one.source
        if source is None and not shown_whole:
            source, shown_whole = whole, True
        _show_beside(source, one)
        show.faults(one.faults)
        if one.result is not None:
            _show_way(one)
        show.say()
    if not found:
        show.say("no record in it")


def _show_beside(source: bytes | None, one: Tried) -> None:
    left = (
        "(the same document)" if source is None else source.decode(one.encoding, errors="replace")
    )
    if len(left) > _SOURCE_CHARS:
        left = left[:_SOURCE_CHARS] + "\n(cut here)"
    right = show.indented(one.result) if one.result is not None else "(no record)"
    beside = Table(box=None, pad_edge=False, header_style="bold", expand=True)
    beside.add_column("source", ratio=1, overflow="fold")
    beside.add_column("record", ratio=1, overflow="fold")
    beside.add_row(Text(show.plain(left)), Text(show.plain(right)))
    show.console().print(beside)


def _show_way(one: Tried) -> None:
    names = ("source", "target", "rule")
    steps = [[step[name] for name in names] for step in one.trail]
    show.table(("from", "to", "rule"), steps, empty="no value was moved")
    lost = [(loss["source"], loss["code"]) for loss in one.losses]
    show.table(("left out", "why"), lost, empty="nothing was left out")


@command(
    "check",
    example="gateway adapters check items/mapping/bank-alerts.toml\ngateway adapters check goaml",
)
@click.argument("name")
@click.option(
    "--source",
    "named",
    multiple=True,
    help="Only the originals of this source, also of one read by another adapter now.",
)
@click.option("--all", "every", is_flag=True, help="List also what stays the same.")
def check(call: Invocation, *, name: str, named: tuple[str, ...], every: bool) -> None:
    """Show what an adapter would do to every stored original and its records.

    NAME is the TOML file of a mapping, compared with the one in force of that name. An adapter
    that ships, or mapping:NAME, is compared with what was when the documents came. Counts come
    first, of documents and of the records in them. Changes nothing. The exit code is 1 if anything
    would newly fail, or a record be made no more.
    """
    from gateway.flow.checking import check as journey  # noqa: PLC0415 - help must be quick
    from gateway.flow.checking import sources_of, tally  # noqa: PLC0415

    adapter = adapter_named(name, call)
    with call.exchange() as exchange:
        sources = list(named) or sources_of(adapter.name, None, exchange)
        counted = tally(sources, exchange)
        if not call.json:
            show.say(f"{counted.originals} originals of {', '.join(sources)}")
        found: list[Checked] = []
        with show.progress("checking", counted.originals, quiet=call.json) as bar:
            for one in journey(adapter, sources, exchange):
                counted.count(one)
                if every or one.effect != "same":
                    found.append(one)
                show.advance(bar, by=1)
    answer = {
        "adapter": adapter.name,
        "version": adapter.version,
        **counted.json(),
        "effects": [one.json() for one in found],
    }
    call.answer(answer, lambda: _show_checked(counted, found))
    if counted.is_worse:
        refuse()


def _show_checked(counted: Tally, found: list[Checked]) -> None:
    from gateway.flow.checking import RECORD_EFFECTS  # noqa: PLC0415 - help must be quick

    show.pairs({"originals": counted.originals, "looked at": counted.looked_at})
    show.say()
    effects = [
        (name.replace("_", " "), str(counted.counts[name]), str(counted.records[name]))
        for name in RECORD_EFFECTS
    ]
    show.table(("effect", "documents", "records"), effects, empty="")
    show.say()
    rows = [
        (
            one.original,
            one.source,
            one.effect.replace("_", " "),
            f"{one.records_before} → {one.records_after}",
            ", ".join(one.changed),
        )
        for one in found
    ]
    columns = ("original", "source", "effect", "records", "changed places")
    show.table(columns, rows, empty="every one stays as it is")
    for one in found:
        if one.faults:
            show.say(f"{one.original}:")
            show.faults(asdict(fault) for fault in one.faults)


@command(
    "versions",
    example="gateway adapters versions bank-alerts\ngateway adapters versions bank-alerts --text 3",
)
@click.argument("name")
@click.option("--text", "number", type=int, metavar="N", help="Print version N as TOML.")
def versions(call: Invocation, *, name: str, number: int | None) -> None:
    """List the versions of a mapping in the store: its file's, or those two people put in force.

    To bring one back: `gateway proposals make`, or the console.
    """
    from gateway.core.errors import NotFound  # noqa: PLC0415 - help must be quick
    from gateway.flow.mappings import history  # noqa: PLC0415

    with call.exchange() as exchange:
        found = history(name, exchange)
    if number is not None:
        found = [one for one in found if one["version"] == number]
        if not found:
            raise NotFound("there is no such version")
        call.answer(found[0], lambda: show.say(found[0]["text"].rstrip()))
        return
    rows = [
        (one["version"], one["state"], one["origin"], ", ".join(one["approved_by"]))
        for one in found
    ]
    columns = ("version", "state", "of a", "by")
    call.answer(found, lambda: show.table(columns, rows, empty="none"))
