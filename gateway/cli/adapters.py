"""`gateway adapters`: the formats that are understood, and one of them tried on a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from rich.table import Table
from rich.text import Text

from gateway.cli import show
from gateway.cli.frame import Invocation, command, refuse
from gateway.core.errors import GatewayError, TooLarge

if TYPE_CHECKING:
    from adapters.base import Adapter
    from gateway.core.profile import SourceProfile
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

    NAME is an adapter that ships, or the TOML file of a mapping or, in a folder goaml_dialect, of
    a dialect of goAML. Below each record stand its
    mapping trail, what was left out, and every fault. Stores nothing and needs no gateway. The
    exit code is 1 if a record is not understood.
    """
    from gateway.core.ids import OrgId  # noqa: PLC0415 - help must be quick
    from gateway.core.limits import Limits  # noqa: PLC0415
    from gateway.flow.intake import Feed  # noqa: PLC0415
    from gateway.flow.try_out import TryBench, try_out  # noqa: PLC0415
    from gateway.wiring import SystemClock, SystemEntropy  # noqa: PLC0415

    limits = Limits()
    feed = Feed(
        org=OrgId("try.out"),
        country=country,
        org_class="unknown",
        source="try",
        adapter=_adapter(name),
        profile=_profile(profile) if profile is not None else None,
        media_type=media_type,
    )
    raw = _read(file, limits.caps.max_bytes)
    bench = TryBench(clock=SystemClock(), entropy=SystemEntropy(), limits=limits)
    found = try_out(raw, feed, bench)
    call.answer(
        {
            "adapter": feed.adapter.name,
            "version": feed.adapter.version,
            "records": [_as_json(one) for one in found],
        },
        lambda: _show(found, raw),
    )
    if not found or any(one.state != "understood" for one in found):
        refuse()


def _adapter(name: str) -> Adapter:
    from gateway.adapter_shelf import KnownAdapters  # noqa: PLC0415 - help must be quick

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


def _profile(path: Path) -> SourceProfile:
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


def _read(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        raw = file.read(most + 1)
    if len(raw) > most:
        raise TooLarge(f"larger than {most} bytes: {path}")
    return raw


def _as_json(one: Tried) -> dict[str, Any]:
    return {
        "state": one.state,
        "stage": one.stage,
        "source": None if one.source is None else one.source.decode(errors="replace"),
        "result": one.result,
        "trail": list(one.trail),
        "losses": list(one.losses),
        "faults": list(one.faults),
    }


def _show(found: list[Tried], whole: bytes) -> None:
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
    left = "(the same document)" if source is None else source.decode(errors="replace")
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


adapters = click.Group(
    "adapters", commands=[list_, try_], help="List adapters, and try one on a file."
)
