"""A record that comes in again after it was recalled for want of a consent; a part of `open`."""

from __future__ import annotations

from dataclasses import replace

from gateway.core.lifecycle import step
from gateway.core.notice import CONSENT_WITHDRAWN
from gateway.flow.arriving_notices import Known, forbids
from gateway.flow.arriving_records import Accepted
from gateway.flow.rows_after import NoticeRow


def recalls_over(one: Accepted, sealed_at: int, known: Known) -> list[NoticeRow]:
    """Return the recalls that a text sealed at `sealed_at` s shows to be over, as they are then.

    Its originator brings it itself, sealed after each of them; they were for want of a consent, and
    nothing else forbids the version. Without such recalls: nothing, and it does not come back.
    """
    held = known.versions[one.record.id]
    if not held or held[-1].version != one.record.version or one.proof is not None:
        return []
    copy = held[-1]
    notices = known.notices.get(one.record.id, [])
    over = [notice for notice in notices if _is_for_want(notice) and notice.at < sealed_at * 1000]
    keys = {notice.key for notice in over}
    left = [notice for notice in notices if notice.key not in keys]
    if copy.state != "recalled" or copy.data_key is not None or forbids(left, copy) is not None:
        return []
    return [replace(notice, state=step("notice", notice.state, "end")) for notice in over]


def _is_for_want(notice: NoticeRow) -> bool:
    return (notice.kind, notice.person, notice.code, notice.state) == (
        "recall",
        None,
        CONSENT_WITHDRAWN,
        "applied",
    )


def forget(over: list[NoticeRow], known: Known) -> None:
    """Let what is known of these recalls be that they are over."""
    by_key = {notice.key: notice for notice in over}
    for notice in over:
        known.notices[notice.record] = [
            by_key.get(one.key, one) for one in known.notices[notice.record]
        ]
