"""What must become of every record of the demonstration, at both partners.

The scenario fails if anything else happens: a record that did not arrive, or one that did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ACCEPTED: Final = "accepted"
NONE: Final = ""  # no agreement covers the type: there is nothing to decide
NOT_NAMED: Final = "refused R-21"
GONE: Final = "gone"
SERIES: Final = 24
REJECTION: Final = "outside-our-mandate"
HOSTING: Final = "PL-NH-2026-000412"
URGENT: Final = "PL-NH-2026-000990"
REJECTED: Final = "b7ca7591-811e-4d40-83d9-dc043c08555d"
HANDLING: Final = "PL-NH-2026-000204"
OWN_NOTE: Final = "Named by the child and by the platform."
QUARANTINED: Final = "PL-2026-000104"
WITH_LOSSES: Final = "PL-2026-000103"
ASKED_FOR: Final = "PL-2026-000102"
CARRIED: Final = "PL-NH-2026-000510"
CONSENTED: Final = "PL-NH-2026-000520"
PRODUCT: Final = "KP-2026-7"
BANK: Final = "ESSEFIHX/BANKFILEID219073/BANKFILEID00001NTR00001/"
PAYMENTS: Final = (f"{BANK}5.1", f"{BANK}5.2")
MESSAGES: Final = 2  # to the EMPACT partner: an answer and a consent request


@dataclass(frozen=True, slots=True)
class Fate:
    """One record: what it is, which file and system it comes from, and where it ends."""

    title: str
    file: str
    system: str
    hub: str
    vgt: str
    why: str = ""  # in our own words, where the rules alone do not tell it


@dataclass(frozen=True, slots=True)
class Push:
    """One file pushed by one system: its source, its format, the states of its records."""

    file: str
    system: str
    source: str
    format: str
    states: tuple[str, ...]


FIRST: Final = (
    Push("suspicious-transactions.goaml.xml", "fiu-reports", "reports", "goAML XML", ("stored",)),
    Push("meldingen.json", "fiu-reports", "register", "declared JSON", ("stored", "stored")),
    Push(
        "zaken.csv",
        "police-cases",
        "export",
        "declared CSV",
        ("stored", "stored", "stored", "quarantined"),
    ),
    Push("cases.ndjson", "police-cases", "cases", "native NDJSON", ("stored",)),
    Push("cybertip.xml", "hotline-desk", "cybertips", "CyberTipline XML", ("stored",)),
    Push("xarf/content-csam.json", "hotline-desk", "abuse-reports", "XARF JSON", ("stored",)),
)
AGAIN: Final = Push(
    "suspicious-transactions.goaml.xml", "fiu-reports", "reports", "goAML XML", ("stored",)
)
IMAGERY: Final = (
    Push("xarf-with-picture.json", "hotline-desk", "abuse-reports", "XARF JSON", ("refused",)),
    Push("media-catalogue.json", "hotline-desk", "abuse-reports", "VICS JSON", ("refused",)),
)
HELD_BACK: Final = Push(
    "held-back.ndjson", "police-cases", "cases", "native NDJSON", ("stored",) * 4
)
CONDITION: Final = Push("condition.json", "police-cases", "cases", "native JSON", ("stored",))
WITH_CONDITION: Final = "PL-NH-2026-000207"
HELD_FOR_WORDS: Final = "R-05:cases:hub.example"

GROUND: Final = Push("hotline-report.json", "police-cases", "cases", "native JSON", ("stored",))
FINANCIAL: Final = "PL-OV-2026-000118"
CORROBORATING: Final = "PL-OV-2026-000119"

RECALLED: Final = "PL-NH-2026-000731"
RECALLED_NAME: Final = "Piet Proef"

_CASES, _CSV = "cases.ndjson", "zaken.csv"
_BACK = "held-back.ndjson"
RECORDS: Final[dict[str, Fate]] = {
    "TEST-STR-0001": Fate("suspicious transactions", FIRST[0].file, "fiu-reports", ACCEPTED, NONE),
    "NB-2026-0007": Fate("signal of a register", FIRST[1].file, "fiu-reports", ACCEPTED, NONE),
    "NB-2026-0008": Fate("signal of a register", FIRST[1].file, "fiu-reports", ACCEPTED, NONE),
    "PL-2026-000101": Fate("case, suspect in Australia", _CSV, "police-cases", ACCEPTED, ACCEPTED),
    "PL-2026-000102": Fate("case, suspect in Belgium", _CSV, "police-cases", ACCEPTED, NOT_NAMED),
    "PL-2026-000103": Fate("case, no country", _CSV, "police-cases", ACCEPTED, NOT_NAMED),
    "PL-NH-2026-000731": Fate(
        "case, names both partners", _CASES, "police-cases", ACCEPTED, ACCEPTED
    ),
    "user-000001@2026-01-10T01:12:00Z": Fate(
        "report of a platform", FIRST[4].file, "hotline-desk", ACCEPTED, NOT_NAMED
    ),
    REJECTED: Fate(
        "report of a hosted page", FIRST[5].file, "hotline-desk", "rejected", "refused R-06"
    ),
    FINANCIAL: Fate(
        "case on money alone, then promoted", _BACK, "police-cases", ACCEPTED, NOT_NAMED
    ),
    CORROBORATING: Fate(
        "a hotline's report, same account", GROUND.file, "police-cases", ACCEPTED, "refused R-06"
    ),
    HANDLING: Fate("case, H2 and no consent", _BACK, "police-cases", "held R-05", NOT_NAMED),
    "PL-NH-2026-000205": Fate(
        "case, person of unknown category", _BACK, "police-cases", "held R-09", NOT_NAMED
    ),
    "PL-NH-2026-000206": Fate(
        "case, addressed to nobody", _BACK, "police-cases", "refused R-06", NOT_NAMED
    ),
    WITH_CONDITION: Fate(
        "case, condition in words", CONDITION.file, "police-cases", ACCEPTED, NOT_NAMED
    ),
    QUARANTINED: Fate("case, replayed from quarantine", _CSV, "police-cases", ACCEPTED, NOT_NAMED),
    **{
        one: Fate("payment of 2009, a bank's file", "camt.054", "fiu-reports", "held R-13", NONE)
        for one in PAYMENTS
    },
    CARRIED: Fate(
        "case for another member state",
        "for-a-member.json",
        "police-cases",
        NOT_NAMED,
        NOT_NAMED,
        "it went to the other member state alone, carried by the hub",
    ),
    CONSENTED: Fate(
        "case, rests on another's",
        "resting-on-the-hub.json",
        "police-cases",
        NOT_NAMED,
        GONE,
        "VGT: it went on a consent that was withdrawn",
    ),
    PRODUCT: Fate("typology, TLP:GREEN", "typology.json", "police-cases", NONE, ACCEPTED),
    URGENT: Fate("case, urgent", "urgent.json", "police-cases", ACCEPTED, NOT_NAMED),
    HOSTING: Fate(
        "hosted page, agreement ended", "hosting.json", "police-cases", NOT_NAMED, "refused R-06"
    ),
}
"""Every record by its own reference; those of the series are not listed one by one."""

MEANT_FOR_VGT: Final = frozenset({HOSTING, "PL-NH-2026-000206"})

REASONS: Final = {
    FINANCIAL: ("hub.example", "R-11"),
    HANDLING: ("hub.example", "R-05"),
    "PL-NH-2026-000205": ("hub.example", "R-09"),
    "PL-NH-2026-000206": ("vgt.example", "R-21"),
}
"""What `gateway explain` must name as the deciding rule, before anything changed."""
