"""The connection test of one partner, in stages, each with who must act.

Changes nothing and sends nothing of ours but a request for the partner's card. What comes back
is compared with what people confirmed; nothing of it is believed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

from gateway.core.errors import NotFound, Unavailable
from gateway.flow.configuration import Configuration
from gateway.flow.exchange import Exchange
from gateway.flow.peers import peer_of
from gateway.flow.ports import Answer, Peer
from gateway.flow.rows import ChannelRow
from keys.errors import KeysError
from keys.trust import parse_card
from schemas.versions import WRITTEN, Reading, readable

STAGES: Final = (
    "dns",
    "tcp",
    "tls",
    "our_certificate",
    "identity",
    "agreement",
    "clock",
    "schema",
    "signed_answer",
)
MOST_SKEW_MS: Final = 60_000
OURS, THEIRS, BOTH = "us", "partner", "both"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: passed, failed or unknown; `who` must act, and what they should do."""

    stage: str
    state: str
    who: str | None = None
    detail: str = ""
    advice: str = ""


def examine(partner: str, exchange: Exchange) -> Json:
    """Return every stage of the connection test. Raises NotFound."""
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        known = {row.id: row.state for row in work.config.partners()}
        back = work.envelopes.channel(partner, "in")
        out = work.envelopes.channel(partner, "out")
    if partner not in known:
        raise NotFound("no such partner")
    if known[partner] == "introduced":
        found = [_not_confirmed()]
    else:
        found = _stages(partner, configuration, (back, out), exchange)
    named = {one.stage: one for one in found}
    whole = [named.get(stage, Stage(stage, "unknown")) for stage in STAGES]
    first = next((one for one in whole if one.state == "failed"), None)
    return {
        "partner": partner,
        "passed": first is None,
        "first_fault": first.stage if first else None,
        "who": first.who if first else None,
        "stages": [asdict(one) for one in whole],
    }


def _not_confirmed() -> Stage:
    return Stage(
        "identity",
        "failed",
        OURS,
        "its card was introduced, and nobody confirmed it",
        "Compare its eight words by voice, then let two people confirm it.",
    )


def _stages(
    partner: str,
    configuration: Configuration,
    channels: tuple[ChannelRow, ChannelRow],
    exchange: Exchange,
) -> list[Stage]:
    peer = peer_of(partner, configuration)
    found = [_agreement(partner, configuration, exchange)]
    if peer is None:
        return [*found, *_heard(channels, exchange)]
    way = _way(peer, exchange)
    found += way
    if any(one.state == "failed" for one in way):
        return found
    try:
        answer = exchange.transport.card(peer)
    except Unavailable as error:
        advice = "Ask the partner whether it confirmed our newest card; give it once more if not."
        return [*found, Stage("our_certificate", "failed", THEIRS, error.detail, advice)]
    return [*found, *_answered(answer, partner, configuration, exchange)]


def _way(peer: Peer, exchange: Exchange) -> list[Stage]:
    """Return name, connection and TLS, as far as it goes."""
    return [
        Stage(one.stage, "passed")
        if one.code is None
        else Stage(one.stage, "failed", *_to_act(one.stage, one.code, one.detail))
        for one in exchange.transport.probe(peer)
    ]


def _to_act(stage: str, code: str, detail: str) -> tuple[str, str, str]:
    if code == "address-refused":
        return OURS, detail, "If its network is right, list it under allowed_networks."
    if stage == "dns":
        return THEIRS, detail, "Its card names a host that does not resolve; look at our DNS too."
    if stage == "tcp":
        return BOTH, detail, "Is its gateway up, and do both firewalls let this through?"
    return THEIRS, detail, "Ask it for its newest card; confirm it by its words, not without."


