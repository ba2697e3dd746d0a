"""The journey of a hosting report to the hoster: an XARF report, made for a takedown desk to send.

The gateway sends it nowhere: who the hoster is and how it wants to be written to, the desk knows.
That it was made, for whom and by whom, is in the ledger before anybody sees it.

Stays true:
  * A partner's record goes to a hoster only if its terms say that it may be passed on there.
  * What was recalled, restricted or superseded is not written any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from adapters.hoster_xarf import Judgment, NotForHoster, Notifier, Written, for_hoster
from gateway.core.errors import Fault, Forbidden, GatewayError
from gateway.core.terms import YES, PassOn, in_words, may
from gateway.flow.acts import entries
from gateway.flow.exchange import Exchange
from gateway.flow.look import record_view

CURRENT = ("current",)
REASON = "takedown_notice"


class NotWritten(GatewayError):
    """The record cannot be written for a hoster."""

    code: ClassVar[str] = "not-for-hoster"
    advice: ClassVar[str] = "Each fault names what stands against it."


def write_for_hoster(
    record_id: str, hoster: str, by: Notifier, judgment: Judgment, who: str, exchange: Exchange
) -> Written:
    """Return the XARF report of a record for `hoster`, an organisation's id.

    `who` asked. Raises NotFound, Forbidden, NotWritten with all faults.
    """
    view = record_view(record_id, None, exchange)
    body = view.get("body")
    if view["state"] not in CURRENT or body is None:
        raise Forbidden(f"the record is {view['state']}")
    terms = terms_for(view, hoster)
    try:
        written = for_hoster(body, by, terms=terms, judgment=judgment)
    except NotForHoster as refused:
        faults = tuple(Fault(f.pointer, f.code, f.detail, f.hint) for f in refused.faults)
        raise NotWritten(faults=faults) from None
    about = {"record": record_id, "version": view["version"], "by": who, "reason": REASON}
    with exchange.store.writing() as work:
        work.ledger.add(entries([("looked", about)], exchange))
        exchange.commit(work, "for_hoster")
    return written


def terms_for(view: Mapping[str, Any], hoster: str) -> list[str]:
    """Return the sentences that the hoster reads first; of a partner's record, the partner's.

    Whom of the partner we may call is no business of the hoster's. Raises Forbidden.
    """
    came_under = view["body"].get("terms")
    if view["from"] is None or came_under is None:
        return ["For the removal of this content only; do not pass it on."]
    answer = may(PassOn(hoster), came_under, state=view["state"])
    if answer.answer != YES:
        raise Forbidden(f"the terms of this record do not let it go to a hoster: {answer.answer}")
    return [one["text"] for one in in_words(came_under) if one["id"] != "T-contact"]
