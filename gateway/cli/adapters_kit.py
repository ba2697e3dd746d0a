"""`gateway adapters new` and `test`: a kit for a mapping, with its sample and what it expects.

A kit is a folder: the mapping ``NAME.toml``, a source profile ``profile.toml``, ``sample.EXT`` and
``expected.json``, what the sample must become.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gateway.cli import show
from gateway.cli.adapters import (
    adapter_named,
    check,
    list_,
    profile_of,
    read_bytes,
    show_tried,
    try_,
    versions,
)
from gateway.cli.frame import Invocation, command, refuse
from gateway.core.errors import Conflict, Fault, Malformed, NotFound

if TYPE_CHECKING:
    from gateway.flow.try_out import Tried

# The moment at which a kit's sample is always read: dates that a profile counts stay the same.
_READ_AT_MS: Final = 1_767_225_600_000  # 2026-01-01
_NAME: Final = r"[a-z0-9][a-z0-9.-]{0,63}"
_PROFILE: Final = """\
# What the source never says, for all its records; two people approve it.
# docs/explanation/release-rules.md tells what each of these decides.
handling = ["H1"]
purposes = ["operational_analysis"]
crime_area = "sexual_abuse_and_exploitation"
legal_basis = { instrument = "Directive (EU) 2016/680", article = "8" }
review_days = 365
person_category = "person_of_interest_not_suspect"
source_code = "X"
info_code = "4"
"""

Json = dict[str, Any]


class SampleUnreadable(Malformed):
    """The sample is no CSV, JSON, NDJSON or XML that can be read."""

    code = "sample-unreadable"


class KitExists(Conflict):
    """There is a folder of that name already; nothing was written."""

    code = "kit-exists"


@command(
    "new",
    example="gateway adapters new bank-alerts --from export.csv --type financial_signal",
)
@click.argument("name")
@click.option(
    "--from",
    "sample",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file as the system exports it; with made-up values, since it is kept in the kit.",
)
@click.option("--type", "record_type", default="case", show_default=True, help="Of its records.")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Where the kit is made; here, if not said.",
)
def new(call: Invocation, *, name: str, sample: Path, record_type: str, folder: Path) -> None:
    """Begin a mapping from a sample: a folder NAME with mapping, profile and sample.

    Each column of the sample stands in the mapping in a comment, with what it looks like and how
    it could be read. Which place in the record it belongs to, you say; docs/reference/mappings.md
    has all that a mapping may hold.
    """
    import re  # noqa: PLC0415 - help must be quick

    from adapters.base import Caps, SourceUnreadable  # noqa: PLC0415
    from adapters.sources.scaffold import begin  # noqa: PLC0415

    if not re.fullmatch(_NAME, name):
        raise click.UsageError("NAME is 1 to 64 of a-z, 0-9, dot and hyphen")
    raw = read_bytes(sample, Caps().max_bytes)
    try:
        text, ending = begin(raw, record_type, name)
    except SourceUnreadable as error:
        faults = tuple(Fault(f.pointer, f.code, f.detail, f.hint) for f in error.faults)
        raise SampleUnreadable(faults=faults) from None
    kit = folder / name
    try:
        kit.mkdir(parents=True)
    except FileExistsError:
        raise KitExists(f"there already: {kit}") from None
    files = {f"{name}.toml": text.encode(), "profile.toml": _PROFILE.encode()}
    files[f"sample.{ending}"] = raw
    for file, content in files.items():
        (kit / file).write_bytes(content)
    made = [str(kit / file) for file in files]
    call.answer({"kit": str(kit), "files": made}, lambda: _show_made(kit, made))


def _show_made(kit: Path, made: list[str]) -> None:
    for path in made:
        show.say(f"made {path}")
    show.say(f"Fill in {made[0]}, then: gateway adapters test {kit}")


@command("test", example="gateway adapters test bank-alerts\ngateway adapters test kits/*")
@click.argument(
    "kits",
    nargs=-1,
    required=True,
    metavar="KIT...",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
)
@click.option("--accept", is_flag=True, help="Take what the sample becomes now as expected.")
def test(call: Invocation, *, kits: tuple[Path, ...], accept: bool) -> None:
    """Read the sample of each kit, and compare it with what is expected of it.

    Needs no gateway and stores nothing beside the kit. The exit code is 1 if anything differs, or
    a record is not understood.
    """
    outcomes = [_tested(kit, accept=accept) for kit in kits]
    call.answer([one.json() for one in outcomes], lambda: _show_outcomes(outcomes))
    if not all(one.good for one in outcomes):
        refuse()


@dataclass(frozen=True, slots=True)
class _Outcome:
    kit: Path
    raw: bytes
    found: list[Tried]
    differs: list[str]  # places, with the number of the record in front

    @property
    def good(self) -> bool:
        """Whether every record is understood and as expected."""
        understood = all(one.state == "understood" for one in self.found)
        return bool(self.found) and understood and not self.differs

    def json(self) -> Json:
        return {
            "kit": str(self.kit),
            "good": self.good,
            "differs": self.differs,
            "records": _expected(self.found),
        }


def _tested(kit: Path, *, accept: bool) -> _Outcome:
    from gateway.core.ids import OrgId  # noqa: PLC0415 - help must be quick
    from gateway.core.limits import Limits  # noqa: PLC0415
    from gateway.flow.checking import differences  # noqa: PLC0415
    from gateway.flow.intake import Feed  # noqa: PLC0415
    from gateway.flow.try_out import TryBench, try_out  # noqa: PLC0415
    from gateway.wiring import SystemEntropy  # noqa: PLC0415

    kit = kit.resolve()
    sample = next(iter(sorted(kit.glob("sample.*"))), None)
    if sample is None:
        raise NotFound(f"there is no sample in {kit}")
    profile = kit / "profile.toml"
    feed = Feed(
        org=OrgId("try.out"),
        country="unknown",
        org_class="unknown",
        source="try",
        adapter=adapter_named(str(kit / f"{kit.name}.toml")),
        profile=profile_of(profile) if profile.exists() else None,
    )
    limits = Limits()
    raw = read_bytes(sample, limits.caps.max_bytes)
    bench = TryBench(clock=_StoppedClock(), entropy=SystemEntropy(), limits=limits)
    found = try_out(raw, feed, bench)
    path = kit / "expected.json"
    if accept:
        _replace(path, json.dumps(_expected(found), ensure_ascii=False, indent=2) + "\n")
    expected = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    plain = json.loads(json.dumps(_expected(found)))
    differs = list(differences(expected, plain)) if expected is not None else []
    if expected is None:
        differs = ["(nothing is expected yet: look at it, then --accept)"]
    return _Outcome(kit, raw, found, differs)


class _StoppedClock:
    def now_ms(self) -> int:
        return _READ_AT_MS


def _expected(found: list[Tried]) -> list[Json]:
    """Return what does not change from one reading to the next."""
    from gateway.core.record import GATEWAY_MEMBERS  # noqa: PLC0415 - help must be quick

    return [
        {
            "state": one.state,
            "record": {
                name: value
                for name, value in (one.result or {}).items()
                if name not in GATEWAY_MEMBERS
            },
            "losses": [dict(loss) for loss in one.losses],
            "faults": [dict(fault) for fault in one.faults],
        }
        for one in found
    ]


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    beside = path.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)  # noqa: PTH105 - atomic


def _show_outcomes(outcomes: list[_Outcome]) -> None:
    for one in outcomes:
        if not one.good:
            show_tried(one.found, one.raw)
        for place in one.differs:
            show.say(f"differs: {place}")
        count = len(one.found)
        show.say(f"{one.kit.name}: {count} records, {'as expected' if one.good else 'not good'}")


adapters = click.Group(
    "adapters",
    commands=[list_, try_, check, versions, new, test],
    help="List adapters, see what one makes of documents, and begin a mapping.",
)
