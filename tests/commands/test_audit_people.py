"""Two people ask about one person on the machine of the gateway; auditors ask by the API."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

import pytest

from gateway.core.ids import first_of
from gateway.core.subjects import subjects
from gateway.flow.subject_blocks import seal_subjects
from gateway.settings import load
from gateway.wiring_commands import opened
from keys import audit
from tests.commands.conftest import CHEAP, HOLDERS, case
from tests.store.store_rows import a_disclosure

MOMENT = 1_767_225_600_000
WHOM = "name: Piet Proef\nborn: 1988-03-04\n"
ID = first_of(MOMENT)


@pytest.fixture
def given(house):
    """The house has given something about Piet Proef, and its record is gone."""
    body = case()
    body["persons"][0] |= {"dob": "1988-03-04"}
    with opened(load(house.config, {}), "worker") as exchange:
        block = seal_subjects({ID: subjects(body)}, "e-1", MOMENT, ID, exchange)
        with exchange.store.writing() as work:
            work.disclosures.add([a_disclosure(1, id=ID, org="police.nl", sealed_at=MOMENT)], block)
            work.commit()
    for name, holder in zip(("first", "second"), HOLDERS, strict=True):
        path = house.file(name, holder.passphrase.decode() + "\n")
        path.chmod(0o600)
    house.file("whom.txt", WHOM)
    return house


def subject(house, *more, first="first", second="second"):
    return (
        *("audit", "subject", "--reason", "yearly_audit", "--whom", house.folder / "whom.txt"),
        *("--first-passphrase-file", house.folder / first),
        *("--second-passphrase-file", house.folder / second, *more),
    )


def test_two_people_find_what_was_given_about_one_person(given):
    found = given.asked(*subject(given))

    assert [one["id"] for one in found["disclosures"]] == [ID]
    assert found["by"] == ["dpo-1", "auditor-2"]
    assert found["disclosures"][0]["now"] == "erased"
    text = given.done(*subject(given, "--for", "data_subject")).stdout
    assert "We hold it no longer." in text
    assert "Proef" not in text


def test_the_look_is_in_the_ledger_and_names_nobody(given):
    given.done(*subject(given))
    given.sign_ledger()
    given.done("audit", "export", given.folder / "ledger.ndjson")

    lines = (given.folder / "ledger.ndjson").read_text()
    assert lines.count("looked_up") == 1
    assert "Proef" not in lines
    given.done("audit", "verify")


@pytest.mark.parametrize(("first", "second"), [("first", "first"), ("second", "first")])
def test_one_of_the_two_alone_finds_nothing(given, first, second):
    result = given.call(*subject(given, first=first, second=second))

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("audit-key-shut: passphrase-wrong")


def test_an_organisation_is_asked_for_before_any_passphrase(given):
    words = ("audit", "subject", "--reason", "yearly_audit", "--org", "nobody.example", "--json")
    answer = given.call(*words)  # whom and both passphrases would be typed

    assert answer.exit_code == 1
    assert "organisation-not-named" in answer.output
    assert "Passphrase" not in answer.output


def test_whom_and_passphrases_can_be_typed(given):
    words = ("audit", "subject", "--reason", "court", "--json")
    typed = f"{WHOM}\n{HOLDERS[0].passphrase.decode()}\n{HOLDERS[1].passphrase.decode()}\n"
    result = given.call(*words, stdin=typed)

    assert result.exit_code == 0, result.output
    assert ID in result.stdout


def test_whom_is_never_part_of_the_command():
    from gateway.cli.audit_people import subject as command  # noqa: PLC0415

    options = {one.name for one in command.params}
    assert options.isdisjoint({"name", "born", "iban", "identifier"})
    assert not [one for one in command.params if one.param_type_name == "argument"]


def test_a_wrong_line_is_named_and_not_repeated(given):
    given.file("whom.txt", "name: Piet Proef\nborn: 4 March\n")
    result = given.call(*subject(given))

    assert result.exit_code == 1
    assert "/2" in result.stderr
    assert "March" not in result.stderr


def test_shares_are_handed_over_one_by_one(new_house):
    house = new_house()
    folder = house.folder / "var" / "keys"
    for path in (folder / "audit").iterdir():
        path.unlink()
    waiting = [audit.Holder(name, f"passphrase of {name}".encode()) for name in audit.UNASSIGNED]
    audit.make(folder, *waiting, 1, CHEAP)
    house.done("init")
    for name, old, new in zip(("a", "b"), waiting, HOLDERS, strict=True):
        for suffix, holder in (("old", old), ("new", new)):
            house.file(f"{name}.{suffix}", holder.passphrase.decode() + "\n").chmod(0o600)

    def hand_over(name: str, to: str) -> Any:
        return house.call(
            *("audit", "hand-over", "--to", to),
            *("--passphrase-file", house.folder / f"{name}.old"),
            *("--new-passphrase-file", house.folder / f"{name}.new"),
        )

    house.file("whom.txt", WHOM)
    early = house.call(*subject(house, first="a.old", second="b.old"))
    assert (early.exit_code, early.stderr.partition(":")[0]) == (1, "forbidden")
    assert hand_over("a", "dpo-1").exit_code == 0
    assert hand_over("b", "dpo-1").exit_code == 1  # nobody holds both
    assert hand_over("b", "auditor-2").exit_code == 0
    assert house.asked("audit", "keys")[0]["holders"] == ["dpo-1", "auditor-2"]
    assert house.asked(*subject(house, first="a.new", second="b.new"))["disclosures"] == []


def test_a_worker_does_not_start_without_an_audit_key(new_house):
    house = new_house()
    house.done("init")
    for path in (house.folder / "var/keys/audit").iterdir():
        path.unlink()

    result = house.call("worker")

    assert result.exit_code == 1
    assert "gateway init" in result.stderr
    house.done("init")
    assert len(house.asked("audit", "keys")) == 1


class Api:
    """A running gateway, of which only the answers are known."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def may(self, record, version, **question):
        self.asked.append((record, version, question))
        return {
            "answer": {"evidence": "ask", "pass_on": "yes"}.get(next(iter(question)), "no"),
            "clause": {"id": "T-evidence", "text": "Ask first.", "source": "H1"},
            "contact": {"phone": "+31700000000"},
        }

    def disclosures(self, reason, after, limit, **only):
        self.asked.append((reason, after, limit, only))
        one = {
            **dict.fromkeys(("id", "partner", "type", "purpose", "agreement", "ground"), "x"),
            "sealed_at": MOMENT, "delivery": None, "notices": [],
        }  # fmt: skip
        return {"items": [one], "next": "more" if after is None else None}

    def disclosure(self, id_, reason):
        self.asked.append((id_, reason))
        clause = {"id": "T-keep", "text": "Keep it.", "source": "law"}
        return {"id": id_, "terms_in_words": [clause], "ground": "adequacy:au@1"}

    def transfers(self, reason, since, until):
        self.asked.append((reason, since, until))
        line = dict.fromkeys(("partner", "country", "class", "type", "ground", "agreement"), "x")
        return [{**line, "count": 3, "authorised_by": ["a", "b"], "last": MOMENT}]


