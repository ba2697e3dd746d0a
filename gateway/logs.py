"""Logs: one shape for our own events and those of the libraries beneath us.

Owns how a line looks. Leaves to others what is said: `structlog.get_logger(__name__)`, a fixed
event name as ``envelope.refused``, then ids, codes and counts.

Stays true:
  * No level shows content of a record, a key, a token or a body; levels only differ in how many
    events there are.
  * A text from outside cannot start a line of its own, or colour a terminal.
"""

from __future__ import annotations

import logging
import logging.config
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog
from structlog.typing import Processor

# Libraries that are told to keep quiet at our level: what they say names hosts, paths and SQL.
_QUIET: Final = (
    "urllib3",
    "requests",
    "apscheduler",
    "sqlalchemy",
    "alembic",
    "werkzeug",
    "xmlschema",
)
_MOST_CHARS: Final = 2_000


def configure(level: str = "info", form: str = "auto") -> None:
    """Send all logs to standard error, as JSON or for the eye; ``auto``: as the stream is.

    May be called again: the last call holds.
    """
    plain = form == "console" or (form == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        without_control_characters,
    ]
    rendering: list[Processor] = (
        [_class_of_exception, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
        if plain
        else [_class_of_exception, structlog.processors.JSONRenderer(sort_keys=True)]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "ours": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        *rendering,
                    ],
                }
            },
            "handlers": {
                "stderr": {
                    "class": "logging.StreamHandler",
                    "stream": "ext://sys.stderr",
                    "formatter": "ours",
                }
            },
            "root": {"handlers": ["stderr"], "level": level.upper()},
            "loggers": {
                **{name: {"level": "WARNING"} for name in _QUIET},
                # A job that is still running when its next tick comes is no news: it goes on.
                "apscheduler": {"level": "ERROR"},
            },
        }
    )


def without_control_characters(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Escape what could end a line or steer a terminal, and cut what is far too long."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _harmless(value)
    return event


def _harmless(text: str) -> str:
    cut = text[:_MOST_CHARS]
    if cut.isprintable():
        return cut
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in cut)


def _class_of_exception(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Keep where an unexpected exception came from, without its message: it may hold content."""
    raised = event.pop("exc_info", None)
    if raised is True:
        raised = sys.exc_info()
    error = raised[1] if isinstance(raised, tuple) else raised
    if not isinstance(error, BaseException):
        return event
    event["exception"] = type(error).__qualname__
    step = error.__traceback__
    places = []
    while step is not None:
        code = step.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{step.tb_lineno} {code.co_name}")
        step = step.tb_next
    event["where"] = places[-12:]
    return event
