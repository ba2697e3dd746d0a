"""goAML reports become financial signals, and say what they left."""

from __future__ import annotations

import pytest
from accounting import SOURCES, recorded, unaccounted, untraced
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.base import Caps, SourceUnmapped, SourceUnreadable
from adapters.registry import adapter
from adapters.sources.goaml import GoamlAdapter
from adapters.sources.goaml_dialect import GENERIC, DialectInvalid, read_dialect
from gateway.core.guard import inspect_bytes, inspect_strings

SIMPLE = (SOURCES / "goaml-str-lsac-pattern.xml").read_bytes()
RICH = (SOURCES / "goaml" / "accounts-and-parties.xml").read_bytes()
DUTCH = read_dialect(
    "fiu.nl",
    {
        "clock": "Europe/Amsterdam",
        "language": "nl",
        "instruments": {"B": "remittance"},
        "party_roles": {"A": "sender", "b": "receiver"},
    },
)


def read(raw, dialect=GENERIC):
    (draft,) = GoamlAdapter(dialect).read(raw, Caps())
    return draft


def report(inside, *, reference="R-1"):
    return (
        f"<report><report_code>STR</report_code><entity_reference>{reference}</entity_reference>"
        f"<currency_code_local>EUR</currency_code_local>{inside}</report>"
    ).encode()


def transaction(inside="", *, date="2026-01-10T01:12:00"):
    return (
        "<transaction><transactionnumber>T-1</transactionnumber>"
        f"<date_transaction>{date}</date_transaction><amount_local>40</amount_local>"
        f"{inside}</transaction>"
    )


def losses(draft):
    return {loss.source: loss.code for loss in draft.losses}


def rule_of(draft, target):
    return [step.rule for step in draft.trail if step.target == target]


def test_a_report_becomes_one_signal_with_its_transaction_and_persons():
    body = recorded(read(SIMPLE)).record.body

    assert body["type"] == "financial_signal"
    assert body["provider_ref"] == "TEST-STR-0001"
    assert body["report_kind"] == "str"
    assert body["source_kind"] == "fiu"
    (payment,) = body["transactions"]
    assert payment == {
        "ref": "TEST-TX-0001",
        "time": "2026-01-10T01:12:00Z",
        "time_local": "2026-01-10T01:12:00",
        "amount": "40.00",
        "currency": "EUR",
        "channel": "online",
        "sender": "/persons/0",
        "receiver": "/persons/1",
        "sender_place": {"country": "NL"},
        "receiver_place": {"country": "PH"},
        "purpose_text": "Remittance, sender-stated purpose: school",
    }
    assert [one["names"][0]["full"] for one in body["persons"]] == [
        "Testvoornaam Testachternaam",
        "Testname Beneficiary",
    ]
    assert body["summaries"][0]["text"].startswith("Recurrent low-value")


@pytest.mark.parametrize("raw", [SIMPLE, RICH], ids=["simple", "rich"])
@pytest.mark.parametrize("dialect", [GENERIC, DUTCH], ids=["generic", "dutch"])
def test_every_value_has_its_way_and_everything_else_is_named_as_lost(raw, dialect):
    draft = read(raw, dialect)

    assert untraced(draft) == set()
    assert unaccounted(raw, draft) == set()
    assert draft.faults == ()


@pytest.mark.parametrize("raw", [SIMPLE, RICH], ids=["simple", "rich"])
def test_a_report_passes_the_guard_and_becomes_a_record(raw):
    draft = read(raw, DUTCH)

    assert inspect_bytes(raw, "application/goaml+xml", None) == []
    assert inspect_strings(draft.body) == []
    assert recorded(draft).record.type == "financial_signal"


def test_staff_and_the_reporting_entity_are_dropped_and_said_so():
    draft = read(RICH)
    written = str(draft.body)

    for word in ("Staf", "STAF", "staf@", "Bank Street", "TEST-BRANCH", "999"):
        assert word not in written
    assert {source for source, code in losses(draft).items() if code == "staff-dropped"} == {
        "/report/reporting_person",
        "/report/transaction/0/teller",
        "/report/transaction/0/authorized",
    }
    assert losses(draft)["/report/rentity_id"] == "reporting-entity"
    assert losses(draft)["/report/location"] == "reporting-entity"


def test_staff_of_the_simple_report_are_dropped_too():
    assert losses(read(SIMPLE))["/report/reporting_user_code"] == "staff-dropped"


def test_no_loss_repeats_what_was_lost():
    assert not [loss for loss in read(RICH).losses if "Staf" in f"{loss.source}{loss.code}"]


