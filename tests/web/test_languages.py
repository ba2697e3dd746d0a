"""Each language of the console is complete: every sentence of a page, every code that one shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from gateway.core.bodies import KINDS
from gateway.core.lifecycle import STATES
from gateway.core.proposal import ACT_KINDS, OVERRIDE_REASONS
from gateway.flow.alarms import CODES as ALARMS
from gateway.flow.checking import EFFECTS
from gateway.flow.doctor import STAGES
from gateway.flow.finding import KINDS as FINDABLE
from gateway.flow.first_steps import STEPS
from gateway.web import console
from gateway.web.console.frame import PLACES
from gateway.web.console.menu import HEADINGS
from gateway.web.console.words import LANGUAGES
from schemas import vocab
from schemas.reading import TYPES
from schemas.vocab import ORG_CLASSES, ROLES

FOLDER = Path(console.__file__).parent
SHOWN = ("release", "envelope", "record", "channel", "partner", "proposal", "asked", "key")
OTHERS = LANGUAGES[1:]
# What forms offer and pages show besides: codes of the vocabulary, clocks, ways of a reply.
CHOICES = {
    *(*vocab.REFUSAL_GROUNDS, *vocab.OUTCOMES, *vocab.EVIDENCE_CONSENTS, *vocab.HANDLING),
    *(*vocab.PURPOSES, *vocab.CONSENT_USES, *vocab.CONSENT_DECISIONS),
    *(f"stage-{stage}" for stage in STAGES),
    *("side-us", "side-partner", "side-both", "passed", "failed", "unknown"),
    *("push", "fetch", "pulls"),
    *("key-sign", "key-seal", "not_sent", "sent", "known", "over"),
    *("sealing-key-ends", "signing-key-old", "certificate-ends", "partner-does-not-know"),
    *(*vocab.AUDIT_REASONS, *OVERRIDE_REASONS),
    *("out", "in", "both", "ended", "none"),
    *("8h", "3d", "7d", "by", "arrived", "no agreement", "yes", "no"),
}
# Where a document fails, and what becomes of it.
WORKBENCH = {
    *("adapter", "normalise", "understood", "quarantined", "refused", "mended since"),
    *("stored", "duplicate", "conflict", "gone", "active", "superseded", "ended"),
    *EFFECTS,
    *FINDABLE,
    *("cannot be used", "silent for longer than usual", "listening", "quiet", "failing"),
}


def sentences() -> set[str | tuple[str, ...]]:
    found = extract_from_dir(
        FOLDER / "templates",
        method_map=[("**.html", "jinja2")],
        keywords={"_": None, "ngettext": (1, 2)},
    )
    return {text if isinstance(text, str) else tuple(text) for _, _, text, _, _ in found}


def codes() -> set[str]:
    states = {state for machine in SHOWN for state in STATES[machine]}
    accounts = {"none", "invited", "active", "closed"}
    outcomes = {"pass", "reduce", "hold", "refuse", "lifted", "release", "received"}
    steps = {f"step-{one}" for one in (*STEPS, "done", "now", "later")}
    alarms = {f"{word}-{one}" for one in ALARMS for word in ("alarm", "act")}
    named = {*alarms, *steps, *HEADINGS, *TYPES, *KINDS, *ROLES, *ORG_CLASSES, *ACT_KINDS}
    overrides = {"override", *(f"override_{end}" for end in ("approved", "rejected", "lapsed"))}
    return states | accounts | outcomes | named | overrides | CHOICES | WORKBENCH


def catalogue(language: str) -> Catalog:
    with (FOLDER / "languages" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_and_code_is_there(language: str) -> None:
    known = {
        message.id: message.string
        for message in catalogue(language)
        if message.id and message.string
    }
    wanted = sentences() | codes() | {name for _, name, _ in PLACES}
    assert len(wanted) > 100
    assert sorted(map(str, wanted - known.keys())) == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_sentence_is_left_over(language: str) -> None:
    known = {message.id for message in catalogue(language) if message.id}
    later = {"knowledge_product", "operation"}
    assert known - sentences() - codes() - {name for _, name, _ in PLACES} - later == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_places_of_its_sentence(language: str) -> None:
    place = re.compile(r"%\(\w+\)s")
    for message in catalogue(language):
        if not message.id:
            continue
        pairs = (
            zip(message.id, message.string, strict=True)
            if isinstance(message.id, tuple)
            else [(message.id, message.string)]
        )
        for before, after in pairs:
            assert sorted(place.findall(before)) == sorted(place.findall(after)), before


def test_english_names_every_code_with_a_line_in_it() -> None:
    known = {message.id for message in catalogue("en") if message.id}
    assert {code for code in codes() if "_" in code or "-" in code} <= known
