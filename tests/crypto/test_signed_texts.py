"""Statements, plaintexts and receipts have one form; other libraries agree on their signatures."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from forge import ALICE, BOB, EP, KEYS, NOW, PREV, TEXTS, bodied
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import OKPKey
from jwcrypto import jwk, jws

from gateway.core import bodies, envelope, receipt, statement
from gateway.core.bodies import Texts
from gateway.core.receipt import Receipt, Sent
from gateway.core.statement import Statement
from keys.errors import KeysError, NotExact
from keys.jws import parse
from keys.memory import MemoryKeys
from keys.ring import Ring
from keys.suite import digest, encapsulate

AGENT = KEYS[ALICE].agent()
RECIPIENT = KEYS[BOB].public_keys()[2].key
SAID = Statement(
    iss=ALICE,
    aud=BOB,
    rk=RECIPIENT.kid,
    ep=EP,
    seq=7,
    prev=PREV,
    iat=NOW,
    exp=NOW + 60,
    kind="records",
    agr="red-flags",
    pur="prevention",
    body=Texts(tuple(map(digest, TEXTS))),
)


def signed(unsigned, agent=AGENT):
    return unsigned.assemble(agent.sign([unsigned.to_sign()])[0])


LINE = signed(statement.lay_out(SAID, AGENT.signers(NOW)))
RECEIVED = Receipt(
    iss=ALICE,
    aud=BOB,
    ep=EP,
    seq=7,
    digest=PREV,
    state="stored",
    at=NOW,
    upto=7,
    checkpoint="fiu.ee/ledger\n7\nAAAA\n\n— fiu.ee BBBB\n",
)
SENT = Sent(partner=ALICE, us=BOB, ep=EP, seq=7, digest=PREV)
RECEIPT = signed(receipt.lay_out(RECEIVED, AGENT.signers(NOW)))
RING = Ring(KEYS[ALICE].public_keys())


def test_a_statement_is_read_as_it_was_laid_out():
    assert statement.parse_payload(statement.parse(LINE).payload) == SAID


BODIES = {
    "verdict": bodies.Verdicts(
        (
            bodies.VerdictItem(ep=1, seq=2, id="urn:uuid:1", version=3, state="held", code="R-09"),
            bodies.VerdictItem(ep=1, seq=2, id=None, version=None, state="cannot"),
        )
    ),
    "void": bodies.Voids((bodies.VoidItem(3, PREV, "expired"),)),
    "key-notice": bodies.CardNotice('{"payload":"x"}'),
    "greeting": bodies.OtherBody({"hello": ["there"]}),
}


@pytest.mark.parametrize(("kind", "body"), BODIES.items(), ids=BODIES.keys())
def test_each_kind_is_read_as_it_was_laid_out(kind, body):
    said = replace(SAID, kind=kind, agr=None, pur=None, body=body)

    unsigned = statement.lay_out(said, AGENT.signers(NOW))

    assert statement.parse_payload(unsigned.payload) == said


NEVER_SAID = {
    "two words for a purpose": {"pur": "two words"},
    "no texts": {"body": Texts(())},
    "nothing before the second place": {"prev": None},
    "a kind with a space": {"kind": "a kind"},
}


@pytest.mark.parametrize("changes", NEVER_SAID.values(), ids=NEVER_SAID.keys())
def test_what_nobody_would_take_is_never_signed(changes):
    with pytest.raises(statement.MalformedStatement):
        statement.lay_out(replace(SAID, **changes), AGENT.signers(NOW))


def test_one_batch_goes_from_one_gateway_to_the_other():
    plain = statement.plaintext(LINE, TEXTS)
    raw = envelope.lay_out(
        SAID, plain, cek=b"c" * 32, iv=b"i" * 12, sealed_for=encapsulate(RECIPIENT, b"c" * 32)
    )
    reception = envelope.Reception(
        peer=ALICE,
        us=BOB,
        partners={ALICE: envelope.Sender("xg1", agreement=True)},
        open_kids=frozenset({RECIPIENT.kid}),
    )

    outer = envelope.examine(raw, reception)
    (cek,) = KEYS[BOB].agent().open([outer.sealed_for])
    believed = envelope.believe(
        outer,
        cek,
        envelope.Believing(
            ring=RING,
            agreements={
                "red-flags": envelope.Agreed(active=True, purposes=frozenset({"prevention"}))
            },
            places=envelope.Places(),
            arrived_at=NOW,
        ),
    )

    assert (believed.statement, believed.texts, believed.digest) == (SAID, TEXTS, digest(raw))
    assert believed.new_sequence


@given(st.integers(0, 5_000_000))
def test_a_size_step_is_the_least_that_holds(size):
    step = statement.padded_size(size)

    assert size <= step
    assert statement.padded_size(step) == step
    assert step in (8192, 16384, 32768, 65536) or step % 65536 == 0
    assert step == 8192 or statement.padded_size(step - 1) == step
    assert step - size < max(8193, 65536 if step > 65536 else step // 2 + 1)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 256 * 1024), min_size=1, max_size=40))
def test_what_fits_can_be_sealed(sizes):
    texts = [b"x" * size for size in sizes]
    count = statement.fitting(texts)
    said = replace(SAID, body=Texts(tuple(map(digest, texts[:count]))))

    line = signed(statement.lay_out(said, AGENT.signers(NOW)))
    filled = statement.plaintext(line, texts[:count])

    assert statement.split(filled).rest == tuple(texts[:count])
    assert count == len(sizes) or sum(sizes[: count + 1]) > 4 * 1024 * 1024 - 16 * 1024


def test_five_hundred_texts_fit_and_no_more():
    assert statement.fitting([b"{}"] * 600) == 500


def test_a_text_with_a_line_end_is_never_sealed():
    with pytest.raises(statement.MalformedLines):
        statement.plaintext(LINE, [b'{"a":\r1}'])


def test_the_evidence_of_the_originator_covers_its_texts():
    assert statement.check_evidence(LINE, TEXTS[0], RING) == SAID


EVIDENCE = {
    "another text": (LINE, b"{}", RING),
    "the ring of another": (LINE, TEXTS[0], Ring(KEYS[BOB].public_keys())),
    "an altered line": (LINE.replace(b"A", b"B", 1), TEXTS[0], RING),
    "no statement": (b"{}", TEXTS[0], RING),
    "a receipt": (RECEIPT, TEXTS[0], RING),
}


@pytest.mark.parametrize(("line", "text", "ring"), EVIDENCE.values(), ids=EVIDENCE.keys())
def test_evidence_that_proves_nothing_is_refused(line, text, ring):
    with pytest.raises(statement.EvidenceRefused):
        statement.check_evidence(line, text, ring)


def test_a_receipt_for_what_we_sent_is_believed():
    assert receipt.check(receipt.parse(RECEIPT), SENT, RING, NOW) == RECEIVED


RECEIPTS = {
    "from another partner": (replace(SENT, partner=BOB), RING, NOW, receipt.ReceiptNotOurs),
    "for another gateway": (replace(SENT, us=ALICE), RING, NOW, receipt.ReceiptNotOurs),
    "of another place": (replace(SENT, seq=8), RING, NOW, receipt.ReceiptNotOurs),
    "of other bytes": (replace(SENT, digest=digest(b"")), RING, NOW, receipt.ReceiptNotOurs),
    "by keys of another": (SENT, Ring(KEYS[BOB].public_keys()), NOW, receipt.ReceiptSignatureWrong),
    "by revoked keys": (
        SENT,
        Ring(replace(one, state="revoked") for one in KEYS[ALICE].public_keys()),
        NOW,
        receipt.ReceiptSignatureWrong,
    ),
    "by keys of a later date": (
        SENT,
        Ring(MemoryKeys(ALICE.encode(), not_before=NOW + 1).public_keys()),
        NOW,
        receipt.ReceiptSignatureWrong,
    ),
    "301 s ahead": (SENT, RING, NOW - 301, receipt.ReceiptFromTheFuture),
}


@pytest.mark.parametrize(("sent", "ring", "now", "refused"), RECEIPTS.values(), ids=RECEIPTS.keys())
def test_a_receipt_that_answers_nothing_of_ours_is_refused(sent, ring, now, refused):
    with pytest.raises(receipt.ReceiptRefused) as refusal:
        receipt.check(receipt.parse(RECEIPT), sent, ring, now)

    assert type(refusal.value) is refused


MALFORMED = {
    "stored with an incident": {"incident": "i-1"},
    "stored with a code": {"code": "sequence"},
    "refused without an incident": {"state": "refused"},
    "refused with the step": {"state": "refused", "incident": "i-1", "code": "signatures-wrong"},
    "of no state": {"state": "maybe"},
    "of no place": {"seq": 0},
    "with a control character": {"checkpoint": "a\x00"},
}


@pytest.mark.parametrize("changes", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_receipt_is_never_signed(changes):
    with pytest.raises(receipt.MalformedReceipt):
        receipt.lay_out(replace(RECEIVED, **changes), AGENT.signers(NOW))


@pytest.mark.parametrize("raw", [b"", b"{}", b"\xff", LINE, RECEIPT + b"\n", b"x" * 70_000])
def test_what_is_no_receipt_is_refused(raw):
    with pytest.raises(receipt.MalformedReceipt):
        receipt.parse(raw)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(RECEIPT) - 1), st.binary(min_size=1, max_size=2))
def test_no_changed_byte_of_a_receipt_is_ever_believed(at, new):
    changed = RECEIPT[:at] + new + RECEIPT[at + 1 :]
    if changed == RECEIPT:
        return

    with pytest.raises((receipt.MalformedReceipt, receipt.ReceiptRefused)):
        receipt.check(receipt.parse(changed), SENT, RING, NOW)


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["payload", "signatures", "protected", "signature"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=8,
    )
)
def test_arbitrary_json_is_no_signed_text(value):
    with pytest.raises(NotExact):
        parse(json.dumps(value).encode(), "xg-statement+jws")


def test_nothing_but_our_own_errors_comes_out_of_parsing():
    assert issubclass(NotExact, KeysError)


@pytest.mark.parametrize("place", [0, 1])
def test_an_off_the_shelf_library_verifies_each_signature(place):
    key = KEYS[ALICE].public_keys()[place].key
    public = jwk.JWK(**key.jwk)
    token = jws.JWS()
    token.allowed_algs = ["Ed25519", "ML-DSA-65"]
    token.deserialize(LINE.decode())

    token.verify(public, alg=key.alg)

    assert json.loads(token.payload)["body"] == bodied(TEXTS)


def test_another_library_computes_the_same_key_id():
    key = KEYS[ALICE].public_keys()[0].key

    assert OKPKey.import_key(key.jwk).thumbprint() == key.kid
