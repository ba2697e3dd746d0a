"""The yearly audit by person, before and after erasure, and what each reader is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.core.errors import Forbidden
from gateway.core.ledger import read_entry
from gateway.core.subject_report import AUDITOR, AUTHORITY, RENDERINGS, SUBJECT, as_text, render
from gateway.core.whom import WhomRefused, read
from gateway.flow.audit_subject import Findings, OrganisationNotNamed, audit_subject
from gateway.flow.disclosures import ReasonRefused
from gateway.flow.exchange import Exchange
from gateway.flow.expire import expire
from gateway.flow.lease import leased
from gateway.flow.notify import Wanted, notify
from gateway.flow.rows_after import NoticeRow
from gateway.flow.seal import seal
from keys.audit import UNASSIGNED, AuditKeys
from keys.memory import MemoryKeys
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB, NL, NL_ITEMS
from tests.journeys.test_what_was_disclosed import with_people

KEYS = MemoryKeys(NL.encode()).audit()
PIET = ["name: Proef, Piet", "born: 1988-03-04"]
OTHERS = ("Anna", "Voorbeeld", "2014-05-06")
HEAD = {"gateway": NL, "org": "police.nl", "asked_at": 1, "reason": "yearly_audit", "since": 0,
        "by": ["dpo-1", "auditor-2"], "blocks": 1, "shut": 0}  # fmt: skip


@pytest.fixture
def nl(world: World) -> Exchange:
    exchange = world.network.gateways[NL]
    world.push(exchange, with_people())
    world.work()
    return exchange


def ask(nl: Exchange, lines: list[str] | None = None, **named: Any) -> Findings:
    keys = named.pop("keys", KEYS)
    return audit_subject(read(lines or PIET), keys, "yearly_audit", nl, **named)


def looks(exchange: Exchange) -> list[dict[str, Any]]:
    with exchange.store.reading() as work:
        placed = work.ledger.page(after=-1, limit=999)
        rows = [*placed, *work.ledger.unplaced(limit=99)]
    return [read_entry(row.entry) for row in rows if row.act == "looked_up"]


def erase_all(exchange: Exchange) -> None:
    """What is left when everything was erased: rows without keys."""
    with exchange.store.writing() as work:
        for row in work.records.page("police.nl", after="", limit=99):
            work.records.erase_data_keys([str(row.data_key)])
            work.records.set_state(row.id, row.version, "erased")
        work.commit()


def test_everything_given_about_one_person_is_found_on_which_ground(nl: Exchange) -> None:
    found = ask(nl)

    (one,) = found.proven
    assert (one["partner"], one["purpose"], one["agreement"]) == (
        *(HUB, "operational_analysis", "nl-hub@1"),
    )
    assert one["legal_basis"] == "Directive (EU) 2016/680, art. 8"
    assert one["delivery"]["taken"] == "yes"
    assert one["about"] == [
        {
            "place": "/persons/1",
            "category": "suspect",
            "kinds": one["about"][0]["kinds"],
            "found_by": ["name_birth"],
            "removed": False,
        }
    ]
    assert (found.blocks, found.shut, found.possible) == (1, 0, [])


@pytest.mark.parametrize(
    "line",
    [
        "email: proef88@mail.example",
        "handle: Chat.Example / PROEF_88",
        "user: chat.example / 88001234",
    ],
)
def test_a_person_is_found_by_what_the_person_uses(nl: Exchange, line: str) -> None:
    (one,) = ask(nl, [line]).proven
    assert one["about"][0]["category"] == "suspect"


def test_the_yearly_audit_says_the_same_after_everything_was_erased(
    world: World, nl: Exchange
) -> None:
    before = ask(nl).proven
    erase_all(nl)
    world.clock.forward(days=365)

    after = ask(nl).proven

    assert [one.pop("now") for one in before] == ["current"]
    assert [one.pop("now") for one in after] == ["erased"]
    assert after == before


def test_what_may_be_somebody_else_is_told_apart(nl: Exchange) -> None:
    found = ask(nl, ["name: Piet Proef", "born: 1988-03", "document: XX-1"])

    assert found.proven == []
    assert [one["about"][0]["found_by"] for one in found.possible] == [["name_birth_within"]]


def test_nobody_is_found_who_was_withheld_or_never_there(nl: Exchange) -> None:
    for lines in (["name: Anna Voorbeeld", "born: 2014-05-06"], ["phone: +31 20 555 0123"]):
        found = ask(nl, lines)
        assert (found.proven, found.possible) == ([], [])


def test_each_look_is_in_the_ledger_with_its_reason_and_both_people(nl: Exchange) -> None:
    ask(nl)
    ask(nl, ["phone: +31 20 555 0123"])

    assert sorted(({**look, "at": 0} for look in looks(nl)), key=lambda look: look["count"]) == [
        {
            "act": "looked_up", "at": 0, "kind": "subject", "reason": "yearly_audit",
            "by": "dpo-1", "second": "auditor-2", "count": count,
        }
        for count in (0, 1)
    ]  # fmt: skip


def test_no_look_without_a_reason_nor_before_both_shares_have_a_holder(nl: Exchange) -> None:
    with pytest.raises(ReasonRefused):
        audit_subject(read(PIET), KEYS, "curiosity", nl)
    with pytest.raises(Forbidden):
        ask(nl, keys=AuditKeys({}, UNASSIGNED))
    assert looks(nl) == []


def test_what_other_people_hold_the_key_of_is_counted_as_not_searched(nl: Exchange) -> None:
    found = ask(nl, keys=MemoryKeys(b"another").audit())

    assert (found.proven, found.blocks, found.shut) == ([], 1, 1)


def test_each_organisation_answers_for_what_it_gave_itself(world: World, nl: Exchange) -> None:
    customs = '[organisation."customs.nl"]\ntitle = "c"\ncountry = "NL"\norg_class = "schengen"\n'
    world.configure(nl, NL_ITEMS + customs)

    with pytest.raises(OrganisationNotNamed):
        ask(nl)
    with pytest.raises(OrganisationNotNamed):
        ask(nl, org="nobody.nl")
    assert len(ask(nl, org="police.nl").proven) == 1
    assert ask(nl, org="customs.nl").proven == []


def with_notices(nl: Exchange, world: World) -> Findings:
    """A correction of the whole record, and a recall of somebody else in it."""
    record = ask(nl).proven[0]["record"]
    given = {"record": record, "version": 1, "from_partner": None, "until": None,
             "at": world.clock.ms, "state": "applied"}  # fmt: skip
    with nl.store.writing() as work:
        work.notices.add(
            [
                NoticeRow(id="n-1", kind="correct", person=None, code=None, **given),
                NoticeRow(id="n-2", kind="recall", person="/persons/0", code="unlawful", **given),
                NoticeRow(id="n-3", kind="restrict", person="/persons/1", code=None, **given),
            ]
        )
        work.commit()
    return ask(nl)


def test_the_person_reads_plain_words_and_nothing_about_anybody_else(
    world: World, nl: Exchange
) -> None:
    found = with_notices(nl, world)
    report = render(SUBJECT, HEAD, found.proven, found.possible)

    (given,) = report["given"]
    assert given["sentences"] == [
        (
            "On 2026-01-01 information about you was given to an authority of a state of the "
            "European Union (NL)."
        ),
        (
            "You were named as somebody suspected of an offence: your names, your date of birth, "
            "your sex, your nationalities, online identities of yours."
        ),
        "It was given for the analysis of a case.",
        "The law it rests on: Directive (EU) 2016/680, art. 8.",
        "The recipient may keep it until 2028-02-01.",
        "Since then, on 2026-01-01, it was corrected.",
        "Since then, on 2026-01-01, its use was restricted.",
        "We still hold it ourselves.",
    ]
    (one,) = found.proven
    hidden = (one["record"], one["id"], one["rendition"], "dpo-1", "/persons/", "called back", "R-")
    for text in (json.dumps(report), as_text(report)):
        assert [word for word in (*OTHERS, *hidden) if word in text] == []


def test_of_a_person_who_was_taken_out_it_is_said_that_only_the_rest_is_held(
    world: World, nl: Exchange
) -> None:
    record = ask(nl).proven[0]["record"]
    rest = "We still hold the rest of it ourselves, and you are no longer in it."
    for person, said, now in (
        ("/persons/0", "We still hold it ourselves.", "now: current\n"),  # somebody else
        ("/persons/0", rest, "now: current, this person is no longer in it\n"),
    ):
        wanted = Wanted(kind="recall", record=record, code="wrong_person", person=person)
        notify(wanted, "officer-1", None, nl)
        found = ask(nl)
        letter = render(SUBJECT, HEAD, found.proven, [])
        assert letter["given"][0]["sentences"][-1] == said
        for kind in (AUDITOR, AUTHORITY):
            assert now in as_text(render(kind, HEAD, found.proven, []))
    erase_all(nl)
    letter = render(SUBJECT, HEAD, ask(nl).proven, [])
    assert letter["given"][0]["sentences"][-1] == "We hold it no longer."


def test_what_was_lifted_is_told_as_lifted_never_as_laid_on(world: World, nl: Exchange) -> None:
    record = ask(nl).proven[0]["record"]
    laid = {"restrict": "other", "change_restrictions": "H2", "dispute": "court"}
    end = world.clock.ms + 5 * 86_400_000
    for kind, code in laid.items():
        notify(Wanted(kind=kind, record=record, code=code, until=end), "officer-1", None, nl)
    world.clock.forward(days=1)
    for kind, code in laid.items():
        notify(Wanted(kind=kind, record=record, code=code, until=0), "officer-1", None, nl)

    found = ask(nl)

    letter = as_text(render(SUBJECT, HEAD, found.proven, []))
    since = [line.strip() for line in letter.splitlines() if "Since then" in line]
    assert since == [
        "Since then, on 2026-01-01, its use was restricted, until 2026-01-06.",
        "Since then, on 2026-01-01, further limits were put on its use, until 2026-01-06.",
        "Since then, on 2026-01-01, it was marked as disputed, until 2026-01-06.",
        "Since then, on 2026-01-02, a restriction of its use was lifted.",
        "Since then, on 2026-01-02, a limit on its use was lifted.",
        "Since then, on 2026-01-02, it was no longer marked as disputed.",
    ]
    listed = as_text(render(AUDITOR, HEAD, found.proven, []))
    assert [f": {kind} (" in listed and f": {kind} lifted (" in listed for kind in laid] == [
        True
    ] * 3


def test_the_authority_reads_what_stopped_and_the_auditor_everything(
    world: World, nl: Exchange
) -> None:
    found = with_notices(nl, world)
    (auditor,) = render(AUDITOR, HEAD, found.proven, [])["disclosures"]
    (authority,) = render(AUTHORITY, HEAD, found.proven, [])["disclosures"]

    assert auditor == found.proven[0]
    assert {step["rule"] for step in authority["rules_that_did_not_just_pass"]} >= {"R-09", "R-15"}
    assert "trace" not in authority
    assert "rendition" not in authority
    assert [notice["kind"] for notice in authority["notices"]] == ["correct", "recall", "restrict"]


@pytest.mark.parametrize("kind", RENDERINGS)
def test_no_rendering_holds_a_value_of_the_record(nl: Exchange, kind: str) -> None:
    found = ask(nl)
    text = json.dumps(render(kind, HEAD, found.proven, found.possible))
    text += as_text(json.loads(text))

    values = (*OTHERS, "Piet", "Proef", "1988", "proef88", "88001234")
    assert [value for value in values if value in text] == []


def test_a_possible_match_is_for_the_auditor_not_for_the_person(nl: Exchange) -> None:
    found = ask(nl, ["name: Piet Proef", "born: 1988", "document: XX-1"])

    assert len(render(AUDITOR, HEAD, found.proven, found.possible)["possible"]) == 1
    assert "Nothing in it is about you." in as_text(
        render(SUBJECT, HEAD, found.proven, found.possible)
    )


def test_what_never_left_is_not_told_as_given(world: World, nl: Exchange) -> None:
    world.network.down = {HUB}
    world.push(nl, with_people(provider_ref="never-sent"))
    world.run(seal, HUB, nl)

    taken = sorted(one["delivery"]["taken"] for one in ask(nl).proven)
    assert taken == ["no", "yes"]
    report = render(SUBJECT, HEAD, ask(nl).proven, [])
    assert len(report["given"]) == 1


def test_what_was_disclosed_is_forgotten_when_its_own_time_is_over(
    world: World, nl: Exchange
) -> None:
    world.clock.forward(days=3651)
    with leased("expire", 60, nl) as lease:
        assert lease
        expire(lease, nl)

    found = ask(nl)
    assert (found.proven, found.blocks) == ([], 0)


BAD_LINES = {
    "nobody": ([], ()),
    "a name alone": (["name: Piet Proef"], ()),
    "a year alone": (["name: Piet Proef", "born: 1988"], ()),
    "an unknown kind": (["shoe: 43", *PIET], ("/1",)),
    "no colon": ([*PIET, "Piet"], ("/3",)),
    "an IBAN that is none": (["iban: NL00ABNA0000000000", "born: 31/12/1988"], ("/1", "/2")),
    "a handle without its platform": (["handle: proef_88"], ("/1",)),
}


@pytest.mark.parametrize(("lines", "places"), BAD_LINES.values(), ids=BAD_LINES.keys())
def test_what_does_not_tell_a_person_is_refused_by_line(
    lines: list[str], places: tuple[str, ...]
) -> None:
    with pytest.raises(WhomRefused) as refused:
        read(lines)

    assert tuple(fault.pointer for fault in refused.value.faults) == places
    told = str(refused.value) + repr(refused.value.faults)
    assert not any(word in told for word in ("Piet", "NL00", "1988", "proef_88"))


def test_lines_for_people_may_be_commented_and_spaced() -> None:
    assert read(["# request 17", "", " IBAN : NL91 ABNA 0417 1643 00 "]).proving == {
        ("account", "NL91ABNA0417164300")
    }
