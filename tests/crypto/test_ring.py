"""Which key may do what, and when: a table of states, dates and acts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keys.errors import NoKey, SignatureWrong, SignerOutOfDate, SignerRevoked, SignerUnknown
from keys.jws import Unsigned, parse
from keys.memory import MemoryKeys
from keys.ring import OPEN_AFTER_SECONDS, Ring, demand_valid_at

NOW = 1_790_000_000
DAY = 86_400
OURS = MemoryKeys(b"ours")
ED, ML, HP = OURS.public_keys()
UNSIGNED = Unsigned("xg-test+jws", b"{}", tuple(OURS.agent().signers(NOW)))
SIGNED = parse(UNSIGNED.assemble(OURS.agent().sign([UNSIGNED.to_sign()])[0]), "xg-test+jws")


def ring(**changes):
    return Ring(replace(one, **changes) for one in (ED, ML, HP))


SIGNS = {
    "active, no dates": ({}, True),
    "active, on its first second": ({"not_before": NOW}, True),
    "active, before its first second": ({"not_before": NOW + 1}, False),
    "active, on its last second": ({"not_after": NOW + 1}, True),
    "active, after its last second": ({"not_after": NOW}, False),
    "next": ({"state": "next"}, False),
    "retired": ({"state": "retired"}, False),
    "revoked": ({"state": "revoked"}, False),
    "destroyed": ({"state": "destroyed"}, False),
    "active with a date of revocation": ({"revoked_at": NOW}, False),
}


@pytest.mark.parametrize(("changes", "may"), SIGNS.values(), ids=SIGNS.keys())
def test_who_signs_and_is_sealed_to(changes, may):
    one = ring(**changes)

    if may:
        assert [signer.kid for signer in one.signers(NOW)] == [ED.key.kid, ML.key.kid]
        assert one.recipient(NOW) == HP.key
        return
    with pytest.raises(NoKey):
        one.signers(NOW)
    with pytest.raises(NoKey):
        one.recipient(NOW)


OPENS = {
    "active": ({}, True),
    "next": ({"state": "next"}, True),
    "retired": ({"state": "retired"}, True),
    "retired, 31 days after its end": ({"state": "retired", "not_after": NOW - 31 * DAY}, False),
    "a second before that": ({"state": "retired", "not_after": NOW - 31 * DAY + 1}, True),
    "revoked": ({"state": "revoked"}, False),
    "destroyed": ({"state": "destroyed"}, False),
}


@pytest.mark.parametrize(("changes", "may"), OPENS.values(), ids=OPENS.keys())
def test_who_still_opens(changes, may):
    assert ring(**changes).open_kids(NOW) == ({HP.key.kid} if may else set())
    assert OPEN_AFTER_SECONDS == 31 * DAY


VERIFIES = {
    "active": ({}, None),
    "retired": ({"state": "retired"}, None),
    "destroyed": ({"state": "destroyed"}, None),
    "next": ({"state": "next"}, SignerUnknown),
    "revoked": ({"state": "revoked"}, SignerRevoked),
    "next, then revoked": ({"state": "next", "revoked_at": 1}, SignerRevoked),
    "a key for sealing": ({"use": "seal"}, SignerUnknown),
}


@pytest.mark.parametrize(("changes", "refused"), VERIFIES.values(), ids=VERIFIES.keys())
def test_whose_signature_counts(changes, refused):
    if refused is None:
        assert [one.key for one in ring(**changes).verify(SIGNED)] == [ED.key, ML.key]
        return
    with pytest.raises(refused):
        ring(**changes).verify(SIGNED)


def test_the_ring_of_another_owner_verifies_nothing():
    with pytest.raises(SignerUnknown):
        Ring(MemoryKeys(b"theirs").public_keys()).verify(SIGNED)


def test_a_key_filed_under_the_wrong_algorithm_verifies_nothing():
    swapped = [replace(ED, key=replace(ML.key, kid=ED.key.kid)), ML]

    with pytest.raises(SignatureWrong):
        Ring(swapped).verify(SIGNED)


def test_every_signing_key_must_cover_the_date():
    demand_valid_at([ED, replace(ML, not_before=NOW, not_after=NOW + 1)], NOW)
    for moment in (NOW - 1, NOW + 1):
        with pytest.raises(SignerOutOfDate):
            demand_valid_at([ED, replace(ML, not_before=NOW, not_after=NOW + 1)], moment)


def test_the_newest_key_is_used():
    newer = replace(MemoryKeys(b"newer").public_keys()[2], not_before=NOW - DAY)

    assert Ring([newer, replace(HP, not_before=NOW - 2 * DAY)]).recipient(NOW) == newer.key


def test_nothing_is_sealed_to_a_key_that_has_not_shown_it_opens():
    waiting = ring(confirmed=False)

    assert waiting.unconfirmed(NOW) == [HP.key]
    with pytest.raises(NoKey):
        waiting.recipient(NOW)
