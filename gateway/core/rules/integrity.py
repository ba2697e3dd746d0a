"""R-01, R-02, R-03: is it whole, free of imagery, and from whom it says.

The looking itself is done before: by the schema, the guard and the door. These rules make sure
that nothing goes on whose looking found something, at whatever later moment it is decided again.
"""

from __future__ import annotations

from gateway.core.rules.base import PASS, Context, Outcome, Refuse, Rule


def _schema(context: Context) -> Outcome:
    faults = context.facts.schema_faults
    if not faults:
        return PASS
    return Refuse(
        f"{len(faults)} member(s) do not fit the schema, first: {faults[0]}",
        "Correct the members named and submit the record again as a correction.",
    )


def _imagery(context: Context) -> Outcome:
    found = context.facts.imagery
    if not found:
        return PASS
    return Refuse(
        f"imagery, or something encoded like it, at {found[0]}",
        "Take it out and submit again; imagery never passes this gateway and nobody can allow it.",
    )


def _provider(context: Context) -> Outcome:
    if context.facts.provider_known:
        return PASS
    return Refuse(
        "it cannot be shown who provided this",
        "Submit it with the credential of a registered client; a partner signs it with both of "
        "its current keys.",
    )


RULES = (
    Rule(
        "R-01",
        1,
        "Schema valid, version known",
        "Directive (EU) 2016/680 art. 7(2)",
        _schema,
        "Refuse.",
        "A correction that follows the schema.",
    ),
    Rule(
        "R-02",
        1,
        "No imagery",
        "the product's own",
        _imagery,
        "Refuse; nobody can override it.",
        "The record without imagery.",
    ),
    Rule(
        "R-03",
        1,
        "Provider known",
        "integrity of the exchange",
        _provider,
        "Refuse; nobody can override it.",
        "The credential of a registered client; of a partner both signatures of its current keys.",
    ),
)
