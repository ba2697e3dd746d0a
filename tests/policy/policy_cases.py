"""Clean records and clean facts: everything in order, so that a test spoils one thing."""

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from gateway.core.facts import Agreement, Consent, Facts, Recipient, Route, When
from gateway.core.ids import OrgId, RecordId
from gateway.core.lists import EndRecipient, Instrument, Transfer, listed
from gateway.core.looked import look
from gateway.core.record import Record
from schemas.reading import load_submission

SAMPLES = Path(__file__).parents[1] / "data" / "records"


def ms(text):
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


NOW = ms("2026-03-01")
YEAR = 365 * 24 * 3600 * 1000
ID = RecordId("urn:uuid:0198c0de-0000-7000-8000-000000000001")
ROOT = RecordId("urn:uuid:0198c0de-0000-7000-8000-000000000002")
OTHER_ROOT = RecordId("urn:uuid:0198c0de-0000-7000-8000-000000000003")
HUB = Recipient(
    partner="hub.example",
    orgs=("agency-a.example",),
    org_class="eu_agency",
    country="NL",
    behind=(EndRecipient(org="agency-a.example", org_class="eu_authority", country="BE"),),
    community="empact",
)

AGREEMENT = Agreement(
    name="hub-2026",
    version=3,
    partner="hub.example",
    direction="both",
    types=("case", "financial_signal", "hosting_report"),
    crime_areas=("sexual_abuse_and_exploitation",),
    purposes=("operational_analysis",),
    operational_action="OA-2026-3.1",
    valid_from=ms("2026-01-01"),
    valid_until=ms("2027-01-01"),
)
# Who receives, by class: each may have what the tables call clean, on what `LISTS` have for it.
RECIPIENTS = {
    "eu_authority": replace(HUB, org_class="eu_authority", country="BE"),
    "eu_agency": HUB,
    "schengen": replace(HUB, org_class="schengen", country="NO"),
    "third_country": replace(HUB, org_class="third_country", country="AU"),
    "international_organisation": replace(HUB, org_class="international_organisation", country=""),
    "fiu": replace(HUB, org_class="fiu", country="LU"),
    "hotline": replace(HUB, org_class="hotline", country="IE"),
    "regulator": replace(HUB, org_class="regulator", country="FR"),
    "private": replace(HUB, org_class="private", country="DE"),
}
INSTRUMENT = Instrument(
    name="treaty",
    version=2,
    recipients=frozenset({"hub.example"}),
    types=frozenset({"case", "financial_signal", "hosting_report", "outcome"}),
    valid_until=ms("2027-01-01"),
)
TRANSFER = Transfer(
    name="hub-2026",
    version=1,
    partner="hub.example",
    types=frozenset({"case", "financial_signal", "hosting_report", "outcome"}),
    by=frozenset({"officer-1", "officer-2"}),
    valid_from=ms("2026-01-01"),
    valid_until=ms("2027-01-01"),
)
LISTS = listed(instruments=(INSTRUMENT,), transfers=(TRANSFER,))
AUSTRALIA = RECIPIENTS["third_country"]
CONSENT = Consent(
    name="consent-1",
    version=1,
    org="police.example",
    recipients=("hub.example",),
    types=("case",),
    purposes=("operational_analysis",),
    valid_until=ms("2026-06-01"),
)
ROUTE = Route(name="be", version=1, when=When(jurisdictions=("BE",)), partners=("hub.example",))


def record_of(name="case", *, evaluated=True, **changes):
    """A clean record without notes for own use; `changes` are dotted members, None removes.

    `evaluated`: statements that the changes brought are evaluated, as the schema would have it.
    """
    loaded = load_submission(json.loads((SAMPLES / f"{name}.json").read_text()))
    assert not loaded.faults
    body = copy.deepcopy(loaded.body)
    for person in body.get("persons", ()):
        person.pop("category_reason", None)
    body["governance"].pop("necessity", None)
    body["created"] = "2026-02-05T10:00:00Z"
    record = Record(id=ID, version=1, type=body["type"], org=OrgId("police.example"), body=body)
    record = changed(record, changes)
    if not evaluated:
        return record
    unmarked = {} if not isinstance(record.body.get("governance"), dict) else look(record).unmarked
    return record.with_members(dict(unmarked))


def changed(record, changes):
    body = copy.deepcopy(dict(record.body))
    for way, value in changes.items():
        *parts, last = [int(part) if part.isdigit() else part for part in way.split("__")]
        node = body
        for part in parts:
            node = node[part]
        if value is None:
            del node[last]
        elif isinstance(node, list) and last == len(node):
            node.append(value)
        else:
            node[last] = value
    return Record(
        id=record.id, version=record.version, type=body["type"], org=record.org, body=body
    )


def facts(**changes):
    clean = Facts(
        epoch=7,
        provider_known=True,
        schema_faults=(),
        imagery=(),
        agreements=(AGREEMENT,),
        lists=LISTS,
    )
    return replace(clean, **changes)


def agreed(**changes):
    """Facts with one agreement that differs from the clean one."""
    return facts(agreements=(replace(AGREEMENT, **changes),))
