"""The journey of a passkey: made by who signed in already, then in with it, without a password.

Owns which challenges are fresh: each says when it was made, is sealed by a keyed tag, and counts
for one use of a passkey, since a later one must be younger. Passkeys verify their user, so one of
them is both factors. A person who is locked out by others' guesses still gets in with one.

Stays true:
  * A passkey is made only by somebody who proved themselves just now.
  * Every refusal is the same: nobody learns whose a passkey is, or that it is one.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from gateway.core.errors import GatewayError, NotFound, Unidentified
from gateway.core.sign_in import MOST_PASSKEYS
from gateway.flow.acts import entries
from gateway.flow.exchange import Exchange
from gateway.flow.rows_accounts import PasskeyRow
from gateway.flow.sign_in import ProofNeeded, SignedIn, SignInRefused, account_act, begin, proven
from keys import passkeys
from keys.passkeys import Passkey, PasskeyRefused
from keys.suite import b64

_FRESH_MS: Final = 5 * 60 * 1000
_RANDOM_BYTES: Final = 16
_IN: Final = "sign-in"


class PasskeyNotTaken(GatewayError):
    """The browser made no passkey that this gateway can use, or there are too many."""

    code = "passkey-not-taken"
    advice = "Open the page again and try once more; an old passkey can be removed there."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page stands, as its browser knows it."""

    host: str
    origin: str


def to_sign_in(place: Place, exchange: Exchange) -> str:
    """Return what a browser is asked for signing in, in JSON."""
    return passkeys.to_sign_in(_challenge(_IN, exchange), place.host)


def to_register(signed_in: SignedIn, place: Place, exchange: Exchange) -> str:
    """Return what a browser is asked for a new passkey, in JSON."""
    person = signed_in.person.name
    known = [row.id for row in of_person(person, exchange)]
    challenge = _challenge(_purpose(person), exchange)
    return passkeys.to_register(challenge, person, place.host, exchange.own.id, known)


def of_person(person: str, exchange: Exchange) -> Sequence[PasskeyRow]:
    """Return the passkeys of a person, the oldest first."""
    with exchange.store.reading() as work:
        return work.accounts.passkeys(person)


def register(answer: str, signed_in: SignedIn, place: Place, exchange: Exchange) -> None:
    """Keep the passkey that a browser made. Raises PasskeyNotTaken, ProofNeeded."""
    if not signed_in.proven:
        raise ProofNeeded
    person, now = signed_in.person.name, exchange.now_ms()
    try:
        _, challenge = passkeys.id_and_challenge(answer)
        asked_at = _demand_fresh(challenge, _purpose(person), 0, exchange)
        made = passkeys.registered(answer, challenge, place.host, place.origin)
    except (PasskeyRefused, Unidentified) as error:
        raise PasskeyNotTaken from error
    row = PasskeyRow(
        id=made.id,
        person=person,
        host=place.host,
        public_key=made.public_key,
        count=made.count,
        added_at=now,
        used_at=asked_at,
    )
    with exchange.store.writing() as work:
        taken = work.accounts.passkey(made.id) is not None
        if taken or len(work.accounts.passkeys(person)) >= MOST_PASSKEYS:
            raise PasskeyNotTaken
        work.accounts.add_passkey(row)
        work.ledger.add(entries([account_act(person, "passkey_added")], exchange))
        exchange.commit(work, "passkeys.register")


def remove(id_: str, signed_in: SignedIn, exchange: Exchange) -> None:
    """Take a passkey of the person away. Raises NotFound, ProofNeeded."""
    if not signed_in.proven:
        raise ProofNeeded
    person = signed_in.person.name
    with exchange.store.writing() as work:
        row = work.accounts.passkey(id_)
        if row is None or row.person != person:
            raise NotFound
        work.accounts.remove_passkey(id_)
        work.ledger.add(entries([account_act(person, "passkey_removed")], exchange))
        exchange.commit(work, "passkeys.remove")


def sign_in(answer: str, place: Place, exchange: Exchange) -> str:
    """Start a session; return its token. Raises SignInRefused."""
    return begin(_used(answer, place, exchange), exchange)


def prove_again(answer: str, token: str, signed_in: SignedIn, place: Place, x: Exchange) -> None:
    """Let the person of a session prove themselves once more. Raises SignInRefused."""
    if _used(answer, place, x) != signed_in.person.name:
        raise SignInRefused
    proven(token, x)


def _used(answer: str, place: Place, exchange: Exchange) -> str:
    """Return whose passkey gave a right answer, once; take note of it. Raises SignInRefused."""
    try:
        id_, challenge = passkeys.id_and_challenge(answer)
        with exchange.store.reading() as work:
            row = work.accounts.passkey(id_)
            account = work.accounts.get(row.person) if row is not None else None
            persons = exchange.configuration(work).persons
        if row is None or account is None or account.state != "active":
            raise SignInRefused
        if row.person not in persons:
            raise SignInRefused
        made_at = _demand_fresh(challenge, _IN, row.used_at, exchange)
        known = Passkey(row.id, row.public_key, row.count)
        count = passkeys.signed(answer, challenge, place.host, place.origin, known)
    except (PasskeyRefused, Unidentified):
        raise SignInRefused from None
    with exchange.store.writing() as work:
        if not work.accounts.use_passkey(replace(row, count=count, used_at=made_at), expect=row):
            raise SignInRefused  # the same answer was used elsewhere at this moment
        exchange.commit(work, "passkeys.used")
    return row.person


def _purpose(person: str) -> str:
    return f"register {person}"


def _challenge(purpose: str, exchange: Exchange) -> str:
    """Return a question that only this gateway asks: when, something random, and a tag of both."""
    text = f"{exchange.now_ms()}.{b64(exchange.entropy.bytes(_RANDOM_BYTES))}"
    return f"{text}.{_tag(purpose, text, exchange)}"


def _demand_fresh(challenge: str, purpose: str, after: int, exchange: Exchange) -> int:
    """Return when a challenge was made: by us, for this, just now, and later than `after`.

    Raises Unidentified.
    """
    text, _, tag = challenge.rpartition(".")
    if not hmac.compare_digest(tag.encode(), _tag(purpose, text, exchange).encode()):
        raise Unidentified
    made_at = int(text.partition(".")[0])  # ours: the tag says so
    if not after < made_at <= exchange.now_ms() < made_at + _FRESH_MS:
        raise Unidentified
    return made_at


def _tag(purpose: str, text: str, exchange: Exchange) -> str:
    (tag,) = exchange.vault.tags("passkey.challenge", [f"{purpose} {text}"])
    return tag
