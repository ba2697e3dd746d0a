"""How people sign in to the console, as frozen rows. Times are milliseconds since 1970.

Who somebody is and may do stands in the `person` item of the same name; here is only how that is
shown, and for how long it was.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.flow.rows import Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """What one person signs in with.

    Invited: `invite` is the digest of the one-time link, good until `invite_until`. Active: there
    are a password and a time code; `used_step` is the last step of it that was taken, so that no
    code counts twice. `failures` since the last success; nobody gets in before `locked_until`.
    """

    person: str
    state: str  # invited | active | closed
    invite: str | None
    invite_until: int | None
    password: str | None  # PHC string of Argon2id
    data_key: str | None
    used_step: int
    failures: int
    locked_until: int
    changed_at: int
    secret: Sealed | None  # of the time code


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRow:
    """One passkey of a person: `id` is the authenticator's, `host` the one that it is for."""

    id: str
    person: str
    host: str
    public_key: bytes  # COSE
    count: int  # how often it says that it signed
    added_at: int
    used_at: int  # when the newest question was asked that it answered: older ones count no more


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One signed-in browser; `id` is a digest: who reads the table cannot take a session over."""

    id: str
    person: str
    started_at: int
    seen_at: int
    proven_at: int  # when password and code were last given: dangerous acts ask for them again