def test_an_account_has_its_iban_its_primary_holder_and_the_others_beside_it():
    body = recorded(read(RICH, DUTCH)).record.body

    (account,) = body["accounts"]
    assert account["iban"] == "NL91ABNA0417164300"
    assert "account_no" not in account
    holder = body["persons"][int(account["holder_ref"].rsplit("/", 1)[1])]
    assert holder["names"][0]["full"] == "Jan van Voorbeeld"
    assert holder["names"][1] == {"full": "Jantje", "kind": "alias"}
    assert holder["dob"] == "1971-05-20"
    assert holder["ids"] == [{"kind": "national_id", "number": "123456782"}]
    assert holder["nationalities"] == ["NL"]
    assert holder["addresses"][0]["street"] == "Voorbeeldstraat 1"
    held = [
        (body["persons"][int(one["from"].rsplit("/", 1)[1])]["names"][0]["given"], one["type"])
        for one in body["relations"]
        if one["to"] == "/accounts/0"
    ]
    assert sorted(held) == [("Inbrenger", "other"), ("Mede", "control")]
    assert body["transactions"][0]["sender"] == "/accounts/0"
    assert [one.get("phone") or one.get("email") for one in body["identities"]] == [
        "+31205550123",
        "jan@mail.example",
    ]


def test_an_entity_has_its_directors():
    body = read(RICH).body

    (entity,) = body["organisations"]
    assert entity["name"] == "Voorbeeld Trading Ltd"
    assert entity["addresses"] == [{"locality": "Cebu City", "country": "PH"}]
    (directing,) = [one for one in body["relations"] if one["to"] == "/organisations/0"]
    director = body["persons"][int(directing["from"].rsplit("/", 1)[1])]
    assert director["names"][0]["family"] == "Directeur"
    assert "dob" not in director  # the earliest date that goAML can hold


def test_the_parties_of_a_transaction_are_its_ends_where_the_dialect_says_so():
    said, unsaid = read(RICH, DUTCH).body["transactions"][1], read(RICH).body["transactions"][1]

    assert said["sender"] == said["receiver"]  # one number, one person
    assert said["receiver_place"] == {"country": "PH"}
    assert "sender" not in unsaid
    assert (
        losses(read(RICH))["/report/transaction/1/involved_parties/party/0/role"] == "code-unknown"
    )


def test_a_party_written_twice_is_one_part_only_with_a_number():
    draft = read(RICH)
    maria = [one for one in draft.body["persons"] if one["names"][0]["given"] == "Maria"]

    assert len(maria) == 3  # two parties with a number, and two with a name only
    assert sum("ids" in one for one in maria) == 1


def test_a_suspicion_makes_nobody_a_suspect():
    body = read(RICH).body

    (named,) = [one for one in body["persons"] if "category" in one]
    assert named["category"] == "person_of_interest_not_suspect"
    assert named["ids"] == [{"number": "PH-0001", "kind": "other"}]


CLOCKS = {
    "the generic clock is UTC": ("Z", "2026-07-10T01:12:00", "2026-07-10T01:12:00Z"),
    "a fixed offset": ("+01:00", "2026-07-10T01:12:00", "2026-07-10T01:12:00+01:00"),
    "a zone in summer": ("Europe/Amsterdam", "2026-07-10T01:12:00", "2026-07-10T01:12:00+02:00"),
    "a zone in winter": ("Europe/Amsterdam", "2026-01-10T01:12:00", "2026-01-10T01:12:00+01:00"),
    "a zone west": ("America/St_Johns", "2026-01-10T01:12:00", "2026-01-10T01:12:00-03:30"),
    "the time's own offset": ("+01:00", "2026-07-10T01:12:00+08:00", "2026-07-10T01:12:00+08:00"),
}


@pytest.mark.parametrize(("clock", "found", "expected"), CLOCKS.values(), ids=CLOCKS.keys())
def test_a_time_is_read_by_the_clock_of_the_fiu_and_the_trail_says_so(clock, found, expected):
    draft = read(report(transaction(date=found)), read_dialect("fiu.test", {"clock": clock}))

    assert draft.body["transactions"][0]["time"] == expected
    rule = "as-is" if found == expected else f"clock-of-dialect:fiu.test:{clock}"
    assert rule_of(draft, "/transactions/0/time") == [rule]
    assert ("time_local" in draft.body["transactions"][0]) == (found != expected)