@pytest.fixture
def api(monkeypatch):
    running = Api()

    @contextmanager
    def api_client(_):
        yield running

    monkeypatch.setattr("gateway.wiring_commands.api_client", api_client)
    return running


def test_what_may_be_done_is_answered_with_the_clause(house, api):
    result = house.call("inbox", "may", "ID", "--evidence")

    assert result.exit_code == 1  # ask is not yes
    assert result.stdout.splitlines()[:2] == ["ask", "T-evidence: Ask first."]
    assert "+31700000000" in result.stdout
    assert house.call("inbox", "may", "ID", "--version", "2", "--pass-on", "x").exit_code == 0
    assert house.call("inbox", "may", "ID", "--keep-until", "2027-01-01").exit_code == 1
    assert api.asked == [
        ("ID", None, {"evidence": "yes"}),
        ("ID", 2, {"pass_on": "x"}),
        ("ID", None, {"keep_until": "2027-01-01"}),
    ]


@pytest.mark.parametrize("words", [(), ("--evidence", "--pass-on", "x")])
def test_one_thing_is_asked_at_a_time(house, api, words):
    assert house.call("inbox", "may", "ID", *words).exit_code == 2
    assert api.asked == []


def test_disclosures_are_listed_page_after_page(house, api):
    found = house.asked(
        *("disclosures", "list", "--reason", "court", "--from", "2026-01-01", "--limit", "2")
    )

    assert len(found) == 2
    assert api.asked == [
        ("court", None, 2, {"from": "2026-01-01"}),
        ("court", "more", 1, {"from": "2026-01-01"}),
    ]


def test_a_disclosure_is_shown_with_its_terms_first(house, api):
    result = house.done("disclosures", "show", "d7", "--reason", "court")

    assert result.stdout.startswith("T-keep: Keep it.")
    assert "adequacy:au@1" in result.stdout


def test_the_register_names_who_authorised(house, api):
    days = ("--from", "2026-01-01", "--to", "2026-12-31")
    result = house.done("audit", "transfers", "--reason", "yearly_audit", *days)

    assert "a+b" in result.stdout
    assert api.asked == [("yearly_audit", "2026-01-01", "2026-12-31")]


def test_a_reason_that_the_ledger_does_not_know_is_wrong_use(house, api):
    assert house.call("disclosures", "list", "--reason", "curiosity").exit_code == 2
    assert house.call("disclosures", "list").exit_code == 2
    assert api.asked == []
