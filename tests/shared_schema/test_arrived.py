"""A partner's record text is believed only if the shared schema reads it, whatever its bytes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.arrived import ArrivedInvalid, parse_arrived
from gateway.core.ids import OrgId
from gateway.core.record import compact

ORG = OrgId("police.example")
TEXT = {
    "id": "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057",
    "version": 3,
    "rendition": {"id": "whole", "withheld": []},
    "nonce": "A" * 43,
    "schema": "outcome@1.0",
    "originator": {"org_id": "police.example", "country": "NL", "org_class": "eu_authority"},
    "created": "2026-02-05T08:00:00Z",
    "type": "outcome",
    "provider_ref": "OUT-1",
    "record": "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8058",
    "code": "arrest",
}


def test_a_good_text_becomes_a_record_with_the_body_as_it_came():
    record = parse_arrived(compact(TEXT), ORG)

    assert (record.id, record.version, record.type, record.org) == (
        TEXT["id"],
        3,
        "outcome",
        ORG,
    )
    assert record.body == TEXT


BAD = {
    "not JSON": b"{",
    "not UTF-8": b'{"a":"\xff"}',
    "nothing": b"",
    "a list": b"[]",
    "a number": b"1",
    "a repeated member": compact(TEXT)[:-1] + b',"code":"arrest"}',
    "deep nesting": b"[" * 100_000,
    "a float": compact({**TEXT, "version": 3.0}),
    "not a number": compact(TEXT).replace(b'"version":3', b'"version":NaN'),
    "half of a surrogate pair": compact(TEXT).replace(b"OUT-1", b"\\ud800"),
    "no nonce": compact({k: v for k, v in TEXT.items() if k != "nonce"}),
    "an unknown code": compact({**TEXT, "code": "won"}),
    "too large": compact({**TEXT, "terms": {"x": "y" * 300_000}}),
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_a_text_that_is_no_record_is_refused_with_its_faults(text):
    with pytest.raises(ArrivedInvalid) as refused:
        parse_arrived(text, ORG)

    assert refused.value.faults
    assert refused.value.__cause__ is None


@given(at=st.integers(0, len(compact(TEXT)) - 1), byte=st.integers(0, 255))
def test_any_byte_changed_gives_a_record_or_a_refusal(at, byte):
    text = bytearray(compact(TEXT))
    text[at] = byte

    try:
        record = parse_arrived(bytes(text), ORG)
    except ArrivedInvalid:
        return
    assert record.body == json.loads(bytes(text))
