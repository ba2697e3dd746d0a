"""What may be done with a record, as its originator said it.

Every member is optional: what is missing is for the release rules to hold, with the sentence
that says what to add, not for the schema to refuse.
"""

from __future__ import annotations

from schemas import vocab
from schemas.containers import Many, Part
from schemas.fields import Choice, Name, Text, Token
from schemas.quantities import Day
from schemas.shape import Shape


class Restriction(Shape):
    """One restriction that goes with the record."""

    kind = Choice("What is restricted.", of=vocab.RESTRICTION_KINDS, required=True)
    text = Text("The restriction in words.", most=1_000)
    until = Day("The last day it holds.")


class LegalBasis(Shape):
    """The law the record is processed under."""

    instrument = Text("The act, e.g. Directive (EU) 2016/680.", required=True)
    article = Text("Article of the act.", most=64)
    national_ref = Text("The national provision.", most=256)


class Necessity(Shape):
    """Why the recipient needs it. Never leaves."""

    code = Choice("The need.", of=vocab.NECESSITY_CODES, required=True)
    text = Text("The need in words.", most=1_000)


class ChainLink(Shape):
    """One originator the material passed through. Never leaves."""

    org_id = Name("The organisation.", required=True)
    consent_id = Token("The consent under which it passed on.", most=128)


class Governance(Shape):
    """Conditions of use."""

    handling = Many("Handling codes.", Choice("A code.", of=vocab.HANDLING), most=4, as_set=True)
    handling_text = Text("Handling conditions in words (with H3).", most=2_000)
    restrictions = Many("Restrictions.", Part("One restriction.", Restriction), most=16)
    purposes = Many(
        "Purposes it may be used for.", Choice("A purpose.", of=vocab.PURPOSES), as_set=True
    )
    legal_basis = Part("The law it is processed under.", LegalBasis)
    crime_area = Choice("The crime area.", of=vocab.CRIME_AREAS)
    phenomenon = Many(
        "What it is about within the area.",
        Choice("A phenomenon.", of=vocab.PHENOMENA),
        as_set=True,
    )
    necessity = Part("Why the recipient needs it; never leaves.", Necessity)
    originator_chain = Many(
        "Originators it passed through; never leaves.", Part("One of them.", ChainLink), most=16
    )
    operational_action_ref = Token("The operational action it belongs to.", most=64)
    review_by = Day("Day by which keeping it is reviewed; at most three years from receipt.")
    erase_by = Day("Day by which it is erased.")
    marking = Choice("Protective marking.", of=vocab.MARKINGS)
    discoverability = Choice("What a matching partner may learn.", of=vocab.DISCOVERABILITY)
