"""The error tree: a class per reason, a stable code, words safe for a stranger.

Owns the base classes and the `Fault` shape. Each module that refuses something defines its own
classes beside the refusal, below one of these. Statuses live in `web/problems.py`; nothing here
knows HTTP.

Stays true:
  * No message holds content of a record, a name, a secret or a key.
  * A code never changes its meaning; it is what scripts and partners match on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a submission, and how to mend it.

    `pointer` is an RFC 6901 JSON pointer into the submission (for XML, the element path in the
    same notation; for CSV, ``/LINE/COLUMN``). None of the members repeats the offending value.
    """

    pointer: str
    code: str
    detail: str
    hint: str = ""


class GatewayError(Exception):
    """Base of everything the gateway refuses or fails at, on purpose.

    `code` is stable, `advice` says how to mend it; both are safe to show to a stranger.
    """

    code: ClassVar[str] = "gateway-error"
    advice: ClassVar[str] = ""

    def __init__(self, detail: str = "", *, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(detail or (type(self).__doc__ or self.code).strip().splitlines()[0])
        self.faults = faults

    @property
    def detail(self) -> str:
        """What happened, in words safe for a stranger."""
        return str(self)


class Malformed(GatewayError):
    """The bytes do not have the form that they claim."""

    code = "malformed"


class TooLarge(GatewayError):
    """Larger than the limit for its kind."""

    code = "too-large"


class NotFound(GatewayError):
    """No such thing, or not yours to see: the two look the same on purpose."""

    code = "not-found"


class Forbidden(GatewayError):
    """The caller is known but may not do this."""

    code = "forbidden"


class Unidentified(GatewayError):
    """The caller showed no certificate or token that belongs to anybody here."""

    code = "unidentified"


class Conflict(GatewayError):
    """The same reference was used before, with other content."""

    code = "conflict"


class StaleDecision(GatewayError):
    """What the decision rested on has changed since; decide again."""

    code = "stale-decision"


class LeaseLost(GatewayError):
    """Another worker holds this work now; nothing was changed."""

    code = "lease-lost"


class SettingRefused(GatewayError):
    """A setting is unknown, out of range or insecure; the gateway does not start with it."""

    code = "setting-refused"


class Unavailable(GatewayError):
    """Something the gateway needs is not there right now; the same call may work later."""

    code = "unavailable"
    retry_after_seconds: ClassVar[int] = 5
