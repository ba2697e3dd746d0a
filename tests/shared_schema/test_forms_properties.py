"""Normal forms under any input: stable, and never one form for two identifiers."""

from __future__ import annotations

import base64
import binascii
import hashlib
import ipaddress
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import forms, wallet
from schemas.faults import NotNormal
from schemas.reference import FORMS

CASES = [(form.rule, vector.before, vector.given) for form in FORMS for vector in form.vectors]
BITCOIN = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
RIPPLE = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
HASHES = st.binary(min_size=20, max_size=20)
KEYS = st.binary(min_size=32, max_size=32)
TAGS = st.one_of(st.none(), st.integers(0, 2**32 - 1))


def stable(rule, value, beside):
    """Return the form, having seen that it is its own form; None where there is none."""
    try:
        found = forms.apply(rule, value, beside)
    except NotNormal:
        return None
    if rule != "registrable-domain" or found:
        assert forms.apply(rule, found, beside) == found
    return found


@given(st.sampled_from(CASES), st.data())
def test_a_value_changed_at_random_is_refused_or_its_form_is_stable(case, data):
    rule, value, beside = case
    chars = st.sampled_from(value + "0aZ:/. -@%[]\u0660\u00df\u3002\x00")
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(value)))
        value = value[:at] + data.draw(chars) + value[at + data.draw(st.integers(0, 2)) :]

    stable(rule, value, beside)


@pytest.mark.parametrize("rule", sorted({rule for rule, _, _ in CASES} - {"wallet", "amount"}))
@given(value=st.text(max_size=40))
def test_any_text_is_refused_or_its_form_is_stable(rule, value):
    stable(rule, value, {})


@given(st.text(max_size=120), st.sampled_from(wallet.NETWORKS))
def test_any_text_as_an_address_is_refused_or_its_form_is_stable(value, network):
    stable("wallet", value, {"network": network})


def base58(raw, alphabet=BITCOIN, *, check=True):
    if check:
        raw += hashlib.sha256(hashlib.sha256(raw).digest()).digest()[:4]
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = alphabet[rest] + text
    return alphabet[0] * (len(raw) - len(raw.lstrip(b"\0"))) + text


def ton(flag, key):
    body = bytes([flag, 0]) + key
    return base64.b64encode(body + binascii.crc_hqx(body, 0).to_bytes(2, "big")).decode()


def x_address(account, tag):
    flag = b"\x00" if tag is None else b"\x01"
    return base58(b"\x05\x44" + account + flag + (tag or 0).to_bytes(8, "little"), RIPPLE)


def forms_of(network, *ways):
    """Return the forms of several ways to write one identifier; a set of one."""
    return {forms.apply("wallet", way, {"network": network}) for way in ways}


def one_bit_off(raw):
    return bytes([raw[0] ^ 1]) + raw[1:]


WAYS = {
    "bitcoin": (HASHES, lambda raw: [base58(b"\x00" + raw)]),
    "bitcoin, a script": (HASHES, lambda raw: [base58(b"\x05" + raw)]),
    "bitcoin_cash": (HASHES, lambda raw: [base58(b"\x00" + raw)]),
    "bitcoin_cash, a script": (HASHES, lambda raw: [base58(b"\x05" + raw)]),
    "litecoin": (HASHES, lambda raw: [base58(b"\x05" + raw), base58(b"\x32" + raw)]),
    "zcash": (HASHES, lambda raw: [base58(b"\x1c\xb8" + raw)]),
    "tron": (HASHES, lambda raw: [base58(b"\x41" + raw), "41" + raw.hex().upper()]),
    "solana": (KEYS, lambda raw: [base58(raw, check=False)]),
    "ton": (
        KEYS,
        lambda raw: [
            ton(0x11, raw),
            ton(0x51, raw),
            ton(0x11, raw).replace("+", "-").replace("/", "_"),
            "0:" + raw.hex(),
        ],
    ),
}


