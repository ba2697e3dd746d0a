"""Whether a draft accounts for itself: every value in the trail, everything left in the losses."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from gateway.core.ids import OrgId, RecordId
from gateway.core.normalise import Identity, normalise
from gateway.core.profile import read_profile

SOURCES = Path(__file__).parents[1] / "data" / "sources"
RECEIVED = datetime(2026, 2, 5, 8, 0, tzinfo=UTC)
IDENTITY = Identity(
    id=RecordId("urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"),
    version=1,
    org_id=OrgId("fiu.example"),
    country="NL",
    org_class="fiu",
    created=RECEIVED,
)
PROFILE = {
    "handling": ["H1"],
    "purposes": ["operational_analysis"],
    "legal_basis": {"instrument": "Directive (EU) 2015/849"},
    "crime_area": "sexual_abuse_and_exploitation",
    "review_days": 365,
    "person_category": "person_of_interest_not_suspect",
    "source_code": "B",
    "info_code": "3",
}


def recorded(draft, *, cases=()):
    """Return what normalisation makes of a draft, with a source profile."""
    profile = read_profile("xml-example", 1, {**PROFILE, "cases": list(cases)})
    return normalise(draft, profile=profile, identity=IDENTITY, received=RECEIVED)


def leaves(value, pointer=""):
    """Yield the pointer of each single value."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from leaves(one, f"{pointer}/{name}")
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from leaves(one, f"{pointer}/{index}")
    else:
        yield pointer


def untraced(draft):
    """Return the pointers of values that no step of the trail speaks of."""
    return set(leaves(draft.body)) - {step.target for step in draft.trail}


def unaccounted(raw, *drafts):
    """Return the paths of texts that are neither in a trail nor below a loss."""
    root = ET.fromstring(raw)  # noqa: S314 - a file of these tests
    known = {step.source for draft in drafts for step in draft.trail if step.source}
    known |= {loss.source for draft in drafts for loss in draft.losses}
    repeated = {step.source for draft in drafts for step in draft.trail if step.rule == "same-part"}
    whole = {loss.source for draft in drafts for loss in draft.losses} | repeated
    return {
        path
        for path in _texts(root, f"/{root.tag}")
        if path not in known and not any(path.startswith(f"{one}/") for one in whole)
    }


def _texts(element, path):
    if (element.text or "").strip():
        yield path
    tags = [one.tag for one in element]
    for index, one in enumerate(element):
        place = f"/{tags[:index].count(one.tag)}" if tags.count(one.tag) > 1 else ""
        yield from _texts(one, f"{path}/{one.tag}{place}")
