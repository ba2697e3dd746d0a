"""Whose text is it: the sender's own, or passed on with the originator's statement as evidence.

Step (18) of docs/spec/wire.md, section 6: a fault here is a verdict on that text alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.core.bodies import Texts
from gateway.core.errors import Malformed
from gateway.core.statement import EvidenceRefused, check_evidence, parse, parse_payload
from gateway.flow.configuration import Configuration
from gateway.flow.rows_after import EvidenceRow
from keys.suite import digest


def origin_of(
    text: bytes, evidence: Sequence[bytes], sender: str, configuration: Configuration
) -> tuple[str, EvidenceRow | None]:
    """Return the partner a text comes from, and its evidence if that is not the sender.

    Raises EvidenceRefused for evidence that names this text and does not prove it.
    """
    own = digest(text)
    for line in evidence:
        try:
            said = parse_payload(parse(line).payload)
        except Malformed:
            continue  # it names no text; what it was to prove counts as the sender's
        if not isinstance(said.body, Texts) or own not in said.body.items:
            continue
        ring = configuration.rings.get(said.iss)
        if ring is None:
            raise EvidenceRefused("the originator is no partner of ours")
        check_evidence(line, text, ring)
        return said.iss, EvidenceRow(said.iss, own, line)
    return sender, None
