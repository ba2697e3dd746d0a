"""What the journeys need of the store for signing in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.flow.rows_accounts import AccountRow, PasskeyRow, SessionRow


class AccountStore(Protocol):
    """Accounts of people, and their sessions."""

    def get(self, person: str) -> AccountRow | None:
        """The account of this person."""

    def invited(self, invite: str) -> AccountRow | None:
        """The account that a one-time link is for."""

    def any(self) -> bool:
        """Whether anybody has an account."""

    def put(self, row: AccountRow, *, expect: AccountRow | None) -> bool:
        """Write it if it is still as `expect`, None for a new one; whether it was."""

    def passkey(self, id_: str) -> PasskeyRow | None:
        """One."""

    def passkeys(self, person: str) -> Sequence[PasskeyRow]:
        """All of a person, the oldest first."""

    def add_passkey(self, row: PasskeyRow) -> None:
        """Insert one."""

    def use_passkey(self, row: PasskeyRow, *, expect: PasskeyRow) -> bool:
        """Note its count and its use if nothing was noted meanwhile; whether that was so."""

    def remove_passkey(self, id_: str) -> None:
        """Delete one."""

    def remove_passkeys(self, person: str) -> int:
        """Delete all of a person; how many."""

    def start(self, row: SessionRow) -> None:
        """Insert a session."""

    def session(self, id_: str) -> SessionRow | None:
        """One."""

    def seen(self, id_: str, *, at: int, proven_at: int | None = None) -> None:
        """Note that a session was used now, and that its person proved themselves again."""

    def end(self, id_: str) -> None:
        """Delete a session."""

    def end_all(self, person: str) -> int:
        """Delete every session of a person; how many."""

    def forget(self, *, seen_before: int, started_before: int, limit: int) -> int:
        """Delete sessions whose time is over; how many."""
