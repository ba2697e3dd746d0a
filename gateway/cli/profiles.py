"""`gateway profiles`: what a source profile gives to records, and what is held without it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gateway.cli import show
from gateway.cli.adapters import adapter_named, profile_of, read_bytes
from gateway.cli.frame import Invocation, command

if TYPE_CHECKING:
    from adapters.base import Adapter
    from gateway.core.profile import SourceProfile
    from gateway.flow.profiling import Profiled, Summary

_MOST_SHOWN: Final = 50
_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)

Json = dict[str, Any]


@command(
    "try",
    example="gateway profiles try profile.toml report.xml --adapter goaml\n"
    "gateway profiles try items/source_profile/bank.toml --source bank",
)
@click.argument("profile", type=_FILE)
@click.argument("file", required=False, type=_FILE)
@click.option("--adapter", metavar="NAME", help="With FILE: an adapter, or a mapping's TOML file.")
@click.option("--source", help="Without FILE: all stored originals of this source.")
def try_(
    call: Invocation, *, profile: Path, file: Path | None, adapter: str | None, source: str | None
) -> None:
    """Show what a profile fills in, and which records are held with it and without it, and why.

    Over the records of FILE, which needs no gateway, or over every stored original of a source.
    Asked are the rules that look at a record alone; whether a recipient may have it is decided
    when it comes. Stores nothing.
    """
    if (file is None) == (source is None) or (file is None) != (adapter is None):
        raise click.UsageError("give FILE and --adapter, or --source")
    known = profile_of(profile)
    if file is not None and adapter is not None:
        summary, found = _of_file(file, adapter_named(adapter, call), known)
    else:
        summary, found = _of_source(call, str(source), known)
    answer = {**summary.json(), "effects": [one.json() for one in found]}
    call.answer(answer, lambda: _show(summary, found))


def _of_file(
    file: Path, adapter: Adapter, profile: SourceProfile
) -> tuple[Summary, list[Profiled]]:
    from gateway.core.ids import OrgId  # noqa: PLC0415 - help must be quick
    from gateway.core.limits import Limits  # noqa: PLC0415
    from gateway.flow.intake import Feed  # noqa: PLC0415
    from gateway.flow.profiling import profiled, summed  # noqa: PLC0415
    from gateway.flow.try_out import TryBench  # noqa: PLC0415
    from gateway.wiring import SystemClock, SystemEntropy  # noqa: PLC0415

    limits = Limits()
    feed = Feed(
        org=OrgId("try.out"),
        country="unknown",
        org_class="unknown",
        source="try",
        adapter=adapter,
        profile=None,
    )
    bench = TryBench(clock=SystemClock(), entropy=SystemEntropy(), limits=limits)
    return summed(profiled(read_bytes(file, limits.caps.max_bytes), feed, profile, bench))


def _of_source(
    call: Invocation, source: str, profile: SourceProfile
) -> tuple[Summary, list[Profiled]]:
    from gateway.flow.checking import opened, tally  # noqa: PLC0415 - help must be quick
    from gateway.flow.profiling import Summary, profiled  # noqa: PLC0415
    from gateway.flow.replay import feed_of  # noqa: PLC0415

    summary, found = Summary(), []
    with call.exchange() as exchange:
        with exchange.store.reading() as work:
            configuration = exchange.configuration(work)
        feed = feed_of(source, configuration, exchange)
        counted = tally([source], exchange)
        with show.progress("trying", counted.originals, quiet=call.json) as bar:
            for row, raw in opened(source, exchange):
                for one in profiled(raw, feed, profile, exchange, original=row.id):
                    summary.count(one)
                    found.append(one)
                show.advance(bar, by=1)
    return summary, found


def _show(summary: Summary, found: list[Profiled]) -> None:
    show.pairs(
        {
            "records": summary.records,
            "held by nothing of their own": (
                f"{summary.free_without} without the profile, {summary.free_with} with it"
            ),
        }
    )
    show.say()
    rules = sorted({*summary.held_without, *summary.held_with})
    rows = [(rule, summary.held_without[rule], summary.held_with[rule]) for rule in rules]
    show.table(("held by", "without", "with"), rows, empty="no rule holds any of them")
    for one in found[:_MOST_SHOWN]:
        show.say()
        show.say(one.provider_ref or one.original or "(a record without a reference)", style="bold")
        show.say(f"  the profile gives {', '.join(one.given) or 'nothing'}")
        for name, made in (("without", one.without), ("with", one.with_it)):
            show.say(f"  {name} it: {made.state}")
            for hold in made.holds:
                show.say(f"    {hold['rule']}: {hold['reason']} -> {hold['remedy']}")
            show.faults(
                ({"pointer": f.pointer, "detail": f.detail, "hint": f.hint} for f in made.faults),
                indent="    ",
            )
    if len(found) > _MOST_SHOWN:
        show.say(f"and {len(found) - _MOST_SHOWN} more; --json has them all")


profiles = click.Group(
    "profiles",
    commands=[try_],
    help="See what a source profile gives to records, and what is held without it.",
)
