"""The parts of a record: persons, accounts, identities and how they relate.

Owns the shapes that the record types share. A part points to another by its place in the same
record (`/persons/0`); such pointers are checked with the whole record, in `subjects.py`.
"""

# ruff: noqa: D102, ARG002 (a method without a docstring does what its base says)

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from schemas import vocab, wallet
from schemas.containers import Many, Part
from schemas.faults import NotNormal, Problem
from schemas.fields import Choice, Country, Pointer, Subdivision, Text, Token, Truth
from schemas.identifiers import (
    Asn,
    Bic,
    CardMasked,
    Email,
    Iban,
    Ip,
    Lei,
    Phone,
    Port,
    WalletAddress,
)
from schemas.quantities import Currency, Day, Instant, PartialDate
from schemas.shape import Cross, Shape
from schemas.statement_meta import meta

_HOLDERS = ("persons", "organisations")
_LEAST_CARD_DIGITS = 13


class Place(Shape):
    """A place, as far as it is known."""

    country = Country("Country.", or_unknown=True)
    subdivision = Subdivision("Subdivision of the country.")
    locality = Text("Town or village.", most=128)

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        subdivision, country = members.get("subdivision"), members.get("country")
        if subdivision and country and subdivision[:2] != country:
            yield Cross(
                ("subdivision",),
                Problem("contradiction", "The subdivision lies in another country."),
            )


class AgentPlace(Place):
    """A place where money was paid in or out."""

    agent_id = Token("The agent or machine there.", most=64)


class Address(Place):
    """A postal address."""

    street = Text("Street and number.", most=256)
    postal_code = Text("Postal code.", most=16)
    text = Text("The address as given, where it cannot be divided.", most=512)
    since = PartialDate("From when.")
    until = PartialDate("Until when.")


class PersonName(Shape):
    """One name of a person, in its original script."""

    full = Text("The whole name.", most=256)
    given = Text("Given names.", most=128)
    family = Text("Family name, with prefixes.", most=128)
    kind = Choice("What kind of name.", of=vocab.NAME_KINDS)

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        if not given.keys() & {"full", "given", "family"}:
            yield Cross(("full",), Problem("required", "A name needs a name.", "Add `full`."))


class PersonId(Shape):
    """A number that a state gave a person."""

    kind = Choice("What kind of number.", of=vocab.ID_KINDS, required=True)
    number = Text("The number.", most=64, required=True)
    country = Country("Country that gave it.")


class Conviction(Shape):
    """A past conviction: a dated fact, not an assessment."""

    date = PartialDate("Date of the judgment.", required=True)
    offence = Text("The offence.", most=256, required=True)
    country = Country("Country of the court.")


class Person(Shape):
    """A person, always with a category."""

    category = Choice("In what capacity.", of=vocab.PERSON_CATEGORIES, load_default=vocab.UNKNOWN)
    category_since = PartialDate("Since when.")
    category_reason = Text("Why; never leaves.", most=1_000)
    names = Many("Names.", Part("A name.", PersonName), most=32)
    dob = PartialDate("Date of birth, with the precision known.")
    pob = Part("Place of birth.", Place)
    sex = Choice("Sex.", of=vocab.SEXES)
    nationalities = Many(
        "Nationalities.", Country("A country.", or_unknown=True), most=8, as_set=True
    )
    ids = Many("Numbers of identity papers.", Part("A number.", PersonId), most=32)
    addresses = Many("Addresses.", Part("An address.", Address), most=32)
    minor = Choice("Under 18.", of=vocab.TERNARY)
    safeguarding_flag = Truth("Somebody sees to this person's safety.")
    convictions = Many("Past convictions.", Part("One of them.", Conviction), most=64)
    meta = meta()


class Organisation(Shape):
    """A company or another body."""

    name = Text("Its name.", required=True)
    registration_no = Text("Number in a public register.", most=64)
    lei = Lei("Legal entity identifier (ISO 17442).", most=20)
    country = Country("Country of registration.")
    role = Text("What it does here.", most=128)
    addresses = Many("Addresses.", Part("An address.", Address), most=16)
    meta = meta()


