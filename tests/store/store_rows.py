"""Rows for the tests of the store: whole, with what a test cares about as arguments."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.flow.rows import (
    ArrivalRow,
    DataKey,
    EnvelopeRow,
    InboxRow,
    ItemRow,
    LedgerRow,
    OriginalRow,
    ReceiptRow,
    RecordRow,
    ReleaseRow,
    Sealed,
    VerdictRow,
)
from gateway.flow.rows_accounts import AccountRow, PasskeyRow, SessionRow
from gateway.flow.rows_after import (
    CopyRow,
    DisclosureRow,
    FurtherRow,
    InboxNoticeRow,
    NoticeRow,
    SubjectsRow,
)
from gateway.flow.rows_asked import AskedRow
from gateway.flow.rows_carried import CarriedRow
from gateway.flow.rows_corroboration import PromotionRow, SubjectLinkRow
from gateway.flow.rows_national import HandoverRow, PickedRow, PullRow
from gateway.flow.rows_people import ApprovalRow, ProposalRow


def record_id(number: int) -> str:
    return f"urn:uuid:00000000-0000-7000-8000-{number:012x}"


def an_item(name: str = "fiu.ee", kind: str = "agreement", **members: Any) -> ItemRow:
    row = ItemRow(
        kind=kind, name=name, version=0, change=0, body={"partner": name, "types": ["case"]},
        digest="d", origin="file", state="active", valid_from=None, valid_until=None,
        approved_by=("a", "b"),
    )  # fmt: skip
    return replace(row, **members)


def a_record(number: int = 1, version: int = 1, **members: Any) -> RecordRow:
    row = RecordRow(
        id=record_id(number), version=version, org="police", from_partner=None, type="case",
        schema="case@1.0", source="native", ref_tag=f"ref-{number}", content_tag=f"c-{number}",
        sha256="s", urgency=3, text=Sealed(b"text"), trail=Sealed(b"trail"),
        data_key=f"key-{number}-{version}", original=None, statement=None, state="current",
        received_at=1_000 + number,
    )  # fmt: skip
    return replace(row, **members)


def its_key(record: RecordRow) -> DataKey:
    return DataKey(id=str(record.data_key), kek=record.org, wrapped=b"wrapped-" + b"k" * 32)


def an_original(number: int = 1, **members: Any) -> OriginalRow:
    row = OriginalRow(
        id=f"o-{number:06}", org="police", client="cms", source="native", format="json",
        digest=f"tag-{number}", size=10, content=Sealed(b"raw"), data_key=f"okey-{number}",
        state="kept", received_at=5, erase_at=50,
    )  # fmt: skip
    return replace(row, **members)


def a_release(number: int = 1, partner: str = "fiu.ee", **members: Any) -> ReleaseRow:
    row = ReleaseRow(
        id=f"r-{number:06}", partner=partner, record=record_id(number), version=1, urgency=3,
        state="due", trace=({"rule": "R-01", "outcome": "pass"},), code="R-01", epoch=1,
        decided_at=10, purpose="investigation", basis="a@1", agreement="a",
        withheld=("/risk",), terms={"handling": "amber"}, approvers=("anna",),
    )  # fmt: skip
    return replace(row, **members)


def an_envelope(seq: int = 1, partner: str = "fiu.ee", **members: Any) -> EnvelopeRow:
    row = EnvelopeRow(
        id=f"e-{members.get('ep', 1)}-{seq:06}-{partner}", partner=partner, ep=1, seq=seq,
        kind="records", digest=f"digest-{members.get('ep', 1)}-{seq}", statement=b"statement",
        wire=b"wire-%d" % seq, count=1, state="sealed", epoch=1, until=None, expires_at=10_000,
        sealed_at=100,
    )  # fmt: skip
    return replace(row, **members)


def an_arrival(number: int = 1, partner: str = "fiu.ee", **members: Any) -> ArrivalRow:
    row = ArrivalRow(
        id=f"a-{number:06}", partner=partner, digest=f"in-{number}", ep=1, seq=number,
        wire=b"bytes", state="arrived", arrived_at=7, size=5,
    )  # fmt: skip
    return replace(row, **members)


def an_entry(number: int = 1, client: str = "cms", **members: Any) -> InboxRow:
    row = InboxRow(
        client=client, record=record_id(number), version=1, partner="fiu.ee", state="waiting",
        ep=1, seq=number,
    )  # fmt: skip
    return replace(row, **members)


def a_receipt(number: int = 1, direction: str = "made", **members: Any) -> ReceiptRow:
    row = ReceiptRow(
        partner="fiu.ee", direction=direction, number=0, digest=f"in-{number}", ep=1, seq=number,
        text=b"receipt-%d" % number, state="made",
    )  # fmt: skip
    return replace(row, **members)


def a_verdict(number: int = 1, **members: Any) -> VerdictRow:
    row = VerdictRow(
        id=f"v-{number:06}", partner="fiu.ee", ep=1, seq=1, record=record_id(number), version=1,
        state="accepted", code=None,
    )  # fmt: skip
    return replace(row, **members)


def a_ledger_row(number: int = 1, **members: Any) -> LedgerRow:
    row = LedgerRow(
        id=f"l-{number:06}", act="submitted", entry=b"{}", salt=b"s" * 32, leaf=b"l" * 32, at=1
    )
    return replace(row, **members)


def a_proposal(number: int = 1, **members: Any) -> ProposalRow:
    row = ProposalRow(
        id=f"p-{number:06}", org="police", act="approve-holds", body={"releases": ["r-1"]},
        digest="d", proposer="officer-1", approver=None, state="open", reason="reviewed",
        proposed_at=1, expires_at=100,
    )  # fmt: skip
    return replace(row, **members)


def an_approval(number: int = 1, **members: Any) -> ApprovalRow:
    row = ApprovalRow(
        id=f"y-{number:06}", record=record_id(number), version=1, partner="fiu.ee", rule="R-05",
        by=("officer-1", "officer-2"), proposal=f"p-{number:06}", ground="vital_interest",
        necessity="victim_safeguarding",
    )  # fmt: skip
    return replace(row, **members)


def an_account(person: str = "officer-1", **members: Any) -> AccountRow:
    row = AccountRow(
        person=person, state="active", invite=None, invite_until=None, password="$argon2id$x",
        data_key="k-1", used_step=0, failures=0, locked_until=0, changed_at=1,
        secret=Sealed(b"sealed"),
    )  # fmt: skip
    return replace(row, **members)


def a_session(number: int = 1, **members: Any) -> SessionRow:
    row = SessionRow(id=f"s-{number:06}", person="officer-1", started_at=1, seen_at=1, proven_at=1)
    return replace(row, **members)


def a_passkey(number: int = 1, **members: Any) -> PasskeyRow:
    row = PasskeyRow(
        id=f"p-{number:06}", person="officer-1", host="gateway.example", public_key=b"k",
        count=0, added_at=number, used_at=1,
    )  # fmt: skip
    return replace(row, **members)


def a_subject_link(number: int = 1, **members: Any) -> SubjectLinkRow:
    row = SubjectLinkRow(
        id=f"k-{number:06}", org="police", record=record_id(number), version=1,
        other=record_id(number + 1), other_version=2, part="/persons/0", other_part="/persons/1",
        proposer="analyst-1", approver="officer-2", at=5,
        on={"record": ["t1"], "other": ["t2"], "shared": []},
    )  # fmt: skip
    return replace(row, **members)


def a_promotion(number: int = 1, **members: Any) -> PromotionRow:
    row = PromotionRow(
        id=f"m-{number:06}", org="police", record=f"case-{number}", version=1,
        origin=record_id(number), origin_version=1, ground=f"ground-{number}", ground_version=2,
        kind="hotline_report", link="email", proposer="analyst-1", approver="officer-2", at=5,
        state="standing",
    )  # fmt: skip
    return replace(row, **members)


def a_notice(number: int = 1, **members: Any) -> NoticeRow:
    row = NoticeRow(
        id=f"n-{number:06}", record=record_id(number), version=1, kind="recall", person=None,
        code="wrong-person", from_partner=None, until=None, at=5, state="applied",
        text=Sealed(b"notice"), data_key=f"nkey-{number}",
    )  # fmt: skip
    return replace(row, **members)


def an_inbox_notice(number: int = 1, client: str = "cms", **members: Any) -> InboxNoticeRow:
    row = InboxNoticeRow(
        client=client, notice=f"n-{number:06}", cause=f"n-{number:06}", record=record_id(number),
        version=1, versions=(1,), kind="recall", person="/persons/0", code="wrong_person",
        until=None, at=5, partner="fiu.ee", state="waiting",
    )  # fmt: skip
    return replace(row, **members)


def a_handover(number: int = 1, client: str = "cms", **members: Any) -> HandoverRow:
    row = HandoverRow(
        client=client, about=record_id(number), version=1, partner="", stage="tried", at=5,
        retry_at=100, failures=1, outcome="500",
    )  # fmt: skip
    return replace(row, **members)


def a_pull(source: str = "cases", **members: Any) -> PullRow:
    return replace(PullRow(source=source, since=5, quiet_ms=60), **members)


def a_picked(number: int = 1, **members: Any) -> PickedRow:
    row = PickedRow(
        source="cases", digest=f"d-{number:06}", name="one.json", state="done", size=9, at=number,
        read_by="native@1", report={"counts": {"stored": 1}},
    )  # fmt: skip
    return replace(row, **members)


def a_copy(number: int = 1, **members: Any) -> CopyRow:
    row = CopyRow(
        id=f"c-{number:06}", record=record_id(number), version=1, holder="court.nl", way="paper",
        copies=2, by="officer-1", at=5, state="out",
    )  # fmt: skip
    return replace(row, **members)


def a_question(number: int = 1, **members: Any) -> AskedRow:
    row = AskedRow(
        kind="request", record=record_id(number), version=1, partner="fiu.ee", org="police",
        direction="in", state="open", asked_at=1, due_at=100 + number, clock="8h",
    )  # fmt: skip
    return replace(row, **members)


def a_disclosure(number: int = 1, **members: Any) -> DisclosureRow:
    row = DisclosureRow(
        id=f"d-{number:06}", release=f"r-{number:06}", envelope="e-1", org="police",
        partner="fiu.ee", record=record_id(number), version=1, type="case",
        rendition="digest", sealed_at=number,
        recipient_class="eu_authority", recipient_country="EE", purpose="cross_check",
        agreement="a@1", legal_basis="Directive (EU) 2016/680, article 4", ground=None,
        consents=("c@2",), approvals=({"rule": "R-10", "by": ["officer-1"]},),
        withheld=({"pointer": "/persons/0", "code": "R-10"},), terms={"pass_on": "ask"},
        trace=({"rule": "R-01", "version": 1, "outcome": "pass"},),
    )  # fmt: skip
    return replace(row, **members)


def a_block(number: int = 1, **members: Any) -> SubjectsRow:
    row = SubjectsRow(
        id=f"s-{number:06}", envelope=f"e-{number}", kid="k", at=number, block=b"sealed"
    )
    return replace(row, **members)


def something_carried(number: int = 1, **members: Any) -> CarriedRow:
    row = CarriedRow(
        kind="envelope", sender="police.nl", recipient="police.de", digest=f"digest-{number}",
        ep=1, seq=number, action="OA-1", state="waiting", at=number, size=4, expires_at=1_000,
        wire=b"wire",
    )  # fmt: skip
    return replace(row, **members)


def a_further(number: int = 1, **members: Any) -> FurtherRow:
    row = FurtherRow(
        direction="out", partner="police.nl", author="police.nl", notice=f"n-{number:06}",
        path="fiu.ee", parent=None, record=record_id(number), name="fiu.ee", hops=1,
        state="open", own_system=None, passed_on=None, at=number,
    )  # fmt: skip
    return replace(row, **members)
