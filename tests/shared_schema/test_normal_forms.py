"""Normal forms: equal things become equal texts, and what is ambiguous is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import forms, moments, normal, wallet
from schemas.codes import COUNTRIES, CURRENCIES, MINOR_UNITS
from schemas.faults import NotNormal
from schemas.keccak import keccak256
from schemas.reference import FORMS

PUBLISHED = Path(__file__).parents[2] / "docs" / "spec" / "vectors" / "normal-forms"

VECTORS = [
    pytest.param(form.rule, vector, id=f"{form.rule}: {vector.before[:24]!r}")
    for form in FORMS
    for vector in form.vectors
]


def normal_form(rule, value, given):
    """Return the normal form, or the code that refuses the value."""
    try:
        return forms.apply(rule, value, given)
    except NotNormal as refused:
        return f"refused: {refused.code}"


@pytest.mark.parametrize(("rule", "vector"), VECTORS)
def test_each_published_vector_holds(rule, vector):
    wanted = vector.after if vector.refused is None else f"refused: {vector.refused}"

    assert normal_form(rule, vector.before, vector.given) == wanted


@pytest.mark.parametrize(("rule", "vector"), VECTORS)
def test_the_normal_form_of_a_normal_form_is_itself(rule, vector):
    if vector.after:
        assert normal_form(rule, vector.after, vector.given) == vector.after


@pytest.mark.parametrize("path", sorted(PUBLISHED.glob("*.json")), ids=lambda path: path.stem)
def test_a_reader_of_the_published_files_alone_can_run_them(path):
    published = json.loads(path.read_text(encoding="utf-8"))

    assert published["rule"] == path.stem
    assert published["vectors"]
    for one in published["vectors"]:
        found = normal_form(published["rule"], one["before"], one.get("given", {}))
        assert found == (one["after"] if "after" in one else f"refused: {one['refused']}")


def test_every_form_shows_what_it_takes_and_what_it_refuses():
    for form in FORMS:
        assert any(vector.refused is None for vector in form.vectors), form.rule
        if form.rule != "registrable-domain":  # of a host in normal form: has one or has none
            assert any(vector.refused for vector in form.vectors), form.rule


def test_every_network_has_a_vector_it_takes():
    shown = {v.given["network"] for form in FORMS for v in form.vectors if "network" in v.given}

    assert wallet.NETWORKS[0] in shown
    assert set(wallet.NETWORKS) - set(wallet.EVM) <= shown


def test_a_refusal_never_repeats_the_value():
    for form in FORMS:
        for vector in form.vectors:
            if vector.refused and len(vector.before) > 4:
                with pytest.raises(NotNormal) as refused:
                    forms.apply(form.rule, vector.before, vector.given)
                assert vector.before not in refused.value.detail


GOOD = [
    (normal.iban, "DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
    (normal.iban, "BE68-5390-0754-7034", "BE68539007547034"),
    (normal.ip, "2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
    (normal.ip, "192[.]0[.]2[.]1", "192.0.2.1"),
    (normal.url, "https://bücher.example/ä?x=1#y", "https://xn--bcher-kva.example/%C3%A4?x=1#y"),
    (normal.host, "under_score.example.org", "under_score.example.org"),
    (normal.phone, "0031 20 555 0123", "+31205550123"),
    (normal.card, "411111xxxxxx1111", "411111******1111"),
    (normal.language, "PT_br", "pt-BR"),
    (moments.instant, "2026-01-03t01:12:00.5000z", "2026-01-03T01:12:00.5Z"),
    (moments.instant, "2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00Z"),
    (moments.local_time, "2026-01-03T02:12:00-03:30", "2026-01-03T02:12:00-03:30"),
    (moments.local_time, "2026-01-03T02:12:00", "2026-01-03T02:12:00"),
    (moments.partial_date, "1971-05-20T00:00:00", "1971-05-20"),
    (moments.partial_date, "1971", "1971"),
]


@pytest.mark.parametrize(("form", "before", "after"), GOOD)
def test_a_value_gets_its_normal_form(form, before, after):
    assert form(before) == after


BAD = [
    (normal.iban, "NL91ABNA0417164301", "bad-iban"),
    (normal.iban, "NL91ABNA041716430", "bad-iban"),
    (normal.iban, "XX00", "bad-iban"),
    (normal.bic, "ABN", "bad-bic"),
    (normal.phone, "020 555 0123", "ambiguous-phone"),
    (normal.phone, "+31 1", "bad-phone"),
    (normal.phone, "+999 12345678", "bad-phone"),
    (normal.email, "nobody", "bad-email"),
    (normal.email, "a b@example.org", "bad-email"),
    (normal.host, "exa mple.org", "bad-host"),
    (normal.host, "192.0.2.1", "bad-host"),
    (normal.host, "-" * 64 + "é.org", "bad-host"),
    (normal.url, "javascript:alert(1)", "bad-url"),
    (normal.url, "data:text/plain,x", "bad-url"),
    (normal.url, "/relative", "bad-url"),
    (normal.ip, "192.000.002.001", "bad-ip"),
    (normal.ip, "fe80::1%eth0", "bad-ip"),
    (normal.ip, "192.0.2.1:80", "bad-ip"),
    (normal.asn, "4294967296", "bad-asn"),
    (normal.asn, "\u0661", "bad-asn"),
    (normal.card, "4111 1111 1111 1112", "bad-card"),
    (normal.language, "x", "bad-language"),
    (normal.text, "a\x00b", "control-character"),
    (normal.text, "\ud800", "control-character"),
    (moments.instant, "2026-01-15T09:30:00", "ambiguous-time"),
    (moments.instant, "03/04/2026 10:00", "ambiguous-date"),
    (moments.instant, "2026-02-30T00:00:00Z", "bad-time"),
    (moments.instant, "2026-01-01T24:00:00Z", "bad-time"),
    (moments.instant, "2026-01-01T00:00:00+15:00", "bad-time"),
    (moments.instant, "0001-01-01T00:00:00+01:00", "bad-date"),
    (moments.partial_date, "03/04/2026", "ambiguous-date"),
    (moments.partial_date, "3-4-26", "ambiguous-date"),
    (moments.partial_date, "31/12/2026", "bad-date"),
    (moments.partial_date, "2026-02-30", "bad-date"),
    (moments.partial_date, "\u0661\u0669\u0667\u0661", "bad-date"),
    (moments.whole_date, "2026-01", "bad-date"),
]


@pytest.mark.parametrize(("form", "value", "code"), BAD)
def test_what_has_no_normal_form_is_refused_with_its_reason(form, value, code):
    with pytest.raises(NotNormal) as refused:
        form(value)

    assert refused.value.code == code


@pytest.mark.parametrize(("form", "value", "code"), BAD)
def test_no_refusal_repeats_the_value(form, value, code):
    with pytest.raises(NotNormal) as refused:
        form(value)

    said = refused.value.detail
    assert len(value) < 4 or value not in said


AMOUNTS = [
    ("40", "EUR", "40.00"),
    ("40.5", "EUR", "40.50"),
    ("40.500", "EUR", "40.50"),
    ("6500", "JPY", "6500"),
    ("6500.00", "JPY", "6500"),
    ("1.234", "KWD", "1.234"),
    ("-0.10", "EUR", "-0.10"),
    ("0.00000001", "BTC", "0.00000001"),
]


@pytest.mark.parametrize(("value", "currency", "wanted"), AMOUNTS)
def test_an_amount_has_the_decimals_of_its_currency(value, currency, wanted):
    assert moments.amount(value, currency) == wanted


@pytest.mark.parametrize(
    ("value", "currency", "code"),
    [
        ("65.5", "JPY", "minor-units"),
        ("40.005", "EUR", "minor-units"),
        ("1,234", "EUR", "ambiguous-amount"),
        ("1 234", "EUR", "ambiguous-amount"),
        ("1e3", "EUR", "bad-amount"),
        ("NaN", "EUR", "bad-amount"),
        (".5", "EUR", "bad-amount"),
        ("\u0661", "EUR", "bad-amount"),
    ],
)
def test_an_amount_its_currency_cannot_have_is_refused(value, currency, code):
    with pytest.raises(NotNormal) as refused:
        moments.amount(value, currency)

    assert refused.value.code == code


@given(
    st.decimals(min_value=-(10**12), max_value=10**12, places=4),
    st.sampled_from(sorted(MINOR_UNITS)),
)
def test_an_amount_keeps_its_value_or_is_refused(value, currency):
    try:
        found = moments.amount(f"{value:f}", currency)
    except NotNormal as refused:
        assert refused.code == "minor-units"  # noqa: PT017
        return
    assert type(value)(found) == value
    assert moments.amount(found, currency) == found


@given(st.datetimes(), st.integers(-14 * 60, 14 * 60))
def test_an_instant_is_the_same_moment_in_utc(moment, offset):
    sign = "-" if offset < 0 else "+"
    zone = f"{sign}{abs(offset) // 60:02}:{abs(offset) % 60:02}"
    text = moment.replace(year=2000 + moment.year % 100, day=1).isoformat() + zone

    found = moments.instant(text)

    assert type(moment).fromisoformat(found) == type(moment).fromisoformat(text)
    assert moments.instant(found) == found


def test_keccak_is_the_one_of_ethereum_also_over_several_blocks():
    empty = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"

    assert keccak256(b"").hex() == empty
    assert len({keccak256(b"a" * size) for size in (135, 136, 137, 272)}) == 4


def test_the_registrable_domain_follows_the_public_suffix_list():
    assert normal.registrable("a.b.example.co.uk") == "example.co.uk"
    assert normal.registrable("co.uk") is None


def test_the_code_tables_are_whole():
    assert len(COUNTRIES) == 249 + 1  # ISO 3166-1 and XK
    assert {"EUR", "JPY", "PHP", "KWD"} <= CURRENCIES.keys()
    assert CURRENCIES["JPY"] == 0
