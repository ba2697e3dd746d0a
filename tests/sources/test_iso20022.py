"""Payment messages become one signal for each transfer, and say what they left."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from accounting import SOURCES, recorded, untraced
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import safe_xml
from adapters.base import Caps, SourceUnreadable
from adapters.registry import adapter
from adapters.sources.iso20022_cut import Bounds, Cutter
from gateway.core.guard import inspect_bytes
from gateway.core.normalise import RecordInvalid
from schemas.items import KINDS

VARIANTS = Path(__file__).parents[1] / "data" / "iso20022"
NAMES = sorted(path.stem for path in VARIANTS.glob("*.xml"))
SHIPPED = sorted((SOURCES / "iso20022").glob("*.xml"))
BATCH = (VARIANTS / "camt.053-batch.xml").read_bytes()
GROUPS = (VARIANTS / "pain.001-two-groups.xml").read_bytes()
CREDIT = (VARIANTS / "camt.054-credit.xml").read_bytes()
# Given by the gateway or the source profile, the same for every record here.
AROUND = ("id", "version", "schema", "originator", "created", "governance")


def read(raw, transfers=None):
    reader = adapter("iso20022")
    return list((reader.choosing(transfers) if transfers else reader).read(raw, Caps()))


def plain(value):
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items() if name != "meta"}
    return [plain(one) for one in value] if isinstance(value, list) else value


def outcome(draft):
    try:
        record = recorded(draft).record
    except RecordInvalid as invalid:
        return {"faults": [[one.pointer, one.code] for one in invalid.faults]}
    return {
        "record": plain({n: one for n, one in record.body.items() if n not in AROUND}),
        "losses": [[loss.source, loss.code] for loss in draft.losses],
        "indicators": list(draft.indicators),
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_message_becomes_the_records_that_stand_beside_it(name):
    expected = json.loads((VARIANTS / f"{name}.json").read_text())

    assert [outcome(draft) for draft in read((VARIANTS / f"{name}.xml").read_bytes())] == expected


def test_there_are_three_variants_of_each_message_at_least():
    for message in ("pain.001", "pacs.008", "camt.053", "camt.054"):
        assert sum(name.startswith(message) for name in NAMES) >= 3


@pytest.mark.parametrize("path", [*(VARIANTS / f"{n}.xml" for n in NAMES), *SHIPPED], ids=str)
def test_every_value_has_its_way_and_everything_else_is_named_as_lost(path):
    for draft in read(path.read_bytes()):
        assert untraced(draft) == set()
        alone = safe_xml.load(draft.raw, Caps())
        known = {step.source for step in draft.trail} | {loss.source for loss in draft.losses}
        for element in alone.walk():
            places = [element.path] if element.text else []
            places += [f"{element.path}/@{name}" for name in element.attributes]
            for place in places:
                ups = {place[:cut] for cut in range(len(place) + 1)}
                beside = "/AppHdr/" in place  # the envelope is no part of the message
                assert beside or ups & known, place


@pytest.mark.parametrize("path", [*(VARIANTS / f"{n}.xml" for n in NAMES), *SHIPPED], ids=str)
def test_what_is_kept_of_one_transfer_gives_the_same_record_again_and_names_no_other(path):
    drafts = read(path.read_bytes())
    for draft in drafts:
        (again,) = read(draft.raw)

        assert (again.body, again.trail, again.raw) == (draft.body, draft.trail, draft.raw)
        assert inspect_bytes(draft.raw, "application/xml") == []
    references = [draft.body["provider_ref"] for draft in drafts]
    assert len(set(references)) == len(references)


def test_the_original_of_one_transfer_holds_nothing_of_the_others():
    first, second, _, _ = read(BATCH)

    assert b"Test Payee 1" in first.raw
    assert b"Test Payee 2" not in first.raw
    assert b"BATCH" in first.raw  # what the entry says of all of them stays
    assert b"Test Payee 1" not in second.raw


@pytest.mark.parametrize("block", [1, 7, 64, 4096])
@pytest.mark.parametrize("transfers", [1, 2, 3, 100])
@pytest.mark.parametrize(
    "raw", [BATCH, GROUPS, *(path.read_bytes() for path in SHIPPED)], ids=["batch", "groups", 2, 3]
)
def test_however_a_document_is_cut_its_records_are_the_same(raw, transfers, block):
    blocks = [raw[at : at + block] for at in range(0, len(raw), block)]
    pieces = list(Cutter(blocks).pieces(Bounds(transfers=transfers)))

    found = [draft.body for piece in pieces for draft in read(piece)]
    assert found == [draft.body for draft in read(raw)]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_damaged_message_is_a_draft_or_a_refusal(data):
    raw = bytearray(data.draw(st.sampled_from([BATCH, GROUPS, CREDIT])))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(raw) - 1))
        length = data.draw(st.integers(0, 40))
        raw[start : start + length] = data.draw(st.binary(max_size=20))
    try:
        drafts = read(bytes(raw))
    except SourceUnreadable:
        return
    for draft in drafts:
        outcome(draft)
        assert untraced(draft) == set()


REFUSED = {
    "a document type": (b'<!DOCTYPE a [<!ENTITY b "c">]>' + CREDIT[39:], "document-type"),
    "an entity": (CREDIT.replace(b"Test Payee", b"&b;"), "malformed"),
    "half a file": (BATCH[: len(BATCH) // 2], "malformed"),
    "an entry within an entry": (
        CREDIT.replace(b"<NtryDtls>", b"<Ntry/><NtryDtls>"),
        "malformed",
    ),
    "tags that cross": (CREDIT.replace(b"</Ntry>", b"</Ntfctn></Ntry><Ntfctn>"), "malformed"),
    "a comment that never ends": (CREDIT.replace(b"<Amt", b"<!-- <Amt"), "malformed"),
    "an encoding of its own": (CREDIT.replace(b"UTF-8", b"cp037"), "bad-encoding"),
    "a thousand elements deep": (
        CREDIT.replace(b"<RltdDts>", b"<a>" * 1000 + b"</a>" * 1000 + b"<RltdDts>"),
        "too-deep",
    ),
}


@pytest.mark.parametrize(("raw", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_sound_document_is_refused_and_nothing_kept(raw, code):
    with pytest.raises(SourceUnreadable) as refused:
        read(raw)

    assert [fault.code for fault in refused.value.faults] == [code]


OPEN, SHUT = b"<Document><BkToCstmrStmt><Stmt>", b"</Stmt></BkToCstmrStmt></Document>"
BOMBS = {
    "deep": OPEN + b"<a>" * 49_000 + b"</a>" * 49_000 + SHUT,
    "a comment without an end": OPEN + b"<!--" + b"x" * 7_000_000,
    "tags without an end": OPEN + b"<Ntry " * 1_000_000,
    "entries in entries": OPEN + b"<Ntry>" * 40_000 + b"</Ntry>" * 40_000 + SHUT,
    "too many entries": OPEN + b"<Ntry/>" * 99_000 + SHUT,
    "a long amount": OPEN + b"<Ntry><Amt>" + b"9" * 7_000_000 + b"</Amt></Ntry>" + SHUT,
}


@pytest.mark.parametrize("raw", BOMBS.values(), ids=BOMBS.keys())
def test_a_document_made_to_harm_is_refused_at_once(raw):
    begun = time.process_time()
    with pytest.raises(SourceUnreadable):
        read(raw)

    assert time.process_time() - begun < 0.5  # it takes a tenth of that on a quiet machine


def test_more_transfers_than_a_request_may_have_are_refused():
    with pytest.raises(SourceUnreadable) as refused:
        list(adapter("iso20022").read(BATCH, Caps(max_records=3)))

    assert refused.value.faults[0].code == "too-many-records"


@pytest.mark.parametrize(
    "raw",
    [
        b"<Document><BkToCstmrDbtCdtNtfctnX/></Document>",
        b"<a/>",
        b"<a><BkToCstmrStmt/><BkToCstmrStmt/></a>",
    ],
)
def test_another_document_is_refused_since_it_may_name_bystanders_too(raw):
    with pytest.raises(SourceUnreadable) as refused:
        read(raw)

    assert [fault.code for fault in refused.value.faults] == ["not-iso20022"]


def test_a_statement_of_nothing_is_no_record():
    assert (
        read(b"<Document><BkToCstmrStmt><Stmt><Id>1</Id></Stmt></BkToCstmrStmt></Document>") == []
    )


CHOICES = {
    "all": ({"all": True}, ["1.1", "1.2", "1.3", "2"]),
    "by reference": ({"references": ["E2E-2"]}, ["1.2"]),
    "by the account at the other end": ({"accounts": ["003"]}, ["1.3"]),
    "by country": ({"countries": ["PH"]}, ["1.1", "1.2", "1.3"]),
    "by amount": ({"at_least": "7.01", "at_most": "20"}, ["1.1", "1.2"]),
    "by amount and country": ({"at_most": "20", "countries": ["FI"]}, []),
    "nothing said": ({}, []),
}


@pytest.mark.parametrize(("criteria", "places"), CHOICES.values(), ids=CHOICES.keys())
def test_a_source_takes_the_transfers_it_was_set_up_for(criteria, places):
    drafts = read(BATCH, {"seen_by": "fiu", **criteria})

    assert [draft.body["provider_ref"].rpartition("/")[2] for draft in drafts] == places
    for draft in drafts:
        assert draft.body["source_kind"] == "fiu"
        others = [loss.code for loss in draft.losses if loss.code == "others-not-taken"]
        assert others == ([] if len(places) == 4 else ["others-not-taken"])


SOURCE = {"org": "police.nl", "adapter": "iso20022"}
CONFIGURED = {
    "nothing said of transfers": (SOURCE, False),
    "all, written out": ({**SOURCE, "transfers": {"seen_by": "psp", "all": True}}, True),
    "by country": ({**SOURCE, "transfers": {"seen_by": "psp", "countries": ["PH"]}}, True),
    "all and a criterion": (
        {**SOURCE, "transfers": {"seen_by": "psp", "all": True, "countries": ["PH"]}},
        False,
    ),
    "no criterion": ({**SOURCE, "transfers": {"seen_by": "psp"}}, False),
    "nobody saw it": ({**SOURCE, "transfers": {"all": True}}, False),
    "another adapter": (
        {**SOURCE, "adapter": "goaml", "transfers": {"seen_by": "psp", "all": True}},
        False,
    ),
}


@pytest.mark.parametrize(("body", "sound"), CONFIGURED.values(), ids=CONFIGURED.keys())
def test_a_source_says_which_transfers_it_takes(body, sound):
    faults = KINDS["source"]().validate(body)

    assert (faults == {}) is sound, faults


@given(st.sampled_from([*NAMES, *SHIPPED]))
@settings(max_examples=20)
def test_the_quick_parser_reads_what_the_careful_one_reads(name):
    raw = (name if isinstance(name, Path) else VARIANTS / f"{name}.xml").read_bytes()
    careful = list(safe_xml.load(raw, Caps()).walk())
    quick = list(safe_xml.tree(raw, Caps()).iter())

    assert [one.tag for one in careful] == [one.tag.rpartition("}")[2] for one in quick]
    assert [one.text for one in careful if not one.children] == [
        (one.text or "").strip() for one in quick if not len(one)
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"<CdtDbtInd>CRDT<", b"<CdtDbtInd>Crdt<"),
        (b"<CdtDbtInd>CRDT<", b"<CdtDbtInd>CREDIT<"),
        (b"<Sts>", b"<RvslInd>TRUE</RvslInd><Sts>"),
    ],
)
def test_a_code_that_says_who_paid_is_never_guessed(before, after):
    assert before in CREDIT
    drafts = list(read(CREDIT.replace(before, after)))
    assert {fault.code for draft in drafts for fault in draft.faults} == {"code-unknown"}
