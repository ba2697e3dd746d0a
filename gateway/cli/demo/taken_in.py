"""What comes in beside a push: a file in a watched folder; and a document that must be mended."""

from __future__ import annotations

import shutil
from functools import partial
from typing import Final

from gateway.cli.demo import expected
from gateway.cli.demo.stage import Place, Stage
from gateway.cli.demo.story import IN, Json, Story, demand, wait_until
from gateway.cli.demo.two_people import take_over

_DROPPED: Final = "bank-notification.xml"
_SOURCE: Final = "payments"
_OTHER_PAYER: Final = "PAYERS NAME"
_TRANSFERS: Final = "<TxDtls>"
_MAPPING: Final = "items/mapping/zaken-csv.toml"
_STRICT: Final = 'convert = ["date:DD-MM-YYYY"] }\n"/grounds"'
_MENDED: Final = 'convert = ["date:DD-MM-YYYY"], on_error = "drop_with_loss" }\n"/grounds"'


def take_from_a_folder(stage: Stage, story: Story) -> None:
    """Drop a bank's notification (ISO 20022) where the gateway looks by itself."""
    national = stage.national
    with story.step("a bank's file dropped into a folder: read as ISO 20022", IN) as step:
        sample = stage.files / "iso20022" / "camt.054.001.02-fi-sample.xml"
        folder = national.folder / "dropped"
        shutil.copy(sample, folder / f".{_DROPPED}")
        (folder / f".{_DROPPED}").rename(folder / _DROPPED)
        wait_until("the dropped file", partial(_taken, national), ["done"])
        with national.api("fiu-reports") as api:
            held = [api.record(one["id"]) for one in api.records(limit=100)["items"]]
        references = {one["body"]["provider_ref"]: one["id"] for one in held}
        took = {ref: id_ for ref, id_ in references.items() if ref.startswith(expected.BANK)}
        demand("payments taken", set(took), set(expected.PAYMENTS))
        story.records |= {ref: (id_, "fiu-reports") for ref, id_ in took.items()}
        demand("somebody else's name", _OTHER_PAYER in str(held), wanted=False)
        story.formats["ISO 20022"] = len(took)
        inside = sample.read_text().count(_TRANSFERS)
        for record in took.values():
            told = national.ask("explain", record, "--partner", stage.hub.id)
            demand("deciding rule", told["deciding"], "R-13")
        step.notes += [
            f"camt.054, {inside} transfers: {len(took)} are taken, as the source is set up",
            f"of the other {inside - len(took)} nothing is kept; the file lies in done/",
            "the bank's sample is of 2009: taken in, and held, R-13, as too old to tell anybody",
        ]


def _taken(place: Place) -> list[str]:
    return [one["state"] for one in place.ask("sources", "files", _SOURCE)]


def show_the_trail(stage: Stage, story: Story) -> None:
    """Show from where each value of a record came, and what found no place."""
    with story.step("a CSV nobody coded for: a declared mapping, its trail and losses", IN) as step:
        record, _ = story.records[expected.WITH_LOSSES]
        trail = stage.national.ask("records", "trail", record)
        steps = {one["target"]: one for one in trail["steps"] if one.get("target")}
        losses = trail["losses"]
        demand("a loss for the birth date", _has(losses, "Verdachte geboren"), wanted=True)
        demand("a loss for the clerk", _has(losses, "Behandelaar"), wanted=True)
        shown = ("/persons/0/names/0/given", "/network/0/ip", "/network/0/time")
        step.shown += [
            f"{steps[target]['source']}  →  {target}  ({steps[target]['rule']})" for target in shown
        ]
        step.shown += [f"{one['source']}  →  left out  ({one['code']})" for one in losses]
        step.notes.append(
            f"{expected.WITH_LOSSES}: {len(trail['steps'])} steps, each from a cell of the file; "
            f"{len(losses)} losses, each with its reason"
        )


def _has(losses: list[Json], column: str) -> bool:
    return any(column in one["source"] for one in losses)


def mend_and_replay(stage: Stage, story: Story) -> None:
    """Mend the mapping that did not understand a line, try it on that line, replay the line."""
    national = stage.national
    with story.step(
        "quarantine: the mapping is mended, tried and the document replayed", IN
    ) as step:
        (waits,) = national.ask("quarantine", "list", "--source", "export")
        step.notes.append(f"{expected.QUARANTINED}: {waits['faults'][0]['detail']}")
        mapping = national.folder / _MAPPING
        text = mapping.read_text()
        demand("the line to mend", text.count(_STRICT), 1)
        mapping.write_text(text.replace(_STRICT, _MENDED))
        tried = national.ask(
            *("quarantine", "try", waits["id"], "--with", str(mapping)), *("--reason", "mend")
        )
        demand("tried", {one["state"] for one in tried}, {"understood"})
        step.notes.append("mended: a date that does not exist is left out, and listed as a loss")
        national.ask("agreements", "apply", str(national.folder / "items"))
        chosen = ("--all", "--source", "export", "--yes")
        replayed = national.ask("quarantine", "replay", *chosen)
        (done,) = [one for one in replayed if one["state"] == "stored"]
        demand("replayed", done["provider_ref"], expected.QUARANTINED)
        story.records[expected.QUARANTINED] = done["record"], "police-cases"
        story.formats["declared CSV"] = 1
        take_over(stage.hub, [done["record"]])
        step.notes.append("tried on the very line, put in force, replayed: stored, and delivered")
