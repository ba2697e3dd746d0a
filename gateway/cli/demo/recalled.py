"""A person who was wrongly named is called back from everybody who has the record.

One officer acts; both partners' gateways take the person out at once, and their national systems
say when they have done the same.
"""

from __future__ import annotations

import json
from functools import partial

from gateway.cli.demo import expected
from gateway.cli.demo.roles import STAFF
from gateway.cli.demo.stage import Place, Stage
from gateway.cli.demo.story import AFTER, Json, Story, demand, wait_until

OFFICER = STAFF[0]
_PERSON = "/persons/0"


def recall_a_person(stage: Stage, story: Story) -> None:
    """Recall one person of a record that both partners have taken over."""
    national, partners = stage.national, (stage.hub, stage.vgt)
    record, _ = story.records[expected.RECALLED]
    with story.step("a person wrongly named: recalled from both partners", AFTER) as step:
        for place in partners:
            demand(f"the name at {place.id}", _tells(place, record), wanted=True)
        words = ("recall", record, "--reason", "wrong_person", "--person", _PERSON)
        done = national.ask("records", *words, system=OFFICER)
        demand("whom it goes to", sorted(done["holders"]), sorted(one.id for one in partners))
        for place in partners:
            wait_until(f"notice at {place.id}", partial(_to_follow, place), [done["notice"]])
            demand(f"the name at {place.id}", _tells(place, record), wanted=False)
        followed = [place.start("inbox", "follow", done["notice"]) for place in partners]
        for place, child in zip(partners, followed, strict=True):
            demand(f"what {place.id} answered", child.wait().code, 0)
        applied = {place.id: ("applied", "done") for place in partners}
        wait_until("holder table", partial(_answers, national, record), applied)
        story.holders = _holders(national, record)
        step.notes += [
            f"{one['holder']}: {one['gateway']} in the gateway, {one['own_system']} "
            "in their own system"
            for one in story.holders
        ]


def _tells(place: Place, record: str) -> bool:
    """Return whether the record still names the person at this partner."""
    with place.api(place.role.systems[0].name) as api:
        return expected.RECALLED_NAME in json.dumps(api.record(record))


def _to_follow(place: Place) -> list[str]:
    with place.api(place.role.systems[0].name) as api:
        return [one["notice"] for one in api.look("/v1/inbox/notices", {"limit": 9})["items"]]


def _holders(place: Place, record: str) -> list[Json]:
    """Return who was told of the recall, and what each answered."""
    with place.api(OFFICER) as api:
        (notice,) = api.look(f"/v1/records/{record}/holders")["notices"]
    told: list[Json] = notice["holders"]
    return told


def _answers(place: Place, record: str) -> dict[str, tuple[str, str]]:
    return {one["holder"]: (one["gateway"], one["own_system"]) for one in _holders(place, record)}
