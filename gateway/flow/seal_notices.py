"""Notices that are due → what one envelope of them says.

A part of `seal`, apart for its size. Notices are not decided on: whoever may hold a record is
told, under an ended agreement too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gateway.core import statement
from gateway.core.bodies import Texts
from gateway.core.lifecycle import step
from gateway.core.notice import Notice, lay_out
from gateway.flow.enveloping import Content
from gateway.flow.exchange import Exchange
from gateway.flow.former import author_of
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import DataKey, EnvelopeRow, ReleaseRow
from gateway.flow.rows_after import NoticeRow
from gateway.flow.vault import NOTICE, Opening
from keys.suite import b64, digest


def contents(
    due: Sequence[ReleaseRow], exchange: Exchange
) -> tuple[Content, list[ReleaseRow], list[str]]:
    """Return what goes into the envelope, the releases it carries, the digests of their texts.

    As many as fit, all under the agreement and purpose of the first.
    """
    first = due[0]
    group = [row for row in due if (row.agreement, row.purpose) == (first.agreement, first.purpose)]
    with exchange.store.reading() as work:
        notices = _notices(group, work)
        keys = work.records.data_keys([row.data_key for row in notices.values() if row.data_key])
    texts = [_text(notices[row.id], keys, exchange) for row in group]
    proven = [
        (notices[row.id].author, digest(text)) for row, text in zip(group, texts, strict=True)
    ]
    with exchange.store.reading() as work:
        lines = work.follow.evidence([key for key in proven if key[0]])
    proofs = [lines.get(key) for key in proven]
    evidence = list(dict.fromkeys(line for line in proofs if line is not None))
    fits = max(1, statement.fitting(texts, evidence))
    group, texts, proofs = group[:fits], texts[:fits], proofs[:fits]
    evidence = list(dict.fromkeys(line for line in proofs if line is not None))
    digests = [digest(text) for text in texts]
    content = Content(
        kind="notice",
        body=Texts(items=tuple(digests), evidence=tuple(digest(line) for line in evidence)),
        texts=texts,
        evidence=evidence,
        agreement=first.agreement,
        purpose=first.purpose,
        count=len(group),
    )
    return content, group, digests


def sealed(
    group: Sequence[ReleaseRow], digests: Sequence[str], row: EnvelopeRow
) -> list[ReleaseRow]:
    """Return these releases as they are once the envelope holds them."""
    return [
        replace(one, state=step("release", "due", "seal"), envelope=row.id, rendition=text_digest)
        for one, text_digest in zip(group, digests, strict=True)
    ]


def _notices(group: Sequence[ReleaseRow], work: UnitOfWork) -> dict[str, NoticeRow]:
    """Return the notices by the id of their release.

    A release names the id of its notice alone: it is one of whoever the version came from, or ours.
    """
    records = work.records.newest([row.record for row in group])
    given = work.follow.given(list(records))
    keys = {
        row.id: (
            author_of(
                row.version,
                records[row.record].from_partner,
                [one for one in given if one.record == row.record],
            ),
            row.notice,
        )
        for row in group
    }
    found = {one.key: one for one in work.notices.get(list(keys.values()))}
    return {row.id: found.get(keys[row.id]) or _of_another(row, work) for row in group}


def _of_another(row: ReleaseRow, work: UnitOfWork) -> NoticeRow:
    told = [one for one in work.notices.of_id(row.notice) if one.record == row.record]
    return next(one for one in told if one.state != "waiting")


def _text(notice: NoticeRow, keys: Mapping[str, DataKey], exchange: Exchange) -> bytes:
    """Return the text: ours with a fresh nonce, another's as it came."""
    key = keys.get(notice.data_key or "")
    if notice.text is not None and key is not None:
        opening = Opening(
            sealed=notice.text,
            data_key=key,
            table=NOTICE,
            id=notice.id,
            version=notice.version,
        )
        return exchange.vault.open([opening])[0]
    said = Notice(
        id=notice.id,
        record=notice.record,
        version=notice.version,
        kind=notice.kind,
        person=notice.person,
        code=notice.code,
        until=None if notice.until is None else notice.until // 1000,
        at=notice.at // 1000,
    )
    return lay_out(said, b64(exchange.entropy.bytes(32)))
