"""Logs: one shape for every line, and nothing in it that was not meant for it."""

from __future__ import annotations

import json
import logging

import pytest
import structlog

from gateway import logs


@pytest.fixture(autouse=True)
def _restored():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def lines(capsys) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_event_is_one_line_of_json_with_its_names(capsys):
    logs.configure("info", "json")

    structlog.get_logger("gateway").warning("envelope.refused", code="rd", partner="fiu.ee")

    (line,) = lines(capsys)
    assert (line["event"], line["code"], line["partner"]) == ("envelope.refused", "rd", "fiu.ee")
    assert line["level"] == "warning"
    assert str(line["at"]).endswith("Z")


def test_what_libraries_say_has_the_same_shape(capsys):
    logs.configure("info", "json")

    logging.getLogger("gunicorn.error").error("worker %s", "gone")

    (line,) = lines(capsys)
    assert (line["event"], line["level"]) == ("worker gone", "error")


def test_libraries_that_name_hosts_and_sql_are_quiet_at_every_level(capsys):
    logs.configure("debug", "json")

    logging.getLogger("urllib3.connectionpool").debug("GET /secret")
    logging.getLogger("sqlalchemy.engine.Engine").info("SELECT secret")

    assert lines(capsys) == []


def test_below_the_level_nothing_is_said(capsys):
    logs.configure("warning", "json")

    structlog.get_logger("gateway").info("record.stored")

    assert lines(capsys) == []


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_text_from_outside_starts_no_line_and_colours_nothing(capsys, form):
    logs.configure("info", form)

    structlog.get_logger("gateway").info("x", name="a\nb\r\x1b[31mc\u202e", of="y" * 10_000)

    text = capsys.readouterr().err
    assert text.count("\n") == 1
    assert "\x1b[31mc" not in text
    assert "\u202e" not in text
    assert len(text) < 3_000


@pytest.mark.parametrize("form", ["json", "console"])
def test_an_unexpected_exception_shows_where_but_not_what(capsys, form):
    logs.configure("info", form)

    try:
        int("content of a record")
    except ValueError:
        structlog.get_logger("gateway").exception("job.failed")
        logging.getLogger("gunicorn.error").exception("failed")

    text = capsys.readouterr().err
    assert "content of a record" not in text
    assert text.count("ValueError") == 2
    assert "test_logs.py" in text
