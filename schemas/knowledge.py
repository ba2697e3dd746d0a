"""`knowledge_product`: what is known of a phenomenon, and of nobody in particular.

It holds no personal data: the release rules look for identifiers in every sentence of it, and a
person reads it before it leaves (R-09).
"""

from __future__ import annotations

from typing import ClassVar

from schemas import vocab
from schemas.containers import Part
from schemas.fields import Choice, Language, Text
from schemas.quantities import Day
from schemas.record import RecordBase
from schemas.shape import Shape


class Period(Shape):
    """The days that figures are about."""

    from_ = Day("The first day.", required=True, data_key="from", attribute="from")
    to = Day("The last day.", required=True)


class KnowledgeProduct(RecordBase):
    """A knowledge product."""

    kind: ClassVar[str] = "knowledge_product"

    product_kind = Choice("What it is.", of=vocab.PRODUCT_KINDS, required=True)
    title = Text("Its title.", required=True)
    lang = Language("The language of title and text.", required=True)
    text = Text("The product in Markdown; no personal data.", most=60_000, required=True)
    tlp = Choice("Its label of the Traffic Light Protocol.", of=vocab.TLP_LABELS)
    period = Part("The days that it is about.", Period)
