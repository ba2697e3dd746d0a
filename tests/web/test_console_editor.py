"""The mapping editor: tried beside a sample, checked over what is stored, changed by two."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from gateway.flow.configure import ItemFile, apply_items
from gateway.flow.configuring import StillRead
from gateway.flow.exchange import Exchange
from gateway.flow.identify import person_of
from gateway.flow.propose import propose
from tests.journeys.browsing import Browser, of
from tests.journeys.gateways import World
from tests.journeys.scenes import two_gateways
from tests.journeys.test_mending_mappings import ITEMS, LINES, MAPPING, MENDED, push, the_one
from tests.web.test_console_quarantine import PEOPLE, inspected

pytestmark = pytest.mark.usefixtures("cheap_hashes")

SAMPLE = '{"ref": "E-9", "seen": "2026-02-01T00:00:00Z", "state": "shut", "name": "Eva"}'
_FILE = ITEMS + PEOPLE


def items(text: str) -> list[ItemFile]:
    import tomllib  # noqa: PLC0415 - of this helper

    return [
        ItemFile(kind, name, body)
        for kind, found in tomllib.loads(text).items()
        for name, body in found.items()
    ]


def mapping_file(text: str) -> str:
    return "[mapping.export]\n" + text.replace("[fields]", "[mapping.export.fields]")


@pytest.fixture
def world() -> World:
    return two_gateways()


@pytest.fixture
def nl(world: World) -> Exchange:
    """A gateway whose mapping two people made: no file has it any more."""
    exchange = world.network.gateways["police.nl.gw"]
    world.configure(exchange, _FILE + mapping_file(MAPPING))
    push(exchange, *LINES)
    with exchange.store.writing() as work:
        (row,) = work.config.active("mapping")
        from dataclasses import replace  # noqa: PLC0415 - of this fixture

        work.config.put(replace(row, origin="database", approved_by=("admin-1", "admin-2")))
        exchange.commit(work, "configure")
    return exchange


@pytest.fixture
def admin(world: World, nl: Exchange) -> Browser:
    return of("admin-1", world, nl)


def edited(browser: Browser, do: str, text: str = MENDED, **more: str) -> Any:
    page = browser.get("/mappings/export").text
    fields = dict(re.findall(r'name="(version|name|form_key|form_token)" value="([^"]*)"', page))
    return browser.send("/mappings", **{**fields, "text": text, "do": do, **more})


def approved(there: str, second: Browser) -> Any:
    shown = there.removeprefix("/console")
    page = second.get(shown).text
    digest = re.search(r'name="digest" value="([^"]+)"', page)
    assert digest
    return page, second.post(f"{shown}/approve", shown, digest=digest[1])


def active(nl: Exchange) -> Any:
    with nl.store.reading() as work:
        (row,) = work.config.active("mapping")
    return row


def test_a_sample_stands_beside_what_becomes_of_it(nl, admin):
    page = admin.get("/mappings/export").text
    assert "path = &#34;ref&#34;" in page
    assert "path = &#34;ref&#34;, required = true" in page
    done = html.unescape(edited(admin, "try", MENDED, sample=SAMPLE).text)
    assert '"full": "Eva"' in done
    assert "<code>/persons/0/names/0/full</code>" in done
    before = html.unescape(edited(admin, "try", MAPPING, sample=SAMPLE).text)
    assert "state-quarantined" in before
    line = 1 + MAPPING.splitlines().index(next(x for x in MAPPING.splitlines() if "/status" in x))
    assert f"<strong>Line {line}</strong>" in before


def test_every_mistake_stands_at_its_line_and_what_was_typed_is_kept(nl, admin):
    wrong = MENDED.replace('path = "seen"', 'path = "seen", convert = ["no_such"]') + (
        '"/persons/0/nosuch" = { path = "x" }\n'
    )
    answer = edited(admin, "try", wrong, sample="<b>mine</b>")
    text = html.unescape(answer.text)
    assert answer.status_code == 422
    lines = wrong.splitlines()
    for part in ("no_such", "nosuch"):
        number = 1 + next(place for place, line in enumerate(lines) if part in line)
        assert f"<strong>Line {number}</strong>" in text
    assert "&lt;b&gt;mine" in answer.text
    assert 'convert = ["no_such"]' in text


@pytest.mark.parametrize(
    ("text", "line"), [('format = "csv"\nx = = 2\n', 2), ("x = 1\n[fields", 2), ("a = '''\n", 1)]
)
def test_what_is_no_toml_says_where(nl, admin, text, line):
    answer = edited(admin, "try", text)
    assert answer.status_code == 422
    assert f"<strong>Line {line}</strong>" in answer.text


@pytest.mark.parametrize("text", ["x = 2020-01-01", "x = nan", "x = " + "[" * 900 + "]" * 900])
def test_a_value_that_no_mapping_has_is_a_mistake(nl, admin, text):
    assert edited(admin, "try", text).status_code == 422


def test_a_failed_document_is_the_sample_and_each_look_is_in_the_ledger(nl, admin):
    waiting = the_one("E-2", nl)
    there = f"/mappings/export?original={waiting}&reason=mend_mapping"
    assert (
        f"original={waiting}"
        in admin.get(f"/quarantine/originals/{waiting}?reason=mend_mapping").text
    )
    shown = html.unescape(admin.get(there).text)
    assert '"ref": "E-2"' in shown
    assert "state-quarantined" in shown
    assert len(inspected(nl)) == 2
    done = edited(admin, "try", MENDED, original=waiting, look="mend_mapping")
    assert "state-understood" in done.text
    assert len(inspected(nl)) == 3
    assert "E-2" not in edited(admin, "try", MENDED, original=waiting).text  # no reason, no look
    assert len(inspected(nl)) == 3


def test_it_is_checked_over_what_is_stored_with_counts_first(nl, admin):
    text = edited(admin, "check").text
    assert "4 of 4 documents looked at" in text
    assert text.index("would newly pass") < text.index("Places")
    rows = dict(re.findall(r'<th scope="row">([\w ]+)</th><td[^>]*>(\d+)</td>', text))
    assert (rows["would newly pass"], rows["would change"], rows["would newly fail"]) == (
        "2", "0", "0",
    )  # fmt: skip
    assert active(nl).version == 2


def test_two_people_put_it_in_force_with_the_exact_difference(world, nl, admin):
    answer = edited(admin, "propose", why="new_code")
    assert answer.status_code == 303
    before = active(nl)
    second = of("admin-2", world, nl)

    page, done = approved(answer.location, second)

    assert done.status_code == 303
    shown = html.unescape(page)
    assert re.search(r"<del>.*lookup = \{ open = \"open\" \}", shown)
    assert re.search(r"<ins>.*shut = \"closed\"", shown)
    now = active(nl)
    assert (now.version, now.origin) == (before.version + 1, "database")
    assert list(now.approved_by) == ["admin-1", "admin-2"]
    (outcome,) = push(nl, {**LINES[1], "ref": "E-20"})
    assert outcome.state == "stored"  # read by the version in force

    back = admin.post(
        f"/mappings/export/versions/{before.version}",
        f"/mappings/export/versions/{before.version}", why="roll_back",
    )  # fmt: skip
    approved(back.location, second)
    assert active(nl).body == before.body
    (outcome,) = push(nl, {**LINES[1], "ref": "E-21"})
    assert outcome.state == "quarantined"
    difference = html.unescape(admin.get(f"/mappings/export/versions/{now.version}").text)
    assert re.search(r"<ins>.*shut = \"closed\"", difference)


def test_a_stale_edit_is_shown_with_both(world, nl, admin):
    page = admin.get("/mappings/export").text
    fields = dict(re.findall(r'name="(version|name|form_key|form_token)" value="([^"]*)"', page))
    approved(edited(admin, "propose", why="new_code").location, of("admin-2", world, nl))
    mine = MAPPING.replace('path = "name"', 'path = "named"')
    answer = admin.send("/mappings", **{**fields, "text": mine, "do": "propose", "why": "new_code"})
    shown = html.unescape(answer.text)
    assert answer.status_code == 409
    assert re.search(r"<del>.*path = \"named\"", shown)
    assert re.search(r"<ins>.*shut = \"closed\"", shown)


def test_what_a_file_declares_is_tried_here_and_changed_there(world, nl, admin):
    apply_items(items(_FILE + mapping_file(MAPPING)), "test", nl)  # the file takes it over
    assert active(nl).origin == "file"
    page = admin.get("/mappings/export").text
    assert "managed in a file" in page
    assert 'value="propose"' not in page
    assert "state-understood" in edited(admin, "try", sample=SAMPLE).text
    refused = edited(admin, "propose", why="new_code")
    assert refused.status_code == 409
    assert "of-a-file" in refused.text or "declared in a file" in refused.text


def test_a_source_of_a_file_may_be_read_by_a_mapping_of_the_store(nl):
    apply_items(items(_FILE), "test", nl)
    assert active(nl).origin == "database"
    end = {"change": "end", "kind": "mapping", "name": "export"}
    with pytest.raises(StillRead):
        propose("configure", end, person_of("admin-1", nl), nl, reason="over")


def test_a_new_mapping_is_proposed_under_its_name(world, nl, admin):
    page = admin.get("/mappings").text
    fields = dict(re.findall(r'name="(version|form_key|form_token)" value="([^"]*)"', page))
    given = {**fields, "text": MENDED, "do": "propose", "why": "new_code"}
    wrong = admin.send("/mappings", **given, name="Not A Name")
    assert wrong.status_code == 422
    answer = admin.send("/mappings", **given, name="second")
    approved(answer.location, of("admin-2", world, nl))
    assert ">second</a>" in admin.get("/adapters").text


def test_nobody_else_sees_or_changes_it(world, nl, admin):
    for who, status in (("analyst-1", 403), ("stranger-1", 404)):
        other = of(who, world, nl)
        for page in ("/mappings/export", "/mappings/export/versions/1"):
            assert other.get(page).status_code == status
        assert other.post("/mappings/export/versions/1", why="roll_back").status_code == status
    theirs = of("stranger-1", world, nl)
    assert ">export</a>" not in theirs.get("/adapters").text
    page = theirs.get("/mappings").text
    fields = dict(re.findall(r'name="(form_key|form_token)" value="([^"]*)"', page))
    sent = theirs.send(
        "/mappings", **fields, name="export", version="2", text=MENDED, do="propose", why="x"
    )
    assert sent.status_code == 403
    assert active(nl).version == 2
