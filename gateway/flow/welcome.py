"""The journey of a new person: a one-time link out, then their own password and time code in.

Owns accounts until they are active, and closes them. Who somebody is stands in the `person` item,
which is there first; only the very first administrator is made here, together with their account,
since nobody is there yet who could propose them.

Stays true:
  * A link works once and for three days; kept is its digest.
  * Nobody but the person ever knows password and secret: an administrator can only invite again,
    which ends whatever the person had.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from gateway.core import sign_in as rules
from gateway.core.errors import Fault, GatewayError, NotFound
from gateway.flow.acts import Act, entries
from gateway.flow.configure import ItemFile, checked_alone, put_item
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows_accounts import AccountRow
from gateway.flow.vault import ACCOUNT, Closing
from keys.one_time import address, picture, secret_of, step_of
from keys.passwords import hashed
from keys.suite import b64, digest, unb64

_TOKEN_BYTES = 32
FIRST_ROLES = ("administrator",)


class AlreadyBegun(GatewayError):
    """Somebody can sign in already."""

    code: ClassVar[str] = "already-begun"
    advice: ClassVar[str] = "Let in the next person: gateway people invite PERSON."


class InviteRefused(GatewayError):
    """This link was used, has had its time, or is not one of ours."""

    code: ClassVar[str] = "invite-refused"
    advice: ClassVar[str] = "Ask an administrator for a new one: gateway people invite PERSON."


class CodeRefused(GatewayError):
    """The code is not the one that the app shows now."""

    code: ClassVar[str] = "code-refused"


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link of one person, as it is told once and never again."""

    person: str
    token: str
    until: int


@dataclass(frozen=True, slots=True)
class Welcome:
    """What the page behind a link shows: whose it is, and the secret to put into an app."""

    person: str
    secret: str
    address: str


def invite_first(person: str, org: str, by: str, exchange: Exchange) -> Invitation:
    """Make the first administrator, of an organisation that is configured; return their link.

    Raises AlreadyBegun once anybody has an account, ConfigurationRefused for a name or
    organisation that is none.
    """
    with exchange.store.writing() as work:
        if work.accounts.any():
            raise AlreadyBegun
        body = {"org": org, "roles": list(FIRST_ROLES)}
        row = checked_alone(ItemFile("person", person, body), work, exchange)
        acts = [put_item(row, (by,), work)]
        invitation, more = _invite(person, by, work, exchange)
        work.ledger.add(entries([*acts, *more], exchange))
        exchange.commit(work, "welcome.first")
    return invitation


def invite(person: str, by: str, exchange: Exchange) -> Invitation:
    """Return a new link for a person; what they signed in with before works no more.

    Raises NotFound if there is no such `person` item.
    """
    with exchange.store.writing() as work:
        if person not in exchange.configuration(work).persons:
            raise NotFound("there is no person item of that name in force")
        invitation, acts = _invite(person, by, work, exchange)
        work.ledger.add(entries(acts, exchange))
        exchange.commit(work, "welcome.invite")
    return invitation


def people(person: Person, exchange: Exchange) -> list[dict[str, Any]]:
    """Return the people of the person's organisation: roles, keys, and whether they sign in."""
    return [one for one in everybody(exchange) if one["org"] == person.org]


def everybody(exchange: Exchange) -> list[dict[str, Any]]:
    """Return the people of all organisations, by name."""
    with exchange.store.reading() as work:
        bodies = exchange.configuration(work).persons
        held = {name: work.accounts.get(name) for name in bodies}
    return [
        {
            "name": name,
            "org": str(body["org"]),
            "roles": list(body["roles"]),
            "has_key": bool(body.get("key_digests") or body.get("certificates")),
            "account": found.state if (found := held[name]) else "none",
            "since": found.changed_at if found else None,
        }
        for name, body in sorted(bodies.items())
    ]


def open_invitation(token: str, exchange: Exchange) -> Welcome:
    """Return what the page behind a link shows. Raises InviteRefused.

    The secret is made of the link, so that reloading the page shows the same one; it is kept only
    once the person has shown a code made of it.
    """
    row = _invited(token, exchange)
    secret = _secret_of(token, exchange)
    return Welcome(row.person, secret.decode(), address(secret, row.person, exchange.own.id))


