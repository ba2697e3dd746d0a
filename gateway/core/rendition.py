"""The text that one recipient gets: reduced as decided, with a fresh nonce and its terms. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.core.decision import Decision
from gateway.core.leaving_out import withheld_of
from gateway.core.places import whole_of
from gateway.core.policy import rendered
from gateway.core.record import Record, compact


def rendition_text(
    record: Record,
    decision: Decision,
    *,
    rendition: str,
    nonce: str,
    contact: Mapping[str, str | None],
) -> bytes:
    """Return the record text for the recipient of `decision`, one JSON object on one line.

    `nonce` is 32 fresh random bytes in b64: one nonce in two forms would let the holder of the
    shorter guess what was left out. Pointers under `withheld` refer to the unreduced record.
    """
    reduced = record
    if decision.rendered:
        reduced = rendered(reduced, decision.rendered)
    if decision.reductions:
        reduced = reduced.without(decision.withheld)
    terms = {
        **(decision.terms.json() if decision.terms else {}),
        "contact": {name: value for name, value in contact.items() if value},
    }
    taken = withheld_of(record.body)  # by a notice, before
    withheld = [
        *(record.body.get("rendition") or {}).get("withheld", ()),
        *(
            {"pointer": whole_of(cut.pointer, taken), "code": cut.code}
            for cut in decision.reductions
        ),
    ]
    body = {
        **reduced.body,
        "rendition": {"id": rendition, "withheld": withheld},
        "nonce": nonce,
        "terms": terms,
    }
    return compact(body)
