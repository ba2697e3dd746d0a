"""A gateway with something on every page, names that try to be more than text among it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pyotp

from gateway.flow import approving, holds, propose, welcome
from gateway.flow.compose import Pen
from gateway.flow.consents import ask
from gateway.flow.exchange import Exchange
from gateway.flow.identify import person_of
from gateway.flow.sign_in import sign_in
from schemas.vocab import ROLES
from tests.journeys.gateways import World
from tests.journeys.questions import a_request, widened
from tests.journeys.scenes import HUB, NL, VGT, addressed, items, two_gateways, with_puller
from tests.journeys.staff import staffed, with_words
from tests.journeys.test_mending_mappings import LINES, MAPPING, PROFILE

PASSWORD = "apricot lantern nineteen gravel"
# Markup, right to left, an override of direction, and a character of four bytes.
HOSTILE = (
    '<b data-hostile onclick="x()">Politie</b> \u05e9\u05dc\u05d5\u05dd \u202eabc\u202c \U0001f46e'
)
AGREED, MAPPED = "nl-hub", "export"
# A source that a declared mapping reads.
_EXPORT = (
    f'{PROFILE}[source.export]\norg = "police.nl"\nadapter = "mapping:export"\nprofile = "all"\n'
    "[mapping.export]\n" + MAPPING.replace("[fields]", "[mapping.export.fields]")
)
_CHIEF = """
[person.chief-1]
org = "police.nl"
roles = [{roles}]
key_digests = ["{digest}"]
"""


@dataclass
class Town:
    """The world, its national gateway, and what its people sign in with."""

    world: World
    nl: Exchange
    secrets: dict[str, str] = field(default_factory=dict)
    changing: str = ""  # a proposal to change an agreement
    consent: str = ""  # a record that asks for a consent

    def settle(self, person: str) -> None:
        """Give a person an account, unless they have one."""
        if person in self.secrets:
            return
        token = welcome.invite(person, "admin-1", self.nl).token
        self.secrets[person] = welcome.open_invitation(token, self.nl).secret
        welcome.accept(token, PASSWORD, self.code(person), self.nl)

    def code(self, person: str) -> str:
        """The code that the person's app shows now; one that was not shown before."""
        self.world.clock.forward(seconds=30)
        return pyotp.TOTP(self.secrets[person]).at(self.nl.now_ms() // 1000)

    def session(self, person: str) -> str:
        """The token of a new session of this person."""
        self.settle(person)
        return sign_in(person, PASSWORD, self.code(person), self.nl)

    def hold(self, words: str) -> None:
        """Let a record wait for people who read its condition in these words."""
        body = with_words(HUB, provider_ref="held-4")
        governance = {**body["governance"], "handling_text": words}
        self.world.push(self.nl, {**body, "governance": governance})

    def newest(self) -> str:
        """The record that came last."""
        with self.nl.store.reading() as work:
            return str(work.records.latest("police.nl", before="", limit=1)[0].id)


def busy_town() -> Town:
    """A gateway in the middle of a working day; `chief-1` has every role there is."""
    world = two_gateways()
    with_puller(world)
    chief = _CHIEF.format(roles=", ".join(f'"{role}"' for role in ROLES), digest="9" * 42 + "A")
    base = items("police.nl", "NL", "police", "B", HUB, VGT)
    base = base.replace('sources = ["cases"]', 'sources = ["cases", "export"]').replace(
        'title = "police.nl"', f"title = {json.dumps(HOSTILE, ensure_ascii=False)}"
    )
    nl = staffed(world, chief, base=widened(base) + _EXPORT)
    hub = world.network.gateways[HUB]
    world.configure(hub, widened(items("europol.eu", "NL", "analysts", "C", NL)))
    _work_through_the_night(world, nl)
    town = Town(world, nl)
    _propose(town)
    town.changing = _propose_a_change(nl)
    town.consent = _ask_for_consent(world, nl)
    # Something urgent, of which no receipt comes.
    world.push(nl, addressed("case", HUB, provider_ref="urgent-1"), urgent="child_at_risk")
    world.clock.forward(seconds=22 * 60)
    return town


def young_town() -> Town:
    """A gateway on its first day: an organisation and its people, of whom one signed in."""
    world = World()
    world.add(NL)
    organisation = items("police.nl", "NL", "police", "B").partition("[client.")[0]
    return Town(world, staffed(world, base=organisation))


def _work_through_the_night(world: World, nl: Exchange) -> None:
    hub = world.network.gateways[HUB]
    bodies = [
        *(addressed("case", HUB, provider_ref=f"case-{number}") for number in range(4)),
        addressed("financial_signal", HUB, provider_ref="signal-1"),
        addressed("hosting_report", HUB, provider_ref=HOSTILE[:64]),
        with_words(HUB, provider_ref="held-1"),
        with_words(HUB, provider_ref="held-2"),
        with_words(VGT, provider_ref="held-3"),
        {"type": "case"},
    ]
    for body in bodies:
        world.push(nl, body)
        world.clock.forward(seconds=97)
        world.work()
        world.clock.forward(seconds=611)
    world.push(nl, *LINES, source=MAPPED)
    world.push(hub, a_request(NL), client="analysts")
    world.work()


def _propose_a_change(nl: Exchange) -> str:
    """Let an administrator propose one more agreement."""
    with nl.store.reading() as work:
        (item,) = (one for one in work.config.active("agreement") if one.name == AGREED)
    body = {**item.body, "crime_areas": ["fraud"]}
    asked = {"change": "apply", "kind": "agreement", "name": "nl-hub-2027", "body": body}
    return propose.propose("configure", asked, person_of("admin-1", nl), nl, reason="renewed").id


def _ask_for_consent(world: World, nl: Exchange) -> str:
    """Let an officer ask the originator of a record whether it may be passed on."""
    hub = world.network.gateways[HUB]
    (theirs,) = world.push(hub, addressed("case", NL), client="analysts")
    world.work()
    ours = addressed("case", VGT, provider_ref="resting-1", derived_from=[theirs.record])
    (resting,) = world.push(nl, ours)
    said = {"partner": VGT, "reason": "The account holder travels there next week."}
    (sent,) = ask(str(resting.record), said, Pen(person=person_of("chief-1", nl)), nl)
    world.work()
    return str(sent.record)


def _propose(town: Town) -> None:
    """Let one officer decide on a group, so that a second person is awaited."""
    officer = person_of("officer-1", town.nl)
    groups = holds.groups(officer, town.nl)
    group = f"R-05:cases:{HUB}"
    assert group in [one["group"] for one in groups]
    approving.approve_set(holds.parse_group(group), None, "reviewed", officer, town.nl)
