"""The journey of an alarm to people: by mail and to a webhook, when it begins and when it ends.

Owns what each bell was told. A message holds codes, ids, counts and times, so that it may pass
through any mail server.

Stays true:
  * Each bell is told of an alarm once, and once that it is over; told again only if the gateway
    died between telling and noting it.
  * A bell that cannot be reached is tried again at the next look, and holds up no other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import structlog

from gateway.core.errors import Unavailable
from gateway.core.signed_post import lay_out
from gateway.flow.alarms import Alarm, rhythm_of, ringing_now
from gateway.flow.asked import instant
from gateway.flow.exchange import Exchange
from gateway.flow.ports import Endpoint, Mail
from gateway.flow.rows_alarms import RhythmRow, ToldRow
from keys.jws import ToSign

_log = structlog.get_logger(__name__)
_TAKEN: Final = (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT)

Ring = Callable[["Change"], None]


class BellUnreachable(Unavailable):
    """The mail server or the webhook did not take a message."""

    code = "bell-unreachable"


@dataclass(frozen=True, slots=True)
class Change:
    """What one bell is to be told: alarms that began, and those that ended."""

    gateway: str
    at: int
    began: Sequence[Alarm]
    ended: Sequence[ToldRow]

    def as_json(self) -> dict[str, Any]:
        """Return it as a webhook gets it."""
        return {
            "gateway": self.gateway,
            "at": instant(self.at),
            "began": [
                {"code": a.code, "subject": a.subject, "since": instant(a.since), "count": a.count}
                for a in self.began
            ],
            "ended": [{"code": one.code, "subject": one.subject} for one in self.ended],
        }

    def as_text(self) -> tuple[str, str]:
        """Return it as a mail has it: its subject and its text."""
        subject = f"[{self.gateway}] {len(self.began)} alarms began, {len(self.ended)} ended"
        lines = [
            *(f"BEGAN {a.code} {a.subject} count {a.count} {instant(a.since)}" for a in self.began),
            *(f"ENDED {one.code} {one.subject}" for one in self.ended),
            "",
            "What each means and what to do: page Alarms of the console, or docs/howto/alarms.md.",
        ]
        return subject, "\n".join(lines) + "\n"


def ring_bells(exchange: Exchange) -> int:
    """Tell each bell what it does not know; return how many messages were taken."""
    alarms = ringing_now(exchange)
    bells = _bells(exchange)
    return sum(_ring(name, ring, alarms, exchange) for name, ring in bells.items())


def note_rhythms(exchange: Exchange) -> None:
    """Take note of which partners were heard since the last look."""
    with exchange.store.writing() as work:
        known = {row.partner: row for row in work.alarms.rhythms()}
        heard = {
            row.partner: row.heard_at
            for row in work.envelopes.channels()
            if row.direction == "in" and row.heard_at is not None
        }
        changed = [row for name, at in heard.items() if (row := _after(name, at, known.get(name)))]
        for row in changed:
            work.alarms.put_rhythm(row)
        if changed:
            exchange.commit(work, "alarms.rhythm")


def _after(partner: str, at: int, before: RhythmRow | None) -> RhythmRow | None:
    """Return the row of a partner that was heard then; None if that is known."""
    if before is None:
        return RhythmRow(partner=partner, first_at=at, heard_at=at, times=1, longest_ms=0)
    now = rhythm_of(before).heard(at)
    if now.heard_at == before.heard_at:
        return None
    return RhythmRow(
        partner=partner,
        first_at=now.first_at,
        heard_at=now.heard_at,
        times=now.times,
        longest_ms=now.longest_ms,
    )


def _bells(exchange: Exchange) -> dict[str, Ring]:
    bells: dict[str, Ring] = {}
    if (mail := exchange.alarm_mail) is not None:
        bells["mail"] = lambda change: _send(change, mail)
    if (hook := exchange.alarm_hook) is not None:
        bells["webhook"] = lambda change: _post(change, hook, exchange)
    return bells


def _ring(name: str, ring: Ring, alarms: Sequence[Alarm], exchange: Exchange) -> int:
    with exchange.store.reading() as work:
        told = {(row.code, row.subject): row for row in work.alarms.told(name)}
    now = {(one.code, one.subject): one for one in alarms}
    began = [one for place, one in now.items() if place not in told]
    ended = [row for place, row in told.items() if place not in now]
    if not began and not ended:
        return 0
    at = exchange.now_ms()
    try:
        ring(Change(exchange.own.id, at, began, ended))
    except Unavailable as error:
        _log.warning("alarm.not_told", bell=name, code=error.code)
        return 0
    with exchange.store.writing() as work:
        work.alarms.forget(ended)
        work.alarms.tell(
            [ToldRow(bell=name, code=a.code, subject=a.subject, told_at=at) for a in began]
        )
        exchange.commit(work, "alarms.told")
    return 1


def _send(change: Change, mail: Mail) -> None:
    mail.send(*change.as_text())


def _post(change: Change, hook: Endpoint, exchange: Exchange) -> None:
    """POST it, signed as what is brought to a national system is. Raises Unavailable."""
    body = json.dumps(change.as_json(), ensure_ascii=False).encode()
    signer, _ = exchange.agent.signers(change.at // 1000)
    post = lay_out(
        hook.url,
        body,
        media_type="application/json",
        key=exchange.new_id(),
        kid=signer.kid,
        now_ms=change.at,
    )
    signature = exchange.agent.sign([[ToSign(signer.kid, post.to_sign)]])[0][0]
    if hook.post(body, post.signed(signature)).status not in _TAKEN:
        raise BellUnreachable