class Account(Shape):
    """Anything value is held in or sent to."""

    kind = Choice("What kind of account.", of=vocab.ACCOUNT_KINDS, required=True)
    iban = Iban("IBAN.")
    account_no = Text("Number that is not an IBAN; reference of a remittance.", most=64)
    card = CardMasked("Payment card: first 6 and last 4 digits.")
    bic = Bic("BIC of the institution.")
    institution = Text("Name of the institution.")
    currency = Currency("Its currency.")
    network = Choice("Crypto network.", of=wallet.NETWORKS)
    address = WalletAddress("Address on that network.", most=256)
    provider = Text("Company behind it, where that is no bank.")
    handle = Text("Handle or alias at the provider.", most=128)
    holder_ref = Pointer("Its holder.", into=_HOLDERS)
    meta = meta()

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        if "address" in members:
            yield from self._settle_wallet(members, given)
        number = members.get("account_no", "")
        if members.get("kind") == "card_masked" and len(number) >= _LEAST_CARD_DIGITS:
            yield Cross(
                ("account_no",),
                Problem("card-whole", "A card is never stored whole.", "Use `card`."),
            )
        marks = {"iban", "account_no", "card", "address", "handle"}
        if "kind" in members and not given.keys() & marks:
            yield Cross(
                ("account_no",),
                Problem("required", "The account is not named.", "Add one of its numbers."),
            )

    def _settle_wallet(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        if "network" not in given:
            problem = Problem("required", "Which network is it an address on?", "Add `network`.")
            yield Cross(("network",), problem)
        if "network" not in members:
            return
        try:
            members["address"] = wallet.address(members["network"], members["address"])
        except NotNormal as refused:
            yield Cross(("address",), refused.problem)


class OnlineIdentity(Shape):
    """Somebody as an online service or a network knows them."""

    platform = Text("The service, by its domain where it has one.", most=128)
    handle = Text("Name shown there.", most=128)
    user_id = Token("Number of the user there.", most=128)
    email = Email("E-mail address.", most=254)
    phone = Phone("Phone number.", most=16)
    device_ids = Many("Devices.", Token("A device.", most=128), most=64, as_set=True)
    holder_ref = Pointer("Whose it is.", into=_HOLDERS)
    meta = meta()

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        if members.keys() & {"handle", "user_id"} and "platform" not in given:
            yield Cross(
                ("platform",),
                Problem("required", "A handle names nobody without its service.", "Add it."),
            )


class NetworkObservation(Shape):
    """Something seen at a network address at a time."""

    ip = Ip("IP address.", most=45, required=True)
    port = Port("Source port; behind carrier-grade NAT only it tells subscribers apart.")
    cgn = Truth("Shared by many subscribers at once (carrier-grade NAT).")
    time = Instant("When.", required=True)
    event = Choice("What was done.", of=vocab.NETWORK_EVENTS)
    proxy = Truth("A proxy, VPN or Tor exit.")
    asn = Asn("Autonomous system.")
    identity_ref = Pointer("Who was seen.", into=("identities", "persons"))
    meta = meta()


class MeansOfTransport(Shape):
    """A vehicle, vessel or aircraft."""

    kind = Choice("What kind.", of=vocab.TRANSPORT_KINDS, required=True)
    registration = Text("Plate or registration.", most=32)
    country = Country("Country of registration.")
    description = Text("Make, model, colour.", most=256)
    holder_ref = Pointer("Whose it is.", into=_HOLDERS)
    meta = meta()


class Document(Shape):
    """An identity or travel paper, seen or used."""

    kind = Choice("What kind.", of=vocab.ID_KINDS, required=True)
    number = Text("Its number.", most=64)
    country = Country("Country that issued it.")
    valid_until = Day("Last day of validity.")
    holder_ref = Pointer("Whose it is.", into=_HOLDERS)
    meta = meta()


class Location(Address):
    """A place where something happened or happens."""

    kind = Choice("What kind.", of=vocab.LOCATION_KINDS)
    time = Instant("When.")
    person_ref = Pointer("Who was there.", into=_HOLDERS)
    meta = meta()


class Relation(Shape):
    """How one part relates to another."""

    from_ = Pointer("One end.", required=True, data_key="from", attribute="from")
    to = Pointer("The other end.", required=True)
    type = Choice("What binds them.", of=vocab.RELATION_TYPES, required=True)
    role = Choice("Role of the first towards the second.", of=vocab.RELATION_ROLES)
    valid_from = PartialDate("From when.")
    valid_to = PartialDate("Until when.")
    meta = meta()
