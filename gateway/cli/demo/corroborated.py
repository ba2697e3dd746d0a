"""Financial information alone is held; a ground of another kind is found, and it goes as a case.

One officer sees the link by the kind of identifier, another approves what the first proposes.
"""

from __future__ import annotations

from functools import partial

from gateway.cli.demo import expected
from gateway.cli.demo.roles import STAFF
from gateway.cli.demo.stage import Stage
from gateway.cli.demo.story import OUT, Story, demand, wait_until
from gateway.cli.demo.two_people import is_in_inbox

FIRST, SECOND = STAFF


def promote_by_two(stage: Stage, story: Story) -> None:
    """Promote the case that R-11 holds on the report that came after it."""
    national, hub = stage.national, stage.hub
    record, ground = (story.records[one][0] for one in (expected.FINANCIAL, expected.CORROBORATING))
    with story.step(
        "financial information alone, then a hotline: promoted by two people", OUT
    ) as step:
        (seen,) = national.ask("links", "list", "--record", record, system=FIRST)
        (link,) = [one for one in seen["links"] if one["record"] == ground]
        demand("what links them", (link["identifiers"], link["may_promote"]), (["account"], True))
        grounds = ", ".join(link["grounds"]).replace("_", " ")
        step.notes.append(f"{FIRST} sees a {grounds} with the same account")
        words = ("links", "promote", record, "--on", ground, "--reason", "corroborated")
        made = national.ask(*words, system=FIRST)
        national.ask(
            *("proposals", "approve", made["id"], "--digest", made["digest"]), system=SECOND
        )
        step.notes.append(f"{SECOND} approves: the case rests on the report as well")
        for one in (record, ground):
            wait_until("its arrival", partial(is_in_inbox, hub, one), wanted=True)
        step.notes.append(f"delivered to {hub.id} as a case")
