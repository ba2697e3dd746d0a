"""A file is cut into pieces at the same places each time, and only if it is whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from adapters.base import Caps
from adapters.registry import adapter
from benchmarks.statement import statement
from gateway.cli.pieces import (
    LINES_PER_PIECE,
    NDJSON,
    PIECE_BYTES,
    FileChanged,
    FileUndivided,
    FileUnfinished,
    is_open_ended,
    pieces,
)

XML = "application/xml"


def written(folder: Path, raw: bytes, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(raw)
    return path


def test_lines_are_cut_by_number_and_by_bytes(tmp_path):
    short = b"".join(b'{"n": %d}\n' % number for number in range(LINES_PER_PIECE + 1))
    found = list(pieces(written(tmp_path, short), NDJSON))

    assert [one.raw.count(b"\n") for one in found] == [LINES_PER_PIECE, 1]
    assert [one.number for one in found] == [1, LINES_PER_PIECE + 1]
    assert found[-1].upto == len(short)
    long = b'{"n": "%s"}\n' % (b"x" * (PIECE_BYTES // 3))
    assert [len(one.raw) for one in pieces(written(tmp_path, long * 4), NDJSON)] == [
        2 * len(long)
    ] * 2


def test_a_statement_is_cut_at_its_transfers_and_nothing_is_in_two_pieces(tmp_path):
    raw = statement(1_201)
    found = list(pieces(written(tmp_path, raw), XML))

    assert len(found) == 3
    assert found[-1].upto == len(raw)
    drafts = [
        draft.body["provider_ref"]
        for one in found
        for draft in adapter("iso20022").read(one.raw, Caps())
    ]
    assert drafts == [f"ABNANL2A/STATEMENT-1/S-1/{number}" for number in range(1, 1_202)]


def test_the_same_file_has_the_same_pieces_under_the_same_keys(tmp_path):
    path = written(tmp_path, statement(700))
    first, again = (
        [one.key("bank", XML) for one in pieces(path, XML)],
        [one.key("bank", XML) for one in pieces(path, XML)],
    )

    assert first == again
    assert len(set(first)) == 2
    assert not set(first) & {one.key("bank", XML, "at once") for one in pieces(path, XML)}
    assert not set(first) & {one.key("other", XML) for one in pieces(path, XML)}


HALVES = {
    "a statement without its end": (statement(900)[:-20], XML),
    "a statement cut in an entry": (statement(900)[:400_000], XML),
    "a line cut in the middle": (b'{"a": 1}\n{"a": 2', NDJSON),
}


@pytest.mark.parametrize(("raw", "media_type"), HALVES.values(), ids=HALVES.keys())
def test_a_file_half_written_is_not_taken_at_all(raw, media_type, tmp_path):
    found = pieces(written(tmp_path, raw), media_type)

    with pytest.raises(FileUnfinished):
        next(found)


WHOLE = {
    "no line end at the end": (b'{"a": 1}\n{"a": 2}', NDJSON),
    "empty lines at the end": (b'{"a": 1}\n\n\n', NDJSON),
    "words behind the end": (statement(1) + b"<!-- made by a test -->\n", XML),
    "another message": (b"<report>", XML),
}


@pytest.mark.parametrize(("raw", "media_type"), WHOLE.values(), ids=WHOLE.keys())
def test_what_may_be_whole_is_sent_and_judged_by_its_adapter(raw, media_type, tmp_path):
    (found,) = pieces(written(tmp_path, raw), media_type)

    assert found.upto == len(raw)


def test_a_file_that_grows_meanwhile_is_sent_no_further(tmp_path):
    path = written(tmp_path, b'{"n": 1}\n' * (LINES_PER_PIECE + 1))
    found = pieces(path, NDJSON)
    next(found)
    with path.open("ab") as file:
        file.write(b'{"n": 2}\n')
    os.utime(path, ns=(1, 1))

    with pytest.raises(FileChanged):
        next(found)


def test_a_statement_that_cannot_be_divided_says_why(tmp_path):
    raw = statement(3).replace(b"<Document", b'<!DOCTYPE a [<!ENTITY b "c">]><Document')

    with pytest.raises(FileUndivided) as refused:
        list(pieces(written(tmp_path, raw), XML))
    assert [fault.code for fault in refused.value.faults] == ["document-type"]


def test_a_file_that_changes_with_its_size_and_time_kept_is_sent_no_further(tmp_path):
    line = b'{"n": 1}\n'
    path = written(tmp_path, line * (LINES_PER_PIECE + 1))
    told = path.stat()
    found = pieces(path, NDJSON)
    next(found)
    with path.open("r+b") as file:
        file.seek(-len(line), os.SEEK_END)
        file.write(line.replace(b"1", b"2"))
    os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns))

    with pytest.raises(FileChanged):
        list(found)


@pytest.mark.parametrize(
    ("raw", "is_open"),
    [
        (b"a;b\n1;2", True),
        (b"a;b\n1;2\n", False),
        (b"a;b\r1;2\r", False),
        ("a;b\n1;2\n".encode("utf-16"), False),
        ("a;b\n1;2\n".encode("utf-16-be"), False),
        ("a;b\n1;2".encode("utf-16"), True),
        (b"", False),
    ],
)
def test_a_table_whose_last_line_does_not_end_may_be_cut(tmp_path, raw, is_open):
    assert is_open_ended(written(tmp_path, raw), "text/csv") is is_open
    assert not is_open_ended(written(tmp_path, raw), NDJSON)
