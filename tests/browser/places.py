"""Every page of the console, and with which record, group or proposal a test opens it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from werkzeug.routing import Rule

from gateway.core.limits import Limits
from gateway.flow import disclosures, holds, look, welcome
from gateway.flow.identify import person_of
from gateway.web.app import create_app
from gateway.web.edge import Edge
from tests.browser.town import AGREED, MAPPED, Town
from tests.journeys.questions import listed
from tests.journeys.scenes import HUB

_LOOK = "complaint"
NOT_PAGES = {"static", "nowhere", "why_not"}  # the last leads on to `why`
BEFORE_SIGNING_IN = {"sign_in_page", "welcome_page"}


def pages() -> dict[str, Rule]:
    """Every rule that answers with a page, by its name in the console."""
    nothing: Any = SimpleNamespace(limits=Limits(), store=None)
    app = create_app(nothing, Edge())
    rules = {
        rule.endpoint.removeprefix("console."): rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("console.") and "GET" in (rule.methods or ())
    }
    return {name: rule for name, rule in rules.items() if name not in NOT_PAGES}


def path_of(name: str, town: Town) -> str:
    """The path of a page below /console, filled in with what there is in town."""
    rule = pages()[name]
    examples = {**_EXAMPLES, **_OF_PAGES.get(name, {})}
    given = {part: examples[part](town) for part in rule.arguments}
    _, path = rule.build(given) or ("", "")
    return path.removeprefix("/console") + _QUERIES.get(name, "")


def _record(town: Town) -> str:
    return town.newest()


def _group(town: Town) -> str:
    officer = person_of("chief-1", town.nl)
    return str(holds.groups(officer, town.nl)[0]["group"])


def _proposal(town: Town) -> str:
    with town.nl.store.reading() as work:
        rows = work.proposals.page("police.nl", open_only=False, after="", limit=1)
    return rows[0].id


def _token(town: Town) -> str:
    return welcome.invite("analyst-1", "admin-1", town.nl).token


def _disclosure(town: Town) -> str:
    dpo = person_of("dpo-1", town.nl)
    found, _ = disclosures.page(dpo, _LOOK, disclosures.Wanted(), "", 1, town.nl)
    return str(found[0]["id"])


def _delivery(town: Town) -> str:
    found, _ = look.deliveries_page(None, None, None, 1, town.nl)
    return str(found[0]["id"])


def _original(town: Town) -> str:
    found, _ = look.quarantine_page("police.nl", None, 1, town.nl)
    return str(found[0]["id"])


def _request(town: Town) -> str:
    chief = person_of("chief-1", town.nl)
    return str(listed(chief, town.nl)[0]["record"])


# What stands in a path, by the name of its part. A page with a new part needs a line here.
_EXAMPLES = {
    "record_id": _record,
    "partner": lambda _: HUB,
    "group": _group,
    "id_": _proposal,
    "number": lambda _: 1,
    "token": _token,
    "topic": lambda _: "first-steps",
    "name": lambda _: AGREED,
    "envelope": _delivery,
    "original_id": _original,
}
# The same for pages that mean something else by it.
_OF_PAGES = {
    "request_page": {"record_id": _request},
    "consent_page": {"record_id": lambda town: town.consent},
    "disclosure_page": {"id_": _disclosure},
    "mapping": {"name": lambda _: MAPPED},
    "mapping_version": {"name": lambda _: MAPPED},
    "proposal_preview": {"id_": lambda town: town.changing},
}
# What a page is asked besides.
_QUERIES = {
    "quarantine_group": "?source=cases",
    "disclosure_page": f"?reason={_LOOK}",
    "record_origin": f"?reason={_LOOK}",
}
