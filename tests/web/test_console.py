"""The console, page by page, over a gateway in memory: who gets in, and what they see."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from gateway.flow import welcome
from gateway.flow.exchange import Exchange
from gateway.web.app import create_app
from gateway.web.console import frame, words
from gateway.web.console.frame import PLACES
from gateway.web.edge import Edge
from tests.journeys.browsing import PASSWORD, SITE, Browser, of
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB, addressed, two_gateways
from tests.journeys.staff import staffed, with_words

pytestmark = pytest.mark.usefixtures("cheap_hashes")


@pytest.fixture
def nl(world: World) -> Exchange:
    return staffed(world)


@pytest.fixture
def world() -> World:
    return two_gateways()


@pytest.fixture
def stranger(nl: Exchange) -> Browser:
    return Browser(create_app(nl, Edge()).test_client(), nl)


PAGES = ["/", *(f"/{name}" for name in ("overview", "records", "partners", "people"))]


DOOR = {"sign_in_page", "sign_in", "welcome_page", "accept", "choose_language", "static"}
DOOR |= {"help_index", "help_topic", "sign_in_by_passkey"}


def test_without_a_session_everything_but_the_door_leads_to_it(stranger: Browser) -> None:
    app = stranger.client.application
    adapter = app.url_map.bind("gateway.example")
    led_away = set()
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("console."):
            continue
        path = adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, "1"))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = stranger.client.open(path, base_url=SITE, method=method)
            if answer.status_code == 303 and "/sign-in" in answer.location:
                led_away.add(rule.endpoint.removeprefix("console."))
            else:
                assert rule.endpoint.removeprefix("console.") in DOOR, path
    assert len(led_away) > 15


def test_the_door_knows_where_somebody_was_going(stranger: Browser) -> None:
    answer = stranger.get("/records?before=x")
    assert answer.location == "/console/sign-in?next=/console/records?before%3Dx"


@pytest.mark.parametrize("page", [*PAGES, "/held", "/about"])
def test_an_officer_sees_every_page(world: World, nl: Exchange, page: str) -> None:
    world.push(nl, addressed("case", HUB))
    world.push(nl, with_words(provider_ref="held-1"))
    world.work(nl)
    answer = of("officer-1", world, nl).get(page)
    assert answer.status_code == 200
    assert "<h1>" in answer.text


@pytest.mark.parametrize("person", ["officer-1", "admin-1", "auditor-1", "analyst-1"])
def test_whoever_sees_a_place_may_go_there(world: World, nl: Exchange, person: str) -> None:
    browser = of(person, world, nl)
    places = re.findall(r'<li><a href="/console([^"]*)"', browser.get("/about").text)
    assert 5 < len(places) < len(PLACES)
    for place in places:
        assert browser.get(place).status_code == 200, place


def test_what_several_organisations_sent_is_not_for_an_officer(world: World, nl: Exchange) -> None:
    assert of("officer-1", world, nl).get("/deliveries").status_code == 403
    assert of("admin-1", world, nl).get("/deliveries").status_code == 200


def test_what_a_person_typed_is_kept_when_the_code_was_wrong(
    world: World, nl: Exchange, stranger: Browser
) -> None:
    of("officer-1", world, nl)
    answer = stranger.post(
        "/sign-in", "/sign-in", person="officer-1", password=PASSWORD, code="000000"
    )
    assert answer.status_code == 422
    assert 'value="officer-1"' in answer.text
    assert PASSWORD not in answer.text


def test_a_person_comes_back_to_where_they_were(
    world: World, nl: Exchange, stranger: Browser
) -> None:
    stranger.secret = of("officer-1", world, nl).secret
    world.clock.forward(seconds=30)
    answer = stranger.post(
        "/sign-in", "/sign-in", person="officer-1", password=PASSWORD, code=stranger.code(),
        next="/console/records?before=x",
    )  # fmt: skip
    assert answer.status_code == 303
    assert answer.location == "/console/records?before=x"
    cookie = answer.headers["Set-Cookie"]
    for part in ("__Host-session=", "Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
        assert part in cookie
    assert stranger.get("/records").status_code == 200


@pytest.mark.parametrize(
    "there", ["https://evil.example/console/", "//evil.example/console/x", "/v1/x", "/console\\x"]
)
def test_nobody_is_led_to_another_site(
    world: World, nl: Exchange, stranger: Browser, there: str
) -> None:
    stranger.secret = of("officer-1", world, nl).secret
    world.clock.forward(seconds=30)
    answer = stranger.post(
        "/sign-in", "/sign-in", person="officer-1", password=PASSWORD, code=stranger.code(),
        next=there,
    )  # fmt: skip
    assert answer.location == "/console/"


def test_a_form_without_the_token_of_its_session_is_refused(world: World, nl: Exchange) -> None:
    browser = of("officer-1", world, nl)
    answer = browser.client.post("/console/sign-out", base_url=SITE, data={"form_token": "x"})
    assert answer.status_code == 422
    assert browser.get("/records").status_code == 200


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]
)
def test_a_form_of_another_site_is_refused(stranger: Browser, headers: dict[str, str]) -> None:
    answer = stranger.client.post(
        "/console/sign-in", base_url=SITE, data={"person": "x"}, headers=headers
    )
    assert answer.status_code == 422
    assert "Set-Cookie" not in answer.headers


def test_signing_out_ends_the_session(world: World, nl: Exchange) -> None:
    browser = of("officer-1", world, nl)
    assert browser.post("/sign-out").status_code == 303
    assert browser.get("/records").status_code == 303


def test_nothing_but_our_own_is_run_or_loaded(world: World, nl: Exchange) -> None:
    answer = of("officer-1", world, nl).get("/overview")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert not re.findall(r"<script(?![^>]* src=)| on[a-z]+=|<style| style=", answer.text)
    assert not re.findall(r'(?:src|href)="https?:', answer.text)


def test_a_group_is_read_with_a_reason_and_approved_by_two(world: World, nl: Exchange) -> None:
    world.push(nl, with_words())
    world.work(nl)
    first, second = of("officer-1", world, nl), of("officer-2", world, nl)
    group = re.search(r'/console/held/([^"]+)"', first.get("/held").text)
    assert group is not None
    place = f"/held/{group[1]}"
    assert "<pre" not in first.get(place).text
    assert "<pre" in first.get(f"{place}?reason=reviewed").text
    answer = first.post(f"{place}/approve", place, reason="reviewed")
    assert answer.status_code == 303
    shown = answer.location.removeprefix("/console")
    if "/proposals/" in shown:
        digest = re.search(r'name="digest" value="([^"]+)"', second.get(shown).text)
        assert digest is not None
        done = second.post(f"{shown}/approve", shown, digest=digest[1])
        assert done.status_code == 303
        assert "state-approved" in second.get(shown).text
    world.work(nl)
    assert "Nothing is held." in first.get("/held").text


def test_a_dangerous_act_asks_for_proof_after_a_while(world: World, nl: Exchange) -> None:
    world.push(nl, with_words())
    world.work(nl)
    browser = of("officer-1", world, nl)
    group = re.search(r'/console/held/([^"]+)"', browser.get("/held").text)
    assert group is not None
    place = f"/held/{group[1]}"
    world.clock.forward(seconds=301)
    assert "/console/proof" in browser.post(f"{place}/approve", place, reason="reviewed").text
    answer = browser.post(
        "/proof", "/proof", password=PASSWORD, code=browser.code(), next=f"/console{place}"
    )
    assert answer.location == f"/console{place}"
    assert browser.post(f"{place}/approve", place, reason="reviewed").status_code == 303


def test_another_organisations_record_looks_like_none(world: World, nl: Exchange) -> None:
    (done,) = world.push(nl, addressed("case", HUB))
    record = done.record
    world.work(nl)
    assert of("officer-1", world, nl).get(f"/records/{record}").status_code == 200
    theirs = of("stranger-1", world, nl)
    assert theirs.get(f"/records/{record}").status_code == 404
    assert theirs.get(f"/records/{record}/why/{HUB}").status_code == 404
    assert str(record)[9:] not in theirs.get("/records").text


def test_no_administrator_makes_a_link_by_which_they_could_be_a_second_person(
    world: World, nl: Exchange
) -> None:
    admin = of("admin-1", world, nl)
    assert admin.post("/people/invite", "/people", person="analyst-1").status_code in (404, 405)
    assert "gateway people invite" in admin.get("/people").text
    assert "gateway people invite" not in of("officer-1", world, nl).get("/people").text


def test_what_others_made_is_as_they_gave_it_out() -> None:
    folder = Path(frame.__file__).parent / "static" / "vendor"
    listed = dict(
        reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines()
    )
    assert {path.name for path in folder.iterdir()} == {*listed, "SHA256SUMS"}
    for name, digest in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_a_link_leads_to_a_password_and_a_code(nl: Exchange, stranger: Browser) -> None:
    token = welcome.invite("officer-1", "admin-1", nl).token
    page = stranger.get(f"/welcome/{token}")
    assert page.status_code == 200
    assert "<svg" in page.text
    secret = re.search(r'class="secret">([A-Z2-7]+)<', page.text)
    assert secret is not None
    stranger.secret = secret[1]
    wrong = stranger.post(
        f"/welcome/{token}", "/sign-in", password="short", again="short", code=stranger.code()
    )
    assert wrong.status_code == 422
    assert "password-fault" in wrong.text
    differ = stranger.post(
        f"/welcome/{token}", "/sign-in", password=PASSWORD, again="x", code=stranger.code()
    )
    assert "again-fault" in differ.text
    done = stranger.post(
        f"/welcome/{token}", "/sign-in", password=PASSWORD, again=PASSWORD, code=stranger.code()
    )
    assert done.status_code == 303
    assert stranger.get(f"/welcome/{token}").status_code == 422


def test_a_name_with_markup_is_shown_as_text(world: World, nl: Exchange) -> None:
    browser = of("officer-1", world, nl)
    answer = browser.get("/records/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text


def test_an_unknown_page_is_a_page(world: World, nl: Exchange) -> None:
    answer = of("officer-1", world, nl).get("/nowhere")
    assert answer.status_code == 404
    assert answer.content_type.startswith("text/html")


def test_the_language_is_the_browsers_or_the_chosen_one(stranger: Browser) -> None:
    dutch = stranger.get("/sign-in", headers={"Accept-Language": "nl-NL,nl;q=0.9"})
    assert '<html lang="nl">' in dutch.text
    answer = stranger.client.post(
        "/console/language", base_url=SITE, data={"language": "nl", "next": "/console/sign-in"}
    )
    assert answer.location == "/console/sign-in"
    assert '<html lang="nl">' in stranger.get("/sign-in").text


def test_a_fault_of_ours_is_a_number_and_nothing_else(
    world: World, nl: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = of("officer-1", world, nl)

    def fails(*_: object) -> None:
        raise ValueError("secret")

    monkeypatch.setattr("gateway.web.console.pages.person_view.overview", fails)
    answer = browser.get("/overview")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "internal-error" in answer.text


def test_what_is_to_be_typed_is_set_so_and_nothing_else_is_markup() -> None:
    said = words.commands("Use `gateway holds list` <b>now</b>, it's `a<b>`.")

    assert said == (
        "Use <code>gateway holds list</code> &lt;b&gt;now&lt;/b&gt;, it&#39;s "
        "<code>a&lt;b&gt;</code>."
    )


def test_each_line_of_a_difference_stands_on_its_own(stranger: Browser) -> None:
    app = stranger.client.application
    with app.test_request_context("/console/"):
        shown = frame._templates().get_template("lines.html")  # noqa: SLF001 - as pages include it
        told = shown.render(lines=[("place", "@@"), ("removed", "a"), ("added", "b")])
    assert re.sub(r"<[^>]+>", "", told).strip().splitlines() == ["@@", "\u2212 a", "+ b"]
