"""What the ledger says, its leaves, and the signed head."""

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.ledger import (
    ACTS,
    ActRefused,
    Checkpoint,
    EntryMalformed,
    NoteMalformed,
    NoteSignature,
    body,
    entry,
    lay_out,
    leaf,
    note_key_id,
    parse_note,
    read_entry,
)

HANDED = {"partner": "fiu.ee", "ep": 1, "seq": 2, "digest": "abc_-"}


def test_an_entry_is_the_same_bytes_whatever_the_order_of_its_fields():
    written = entry("handed", 5, **HANDED)

    assert written == entry("handed", 5, **dict(reversed(HANDED.items())))
    assert written == (
        b'{"act":"handed","at":5,"digest":"abc_-","ep":1,"partner":"fiu.ee","seq":2}'
    )
    assert read_entry(written) == {"act": "handed", "at": 5, **HANDED}


@pytest.mark.parametrize("act", sorted(ACTS))
def test_every_act_has_exactly_its_fields(act):
    fields = dict.fromkeys(ACTS[act], 1)
    assert read_entry(entry(act, 1, **fields))["act"] == act
    with pytest.raises(ActRefused):
        entry(act, 1, **fields, more=1)
    with pytest.raises(ActRefused):
        entry(act, 1, **dict(list(fields.items())[1:]))


def test_an_act_that_is_not_on_the_list_is_refused():
    with pytest.raises(ActRefused):
        entry("peeked", 1)


@pytest.mark.parametrize("words", ["Jan Jansen", "a\nb", "é", "x" * 201])
def test_words_are_refused_where_ids_codes_and_digests_belong(words):
    with pytest.raises(ActRefused):
        entry("handed", 1, **{**HANDED, "partner": words})


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"{}", b"\xff", b"[" * 100_000])
def test_what_is_no_entry_is_malformed(raw):
    with pytest.raises(EntryMalformed):
        read_entry(raw)


def test_a_leaf_hides_the_entry_behind_its_salt():
    salt, written = bytes(32), b'{"act":"x"}'
    inner = hashlib.sha256(salt + written).digest()
    assert leaf(salt, written) == hashlib.sha256(b"\x00" + inner).digest()
    assert leaf(bytes([1]) * 32, written) != leaf(salt, written)


HEAD = Checkpoint("gateway.example", 12, bytes(range(32)))
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = KEY.public_key().public_bytes_raw()


def test_a_signed_head_is_a_c2sp_note():
    signature = KEY.sign(body(HEAD))
    key_id = note_key_id("gateway.example", PUBLIC)
    note = lay_out(HEAD, [NoteSignature("gateway.example", key_id, signature)])

    origin, size, root, empty, line = note.removesuffix("\n").split("\n")
    assert (origin, size, empty) == ("gateway.example", "12", "")
    assert base64.b64decode(root) == HEAD.root
    assert line.startswith("— gateway.example ")
    packed = base64.b64decode(line.split(" ")[2])
    assert packed[:4] == hashlib.sha256(b"gateway.example\n\x01" + PUBLIC).digest()[:4]
    KEY.public_key().verify(packed[4:], f"{origin}\n{size}\n{root}\n".encode())


def test_a_published_key_has_its_published_hint():
    # The verifier key of Go's checksum database, sum.golang.org+033de0ae+Ac4z….
    packed = base64.b64decode("Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")
    assert packed[0] == 1
    assert note_key_id("sum.golang.org", packed[1:]).hex() == "033de0ae"


@given(
    st.integers(0, 2**53 - 1),
    st.binary(min_size=32, max_size=32),
    st.lists(st.binary(min_size=1, max_size=80), min_size=1, max_size=3),
)
def test_a_note_is_read_as_it_was_laid_out(size, root, signatures):
    head = Checkpoint("gateway.example", size, root)
    signed = tuple(NoteSignature(f"k{i}", bytes(4), raw) for i, raw in enumerate(signatures))

    note = parse_note(lay_out(head, signed))

    assert (note.checkpoint, note.signatures, note.body) == (head, signed, body(head))


GOOD = lay_out(HEAD, [NoteSignature("a", bytes(4), b"signature")])
MALFORMED = {
    "empty": "",
    "no signature": body(HEAD).decode() + "\n",
    "no body": GOOD.partition("\n\n")[2],
    "leading zero": GOOD.replace("\n12\n", "\n012\n"),
    "negative size": GOOD.replace("\n12\n", "\n-12\n"),
    "size of five thousand digits": GOOD.replace("\n12\n", "\n" + "9" * 5000 + "\n"),
    "short root": GOOD.replace("\n12\nAA", "\n12\n"),
    "no last line feed": GOOD[:-1],
    "text after the signatures": GOOD + "more\n",
    "a signature with no bytes after the hint": lay_out(HEAD, [NoteSignature("a", bytes(4), b"")]),
    "a signature that is not base64": body(HEAD).decode() + "\n— a AAAAA\n",
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_note_is_malformed(text):
    assert parse_note(GOOD).checkpoint == HEAD
    with pytest.raises(NoteMalformed):
        parse_note(text)


@given(st.text(max_size=200))
def test_any_text_is_a_note_or_malformed(text):
    try:
        parse_note(text)
    except NoteMalformed:
        return
    raise AssertionError(json.dumps(text))