def picture_of(found: Welcome) -> str:
    """Return the address as an SVG element that a telephone scans."""
    return picture(found.address)


def accept(token: str, password: str, code: str, exchange: Exchange) -> str:
    """Make the account active; return whose it is.

    Raises InviteRefused, PasswordRefused, CodeRefused; after these the link still works.
    """
    row, now = _invited(token, exchange), exchange.now_ms()
    rules.demand_password(password, row.person)
    secret = _secret_of(token, exchange)
    step = step_of(code, secret, now // 1000)
    if step is None:
        fault = Fault("/code", "code-refused", "not the code of now", "Look at the clock of both.")
        raise CodeRefused(faults=(fault,))
    key = exchange.new_id()
    closing = Closing(data_key=key, table=ACCOUNT, id=row.person, version=1, plaintext=secret)
    (sealed,), keys = exchange.vault.close(exchange.own.id, [closing])
    active = AccountRow(
        person=row.person,
        state="active",
        invite=None,
        invite_until=None,
        password=hashed(password),
        data_key=key,
        used_step=step,
        failures=0,
        locked_until=0,
        changed_at=now,
        secret=sealed,
    )
    with exchange.store.writing() as work:
        if not work.accounts.put(active, expect=row):
            raise InviteRefused
        work.records.add(data_keys=keys)
        work.ledger.add(entries([_act(row.person, "active", row.person)], exchange))
        exchange.commit(work, "welcome.accept")
    return row.person


def close(person: str, by: str, exchange: Exchange) -> None:
    """Let a person sign in no more, at once. Raises NotFound if they could not."""
    with exchange.store.writing() as work:
        held = work.accounts.get(person)
        if held is None or held.state == "closed":
            raise NotFound("nobody of that name can sign in")
        work.accounts.put(_empty(person, "closed", None, None, exchange), expect=held)
        _let_go(held, work)
        work.ledger.add(entries([_act(person, "closed", by)], exchange))
        exchange.commit(work, "welcome.close")


def _invite(
    person: str, by: str, work: UnitOfWork, exchange: Exchange
) -> tuple[Invitation, list[Act]]:
    token = b64(exchange.entropy.bytes(_TOKEN_BYTES))
    until = exchange.now_ms() + rules.INVITE_MS
    held = work.accounts.get(person)
    work.accounts.put(_empty(person, "invited", _digest(token), until, exchange), expect=held)
    if held is not None:
        _let_go(held, work)
    return Invitation(person, token, until), [_act(person, "invited", by)]


def _let_go(held: AccountRow, work: UnitOfWork) -> None:
    work.accounts.end_all(held.person)
    work.accounts.remove_passkeys(held.person)
    if held.data_key is not None:
        work.records.erase_data_keys([held.data_key])


def _empty(
    person: str, state: str, invited: str | None, until: int | None, exchange: Exchange
) -> AccountRow:
    return AccountRow(
        person=person,
        state=state,
        invite=invited,
        invite_until=until,
        password=None,
        data_key=None,
        used_step=0,
        failures=0,
        locked_until=0,
        changed_at=exchange.now_ms(),
        secret=None,
    )


def _invited(token: str, exchange: Exchange) -> AccountRow:
    with exchange.store.reading() as work:
        row = work.accounts.invited(_digest(token))
        known = row is not None and row.person in exchange.configuration(work).persons
    if row is None or not known or (row.invite_until or 0) <= exchange.now_ms():
        raise InviteRefused
    return row


def _secret_of(token: str, exchange: Exchange) -> bytes:
    """Return the secret of the time code: of this link, and of no use without our storage key."""
    (tag,) = exchange.vault.tags("account.secret", [token])
    return secret_of(unb64(tag))


def _act(person: str, event: str, by: str) -> Act:
    return ("account", {"person": person, "event": event, "by": by})


def _digest(token: str) -> str:
    return digest(token.encode())
