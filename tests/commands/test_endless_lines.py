"""A file of lines of which one has no end is not read whole into memory."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from gateway.cli.pieces import NDJSON, FileUndivided, pieces


def test_a_line_longer_than_a_request_stops_the_file_with_flat_memory(tmp_path: Path) -> None:
    path = tmp_path / "export.ndjson"
    with path.open("wb") as file:
        file.write(b'{"a": 1}\n' * 1_000 + b'{"a": "')
        file.truncate(200_000_000)
        file.seek(0, 2)
        file.write(b'"}\n')

    sent = []
    tracemalloc.start()
    with pytest.raises(FileUndivided) as refused:
        sent.extend(piece.raw for piece in pieces(path, NDJSON))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert sent == [b'{"a": 1}\n' * 1_000]
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [
        ("/1001", "too-large")
    ]
    assert peak < 30_000_000
