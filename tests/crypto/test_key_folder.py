# ruff: noqa: SLF001 - what is kept inside is what is promised here
"""A key folder keeps secrets from others, and the same ones for all of its processes."""

from __future__ import annotations

import json
import os
import stat
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from keys import files, suite
from keys.agent import LocalKeyAgent
from keys.errors import (
    CannotOpen,
    KeyFolderBroken,
    LoosePermissions,
    NotHeldHere,
    PassphraseRefused,
    PassphraseWrong,
)
from keys.ring import Ring

CHEAP = files.Cost(iterations=1, lanes=1, memory_kib=64)
STORAGE, SIGNING = b"storage passphrase", b"signing passphrase"
NOW = 1_790_000_000


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "keys"


@pytest.fixture
def agent(folder):
    signing = files.open_signing(folder, SIGNING, CHEAP)
    signing.make_first(NOW)
    return LocalKeyAgent(files.open_storage(folder, STORAGE, CHEAP), signing)


def reopened(folder):
    return LocalKeyAgent(files.open_storage(folder, STORAGE), files.open_signing(folder, SIGNING))


def test_what_one_process_wraps_another_unwraps(agent, folder):
    wrapped = agent.wrap("fiu.ee", [b"k" * 32])

    assert reopened(folder).unwrap("fiu.ee", wrapped) == [b"k" * 32]


def test_the_key_of_one_origin_does_not_unwrap_for_another(agent):
    agent.wrap("police.nl", [b"x" * 32])
    wrapped = agent.wrap("fiu.ee", [b"k" * 32])

    with pytest.raises(CannotOpen):
        agent.unwrap("police.nl", wrapped)


def test_unwrapping_never_makes_a_key(agent, folder):
    with pytest.raises(KeyFolderBroken):
        agent.unwrap("nobody", [b"w" * 40])

    assert not list((folder / "storage").glob("*nobody*"))


@pytest.mark.parametrize("origin", ["", "..", "../x", "a/b", "A", "é", "x" * 65, ".hidden", "a\n"])
def test_an_origin_that_is_no_id_names_no_file(agent, origin):
    with pytest.raises(KeyFolderBroken):
        agent.wrap(origin, [b"k" * 32])


def test_tags_are_the_same_everywhere_and_differ_by_purpose(agent, folder):
    (tag,) = agent.tag("iban", [b"EE382200221020145685"])

    assert reopened(folder).tag("iban", [b"EE382200221020145685"]) == [tag]
    assert agent.tag("phone", [b"EE382200221020145685"]) != [tag]
    assert len(tag) == 43


def test_without_the_signing_group_nothing_is_signed_or_opened(agent, folder):
    web = LocalKeyAgent(files.open_storage(folder, STORAGE))
    sealed_for = suite.encapsulate(Ring(agent.public_keys()).recipient(NOW), b"c" * 32)

    assert agent.open([sealed_for]) == [b"c" * 32]
    for call in (lambda: web.sign([]), lambda: web.open([sealed_for]), lambda: web.signers(NOW)):
        with pytest.raises(NotHeldHere):
            call()


def test_one_envelope_that_does_not_open_stops_no_other(agent):
    good = suite.encapsulate(Ring(agent.public_keys()).recipient(NOW), b"c" * 32)
    altered = suite.Encapsulated(good.kid, good.ek, bytes(48))
    strange = suite.Encapsulated("A" * 43, good.ek, good.encrypted_key)

    assert agent.open([altered, good, strange]) == [None, b"c" * 32, None]


@pytest.mark.parametrize("opened", [files.open_storage, files.open_signing])
def test_a_wrong_passphrase_opens_nothing(agent, folder, opened):
    with pytest.raises(PassphraseWrong):
        opened(folder, b"not the passphrase")


def test_the_passphrase_of_one_group_does_not_open_the_other(agent, folder):
    with pytest.raises(PassphraseWrong):
        files.open_signing(folder, STORAGE)


def test_no_private_key_lies_on_the_disk_in_the_clear(agent, folder):
    seeds = [agent._signing.seed(one.key.kid)[1] for one in agent.public_keys()]
    seeds.append(agent._storage.tag_root())
    on_disk = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())

    for seed in seeds:
        assert seed not in on_disk
        assert suite.b64(seed).encode() not in on_disk


def test_all_is_readable_by_its_owner_only(agent, folder):
    agent.wrap("fiu.ee", [b"k" * 32])

    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")]}

    assert all(mode == (0o700 if path.is_dir() else 0o600) for path, mode in modes.items())


def test_no_temporary_file_is_left(agent, folder):
    agent.wrap("fiu.ee", [b"k" * 32])
    files.set_state(folder, agent.public_keys()[0].key.kid, "retired")

    assert not list(folder.rglob(".*"))


