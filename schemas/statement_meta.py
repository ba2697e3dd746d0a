"""How much a statement is worth: fact or assessment, by which source, how well known.

Sources: Directive (EU) 2016/680, article 7(1); the 4x4 scale of Regulation (EU) 2016/794,
article 29. What nobody evaluated is X/4, and an assessment: the weakest it can be.
"""

from __future__ import annotations

from schemas import vocab
from schemas.containers import Part
from schemas.fields import Choice, Text, Token
from schemas.quantities import Instant
from schemas.shape import Shape


class OriginalCode(Shape):
    """An evaluation on another scale, as it was given."""

    scheme = Token("Name and version of the scale, e.g. admiralty@1.", most=64, required=True)
    value = Text("The evaluation as it was given.", most=32, required=True)


class StatementMeta(Shape):
    """What stands behind one statement."""

    kind = Choice(
        "Fact, somebody's assessment, or what a rule found.",
        of=vocab.STATEMENT_KINDS,
        load_default="assessment",
    )
    source_code = Choice("Reliability of the source.", of=vocab.SOURCE_CODES, load_default="X")
    info_code = Choice("Reliability of the statement.", of=vocab.INFO_CODES, load_default="4")
    original_code = Part("The evaluation on the scale it was made with.", OriginalCode)
    as_of = Instant("When the statement was true or was judged.")
    first_seen = Instant("When it was first seen.")
    last_seen = Instant("When it was last seen.")
    rule_ref = Token("The rule behind an automated finding, name@version.", most=128)


def meta() -> Part:
    """Return the `meta` member of a statement; missing, it is an assessment of X/4."""
    return Part(
        "What stands behind this statement.",
        StatementMeta,
        load_default=lambda: {"kind": "assessment", "source_code": "X", "info_code": "4"},
    )
