"""How long a sign-in holds, what a password must be, and how guessing is slowed down. Pure."""

from __future__ import annotations

from typing import Final

from gateway.core.errors import Fault, GatewayError

IDLE_MS: Final = 30 * 60_000  # a browser that nobody uses
LONGEST_MS: Final = 10 * 3_600_000  # a long watch; then password and code again
PROVEN_MS: Final = 5 * 60_000  # for dangerous acts
INVITE_MS: Final = 72 * 3_600_000
SEEN_EACH_MS: Final = 60_000  # how exactly it is known when a session was last used

MOST_PASSKEYS: Final = 10  # of one person
SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 256
_FREE_FAILURES: Final = 5
_LONGEST_PAUSE_MS: Final = 15 * 60_000


class PasswordRefused(GatewayError):
    """This password cannot be taken."""

    code = "password-refused"


def pause_ms(failures: int) -> int:
    """Return how long nobody gets in after so many failures in a row.

    Five are free; then a minute, doubled each time, up to a quarter of an hour: guessing six digits
    and a password is hopeless, and whoever is guessed at is not locked out for long.
    """
    beyond = failures - _FREE_FAILURES
    return 0 if beyond < 0 else min(_LONGEST_PAUSE_MS, 60_000 << min(beyond, 10))


def demand_password(password: str, person: str) -> None:
    """Raise PasswordRefused, with what is wrong, for one that is too weak.

    Length decides (NIST SP 800-63B, 3.1.1.2): no rules about kinds of characters.
    """
    faults = []
    if len(password) < SHORTEST_PASSWORD:
        faults.append(
            Fault(
                "/password",
                "too-short",
                f"fewer than {SHORTEST_PASSWORD} characters",
                "Take four or five words that do not belong together.",
            )
        )
    if len(password) > LONGEST_PASSWORD:
        faults.append(
            Fault(
                "/password", "too-long", f"more than {LONGEST_PASSWORD} characters", "Shorten it."
            )
        )
    if len(set(password)) < _FREE_FAILURES or person.lower() in password.lower():
        faults.append(
            Fault(
                "/password",
                "too-plain",
                "nearly one character only, or your own number in it",
                "Take four or five words that do not belong together.",
            )
        )
    if faults:
        raise PasswordRefused(faults=tuple(faults))


def is_over(started_at: int, seen_at: int, now_ms: int) -> bool:
    """Return whether a session has ended by itself."""
    return now_ms - seen_at >= IDLE_MS or now_ms - started_at >= LONGEST_MS
