"""The demonstration runs from nothing to a verified ledger, and says what went where."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_three_gateways_exchange_and_everything_is_where_it_must_be(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "demo"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    for promise in ("R-05", "R-09", "R-11", "R-21", "is void", "whole"):
        assert promise in done.stdout

    page = (tmp_path / "var/demo/page.html").read_text()
    assert "<svg" in page
    assert "<script" not in page
    assert not re.search(r"(src|href)=[\"']?https?://", page)

    envelope = tmp_path / "var/demo/envelope.json"
    keys = (tmp_path / "var/demo/envelope.keys").read_text().split()
    opened = subprocess.run(
        [sys.executable, str(ROOT / "docs/spec/open_envelope.py"), str(envelope), *keys],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(opened.stdout.splitlines()[0])["rendition"]
