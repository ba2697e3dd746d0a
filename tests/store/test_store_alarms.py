"""Alarms that were told, and the rhythm of partners: the same on every engine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.core.errors import Conflict
from gateway.flow.rows_alarms import RhythmRow, ToldRow
from gateway.store.work import SqlStore

TOLD = ToldRow(bell="mail", code="disk-low", subject="", told_at=1)
RHYTHM = RhythmRow(partner="hub.eu", first_at=1, heard_at=2, times=3, longest_ms=4)


def test_each_bell_knows_what_it_was_told(store: SqlStore) -> None:
    other = replace(TOLD, bell="webhook")
    later = replace(TOLD, code="key-ends", subject="hub.eu")
    with store.writing() as work:
        work.alarms.tell([later, TOLD, other])
        work.alarms.tell([])
        assert list(work.alarms.told("mail")) == [TOLD, later]
        work.alarms.forget([TOLD])
        work.alarms.forget([])
        work.commit()
    with store.reading() as work:
        assert list(work.alarms.told("mail")) == [later]
        assert list(work.alarms.told("webhook")) == [other]


def test_one_alarm_is_told_to_one_bell_once(store: SqlStore) -> None:
    with store.writing() as work:
        work.alarms.tell([TOLD])
        with pytest.raises(Conflict):
            work.alarms.tell([TOLD])


def test_a_partner_has_one_rhythm(store: SqlStore) -> None:
    with store.writing() as work:
        work.alarms.put_rhythm(RHYTHM)
        work.alarms.put_rhythm(replace(RHYTHM, times=9))
        work.commit()
    with store.reading() as work:
        assert list(work.alarms.rhythms()) == [replace(RHYTHM, times=9)]
