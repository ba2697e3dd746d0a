"""What forms share: a key that makes two sends one act, what was typed, and faults at their field.

Stays true:
  * What was typed comes back with the fault, and only to who typed it.
  * A form that is sent twice carries the same key, so the journeys do one thing.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from flask import Response, request

from gateway.core.errors import Fault, Forbidden, GatewayError, NotFound, Unidentified
from gateway.flow.compose import Pen
from gateway.web.asked import RequestMalformed
from gateway.web.console import frame
from gateway.web.problems import status_of

_KEY: Final = re.compile(r"[0-9a-f]{32}")
_PLAIN: Final = (NotFound, Forbidden, Unidentified)  # no field could mend them


@dataclass(frozen=True, slots=True)
class Form:
    """One form: its key, what stands in its fields, and what is wrong with them."""

    name: str = ""
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    typed: Mapping[str, list[str]] = field(default_factory=dict)
    faults: Mapping[str, list[str]] = field(default_factory=dict)
    error: GatewayError | None = None

    def value(self, name: str, otherwise: str = "") -> str:
        """Return what stands in a field."""
        return (self.typed.get(name) or [otherwise])[0]

    def has(self, name: str, value: str) -> bool:
        """Return whether this choice of a field is chosen."""
        return value in self.typed.get(name, ())

    def of(self, name: str) -> Form:
        """Return this form where it is the one that was sent, else an empty one of that name."""
        return self if self.name == name else Form(name)


def typed(name: str) -> str | None:
    """Return what was typed into a field, None where nothing was."""
    return frame.field(name).strip() or None


def chosen(name: str) -> list[str]:
    """Return what was chosen in a field that takes several."""
    return [one for one in request.form.getlist(name) if one]


def form_key() -> str:
    """Return the key of the form that was sent. Raises FormRefused."""
    given = frame.field("form_key")
    if not _KEY.fullmatch(given):
        raise frame.FormRefused
    return given


def pen() -> Pen:
    """Return who writes, with the key of the form."""
    return Pen(person=frame.person(), source=typed("source"), key=form_key())


def sent(name: str, error: GatewayError | None = None, **places: str) -> Form:
    """Return the form as it was sent, with each fault at its field.

    `places` says which field shows a member of another name: ``authorisation_delay="delay"``.
    """
    faults: dict[str, list[str]] = {}
    for fault in error.faults if error else ():
        member = fault.pointer.strip("/").replace("/", "_")
        start = next((one for one in places if member.startswith(one)), None)
        at = places[start] if start else member.split("_0", 1)[0]
        faults.setdefault(at if at in request.form or start else "", []).append(
            f"{fault.detail} {fault.hint}".strip()
        )
    return Form(name, frame.field("form_key"), request.form.to_dict(flat=False), faults, error)


def tried(
    act: Callable[[], Response], again: Callable[[Form], Response], name: str, **places: str
) -> Response:
    """Do what a form asks; where it is refused, show the page with the form as it was sent."""
    try:
        return act()
    except _PLAIN:
        raise
    except GatewayError as error:
        answer = again(sent(name, error, **places))
        answer.status_code = status_of(error)
        return answer


def first_moment(given: str, name: str) -> int | None:
    """Return the first moment of a day that was typed, in milliseconds; None where none was.

    Raises RequestMalformed at the field `name`.
    """
    if not given:
        return None
    try:
        day = date.fromisoformat(given)
    except ValueError:
        fault = Fault(f"/{name}", "date", "A day, as 2027-12-31.")
        raise RequestMalformed("a day is not one", faults=(fault,)) from None
    # No id is of a day before 1970.
    return max(0, round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000))
