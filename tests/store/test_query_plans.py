"""What is asked again and again is answered from an index, however much there is beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Engine
from store_rows import (
    a_block,
    a_copy,
    a_disclosure,
    a_further,
    a_handover,
    a_ledger_row,
    a_notice,
    a_passkey,
    a_picked,
    a_promotion,
    a_proposal,
    a_question,
    a_receipt,
    a_record,
    a_release,
    a_session,
    a_subject_link,
    a_verdict,
    an_account,
    an_approval,
    an_arrival,
    an_entry,
    an_envelope,
    an_inbox_notice,
    an_item,
    an_original,
    record_id,
    something_carried,
)

from gateway.flow.ports import Wanted
from gateway.flow.rows import LinkRow
from gateway.flow.rows_after import EvidenceRow, MarkRow
from gateway.store.work import SqlStore, SqlUnitOfWork

Ask = Callable[[SqlUnitOfWork], object]

# The question, and the index that must answer it on both engines.
PLANS: dict[str, tuple[Ask, str]] = {
    "whom a one-time link is for": (lambda w: w.accounts.invited("i-7"), "ix_accounts_invite"),
    "passkeys of a person": (lambda w: w.accounts.passkeys("person-7"), "ix_passkeys_person"),
    "sessions whose time is over": (
        lambda w: w.accounts.forget(seen_before=0, started_before=0, limit=9),
        "ix_sessions_s",
    ),
    "due releases": (lambda w: w.releases.due("p1", limit=10), "ix_releases_due"),
    "partners with something due": (lambda w: w.releases.partners_due(), "ix_releases_"),
    "releases of an older epoch": (
        lambda w: w.releases.stale("p1", epoch=1, now_ms=0, limit=10),
        "ix_releases_epoch",
    ),
    "releases past their time": (
        lambda w: w.releases.stale("p1", epoch=0, now_ms=5, limit=10),
        "ix_releases_until",
    ),
    "releases of a record": (lambda w: w.releases.of_record(record_id(7)), "ix_releases_record"),
    "releases of an envelope": (lambda w: w.releases.of_envelope("e-7"), "ix_releases_envelope"),
    "open envelopes": (lambda w: w.envelopes.open_after("p1", 1, 0, limit=9), "ix_envelopes_open"),
    "envelopes to send": (
        lambda w: w.envelopes.to_send("p1", answered_before=0, limit=9),
        "ix_envelopes_open",
    ),
    "how many are unreceipted": (lambda w: w.envelopes.unreceipted("p1"), "ix_envelopes_open"),
    "marked envelopes": (lambda w: w.envelopes.marked("p1", limit=9), "ix_envelopes_open"),
    "stale envelopes": (
        lambda w: w.envelopes.stale("p1", epoch=1, now_ms=0, limit=9),
        "ix_envelopes_open",
    ),
    "envelopes by digest": (
        lambda w: w.envelopes.by_digest("p1", ["digest-1-7"]),
        "ix_envelopes_digest",
    ),
    "receipt of an envelope": (
        lambda w: w.envelopes.receipt("p1", "made", "in-7"),
        "ix_receipts_digest",
    ),
    "receipts to deliver": (
        lambda w: w.envelopes.undelivered("p1", limit=9),
        "ix_receipts_undelivered",
    ),
    "verdicts to seal": (
        lambda w: w.envelopes.unsealed_verdicts("p1", limit=9),
        "ix_verdicts_unsealed",
    ),
    "verdicts of an envelope": (lambda w: w.envelopes.verdicts_of("e-7"), "ix_verdicts_envelope"),
    "unopened arrivals": (lambda w: w.arrivals.unopened("p1", limit=9), "ix_arrivals_unopened"),
    "unopened bytes": (lambda w: w.arrivals.unopened_bytes("p1"), "ix_arrivals_unopened"),
    "an opened place": (lambda w: w.arrivals.at_place("p1", 1, 7), "ix_arrivals_"),
    "claimed places": (lambda w: w.arrivals.claimed("p1", 1, above=290), "ix_arrivals_"),
    "an arrival by digest": (
        lambda w: w.arrivals.by_digest("p1", "in-7"),
        "uq_arrivals_partner_digest",
    ),
    "open inbox": (
        lambda w: w.arrivals.inbox("cms", after=0, limit=9, open_only=True),
        "ix_inbox_open",
    ),
    "inbox": (
        lambda w: w.arrivals.inbox("cms", after=1_990, limit=9, open_only=False),
        "ix_inbox_position",
    ),
    "inbox to be numbered": (lambda w: w.arrivals.number_inbox("cms"), "ix_inbox_unnumbered"),
    "held inbox": (lambda w: w.arrivals.inbox_held(limit=9), "ix_inbox_held"),
    "unplaced ledger entries": (lambda w: w.ledger.unplaced(limit=9), "ix_ledger_unplaced"),
    "a page of the ledger": (
        lambda w: w.ledger.page(after=280, limit=9),
        "ix_ledger_position",
    ),
    "a reference": (
        lambda w: w.records.by_ref([("police", "native", "ref-7")]),
        "uq_records_org_source_ref_tag_version",
    ),
    "a page of records": (
        lambda w: w.records.page("police", after=record_id(290), limit=9),
        "ix_records_org",
    ),
    "an original by tag": (
        lambda w: w.records.original_by_digest("police", ["tag-7"]),
        "ix_originals_digest",
    ),
    "the quarantine of one": (
        lambda w: w.records.quarantined(org="police", after="", limit=9),
        "ix_originals_quarantined",
    ),
    "the quarantine": (
        lambda w: w.records.quarantined(org=None, after="", limit=9),
        "ix_originals_quarantined",
    ),
    "the groups of the quarantine": (
        lambda w: w.records.quarantine_groups(org=None, limit=9),
        "ix_originals_quarantined",
    ),
    "the groups of one": (
        lambda w: w.records.quarantine_groups(org="police", limit=9),
        "ix_originals_quarantined",
    ),
    "the originals of a source": (
        lambda w: w.records.originals_of("native", after="", limit=9),
        "ix_originals_source",
    ),
    "how many originals a source has": (
        lambda w: w.records.count_originals_of("native"),
        "ix_originals_source",
    ),
    "documents by source and state": (
        lambda w: w.found.documents("police"),
        "ix_originals_counted",
    ),
    "when documents of a source came": (
        lambda w: w.found.arrivals("police", "native", limit=9),
        "ix_originals_counted",
    ),
    "records by type": (
        lambda w: w.found.records(Wanted(org="police", type="operation"), limit=9),
        "ix_records_listed",
    ),
    "records by source and state": (
        lambda w: w.found.records(
            Wanted(org="police", source="native", state="superseded"), limit=9
        ),
        "ix_records_past",
    ),
    "the size of the ledger": (lambda w: w.ledger.size(), "ix_ledger_position"),
    "originals to erase": (
        lambda w: w.records.expired_originals(now_ms=6, limit=9),
        "ix_originals_erase",
    ),
    "releases by state": (lambda w: w.releases.count_by_state(), "ix_releases_state"),
    "partners with something unopened": (
        lambda w: w.arrivals.partners_unopened(),
        "ix_arrivals_unopened",
    ),
    "envelopes to close": (
        lambda w: w.envelopes.to_close(stored_before=1, limit=9),
        "ix_envelopes_state",
    ),
    "deliveries to a partner": (
        lambda w: w.envelopes.page(partner="p9", state=None, after="", limit=9),
        "_envelopes_",
    ),
    "expired answers": (
        lambda w: w.forget(expired_before=5, limit=9),
        "ix_idempotency_expires",
    ),
    "bulks whose time is over": (
        lambda w: w.forget(expired_before=5, limit=9),
        "ix_bulks_expires",
    ),
    "linked records": (lambda w: w.records.linked([("iban", "t7")], limit=9), "pk_links"),
    "open questions": (
        lambda w: w.asked.page("police", "request", open_only=True, after=(0, "", ""), limit=9),
        "ix_asked_open",
    ),
    "all questions": (
        lambda w: w.asked.page("customs", "request", open_only=False, after=(9, "", ""), limit=9),
        "ix_asked_due",
    ),
    "questions about a record": (lambda w: w.asked.of_record(record_id(7)), "pk_asked"),
    "the question of a reply": (lambda w: w.asked.by_reply("r-7"), "ix_asked_reply"),
    "counts of questions": (
        lambda w: w.asked.counts("customs", "request", "out", now_ms=9),
        "ix_asked_due",
    ),
    "open proposals": (
        lambda w: w.proposals.page("police", open_only=True, after="", limit=9),
        "ix_proposals_open",
    ),
    "all proposals of one": (
        lambda w: w.proposals.page("customs", open_only=False, after="", limit=9),
        "ix_proposals_org",
    ),
    "overdue proposals": (
        lambda w: w.proposals.overdue(now_ms=9, limit=9),
        "ix_proposals_overdue",
    ),
    "approvals of a record": (
        lambda w: w.proposals.approvals([(record_id(7), 1)]),
        "ix_approvals_record",
    ),
    "confirmed links from one end": (
        lambda w: w.corroboration.links([record_id(7)]),
        "ix_subject_links_record",
    ),
    "confirmed links from the other end": (
        lambda w: w.corroboration.links([record_id(7)]),
        "ix_subject_links_other",
    ),
    "links confirmed lately": (
        lambda w: w.corroboration.changed_links(9_000),
        "ix_subject_links_at",
    ),
    "links ended lately": (
        lambda w: w.corroboration.changed_links(9_000),
        "ix_subject_links_ended",
    ),
    "promotions of a record": (
        lambda w: w.corroboration.promotions(["case-7"]),
        "ix_promotions_record",
    ),
    "what was promoted from a record": (
        lambda w: w.corroboration.promoted_from([record_id(7)]),
        "ix_promotions_origin",
    ),
    "what stands on a record": (
        lambda w: w.corroboration.leaning_on("ground-7"),
        "ix_promotions_ground",
    ),
    "standing promotions": (
        lambda w: w.corroboration.standing(after="m-000007", limit=9),
        "ix_promotions_standing",
    ),
    "links of a record": (lambda w: w.records.links_of(record_id(7)), "ix_links_record"),
    "notices about a record": (
        lambda w: w.notices.of_records([record_id(7)]),
        "ix_notices_record",
    ),
    "disclosures of a record": (
        lambda w: w.disclosures.page("police", record=record_id(7), limit=9),
        "ix_disclosures_record",
    ),
    "disclosures to a partner": (
        lambda w: w.disclosures.page("police", partner="fiu.nl", limit=9),
        "ix_disclosures_partner",
    ),
    "disclosures of some time": (
        lambda w: w.disclosures.page("police", after="d-000100", before="d-000110", limit=9),
        "pk_disclosures",
    ),
    "a disclosure": (lambda w: w.disclosures.get(["d-000007"]), "pk_disclosures"),
    "sealed blocks": (lambda w: w.disclosures.subjects(after="s-000100", limit=9), "pk_subjects"),
    "held releases in groups": (
        lambda w: w.releases.held_groups("police", limit=9),
        "ix_releases_",
    ),
    "held releases of a group": (
        lambda w: w.releases.held(
            "police", rule="R-01", source="native", partner="p1", after="", limit=9
        ),
        "ix_releases_",
    ),
    "urgent releases": (lambda w: w.releases.urgent(up_to=1, limit=9), "ix_releases_urgent"),
    "records with content": (
        lambda w: w.records.holding(after=record_id(290), limit=9),
        "pk_records",
    ),
    "the newest records of one": (
        lambda w: w.records.latest("police", before="", limit=9),
        "ix_records_org",
    ),
    "restrictions past their end": (
        lambda w: w.notices.past_their_end(now_ms=9, limit=9),
        "ix_notices_until",
    ),
    "what a client is to follow": (
        lambda w: w.follow.entries("cms", after=("n-000007", "fiu.ee"), limit=9),
        "ix_inbox_notices_open",
    ),
    "records to bring to a client": (
        lambda w: w.handovers.due_records("cms", now_ms=9, limit=9),
        "ix_inbox_open",
    ),
    "notices to bring to a client": (
        lambda w: w.handovers.due_notices("cms", now_ms=9, limit=9),
        "ix_inbox_notices_open",
    ),
    "how far one record is": (
        lambda w: w.handovers.get("cms", record_id(7), 1),
        "pk_handovers",
    ),
    "files in a client's folder": (
        lambda w: w.handovers.laid_out("cms", limit=9),
        "ix_handovers_laid",
    ),
    "what became of a document": (
        lambda w: w.pulls.picked("cases", "d-000007", "one.json"),
        "pk_picked",
    ),
    "the newest documents of a source": (
        lambda w: w.pulls.page("cases", before=300, limit=9),
        "ix_picked_source",
    ),
    "what clients were told of a notice": (
        lambda w: w.follow.entries_of("n-000007", "fiu.ee"),
        "ix_inbox_notices_cause",
    ),
    "whether anybody was taken out": (lambda w: w.follow.has_marks(["police"]), "ix_marks_tag"),
    "marks of a person": (lambda w: w.follow.marks_like(["police"], ["t7"]), "ix_marks_tag"),
    "parked arrivals": (lambda w: w.arrivals.parked(limit=9), "ix_arrivals_parked"),
    "claims on ids": (lambda w: w.follow.claims(limit=9), "ix_claims_open"),
    "ids that were given away": (lambda w: w.follow.given([record_id(7)]), "_claims"),
    "a claim on an id": (lambda w: w.follow.claim(record_id(7), "p1"), "_claims"),
    "marks of a record": (lambda w: w.follow.marks([record_id(7)]), "pk_marks"),
    "evidence of a text": (lambda w: w.follow.evidence([("fiu.ee", "d7")]), "pk_evidence"),
    "a notice of its author": (lambda w: w.notices.get([("", "n-000007")]), "pk_notices"),
    "what is carried to a partner": (
        lambda w: w.carried.due("p1", now_ms=9, limit=9),
        "ix_carried_due",
    ),
    "bytes that wait to be carried": (
        lambda w: w.carried.waiting_bytes("q1"),
        "ix_carried_waiting",
    ),
    "what was carried long enough": (
        lambda w: w.carried.over(now_ms=9, limit=9),
        "ix_carried_over",
    ),
    "further holders of a record": (
        lambda w: w.further.of_record(record_id(7), "out"),
        "ix_further_record",
    ),
    "further holders to tell of": (
        lambda w: w.further.unsaid("p1", limit=9),
        "ix_further_unsaid",
    ),
    "further holders in an envelope": (
        lambda w: w.further.said_in("e-77"),
        "ix_further_envelope",
    ),
    "further holders without an answer": (
        lambda w: w.further.count_open(before=9),
        "ix_further_open",
    ),
    "copies of a record": (lambda w: w.follow.copies(record_id(7)), "ix_copies_record"),
    "records to erase": (lambda w: w.records.to_erase(now_ms=9, limit=9), "ix_records_erase"),
    "records to review": (
        lambda w: w.records.to_review("police", before_ms=9, limit=9),
        "ix_records_review",
    ),
    "versions of a record": (lambda w: w.records.versions(record_id(7)), "pk_records"),
    "notices without an answer": (
        lambda w: w.releases.unanswered(decided_before=9, limit=9),
        "ix_releases_unanswered",
    ),
    "records that were handed out to a partner": (
        lambda w: w.releases.records_at("p1", after="", limit=9),
        "_releases_",  # any index that begins with the partner
    ),
    "notices without an answer, counted": (
        lambda w: w.releases.count_unanswered(decided_before=9),
        "ix_releases_unanswered",
    ),
    "the inbox entries of a record": (
        lambda w: w.arrivals.inbox_of_record(record_id(7)),
        "ix_inbox_record",
    ),
    "the newest deliveries": (lambda w: w.deliveries.latest(limit=9), "pk_envelopes"),
    "the newest deliveries to a partner": (
        lambda w: w.deliveries.latest(partner="p9", limit=9),
        "ix_envelopes_partner",
    ),
    "the newest deliveries in a state": (
        lambda w: w.deliveries.latest(state="sealed", limit=9),
        "ix_envelopes_state",
    ),
    "the newest deliveries of a kind": (
        lambda w: w.deliveries.latest(kind="void", limit=9),
        "ix_envelopes_kind",
    ),
    "what does not go to a partner": (
        lambda w: w.deliveries.stopped("police", "p1", before="", limit=9),
        "ix_releases_stopped",
    ),
    "the newest entries of the ledger": (
        lambda w: w.ledger.newest(since="", before="~", limit=9),
        "pk_ledger",
    ),
    "the active items": (lambda w: w.config.active("agreement"), "ix_items_active"),
}

# SQLite names the indexes behind constraints after their table alone.
SQLITE_NAMES = {
    "uq_arrivals_partner_digest": "sqlite_autoindex_arrivals",
    "uq_records_org_source_ref_tag_version": "sqlite_autoindex_records",
    "pk_links": "PRIMARY KEY (field=? AND tag=?)",
    "pk_marks": "PRIMARY KEY (record=?)",
    "pk_notices": "sqlite_autoindex_notices",
    "pk_evidence": "sqlite_autoindex_evidence",
    "pk_picked": "sqlite_autoindex_picked",
    "pk_handovers": "PRIMARY KEY (client=? AND about=?",
    "pk_envelopes": "sqlite_autoindex_envelopes",
    "pk_ledger": "sqlite_autoindex_ledger",
    "pk_records": "sqlite_autoindex_records",
    "pk_asked": "sqlite_autoindex_asked",
    "pk_disclosures": "sqlite_autoindex_disclosures",
    "pk_subjects": "sqlite_autoindex_subjects",
}


@pytest.fixture(scope="module", params=["file", "analysed file", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> object:
    """A store in which everything is done already but for a few rows."""
    if "file" in request.param:
        url = f"sqlite:///{tmp_path_factory.mktemp('plans')}/gateway.db"
    else:
        server = request.getfixturevalue("postgres")
        url = server.create("plans", template="template_gateway")
    store = SqlStore.open(url, create=True)
    fill(store)
    if request.param != "file":  # SQLite plans without statistics unless somebody asked for them
        with store._source.writing.connect() as connection:  # noqa: SLF001
            connection.execute(text("ANALYZE"))
            connection.commit()
    yield store
    store.close()


def fill(store: SqlStore) -> None:
    many, few = range(1, 1_201), range(1_201, 1_301)
    with store.writing() as work:
        work.config.put(an_item())
        work.records.add(
            originals=[an_original(n, data_key=None, content=None) for n in many],
            records=[a_record(n, data_key=None) for n in many],
            links=[
                LinkRow(field="iban", tag=f"t{n}", record=record_id(n), version=1) for n in many
            ],
        )
        work.releases.add(
            [a_release(n, partner=f"p{n % 4}", state="accepted", envelope=f"e-{n}") for n in many]
        )
        work.records.add(records=[a_record(n, data_key=None) for n in few])
        work.releases.add([a_release(n, partner=f"p{n % 4}") for n in few])
        for n in range(1, 401):
            for partner in ("p0", "p1", "p2"):
                state = "closed" if n < 390 else "sealed"
                work.envelopes.add(an_envelope(n, partner=partner, state=state, wire=None))
            if n % 50 == 0:
                work.envelopes.add(an_envelope(n, partner="p9", state="closed", wire=None))
            state = "opened" if n < 390 else "arrived"
            work.arrivals.add(an_arrival(n, partner="p1", state=state, wire=None))
        work.arrivals.add_inbox([an_entry(n, state="accepted", position=n) for n in many])
        work.envelopes.add_receipts([a_receipt(n, partner="p1", state="delivered") for n in many])
        work.envelopes.add_verdicts([a_verdict(n, partner="p1", envelope=f"e-{n}") for n in many])
        work.ledger.add([a_ledger_row(n, position=n) for n in many])
        for n in many:
            work.proposals.add(a_proposal(n, state="open" if n < 10 else "approved"))
        states = ["open" if n < 10 else "answered" for n in many]
        work.asked.add([a_question(n, state=states[n - 1], reply=f"r-{n}") for n in many])
        work.proposals.add_approvals([an_approval(n) for n in many])
        work.notices.add([a_notice(n, data_key=None) for n in many])
        work.disclosures.add(
            [a_disclosure(n, partner="fiu.nl" if n < 10 else "fiu.ee") for n in many], None
        )
        for n in range(1, 401):
            work.disclosures.add([], a_block(n))
        work.follow.add_entries([an_inbox_notice(n, state="done") for n in many])
        work.follow.add_marks(
            [MarkRow(org="police", record=record_id(n), field="f", tag=f"t{n}") for n in many]
        )
        work.follow.add_evidence([EvidenceRow("fiu.ee", f"d{n}", b"s") for n in many])
        fill_carried(work, many)
        work.handovers.put([a_handover(n, stage="laid" if n < 10 else "tried") for n in many])
        for n in many:
            work.pulls.pick(a_picked(n))
            work.follow.add_copy(a_copy(n))
        for n in many:
            work.corroboration.add_link(a_subject_link(n, ended_at=None if n % 9 else 5))
            state = "standing" if n < 200 else "fallen"
            work.corroboration.add_promotion(a_promotion(n, state=state))
        fill_accounts(work, many)
        fill_further(work, many)
        work.commit()


def fill_carried(work: SqlUnitOfWork, many: range) -> None:
    for n in many:
        ends = {"sender": f"q{n % 4}", "recipient": f"p{n % 4}"}
        state = "waiting" if n < 10 else "ended"
        work.carried.add(something_carried(n, state=state, wire=None, **ends))


def fill_further(work: SqlUnitOfWork, many: range) -> None:
    said = [a_further(n, partner=f"p{n % 4}", envelope=f"e-{n}" if n > 9 else None) for n in many]
    told = [a_further(n, direction="in", state="open" if n < 10 else "erased") for n in many]
    work.further.put([*said, *told])


def fill_accounts(work: SqlUnitOfWork, many: range) -> None:
    for n in many:
        work.accounts.put(an_account(f"person-{n}", invite=f"i-{n}"), expect=None)
        work.accounts.add_passkey(a_passkey(n, person=f"person-{n}"))
        work.accounts.start(a_session(n, started_at=n, seen_at=n))


@contextmanager
def heard(store: SqlStore) -> Iterator[list[tuple[str, object]]]:
    """The statements, with their values, that are run on the reading engine meanwhile."""
    statements: list[tuple[str, object]] = []
    engine: Engine = store._source.reading  # noqa: SLF001 -- to listen

    def listen(
        connection: object, cursor: object, statement: str, values: object, *_: object
    ) -> None:
        statements.append((statement, values))

    event.listen(engine, "before_cursor_execute", listen)
    yield statements
    event.remove(engine, "before_cursor_execute", listen)


@pytest.mark.parametrize("case", PLANS.values(), ids=PLANS.keys())
def test_a_question_is_answered_from_its_index(filled: SqlStore, case: tuple[Ask, str]) -> None:
    ask, index = case
    with heard(filled) as statements, filled.reading() as work:
        ask(work)
    postgres = filled._source.postgres  # noqa: SLF001
    explain = "EXPLAIN " if postgres else "EXPLAIN QUERY PLAN "
    plans: list[str] = []
    with filled._source.reading.connect() as connection:  # noqa: SLF001
        if postgres:  # it reads small tables whole: the question is whether it has to
            connection.exec_driver_sql("SET enable_seqscan = off")
        for statement, values in statements:
            if not statement.startswith(("SELECT", "WITH")):
                continue
            rows = connection.exec_driver_sql(explain + statement, values).all()
            plans.append("\n".join(str(tuple(row)) for row in rows))
    wanted = index if postgres else SQLITE_NAMES.get(index, index)
    assert any(wanted in plan for plan in plans), plans
