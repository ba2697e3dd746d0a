"""`hosting_report`: where material is hosted, who could remove it, and who was told.

It names a place, never what is found there. The gateway itself never requests a reported URL.
"""

# ruff: noqa: D102 (a method without a docstring does what its base says)

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from schemas import normal, vocab
from schemas.containers import Many, Part
from schemas.faults import Problem
from schemas.fields import Choice, Country, Text, Token, Truth, Whole
from schemas.identifiers import Asn, Host, Ip, Port, Url
from schemas.quantities import Duration, Instant
from schemas.shape import Cross, Shape, view
from schemas.subjects import Subjects


class HostingLocation(Shape):
    """Where it is. `domain` and `site_key` are filled from the URL."""

    derived: ClassVar[Mapping[str, str]] = {
        "domain": "host-of-url",
        "site_key": "registrable-domain",
        "ip": "host-of-url",
    }

    url = Url("The page; shown only to the addressee of a notice, never logged.", most=2_048)
    url_tag = Token("Keyed tag of the URL, for a form without it.", most=64)
    site_key = Host("Registrable domain (public suffix list).", most=253)
    domain = Host("Host name.", most=253)
    ip = Ip("IP address.", most=45)
    port = Port("Port.")
    asn = Asn("Autonomous system.")
    cdn = Truth("Behind a content delivery network.")
    tor = Truth("A Tor onion service.")

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        if not given.keys() & {"url", "url_tag", "domain", "ip"}:
            problem = Problem("required", "The place is not named.", "Add `url`, `domain` or `ip`.")
            yield Cross(("url",), problem)
        if view().as_text:
            return
        if "url" in members:
            yield from self._settle_host(members)
        if "domain" in members and "site_key" not in members:
            site = normal.registrable(members["domain"])
            if site is not None:
                members["site_key"] = site

    def _settle_host(self, members: dict[str, Any]) -> Iterator[Cross]:
        host = normal.url_host(members["url"])
        if host.startswith("[") or host.rpartition(".")[2].isdigit():
            members.setdefault("ip", normal.ip(host))
        elif members.setdefault("domain", host) != host:
            yield Cross(("domain",), Problem("contradiction", "The URL names another host."))


class Attribution(Shape):
    """Who answers for one layer of the hosting, according to whom."""

    layer = Choice("The layer.", of=vocab.HOSTING_LAYERS, required=True)
    org = Text("The organisation.", required=True)
    source = Text("Where that is known from.", most=256)
    as_of = Instant("When it was so.", required=True)


class ContentAssessment(Shape):
    """What an analyst judged it to be."""

    scheme = Token("The scheme.", most=64, required=True)
    value = Token("The judgment in that scheme.", most=64, required=True)
    by = Text("Who judged; a function, no name.", most=128)
    at = Instant("When.")


class TakedownNotice(Shape):
    """A notice to one who could remove it."""

    target = Text("To whom.", required=True)
    layer = Choice("For which layer.", of=vocab.HOSTING_LAYERS)
    regime = Choice("Under which regime.", of=vocab.NOTICE_REGIMES)
    clock = Duration("Time that the regime gives.", most=32)
    sent = Instant("When it was sent.")
    delivered = Instant("When it arrived.")
    answer = Choice("What came back.", of=vocab.NOTICE_ANSWERS)


class Observation(Shape):
    """Whether it was there, at a time."""

    time = Instant("When.", required=True)
    result = Choice("What was seen.", of=vocab.OBSERVATION_RESULTS, required=True)
    method = Choice("How.", of=vocab.OBSERVATION_METHODS, required=True)
    observer = Text("Who looked; an organisation.", most=128)


class HostingReport(Subjects):
    """A hosting report."""

    kind: ClassVar[str] = "hosting_report"

    origin = Choice("Who reported it.", of=vocab.HOSTING_ORIGINS, required=True)
    location = Part("Where it is.", HostingLocation, required=True)
    attribution = Many("Who answers for the layers.", Part("A layer.", Attribution), most=64)
    host_country = Country("Country of the host.", or_unknown=True)
    assessment = Part("What it was judged to be.", ContentAssessment)
    media_kind = Choice("What kind of material.", of=vocab.MEDIA_KINDS)
    item_count = Whole("How many items.", most=10**9)
    notices = Many("Notices.", Part("A notice.", TakedownNotice), most=64)
    observations = Many("Observations.", Part("One of them.", Observation), most=500)
    state = Choice("Where it stands.", of=vocab.HOSTING_STATES)
