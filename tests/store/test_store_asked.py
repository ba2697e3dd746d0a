"""Questions between partners: kept once, listed by when they are due, counted per partner."""

from __future__ import annotations

from dataclasses import replace

from store_rows import a_question, a_record, a_release, its_key, record_id

from gateway.store.work import SqlStore

FIRST = (0, "", "")


def test_a_question_that_comes_again_keeps_its_clock(store: SqlStore) -> None:
    question = a_question(urgent=True, action="OA-1", matches=2)
    later = replace(question, version=2, asked_at=50, due_at=900)
    other = replace(question, partner="hub.eu", direction="out")
    with store.writing() as work:
        work.asked.add([question])
        work.asked.add([later, other])
        work.commit()
    with store.reading() as work:
        assert work.asked.of_record(question.record) == [question, other]
        assert work.asked.of_record(record_id(9)) == []


def test_questions_of_one_organisation_are_listed_the_soonest_due_first(store: SqlStore) -> None:
    late, soon = a_question(1, due_at=300), a_question(2, due_at=200)
    done = a_question(3, due_at=100, state="answered")
    theirs, consent = a_question(4, org="fiu"), a_question(5, kind="consent_request")
    with store.writing() as work:
        work.asked.add([late, soon, done, theirs, consent])
        work.commit()
    with store.reading() as work:
        page = work.asked.page
        assert page("police", "request", open_only=True, after=FIRST, limit=9) == [soon, late]
        assert page("police", "request", open_only=False, after=FIRST, limit=9) == [
            done,
            soon,
            late,
        ]
        after = (soon.due_at, soon.record, soon.partner)
        assert page("police", "request", open_only=True, after=after, limit=9) == [late]
        assert page("police", "request", open_only=False, after=FIRST, limit=1) == [done]
        assert page("police", "outcome", open_only=False, after=FIRST, limit=9) == []


def test_a_question_is_written_over_only_in_the_state_it_was_read_in(store: SqlStore) -> None:
    question = a_question()
    answered = replace(question, state="answered", reply="r-1", replied_at=7, direct="yes")
    with store.writing() as work:
        work.asked.add([question])
        assert work.asked.replace(answered, expect="open")
        assert not work.asked.replace(replace(answered, code="late"), expect="open")
        work.commit()
    with store.reading() as work:
        assert work.asked.by_reply("r-1") == [answered]
        assert work.asked.by_reply("r-2") == []


def test_what_is_asked_is_counted_where_the_partner_was_given_it(store: SqlStore) -> None:
    records = [a_record(n) for n in range(1, 6)]
    asked = [
        a_question(n, kind="outcome", direction="out", action="OA-1", due_at=100)
        for n in range(1, 6)
    ]
    asked[1] = replace(asked[1], state="answered", reply="r", replied_at=9, code="arrest")
    asked[4] = replace(asked[4], due_at=500, action=None)
    releases = [a_release(n, state="stored") for n in (1, 2, 4, 5)]
    releases.append(a_release(3, state="withdrawn"))  # never given: nothing can come of it
    with store.writing() as work:
        work.records.add(data_keys=[its_key(row) for row in records], records=records)
        work.releases.add(releases)
        work.asked.add(asked)
        work.commit()
    with store.reading() as work:
        counts = work.asked.counts("police", "outcome", "out", now_ms=200)
        found = {(one.action, one.state, one.code, one.over, one.count) for one in counts}
        assert found == {
            (None, "open", None, False, 1),
            ("OA-1", "answered", "arrest", False, 1),
            ("OA-1", "open", None, True, 2),
        }
        assert {one.partner for one in counts} == {"fiu.ee"}
        assert work.asked.counts("police", "outcome", "in", now_ms=200) == []
