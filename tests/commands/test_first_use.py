"""A gateway is made by one command, and made again it stays as it is."""

from __future__ import annotations

import contextlib
import ssl
import stat

import pytest

from tests.commands.conftest import House, put_items
from tests.commands_items import CONFIG, ITEMS


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_init_makes_secrets_that_only_the_owner_reads(tmp_path):
    (tmp_path / "config.toml").write_text(CONFIG)
    house = House(tmp_path)

    made = house.asked("init")

    assert [one["fresh"] for one in made["made"]] == [True] * 7
    assert len(made["words"]) == 8
    passphrases = sorted((tmp_path / "var/secrets").iterdir())
    assert [mode(path) for path in passphrases] == [0o600] * 4
    assert len({path.read_text() for path in passphrases}) == 4
    assert all(len(path.read_text().strip()) >= 40 for path in passphrases)
    assert mode(tmp_path / "var/tls/key.pem") == 0o600
    assert mode(tmp_path / "var") == 0o700


def test_init_again_changes_nothing(house):
    files = [path for path in (house.folder / "var").rglob("*") if path.suffix in (".pem", ".key")]
    before = {path: path.read_bytes() for path in files}
    words = house.asked("init")["words"]

    again = house.asked("init")

    assert not any(one["fresh"] for one in again["made"])
    assert again["words"] == words
    assert before == {path: path.read_bytes() for path in files}


def test_init_makes_the_certificate_of_a_client_where_the_settings_name_one(tmp_path):
    client = """[client]\ncertificate_file = "cases.pem"\nkey_file = "cases.key"\n"""
    (tmp_path / "config.toml").write_text(CONFIG + client)
    house = House(tmp_path)

    made = {one["what"]: one["where"] for one in house.asked("init")["made"] if one["fresh"]}

    assert made["client certificate, signed by itself"] == str(tmp_path / "cases.pem")
    assert mode(tmp_path / "cases.key") == 0o600
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(
        tmp_path / "cases.pem", tmp_path / "cases.key"
    )
    before = (tmp_path / "cases.pem").read_bytes()
    assert not any(one["fresh"] for one in house.asked("init")["made"])
    assert (tmp_path / "cases.pem").read_bytes() == before


def test_the_first_certificate_serves_this_machine(house):
    folder = house.folder / "var/tls"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    client = ssl.create_default_context(cafile=folder / "certificate.pem")

    assert names_accepted(context, client) == {"localhost", "127.0.0.1"}


def names_accepted(server: ssl.SSLContext, client: ssl.SSLContext) -> set[str]:
    accepted = set()
    for name in ("localhost", "127.0.0.1", "other.example"):
        ends = [ssl.MemoryBIO() for _ in range(4)]
        here = server.wrap_bio(ends[0], ends[1], server_side=True)
        there = client.wrap_bio(ends[2], ends[3], server_hostname=name)
        try:
            for _ in range(4):
                for side in (there, here):
                    with contextlib.suppress(ssl.SSLWantReadError):
                        side.do_handshake()
                    ends[0].write(ends[3].read())
                    ends[2].write(ends[1].read())
            accepted.add(name)
        except ssl.SSLCertVerificationError:
            continue
    return accepted


def test_a_certificate_without_its_key_is_not_replaced(house):
    (house.folder / "var/tls/key.pem").unlink()

    result = house.call("init")

    assert result.exit_code == 1
    assert "go together" in result.stderr
    assert not (house.folder / "var/tls/key.pem").exists()


def test_init_applies_the_folder_of_items(new_house):
    house = new_house()
    put_items(house.folder / "items", ITEMS)
    house.config.write_text(CONFIG + '[items]\ndirectory = "items"\n')

    assert len(house.asked("init")["changes"]["added"]) == 4
    assert house.asked("agreements", "list")[0]["name"] == "ep-cse"


FOLDERS = {
    "an unknown kind": ("secrets/x", "a = 1", "unknown-kind"),
    "no TOML": ("agreement/x", "a =", "malformed"),
    "a date that is none": ("agreement/x", 'valid_until = "soon"', "bad-date"),
    "a time without a zone": ("agreement/x", "valid_from = 2026-01-01T00:00:00", "bad-date"),
    "a last day after which there is none": (
        *("agreement/x", "valid_until = 9999-12-31", "bad-date"),
    ),
    "a kind of the gateway's own": ("partner/x", "a = 1", "unknown-kind"),
    "a member nobody knows": ("organisation/x", "colour = 1", "unknown-member"),
}


@pytest.mark.parametrize(("name", "text", "code"), FOLDERS.values(), ids=FOLDERS.keys())
def test_a_folder_of_items_is_applied_whole_or_not_at_all(house, name, text, code):
    folder = put_items(house.folder / "other", {**ITEMS, name: text})
    epoch = house.asked("status")["epoch"]

    refused = house.asked("agreements", "apply", folder)["error"]

    assert any(name.split("/")[0] in fault["pointer"] for fault in refused["errors"]), refused
    if code != "unknown-member":
        assert code in {fault["code"] for fault in refused["errors"]}
    assert house.asked("status")["epoch"] == epoch


def test_the_last_day_of_an_agreement_is_part_of_it(house):
    (agreement,) = house.asked("agreements", "list")

    assert agreement["valid_until"] == 2_208_988_800_000  # 2040-01-01


def test_an_agreement_that_was_ended_is_listed_no_more(house):
    house.done("agreements", "end", "ep-cse")

    assert house.asked("agreements", "list") == []
    assert house.asked("agreements", "list", "--all")[0]["state"] == "ended"
    assert house.call("agreements", "end", "ep-cse").exit_code == 1


def test_what_was_ended_by_command_stays_ended_until_its_file_changes(house):
    items = put_items(house.folder / "next", ITEMS)
    house.asked("agreements", "apply", items)
    house.asked("agreements", "end", "ep-cse")

    again = house.asked("agreements", "apply", items)

    assert (again["changed"], again["stays_ended"]) == ([], ["agreement/ep-cse"])
    assert house.asked("agreements", "preview", items)["stays_ended"] == ["agreement/ep-cse"]
    assert "stays ended" in house.done("agreements", "apply", items).stdout
    assert house.asked("agreements", "list") == []

    file = items / "agreement" / "ep-cse.toml"
    file.write_text(file.read_text().replace('"case", ', ""))
    assert house.asked("agreements", "apply", items)["changed"] == ["agreement/ep-cse"]

    house.asked("agreements", "end", "ep-cse")
    found = house.asked("agreements", "apply", items, "--again")
    assert (found["changed"], found["stays_ended"]) == (["agreement/ep-cse"], [])
    (row,) = house.asked("agreements", "list")
    assert row["state"] == "active"


def test_what_ended_because_its_file_was_gone_is_back_with_its_file(house):
    items = put_items(house.folder / "next", ITEMS)
    file = items / "agreement" / "ep-cse.toml"
    text = file.read_text()
    file.unlink()
    assert house.asked("agreements", "apply", items)["ended"] == ["agreement/ep-cse"]

    file.write_text(text)

    assert house.asked("agreements", "apply", items)["changed"] == ["agreement/ep-cse"]
