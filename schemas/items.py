"""What an administrator configures: one schema per kind of item.

An item file is ``KIND/NAME.toml``: `valid_from`, `valid_until`, then the body checked here.
An empty list means nothing, never everything: default deny begins with the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from schemas import vocab
from schemas.item_fields import (
    COUNTRY,
    DIGEST,
    NAME,
    Day,
    list_of_codes,
    list_of_countries,
    list_of_names,
    list_of_texts,
    member_patterns,
    needed_texts,
    two_people,
)
from schemas.routes import demand_one_way
from schemas.transfers import Transfers
from schemas.versions import WRITTEN

ASSURANCES: Final = ("no_death_penalty",)
SCOPES: Final = ("submit", "inbox", "read", "quarantine")


class _Item(Schema):
    class Meta:
        """What is not named is refused."""

        unknown = RAISE


class Organisation(_Item):
    """An organisation whose records this gateway keeps."""

    title = fields.String(required=True, validate=validate.Length(1, 200))
    country = fields.String(required=True, validate=validate.Regexp(r"\A[A-Z]{2}\Z"))
    org_class = fields.String(required=True, validate=validate.OneOf(vocab.ORG_CLASSES))


class _KeyHolder(_Item):
    """Whoever is known by the digest of a public key, and belongs to one organisation."""

    org = fields.String(required=True, validate=NAME)
    key_digests = fields.List(fields.String(validate=DIGEST), load_default=list)
    certificates = fields.List(
        fields.String(validate=validate.Length(1, 16_384)), load_default=list
    )


class Client(_KeyHolder):
    """A machine of one organisation: a national system."""

    sources = list_of_names(required=True)
    scopes = fields.List(fields.String(validate=validate.OneOf(SCOPES)), required=True)

    @validates_schema
    def _has_a_key(self, data: Mapping[str, Any], **_: object) -> None:
        if not data.get("key_digests") and not data.get("certificates"):
            raise ValidationError("name a certificate or a key digest", "certificates")


class Person(_KeyHolder):
    """A person of one organisation: what they may do.

    With a key on a card or token of their own they use the commands; without, the console alone.
    The item's name stands in the ledger: a staff number, never a name.
    """

    roles = fields.List(fields.String(validate=validate.OneOf(vocab.ROLES)), required=True)


class Source(_Item):
    """One feed of one organisation: which adapter reads it, which profile completes it."""

    org = fields.String(required=True, validate=NAME)
    adapter = fields.String(required=True, validate=validate.Length(1, 80))
    profile = fields.String(load_default=None, allow_none=True, validate=NAME)
    transfers = fields.Nested(Transfers)

    @validates_schema
    def _chooses(self, data: Mapping[str, Any], **_: object) -> None:
        if (data.get("adapter") == "iso20022") != bool(data.get("transfers")):
            raise ValidationError(
                "a source of payment messages says which transfers it takes; no other does",
                "transfers",
            )


class Agreement(_Item):
    """What may pass between us and one partner. Default deny: what is not listed may not."""

    partner = fields.String(required=True, validate=NAME)
    direction = fields.String(required=True, validate=validate.OneOf(("out", "in", "both")))
    types = needed_texts()
    crime_areas = needed_texts()
    purposes = needed_texts()
    operational_action = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(1, 64)
    )
    # Absent: whoever is behind the partner. Empty: nobody (a group without members).
    members = fields.List(fields.String(validate=NAME), load_default=None, allow_none=True)
    carrier = fields.String(load_default=None, allow_none=True, validate=NAME)


class Consent(_Item):
    """An originator's leave for what its handling codes keep back."""

    originator = fields.String(required=True, validate=NAME)
    recipients = list_of_names()
    communities = list_of_names()
    records = list_of_texts(64)
    purposes = list_of_texts()
    types = list_of_texts()
    use = fields.String(load_default="pass_on", validate=validate.OneOf(vocab.CONSENT_USES))

    @validates_schema
    def _is_for_somebody(self, data: Mapping[str, Any], **_: object) -> None:
        if not data.get("recipients") and not data.get("communities"):
            raise ValidationError(
                "it allows nobody anything: name recipients or communities", "recipients"
            )


class RouteWhen(_Item):
    """What a record must have for a route to select it; towards partners not a type alone."""

    types = list_of_texts()
    crime_areas = list_of_texts()
    phenomenon = list_of_texts()
    jurisdictions = list_of_texts(2)
    operational_action = fields.String(load_default=None, allow_none=True)
    org = fields.String(load_default=None, allow_none=True, validate=NAME)
    from_partners = list_of_names()  # how it came: for routes to clients only
    agreements = list_of_names()


class Route(_Item):
    """Who is addressed without being named: partners outwards, clients inwards."""

    when = fields.Nested(RouteWhen, required=True)
    partners = list_of_names()
    clients = list_of_names()
    # These clients get what no other route selects; `when` then says nothing.
    otherwise = fields.Boolean(load_default=False)

    @validates_schema
    def _goes_one_way(self, data: Mapping[str, Any], **_: object) -> None:
        demand_one_way(data)


