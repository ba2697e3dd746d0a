"""One statement → one sealed envelope at the next place of a sequence. No store.

Shared by every kind that `seal` sends. `core` lays out, `keys` signs and closes: private keys are
asked through the agent, in lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.core import envelope, statement
from gateway.core.bodies import Body
from gateway.core.ids import PartnerId
from gateway.core.statement import Statement
from gateway.flow.exchange import Exchange
from gateway.flow.rows import ChannelRow, EnvelopeRow
from keys.suite import PublicKey, digest, encapsulate


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What one envelope shall say."""

    kind: str
    body: Body
    texts: Sequence[bytes] = ()
    evidence: Sequence[bytes] = ()  # statements of originators, of what is passed on
    agreement: str | None = None
    purpose: str | None = None
    until: int | None = None  # milliseconds: the first moment time alone could forbid it
    count: int = 0


def close(
    content: Content, channel: ChannelRow, recipient: PublicKey, epoch: int, exchange: Exchange
) -> tuple[EnvelopeRow, ChannelRow]:
    """Return the envelope at the channel's next place, and the channel after it.

    `recipient` is the key to seal to; that it may be is the caller's to see.
    """
    now_ms = exchange.now_ms()
    now = now_ms // 1000
    ep = channel.ep or now
    seq = channel.last_seq + 1
    said = Statement(
        iss=exchange.own.id,
        aud=PartnerId(channel.partner),
        rk=recipient.kid,
        ep=ep,
        seq=seq,
        prev=channel.last_digest,
        iat=now,
        exp=now + exchange.limits.envelope_validity_seconds,
        kind=content.kind,
        agr=content.agreement,
        pur=content.purpose,
        body=content.body,
    )
    unsigned = statement.lay_out(said, exchange.agent.signers(now))
    line = unsigned.assemble(exchange.agent.sign([unsigned.to_sign()])[0])
    cek = exchange.entropy.bytes(32)
    wire = envelope.lay_out(
        said,
        statement.plaintext(line, list(content.texts), list(content.evidence)),
        cek=cek,
        iv=exchange.entropy.bytes(12),
        sealed_for=encapsulate(recipient, cek),
    )
    row = EnvelopeRow(
        id=exchange.new_id(),
        partner=channel.partner,
        ep=ep,
        seq=seq,
        kind=content.kind,
        digest=digest(wire),
        statement=line,
        wire=wire,
        count=content.count,
        state="sealed",
        epoch=epoch,
        until=content.until,
        expires_at=said.exp * 1000,
        sealed_at=now_ms,
    )
    return row, replace(channel, ep=ep, last_seq=seq, last_digest=row.digest)
