"""docs/reference/rules.md, written from the rules: ``python -m gateway.cli.rule_reference``."""

from __future__ import annotations

import sys
from typing import Final

from adapters.partners import PROFILES
from gateway.core.rules import RULES, RULES_IN
from gateway.core.rules.base import LIFTABLE, Rule

HEAD: Final = """# Release rules

Every rule that decides whether a record may go to a partner, as the code has them.
Written by `python -m gateway.cli.rule_reference`; a test compares this page with the rules.
Why they are as they are: [release rules explained](../explanation/release-rules.md).

`gateway explain RECORD --partner P` shows the answer of every rule for one record and one partner.
Refuse comes before Hold, Hold before Reduce, Reduce before Release.
A rule that fails itself counts as Hold, with the fault named.

| rule | what it is about | also for what comes in | lifted by R-20 |
|---|---|---|---|
"""
COMMUNITIES: Final = """
## What communities demand

| community | demands | exchanges | usual way | clocks |
|---|---|---|---|---|
"""


def page() -> str:
    """Return the page."""
    incoming = {rule.id for rule in RULES_IN}
    rows = [_row(rule, rule.id in incoming) for rule in RULES]
    return HEAD + "".join(rows) + "".join(map(_section, RULES)) + COMMUNITIES + _communities()


def _row(rule: Rule, comes_in: bool) -> str:  # noqa: FBT001 - one column of a table
    lifted = "yes" if rule.id in LIFTABLE else "as person of interest" if rule.id == "R-09" else ""
    title = f"[{rule.title}](#{_anchor(rule)})"
    return f"| {rule.id} | {title} | {'yes' if comes_in else ''} | {lifted} |\n"


def _section(rule: Rule) -> str:
    return (
        f"\n## {_heading(rule)}\n\n"
        f"Version {rule.version}.\n"
        f"Source: {rule.source}.\n\n"
        f"- On failure: {rule.failure}\n"
        f"- What would change it: {rule.remedy}\n"
    )


def _heading(rule: Rule) -> str:
    return f"{rule.id} {rule.title}"


def _anchor(rule: Rule) -> str:
    kept = (one for one in _heading(rule).lower() if one.isalnum() or one in " -")
    return "".join(kept).replace(" ", "-")


def _communities() -> str:
    rows = []
    for profile in PROFILES.values():
        clocks = ", ".join(f"{name} {length}" for name, length in profile.clocks.items())
        rows.append(
            f"| `{profile.name}`, {profile.title} | {', '.join(sorted(profile.requires))} "
            f"| {', '.join(profile.carries)} | {profile.usual_way} "
            f"| {clocks or 'by ' + profile.clocks_by} |\n"
        )
    return "".join(rows)


if __name__ == "__main__":
    sys.stdout.write(page())