@pytest.mark.parametrize("name", WAYS)
@given(data=st.data())
def test_all_ways_to_write_an_address_have_one_form_and_another_address_another(name, data):
    strategy, ways = WAYS[name]
    network = name.partition(",")[0]
    raw = data.draw(strategy)

    one = forms_of(network, *ways(raw))
    other = forms_of(network, *ways(one_bit_off(raw)))

    assert len(one) == len(other) == 1
    assert one != other


@given(HASHES)
def test_a_key_and_a_script_of_the_same_hash_stay_apart(raw):
    for network in ("bitcoin", "bitcoin_cash"):
        key = forms_of(network, base58(b"\x00" + raw))
        assert key != forms_of(network, base58(b"\x05" + raw))


@given(HASHES, TAGS, TAGS)
def test_a_destination_tag_is_part_of_who_it_is(account, tag, other):
    classic = base58(b"\x00" + account, RIPPLE)
    written = classic if tag is None else f"{classic}:{tag}"

    assert forms_of("xrp", x_address(account, tag), written) == {written}
    same = forms_of("xrp", x_address(account, other)) == {written}
    assert same == (tag == other)


@given(HASHES, HASHES)
def test_addresses_of_ethereums_kind_are_compared_without_case_and_across_networks(raw, other):
    lower, upper = f"0x{raw.hex()}", f"0x{raw.hex().upper()}"
    compared = {
        wallet.compared(network, forms.apply("wallet", text, {"network": network}))
        for network in wallet.EVM
        for text in (lower, upper)
    }

    assert len(compared) == 1
    different = wallet.compared("base", "0x" + other.hex())
    assert (different in compared) == (raw == other)


@given(st.text("0123456789", min_size=10, max_size=10))
def test_exactly_one_pair_of_check_digits_makes_an_iban(account):
    taken = [
        number
        for digits in range(100)
        if stable("iban", number := f"NL{digits:02}ABNA{account}", {}) is not None
    ]
    assert len(taken) == 1


@given(st.text("0123456789ABCXYZ", min_size=18, max_size=18))
def test_exactly_one_pair_of_check_digits_makes_an_lei(number):
    taken = [d for d in range(100) if stable("lei", f"{number}{d:02}", {}) is not None]

    assert len(taken) == 1


ADDRESSES = st.one_of(
    st.ip_addresses(v=4),
    st.ip_addresses(v=6),
    st.ip_addresses(v=4).map(lambda four: ipaddress.IPv6Address(f"::ffff:{four}")),
)


@given(ADDRESSES, ADDRESSES)
def test_two_addresses_share_a_form_only_if_one_is_the_other_mapped(one, other):
    def identity(address):
        return getattr(address, "ipv4_mapped", None) or address

    same = stable("ip", str(one), {}) == stable("ip", other.exploded, {})
    assert same == (identity(one) == identity(other))


@given(st.text("123456789", min_size=9, max_size=9), st.text("123456789", min_size=9, max_size=9))
def test_two_phone_numbers_never_share_a_form(one, other):
    first, second = (stable("e164", f"+31 {digits}", {}) for digits in (one, other))

    assert first == f"+31{one}"
    assert (first == second) == (one == other)


LOCAL = st.text("abcXYZ019.+-_!#", min_size=1, max_size=20)


@given(LOCAL, LOCAL)
def test_two_local_parts_never_share_a_form(one, other):
    forms_found = {stable("email", f"{local}@Example.org", {}) for local in (one, other)}

    assert len(forms_found) == len({one, other})


def test_all_branches_of_a_bank_stay_apart_from_one_another():
    branches = ["", *("".join(three) for three in itertools.product("A5X", repeat=3))]
    found = {branch: stable("bic", f"ABNANL2A{branch}", {}) for branch in branches}

    assert found["XXX"] == found[""] == "ABNANL2A"
    assert len(set(found.values())) == len(branches) - 1
