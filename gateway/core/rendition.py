"""The text that one recipient gets: reduced as decided, with fresh nonce and its terms.

Pure. What never leaves, whatever was decided, is taken out here and named like every other cut:
notes of necessity, reasons for a category, chains of originators.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.core.policy import Decision
from gateway.core.record import Record, compact

NEVER_LEAVES = "never-leaves"


def rendition_text(
    record: Record,
    decision: Decision,
    *,
    rendition: str,
    nonce: str,
    contact: Mapping[str, str],
) -> bytes:
    """Return the record text for the recipient of `decision`, one JSON object on one line.

    `nonce` is 32 fresh random bytes in b64: one nonce in two forms would let the holder of the
    shorter guess what was left out. Pointers under `withheld` refer to the unreduced record.
    """
    cuts = {cut.pointer: cut.code for cut in decision.reductions}
    for pointer in _never(record.body):
        cuts.setdefault(pointer, NEVER_LEAVES)
    reduced = record.without(cuts)
    terms = {**(decision.terms.json() if decision.terms else {}), "contact": dict(contact)}
    body = {
        **reduced.body,
        "rendition": {
            "id": rendition,
            "withheld": [{"pointer": pointer, "code": code} for pointer, code in cuts.items()],
        },
        "nonce": nonce,
        "terms": terms,
    }
    return compact(body)


def _never(body: Mapping[str, Any]) -> Iterator[str]:
    governance = body.get("governance", {})
    if governance.get("necessity", {}).get("text") is not None:
        yield "/governance/necessity/text"
    if governance.get("originator_chain"):
        yield "/governance/originator_chain"
    for place, person in enumerate(body.get("persons", ())):
        if person.get("category_reason") is not None:
            yield f"/persons/{place}/category_reason"