def _agreement(partner: str, configuration: Configuration, exchange: Exchange) -> Stage:
    now = exchange.now_ms()
    held = [
        one
        for one in configuration.covering(partner)
        if one.state == "active"
        and (one.valid_from or 0) <= now
        and (one.valid_until is None or now < one.valid_until)
    ]
    if held:
        return Stage("agreement", "passed", detail=", ".join(sorted(one.name for one in held)))
    advice = "Without an agreement nothing passes: propose one, and let the partner do the same."
    return Stage("agreement", "failed", OURS, "no agreement is in force", advice)


def _answered(
    answer: Answer, partner: str, configuration: Configuration, exchange: Exchange
) -> list[Stage]:
    if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        advice = "It does not know our certificate: give it our card, and let it confirm our words."
        detail = f"it answered {answer.status}"
        return [Stage("our_certificate", "failed", THEIRS, detail, advice)]
    if answer.status != HTTPStatus.OK:
        detail = f"it answered {answer.status}"
        advice = "Its administrator finds the request in its log."
        return [Stage("our_certificate", "failed", THEIRS, detail, advice)]
    headers = answer.headers or {}
    return [
        Stage("our_certificate", "passed"),
        *_card(answer.body, partner, configuration),
        _clock(headers.get("date"), exchange),
        _schema(headers.get("schema-versions")),
    ]


def _card(raw: bytes, partner: str, configuration: Configuration) -> Sequence[Stage]:
    try:
        signed = parse_card(raw.strip())
    except KeysError:
        advice = "Its gateway serves a card that its own keys did not sign."
        fault = Stage("signed_answer", "failed", THEIRS, "its card does not verify", advice)
        return [fault]
    held = configuration.cards.get(partner)
    keys = {key.kid for key in held.signing} if held else set()
    if signed.card.id != partner:
        advice = "Compare its endpoint on the card with the partner."
        return [Stage("identity", "failed", THEIRS, "another gateway answers there", advice)]
    if not keys & {key.kid for key in signed.card.signing}:
        advice = "It signs with keys nobody here confirmed: ask by voice, then introduce its card."
        return [
            Stage("identity", "passed"),
            Stage("signed_answer", "failed", BOTH, "its signing keys are others now", advice),
        ]
    newer = held is not None and signed.card.version > held.version
    detail = f"its card has version {signed.card.version} now" if newer else ""
    return [Stage("identity", "passed", detail=detail), Stage("signed_answer", "passed")]


def _clock(date: str | None, exchange: Exchange) -> Stage:
    try:
        theirs = parsedate_to_datetime(date or "").timestamp() * 1000
    except ValueError:
        return Stage("clock", "unknown", detail="it does not say what time it is")
    skew = round(theirs - exchange.now_ms())
    detail = f"{skew / 1000:+.1f} s"
    if abs(skew) <= MOST_SKEW_MS:
        return Stage("clock", "passed", detail=detail)
    return Stage("clock", "failed", BOTH, detail, "Compare both clocks with a time server.")


def _schema(said: str | None) -> Stage:
    if not said:
        return Stage("schema", "unknown", detail="it does not say what it writes")
    unread = []
    for one in (part.strip() for part in said.split(",")):
        kind = one.partition("@")[0]
        if kind in WRITTEN and readable(one) is Reading.UNKNOWN:
            unread.append(one)
    if unread:
        advice = "Upgrade this gateway: its versions of the schema are newer than ours."
        return Stage("schema", "failed", OURS, ", ".join(unread), advice)
    return Stage("schema", "passed")


def _heard(channels: tuple[ChannelRow, ChannelRow], exchange: Exchange) -> list[Stage]:
    """Return what can be said of a partner that fetches: whether it was ever heard."""
    heard = max((one.heard_at or 0 for one in channels), default=0)
    if not heard:
        advice = "It fetches from us: ask it to look whether it reaches our address."
        return [Stage("our_certificate", "failed", THEIRS, "it was never heard", advice)]
    minutes = (exchange.now_ms() - heard) // 60_000
    return [Stage("our_certificate", "passed", detail=f"heard {minutes} minutes ago")]