KINDS = {
    "STR": "str", "SAR": "sar", "UTR": "utr", "UAR": "uar", "CTR": "ctr", "ECTR": "ctr",
    "IFT": "iftr", "IFTR": "iftr", "BCR": "bcr", "AIF": "other", "AIFT": "other", "TFR": "other",
    "PEP": "other", "str": "str", "XYZ": None,
}  # fmt: skip


@pytest.mark.parametrize(("code", "kind"), KINDS.items())
def test_every_kind_of_report_is_read_and_an_unknown_one_is_named(code, kind):
    raw = report(transaction()).replace(b">STR<", f">{code}<".encode())
    draft = read(raw)

    assert draft.body.get("report_kind") == kind
    assert (losses(draft).get("/report/report_code") == "code-unknown") == (kind is None)
    assert draft.indicators == (f"report:{code}",)


BAD_TIMES = {
    "before 1753": ("1752-12-31T00:00:00", "bad-time"),
    "no such day": ("2026-02-30T00:00:00", "bad-time"),
    "another order": ("10/01/2026", "bad-time"),
    "twice in that night": ("2026-10-25T02:30:00", "ambiguous-time"),
    "never in that night": ("2026-03-29T02:30:00", "ambiguous-time"),
}


@pytest.mark.parametrize(("date", "code"), BAD_TIMES.values(), ids=BAD_TIMES.keys())
def test_a_time_that_cannot_be_read_is_a_fault_with_its_place(date, code):
    (fault,) = read(report(transaction(date=date)), DUTCH).faults

    assert (fault.pointer, fault.code) == ("/report/transaction/date_transaction", code)
    assert date not in fault.detail


def test_codes_come_from_the_dialect_and_unknown_ones_are_named():
    assert read(RICH, DUTCH).body["transactions"][0]["instrument"] == "remittance"
    assert losses(read(RICH))["/report/transaction/0/transmode_code"] == "code-unknown"
    assert losses(read(RICH))["/report/transaction/0/transaction_location"] == "placeholder"


def test_indicators_are_hits_and_keys_of_a_source_profile():
    draft = read(RICH, DUTCH)

    assert draft.body["indicator_hits"] == [{"rule": "goaml:LSAC-1", "version": "fiu.nl"}]
    assert draft.indicators == ("report:SAR", "LSAC-1")
    live = {"indicator": "LSAC-1", "phenomenon": ["live_stream_for_payment"]}
    governance = recorded(draft, cases=[live]).record.body["governance"]
    assert governance["phenomenon"] == ["live_stream_for_payment"]


def test_what_is_too_long_is_shortened_and_said_so():
    long = report(
        f"<reason>{'r' * 8000}</reason>"
        + transaction(f"<transaction_description>{'d' * 600}</transaction_description>")
    )
    draft = read(long)

    assert losses(draft)["/report/reason"] == "shortened"
    assert losses(draft)["/report/transaction/transaction_description"] == "shortened"
    assert rule_of(draft, "/summaries/0/text") == ["shortened"]
    assert recorded(draft).record.body["summaries"][0]["text"].endswith("[…]")


def test_a_report_without_a_reference_is_a_fault():
    (fault,) = read(report("", reference="")).faults

    assert (fault.pointer, fault.code) == ("/report/entity_reference", "required")


REFUSED = {
    "no XML": (b"report", SourceUnreadable),
    "a document type": (b"<!DOCTYPE report><report/>", SourceUnreadable),
    "another root": (b"<Document><report_code>STR</report_code></Document>", SourceUnmapped),
    "another report": (b"<report><incidentSummary/></report>", SourceUnmapped),
}


