"""The journey of a person into the console: password and time code in, a session out.

Owns sessions: who is behind one, for how long, and when they last proved themselves. What the
person may do is asked of the `person` item at each request, so a role that is taken away is gone
at once.

Stays true:
  * Every refusal is the same, and takes as long: nobody learns which part was wrong, or who exists.
  * A time code counts once. Failures are counted over all browsers, and slow down who guesses.
  * The token is known to the browser alone; kept is its digest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import ClassVar

from gateway.core import sign_in as rules
from gateway.core.errors import GatewayError, Unidentified
from gateway.flow.acts import Act, entries
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person, person_of
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows_accounts import AccountRow, SessionRow
from gateway.flow.vault import ACCOUNT, Opening
from keys.one_time import step_of
from keys.passwords import hashed, is_right
from keys.suite import b64, digest

_TOKEN_BYTES = 32


class SignInRefused(GatewayError):
    """Number, password or code is not right, or there were too many attempts."""

    code: ClassVar[str] = "sign-in-refused"
    advice: ClassVar[str] = (
        "Try again with a fresh code. After five failures in a row, wait: a minute first, up to a "
        "quarter of an hour."
    )


class ProofNeeded(GatewayError):
    """This act asks for password and code once more."""

    code: ClassVar[str] = "proof-needed"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is behind a session, and whether they proved themselves just now."""

    person: Person
    session: str
    proven: bool


def sign_in(person: str, password: str, code: str, exchange: Exchange) -> str:
    """Start a session; return its token, to be kept by the browser alone. Raises SignInRefused."""
    _prove(person, password, code, exchange)
    return begin(person, exchange)


def begin(person: str, exchange: Exchange) -> str:
    """Start a session of a person who has just proved themselves; return its token."""
    now = exchange.now_ms()
    token = b64(exchange.entropy.bytes(_TOKEN_BYTES))
    with exchange.store.writing() as work:
        work.accounts.start(
            SessionRow(id=_digest(token), person=person, started_at=now, seen_at=now, proven_at=now)
        )
        work.ledger.add(entries([account_act(person, "signed_in")], exchange))
        exchange.commit(work, "sign-in")
    return token


def prove_again(token: str, password: str, code: str, exchange: Exchange) -> None:
    """Let the person of a session prove themselves once more. Raises SignInRefused."""
    signed_in = whose(token, exchange)
    _prove(signed_in.person.name, password, code, exchange)
    proven(token, exchange)


def proven(token: str, exchange: Exchange) -> None:
    """Note that the person of a session has just proved themselves."""
    now = exchange.now_ms()
    with exchange.store.writing() as work:
        work.accounts.seen(_digest(token), at=now, proven_at=now)
        exchange.commit(work, "sign-in.again")


def whose(token: str, exchange: Exchange) -> SignedIn:
    """Return who is behind a session. Raises Unidentified if it is over, or its person is gone."""
    now = exchange.now_ms()
    with exchange.store.reading() as work:
        row = work.accounts.session(_digest(token))
        account = None if row is None else work.accounts.get(row.person)
    if row is None or rules.is_over(row.started_at, row.seen_at, now):
        raise Unidentified
    if account is None or account.state != "active":
        raise Unidentified
    if now - row.seen_at >= rules.SEEN_EACH_MS:
        with exchange.store.writing() as work:
            work.accounts.seen(row.id, at=now)
            exchange.commit(work, "sign-in.seen")
    proven = now - row.proven_at < rules.PROVEN_MS
    return SignedIn(person_of(row.person, exchange), row.id, proven)


def form_token(token: str) -> str:
    """Return what a form of this session carries, so that no other page can send it."""
    return digest(b"form " + token.encode())


def sign_out(token: str, exchange: Exchange) -> None:
    """End a session; none of that token is no fault."""
    with exchange.store.writing() as work:
        row = work.accounts.session(_digest(token))
        if row is None:
            return
        work.accounts.end(row.id)
        work.ledger.add(entries([account_act(row.person, "signed_out")], exchange))
        exchange.commit(work, "sign-out")


def forget_sessions(exchange: Exchange, limit: int) -> int:
    """Delete sessions whose time is over; return how many."""
    now = exchange.now_ms()
    with exchange.store.writing() as work:
        gone = work.accounts.forget(
            seen_before=now - rules.IDLE_MS, started_before=now - rules.LONGEST_MS, limit=limit
        )
        if gone:
            exchange.commit(work, "sign-in.forget")
    return gone


def _prove(person: str, password: str, code: str, exchange: Exchange) -> None:
    """Raise SignInRefused unless both are right; count what happened."""
    now = exchange.now_ms()
    account, secret, known = _account(person, exchange)
    kept = account.password if account is not None and account.password else _nobodys()
    right = is_right(password, kept)
    step = step_of(code, secret, now // 1000) if secret else None
    if account is None or not known or now < account.locked_until:
        raise SignInRefused
    if not right or step is None or step <= account.used_step:
        _count_failure(account, exchange)
        raise SignInRefused
    passed = replace(account, failures=0, locked_until=0, used_step=step, changed_at=now)
    with exchange.store.writing() as work:
        if not work.accounts.put(passed, expect=account):
            raise SignInRefused  # the same code was used elsewhere at this moment
        exchange.commit(work, "sign-in.proven")


def _account(person: str, exchange: Exchange) -> tuple[AccountRow | None, bytes, bool]:
    """Return an active account, the secret of its code, and whether its person is still one."""
    with exchange.store.reading() as work:
        known = person in exchange.configuration(work).persons
        row = work.accounts.get(person)
        if row is None or row.state != "active":
            return None, b"", known
        secret = _secret(row, work, exchange)
    return row, secret, known


def _secret(row: AccountRow, work: UnitOfWork, exchange: Exchange) -> bytes:
    data_key = work.records.data_keys([row.data_key]).get(row.data_key) if row.data_key else None
    if data_key is None or row.secret is None:
        return b""
    place = Opening(sealed=row.secret, data_key=data_key, table=ACCOUNT, id=row.person, version=1)
    (secret,) = exchange.vault.open([place])
    return secret


def _count_failure(account: AccountRow, exchange: Exchange) -> None:
    now, failures = exchange.now_ms(), account.failures + 1
    pause = rules.pause_ms(failures)
    failed = replace(account, failures=failures, locked_until=now + pause, changed_at=now)
    with exchange.store.writing() as work:
        if not work.accounts.put(failed, expect=account):
            return  # another attempt was counted at this moment
        if pause:
            work.ledger.add(entries([account_act(account.person, "locked")], exchange))
        exchange.commit(work, "sign-in.failed")


def account_act(person: str, event: str) -> Act:
    """Return what the ledger says of something a person did to their own account."""
    return ("account", {"person": person, "event": event, "by": person})


def _digest(token: str) -> str:
    return digest(token.encode())


@cache
def _nobodys() -> str:
    """Return the hash that is verified where there is no account, so that it takes as long."""
    return hashed("nobody signs in with this one")
