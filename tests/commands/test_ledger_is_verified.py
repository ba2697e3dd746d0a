"""Whoever changes the ledger in the database is found out, with the place and the reason."""

from __future__ import annotations

import base64
import json
import sqlite3
from contextlib import closing

import pytest

from gateway.core.ledger import leaf
from tests.commands.conftest import case


@pytest.fixture
def signed(house):
    """A gateway with two signed heads, and entries above the second."""
    house.sign_ledger()
    for number in range(4):
        body = case(provider_ref=f"PL-{number}")
        house.done("push", "--local", house.file("a.json", body), "--source", "cases")
        if number == 2:
            house.sign_ledger()
    return house


def change(house, *statements):
    path = next(house.folder.glob("var/gateway.db"))
    with closing(sqlite3.connect(path)) as database:
        database.create_function("leaf", 2, leaf, deterministic=True)
        for statement in statements:
            assert database.execute(statement).rowcount != 0, statement
        database.commit()


def test_a_ledger_that_nobody_changed_is_whole(signed):
    report = signed.asked("audit", "verify")

    assert report["whole"], report
    assert report["checkpoints"] == 2
    assert report["unplaced"] == 1
    assert report["entries"] > 5
    assert "the ledger is whole" in signed.done("audit", "verify").stdout


ENTRY = "SET entry = CAST(replace(CAST(entry AS TEXT), '\"at\":1', '\"at\":2') AS BLOB)"
OTHER_NAME = "SET entry = CAST(replace(CAST(entry AS TEXT), 'ep-cse', 'ep-csf') AS BLOB)"
CHANGES = {
    "an entry": ([f"UPDATE ledger {ENTRY} WHERE position = 3"], 3, "entry-changed"),
    "an entry and its leaf": (
        [
            f"UPDATE ledger {OTHER_NAME} WHERE instr(entry, CAST('ep-cse' AS BLOB))",
            "UPDATE ledger SET leaf = leaf(salt, entry) WHERE instr(entry, CAST('ep-csf' AS BLOB))",
        ],
        0,
        "tree-differs",
    ),
    "an entry made into no act": (
        [
            "UPDATE ledger SET entry = CAST('{}' AS BLOB) WHERE position = 2",
            "UPDATE ledger SET leaf = leaf(salt, entry) WHERE position = 2",
        ],
        2,
        "entry-malformed",
    ),
    "the act beside an entry": (
        ["UPDATE ledger SET act = 'opened' WHERE position = 1"],
        1,
        "entry-malformed",
    ),
    "an entry without a place yet": (
        ["UPDATE ledger SET salt = randomblob(32) WHERE position IS NULL"],
        8,
        "entry-changed",
    ),
    "a salt": (["UPDATE ledger SET salt = randomblob(32) WHERE position = 2"], 2, "entry-changed"),
    "an entry taken out": (["DELETE FROM ledger WHERE position = 4"], 4, "position-missing"),
    "the first entry taken out": (
        ["DELETE FROM ledger WHERE position = 0"],
        0,
        "position-missing",
    ),
    "the end cut off": (["DELETE FROM ledger WHERE position >= 6"], 6, "entries-missing"),
    "two entries exchanged": (
        [
            "UPDATE ledger SET position = -1 WHERE position = 1",
            "UPDATE ledger SET position = 1 WHERE position = 2",
            "UPDATE ledger SET position = 2 WHERE position = -1",
        ],
        0,
        "tree-differs",
    ),
    "a head's root": (
        ["UPDATE checkpoints SET root = randomblob(32) WHERE size < 6"],
        5,
        "head-changed",
    ),
    "a head's frontier": (
        ["UPDATE checkpoints SET frontier = randomblob(length(frontier)) WHERE size < 6"],
        0,
        "tree-differs",
    ),
    "a frontier of another type": (
        ["UPDATE checkpoints SET frontier = '[]' WHERE size < 6"],
        0,
        "row-unreadable",
    ),
    "an entry of another type": (
        ["UPDATE ledger SET entry = CAST(entry AS TEXT) WHERE position = 3"],
        3,
        "row-unreadable",
    ),
    "a head's note": (["UPDATE checkpoints SET note = 'x' WHERE size < 6"], 5, "head-malformed"),
    "a head's size": (["UPDATE checkpoints SET size = 4 WHERE size < 6"], 4, "head-changed"),
}


@pytest.mark.parametrize(("statements", "position", "code"), CHANGES.values(), ids=CHANGES.keys())
def test_a_change_is_named_with_its_place(signed, statements, position, code):
    change(signed, *statements)

    result = signed.call("audit", "verify")
    finding = signed.asked("audit", "verify")["finding"]

    assert (finding["position"], finding["code"]) == (position, code), finding
    assert result.exit_code == 1
    assert f"BROKEN at position {position}: {code}" in result.stdout


def test_a_head_that_another_key_signed_is_no_head_of_ours(signed):
    with closing(sqlite3.connect(next(signed.folder.glob("var/gateway.db")))) as database:
        note = database.execute("SELECT note FROM checkpoints ORDER BY size LIMIT 1").fetchone()[0]
    head, _, signature = note.rpartition(" ")
    raw = bytearray(base64.b64decode(signature))
    for place in (0, 10):  # another key's hint; ours with another signature
        forged = bytearray(raw)
        forged[place] ^= 1
        text = f"{head} {base64.b64encode(forged).decode()}\n"
        change(signed, f"UPDATE checkpoints SET note = '{text}' WHERE size < 6")  # noqa: S608
        assert signed.asked("audit", "verify")["finding"]["code"] == "head-unsigned"


def test_an_export_is_verified_like_the_database(signed):
    file = signed.folder / "ledger.ndjson"
    signed.done("audit", "export", file)
    report = signed.asked("audit", "verify", "--export", file)
    assert report["whole"], report
    assert report["head"] == signed.asked("audit", "verify")["head"]

    lines = file.read_text().splitlines()
    members = json.loads(lines[4])
    members["entry"] = members["entry"].replace('"at":1', '"at":2')
    lines[4] = json.dumps(members)
    changed = signed.file("changed.ndjson", "\n".join(lines) + "\n")
    result = signed.call("audit", "verify", "--export", changed)
    assert (result.exit_code, "BROKEN at position 3" in result.stdout) == (1, True)


BROKEN_EXPORTS = {
    "empty": "",
    "no export": '{"a":1}\n',
    "no JSON": "x\n",
    "a deep line": '{"format":"exchange-gateway-ledger","version":1,"origin":"police.nl.gw"}\n'
    + "[" * 50_000
    + "\n",
    "a line of something else": '{"format":"exchange-gateway-ledger","version":1,'
    '"origin":"police.nl.gw"}\n{"position":"x"}\n',
    "another gateway's": '{"format":"exchange-gateway-ledger","version":1,"origin":"other"}\n',
}


@pytest.mark.parametrize("text", BROKEN_EXPORTS.values(), ids=BROKEN_EXPORTS.keys())
def test_what_is_no_export_is_refused_in_one_line(house, text):
    result = house.call("audit", "verify", "--export", house.file("x.ndjson", text))

    assert result.exit_code == 1
    assert result.stderr.startswith("export-malformed: ")


def test_an_export_never_replaces_a_file(signed):
    file = signed.file("ledger.ndjson", "mine")

    result = signed.call("audit", "export", file)

    assert (result.exit_code, file.read_text()) == (1, "mine")
