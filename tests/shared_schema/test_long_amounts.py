"""An amount is read whole, however long its text is."""

from __future__ import annotations

import pytest

from schemas.faults import NotNormal
from schemas.quantities import Amount
from schemas.reading import load_record_text, load_submission
from tests.shared_schema.test_reading import good, text_of


@pytest.mark.parametrize("text", ["12" + " " * 70 + "34", "7" + " " * 63 + ","])
def test_what_stands_behind_the_64th_character_counts(text):
    with pytest.raises(NotNormal):
        Amount().normal(text)


WALLET = "0x52908400098527886E0F7030069857D2E4169EE7"
EXACT = "0.123456789012345678"


def paid(amount, network="", currency="USDT"):
    account = {"kind": "wallet", "network": network, "address": WALLET} if network else {}
    return {
        **good("financial_signal"),
        "accounts": [account or {"kind": "bank", "iban": "NL91ABNA0417164300"}],
        "transactions": [
            {"time": "2026-02-01T00:00:00Z", "amount": amount, "currency": currency}
            | {"sender": "/accounts/0"}
        ],
        "indicator_hits": [],
        "relations": [],
    }


def test_a_token_has_the_decimals_of_the_network_that_it_went_over():
    loaded = load_submission(paid(EXACT, "bnb_smart_chain"))
    assert loaded.faults == ()
    assert loaded.body["transactions"][0]["amount"] == EXACT
    for network in ("bnb_smart_chain", "ethereum", ""):
        (same,) = load_submission(paid("1.5", network)).body["transactions"]
        assert same["amount"] == "1.500000"


@pytest.mark.parametrize(
    ("amount", "network", "currency"),
    [
        (EXACT, "ethereum", "USDT"),
        (EXACT, "", "USDC"),
        (EXACT, "bnb_smart_chain", "TRX"),
    ],
)
def test_elsewhere_more_decimals_are_refused_and_never_rounded(amount, network, currency):
    loaded = load_submission(paid(amount, network, currency))

    assert [(fault.pointer, fault.code) for fault in loaded.faults] == [
        ("/transactions/0/amount", "minor-units")
    ]


def test_a_text_that_shows_the_amount_and_not_the_account_is_in_order():
    body = load_submission(paid(EXACT, "bnb_smart_chain")).body
    shown = [{name: one for name, one in body["transactions"][0].items() if name != "sender"}]
    withheld = [{"pointer": f"/{name}", "code": "R-13"} for name in ("accounts",)]
    text = text_of("financial_signal", **body) | {"transactions": shown}
    text["rendition"] = {"id": "less", "withheld": withheld}
    del text["accounts"]

    assert [fault for fault in load_record_text(text) if fault.code == "minor-units"] == []