@pytest.mark.parametrize("loose", [0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused_with_the_way_to_mend_it(agent, folder, loose):
    path = folder / "storage.json"
    path.chmod(loose)

    with pytest.raises(LoosePermissions) as refusal:
        files.open_storage(folder, STORAGE)

    assert f"chmod 600 {path}" in refusal.value.detail


@pytest.mark.parametrize("part", ["", "storage", "public"])
def test_a_folder_that_others_may_enter_is_refused(agent, folder, part):
    (folder / part).chmod(0o750)

    with pytest.raises(LoosePermissions, match="chmod 700"):
        files.open_storage(folder, STORAGE)


def test_a_secret_moved_to_another_name_is_refused(agent, folder):
    agent.wrap("fiu.ee", [b"k" * 32])
    (folder / "storage" / "origin-fiu.ee.key").rename(folder / "storage" / "origin-other.key")

    with pytest.raises(KeyFolderBroken):
        reopened(folder).wrap("other", [b"k" * 32])


DAMAGE = {
    "empty": b"",
    "no JSON": b"key",
    "members missing": b'{"v":1}',
    "a derivation nobody knows": b'{"v":1,"kdf":{"name":"md5","salt":"AAAA"},"iv":"","sealed":""}',
    "members of other kinds": b'{"v":1,"kdf":[],"iv":1,"sealed":2}',
    "no base64url": b'{"v":1,"iv":"*","sealed":"*"}',
}


@pytest.mark.parametrize("raw", DAMAGE.values(), ids=DAMAGE.keys())
@pytest.mark.parametrize("name", ["storage.json", "storage/tag-root.key"])
def test_a_damaged_file_is_named(agent, folder, name, raw):
    (folder / name).write_bytes(raw)

    with pytest.raises(KeyFolderBroken, match=name.rsplit("/", maxsplit=1)[-1]):
        files.open_storage(folder, STORAGE)


def test_the_public_halves_need_no_passphrase(agent, folder):
    keys = files.public_keys(folder)

    assert sorted(one.key.alg for one in keys) == ["Ed25519", "HPKE-10-KE", "ML-DSA-65"]
    assert Ring(keys).signers(NOW) == agent.signers(NOW)


def test_a_destroyed_key_signs_no_more_but_keeps_its_public_half(agent, folder):
    signer = agent.signers(NOW)[0]
    files.open_signing(folder, SIGNING).destroy(signer.kid)

    assert not (folder / "signing" / f"{signer.kid}.key").exists()
    assert {one.key.kid: one.state for one in files.public_keys(folder)}[signer.kid] == "destroyed"


def test_the_date_of_a_revocation_stays(agent, folder):
    kid = agent.signers(NOW)[0].kid
    files.set_state(folder, kid, "revoked", revoked_at=NOW)
    files.set_state(folder, kid, "revoked", revoked_at=NOW + 1)

    assert {one.key.kid: one.revoked_at for one in files.public_keys(folder)}[kid] == NOW


def _first_use(folder):
    agent = LocalKeyAgent(
        files.open_storage(folder, STORAGE, CHEAP), files.open_signing(folder, SIGNING, CHEAP)
    )
    agent._signing.make_first(NOW)
    return agent.tag("x", [b"x"]), agent.wrap("fiu.ee", [b"k" * 32]), agent.signers(NOW)


def test_processes_that_start_together_end_with_the_same_keys(folder):
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        seen = list(pool.map(_first_use, [folder] * 8))

    assert len({str(one) for one in seen}) == 1
    assert len(files.public_keys(folder)) == 3


class TestPassphrases:
    def test_it_comes_from_a_file_without_its_line_end(self, tmp_path):
        path = tmp_path / "passphrase"
        path.write_bytes(b"correct horse battery\r\n")
        path.chmod(0o600)

        assert files.read_passphrase(path) == b"correct horse battery"

    def test_it_comes_from_a_descriptor(self):
        reading, writing = os.pipe()
        os.write(writing, b"correct horse battery\n")
        os.close(writing)

        assert files.read_passphrase(reading) == b"correct horse battery"

    def test_a_file_that_others_may_read_is_refused(self, tmp_path):
        path = tmp_path / "passphrase"
        path.write_bytes(b"correct horse battery")
        path.chmod(0o644)

        with pytest.raises(LoosePermissions, match="chmod 600"):
            files.read_passphrase(path)

    @pytest.mark.parametrize("raw", [b"", b"\n", b"short"])
    def test_a_short_one_is_refused(self, tmp_path, raw):
        path = tmp_path / "passphrase"
        path.write_bytes(raw)
        path.chmod(0o600)

        with pytest.raises(PassphraseRefused):
            files.read_passphrase(path)

    def test_a_missing_one_is_refused(self, tmp_path):
        with pytest.raises(PassphraseRefused):
            files.read_passphrase(tmp_path / "nothing")


def kdf_of(folder):
    return json.loads((folder / "storage.json").read_bytes())["kdf"]


def test_a_passphrase_that_was_drawn_opens_without_being_stretched(folder):
    drawn = files.drawn_passphrase()
    wrapped = LocalKeyAgent(files.open_storage(folder, drawn), None).wrap("fiu.ee", [b"k" * 32])

    assert kdf_of(folder)["name"] == "hkdf-sha256"
    again = LocalKeyAgent(files.open_storage(folder, drawn), None)
    assert again.unwrap("fiu.ee", wrapped) == [b"k" * 32]
    with pytest.raises(PassphraseWrong):
        files.open_storage(folder, files.drawn_passphrase())


def cut_short(drawn):
    return drawn[:-2]


def mistyped(drawn):
    return drawn[:9] + (b"A" if drawn[9:10] != b"A" else b"B") + drawn[10:]


def chosen(_drawn):
    return b"gwk1.a-sentence-that-somebody-chose"


@pytest.mark.parametrize("spoiled", [cut_short, mistyped, chosen])
def test_one_that_only_looks_drawn_is_stretched(folder, spoiled):
    files.open_storage(folder, spoiled(files.drawn_passphrase()), CHEAP)

    assert kdf_of(folder)["name"] == "argon2id"


def test_no_drawn_passphrase_comes_twice():
    assert len({files.drawn_passphrase() for _ in range(100)}) == 100
