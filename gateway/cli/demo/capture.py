"""One envelope of the run and the keys that open it, for `docs/spec/open_envelope.py`.

For the demonstration only: a private key lies in a file here, of a gateway that lives for a
minute. Runs after the last command, since it opens a database in this process.
"""

from __future__ import annotations

import json
from typing import Final

from gateway.cli.demo.stage import Place, Stage, write_private
from gateway.cli.demo.story import PROOF, StepFailed, Story
from gateway.settings import load
from gateway.wiring_commands import opened
from keys.files import open_signing, public_keys, read_passphrase
from keys.suite import ED25519, ML_DSA_65, b64

ENVELOPE: Final = "envelope.json"
KEYS: Final = "envelope.keys"


def capture(stage: Stage, story: Story) -> None:
    """Write one envelope of records, to the EMPACT partner, and its keys into the folder.

    The first whose bytes are still kept: those of a recalled record are not.
    """
    with story.step(
        "one envelope kept as it went over the wire, for a second reader", PROOF
    ) as step:
        wire = _envelope(stage)
        kid = json.loads(wire)["recipients"][0]["header"]["kid"]
        (stage.folder / ENVELOPE).write_bytes(wire)
        words = (_seed(stage.hub, kid), *_signing_keys(stage.national))
        write_private(stage.folder / KEYS, (" ".join(words) + "\n").encode())
        story.envelope = {"bytes": len(wire), "file": str(stage.folder / ENVELOPE)}
        step.notes.append(f"{len(wire)} bytes")


def _envelope(stage: Stage) -> bytes:
    settings = load(stage.national.config, {})
    with opened(settings, "web") as exchange, exchange.store.reading() as work:
        rows = work.envelopes.page(partner=stage.hub.id, state=None, after="", limit=100)
        for row in sorted(rows, key=lambda one: one.seq):
            whole = work.envelopes.get(row.id) if row.kind == "records" else None
            if whole is not None and whole.wire is not None:
                return whole.wire
    raise StepFailed("no envelope of records to the EMPACT partner was kept")


def _seed(place: Place, kid: str) -> str:
    keys = load(place.config, {}).keys
    signing = open_signing(keys.directory, read_passphrase(keys.signing_passphrase_file))
    return signing.seed(kid)[1].hex()


def _signing_keys(place: Place) -> tuple[str, str]:
    by_algorithm = {one.key.alg: one.key.raw for one in public_keys(place.folder / "keys")}
    return b64(by_algorithm[ED25519]), b64(by_algorithm[ML_DSA_65])