@pytest.mark.parametrize(("raw", "error"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_goaml_report_is_refused(raw, error):
    with pytest.raises(error):
        read(raw)


def test_a_transaction_has_one_sender_and_the_second_is_named():
    side = "<t_from><from_person><first_name>{}</first_name></from_person></t_from>"
    draft = read(report(transaction(side.format("Een") + side.format("Twee"))))

    assert "Twee" not in str(draft.body)
    assert losses(draft)["/report/transaction/t_from/1"] == "second-party"


def test_a_party_that_says_nothing_moves_no_pointer():
    sides = (
        "<t_from><from_person><first_name>-</first_name></from_person></t_from>"
        "<t_to><to_person><first_name>Maria</first_name></to_person></t_to>"
    )
    body = recorded(read(report(transaction(sides)))).record.body

    assert body["transactions"][0]["receiver"] == "/persons/1"
    assert body["persons"][1]["names"][0]["full"] == "Maria"


NAMES = [
    "report_code", "entity_reference", "reason", "transaction", "t_from", "t_to_my_client",
    "from_person", "from_account", "to_entity", "first_name", "birthdate", "account", "iban",
    "signatory", "t_person", "date_transaction", "amount_local", "involved_parties", "party",
    "role", "person", "phones", "phone", "tph_number", "report_indicators", "indicator",
    "addresses", "address", "email", "identification", "number", "director_id", "t_conductor",
]  # fmt: skip
TEXTS = st.sampled_from(["", "-", "x", "2026-01-10T01:12:00", "NL", "true", "NL91ABNA0417164300"])
TREES = st.recursive(
    st.tuples(st.sampled_from(NAMES), TEXTS).map(lambda one: f"<{one[0]}>{one[1]}</{one[0]}>"),
    lambda below: st.tuples(st.sampled_from(NAMES), st.lists(below, max_size=4)).map(
        lambda one: f"<{one[0]}>{''.join(one[1])}</{one[0]}>"
    ),
    max_leaves=30,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(TREES, max_size=6))
def test_whatever_stands_where_the_draft_accounts_for_itself(trees):
    raw = report("".join(trees))
    draft = read(raw, DUTCH)

    assert untraced(draft) == set()
    assert unaccounted(raw, draft) == set()


DIALECTS = {
    "an unknown setting": ({"zone": "Z"}, "/zone", "unknown-field"),
    "a setting of the wrong kind": ({"clock": 1}, "/clock", "wrong-type"),
    "a table of the wrong kind": ({"countries": {"UK": 1}}, "/countries/UK", "wrong-type"),
    "a clock of no place": ({"clock": "Europe/Atlantis"}, "/clock", "bad-clock"),
    "a folder of clocks": ({"clock": "Europe"}, "/clock", "bad-clock"),
    "a path": ({"clock": "/etc/passwd"}, "/clock", "bad-clock"),
    "no language": ({"language": "Dutch!"}, "/language", "bad-language"),
    "a code of another list": (
        {"report_kinds": {"STR": "STR"}},
        "/report_kinds/STR",
        "not-in-list",
    ),
    "a form without hours": ({"date_form": "DD/MM/YYYY"}, "/date_form", "bad-form"),
    "a form with the month twice": ({"date_form": "MM/MM/YYYY hh:mm"}, "/date_form", "bad-form"),
    "words in a form": ({"date_form": "DD of MM YYYY hh:mm"}, "/date_form", "bad-form"),
    "placeholders in a text": ({"placeholders": "-"}, "/placeholders", "wrong-list"),
    "a way with a star": ({"patterns": {"*/name": "a"}}, "/patterns/*~1name", "bad-way"),
    "a group in a pattern": ({"patterns": {"ssn": "(a+)+"}}, "/patterns/ssn", "bad-pattern"),
    "goods of no kind": ({"goods": {"V": "cars"}}, "/goods/V", "not-in-list"),
    "a schema without its digest": ({"schema": {"path": "/x.xsd"}}, "/schema", "bad-schema"),
    "a schema beside nothing": (
        {"schema": {"path": "x.xsd", "sha256": "0" * 64}},
        "/schema",
        "bad-schema",
    ),
    "a table without end": (
        {"countries": {f"C{number}": "NL" for number in range(1_001)}},
        "/countries",
        "too-many",
    ),
    "an unknown source": ({"source_kind": "bank"}, "/source_kind", "not-in-list"),
}


@pytest.mark.parametrize(("body", "pointer", "code"), DIALECTS.values(), ids=DIALECTS.keys())
def test_a_mistake_in_a_dialect_is_named(body, pointer, code):
    with pytest.raises(DialectInvalid) as refused:
        read_dialect("fiu.test", body)

    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [(pointer, code)]


def test_all_mistakes_of_a_dialect_are_named_at_once():
    with pytest.raises(DialectInvalid) as refused:
        read_dialect("No Name", {"zone": "Z", "clock": 1})

    assert len(refused.value.faults) == 3


def test_the_registry_gives_the_generic_dialect():
    (draft,) = adapter("goaml").read(SIMPLE, Caps())

    assert draft == read(SIMPLE)


@pytest.mark.parametrize(
    ("said", "flagged"), [("true", True), ("Y", True), ("ja", True), ("false", False), ("0", False)]
)
def test_a_person_is_protected_unless_the_report_says_no(said, flagged):
    name = "<first_name>Ann</first_name><last_name>Proef</last_name>"
    person = f"{name}<is_protected>{said}</is_protected>"
    inside = f"<t_from><from_person>{person}</from_person></t_from>"
    (ann,) = read(report(transaction(inside))).body["persons"]
    assert ann.get("safeguarding_flag", False) is flagged
