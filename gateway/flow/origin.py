"""Whose text is it: the sender's own, or passed on with the originator's statement as evidence.

Step (18) of docs/spec/wire.md, section 6: a fault here is a verdict on that text alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.core.bodies import Texts
from gateway.core.errors import Malformed
from gateway.core.statement import EvidenceRefused, check_evidence, parse, parse_payload
from gateway.flow.configuration import Configuration
from gateway.flow.rows_after import EvidenceRow
from keys.suite import digest


@dataclass(frozen=True, slots=True)
class Origin:
    """Who wrote a text, the proof if that is not the sender, and by whose hands it came."""

    author: str
    proof: EvidenceRow | None = None
    via: str | None = None  # to whom the originator gave it; None: to us
    brought_by: str | None = None  # None: the originator itself


def origin_of(
    text: bytes, evidence: Sequence[bytes], sender: str, own: str, configuration: Configuration
) -> Origin:
    """Return where a text comes from. `own` is our own id.

    Raises EvidenceRefused for evidence that names this text and does not prove it.
    """
    named = digest(text)
    for line in evidence:
        try:
            said = parse_payload(parse(line).payload)
        except Malformed:
            continue  # it names no text; what it was to prove counts as the sender's
        if not isinstance(said.body, Texts) or named not in said.body.items:
            continue
        ring = configuration.rings.get(said.iss)
        if ring is None:
            raise EvidenceRefused("the originator is no partner of ours")
        check_evidence(line, text, ring)
        proof = EvidenceRow(said.iss, named, line)
        if own == said.aud or sender == said.iss:  # its word to us, whoever carried it
            return Origin(said.iss, proof)
        return Origin(said.iss, proof, via=said.aud, brought_by=sender)
    return Origin(sender)
