"""Identifiers in sentences that shall speak of nobody: found by kind and line, and not seen
where there is none.
"""

import pytest

from gateway.core.naming import candidates, named_in

FOUND = {
    "Ask jan.v@example.org": "an e-mail address",
    "call +31 6 1234 5678 now": "a telephone number",
    "from 0041 22 730 5800 or so": "a telephone number",
    "paid to NL91 ABNA 0417 1643 00 twice": "an IBAN",
    "paid to nl91abna0417164300": "an IBAN",
    "the card 4111 1111 1111 1111": "a card number",
    "from 192.0.2.1 at night": "an IP address",
    "from 2001:db8::1 at night": "an IP address",
    "as @kees_99 on several platforms": "a handle",
    "0x52908400098527886E0F7030069857D2E4169EE7 got it": "an address of a wallet",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4": "an address of a wallet",
    "as in urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057": "the id of a record",
}
NOTHING = [
    "Transfers of 20 to 150 euro between 2026-01-01 and 2026-12-31.",
    "Regulation (EU) 2016/794, article 18(2)(a); Directive (EU) 2023/977.",
    "12 345 678 euro in 1 204 transfers, at 10:30:00, version 1.2.3",
    "NL00 ABNA 0417 1643 00 has wrong check digits, 4111 1111 1111 1112 too.",
    "Look at https://www.example.org/typologies/2026 for more.",
]


@pytest.mark.parametrize(("line", "kind"), FOUND.items())
def test_an_identifier_is_found_with_its_kind_and_line(line, kind):
    body = {"text": f"# What is seen\n\n{line}", "title": "Payments"}
    assert named_in(body) == (f"{kind} at /text, line 3",)


@pytest.mark.parametrize("line", NOTHING)
def test_dates_amounts_articles_and_wrong_numbers_are_none(line):
    assert named_in({"text": line}) == ()


def test_every_text_that_goes_is_looked_at():
    body = {
        "title": "Of jan@example.org",
        "text": "Nobody.",
        "summaries": [{"lang": "nl", "text": "Niemand."}, {"lang": "en", "text": "@kees_99"}],
        "risk": {"reason": "He wrote from kees@example.org."},
    }
    assert named_in(body) == (
        "an e-mail address at /title, line 1",
        "a handle at /summaries/1/text, line 1",
        "an e-mail address at /risk/reason, line 1",
    )


def test_words_that_may_be_held_are_written_as_the_index_has_them():
    found = {pair[1:] for pair in candidates({"text": "On Snapchat called Ate_77, IMEI 35-2099."})}
    assert ("handle", "snapchat\x1fate_77") in found
    assert ("device", "35-2099") in found
    assert ("case_ref", "ncmec\x1f352099") in found
    assert not {pair for pair in found if pair[1] == "called"}