class Recipient(_Item):
    """Who a partner is to us, and each organisation behind it: this outranks its card.

    What an organisation does not say of itself is as its partner's.
    """

    class _Behind(_Item):
        """One organisation that the partner speaks for."""

        org_id = fields.String(required=True, validate=NAME)
        org_class = fields.String(
            load_default=None, allow_none=True, validate=validate.OneOf(vocab.ORG_CLASSES)
        )
        country = fields.String(load_default=None, allow_none=True, validate=COUNTRY)
        assurances_needed = fields.List(
            fields.String(validate=validate.OneOf(ASSURANCES)), load_default=None, allow_none=True
        )

    org_class = fields.String(required=True, validate=validate.OneOf(vocab.ORG_CLASSES))
    country = fields.String(load_default=None, allow_none=True, validate=COUNTRY)
    clearance = list_of_codes(vocab.MARKINGS)
    assurances_needed = list_of_codes(ASSURANCES)
    behind = fields.List(fields.Nested(_Behind), load_default=list)


class Adequacy(_Item):
    """A decision of the Commission that protection in these countries is adequate.

    Without a `valid_until` it covers nothing: every decision is reviewed.
    """

    decision = fields.String(required=True, validate=validate.Length(1, 200))
    countries = list_of_countries(required=True)


class Instrument(_Item):
    """A binding instrument with appropriate safeguards, for recipients or whole countries."""

    title = fields.String(required=True, validate=validate.Length(1, 200))
    recipients = list_of_names()
    countries = list_of_countries()
    types = list_of_codes(tuple(WRITTEN), required=True)
    assurances = list_of_codes(ASSURANCES)


class Transfer(_Item):
    """That two people allow transfers of these types to one partner: for a year at most.

    Needs `valid_from` and `valid_until`; without them, or for longer, it allows nothing.
    """

    partner = fields.String(required=True, validate=NAME)
    types = list_of_codes(tuple(WRITTEN), required=True)
    by = two_people()


class Needed(_Item):
    """Members that go only where the record's necessity is one of these codes."""

    necessity = list_of_codes(vocab.NECESSITY_CODES, required=True)
    members = member_patterns(required=True)


class Reduction(_Item):
    """What records of these types lose on their way to these recipients."""

    types = list_of_codes(tuple(WRITTEN), required=True)
    partners = list_of_names()
    communities = list_of_names()
    classes = list_of_codes(vocab.ORG_CLASSES)
    withhold = member_patterns()
    needed = fields.List(fields.Nested(Needed), load_default=list)


class Condition(_Item):
    """What two people made of a handling condition in words: codes that a rule can check.

    The file gives the words; of them only a digest is kept.
    """

    words = fields.String(required=True, validate=validate.Length(1, 2_000))
    restrictions = list_of_codes(vocab.RESTRICTION_KINDS)
    purposes = list_of_codes(vocab.PURPOSES)
    classes = list_of_codes(vocab.ORG_CLASSES)
    by = two_people()


class Community(_Item):
    """A community of partners with dated members."""

    class _Member(_Item):
        """One member and the dates of its membership."""

        partner = fields.String(required=True, validate=NAME)
        since = Day(load_default=None, allow_none=True)
        until = Day(load_default=None, allow_none=True)
        # Submitters are told of "a recipient", never which.
        hidden = fields.Boolean(load_default=False)

    members = fields.List(fields.Nested(_Member), required=True)


class Partner(_Item):
    """What two people confirmed about a partner; written by the gateway, not by hand."""

    state = fields.String(
        required=True, validate=validate.OneOf(("introduced", "confirmed", "revoked"))
    )
    card_version = fields.Integer(required=True)
    words = fields.String(required=True)


class OpenBody(Schema):
    """A body that its own compiler checks (mappings, dialects, source profiles)."""

    class Meta:
        """Whatever it holds is passed on."""

        unknown = "include"


KINDS: Final[Mapping[str, type[Schema]]] = {
    "organisation": Organisation,
    "client": Client,
    "person": Person,
    "source": Source,
    "source_profile": OpenBody,
    "mapping": OpenBody,
    "goaml_dialect": OpenBody,
    "agreement": Agreement,
    "consent": Consent,
    "route": Route,
    "community": Community,
    "recipient": Recipient,
    "adequacy": Adequacy,
    "instrument": Instrument,
    "transfer": Transfer,
    "reduction": Reduction,
    "condition": Condition,
    "partner": Partner,
}


class ItemInvalid(Exception):
    """The body of an item is not what its kind demands."""

    code: ClassVar[str] = "item-invalid"

    def __init__(self, faults: tuple[tuple[str, str], ...]) -> None:
        super().__init__("1 fault" if len(faults) == 1 else f"{len(faults)} faults")
        self.faults = faults  # (pointer, sentence)


def load_item(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of an item with its defaults filled in. Raises ItemInvalid with all faults.

    Does not check that what it names exists: `gateway.flow.configure` does.
    """
    schema = KINDS.get(kind)
    if schema is None:
        raise ItemInvalid((("", f"no such kind; kinds are {', '.join(sorted(KINDS))}"),))
    try:
        loaded: dict[str, Any] = schema().load(dict(body))
    except ValidationError as error:
        raise ItemInvalid(tuple(_flat("", error.messages))) from None
    return loaded


def _flat(pointer: str, messages: Any) -> list[tuple[str, str]]:
    if isinstance(messages, Mapping):
        return [
            row
            for name, inner in messages.items()
            for row in _flat(pointer if name == "_schema" else f"{pointer}/{name}", inner)
        ]
    if isinstance(messages, list):
        return [row for inner in messages for row in _flat(pointer, inner)]
    return [(pointer, str(messages))]
