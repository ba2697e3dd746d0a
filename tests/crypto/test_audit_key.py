"""The audit key opens with two people's passphrases together, and with nothing else there is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from keys import audit, files, suite
from keys.agent import LocalKeyAgent
from keys.audit import AuditKeys, Holder
from keys.errors import (
    KeyFolderBroken,
    LoosePermissions,
    NoKey,
    NotHeldHere,
    PassphraseRefused,
    PassphraseWrong,
)

CHEAP = files.Cost(iterations=1, lanes=1, memory_kib=64)
DPO = Holder("dpo-1", b"the passphrase of the officer")
OTHER = Holder("auditor-2", b"the passphrase of somebody else")
NEXT = Holder("dpo-9", b"the passphrase of who comes after")
CEK = b"k" * 32
NOW = 1_767_225_600


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    audit.make(folder, DPO, OTHER, NOW, CHEAP)
    return folder


def opens(keys: AuditKeys, folder: Path) -> bool:
    sealed = suite.encapsulate(audit.newest(folder), CEK)
    return keys.open([sealed]) == [CEK]


def test_two_people_open_what_was_sealed_to_the_public_half(folder: Path) -> None:
    keys = audit.open_together(folder, DPO.passphrase, OTHER.passphrase)

    assert opens(keys, folder)
    assert keys.holders == ("dpo-1", "auditor-2")
    assert "_seeds" not in repr(keys)


WRONG = {
    "the officer alone": (DPO.passphrase, DPO.passphrase),
    "the second person alone": (OTHER.passphrase, OTHER.passphrase),
    "the officer and a guess": (DPO.passphrase, b"a guess of enough length"),
    "in the wrong order": (OTHER.passphrase, DPO.passphrase),
}


@pytest.mark.parametrize("passphrases", WRONG.values(), ids=WRONG.keys())
def test_one_person_opens_nothing(folder: Path, passphrases: tuple[bytes, bytes]) -> None:
    with pytest.raises(PassphraseWrong):
        audit.open_together(folder, *passphrases)


def test_no_file_holds_the_private_key_and_no_share_is_it(folder: Path) -> None:
    """Even with both shares open, each of them alone is another key."""
    kid = audit.newest(folder).kid
    shares = [
        audit._opened(folder, kid, position, holder.passphrase)  # noqa: SLF001
        for position, holder in zip(audit.POSITIONS, (DPO, OTHER), strict=True)
    ]

    assert len(set(shares)) == 2
    for share in shares:
        assert suite.public_of(suite.HPKE_10_KE, share).kid != kid
        assert share not in b"".join(path.read_bytes() for path in folder.rglob("*.json"))


def test_what_web_and_worker_hold_opens_nothing(folder: Path) -> None:
    passphrase = b"the passphrase of storage keys"
    agent = LocalKeyAgent(
        files.open_storage(folder, passphrase, CHEAP),
        files.open_signing(folder, passphrase, CHEAP),
        audit.newest(folder),
    )
    sealed = suite.encapsulate(agent.audit_key(), CEK)

    assert agent.open([sealed]) == [None]
    assert files.public_keys(folder) == []  # it is no key of the card


def test_a_process_that_was_given_no_audit_key_says_so(folder: Path) -> None:
    storage = files.open_storage(folder, b"the passphrase of storage keys", CHEAP)
    with pytest.raises(NotHeldHere):
        LocalKeyAgent(storage).audit_key()


REFUSED = {
    "one person twice": (DPO, Holder("dpo-1", OTHER.passphrase), PassphraseRefused),
    "one passphrase twice": (DPO, Holder("auditor-2", DPO.passphrase), PassphraseRefused),
    "a short passphrase": (DPO, Holder("auditor-2", b"short"), PassphraseRefused),
    "a name": (DPO, Holder("Anna B.", OTHER.passphrase), KeyFolderBroken),
}


@pytest.mark.parametrize(("first", "second", "refusal"), REFUSED.values(), ids=REFUSED.keys())
def test_a_key_that_would_not_need_two_people_is_not_made(
    tmp_path: Path, first: Holder, second: Holder, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        audit.make(tmp_path / "keys", first, second, NOW, CHEAP)
    assert audit.audit_keys(tmp_path / "keys") == []


def test_a_share_is_handed_over_without_the_other_holder(folder: Path) -> None:
    assert audit.hand_over(folder, DPO.passphrase, NEXT, CHEAP) == 1

    keys = audit.open_together(folder, NEXT.passphrase, OTHER.passphrase)
    assert opens(keys, folder)
    assert keys.holders == ("dpo-9", "auditor-2")
    with pytest.raises(PassphraseWrong):
        audit.open_together(folder, DPO.passphrase, OTHER.passphrase)


def test_nobody_ends_up_with_both_shares(folder: Path) -> None:
    with pytest.raises(PassphraseRefused):
        audit.hand_over(folder, DPO.passphrase, Holder("auditor-2", NEXT.passphrase), CHEAP)
    with pytest.raises(PassphraseWrong):
        audit.hand_over(folder, b"a guess of enough length", NEXT, CHEAP)


def test_a_newer_key_is_sealed_to_and_the_older_still_opens(folder: Path) -> None:
    older = suite.encapsulate(audit.newest(folder), CEK)
    audit.make(folder, DPO, OTHER, NOW + 1, CHEAP)
    keys = audit.open_together(folder, DPO.passphrase, OTHER.passphrase)

    assert [one.made for one in audit.audit_keys(folder)] == [NOW, NOW + 1]
    assert keys.open([older]) == [CEK]
    assert opens(keys, folder)
    assert len(keys.kids) == 2


def test_a_key_of_other_holders_stays_shut_beside_ours(folder: Path) -> None:
    older = suite.encapsulate(audit.newest(folder), CEK)
    third = Holder("auditor-3", b"the passphrase of a third person")
    audit.make(folder, NEXT, third, NOW + 1, CHEAP)

    keys = audit.open_together(folder, NEXT.passphrase, third.passphrase)
    assert keys.open([older]) == [None]
    assert opens(keys, folder)


def test_there_is_no_key_before_one_was_made(tmp_path: Path) -> None:
    for ask in (
        lambda: audit.newest(tmp_path),
        lambda: audit.open_together(tmp_path, DPO.passphrase, OTHER.passphrase),
    ):
        with pytest.raises(NoKey):
            ask()


def test_a_share_with_another_holders_name_does_not_open(folder: Path) -> None:
    path = next(folder.rglob("*.second.json"))
    path.write_text(json.dumps({**json.loads(path.read_text()), "holder": "intruder-1"}))
    with pytest.raises(PassphraseWrong):
        audit.open_together(folder, DPO.passphrase, OTHER.passphrase)


def test_a_share_that_others_may_read_is_refused(folder: Path) -> None:
    next(folder.rglob("*.first.json")).chmod(0o644)
    with pytest.raises(LoosePermissions):
        audit.open_together(folder, DPO.passphrase, OTHER.passphrase)


def test_shares_of_two_keys_make_none(folder: Path) -> None:
    path = next(folder.rglob("*.second.json"))
    kid = path.name.partition(".")[0]
    other = audit._written(  # noqa: SLF001
        OTHER, b"x" * 32, kid, CHEAP, audit.SECOND
    )
    path.write_bytes(other)
    with pytest.raises(KeyFolderBroken):
        audit.open_together(folder, DPO.passphrase, OTHER.passphrase)
