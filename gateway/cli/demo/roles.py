"""Who takes part: the gateways, their national systems, their people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

STAFF: Final = ("officer-17", "officer-23")  # two people of the national police
KEEPERS: Final = ("dpo-1", "auditor-2")  # who hold the shares of its audit key
ADMINISTRATOR: Final = "admin-5"  # changes its items, with the first keeper as second person
CONTACT: Final = "spoc-7"  # answers and asks for the EMPACT partner


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A national system: what it is called, whose it is, what it pushes."""

    name: str
    org: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """A person: a staff number, whose staff, what this person may do."""

    name: str
    org: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What kind of gateway a place is."""

    folder: str
    id: str
    title: str
    profile: str
    org_class: str
    country: str
    systems: tuple[System, ...]
    officers: tuple[Officer, ...] = ()
    listens: bool = True
    pulls: tuple[str, ...] = ()
    more: str = ""  # settings of this role alone
    folders: tuple[str, ...] = ()  # that national systems share with it


NATIONAL: Final = Role(
    folder="national",
    id="national.example",
    title="National gateway",
    profile="national",
    org_class="eu_authority",
    country="NL",
    systems=(
        System(name="police-cases", org="police.example", sources=("cases", "export")),
        System(name="fiu-reports", org="fiu.example", sources=("reports", "register", "payments")),
        System(name="hotline-desk", org="hotline.example", sources=("cybertips", "abuse-reports")),
    ),
    officers=(
        *(
            Officer(name=name, org="police.example", roles=("release_officer", "contact_point"))
            for name in STAFF
        ),
        Officer(name=ADMINISTRATOR, org="police.example", roles=("administrator",)),
        Officer(name=KEEPERS[0], org="police.example", roles=("data_protection_officer",)),
        Officer(name=KEEPERS[1], org="police.example", roles=("auditor",)),
    ),
    more="""
[pulled_sources.payments]
client = "fiu-reports"
directory = "dropped"
media_type = "application/xml"
settle_seconds = 0
interval_seconds = 0.3
""",
    folders=("dropped",),
)
HUB: Final = Role(
    folder="hub",
    id="hub.example",
    title="EMPACT partner",
    profile="empact",
    org_class="eu_agency",
    country="NL",
    systems=(System(name="analysis", org="analysts.hub.example", sources=("enquiries",)),),
    officers=(
        Officer(
            name=CONTACT, org="analysts.hub.example", roles=("contact_point", "release_officer")
        ),
    ),
)
VGT: Final = Role(
    folder="vgt",
    id="vgt.example",
    title="VGT partner",
    profile="vgt",
    org_class="third_country",
    country="AU",
    systems=(System(name="officers", org="police.vgt.example"),),
    listens=False,  # its border lets nobody in: it pulls
    pulls=("national.example",),
)
MEMBER: Final = Role(
    folder="member",
    id="member.example",
    title="Another member state",
    profile="empact",
    org_class="eu_authority",
    country="BE",
    systems=(System(name="casework", org="police.member.example"),),
    more="""
[national_systems.casework]
directory = "taken"
rendering = "stix"
acknowledge = "receipt"
""",
    folders=("taken",),
)
