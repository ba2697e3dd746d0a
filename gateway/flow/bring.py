"""What goes to a national system that does not fetch it, one parcel for each record or notice.

The part that both ways share (`bring_push`, `bring_files`): what is due, how it is written, and
what the system's answer does. Notices go before records: they stop the use of what went before.

Stays true:
  * An entry is `handed` before its first byte leaves; only an answer of the system settles it.
  * The same parcel has the same name at each try, so that the system can tell it came before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from adapters.base import Handed
from gateway.core.errors import Conflict, GatewayError, NotFound
from gateway.core.retry import retry_at
from gateway.flow.exchange import Exchange
from gateway.flow.follow_notices import notice_entry, settle_notice
from gateway.flow.hand_on import given, number, settle
from gateway.flow.identify import Client
from gateway.flow.lease import Lease
from gateway.flow.ports import NationalSystem, UnitOfWork
from gateway.flow.rows_national import TRIED, HandoverRow

Place = tuple[str, int, str]  # about, version, partner: as in `HandoverRow`

PARCELS_PER_RUN: Final = 32
WAY: Final[Place] = ("", 0, "")  # the way itself
REFUSED: Final = "refused"  # the code of a no that named none
NATIVE_MEDIA: Final = "application/json"
_CODE: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One record, or one notice of a partner (version 0), written for one national system."""

    about: str
    version: int
    partner: str
    media_type: str
    body: bytes = field(repr=False)

    @property
    def place(self) -> Place:
        """Where its row stands."""
        return self.about, self.version, self.partner

    @property
    def name(self) -> str:
        """The same at each try; also the name of a file."""
        bare = self.about.removeprefix("urn:uuid:")
        return f"record-{bare}.{self.version}" if self.version else f"notice-{bare}.{self.partner}"


def parcels(client: Client, limit: int, lease: Lease, exchange: Exchange) -> list[Parcel]:
    """Return what is due for this client, and mark it as handed.

    What its rendering refuses is noted and left: it stays in the inbox.
    """
    number(client.name, exchange)
    now = exchange.now_ms()
    with exchange.store.reading() as work:
        notices = work.handovers.due_notices(client.name, now_ms=now, limit=limit)
        rows = work.handovers.due_records(client.name, now_ms=now, limit=limit - len(notices))
    found = [
        Parcel(
            about=row.notice,
            version=0,
            partner=row.partner,
            media_type=NATIVE_MEDIA,
            body=json.dumps(notice_entry(row)).encode(),
        )
        for row in notices
    ]
    refused: list[HandoverRow] = []
    system = exchange.systems[client.name]
    for handed in given(client, rows, exchange):
        try:
            found.append(_written(handed, system, exchange))
        except GatewayError as error:
            place = (handed.record, handed.version, "")
            refused.append(failed(client.name, place, error.code, exchange))
    if refused:
        note(refused, lease, exchange)
    return found


def _written(handed: Handed, system: NationalSystem, exchange: Exchange) -> Parcel:
    media_type, rendered = exchange.adapters.render(handed, system.rendering)
    return Parcel(
        about=handed.record,
        version=handed.version,
        partner="",
        media_type=media_type,
        body=rendered.body,
    )


def failed(
    client: str,
    place: Place,
    outcome: str,
    exchange: Exchange,
    retry_after_seconds: int | None = None,
) -> HandoverRow:
    """Return the row of a try that came to nothing, with the moment of the next one."""
    with exchange.store.reading() as work:
        before = work.handovers.get(client, *place)
    failures = before.failures if before else 0
    now = exchange.now_ms()
    return HandoverRow(
        client=client,
        about=place[0],
        version=place[1],
        partner=place[2],
        stage=TRIED,
        at=before.at if before else now,
        retry_at=retry_at(
            now, failures, exchange.entropy.bytes(8), exchange.pauses, retry_after_seconds
        ),
        failures=failures + 1,
        outcome=outcome,
    )


def note(rows: Sequence[HandoverRow], lease: Lease, exchange: Exchange) -> None:
    """Write down how far we are."""
    with exchange.store.writing() as work:
        lease.demand(work)
        work.handovers.put(rows)
        exchange.commit(work, "bring.noted")


def is_waiting(client: str, work: UnitOfWork, exchange: Exchange) -> bool:
    """Return whether the way itself failed and is not to be tried yet."""
    way = work.handovers.get(client, *WAY)
    return way is not None and way.retry_at > exchange.now_ms()


def works_again(client: str, lease: Lease, exchange: Exchange) -> None:
    """Note that the way works, if it had failed."""
    with exchange.store.reading() as work:
        had_failed = work.handovers.get(client, *WAY) is not None
    if had_failed:
        with exchange.store.writing() as work:
            lease.demand(work)
            work.handovers.forget(client, *WAY)
            exchange.commit(work, "bring.works")


def answered(
    client: Client, place: Place, exchange: Exchange, *, yes: bool, code: str | None
) -> None:
    """Let the system's yes or no to a parcel take effect, once.

    If it was settled meanwhile, by the API or a notice, that stands.
    """
    about, version, partner = place
    reason = None if yes else code
    with suppress(Conflict, NotFound):
        if version:
            settle(client, about, version, exchange, accepted=yes, code=reason)
        else:
            settle_notice(client, about, exchange, done=yes, reason=reason, partner=partner)


def code_in(body: bytes) -> str:
    """Return the code that a no carries: a member `code` of a JSON object."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return REFUSED
    code = said.get("code") if isinstance(said, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else REFUSED
