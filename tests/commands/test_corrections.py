"""What `gateway records correct` makes of a file: what was shown can be changed and given back."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from gateway import wiring_commands
from gateway.cli.after import as_submitted
from gateway.cli.frame import Invocation
from gateway.cli.main import root

RECORD = "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"
BODY = {"type": "case", "provider_ref": "PL-1", "status": "open"}
MADE = {"id": RECORD, "version": 3, "schema": "case@1.0", "created": "2026-01-01T00:00:00Z"}
HELD = {"id": RECORD, "version": 3, "source": "cases"}


@pytest.mark.parametrize(
    "given",
    [BODY, MADE | BODY, HELD | {"body": MADE | BODY}],
    ids=["as it was pushed", "as it is held", "as it was shown"],
)
def test_a_record_is_given_back_as_it_was_shown(given):
    assert as_submitted(given, HELD) == BODY | {"corrects": 3}


def test_another_record_is_left_for_the_gateway_to_refuse():
    other = MADE | BODY | {"id": RECORD.replace("8057", "8058")}
    assert as_submitted(other, HELD)["id"] == other["id"]


class Finding:
    """An API whose source finds nothing in a document."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def record(self, _):
        return HELD

    def push(self, *_, **__):
        return []


def test_a_source_that_reads_another_form_is_told_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(wiring_commands, "api_client", lambda _: Finding())
    monkeypatch.setattr(Invocation, "settings", lambda _: None)
    (tmp_path / "corrected.json").write_text(json.dumps(BODY))
    words = ["records", "correct", RECORD, str(tmp_path / "corrected.json"), "--source", "export"]

    result = CliRunner().invoke(root, words)

    assert result.exit_code == 1
    assert result.output.startswith("source-reads-other: the source export found no record")
