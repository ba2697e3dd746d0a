"""What partners sent and this gateway could not take: envelopes that do not open, ids of others."""

from gateway.flow.rows import ArrivalRow
from gateway.flow.rows_after import ClaimRow
from gateway.settings import load
from gateway.wiring_commands import opened

RECORD = "urn:uuid:0198f6a0-0000-7000-8000-000000000001"


def put(house, *, arrivals=(), claims=()):
    with opened(load(house.config, {}), "web") as exchange, exchange.store.writing() as work:
        for row in arrivals:
            work.arrivals.add(row)
        work.follow.add_claims(claims)
        work.commit()


def parked(id_):
    return ArrivalRow(
        id=id_, partner="hub.eu", digest="d" * 43, ep=1, seq=3, wire=b"bytes", state="parked",
        arrived_at=5, size=5, step="stale-decision", incident="abc",
    )  # fmt: skip


def test_a_parked_envelope_is_shown_and_tried_again_once(house):
    put(house, arrivals=[parked("a-1")])
    assert "hub.eu cannot be opened here" in house.done("status").stdout
    (shown,) = house.asked("quarantine", "envelopes")
    assert (shown["id"], shown["partner"], shown["step"]) == ("a-1", "hub.eu", "stale-decision")
    assert "stale-decision" in house.done("quarantine", "envelopes").stdout

    house.done("quarantine", "retry", "a-1")

    assert house.asked("quarantine", "envelopes") == []
    assert house.call("quarantine", "retry", "a-1").exit_code == 1


def test_a_claim_on_an_id_is_shown_until_it_is_dismissed(house):
    claim = ClaimRow(record=RECORD, partner="fiu.ee", version=1, holder="hub.eu", at=5)
    put(house, claims=[claim])
    assert "fiu.ee sent 1 records" in house.done("status").stdout
    (shown,) = house.asked("quarantine", "ids")
    assert (shown["held_from"], shown["claimed_by"]) == ("hub.eu", "fiu.ee")
    assert house.call("quarantine", "give", RECORD, "--to", "nobody.eu").exit_code == 1

    house.done("quarantine", "dismiss", RECORD, "--of", "fiu.ee")

    assert house.asked("quarantine", "ids") == []
