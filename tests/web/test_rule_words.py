"""What the release rules say is there in each language, and found again in what they said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from gateway.web import console
from gateway.web.console import rule_words
from gateway.web.console.words import LANGUAGES
from tests.journeys.browsing import of
from tests.journeys.scenes import HUB, addressed, two_gateways
from tests.journeys.staff import staffed
from tests.web.rule_sentences import sentences

OTHERS = LANGUAGES[1:]
# What stands in the places of a sentence and is words, not a name.
WITHIN = {
    *("this type of record", "this crime area", "a purpose of this record"),
    *("for what we send", "for what it sends"),
    *(f"for what {way}, only for the other direction" for way in ("we send", "it sends")),
    "agreement {0}",
    (
        "that names the recipient or its community, this record or its type, a purpose of the "
        "record and an end"
    ),
}


def known(language: str) -> dict[str, str]:
    path = Path(console.__file__).parent / "languages" / f"rules.{language}.po"
    with path.open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file) if one.id}


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_of_every_rule_is_there_and_no_other(language):
    wanted = sentences() | WITHIN
    assert len(wanted) > 140
    assert wanted - known(language).keys() == set()
    assert known(language).keys() - wanted == set()


@pytest.mark.parametrize("language", OTHERS)
def test_each_keeps_its_places(language):
    places = re.compile(r"\{\d\}")
    for form, said in known(language).items():
        assert said
        assert sorted(places.findall(form)) == sorted(places.findall(said)), form


@pytest.mark.parametrize("language", OTHERS)
def test_what_was_said_is_found_again_with_what_stood_in_its_places(language):
    for form, said in known(language).items():
        text = form.replace("{0}", "x@1").replace("{1}", "y")
        expected = said.replace("{0}", "x@1").replace("{1}", "y")
        assert rule_words._said(text, language) == expected, form  # noqa: SLF001


def test_words_within_a_sentence_are_translated_too():
    said = rule_words._said("agreement a@1 does not cover this crime area", "nl")  # noqa: SLF001
    assert said == "overeenkomst a@1 dekt niet: dit misdaadgebied"
    partner = rule_words._said("the partner is revoked", "nl")  # noqa: SLF001
    assert partner == "de stand van de partner is: herroepen"
    assert rule_words._said("no rule says this", "nl") == "no rule says this"  # noqa: SLF001
    assert rule_words._said("no purpose is set", "en") == "no purpose is set"  # noqa: SLF001


@pytest.mark.usefixtures("cheap_hashes")
def test_a_page_in_dutch_says_why_in_dutch():
    world = two_gateways()
    nl = staffed(world)
    (done,) = world.push(nl, addressed("case", "nobody.eu"))
    world.work(nl)
    officer = of("officer-1", world, nl)
    page = f"/records/{done.record}/why/{HUB}"
    assert "the submitter named other recipients" in officer.get(page).text
    dutch = officer.get(page, headers={"Accept-Language": "nl"}).text
    assert "de indiener noemde andere ontvangers" in dutch
    assert "the submitter named" not in dutch
    assert "Dien een correctie in" in dutch
